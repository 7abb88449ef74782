"""The tests' own ground: the database that a run was asked for, and new ones for other processes."""

import sqlite3
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from groat.config import environment
from tests import postgres


def test_a_run_is_on_the_database_that_it_was_asked_for(database_vendor: str) -> None:
    assert connection.vendor == database_vendor


@pytest.mark.sqlite_only
@pytest.mark.django_db(transaction=True)
def test_sqlite_is_a_file_with_write_ahead_logging() -> None:
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert Path(str(connection.settings_dict["NAME"])).is_file()


def test_a_test_that_starts_processes_gets_an_empty_database_of_the_runs_kind(
    database_url: str, database_vendor: str
) -> None:
    assert database_url.startswith(f"{database_vendor}://")
    if database_vendor == "sqlite":
        assert sqlite3.connect(str(environment.database(database_url)["NAME"])).execute(
            "SELECT count(*) FROM sqlite_master"
        ).fetchone() == (0,)
    else:
        with psycopg.connect(database_url) as there:
            tables = there.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        assert tables == (0,)


@pytest.mark.postgresql_only
def test_postgresql_commits_durably_when_the_bench_asks_for_it() -> None:
    with postgres.server(durable=True) as server, psycopg.connect(server.url()) as there:
        shown = {
            name: (there.execute(f"SHOW {name}").fetchone() or ("",))[0] for name in ("fsync", "synchronous_commit")
        }
    assert shown == {"fsync": "on", "synchronous_commit": "on"}
