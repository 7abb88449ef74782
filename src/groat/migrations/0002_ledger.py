"""The book's tables, from the SQL file of the database in use."""

import sqlite3
from pathlib import Path
from typing import Any

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "ledger" / "sql"


def create(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    script = (SQL / f"{connection.vendor}.sql").read_text()
    if connection.vendor == "sqlite":
        for statement in _statements(script):
            schema_editor.execute(statement)
    else:
        with connection.cursor() as cursor:
            cursor.execute(script)


def _statements(script: str) -> list[str]:
    """The script's statements; SQLite's driver takes one at a time inside a transaction."""
    statements, draft = [], ""
    for line in script.splitlines(keepends=True):
        draft += line
        if sqlite3.complete_statement(draft):
            statements.append(draft.strip())
            draft = ""
    return statements


class Migration(migrations.Migration):
    dependencies = [("groat", "0001_initial")]
    operations = [migrations.RunPython(create)]
