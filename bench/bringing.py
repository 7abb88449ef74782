"""Customers and past movements brought along from a CSV: how long, and how much memory. `python -m bench imports`."""

import argparse
import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench import books, databases, places
from bench.servers import CLONE

WITHIN_SECONDS = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--database", choices=[databases.POSTGRESQL, databases.SQLITE], default=databases.POSTGRESQL)
    parser.add_argument("--customers", type=int, default=50_000)
    parser.add_argument("--movements", type=int, default=200_000)
    parser.add_argument("--no-verify", action="store_true", help="leave out `groat verify` at the end")


def main(asked: argparse.Namespace) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="groat-bench-")))
        postgresql = None
        if asked.database == databases.POSTGRESQL:
            postgresql = stack.enter_context(databases.postgresql_server())
        installation = places.empty(folder, asked.database, "imports", postgresql)
        wanted = {"customers": asked.customers, "movements": asked.movements, "folder": str(folder)}
        done = subprocess.run(
            [sys.executable, "-m", "bench.with_django", "bench.bringing_with_django"],
            check=False,
            cwd=CLONE,
            env=installation.environment,
            input=json.dumps(wanted),
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
    whole = 0.0
    for name, one in seen.items():
        whole += one["import_seconds"]
        print(
            f"{database} {name}: {one['rows']:.0f} rows; read {one['read_seconds']:.1f} s, "
            f"checked {one['check_seconds']:.1f} s, imported {one['import_seconds']:.1f} s, "
            f"again {one['again_seconds']:.1f} s ({one['again_made']:.0f} made); "
            f"memory {one['memory_before_mb']:.0f} MB before, {one['memory_mb']:.0f} MB at most"
        )
    print(f"imported in {whole:.1f} s (aim: {WITHIN_SECONDS} s)")
