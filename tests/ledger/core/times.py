"""Time that passes when a test says so."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def day(number: float) -> datetime:
    """So many days after the tests begin."""
    return START + timedelta(days=number)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def at_day(self, number: float) -> None:
        assert day(number) >= self.now, "time goes forward"
        self.now = day(number)

    @staticmethod
    def days(at: datetime | None) -> float | None:
        return None if at is None else (at - START) / timedelta(days=1)
