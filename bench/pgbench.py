"""pgbench's built-in TPC-B-like load, PostgreSQL's own yardstick, on the server that also takes the payments."""

import os
import re
import subprocess
from dataclasses import dataclass

from bench import databases
from tests import postgres

CLIENTS = 16
SCALE = CLIENTS
"""Branches. Each transaction rewrites one of them, so that fewer would make the clients wait for each other's locks
and the yardstick short: PostgreSQL's manual asks for at least as many as clients. Its tables fit shared_buffers."""
DATABASE = "pgbench"

_RATE = re.compile(r"^tps = ([\d.]+) ", re.MULTILINE)
_LATENCY = re.compile(r"^latency average = ([\d.]+) ms", re.MULTILINE)
_FAILED = re.compile(r"^number of failed transactions: (\d+) ", re.MULTILINE)


class Failed(Exception):
    """pgbench could not do what it was asked; carries what it said."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What one run of pgbench saw."""

    per_second: float
    latency_ms: float


def prepare(server: postgres.Server) -> None:
    """Make pgbench's tables."""
    with databases.session(server.url()) as session:
        session.execute(f"CREATE DATABASE {DATABASE}")
    _run(server, "--initialize", f"--scale={SCALE}", "--quiet")


def run(server: postgres.Server, *, seconds: int) -> Rate:
    """Run the built-in load for so many seconds."""
    said = _run(
        server,
        "--builtin=tpcb-like",
        f"--client={CLIENTS}",
        f"--jobs={min(os.cpu_count() or 1, CLIENTS)}",
        f"--time={seconds}",
    )
    rate, latency, failed = _RATE.search(said), _LATENCY.search(said), _FAILED.search(said)
    if not rate or not latency or (failed and failed[1] != "0"):
        raise Failed(said)
    return Rate(float(rate[1]), float(latency[1]))


def version(server: postgres.Server) -> str:
    return subprocess.run(
        [server.programs / "pgbench", "--version"], check=True, capture_output=True, text=True
    ).stdout.strip()


def _run(server: postgres.Server, *arguments: str) -> str:
    done = subprocess.run(
        [server.programs / "pgbench", *arguments, server.url(DATABASE)],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        raise Failed(done.stdout)
    return done.stdout
