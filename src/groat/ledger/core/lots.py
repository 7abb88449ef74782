"""Lots: credits of one origin with one expiry."""

from datetime import UTC, datetime
from enum import StrEnum

from .values import value

NEVER = datetime.max.replace(tzinfo=UTC)
"""Stands for no expiry where dates are compared."""


class Origin(StrEnum):
    """Where credits came from. Tax and refunds treat these differently, so they never mix."""

    PURCHASED = "purchased"
    BONUS = "bonus"
    GIFT = "gift"
    REFUND = "refund"


class ImpossibleLot(ValueError):
    """A lot below zero, above what was granted, or reserved beyond what it has."""


@value(frozen=True, slots=True)
class Lot:
    """Credits of one origin with one expiry, as they stand now."""

    id: int
    origin: Origin
    granted_minor: int
    remaining_minor: int
    held_minor: int = 0
    """Reserved by open holds: neither spent nor expired while they last."""
    settled_minor: int = 0
    """How much of it paid a debt on arrival; comes back first when that debt is undone."""
    expires_at: datetime | None = None
    expired_minor: int = 0
    """How much of it expired unspent; goes back from breakage when what gave it is undone."""

    def __post_init__(self) -> None:
        most = self.granted_minor - self.settled_minor - self.expired_minor
        if not 0 <= self.held_minor <= self.remaining_minor <= most:
            raise ImpossibleLot(self)

    @property
    def free_minor(self) -> int:
        """What a payment may take: neither used nor reserved."""
        return self.remaining_minor - self.held_minor

    @property
    def order(self) -> tuple[datetime, bool, int]:
        """Sorts lots as they are used: earliest expiry, bonus before the rest, oldest."""
        return (self.expires_at or NEVER, self.origin != Origin.BONUS, self.id)

    def is_due(self, now: datetime) -> bool:
        """Whether it has expired: at its instant, whether or not a job has run."""
        return self.expires_at is not None and self.expires_at <= now


def later(one: datetime | None, other: datetime | None) -> datetime | None:
    """The later of two expiries; no expiry is latest."""
    return None if one is None or other is None else max(one, other)
