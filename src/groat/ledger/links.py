"""A connection of its own for each process's group commit, set up for nothing but the book."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import psycopg
from django.db import connections

from groat.ledger.pipeline import Pipeline


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
        self._driver = psycopg.connect(**known, autocommit=True, application_name="groat till")
        for setting in _SETTINGS:
            self._driver.execute(setting)
        self.connection = Pipeline(self._driver, own=True)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """BEGIN goes with the first reads, COMMIT with the last writes. After a failure the link is of no use."""
        self.connection.begin()
        yield
        self.connection.commit()

    def close(self) -> None:
        self._driver.close()


# Every statement of the book finds its rows by key. A plan made while a table was young and empty
# would scan it, and go on scanning when it has grown.
_SETTINGS = (
    "SET enable_seqscan = off",
    "SET enable_hashjoin = off",
    "SET enable_mergejoin = off",
    "SET enable_bitmapscan = off",
    "SET jit = off",
    "SET plan_cache_mode = force_generic_plan",
    "SET timezone = 'UTC'",
)


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
