"""Who calls: API keys by their secrets, remembered for a moment."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

REMEMBERED_SECONDS = 30.0
"""How long a revoked key may still be honoured by a process that has just seen it."""
_MANY = 1000


@dataclass(frozen=True, slots=True)
class Caller:
    """An API key at work: everything that a request needs to know of it and of its programme."""

    key_id: int
    programme_id: int
    name: str
    scopes: frozenset[str]
    requests_per_minute: int | None
    """None: what the installation allows."""
    credit_decimals: int
    """Of the programme, to word amounts."""


class KeyRing:
    """The callers whose secrets were seen in the last half minute.

    Only good keys are remembered, by a hash, so the ring grows no larger than there are keys.
    """

    def __init__(
        self,
        *,
        find: Callable[[str], Caller | None],
        clock: Callable[[], float] = time.monotonic,
        seconds: float = REMEMBERED_SECONDS,
    ) -> None:
        self._find = find
        self._clock = clock
        self._seconds = seconds
        self._callers: dict[bytes, tuple[Caller, float]] = {}

    def remembered(self, secret: str) -> Caller | None:
        """Who this secret belongs to, if that is known without asking the database."""
        found = self._callers.get(_name(secret))
        return found[0] if found and self._clock() < found[1] else None

    def known(self, secret: str) -> Caller | None:
        """Who this secret belongs to; asks the database when it was not seen of late."""
        return self.remembered(secret) or self._looked_up(secret)

    def forget(self) -> None:
        """Ask the database anew about every key."""
        self._callers.clear()

    def _looked_up(self, secret: str) -> Caller | None:
        caller = self._find(secret)
        if caller is None:
            self._callers.pop(_name(secret), None)
            return None
        now = self._clock()
        if len(self._callers) >= _MANY:
            self._callers = {name: kept for name, kept in list(self._callers.items()) if now < kept[1]}
        self._callers[_name(secret)] = caller, now + self._seconds
        return caller


def _name(secret: str) -> bytes:
    return sha256(secret.encode(errors="replace")).digest()
