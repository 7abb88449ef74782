"""A connection of its own for each process's group commit, set up for nothing but the book."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import psycopg
from django.db import connections


class Link(Protocol):
    """A driver's connection that can hold one transaction at a time."""

    vendor: str

    @property
    def connection(self) -> Any: ...

    def transaction(self) -> Any:
        """A context in which everything is written, or nothing."""
        ...

    def close(self) -> None: ...


class PostgreSQL:
    """Statements go out without waiting for each other's answers; BEGIN and COMMIT travel along."""

    vendor = "postgresql"

    def __init__(self) -> None:
        settings = connections["default"].get_connection_params()
        known = {name: settings[name] for name in ("host", "port", "dbname", "user", "password") if settings.get(name)}
        self.connection = psycopg.connect(**known, autocommit=True, prepare_threshold=0, application_name="groat till")
        # Every statement of the book finds its rows by key. A plan made while a table was young and
        # empty would scan it, and go on scanning when it has grown.
        for setting in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_bitmapscan", "jit"):
            self.connection.execute(f"SET {setting} = off")
        self.connection.execute("SET plan_cache_mode = force_generic_plan")
        self.connection.execute("SET timezone = 'UTC'")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One pipeline: BEGIN goes with the first reads, COMMIT with the last writes."""
        try:
            with self.connection.pipeline():
                self.connection.execute("BEGIN")
                yield
                self.connection.execute("COMMIT")
        except BaseException:
            if not self.connection.closed and self.connection.info.transaction_status:
                self.connection.execute("ROLLBACK")
            raise

    def close(self) -> None:
        self.connection.close()


class SQLite:
    """One writer at a time: the transaction says at its start that it will write."""

    vendor = "sqlite"

    def __init__(self) -> None:
        settings = connections["default"].get_connection_params()
        self.connection = sqlite3.connect(
            settings["database"],
            uri=True,
            timeout=20,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
        )
        for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -32000"):
            self.connection.execute(f"PRAGMA {setting}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def close(self) -> None:
        self.connection.close()


_OPEN: dict[str, Callable[[], Link]] = {"postgresql": PostgreSQL, "sqlite": SQLite}


def open_link() -> Link:
    """A new connection to the database that Django uses."""
    return _OPEN[connections["default"].vendor]()
