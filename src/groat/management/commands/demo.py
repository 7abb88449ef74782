"""`groat demo`: a programme to try Groat with, running."""

import os
import signal
import socket
import subprocess
import sys
import time
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from groat.demo import blank, folder, history
from groat.management.commands.serve import gather_static_files, granian_arguments
from groat.programmes.models import Programme

STARTS_WITHIN_SECONDS = 180
"""Even on a machine that is busy with something else."""


class Command(BaseCommand):
    help = "Run Groat with a demo programme: server and worker on 127.0.0.1. Ctrl-C stops all of it; data is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: 8000)")
        parser.add_argument(
            "--empty", action="store_true", help="its empty twin, with data of its own: open a programme there yourself"
        )
        parser.add_argument("--prepare", action="store_true", help="make the demo's data and stop there")

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(stderr=True, highlight=False)
        port = options["port"]
        if not options["prepare"]:
            _demand_free(port)
        if _has_pending_migrations():
            call_command("migrate", verbosity=0, interactive=False)
        if options["empty"]:
            told = blank.prepare()
            folder.write(told)
            if not options["prepare"]:
                run(port=port, told=told | {"url": f"http://127.0.0.1:{port}"})
            return
        # Of two demos that start at once in one folder, the second finds the first one's programme.
        if not Programme.objects.filter(slug=history.SLUG).exists():
            _make(console)
        if options["prepare"]:
            return
        told = folder.read() | {"url": f"http://127.0.0.1:{port}"}
        if "logins" not in told:
            raise CommandError(f"{folder.file()} is gone, and with it the logins. Delete its folder for a new demo.")
        folder.write(told)
        run(port=port, told=told)


def _has_pending_migrations() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _make(console: Console) -> None:
    columns = (TextColumn("Playing three months at Harbour Court"), BarColumn(), TextColumn("{task.percentage:.0f} %"))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("days", total=None)
        # All of it or nothing, so that a start that was cut short is simply made again.
        with transaction.atomic():
            told = history.play(
                today=timezone.localdate(timezone=history.ZONE),
                progress=lambda done, days: bar.update(task, completed=done, total=days),
            )
            folder.write(told)


def _demand_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            raise CommandError(f"Port {port} cannot be used ({error}). Try another: make demo PORT=8001") from error


def run(*, port: int, told: dict[str, Any]) -> None:
    """Start server and worker, say where to go, and stay until Ctrl-C, SIGTERM, or until one of them ends."""
    gather_static_files()
    # Not by `groat serve`, which would load once more all that this process has loaded already.
    children = [_start(granian_arguments(host="127.0.0.1", port=port, workers=1))]
    stopped: list[int] = []
    is_up, ended = False, False
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: stopped.append(received))
    try:
        is_up = _wait_until_up(port, children, stopped)
        if is_up:
            # Only now, so that the two do not keep each other from starting.
            children.append(_start([sys.executable, "-m", "groat.config.command", "worker"]))
            _greet(told)
            while not stopped and all(child.poll() is None for child in children):
                time.sleep(0.2)
        ended = any(child.poll() is not None for child in children)
    finally:
        for child in children:
            if child.poll() is None:
                child.terminate()
        for child in children:
            try:
                child.wait(timeout=12)
            except subprocess.TimeoutExpired:
                child.kill()
    if ended and not stopped:
        raise CommandError("The server or the worker has ended by itself; its reason stands above.")
    if not is_up and not stopped:
        raise CommandError(f"The server did not answer within {STARTS_WITHIN_SECONDS} seconds. Try again.")


def _start(command: list[str]) -> "subprocess.Popen[bytes]":
    # In a group of its own: a Ctrl-C reaches this process alone, which then stops them in order.
    return subprocess.Popen(command, env=os.environ | {"GROAT_DEMO": "1"}, start_new_session=True)


def _wait_until_up(port: int, children: list["subprocess.Popen[bytes]"], stopped: list[int]) -> bool:
    patience = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < patience and not stopped and all(child.poll() is None for child in children):
        try:
            asked = HTTPConnection("127.0.0.1", port, timeout=5)
            asked.request("GET", "/health")
            if asked.getresponse().status == HTTPStatus.OK:
                return True
        except OSError:
            pass
        time.sleep(0.1)
    return False


def _greet(told: dict[str, Any]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"\n[bold]Groat is running:[/bold] {told['url']}\n")
    if "code" in told:
        _greet_the_first(console, told)
        return
    for login in told["logins"]:
        console.print(f"  {login['role']:<11} {login['email']:<30} {login['password']}")
    console.print("\n  Cards to type at the till (or pick from its tray):")
    for card in told["cards"][:4]:
        console.print(f"  {card['token']}  {card['name']:<20} {card.get('hint', '')}")
    console.print(f"\n  API key     {told['api_key']}")
    console.print(f"  API docs    {told['url']}/api/docs")
    console.print(f"\n  All of this is in {folder.file()}. Ctrl-C stops the demo; its data is kept.\n")


def _greet_the_first(console: Console, told: dict[str, Any]) -> None:
    if told["code"]:
        console.print("  Nobody works here yet. Open a programme with this code, which is good once:\n")
        console.print(f"  [bold]{told['code']}[/bold]    or go to {told['url']}/open/?code={told['code']}\n")
    console.print("  Blank cards to pair (or pick from the page):")
    console.print(f"  {'  '.join(card['token'] for card in told['cards'])}\n")
    console.print(f"  Ctrl-C stops it; its data is kept in {folder.file().parent}. Delete this folder to begin anew.\n")
