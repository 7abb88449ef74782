"""The audit trail's chain, to which can only be added."""

from typing import Any

from django.db import migrations, models

APPEND_ONLY = {
    "postgresql": """
        CREATE TRIGGER trail_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON groat_traillink
            FOR EACH STATEMENT EXECUTE FUNCTION groat_audit_is_append_only();
    """,
    "sqlite": """
        CREATE TRIGGER trail_is_not_changed BEFORE UPDATE ON groat_traillink
        BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
        --
        CREATE TRIGGER trail_is_not_deleted BEFORE DELETE ON groat_traillink
        BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
    """,
}


def protect(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    for statement in APPEND_ONLY[connection.vendor].split("--"):
        with connection.cursor() as cursor:
            cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("groat", "0024_selling")]
    operations = [
        migrations.CreateModel(
            name="TrailLink",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "programme", "number", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("programme", models.BigIntegerField()),
                ("number", models.BigIntegerField()),
                ("entry", models.BigIntegerField(unique=True)),
                ("hash", models.BinaryField(max_length=32)),
            ],
        ),
        migrations.RunPython(protect),
    ]
