"""The API keys of all programmes as callers of this process, and what they do as deeds."""

from datetime import UTC, datetime
from functools import cache, lru_cache

from django.conf import settings

from groat.api.gate import Gate
from groat.api.keys import Caller, KeyRing
from groat.api.limits import Limiter
from groat.programmes import minting, queries
from groat.programmes.deeds import Actor, Deed


@cache
def gate() -> Gate:
    """The one gate of this process, through which every request with an API key comes."""
    return Gate(
        ring=KeyRing(find=_caller),
        callers=Limiter(policy="key"),
        strangers=Limiter(policy="address"),
        requests_per_minute=settings.REQUESTS_PER_MINUTE,
        strangers_per_minute=settings.STRANGERS_PER_MINUTE,
    )


def deed(caller: Caller, *, address: str | None) -> Deed:
    """What a caller does now, from this address."""
    return Deed(actor(caller.key_id, caller.name, address), datetime.now(UTC), minting.mint)


# The same tills ask again and again.
@lru_cache(maxsize=1024)
def actor(key_id: int, name: str, address: str | None) -> Actor:
    """An API key at work, from this address."""
    return Actor(f"key:{key_id}", name, None, address)


def _caller(secret: str) -> Caller | None:
    key = queries.key_by_secret(secret)
    if key is None:
        return None
    return Caller(
        key_id=key.id,
        programme_id=key.programme_id,
        name=key.name,
        scopes=frozenset(key.scopes),
        requests_per_minute=key.requests_per_minute,
        credit_decimals=key.programme.credit_decimals,
    )
