"""Several things at the same moment, each in a thread with a database connection of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from groat.errors import Refusal


def at_once[R](*calls: Callable[[], R]) -> list[R | Refusal]:
    """What each call answered, its refusal included; whatever else is raised flies."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], R]) -> R | Refusal:
        try:
            # Connected before the start, so that the race is about the call.
            connection.ensure_connection()
            start.wait(timeout=30)
            return call()
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))
