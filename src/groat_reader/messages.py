"""What the threads of the program tell the desk, and what the till says to it."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from groat_reader.devices import Device


@dataclass(frozen=True, slots=True)
class Display:
    """What to show while no card is on the reader."""

    revision: str
    state: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a presentation was decided."""

    state: str
    good: bool
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReaderIs:
    """This reader is in use now, or none, and why."""

    name: str | None
    device: Device | None = None
    failing: str = ""
    """Why PC/SC itself does not work; empty if it does and no reader is plugged in."""


@dataclass(frozen=True, slots=True)
class Tapped:
    """A card was laid on the reader and said who it is."""

    token: str = field(repr=False)


class Problem(Enum):
    MUTE = "mute"  # two cards at once, or nothing that answers
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class NotRead:
    """Something was laid on the reader and could not be read."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class Removed:
    """The card is gone."""


@dataclass(frozen=True, slots=True)
class Displayed:
    """What the till wants to be shown; None when the till cannot be reached."""

    display: Display | None


@dataclass(frozen=True, slots=True)
class Answered:
    """A presentation is decided."""

    key: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A presentation got no answer this time; it is asked again."""

    key: str


@dataclass(frozen=True, slots=True)
class NotDone:
    """A presentation is over without an outcome: it was refused as such, or has never left this machine."""

    key: str
    reached: bool


@dataclass(frozen=True, slots=True)
class TokenRevoked:
    """The server does not know this reader any more."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The program shall end."""


Message = ReaderIs | Tapped | NotRead | Removed | Displayed | Answered | Unanswered | NotDone | TokenRevoked | Stop


class Tell(Protocol):
    """Hands a message to the desk; may be called from any thread."""

    def __call__(self, message: Message) -> None: ...
