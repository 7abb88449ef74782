"""Server-sent events, as far as we need them (WHATWG HTML, section 9.2)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    name: str
    data: str


def events(lines: Iterable[bytes]) -> Iterator[Event]:
    """The events in the lines of a stream; comments and what we do not know are passed over."""
    name, data = "", list[str]()
    for raw in lines:
        line = raw.decode(errors="replace").rstrip("\r\n")
        if not line:
            if data:
                yield Event(name or "message", "\n".join(data))
            name, data = "", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)
