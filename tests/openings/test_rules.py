"""Codes, addresses, prices in credits, and what was pasted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groat.openings import rules, starters
from groat.openings.rules import Pasted


@given(st.binary(min_size=8, max_size=8))
def test_a_code_is_three_groups_of_four_signs_that_do_not_look_alike(random: bytes):
    code = rules.spoken(random)

    assert [len(group) for group in code.split("-")] == [4, 4, 4]
    assert set(rules.bare(code)) <= set(rules.ALPHABET)


def test_codes_hold_sixty_bits():
    assert len(set(rules.ALPHABET)) ** rules.CODE_SIGNS == 2**60
    assert rules.spoken(bytes(8)) != rules.spoken(b"\0" * 7 + b"\1")


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("Kavárna U Mlýna", "kavarna-u-mlyna"),
        ("  Gym & Spa!  ", "gym-spa"),
        ("Šľúchač 24/7", "sluchac-24-7"),
        ("咖啡", "programme"),
    ],
)
def test_an_address_is_made_of_a_name(name: str, address: str):
    assert rules.address_for(name) == address


@given(st.integers(1, 10**9), st.integers(1, 10**6), st.integers(0, 4))
def test_the_price_in_credits_is_worth_the_price_to_half_a_minor_unit(amount: int, price: int, decimals: int):
    minor = rules.in_credits(amount, price_minor=price, decimals=decimals)

    assert minor == 1 or abs(minor * price - amount * 10**decimals) * 2 <= price
    assert minor >= 1


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("Espresso\t45\tCoffee\nTea\t12,50", [Pasted("Espresso", "45", "Coffee"), Pasted("Tea", "12,50", "")]),
        ('Name;Price\n"Espresso";45;Coffee', [Pasted("Espresso", "45", "Coffee")]),
        ("Espresso 45 Kč\nMenu 1, 139\n\n", [Pasted("Espresso", "45", ""), Pasted("Menu 1", "139", "")]),
        ("Menu 1 139,-\nMassage 1\u00a0250,00", [Pasted("Menu 1", "139", ""), Pasted("Massage", "1\u00a0250,00", "")]),
        ("Tea\tfree", [Pasted("Tea", "free", "")]),
        ("Tea", [Pasted("Tea", "", "")]),
        ("", []),
    ],
)
def test_rows_come_out_of_what_was_pasted(text: str, rows: list[Pasted]):
    assert rules.pasted(text) == rows


@given(st.text())
def test_whatever_is_pasted_is_read_without_harm(text: str):
    assert all(isinstance(row, Pasted) for row in rules.pasted(text))


@pytest.mark.parametrize(
    ("currency", "price_minor"),
    [("CZK", 4500), ("EUR", 220), ("PLN", 950), ("HUF", 90_000), ("USD", 275)],
)
def test_a_coffee_costs_what_one_expects(currency: str, price_minor: int):
    assert starters.price_of(starters.COFFEE, currency=currency) == price_minor
