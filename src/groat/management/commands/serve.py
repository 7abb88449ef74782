"""`groat serve`: the server."""

import os
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Start the server. Stop it with Ctrl-C or SIGTERM; payments under way are finished first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: 8000)")
        parser.add_argument(
            "--workers", type=int, default=1, help="server processes (default: 1; SQLite is fastest with one)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        gather_static_files()
        argv = granian_arguments(host=options["host"], port=options["port"], workers=options["workers"])
        # In place of this process: whoever stops it by its id stops the server itself.
        os.execv(argv[0], argv)


def gather_static_files() -> None:
    """Gather the static files under their hashed names, unless they are there as they are now."""
    note = Path(settings.STATIC_ROOT) / "gathered"
    found = sorted(
        (name, (Path(storage.path(name))).stat().st_mtime_ns)
        for finder in get_finders()
        for name, storage in finder.list([])
    )
    stamp = sha256(repr((found, settings.STORAGES["staticfiles"])).encode()).hexdigest()
    if not note.exists() or note.read_text() != stamp:
        call_command("collectstatic", interactive=False, verbosity=0)
        note.write_text(stamp)


def granian_arguments(*, host: str, port: int, workers: int) -> list[str]:
    """How granian is started: static files from its own threads, everything else through ASGI."""
    return [
        str(Path(sys.executable).with_name("granian")),
        "--interface",
        "asginl",
        "--host",
        host,
        "--port",
        str(port),
        "--workers",
        str(workers),
        "--loop",
        "uvloop",
        "--http",
        "1",
        "--backpressure",
        "1024",
        "--respawn-failed-workers",
        "--workers-kill-timeout",
        "10",
        "--no-ws",
        "--static-path-route",
        settings.STATIC_URL.rstrip("/"),
        "--static-path-mount",
        str(settings.STATIC_ROOT),
        "--static-path-expires",
        "31536000",
        "--log-level",
        "warning",
        "groat.config.asgi:application",
    ]
