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
    """Lease now: it writes, so whoever mints inside a transaction of another connection must ask before."""
    if _minter is None:
        _lease()


def forget() -> None:
    """Lease anew at the next id: after a fork two processes would else share a number."""
    global _minter
    _minter = None


os.register_at_fork(after_in_child=forget)
