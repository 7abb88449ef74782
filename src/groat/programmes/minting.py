"""This process's minter of ids, with a worker number leased from the database."""

import os
import threading

from groat import ids
from groat.programmes.models import Worker

_lock = threading.Lock()
_minter: ids.Minter | None = None


def mint() -> int:
    """The next id of this process."""
    return (_minter or _lease())()


def _lease() -> ids.Minter:
    global _minter
    with _lock:
        if _minter is None:
            _minter = ids.Minter(worker=Worker.objects.create().pk % ids.WORKERS)
        return _minter


def is_ready() -> bool:
    """Whether the number is leased, so that the next id needs no database."""
    return _minter is not None


def ready() -> None:
    """Lease now, before a transaction opens.

    Leased inside one, the number would go back with it when it is refused, to the next process,
    and this one would go on with it; inside one of another connection, SQLite would wait for itself.
    """
    if _minter is None:
        _lease()


def forget() -> None:
    """Lease anew at the next id: after a fork two processes would else share a number."""
    global _minter
    _minter = None


os.register_at_fork(after_in_child=forget)
