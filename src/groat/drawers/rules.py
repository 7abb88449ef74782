"""What a drawer's report says, and why something is refused. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from groat.errors import Refusal, _

LARGEST_MINOR = 10**15
"""No drawer holds more: what is more is a slip of the hand."""


@dataclass(unsafe_hash=True)
class DrawerOpenAlready(Refusal):
    code = "drawer_open_already"
    sentence = _("The cash drawer of this till is open already.")


@dataclass(unsafe_hash=True)
class DrawerNotOpen(Refusal):
    code = "drawer_not_open"
    sentence = _("The cash drawer of this till is not open. Open it first.")


@dataclass(unsafe_hash=True)
class CashNotThere(Refusal):
    """More would be taken out than should be in the drawer."""

    code = "cash_not_there"
    sentence = _("There should be only %(there_currency_minor)s in the drawer.")

    there_currency_minor: int


@dataclass(unsafe_hash=True)
class TooSmallForCash(Refusal):
    """No coin is as small as what these credits cost."""

    code = "too_small_for_cash"
    sentence = _("This is less than the smallest coin. Type a larger amount.")


@dataclass(unsafe_hash=True)
class NotYourTopUp(Refusal):
    code = "top_up_of_another"
    sentence = _("Somebody else made this top-up. Ask the manager to take it back.")


@dataclass(unsafe_hash=True)
class SpentAlready(Refusal):
    """A cashier who gave the cash back would leave a debt behind."""

    code = "top_up_spent"
    sentence = _("Some of it is spent already. Ask the manager to take it back.")


def undo_seconds_left(*, at: datetime, undo_seconds: int, now: datetime) -> int:
    """How long a cashier may still take a top-up back."""
    return max(0, int((at + timedelta(seconds=undo_seconds) - now).total_seconds()))


@dataclass(frozen=True, slots=True)
class ByMeans:
    """Top-ups that were paid by one means. Paid in minor units of the currency, the rest in those of the credit."""

    means: str
    count: int
    paid_minor: int
    bought_minor: int
    bonus_minor: int


@dataclass(frozen=True, slots=True)
class Report:
    """What happened at a till since the report before, and what should be in its drawer.

    Payments, refunds and what was bought in minor units of credit; all that was paid and all cash in those
    of the currency.
    """

    payments_count: int
    payments_minor: int
    refunds_count: int
    refunds_minor: int
    top_ups: tuple[ByMeans, ...]
    float_minor: int
    cash_top_ups_minor: int
    undone_count: int
    undone_minor: int
    rounding_minor: int
    """Of the cash taken for top-ups, what is there only because it was rounded."""
    cash_payments_minor: int
    """What was paid in cash beside credits."""
    cash_refunds_minor: int
    put_in_minor: int
    taken_out_minor: int
    counted_minor: int | None = None

    @property
    def expected_minor(self) -> int:
        """What should be in the drawer."""
        came = self.float_minor + self.cash_top_ups_minor + self.cash_payments_minor + self.put_in_minor
        return came - self.undone_minor - self.cash_refunds_minor - self.taken_out_minor

    @property
    def difference_minor(self) -> int | None:
        """What is too much (or, below zero, missing); None until it is counted."""
        return None if self.counted_minor is None else self.counted_minor - self.expected_minor

    @property
    def bonus_minor(self) -> int:
        """Credits that were given on top."""
        return sum(one.bonus_minor for one in self.top_ups)

    def told(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self)

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """As it was stored."""
        return cls(**{**told, "top_ups": by_means(told["top_ups"])})


def by_means(rows: Iterable[Mapping[str, Any]]) -> tuple[ByMeans, ...]:
    """Rows as they were stored or counted."""
    return tuple(ByMeans(**row) for row in rows)
