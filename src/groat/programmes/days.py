"""Days as a programme counts them."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo


def start_of(day: date, *, time_zone: str) -> datetime:
    """The first instant of a day at a place."""
    return datetime.combine(day, time.min, ZoneInfo(time_zone))


def end_of(day: date, *, time_zone: str) -> datetime:
    """The last second of a day at a place: what expires then is good all day, and shows that day's date."""
    return datetime.combine(day, time(23, 59, 59), ZoneInfo(time_zone))
