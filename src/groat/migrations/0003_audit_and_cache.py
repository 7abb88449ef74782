"""The audit trail can only be added to; and the table of the cache that all server processes share."""

from typing import Any

from django.core.management import call_command
from django.db import migrations

APPEND_ONLY = {
    "postgresql": """
        CREATE FUNCTION groat_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'integrity_constraint_violation';
        END
        $$;
        CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON groat_auditentry
            FOR EACH STATEMENT EXECUTE FUNCTION groat_audit_is_append_only();
    """,
    "sqlite": """
        CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON groat_auditentry
        BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
        --
        CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON groat_auditentry
        BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
    """,
}


def protect(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    for statement in APPEND_ONLY[connection.vendor].split("--"):
        with connection.cursor() as cursor:
            cursor.execute(statement)


def make_cache(apps: Any, schema_editor: Any) -> None:
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("groat", "0002_ledger")]
    operations = [migrations.RunPython(protect), migrations.RunPython(make_cache)]
