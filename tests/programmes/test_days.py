"""Days as a programme counts them."""

from datetime import UTC, date, datetime

import pytest

from groat.programmes import days


@pytest.mark.parametrize(
    ("day", "time_zone", "start", "end"),
    [
        (
            date(2026, 7, 1),
            "Europe/Prague",
            datetime(2026, 6, 30, 22, tzinfo=UTC),
            datetime(2026, 7, 1, 21, 59, 59, tzinfo=UTC),
        ),
        (
            date(2026, 3, 29),
            "Europe/Prague",
            datetime(2026, 3, 28, 23, tzinfo=UTC),
            datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC),
        ),
        (date(2026, 7, 1), "UTC", datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 7, 1, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_day_lasts_from_its_first_to_its_last_second_at_the_merchants_place(
    day: date, time_zone: str, start: datetime, end: datetime
):
    assert (days.start_of(day, time_zone=time_zone), days.end_of(day, time_zone=time_zone)) == (start, end)
