"""Identifiers: 64 bits inside, UUIDv7 outside, one made from the other.

A row's key is 63 bits: 42 of milliseconds since 2024, 10 of the process that minted it, 11 of
a counter. It sorts by time, needs no round trip to the database and no second index: what
integrators see is a UUIDv7 (RFC 9562) that carries the same bits, plus 53 check bits over the
kind of thing it names. A customer's id where a card's belongs is therefore no id at all.
"""

import hashlib
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from uuid import UUID

EPOCH_MS = 1_704_067_200_000  # 2024-01-01T00:00:00Z
WORKER_BITS = 10
COUNTER_BITS = 11
WORKERS = 1 << WORKER_BITS
_COUNTERS = 1 << COUNTER_BITS
_LOW_BITS = WORKER_BITS + COUNTER_BITS


class NotAnId(ValueError):
    """The text is no identifier of the kind asked for."""


class Minter:
    """Mints ascending ids for one process; safe to share between its threads.

    `worker` (0 to 1023) must differ between the processes of one database that run at the same
    time: it is leased there. Should two ever agree, the primary key refuses the second row.
    """

    def __init__(self, *, worker: int, clock_ms: Callable[[], int] | None = None) -> None:
        if not 0 <= worker < WORKERS:
            raise ValueError(f"worker must be 0 to {WORKERS - 1}, not {worker}")
        self._worker = worker << COUNTER_BITS
        self._clock_ms = clock_ms or (lambda: time.time_ns() // 1_000_000)
        self._lock = threading.Lock()
        self._ms = 0
        self._counter = 0

    def __call__(self) -> int:
        """The next id, greater than every one before it from this minter."""
        with self._lock:
            now = self._clock_ms() - EPOCH_MS
            if now > self._ms:
                self._ms, self._counter = now, 0
            else:
                # The clock stands still (or went back): go on counting, and borrow the next
                # millisecond when this one is full, so that ids never repeat nor descend.
                self._counter += 1
                if self._counter == _COUNTERS:
                    self._ms, self._counter = self._ms + 1, 0
            return self._ms << _LOW_BITS | self._worker | self._counter


def minted_ms(row_id: int) -> int:
    """When an id was minted, in milliseconds since 1970."""
    return (row_id >> _LOW_BITS) + EPOCH_MS


def lowest_at(unix_ms: int) -> int:
    """The lowest id that can be minted at this time: ids below it are older."""
    return max(unix_ms - EPOCH_MS, 0) << _LOW_BITS


def public(kind: str, row_id: int) -> UUID:
    """The UUIDv7 by which the outside knows the `kind` with this id.

    Layout: 48 bits of milliseconds, version, 12 bits and 9 bits of the id's lower part,
    variant, and the rest check bits: SHA-256 over kind and id, shortened.
    """
    return UUID(int=_public_bits(kind, row_id))


def public_text(kind: str, row_id: int) -> str:
    """The same as text, several times as fast: a payment is told by six of them."""
    digits = f"{_public_bits(kind, row_id):032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


@lru_cache(maxsize=4096)
def private(kind: str, value: UUID | str) -> int:
    """The id inside for a public one; `NotAnId` when it is not one of this kind."""
    try:
        bits = value.int if isinstance(value, UUID) else UUID(value).int
    except (ValueError, AttributeError, TypeError) as error:
        raise NotAnId(f"{value!r} is no {kind} id") from error
    ms = (bits >> 80) - EPOCH_MS
    low = (bits >> 64 & 0xFFF) << 9 | bits >> 53 & 0x1FF
    row_id = ms << _LOW_BITS | low
    if not 0 <= ms < 1 << 42 or bits != _public_bits(kind, row_id):
        raise NotAnId(f"{value} is no {kind} id")
    return row_id


def _public_bits(kind: str, row_id: int) -> int:
    low = row_id & ((1 << _LOW_BITS) - 1)
    tail = (low & 0x1FF) << 53 | _check(kind, row_id)
    return minted_ms(row_id) << 80 | 7 << 76 | (low >> 9) << 64 | 2 << 62 | tail


def _check(kind: str, row_id: int) -> int:
    digest = hashlib.sha256(f"{kind}:{row_id}".encode()).digest()
    return int.from_bytes(digest[:7], "big") & ((1 << 53) - 1)
