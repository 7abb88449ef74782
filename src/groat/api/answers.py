"""What goes over the wire, without any framework's request or response."""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import Enum
from typing import Any, NamedTuple

from pydantic_core import to_json

JSON = "application/json"
PROBLEM = "application/problem+json"

CONTENT_TYPE_JSON = ("Content-Type", JSON)
NO_STORE = ("Cache-Control", "no-store")
"""Balances and people are nobody's to keep on the way."""

type Headers = tuple[tuple[str, str], ...]


class Answer(NamedTuple):
    """A response: status, headers (Content-Type among them) and the bytes of its body."""

    status: int
    headers: Headers
    body: bytes

    def with_headers(self, headers: Iterable[tuple[str, str]]) -> "Answer":
        """The same answer with these headers besides."""
        return Answer(self.status, (*self.headers, *headers), self.body)


def of_json(status: int, data: object, *, headers: Iterable[tuple[str, str]] = ()) -> Answer:
    """An answer whose body is JSON."""
    return Answer(status, (CONTENT_TYPE_JSON, NO_STORE, *headers), dumped(data))


def dumped(data: object) -> bytes:
    """JSON as this API writes it: compact, UTF-8, times in RFC 3339 and UTC."""
    return to_json(data, fallback=_plain)


def moment(at: datetime) -> str:
    """A time as RFC 3339 in UTC: 2026-03-01T09:30:00.123456Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _plain(value: object) -> Any:
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} has no form in JSON")
