"""Customers who are blocked, and what was done to many of them at once."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('groat', '0020_opening_codes'),
    ]

    operations = [
        migrations.AddField(
            model_name='customer',
            name='block_reason',
            field=models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='reason'),
        ),
        migrations.AddField(
            model_name='customer',
            name='blocked_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name='MassChange',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('what', models.CharField(max_length=10)),
                ('before', models.JSONField(default=dict)),
                ('after', models.JSONField(default=dict)),
                ('at', models.DateTimeField()),
                ('undone_at', models.DateTimeField(null=True)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme')),
            ],
            options={
                'abstract': False,
            },
        ),
    ]
