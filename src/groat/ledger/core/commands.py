"""What can be asked of the book. Wallets, holds and entries are named by their ids.

`actor` says who asks (`staff:…`, `key:…`, `system`); it is written beside the entry.
"""

from datetime import datetime, timedelta

from .accounts import Tally
from .lots import Origin
from .values import value


class ImpossibleAmount(ValueError):
    """An amount that no caller should have let through: zero, negative, or beyond 64 bits."""


MOST_MINOR = 10**15
"""The largest single amount: far above any till, far below what 64 bits sum."""


def _positive(amount_minor: int) -> None:
    if not 0 < amount_minor <= MOST_MINOR:
        raise ImpossibleAmount(amount_minor)


def _not_negative(amount_minor: int) -> None:
    if not 0 <= amount_minor <= MOST_MINOR:
        raise ImpossibleAmount(amount_minor)


@value(frozen=True, slots=True)
class Spend:
    """Pay for goods: takes from the wallet's lots, then down to its floor."""

    wallet: int
    amount_minor: int
    actor: str = ""
    no_debt: bool = False
    """Whether it may take no more than there is, whatever the floor allows."""

    def __post_init__(self) -> None:
        _positive(self.amount_minor)


@value(frozen=True, slots=True)
class TopUp:
    """Credits bought, and the bonus given with them. Settles debt first."""

    wallet: int
    bought_minor: int
    paid_minor: int
    """Minor units of the programme's currency."""
    into: Tally = Tally.CASH
    bonus_minor: int = 0
    expires_at: datetime | None = None
    bonus_expires_at: datetime | None = None
    extends: bool = False
    """Also move the expiry of unexpired purchased lots forward to that of this one, or to `extends_until`."""
    actor: str = ""
    extends_until: datetime | None = None

    def __post_init__(self) -> None:
        _positive(self.bought_minor)
        _not_negative(self.bonus_minor)
        _not_negative(self.paid_minor)


@value(frozen=True, slots=True)
class PlaceHold:
    """Set an amount aside until it is captured, released, or expires."""

    wallet: int
    amount_minor: int
    expires_at: datetime
    actor: str = ""
    no_debt: bool = False
    """As in `Spend`."""

    def __post_init__(self) -> None:
        _positive(self.amount_minor)


@value(frozen=True, slots=True)
class Capture:
    """Spend what was set aside, or a part of it; the rest is released. Closes the hold."""

    hold: int
    amount_minor: int | None = None
    """None: all of it."""
    actor: str = ""

    def __post_init__(self) -> None:
        if self.amount_minor is not None:
            _positive(self.amount_minor)


@value(frozen=True, slots=True)
class Release:
    """Give back what was set aside. Closes the hold."""

    hold: int
    actor: str = ""


@value(frozen=True, slots=True)
class Reverse:
    """Undo an entry, whole or in part: the very lots it took get back what it took from them.

    Undoing a top-up takes its bonus back in proportion, and what was spent of it becomes debt.
    """

    entry: int
    amount_minor: int | None = None
    """Of a spending: what goes back. Of a top-up: how many of the credits bought. None: the rest."""
    grace: timedelta = timedelta(days=14)
    """How long credits stay good that come back after their expiry."""
    actor: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        if self.amount_minor is not None:
            _positive(self.amount_minor)


@value(frozen=True, slots=True)
class Expire:
    """Book what is due by now: expired lots to breakage, expired holds released."""

    wallet: int
    actor: str = "system"


@value(frozen=True, slots=True)
class Extend:
    """Move the expiry of the wallet's unexpired purchased lots forward; never backward."""

    wallet: int
    expires_at: datetime | None
    """None: they no longer expire."""
    actor: str = ""
    reason: str = ""


@value(frozen=True, slots=True)
class Transfer:
    """Move credits to another wallet of the programme, with their origins and dates."""

    source: int
    target: int
    amount_minor: int
    actor: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        _positive(self.amount_minor)
        if self.source == self.target:
            raise ImpossibleAmount("a wallet cannot transfer to itself")


@value(frozen=True, slots=True)
class Adjust:
    """Put a balance right by hand, up or down, with a reason."""

    wallet: int
    amount_minor: int
    """Positive gives credits, negative takes them."""
    reason: str
    actor: str
    origin: Origin = Origin.GIFT
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        _positive(abs(self.amount_minor))
        if not self.reason or not self.actor:
            raise ValueError("an adjustment needs a reason and somebody who makes it")


@value(frozen=True, slots=True)
class WriteOff:
    """Forgive a debt, or a part of it."""

    wallet: int
    reason: str
    actor: str
    amount_minor: int | None = None
    """None: all of it."""

    def __post_init__(self) -> None:
        if self.amount_minor is not None:
            _positive(self.amount_minor)
        if not self.reason or not self.actor:
            raise ValueError("a write-off needs a reason and somebody who makes it")


@value(frozen=True, slots=True)
class SetFloor:
    """Agree how far below zero the wallet may go: 0 is prepaid, a negative number postpaid."""

    wallet: int
    floor_minor: int
    actor: str = ""

    def __post_init__(self) -> None:
        if not -MOST_MINOR <= self.floor_minor <= 0:
            raise ImpossibleAmount(self.floor_minor)


type Command = (
    Spend | TopUp | PlaceHold | Capture | Release | Reverse | Expire | Extend | Transfer | Adjust | WriteOff | SetFloor
)
