"""How a test that commits is cleared away: what nobody can delete in earnest is deleted here."""

from collections.abc import Iterable
from typing import Any

import pytest
from django.db import connection, transaction

UNKNOWN_TO_DJANGO = ("ledger_", "groat_cache", "reports_")
"""How tables begin that are made by SQL, which Django's flush therefore leaves as they are."""


def install(patch: pytest.MonkeyPatch) -> None:
    """Let Django's flush, which ends each such test, lift the triggers that keep history."""
    patch.setattr(type(connection.ops), "execute_sql_flush", _flush)


def _flush(_operations: Any, sql_list: Iterable[str]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if name.startswith(UNKNOWN_TO_DJANGO)]
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
            for sql in [*sql_list, f"TRUNCATE {', '.join(tables)}"]:
                cursor.execute(sql)
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        drops = [f'DROP TRIGGER "{name}"' for name, _ in triggers]
        clears = [f'DELETE FROM "{name}"' for name in tables]
        for sql in [*drops, *sql_list, *clears, *(made for _, made in triggers)]:
            cursor.execute(sql)
