"""What credits cost. Pure."""

from dataclasses import dataclass
from fractions import Fraction
from math import floor

from groat.errors import Refusal, _

SMALLEST_COIN_MINOR = {"CZK": 100}
"""Where the smallest coin is more than one minor unit, in minor units: Czech cash is whole crowns."""
SLOVAK_COIN_MINOR = 5
"""Slovak cash rounds to five cents; the euro does not everywhere."""
SLOVAKIA = "Europe/Bratislava"


@dataclass(unsafe_hash=True)
class TopUpReversed(Refusal):
    """All of it was taken back before."""

    code = "top_up_reversed"
    sentence = _("This top-up was already taken back.")


def price(*, bought_minor: int, decimals: int, price_minor: int) -> int:
    """What credits cost, in minor units of the currency, rounded half up.

    `bought_minor` counts minor units of a credit that has so many `decimals`; `price_minor` is the
    price of one whole credit.
    """
    unit: int = 10**decimals
    return (2 * bought_minor * price_minor + unit) // (2 * unit)


def half_up(amount: Fraction) -> int:
    """The nearest whole number, a half upwards."""
    return floor(amount + Fraction(1, 2))


def rounded_cash(amount_minor: int, *, currency: str, time_zone: str) -> int:
    """What is paid in coins and notes for an amount of the currency: minor units, 0 or more.

    The nearest that the coins allow, a half upwards: whole crowns for CZK, five cents where it is
    Slovak time. In Slovakia nothing that costs something is free: one or two cents become five.
    """
    coin = smallest_coin(currency=currency, time_zone=time_zone)
    rounded: int = (2 * amount_minor + coin) // (2 * coin) * coin
    return coin if coin == SLOVAK_COIN_MINOR and amount_minor > 0 and not rounded else rounded


def smallest_coin(*, currency: str, time_zone: str) -> int:
    """The smallest coin that is used, in minor units."""
    is_slovak = currency == "EUR" and time_zone == SLOVAKIA
    return SLOVAK_COIN_MINOR if is_slovak else SMALLEST_COIN_MINOR.get(currency, 1)


def usual_amounts(*, credit_decimals: int, price_minor: int, currency: str, currency_decimals: int) -> list[int]:
    """Four round amounts of credits, in minor units, of which the first costs about a small note."""
    note_minor = _SMALL_NOTES.get(currency, 10) * 10**currency_decimals
    tens = 1
    while 10 * tens * price_minor < note_minor:
        tens *= 10
    return [step * tens * 10**credit_decimals for step in (10, 20, 50, 100)]


_SMALL_NOTES = {"CZK": 100, "HUF": 1000, "JPY": 1000, "PLN": 20}
"""In whole units of the currency; elsewhere 10."""
