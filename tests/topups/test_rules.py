"""What credits cost and how long they last."""

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
