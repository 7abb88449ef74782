"""Taps that tills took without a network; and a chip's taps may come late, each once."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

ONCE = """
    NEW.counter < OLD.counter OR NEW.counter = OLD.counter
        AND (NEW.seen_taps = OLD.seen_taps OR (NEW.seen_taps & OLD.seen_taps) <> OLD.seen_taps)
"""
TAPS_COUNT_ONCE = {
    "postgresql": f"""
        DROP TRIGGER a_tap_counts_once ON groat_card;
        CREATE TRIGGER a_tap_counts_once BEFORE UPDATE OF counter, seen_taps ON groat_card
            FOR EACH ROW WHEN ({ONCE}) EXECUTE FUNCTION groat_refuse_counter();
    """,
    # A later migration that has SQLite make this table anew must make the trigger anew, too: a test looks for it.
    "sqlite": f"""
        DROP TRIGGER IF EXISTS a_tap_counts_once;
        CREATE TRIGGER a_tap_counts_once BEFORE UPDATE OF counter, seen_taps ON groat_card WHEN {ONCE}
        BEGIN SELECT RAISE(ABORT, 'a_tap_counts_once'); END
    """,
}


def let_each_tap_count_once(apps: Any, schema_editor: Any) -> None:
    statements = TAPS_COUNT_ONCE[schema_editor.connection.vendor].split(";\n", 1)
    with schema_editor.connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ('groat', '0010_pins_of_cards'),
    ]

    operations = [
        migrations.AddField(
            model_name='card',
            name='seen_taps',
            field=models.BigIntegerField(db_default=9223372036854775807, default=9223372036854775807),
        ),
        migrations.CreateModel(
            name='OfflineDevice',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80)),
                ('thumbprint', models.CharField(max_length=43)),
                ('public_key', models.JSONField()),
                ('grant', models.PositiveIntegerField(default=1)),
                ('granted_minor', models.BigIntegerField(default=0)),
                ('enrolled_by', models.CharField(max_length=40)),
                ('enrolled_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(null=True)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme')),
                ('till', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offline_devices', to='groat.till')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='OfflineTap',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('sequence', models.BigIntegerField()),
                ('grant', models.PositiveIntegerField()),
                ('envelope', models.TextField()),
                ('amount_minor', models.BigIntegerField(null=True)),
                ('state', models.CharField(choices=[('booked', 'Booked'), ('voided', 'Taken back at the till'), ('owed', 'Not paid'), ('in_cash', 'Paid in cash'), ('forgiven', 'Forgiven')], max_length=10)),
                ('refusal', models.JSONField(null=True)),
                ('tries', models.PositiveIntegerField(default=1)),
                ('actor', models.CharField(max_length=40)),
                ('tapped_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(null=True)),
                ('card', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.card')),
                ('checkout', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.checkout')),
                ('device', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='taps', to='groat.offlinedevice')),
                ('payment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.payment')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme')),
                ('till', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.till')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='OfflineTerms',
            fields=[
                ('programme', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='groat.programme')),
                ('payment_minor', models.BigIntegerField()),
                ('card_minor', models.BigIntegerField()),
                ('till_minor', models.BigIntegerField()),
                ('hours', models.PositiveSmallIntegerField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('payment_minor__gt', 0), ('card_minor__gte', models.F('payment_minor')), ('till_minor__gte', models.F('card_minor'))), name='offline_limits_grow'), models.CheckConstraint(condition=models.Q(('hours__gte', 1), ('hours__lte', 72)), name='offline_ends')],
            },
        ),
        migrations.AddConstraint(
            model_name='offlinedevice',
            constraint=models.UniqueConstraint(fields=('till', 'thumbprint'), name='one_device_a_key'),
        ),
        migrations.AddConstraint(
            model_name='offlinedevice',
            constraint=models.CheckConstraint(condition=models.Q(('granted_minor__gte', 0)), name='a_grant_is_no_debt'),
        ),
        migrations.AddIndex(
            model_name='offlinetap',
            index=models.Index(fields=['programme', '-id'], name='offline_taps_newest_first'),
        ),
        migrations.AddIndex(
            model_name='offlinetap',
            index=models.Index(condition=models.Q(('state', 'owed')), fields=['card'], name='offline_debts_of_cards'),
        ),
        migrations.AddConstraint(
            model_name='offlinetap',
            constraint=models.UniqueConstraint(fields=('device', 'sequence'), name='one_tap_a_number'),
        ),
        migrations.AddConstraint(
            model_name='offlinetap',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='an_offline_tap_takes_something'),
        ),
        migrations.AddConstraint(
            model_name='offlinetap',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('payment__isnull', False), ('state', 'booked')), models.Q(models.Q(('state', 'booked'), _negated=True), ('payment__isnull', True)), _connector='OR'), name='what_is_booked_has_its_payment'),
        ),
        migrations.AddConstraint(
            model_name='offlinetap',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('settled_at__isnull', True), ('state', 'owed')), models.Q(models.Q(('state', 'owed'), _negated=True), ('settled_at__isnull', False)), _connector='OR'), name='what_is_owed_is_not_settled'),
        ),
        migrations.RunPython(let_each_tap_count_once),
    ]
