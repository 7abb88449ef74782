"""Hours of the week: when a site is open, when something is sold. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from groat.ledger.core.values import value
from groat.programmes.rules import InvalidValue

DAY_MINUTES = 24 * 60
MOST_RANGES = 50


@value(frozen=True, slots=True)
class Range:
    """From a minute of a day of the week up to another of the same day."""

    day: int
    """0 is Monday."""
    start: int
    """Minutes since midnight."""
    end: int
    """Minutes since midnight, later than `start`; 1440 is the end of the day."""

    def __post_init__(self) -> None:
        if not (0 <= self.day < 7 and 0 <= self.start < self.end <= DAY_MINUTES):
            raise InvalidValue("hours", "invalid")


type Week = tuple[Range, ...]
"""In order, none touching another. Without any it is always."""


def read(kept: Iterable[Sequence[int]]) -> Week:
    """The hours as `keep` wrote them."""
    return tuple(Range(*one) for one in kept)


def keep(week: Week) -> list[list[int]]:
    """The hours, ready for JSON."""
    return [[one.day, one.start, one.end] for one in week]


def spans(day: int, start: int, end: int) -> list[Range]:
    """From a minute to another, which is of the next day if it is not later: 20:00 to 02:00, or 0:00 to 0:00."""
    if start < end:
        return [Range(day, start, end)]
    late = [Range(day, start, DAY_MINUTES)]
    return [*late, Range((day + 1) % 7, 0, end)] if end else late


def checked(ranges: Iterable[Range]) -> Week:
    """The hours in order, with those that touch made one. Raises InvalidValue for too many."""
    week: list[Range] = []
    for one in sorted(ranges, key=lambda one: (one.day, one.start)):
        if week and week[-1].day == one.day and one.start <= week[-1].end:
            week[-1] = Range(one.day, week[-1].start, max(week[-1].end, one.end))
        else:
            week.append(one)
    if len(week) > MOST_RANGES:
        raise InvalidValue("hours", "max_length")
    return tuple(week)


def contains(week: Week, local: datetime) -> bool:
    """Whether it is within the hours, at this local time."""
    if not week:
        return True
    minute = local.hour * 60 + local.minute
    return any(one.day == local.weekday() and one.start <= minute < one.end for one in week)


def grouped(week: Week) -> list[tuple[tuple[int, ...], tuple[tuple[int, int], ...]]]:
    """The days that have the same hours, with these: ((0, 1, 2), ((480, 720), (780, 1020))), …"""
    of_day: dict[int, list[tuple[int, int]]] = {}
    for one in week:
        of_day.setdefault(one.day, []).append((one.start, one.end))
    days_of: dict[tuple[tuple[int, int], ...], list[int]] = {}
    for day, times in of_day.items():
        days_of.setdefault(tuple(times), []).append(day)
    return [(tuple(days), times) for times, days in days_of.items()]
