"""The VAT that a payment contains, rate by rate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groat.till.vat import VatPart, contained, recapitulation


@pytest.mark.parametrize(
    ("gross", "rate", "vat"), [(12100, 2100, 2100), (11200, 1200, 1200), (100, 0, 0), (1, 2100, 0), (3, 2100, 1)]
)
def test_an_amount_contains_its_vat(gross: int, rate: int, vat: int) -> None:
    assert contained(gross, rate) == vat


def a_line(amount: int, rate: int | None) -> dict[str, int]:
    return {"amount_minor": amount} if rate is None else {"amount_minor": amount, "vat": rate}


def test_what_was_paid_is_parted_by_the_rates_of_the_lines() -> None:
    lines = [a_line(5600, 1200), a_line(12100, 2100), a_line(5600, 1200)]
    assert recapitulation(lines, gross_minor=23300) == (VatPart(2100, 12100, 2100), VatPart(1200, 11200, 1200))
    assert VatPart(2100, 12100, 2100).base_minor == 10000
    # Half of the credits were given with a bonus: half of it is taxed.
    assert recapitulation(lines, gross_minor=11650) == (VatPart(2100, 6050, 1050), VatPart(1200, 5600, 600))


def test_where_no_vat_is_charged_there_is_none() -> None:
    assert recapitulation([a_line(100, None)], gross_minor=100) == ()


lines = st.lists(st.tuples(st.integers(0, 10**7), st.sampled_from([0, 500, 1200, 2100])), min_size=1, max_size=8)


@given(lines, st.integers(0, 10**9))
def test_the_parts_sum_to_what_was_paid(sold: list[tuple[int, int]], gross: int) -> None:
    parts = recapitulation([a_line(amount, rate) for amount, rate in sold], gross_minor=gross)
    assert sum(part.gross_minor for part in parts) == (gross if sum(amount for amount, _ in sold) else 0)
    assert all(0 <= part.vat_minor <= part.gross_minor and part.base_minor >= 0 for part in parts)
    assert [part.rate for part in parts] == sorted({part.rate for part in parts}, reverse=True)
