"""Databases with merchants in them, and copies of them to run on."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import databases
from bench.merchants import Merchant, Wanted
from bench.servers import CLONE, Installation
from tests import postgres

SMALL, LARGE = 1_000, 1_000_000
"""Entries of history."""
SPREAD = 8
"""Merchants beside the main one, for the runs that are not all at one."""
TILLS = 64
_WALLETS = {SMALL: 900, LARGE: 10_000}


class CannotSeed(Exception):
    """A database could not be filled; the process said why."""


@dataclass(frozen=True, slots=True)
class Place:
    """A database with merchants in it."""

    installation: Installation
    merchants: list[Merchant]

    def at(self, url: str) -> "Place":
        """The same on a copy of the database."""
        return Place(self.installation.at(url), self.merchants)


def merchants(entries: int) -> list[Wanted]:
    """The main merchant with a history of so many entries; beside a small one, those to spread the load over."""
    main = Wanted("bench", TILLS, _WALLETS[entries], entries)
    others = [Wanted(f"bench-{number}", TILLS // SPREAD, 112, 125) for number in range(1, SPREAD + 1)]
    return [main, *others] if entries == SMALL else [main]


def seed(wanted: Sequence[tuple[Installation, Sequence[Wanted]]]) -> list[Place]:
    """Fill empty databases, all at the same time."""
    processes = []
    try:
        for installation, merchants in wanted:
            process = subprocess.Popen(
                [sys.executable, "-m", "bench.with_django", "bench.seed"],
                cwd=CLONE,
                env=installation.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            processes.append(process)
            assert process.stdin
            with process.stdin:
                json.dump([asdict(one) for one in merchants], process.stdin)
        places = []
        for process, (installation, _) in zip(processes, wanted, strict=True):
            assert process.stdout
            said = process.stdout.read()
            if process.wait() != 0:
                raise CannotSeed(installation.url)
            places.append(Place(installation, [Merchant.of(facts) for facts in json.loads(said)["merchants"]]))
        return places
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
                process.wait()


@contextmanager
def copy_of(place: Place, name: str) -> Iterator[Place]:
    """A copy to run on, so that each server begins with the history that was made and no more."""
    with databases.copy_of(place.installation.url, name) as url:
        yield place.at(url)


def empty(folder: Path, database: str, name: str, server: postgres.Server | None) -> Installation:
    """An empty database; PostgreSQL's on the server."""
    var = folder / f"{database}-{name}"
    var.mkdir()
    if server is None:
        return Installation.new(url=f"sqlite:///{var / 'groat.sqlite3'}", var=var)
    with databases.session(server.url()) as session:
        session.execute(f"CREATE DATABASE {name}")
    return Installation.new(url=server.url(name), var=var)
