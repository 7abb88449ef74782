"""Reports over a long history: how long each takes, and the folding before it. `python -m bench reports`."""

import argparse
import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench import books, databases, places
from bench.servers import CLONE

WITHIN_SECONDS = {databases.POSTGRESQL: 1.0, databases.SQLITE: 2.0}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--database", choices=[databases.POSTGRESQL, databases.SQLITE], default=databases.POSTGRESQL)
    parser.add_argument("--entries", type=int, default=places.LARGE)
    parser.add_argument("--no-verify", action="store_true", help="leave out `groat verify` at the end")


def main(asked: argparse.Namespace) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="groat-bench-")))
        postgresql = None
        if asked.database == databases.POSTGRESQL:
            postgresql = stack.enter_context(databases.postgresql_server())
        installation = places.empty(folder, asked.database, "reports", postgresql)
        done = subprocess.run(
            [sys.executable, "-m", "bench.with_django", "bench.reporting_with_django"],
            check=False,
            cwd=CLONE,
            env=installation.environment,
            input=json.dumps({"entries": asked.entries}),
            stdout=subprocess.PIPE,
            text=True,
        )
        if done.returncode != 0:
            raise places.CannotSeed(installation.url)
        _show(json.loads(done.stdout), asked.database)
        if not asked.no_verify:
            books.verify(installation)
            print("groat verify: sound")


def _show(seen: dict[str, dict[str, float]], database: str) -> None:
    print(f"{database}: " + ", ".join(f"{name} {value:,.1f}" for name, value in seen["before"].items()))
    aim = WITHIN_SECONDS[database]
    for name, seconds in seen["seconds"].items():
        print(f"{database} {name}: {seconds:.3f} s{'' if seconds <= aim else f'  (aim: {aim} s)'}")
    slowest = max(seen["seconds"].values())
    print(f"{database}: the slowest takes {slowest:.3f} s (aim: {aim} s)")
