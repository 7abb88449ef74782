"""Row-level security: inside a programme PostgreSQL shows its rows alone, whatever a query forgets.

Every query here names the programme that it is about. These walls are for the one that will not.
Who serves a person or a program of one programme goes `inside` it; then the connection has the role
`groat_inside`, for which each table has a policy. Whatever is for all programmes (sign-in, the
worker, the payments that many tills make at once) stays outside. SQLite has no such thing.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connection, connections
from psycopg import sql

log = logging.getLogger(__name__)

ROLE = "groat_inside"
POLICY = "of_the_programme"
_SETTING = "groat.programme"


# ---- Going in ----


@contextmanager
def inside(programme_id: int) -> Iterator[None]:
    """See and write rows of this programme alone until the block ends. Inside one already, its own stays."""
    before = where()
    if before == programme_id or not _stand():
        yield
        return
    _go(programme_id)
    try:
        yield
    finally:
        _go(before)


@contextmanager
def outside() -> Iterator[None]:
    """See all programmes' rows for what concerns a person in all of them, such as where else they work."""
    before = where()
    if before is None:
        yield
        return
    _go(None)
    try:
        yield
    finally:
        _go(before)


def enter(programme_id: int) -> None:
    """Go inside until `leave`, where no block can say until when."""
    if where() != programme_id and _stand():
        _go(programme_id)


def leave() -> None:
    """Come out, if inside."""
    if where() is not None:
        _go(None)


def where() -> int | None:
    """The programme that this thread's connection is inside of."""
    return _here.programme_id if _here.raw is not None and _here.raw is connection.connection else None


class _Here(threading.local):
    """What is known of this thread's connection."""

    raw: Any = None
    """The connection itself: another one is outside again."""
    has_walls = False
    programme_id: int | None = None


_here = _Here()


def _stand() -> bool:
    """Whether this database has the walls; asked once for each connection."""
    if connection.vendor != "postgresql":
        return False
    connection.ensure_connection()
    raw: Any = connection.connection
    if _here.raw is not raw:
        found = raw.execute("SELECT pg_has_role(oid, 'MEMBER') FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone()
        _here.raw, _here.has_walls, _here.programme_id = raw, bool(found and found[0]), None
    return _here.has_walls


def _go(programme_id: int | None) -> None:
    raw = _here.raw
    if raw.info.transaction_status == psycopg.pq.TransactionStatus.INERROR:
        # Only the rollback helps that must follow; it also takes back where we went since the transaction began.
        _here.programme_id = None
        return
    role = "none" if programme_id is None else ROLE
    try:
        raw.execute(
            "SELECT set_config(%s, %s, false), set_config('role', %s, false)",
            [_SETTING, "" if programme_id is None else str(programme_id), role],
        )
    except psycopg.OperationalError:
        # What is asked next goes over a new connection, which is outside.
        connection.close()
        if programme_id is not None:
            raise
    _here.programme_id = programme_id


# ---- Building them ----


def build(*, using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """Give every table of a programme its policy, and the role its rights: after each migration, and again at will.

    Where the database's user may not make a role, a warning says what an administrator has to do.
    """
    database = connections[using]
    if database.vendor != "postgresql":
        return
    with database.cursor() as cursor:
        if not _has_role(cursor):
            return
        cursor.execute(
            "SELECT c.relname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid "
            "WHERE p.polname = %s AND c.relnamespace = current_schema()::regnamespace",
            [POLICY],
        )
        done = {name for (name,) in cursor.fetchall()}
        for table, column in tables().items():
            if table not in done:
                named = {name: sql.Identifier(one) for name, one in (("table", table), ("column", column))}
                fixed = {"policy": sql.Identifier(POLICY), "role": sql.Identifier(ROLE)}
                cursor.execute(_WALL.format(**named, **fixed, setting=sql.Literal(_SETTING)))
        cursor.execute(_RIGHTS)


def tables() -> dict[str, str]:
    """The tables whose rows belong to a programme, each with the column that says to which."""
    fields = [field for model in apps.get_app_config("groat").get_models() for field in model._meta.concrete_fields]
    columns = {field.model._meta.db_table: str(field.column) for field in fields if field.name == "programme"}
    return {**columns, "groat_programme": "id"}


# The sub-select is worked out once a query, and not for each row.
_WALL = sql.SQL(
    "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
    "CREATE POLICY {policy} ON {table} TO {role}"
    " USING ({column} = (SELECT current_setting({setting})::bigint))"
)
_RIGHTS = f"""DO $$ BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO {ROLE}', current_schema());
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO {ROLE}', current_schema());
    EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO {ROLE}', current_schema());
END $$"""
# Another database of the same server may make the role at this moment.
_MAKE = sql.SQL("""DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {name}) THEN
        CREATE ROLE {role} NOLOGIN;
    END IF;
    IF NOT pg_has_role({name}, 'MEMBER') THEN
        GRANT {role} TO CURRENT_USER;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;
END $$""")


def _has_role(cursor: Any) -> bool:
    cursor.execute(_MAKE.format(role=sql.Identifier(ROLE), name=sql.Literal(ROLE)))
    cursor.execute("SELECT pg_has_role(oid, 'MEMBER') FROM pg_roles WHERE rolname = %s", [ROLE])
    if cursor.fetchone() == (True,):
        return True
    log.warning(
        "Row-level security rests: this database's user may make no role. Have an administrator run "
        "CREATE ROLE %s NOLOGIN; GRANT %s TO <that user>; and then groat migrate.",
        ROLE,
        ROLE,
    )
    return False
