"""Groups of customers, and whether a wallet's minimum balance is its own."""

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

AGREED = """
UPDATE groat_wallet SET has_own_floor = TRUE WHERE EXISTS (
    SELECT 1 FROM ledger_balance AS b
    WHERE b.programme = groat_wallet.programme_id AND b.account = groat_wallet.id AND b.floor_minor <> 0
)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('groat', '0015_without_a_card'),
    ]

    operations = [
        migrations.AddField(
            model_name='wallet',
            name='has_own_floor',
            field=models.BooleanField(db_default=False, default=False),
        ),
        # What is not zero was agreed for that wallet alone: there were no groups.
        migrations.RunSQL(AGREED, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='Group',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('note', models.TextField(blank=True, max_length=1000, verbose_name='note')),
                ('floor_minor', models.BigIntegerField(blank=True, null=True, verbose_name='minimum balance')),
                ('created_at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='groups', to='groat.programme')),
            ],
            options={
                'ordering': [django.db.models.functions.text.Lower('name'), 'id'],
            },
        ),
        migrations.AddField(
            model_name='customer',
            name='group',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='customers', to='groat.group'),
        ),
        migrations.AddConstraint(
            model_name='group',
            constraint=models.UniqueConstraint(models.F('programme'), django.db.models.functions.text.Lower('name'), name='one_group_a_name'),
        ),
        migrations.AddConstraint(
            model_name='group',
            constraint=models.CheckConstraint(condition=models.Q(('floor_minor__isnull', True), ('floor_minor__lte', 0), _connector='OR'), name='a_groups_floor_is_not_above_zero'),
        ),
    ]
