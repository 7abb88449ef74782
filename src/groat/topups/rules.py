"""What credits cost and how long they last. Pure."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from groat.errors import Refusal, _
from groat.programmes import days


@dataclass(unsafe_hash=True)
class TopUpReversed(Refusal):
    """All of it was taken back before."""

    code = "top_up_reversed"
    sentence = _("This top-up was already taken back.")


def default_expiry(*, now: datetime, months: int | None, time_zone: str) -> datetime | None:
    """The last second of the local day so many months ahead; None when credits do not expire.

    A month that is too short ends earlier: January 31 and one month is the end of February.
    """
    if months is None:
        return None
    return days.end_of(_months_later(now.astimezone(ZoneInfo(time_zone)).date(), months), time_zone=time_zone)


def price(*, bought_minor: int, decimals: int, price_minor: int) -> int:
    """What credits cost, in minor units of the currency, rounded half up.

    `bought_minor` counts minor units of a credit that has so many `decimals`; `price_minor` is the
    price of one whole credit.
    """
    unit: int = 10**decimals
    return (2 * bought_minor * price_minor + unit) // (2 * unit)


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
