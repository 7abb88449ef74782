"""Readers at tills; chips that count their taps, and alarms about copies."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

COUNTERS_RISE = {
    "postgresql": """
        CREATE FUNCTION groat_refuse_counter() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'a tap of card % was used before', OLD.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'a_tap_counts_once';
        END
        $$;
        CREATE TRIGGER a_tap_counts_once BEFORE UPDATE OF counter ON groat_card
            FOR EACH ROW WHEN (NEW.counter <= OLD.counter) EXECUTE FUNCTION groat_refuse_counter();
    """,
    # A later migration that has SQLite make this table anew must make the trigger anew, too: a test looks for it.
    "sqlite": """
        CREATE TRIGGER a_tap_counts_once BEFORE UPDATE OF counter ON groat_card WHEN NEW.counter <= OLD.counter
        BEGIN SELECT RAISE(ABORT, 'a_tap_counts_once'); END
    """,
}


def let_counters_rise_only(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(COUNTERS_RISE[schema_editor.connection.vendor])


class Migration(migrations.Migration):

    dependencies = [
        ('groat', '0003_audit_and_cache'),
    ]

    operations = [
        migrations.CreateModel(
            name='Alarm',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('what', models.CharField(choices=[('replayed', 'A tap that was used before'), ('forged', 'A chip that could not prove itself'), ('number_alone', 'The number of a chip without its proof')], max_length=12)),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('code_hash', models.BinaryField(max_length=32, unique=True)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Reader',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('device', models.CharField(max_length=80)),
                ('version', models.CharField(blank=True, max_length=20)),
                ('token_hash', models.BinaryField(max_length=32, unique=True)),
                ('state', models.CharField(choices=[('ready', 'Ready'), ('absent', 'No reader plugged in'), ('failing', 'The reader does not answer')], default='absent', max_length=10)),
                ('paired_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField()),
                ('unpaired_at', models.DateTimeField(blank=True, null=True)),
                ('looked_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.AddField(
            model_name='card',
            name='counter',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name='card',
            name='medium',
            field=models.CharField(choices=[('uid', 'Contactless card by its number'), ('chip', 'Contactless card that proves itself'), ('code', 'Printed code')], default='uid', max_length=10),
        ),
        migrations.AlterField(
            model_name='checkout',
            name='till',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='checkouts', to='groat.till'),
        ),
        migrations.AddIndex(
            model_name='checkout',
            index=models.Index(fields=['till', '-id'], name='checkouts_newest_first'),
        ),
        migrations.AddConstraint(
            model_name='card',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('counter__isnull', False), ('medium', 'chip')), models.Q(models.Q(('medium', 'chip'), _negated=True), ('counter__isnull', True)), _connector='OR'), name='a_chip_counts_its_taps'),
        ),
        migrations.AddField(
            model_name='alarm',
            name='card',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='alarms', to='groat.card'),
        ),
        migrations.AddField(
            model_name='alarm',
            name='programme',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme'),
        ),
        migrations.AddField(
            model_name='alarm',
            name='till',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.till'),
        ),
        migrations.AddField(
            model_name='invitation',
            name='programme',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme'),
        ),
        migrations.AddField(
            model_name='invitation',
            name='till',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.till'),
        ),
        migrations.AddField(
            model_name='reader',
            name='looked_card',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.card'),
        ),
        migrations.AddField(
            model_name='reader',
            name='programme',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme'),
        ),
        migrations.AddField(
            model_name='reader',
            name='till',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='readers', to='groat.till'),
        ),
        migrations.AddField(
            model_name='invitation',
            name='reader',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.reader'),
        ),
        migrations.AddIndex(
            model_name='alarm',
            index=models.Index(fields=['programme', '-id'], name='alarms_newest_first'),
        ),
        migrations.RunPython(let_counters_rise_only),
    ]
