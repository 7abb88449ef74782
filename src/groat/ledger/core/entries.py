"""What the book records, for ever."""

from datetime import datetime
from enum import StrEnum

from .accounts import FIRST_CURRENCY_TALLY, LAST_TALLY
from .lots import Lot
from .values import value


class Kind(StrEnum):
    """What an entry records."""

    SPEND = "spend"
    TOP_UP = "top_up"
    CAPTURE = "capture"
    REVERSAL = "reversal"
    EXPIRY = "expiry"
    EXTENSION = "extension"
    TRANSFER = "transfer"
    ADJUSTMENT = "adjustment"
    WRITE_OFF = "write_off"


class UnbalancedEntry(ValueError):
    """Postings of one unit that do not sum to zero."""


@value(frozen=True, slots=True)
class Posting:
    """An amount added to one account.

    A wallet's posting carries its place in the wallet's sequence and the balance after it. A
    tally's gets both when it is written: many batches add to a tally, and none waits to know it.
    """

    account: int
    amount_minor: int
    sequence: int | None = None
    balance_minor: int | None = None


@value(frozen=True, slots=True)
class LotUse:
    """Credits taken from a lot (negative) or given back to it (positive)."""

    account: int
    lot: int
    amount_minor: int


@value(frozen=True, slots=True)
class LotGrant:
    """A lot made by an entry, as it was when it was made and before it settled any debt."""

    account: int
    lot: Lot


@value(frozen=True, slots=True)
class LotDate:
    """A lot's expiry moved."""

    account: int
    lot: int
    expired_at: datetime | None
    expires_at: datetime | None


@value(frozen=True, slots=True)
class Entry:
    """Postings that sum to zero in each unit, and what they did to the lots. Never changed."""

    id: int
    kind: Kind
    at: datetime
    postings: tuple[Posting, ...]
    uses: tuple[LotUse, ...] = ()
    grants: tuple[LotGrant, ...] = ()
    dates: tuple[LotDate, ...] = ()
    reverses: int | None = None
    hold: int | None = None
    actor: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        credit = currency = 0
        for posting in self.postings:
            # is_in_currency, written out: this runs for each payment.
            if FIRST_CURRENCY_TALLY <= posting.account <= LAST_TALLY:
                currency += posting.amount_minor
            else:
                credit += posting.amount_minor
        if credit or currency:
            raise UnbalancedEntry(self.postings)
