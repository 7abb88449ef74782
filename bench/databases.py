"""The two databases: where they are, that they keep what they committed, and raw SQL on them."""

import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import psycopg

from tests import postgres

POSTGRESQL, SQLITE = "postgresql", "sqlite"

POSTGRESQL_SETTINGS = {
    "shared_buffers": "256MB",
    # No checkpoint falls into a run, be it Groat's or pgbench's.
    "max_wal_size": "16GB",
    "checkpoint_timeout": "1h",
}
"""Beyond PostgreSQL's own defaults; the same server takes the payments and pgbench."""
DURABLE = {
    POSTGRESQL: {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"},
    SQLITE: {"journal_mode": "wal", "synchronous": "2"},
}
"""What must hold at run time, or figures mean nothing. SQLite's 2 is FULL."""


class NotDurable(Exception):
    """A database that may forget what it committed."""


class Session(Protocol):
    """One connection for raw SQL; each statement commits by itself outside `transaction`."""

    vendor: str

    def execute(self, statement: str) -> None: ...

    def rows(self, statement: str) -> list[tuple[Any, ...]]: ...

    def table(self, name: str, columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> None:
        """Make a temporary table with these columns (each a name and a type) and rows."""

    def transaction(self) -> Any: ...

    def without_foreign_keys(self) -> Any:
        """A transaction in which no foreign key is looked up."""

    def settle(self) -> None:
        """After a bulk load: what the database would else do during the next run."""

    def flushes(self) -> int | None:
        """How often the log was forced to the disk so far; None where the database does not count."""


@dataclass(slots=True)
class _OnPostgresql:
    connection: psycopg.Connection[tuple[Any, ...]]
    vendor: str = POSTGRESQL

    def execute(self, statement: str) -> None:
        self.connection.execute(statement.encode())

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(statement.encode()).fetchall()

    def table(self, name: str, columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> None:
        self.execute(f"CREATE TEMPORARY TABLE {name} ({', '.join(columns)})")
        with self.connection.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN".encode()) as copy:
            for row in rows:
                copy.write_row(row)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self.connection.transaction():
            self.execute("SET LOCAL work_mem = '256MB'")
            yield

    @contextmanager
    def without_foreign_keys(self) -> Iterator[None]:
        with self.transaction():
            self.execute("SET LOCAL session_replication_role = replica")
            yield

    def settle(self) -> None:
        self.execute("VACUUM (ANALYZE)")

    def flushes(self) -> int | None:
        return int(self.rows("SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal'")[0][0])


@dataclass(slots=True)
class _OnSqlite:
    connection: sqlite3.Connection
    vendor: str = SQLITE

    def execute(self, statement: str) -> None:
        self.connection.execute(statement)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(statement).fetchall()

    def table(self, name: str, columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> None:
        self.execute(f"CREATE TEMPORARY TABLE {name} ({', '.join(columns)})")
        places = ", ".join("?" * len(columns))
        self.connection.executemany(f"INSERT INTO {name} VALUES ({places})", rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.execute("ROLLBACK")
            raise
        self.execute("COMMIT")

    @contextmanager
    def without_foreign_keys(self) -> Iterator[None]:
        self.execute("PRAGMA foreign_keys = OFF")
        with self.transaction():
            yield
        self.execute("PRAGMA foreign_keys = ON")

    def settle(self) -> None:
        self.execute("ANALYZE")
        self.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def flushes(self) -> int | None:
        return None


@contextmanager
def session(url: str) -> Iterator[Session]:
    """Connect to `sqlite:///path` or `postgresql://…`."""
    if vendor_of(url) == SQLITE:
        with closing(sqlite3.connect(sqlite_file(url), isolation_level=None, timeout=20)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA cache_size = -65536")
            yield _OnSqlite(connection)
    else:
        with psycopg.connect(url, autocommit=True) as opened:
            yield _OnPostgresql(opened)


def vendor_of(url: str) -> str:
    return SQLITE if urlsplit(url).scheme == SQLITE else POSTGRESQL


def sqlite_file(url: str) -> Path:
    return Path(urlsplit(url).path.removeprefix("/"))


def check_durable(rows: Callable[[str], Sequence[Any]], vendor: str) -> dict[str, str]:
    """The settings that make a commit last, as one connection has them now: `rows` asks it.

    `NotDurable` when one is not as it must be.
    """
    ask = "PRAGMA" if vendor == SQLITE else "SHOW"
    found = {name: str(rows(f"{ask} {name}")[0][0]) for name in DURABLE[vendor]}
    if found != DURABLE[vendor]:
        raise NotDurable(f"{vendor} runs with {found}")
    return found


@contextmanager
def postgresql_server() -> Iterator[postgres.Server]:
    """PostgreSQL as both Groat and pgbench use it: durable."""
    settings = [f"{name}={value}" for name, value in POSTGRESQL_SETTINGS.items()]
    with postgres.server(durable=True, settings=settings) as server:
        with session(server.url()) as connection:
            check_durable(connection.rows, connection.vendor)
        yield server


@contextmanager
def copy_of(url: str, name: str) -> Iterator[str]:
    """A copy of a database that nobody uses at the moment, so that each set of runs begins alike."""
    if vendor_of(url) == SQLITE:
        file = sqlite_file(url).with_name(f"{name}.sqlite3")
        shutil.copyfile(sqlite_file(url), file)
        try:
            yield f"sqlite:///{file}"
        finally:
            for part in file.parent.glob(f"{file.name}*"):
                part.unlink()
    else:
        server, _, template = url.rpartition("/")
        with session(f"{server}/postgres") as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield f"{server}/{name}"
        finally:
            with session(f"{server}/postgres") as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
