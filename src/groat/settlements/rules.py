"""How months are told, when a debt is due, and what settles it. Pure."""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

from groat.errors import Refusal, _
from groat.ledger.core.entries import Kind
from groat.programmes import days


@dataclass(unsafe_hash=True)
class MonthNotOver(Refusal):
    code = "month_not_over"
    sentence = _("This month is not over yet. Its statements can be made from the first day of the next one on.")


@dataclass(unsafe_hash=True)
class NothingToState(Refusal):
    """Nobody's statement of that month is missing."""

    code = "nothing_to_state"
    sentence = _("No statement of that month is missing: nobody else paid later, owed something or settled it.")


@dataclass(unsafe_hash=True)
class NothingToSettle(Refusal):
    code = "nothing_to_settle"
    sentence = _("Nothing of this is unpaid any more.")


@dataclass(unsafe_hash=True)
class MoreThanUnpaid(Refusal):
    code = "more_than_unpaid"
    sentence = _("Only %(unpaid_minor)s are unpaid.")

    unpaid_minor: int


@dataclass(unsafe_hash=True)
class SettlementUndone(Refusal):
    code = "settlement_undone"
    sentence = _("This settlement was undone already.")


# ---- Months ----


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month where the programme is."""

    first: date
    """Its first day."""

    def __post_init__(self) -> None:
        if self.first.day != 1:
            raise ValueError(f"{self.first} is no first day of a month")

    @classmethod
    def of(cls, day: date) -> Self:
        """The month that a day is in."""
        return cls(day.replace(day=1))

    @property
    def last(self) -> date:
        """Its last day."""
        return self.first.replace(day=monthrange(self.first.year, self.first.month)[1])

    def next(self) -> Self:
        """The month after it."""
        return type(self)(self.last + timedelta(days=1))

    def before(self) -> Self:
        """The month before it."""
        return type(self).of(self.first - timedelta(days=1))

    def span(self, *, time_zone: str) -> tuple[datetime, datetime]:
        """Its first instant, and that of the next month."""
        return (
            days.start_of(self.first, time_zone=time_zone),
            days.start_of(self.next().first, time_zone=time_zone),
        )


def months_before(month: Month, count: int) -> list[Month]:
    """So many months before this one, the latest first."""
    found = []
    for _turn in range(count):
        month = month.before()
        found.append(month)
    return found


# ---- What a statement says ----


@dataclass(frozen=True, slots=True)
class Moved:
    """What happened to a wallet between two balances. Minor units of credit."""

    spent_minor: int = 0
    """Less what was given back of it; below zero when more was given back."""
    topped_up_minor: int = 0
    """Less what was taken back of it."""
    corrected_minor: int = 0
    """All else: by hand, forgiven, transferred, expired."""

    @property
    def change_minor(self) -> int:
        """What it added to the balance."""
        return self.topped_up_minor + self.corrected_minor - self.spent_minor


_SPENDING = {Kind.SPEND, Kind.CAPTURE}


def moved(sums: Mapping[Kind, int]) -> Moved:
    """Told from what entries of each kind added; a reversal counts with the kind of what it undid."""
    spent = -sum(sums.get(kind, 0) for kind in _SPENDING)
    topped_up = sums.get(Kind.TOP_UP, 0)
    return Moved(spent, topped_up, sum(sums.values()) + spent - topped_up)


def unpaid(*, owed_minor: int, credited_minor: int) -> int:
    """What is left of a debt after what was credited since, which pays the oldest debt first."""
    return min(owed_minor, max(0, owed_minor - credited_minor))


# ---- When it is due ----


@dataclass(frozen=True, slots=True)
class Terms:
    """Until when debts are to be settled, and what follows. Days."""

    due_days: int = 14
    """After the statement was made."""
    block_days: int | None = None
    """After it was due, nothing more may be owed; None: that never happens."""
    reminder_days: tuple[int, ...] = ()
    """From the day when it is due, ascending: -3 is three days before."""
    sends_statements: bool = False
    """By e-mail, as soon as they are made."""

    def due_on(self, stated_on: date) -> date:
        """The last day on which it can be settled in time."""
        return stated_on + timedelta(days=self.due_days)

    def blocks_on(self, stated_on: date) -> date | None:
        """The day from which nothing more may be owed."""
        return None if self.block_days is None else self.due_on(stated_on) + timedelta(days=self.block_days + 1)


def reminder_due(*, due_on: date, reminder_days: Sequence[int], reminded_on: date | None, today: date) -> bool:
    """Whether a day for a reminder has come since the last one; days that were missed are one."""
    days_come = [due_on + timedelta(days=offset) for offset in reminder_days]
    return any(day <= today and (reminded_on is None or day > reminded_on) for day in days_come)


AGES = (0, 30, 60)
"""Debts are told by how many days they are overdue: not yet, up to 30, up to 60, and more."""


def by_age(*, parts: Iterable[tuple[date, int]], today: date) -> tuple[int, ...]:
    """Amounts by age, from when each was due: not overdue, overdue up to 30 and up to 60 days, and longer."""
    sums = [0] * (len(AGES) + 1)
    for due_on, amount_minor in parts:
        overdue = (today - due_on).days
        sums[sum(overdue > age for age in AGES)] += amount_minor
    return tuple(sums)


# ---- For the payroll ----


def cell(text: str) -> str:
    """A text as it may stand in a spreadsheet: what would be a formula is no longer one (OWASP, CSV injection)."""
    return f"'{text}" if text.lstrip().startswith(("=", "+", "-", "@", "\t", "\r")) else text


def plain_amount(amount_minor: int, *, decimals: int, sign: str) -> str:
    """An amount as payroll software reads it: no thousands, this decimal sign: 1250,50."""
    minus, whole = ("-" if amount_minor < 0 else ""), abs(amount_minor)
    if not decimals:
        return f"{minus}{whole}"
    return f"{minus}{whole // 10**decimals}{sign}{whole % 10**decimals:0{decimals}}"
