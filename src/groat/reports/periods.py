"""Periods that somebody may ask about, as days. Pure."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Named(StrEnum):
    """Periods with a name of their own."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    WEEK = "week"
    MONTH = "month"
    LAST_MONTH = "last_month"
    YEAR = "year"
    DATES = "dates"


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last one."""

    since: date
    until: date

    @property
    def days(self) -> list[date]:
        return [self.since + timedelta(days=i) for i in range((self.until - self.since).days + 1)]

    def ranges(
        self, *, time_zone: str, hours: frozenset[int] | None = None, weekdays: frozenset[int] | None = None
    ) -> list[tuple[datetime, datetime]]:
        """The instants of the period, from and up to; only in these local hours, on these days of the week."""
        zone = ZoneInfo(time_zone)
        if hours is None and weekdays is None:
            return [(_at(self.since, 0, zone), _at(self.until + timedelta(days=1), 0, zone))]
        days = [day for day in self.days if weekdays is None or day.weekday() in weekdays]
        if hours is None:
            return [(_at(day, 0, zone), _at(day + timedelta(days=1), 0, zone)) for day in days]
        return [(_at(day, hour, zone), _at(day, hour + 1, zone)) for day in days for hour in sorted(hours)]


def named(name: Named, *, today: date, since: date | None = None, until: date | None = None) -> Period:
    """The period of this name as of today; its dates count only for the one that is chosen by dates."""
    match name:
        case Named.TODAY:
            return Period(today, today)
        case Named.YESTERDAY:
            yesterday = today - timedelta(days=1)
            return Period(yesterday, yesterday)
        case Named.WEEK:
            return Period(today - timedelta(days=today.weekday()), today)
        case Named.LAST_MONTH:
            return month_of(today.replace(day=1) - timedelta(days=1))
        case Named.YEAR:
            return Period(today.replace(month=1, day=1), today)
        case Named.DATES:
            first, last = since or until or today, until or since or today
            return Period(min(first, last), max(first, last))
    return Period(today.replace(day=1), today)


def month_of(day: date) -> Period:
    """The whole month of a day."""
    return Period(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


def pieces(period: Period) -> list[Period]:
    """A period in days; in months, when it is longer than two of them."""
    if len(period.days) <= 62:
        return [Period(day, day) for day in period.days]
    found = []
    first = period.since
    while first <= period.until:
        last = min(month_of(first).until, period.until)
        found.append(Period(first, last))
        first = last + timedelta(days=1)
    return found


def _at(day: date, hour: int, zone: ZoneInfo) -> datetime:
    if hour == 24:
        return datetime.combine(day + timedelta(days=1), time.min, zone)
    return datetime.combine(day, time(hour), zone)
