"""One scenario alone, to look into: `python -m bench one`."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from bench import books, databases, places, runs, servers

WARM_UP_SECONDS = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--database", choices=[databases.POSTGRESQL, databases.SQLITE], default=databases.POSTGRESQL)
    parser.add_argument("--asks", choices=["payments", "balances"], default="payments")
    parser.add_argument("--tills", type=int, default=16)
    parser.add_argument("--workers", type=int, default=1, help="server processes")
    parser.add_argument("--merchants", type=int, choices=[1, places.SPREAD], default=1)
    parser.add_argument("--entries", type=int, choices=[places.SMALL, places.LARGE], default=places.SMALL)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--times", type=int, default=1, help="how often, on the same database and server")
    parser.add_argument("--profile", type=Path, metavar="FILE.svg", help="have py-spy (on PATH) watch a server process")
    parser.add_argument("--no-verify", action="store_true", help="leave out `groat verify` at the end")


def main(asked: argparse.Namespace) -> None:
    scenario = runs.Scenario(asked.asks, asked.tills, asked.merchants)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="groat-bench-")))
        postgresql = None
        if asked.database == databases.POSTGRESQL:
            postgresql = stack.enter_context(databases.postgresql_server())
        installation = places.empty(folder, asked.database, "one", postgresql)
        (place,) = places.seed([(installation, places.merchants(asked.entries))])
        server = stack.enter_context(servers.server(installation, workers=asked.workers))
        print(f"server {server.pid}, its processes {server.processes()}, port {server.port}", flush=True)
        for _ in range(asked.times):
            profiler = _profile(asked.profile, server, asked.seconds) if asked.profile else None
            seen = runs.run(place, server, scenario, runs.Timing(WARM_UP_SECONDS, asked.seconds))
            if profiler:
                profiler.wait()
            print({name: value for name, value in asdict(seen).items() if name != "faults"}, flush=True)
        print(f"memory {server.most_memory_mb():.0f} MB")
        if not asked.no_verify:
            books.verify(installation)
            print("groat verify: sound")


def _profile(file: Path, server: servers.Server, seconds: float) -> "subprocess.Popen[bytes]":
    spy = shutil.which("py-spy")
    if spy is None:
        sys.exit("py-spy is not on PATH: install it there, it is no part of the project's environment")
    kind = {".svg": "flamegraph", ".json": "speedscope", ".txt": "raw"}[file.suffix]
    options = ["--format", kind, "--rate", "200", "--gil", "--output", str(file)]
    duration = ["--duration", str(round(WARM_UP_SECONDS + seconds))]
    return subprocess.Popen([spy, "record", "--pid", str(server.processes()[0]), *options, *duration])
