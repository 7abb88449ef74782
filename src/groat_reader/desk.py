"""What stands between the card and the till: decides what the reader shows, and when."""

from collections.abc import Sequence
from dataclasses import dataclass

from groat_reader.devices import Signal
from groat_reader.messages import (
    Answered,
    Display,
    Displayed,
    NotDone,
    NotRead,
    Problem,
    Removed,
    Tapped,
    TokenRevoked,
    Unanswered,
)
from groat_reader.texts import Text, say

MOMENT_AFTER_SECONDS = 0.4  # an answer that comes sooner is shown without anything before it
ASKING_AFTER_SECONDS = 2.0
NOTICE_SECONDS = 4.0  # how long an outcome stays, also when the card is taken away at once
LONGEST_NOTICE_SECONDS = 10.0  # … and when the card is left where it is
SHORTEST_NOTICE_SECONDS = 1.5  # … and when the next amount waits already
UNKNOWN_SECONDS = 30.0
WAITING = ("waiting", "confirming", "pairing")


@dataclass(frozen=True, slots=True)
class Face:
    """What the reader shows: its lines, its light, and a number that is new whenever the sound is due again."""

    lines: tuple[str, ...]
    signal: Signal
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that is shown for a while, and then makes room for what waits."""

    face: Face
    since: float
    longest_seconds: float
    until_display_changes: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """The presentation that has no answer yet."""

    key: str
    since: float
    unanswered: bool = False


class Desk:
    """The state of one reader. Pure: messages and the time go in, what to present and to show comes out.

    Times are seconds of any one clock that does not go backwards.
    """

    def __init__(self, *, language: str) -> None:
        self._language = language
        self._display: Display | None = None
        self._online: bool | None = None
        self._card = False
        self._asked: Asked | None = None
        self._notice: Notice | None = None
        self._turn = 0
        self._face = Face(self._say(Text.STARTING), Signal.READY)

    @property
    def card(self) -> bool:
        """Is a card on the reader?"""
        return self._card

    @property
    def unanswered(self) -> bool:
        """Is there a presentation without an answer?"""
        return self._asked is not None

    def tapped(self, message: Tapped, *, key: str, now: float) -> bool:
        """A card was read. True: present it under this key. False: the one before has no answer yet."""
        del message
        self._card = True
        if self._asked:
            self._tell(Text.BUSY, Signal.ASKING, now, longest_seconds=SHORTEST_NOTICE_SECONDS)
            return False
        if self._notice:
            # The outcome of the card before must not be taken for that of this one.
            self._notice, self._face = None, Face(self._say(Text.MOMENT), Signal.ASKING)
        self._asked = Asked(key, now)
        return True

    def hear(self, message: NotRead | Removed | Displayed | Answered | Unanswered | NotDone, *, now: float) -> None:
        """Take note of what happened."""
        match message:
            case NotRead(problem):
                self._card = True
                text = Text.ONE_CARD if problem is Problem.MUTE else Text.UNREADABLE
                self._tell(text, Signal.BAD, now)
            case Removed():
                self._card = False
            case Displayed(display):
                self._displayed(display, now)
            case Answered(key, outcome) if self._asked and self._asked.key == key:
                self._asked = None
                signal = Signal.GOOD if outcome.good else Signal.BAD
                self._show(outcome.lines, signal, now, until_display_changes=outcome.state == "confirming")
            case Unanswered(key) if self._asked and self._asked.key == key:
                self._asked = Asked(key, self._asked.since, unanswered=True)
            case NotDone(key, reached) if self._asked and self._asked.key == key:
                self._asked = None
                self._tell(Text.REFUSED if reached else Text.NEVER_SENT, Signal.BAD, now)

    def reader_changed(self) -> None:
        """Another reader is in use, or none: no card is known to lie on it."""
        self._card = False

    def earlier_outcome_unknown(self, *, now: float) -> None:
        """An earlier run of the program ended before it had an answer: say so."""
        self._tell(Text.UNKNOWN, Signal.BAD, now, longest_seconds=UNKNOWN_SECONDS)

    def face(self, *, now: float) -> Face:
        """What to show at this time."""
        self._face = self._decide(now)
        return self._face

    def last_face(self, *, why: TokenRevoked | None = None) -> Face:
        """What to leave on the display when the program ends."""
        if self._asked:
            return Face(self._say(Text.UNKNOWN), Signal.BAD, -1)
        return Face(self._say(Text.UNPAIRED if why else Text.STOPPED), Signal.BAD if why else Signal.READY, -1)

    def restless(self) -> bool:
        """Does what is shown change by itself soon?"""
        return self._notice is not None or self._asked is not None

    def _decide(self, now: float) -> Face:
        if self._notice and self._has_ended(self._notice, now):
            self._notice = None
        if self._notice:
            return self._notice.face
        if self._asked:
            waited = now - self._asked.since
            if self._asked.unanswered or waited >= ASKING_AFTER_SECONDS:
                return Face(self._say(Text.ASKING), Signal.ASKING)
            return Face(self._say(Text.MOMENT), Signal.ASKING) if waited >= MOMENT_AFTER_SECONDS else self._face
        if self._online is None:
            return Face(self._say(Text.STARTING), Signal.READY)
        if not self._online or not self._display:
            return Face(self._say(Text.OFFLINE), Signal.READY)
        return Face(self._display.lines, Signal.WAITING if self._display.state in WAITING else Signal.READY)

    def _has_ended(self, notice: Notice, now: float) -> bool:
        age = now - notice.since
        if age >= notice.longest_seconds:
            return True
        return age >= NOTICE_SECONDS and not self._card and notice.longest_seconds == LONGEST_NOTICE_SECONDS

    def _displayed(self, display: Display | None, now: float) -> None:
        changed = display is not None and (self._display is None or display.revision != self._display.revision)
        self._online = display is not None
        self._display = display or self._display
        if not (changed and display and self._notice):
            return
        next_waits = display.state == "waiting" and self._notice.face.signal is Signal.GOOD
        if self._notice.until_display_changes:
            self._notice = None
        elif next_waits:
            ends = max(now - self._notice.since, SHORTEST_NOTICE_SECONDS)
            self._notice = Notice(self._notice.face, self._notice.since, ends)

    def _tell(self, text: Text, signal: Signal, now: float, *, longest_seconds: float = LONGEST_NOTICE_SECONDS) -> None:
        self._show(self._say(text), signal, now, longest_seconds=longest_seconds)

    def _show(
        self,
        lines: Sequence[str],
        signal: Signal,
        now: float,
        *,
        longest_seconds: float = LONGEST_NOTICE_SECONDS,
        until_display_changes: bool = False,
    ) -> None:
        self._turn += 1
        face = Face(tuple(lines), signal, self._turn)
        self._notice = Notice(face, now, longest_seconds, until_display_changes)

    def _say(self, text: Text) -> tuple[str, ...]:
        return say(text, language=self._language)
