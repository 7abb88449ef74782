"""What credits cost and how long they last."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groat.topups import rules


@pytest.mark.parametrize(
    ("bought_minor", "decimals", "price_minor", "paid_minor"),
    [
        (50_000, 2, 100, 50_000),  # 500,00 credits at 1,00
        (11_000, 2, 91, 10_010),  # 110,00 credits at 0,91
        (50, 2, 1, 1),  # half a cent is a cent
        (49, 2, 1, 0),
        (150, 2, 1, 2),
        (1, 0, 2_550, 2_550),  # a whole entry to the gym
        (12_345, 4, 3, 4),  # 1,2345 credits at 0,03
        (12_345, 4, 4, 5),
        (0, 2, 100, 0),
    ],
)
def test_the_price_is_rounded_half_up(bought_minor: int, decimals: int, price_minor: int, paid_minor: int):
    assert rules.price(bought_minor=bought_minor, decimals=decimals, price_minor=price_minor) == paid_minor


@given(st.integers(0, 10**15), st.integers(0, 4), st.integers(1, 10**9))
def test_the_price_is_never_more_than_half_a_unit_off(bought_minor: int, decimals: int, price_minor: int):
    paid = rules.price(bought_minor=bought_minor, decimals=decimals, price_minor=price_minor)

    exact = Fraction(bought_minor * price_minor, 10**decimals)
    assert Fraction(-1, 2) < paid - exact <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("now", "months", "expires_at"),
    [
        # Winter and summer in Prague: an hour and two before Greenwich.
        ("2026-03-14T09:30", 12, "2027-03-14T22:59:59"),
        ("2026-03-14T09:30", 6, "2026-09-14T21:59:59"),
        # Ten to midnight in Greenwich is the next day in Prague.
        ("2026-01-14T23:50", 1, "2026-02-15T22:59:59"),
        # Months that are too short.
        ("2026-01-31T12:00", 1, "2026-02-28T22:59:59"),
        ("2028-01-31T12:00", 1, "2028-02-29T22:59:59"),
        ("2028-02-29T12:00", 12, "2029-02-28T22:59:59"),
        ("2026-10-31T12:00", 4, "2027-02-28T22:59:59"),
        ("2026-12-31T12:00", 12, "2027-12-31T22:59:59"),
    ],
)
def test_credits_last_to_the_end_of_the_local_day(now: str, months: int, expires_at: str):
    given_at = datetime.fromisoformat(now).replace(tzinfo=UTC)

    found = rules.default_expiry(now=given_at, months=months, time_zone="Europe/Prague")

    assert found == datetime.fromisoformat(expires_at).replace(tzinfo=UTC)


def test_credits_of_a_programme_without_a_term_do_not_expire():
    assert rules.default_expiry(now=datetime(2026, 1, 1, tzinfo=UTC), months=None, time_zone="Europe/Prague") is None
