"""How often somebody may ask: a token bucket for each caller, in this process's memory."""

import math
import time
from collections.abc import Callable, Hashable
from functools import lru_cache
from threading import Lock
from typing import NamedTuple

WINDOW_SECONDS = 60
_MANY = 20_000


class Verdict(NamedTuple):
    """What the bucket says to one request."""

    policy: str
    per_minute: int
    allowed: bool
    remaining: int
    """How many more requests it would let pass at this instant."""
    full_in_seconds: float
    retry_in_seconds: float
    """When the next request would pass; 0 when it would now."""

    def headers(self) -> tuple[tuple[str, str], ...]:
        """RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10), Retry-After when refused."""
        told = (
            _policy(self.policy, self.per_minute),
            ("RateLimit", f'"{self.policy}";r={self.remaining};t={math.ceil(self.full_in_seconds)}'),
        )
        return told if self.allowed else (*told, ("Retry-After", str(max(1, math.ceil(self.retry_in_seconds)))))


@lru_cache(maxsize=1024)
def _policy(policy: str, per_minute: int) -> tuple[str, str]:
    return "RateLimit-Policy", f'"{policy}";q={per_minute};w={WINDOW_SECONDS}'


class Limiter:
    """A bucket for each name: it holds a minute's requests, and fills evenly.

    Of a bucket only the instant is kept at which it will be full again, so taking from it is an
    addition and a comparison; a bucket that is full need not be kept at all.
    """

    def __init__(self, *, policy: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._policy = policy
        self._clock = clock
        self._full_at: dict[Hashable, float] = {}
        self._lock = Lock()

    def take(self, name: Hashable, *, per_minute: int) -> Verdict:
        """Take one request from the bucket, unless it is empty."""
        return self._ask(name, per_minute, cost=1)

    def look(self, name: Hashable, *, per_minute: int) -> Verdict:
        """Whether there is a request left in the bucket, without taking it."""
        return self._ask(name, per_minute, cost=0)

    def _ask(self, name: Hashable, per_minute: int, *, cost: int) -> Verdict:
        each = WINDOW_SECONDS / per_minute
        with self._lock:
            now = self._clock()
            empty_seconds = max(self._full_at.get(name, now) - now, 0.0)
            over = empty_seconds + each - WINDOW_SECONDS
            # A hair of tolerance, for a sum of many small fractions is never quite the whole.
            allowed = over < each * 1e-6
            if allowed and cost:
                empty_seconds += each
                if name not in self._full_at and len(self._full_at) >= _MANY:
                    self._make_room(now)
                self._full_at[name] = now + empty_seconds
        remaining = int((WINDOW_SECONDS - empty_seconds) / each + 1e-6)
        return Verdict(self._policy, per_minute, allowed, remaining, empty_seconds, 0.0 if allowed else over)

    def _make_room(self, now: float) -> None:
        """Forget the full buckets, and if all are in use, the half that was not refilled for longest."""
        kept = {name: full_at for name, full_at in self._full_at.items() if full_at > now}
        if len(kept) >= _MANY:
            kept = dict(sorted(kept.items(), key=lambda item: item[1])[_MANY // 2 :])
        self._full_at = kept
