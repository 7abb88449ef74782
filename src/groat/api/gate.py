"""Who may come in: API keys, their scopes, and how often they may ask.

Used by the documented operations and by the lane for payments alike.
"""

from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from groat.api.answers import Answer, Headers
from groat.api.keys import Caller, KeyRing
from groat.api.limits import Limiter
from groat.api.problems import problem


class Admitted(NamedTuple):
    """A caller who may do what they ask."""

    caller: Caller
    headers: Headers
    """What every answer to them carries: the state of their rate limit."""


class Gate:
    """Lets callers in, or says what to answer instead.

    `requests_per_minute` holds for keys that have no limit of their own; `strangers_per_minute`
    is how many requests without a good key one network address may make.
    """

    def __init__(
        self,
        *,
        ring: KeyRing,
        callers: Limiter,
        strangers: Limiter,
        requests_per_minute: int,
        strangers_per_minute: int,
    ) -> None:
        self.ring = ring
        self._callers = callers
        self._strangers = strangers
        self._per_minute = requests_per_minute
        self._strangers_per_minute = strangers_per_minute

    def admit(self, *, authorization: str, address: str | None, scope: str) -> Admitted | Answer:
        """Whoever the Authorization header names. Asks the database when the key was not seen of late."""
        return self.admit_remembered(authorization=authorization, scope=scope) or self._admit_stranger(
            authorization, address, scope
        )

    def admit_remembered(self, *, authorization: str, scope: str) -> Admitted | Answer | None:
        """The same without ever asking the database: None when it would have to."""
        caller = self.ring.remembered(_bearer(authorization))
        return self._admit_caller(caller, scope) if caller else None

    def _admit_stranger(self, authorization: str, address: str | None, scope: str) -> Admitted | Answer:
        network = _network(address)
        if not self._strangers.look(network, per_minute=self._strangers_per_minute).allowed:
            return self._refuse_stranger(network, "rate_limited")
        secret = _bearer(authorization)
        if not secret:
            return self._refuse_stranger(network, "key_missing")
        caller = self.ring.known(secret)
        return self._admit_caller(caller, scope) if caller else self._refuse_stranger(network, "key_invalid")

    def _refuse_stranger(self, network: str, code: str) -> Answer:
        verdict = self._strangers.take(network, per_minute=self._strangers_per_minute)
        if not verdict.allowed:
            return problem(
                "rate_limited", "Too many requests without a good API key; wait a little.", headers=verdict.headers()
            )
        challenge = 'Bearer realm="Groat"' + (', error="invalid_token"' if code == "key_invalid" else "")
        detail = "Send an API key in the header `Authorization: Bearer groat_…`." if code == "key_missing" else ""
        return problem(code, detail, headers=[("WWW-Authenticate", challenge), *verdict.headers()])

    def _admit_caller(self, caller: Caller, scope: str) -> Admitted | Answer:
        verdict = self._callers.take(caller.key_id, per_minute=caller.requests_per_minute or self._per_minute)
        headers = verdict.headers()
        if not verdict.allowed:
            return problem("rate_limited", f"This key may ask {verdict.per_minute} times a minute.", headers=headers)
        if scope not in caller.scopes:
            return problem(
                "scope_missing", f"This key lacks the scope {scope}.", facts={"scope": scope}, headers=headers
            )
        return Admitted(caller, headers)


def _bearer(authorization: str) -> str:
    scheme, _, secret = authorization.partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def _network(address: str | None) -> str:
    """What counts as one stranger: an IPv4 address, or the /64 network of an IPv6 address."""
    if address is None:
        return ""
    parsed = ip_address(address)
    return str(int(parsed) >> 64) if isinstance(parsed, IPv6Address) else address
