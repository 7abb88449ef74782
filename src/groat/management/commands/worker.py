"""`groat worker`: what is to be done though nobody asks for it."""

import logging
import signal
import threading
import time
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections, connection

from groat.config.jobs import JOBS, Job
from groat.programmes.deeds import SYSTEM, Deed

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Seal the books, book what has expired and cancel what nobody confirmed, every few seconds. "
        "Stop it with Ctrl-C or SIGTERM; more than one may run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do all that is due now, and end")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            failed = [job.name for job in JOBS if not run_out(job)]
            if failed:
                raise CommandError(f"could not {', '.join(failed)}: the log says why")
            return
        stopping = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stopping.set())
        run_until(stopping, JOBS)


def run_until(stopping: threading.Event, jobs: Sequence[Job]) -> None:
    """Run each job at its pace until told to stop; one that is under way is finished first."""
    next_at = [time.monotonic()] * len(jobs)
    while not stopping.is_set():
        for i, job in enumerate(jobs):
            if next_at[i] <= time.monotonic() and not stopping.is_set():
                close_old_connections()
                run(job)
                next_at[i] = time.monotonic() + job.every_seconds
        stopping.wait(max(0.0, min(next_at) - time.monotonic()))


def run_out(job: Job) -> bool:
    """Run a job until it finds nothing more to do; whether it did not fail."""
    while done := run(job):
        pass
    return done == 0


def run(job: Job) -> int | None:
    """Run a job once; a failure is logged (None) and the job is tried again when its time comes."""
    try:
        done = job.act(Deed.at_once(SYSTEM))
    except Exception:
        log.exception("the job %r failed", job.name)
        if not connection.in_atomic_block:
            connection.close()
        return None
    if done:
        log.info("%s: %d", job.name, done)
    return done
