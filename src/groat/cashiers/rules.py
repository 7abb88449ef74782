"""Who may get in at a shared till, how often somebody may guess, and why one is refused. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from groat.errors import Refusal, _

STALE_AFTER = timedelta(minutes=1)
"""The page tells that somebody is there at most this much late; the server locks later than the page by as much."""
FORGOTTEN_AFTER = timedelta(days=1)
"""Wrong guesses count no more when there was none for so long."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How many wrong guesses are free, and the pauses after that: each twice as long as the one before."""

    free: int
    first: timedelta
    longest: timedelta

    def pause(self, wrong: int) -> timedelta:
        """How long nobody may guess after so many wrong ones."""
        if wrong < self.free:
            return timedelta()
        # More doublings than these lead beyond any longest pause.
        doubled: int = 1 << min(wrong - self.free, 20)
        return min(self.longest, self.first * doubled)


OF_STAFF = Patience(free=5, first=timedelta(seconds=30), longest=timedelta(hours=1))
"""Of one person's PIN: at most a day's worth of 30 guesses among the ten thousand that there are."""
OF_TILL = Patience(free=10, first=timedelta(seconds=30), longest=timedelta(minutes=5))
"""Of all PINs at one till, for whoever tries everybody's in turn."""
OF_CARDS = Patience(free=20, first=timedelta(seconds=30), longest=timedelta(minutes=5))
"""Of cards that nobody knows, at one till."""


def still_wrong(wrong: int, *, last_at: datetime, now: datetime) -> int:
    """How many of the wrong guesses count now."""
    return 0 if now - last_at >= FORGOTTEN_AFTER else wrong


def is_idle(active_at: datetime, *, lock_after_minutes: int | None, now: datetime) -> bool:
    """Whether a till that nobody touches should have locked itself by now."""
    if lock_after_minutes is None:
        return False
    return now - active_at > timedelta(minutes=lock_after_minutes) + STALE_AFTER


@dataclass(unsafe_hash=True)
class WrongPin(Refusal):
    """Or a person who has none: whoever guesses learns nothing."""

    code = "till_pin_wrong"
    sentence = _("This PIN is wrong.")


@dataclass(unsafe_hash=True)
class GuessedTooOften(Refusal):
    code = "till_pin_paused"
    sentence = _("Too often wrong. Wait until %(until)s, or sign in with your password.")

    until: datetime


@dataclass(unsafe_hash=True)
class NotACashiersCard(Refusal):
    """Unknown, a customer's, blocked, or of somebody who works here no more."""

    code = "card_opens_no_till"
    sentence = _("This card opens no till. In the office it can be named as somebody’s own.")


@dataclass(unsafe_hash=True)
class CardOfAnotherCashier(Refusal):
    code = "card_of_another_cashier"
    sentence = _("This card already opens tills for %(name)s.")

    name: str


@dataclass(unsafe_hash=True)
class NotAtTills(Refusal):
    """Whoever only reads, or has left."""

    code = "not_at_tills"
    sentence = _("This person does not work at tills.")


@dataclass(unsafe_hash=True)
class NobodyHasAPin(Refusal):
    code = "till_pins_missing"
    sentence = _("Nobody has a PIN for the tills yet. Set yours first.")


@dataclass(unsafe_hash=True)
class TillNotShared(Refusal):
    """It was ended in the office."""

    code = "till_not_shared"
    sentence = _("This till is shared no more. Sign in with your password.")
