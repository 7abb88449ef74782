"""When bought credits expire. Pure: days of a calendar in, days out.

One rule says it all, and everything that names a date asks it: the page before credits are sold, the
sale, the worker that books visits, and the trial of a rule. A rule decides at the moment of a sale or
a visit and never afterwards. So a new version cannot take anything from credits already bought.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import reduce
from typing import Any, Self
from zoneinfo import ZoneInfo

from groat.errors import Refusal, _
from groat.ledger.core.lots import later
from groat.programmes import days

MOST_MONTHS = 120
MOST_VISIT_DAYS = 3650
MOST_GRACE_DAYS = 365
MOST_REMINDERS = 7
MOST_REMINDER_DAYS = 365
LEAST_VISIT_GRACE_DAYS = 1
"""The worker books visits. It has so many days for it, and nobody's payment fails because it was late."""


class Life(StrEnum):
    """How long bought credits are good."""

    NEVER = "never"
    MONTHS = "months"
    PERIOD = "period"
    VISIT = "visit"


class Period(StrEnum):
    """Calendar periods, at whose end credits may expire together."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


MONTHS_OF = {Period.MONTH: 1, Period.QUARTER: 3, Period.HALF_YEAR: 6, Period.YEAR: 12}


class Extension(StrEnum):
    """What buying credits does to those bought before."""

    NONE = "none"
    AS_NEW = "as_new"
    MONTHS = "months"


@dataclass(unsafe_hash=True)
class ImpossibleRule(Refusal):
    """A rule that contradicts itself or lacks what it needs."""

    code = "expiry_rule_invalid"
    sentence = _("This rule cannot be used: look at “%(field)s”.")

    field: str


@dataclass(unsafe_hash=True)
class RuleBegun(Refusal):
    """What has begun is history: it is followed by another rule, not taken back."""

    code = "expiry_rule_begun"
    sentence = _("This rule is in force already. Make a new one to change it.")


@dataclass(frozen=True, slots=True)
class Rule:
    """How long bought credits are good, and what extends them. Raises ImpossibleRule."""

    life: Life = Life.NEVER
    months: int | None = None
    """From the purchase; a month that is too short ends earlier."""
    period: Period | None = None
    periods_after: int = 0
    """1: at the end of the period after the one in which they were bought."""
    visit_days: int | None = None
    """After the last payment or purchase."""
    grace_days: int = 0
    """Added to each date: credits pay until then, but reminders count to the day before them."""
    extension: Extension = Extension.NONE
    extension_months: int | None = None
    """From the purchase that extends."""
    extends_from_minor: int = 1
    """Only a purchase of at least so much extends; minor units of credit."""
    refund_grace_days: int = 14
    """So long are credits good that come back after their expiry."""
    reminder_days: tuple[int, ...] = ()
    """So many days ahead a letter is sent, the longest first."""

    def __post_init__(self) -> None:
        for field, is_wrong in self._faults():
            if is_wrong:
                raise ImpossibleRule(field)

    def _faults(self) -> Iterable[tuple[str, bool]]:
        yield "months", not _fits(self.months, 1, MOST_MONTHS, self.life is Life.MONTHS)
        yield "period", (self.period is None) is (self.life is Life.PERIOD)
        yield "periods_after", self.periods_after not in ((0, 1) if self.life is Life.PERIOD else (0,))
        yield "visit_days", not _fits(self.visit_days, 1, MOST_VISIT_DAYS, self.life is Life.VISIT)
        least = LEAST_VISIT_GRACE_DAYS if self.life is Life.VISIT else 0
        yield "grace_days", not least <= self.grace_days <= (0 if self.life is Life.NEVER else MOST_GRACE_DAYS)
        is_by_months = self.extension is Extension.MONTHS
        yield "extension", is_by_months and self.life is Life.NEVER
        yield "extension_months", not _fits(self.extension_months, 1, MOST_MONTHS, is_by_months)
        yield "extends_from_minor", self.extends_from_minor < 1
        yield "refund_grace_days", not 0 <= self.refund_grace_days <= MOST_GRACE_DAYS
        yield "reminder_days", not _are_distances(self.reminder_days, self.shortest_days)

    @property
    def shortest_days(self) -> int | None:
        """So many days at least are credits good that nothing extends; None when the calendar decides, or nothing."""
        if self.life is Life.VISIT:
            return self.visit_days
        return self.months * 28 if self.life is Life.MONTHS and self.months else None

    def told(self) -> dict[str, Any]:
        """The rule as JSON; `of` makes it again."""
        return asdict(self) | {"period": self.period or "", "reminder_days": list(self.reminder_days)}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """The rule that `told` has said, or that stands in a row. Raises ImpossibleRule."""
        values = {name: told[name] for name in cls.__slots__ if name in told}
        for field, kind in (("life", Life), ("period", Period), ("extension", Extension)):
            try:
                values[field] = kind(values[field]) if values.get(field) else getattr(NO_EXPIRY, field)
            except ValueError as error:
                raise ImpossibleRule(field) from error
        if "reminder_days" in values:
            values["reminder_days"] = tuple(sorted(set(values["reminder_days"]), reverse=True))
        return cls(**values)


def _fits(value: int | None, least: int, most: int, is_needed: bool) -> bool:
    return (value is not None and least <= value <= most) if is_needed else value is None


def _are_distances(distances: tuple[int, ...], shortest: int | None) -> bool:
    """Whether there are few, each positive and shorter than credits are good: else they come with the purchase."""
    most = min(MOST_REMINDER_DAYS, MOST_REMINDER_DAYS if shortest is None else shortest - 1)
    return len(distances) <= MOST_REMINDERS and all(1 <= distance <= most for distance in distances)


NO_EXPIRY = Rule()
"""What holds where nobody has made a rule."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What one purchase is told by the rule."""

    expires_at: datetime | None
    """Of the credits bought. None: never."""
    extends: bool = False
    """Whether it moves credits bought before …"""
    extends_until: datetime | None = None
    """… to this instant; None: they never expire."""


def terms(rule: Rule, *, bought_minor: int, at: datetime, time_zone: str) -> Terms:
    """What buying so many minor units of credit at an instant means: the date of these, and of those before."""
    own = expires_at(rule, at=at, time_zone=time_zone)
    return agreed(rule, expires_at=own, bought_minor=bought_minor, at=at, time_zone=time_zone)


def agreed(rule: Rule, *, expires_at: datetime | None, bought_minor: int, at: datetime, time_zone: str) -> Terms:
    """The same, where the date of these was agreed by hand."""
    reached: list[datetime | None] = []
    if rule.life is Life.VISIT:
        # Whoever buys was there: that is a visit, whatever the amount.
        reached.append(after_visit(rule, at=at, time_zone=time_zone))
    if bought_minor >= rule.extends_from_minor:
        if rule.extension is Extension.AS_NEW:
            reached.append(expires_at)
        elif rule.extension is Extension.MONTHS:
            day = months_later(day_at(at, time_zone), rule.extension_months or 0)
            reached.append(_instant(rule, day, time_zone))
    if not reached:
        return Terms(expires_at)
    return Terms(expires_at, extends=True, extends_until=reduce(later, reached))


def expires_at(rule: Rule, *, at: datetime, time_zone: str) -> datetime | None:
    """When credits expire that are bought at an instant and never extended; None for never."""
    return _instant(rule, last_day(rule, day=day_at(at, time_zone)), time_zone)


def after_visit(rule: Rule, *, at: datetime, time_zone: str) -> datetime | None:
    """To when a visit at an instant moves credits bought before; None when visits move nothing."""
    if rule.life is not Life.VISIT:
        return None
    return expires_at(rule, at=at, time_zone=time_zone)


def last_day(rule: Rule, *, day: date) -> date | None:
    """The last day, without grace, of credits bought on a day and never extended; None when they do not expire."""
    match rule.life:
        case Life.NEVER:
            return None
        case Life.MONTHS:
            return months_later(day, rule.months or 0)
        case Life.VISIT:
            return day + timedelta(days=rule.visit_days or 0)
        case Life.PERIOD:
            return end_of_period(day, rule.period or Period.YEAR, after=rule.periods_after)


def end_of_period(day: date, period: Period, *, after: int = 0) -> date:
    """The last day of the calendar period that a day lies in, or of one so many after."""
    months = MONTHS_OF[period]
    first = day.replace(day=1, month=(day.month - 1) // months * months + 1)
    return months_later(first, months * (after + 1)) - timedelta(days=1)


def refund_grace(rule: Rule) -> timedelta:
    """How long credits are good that come back after their expiry."""
    return timedelta(days=rule.refund_grace_days)


def months_later(day: date, months: int) -> date:
    """The same day so many months ahead; January 31 and one month is the end of February."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def day_at(at: datetime, time_zone: str) -> date:
    """The day of an instant where the programme is."""
    return at.astimezone(ZoneInfo(time_zone)).date()


def _instant(rule: Rule, day: date | None, time_zone: str) -> datetime | None:
    return None if day is None else days.end_of(day + timedelta(days=rule.grace_days), time_zone=time_zone)
