"""Cash drawers. Cash that moved is history, and so is a drawer once it is closed."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

PROTECTED = {
    "postgresql": """
        CREATE FUNCTION groat_cash_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'cash that moved is append-only' USING ERRCODE = 'integrity_constraint_violation';
        END
        $$;
        CREATE TRIGGER cash_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON groat_cashmove
            FOR EACH STATEMENT EXECUTE FUNCTION groat_cash_is_append_only();
        CREATE FUNCTION groat_a_closed_drawer_stays() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_TABLE_NAME = 'groat_cashmove' THEN
                PERFORM 1 FROM groat_drawer WHERE id = NEW.drawer_id AND closed_at IS NULL;
                IF FOUND THEN RETURN NEW; END IF;
            ELSIF TG_OP = 'UPDATE' AND OLD.closed_at IS NULL THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'a closed drawer stays as it is' USING ERRCODE = 'integrity_constraint_violation';
        END
        $$;
        CREATE TRIGGER a_closed_drawer_stays BEFORE UPDATE OR DELETE ON groat_drawer
            FOR EACH ROW EXECUTE FUNCTION groat_a_closed_drawer_stays();
        CREATE TRIGGER cash_moves_in_an_open_drawer BEFORE INSERT ON groat_cashmove
            FOR EACH ROW EXECUTE FUNCTION groat_a_closed_drawer_stays();
    """,
    "sqlite": """
        CREATE TRIGGER cash_is_not_changed BEFORE UPDATE ON groat_cashmove
        BEGIN SELECT RAISE(ABORT, 'cash that moved is append-only'); END;
        --
        CREATE TRIGGER cash_is_not_deleted BEFORE DELETE ON groat_cashmove
        BEGIN SELECT RAISE(ABORT, 'cash that moved is append-only'); END;
        --
        CREATE TRIGGER cash_moves_in_an_open_drawer BEFORE INSERT ON groat_cashmove
        WHEN NOT EXISTS (SELECT 1 FROM groat_drawer WHERE id = NEW.drawer_id AND closed_at IS NULL)
        BEGIN SELECT RAISE(ABORT, 'a closed drawer stays as it is'); END;
        --
        CREATE TRIGGER a_closed_drawer_is_not_changed BEFORE UPDATE ON groat_drawer WHEN OLD.closed_at IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'a closed drawer stays as it is'); END;
        --
        CREATE TRIGGER a_drawer_is_not_deleted BEFORE DELETE ON groat_drawer
        BEGIN SELECT RAISE(ABORT, 'a closed drawer stays as it is'); END;
    """,
}


def protect(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    for statement in PROTECTED[connection.vendor].split("--"):
        with connection.cursor() as cursor:
            cursor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ('groat', '0007_making_chips'),
    ]

    operations = [
        migrations.CreateModel(
            name='Drawer',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('since_id', models.BigIntegerField()),
                ('until_id', models.BigIntegerField(null=True)),
                ('float_minor', models.BigIntegerField()),
                ('opened_by', models.CharField(max_length=40)),
                ('opened_at', models.DateTimeField()),
                ('closed_by', models.CharField(blank=True, max_length=40)),
                ('closed_at', models.DateTimeField(null=True)),
                ('expected_minor', models.BigIntegerField(null=True)),
                ('counted_minor', models.BigIntegerField(null=True)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('report', models.JSONField(null=True)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme')),
                ('till', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.till')),
            ],
        ),
        migrations.CreateModel(
            name='CashMove',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('why', models.CharField(choices=[('top_up', 'Top-up'), ('top_up_undone', 'Top-up taken back'), ('put_in', 'Put in'), ('taken_out', 'Taken out')], max_length=13)),
                ('amount_minor', models.BigIntegerField()),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('actor', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groat.programme')),
                ('top_up', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cash_moves', to='groat.topup')),
                ('drawer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='groat.drawer')),
            ],
        ),
        migrations.AddIndex(
            model_name='drawer',
            index=models.Index(fields=['programme', '-id'], name='drawers_newest_first'),
        ),
        migrations.AddConstraint(
            model_name='drawer',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('till',), name='one_drawer_is_open_at_a_till'),
        ),
        migrations.AddConstraint(
            model_name='drawer',
            constraint=models.UniqueConstraint(fields=('till', 'number'), name='one_report_a_number'),
        ),
        migrations.AddConstraint(
            model_name='drawer',
            constraint=models.CheckConstraint(condition=models.Q(('float_minor__gte', 0)), name='a_float_is_no_debt'),
        ),
        migrations.AddConstraint(
            model_name='drawer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('counted_minor__isnull', True), ('expected_minor__isnull', True), ('until_id__isnull', True)), models.Q(('closed_at__isnull', False), ('counted_minor__gte', 0), ('expected_minor__isnull', False), ('report__isnull', False), ('until_id__isnull', False)), _connector='OR'), name='a_drawer_closes_whole'),
        ),
        migrations.AddConstraint(
            model_name='cashmove',
            constraint=models.UniqueConstraint(fields=('top_up', 'why'), name='cash_for_a_top_up_moves_once'),
        ),
        migrations.AddConstraint(
            model_name='cashmove',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount_minor__gt', 0), ('why__in', ['top_up', 'put_in'])), models.Q(('amount_minor__lt', 0), ('why__in', ['top_up_undone', 'taken_out'])), _connector='OR'), name='cash_moves_in_or_out'),
        ),
        migrations.AddConstraint(
            model_name='cashmove',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('top_up__isnull', False), ('why__in', ['top_up', 'top_up_undone'])), models.Q(models.Q(('top_up__isnull', True), ('why__in', ['put_in', 'taken_out'])), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='cash_moves_for_a_reason'),
        ),
        migrations.RunPython(protect),
    ]
