"""Cash as it is rounded, and what a report adds up to."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groat.drawers.rules import ByMeans, Report
from groat.topups.rules import rounded_cash

PRAGUE, BRATISLAVA, BERLIN = "Europe/Prague", "Europe/Bratislava", "Europe/Berlin"


@pytest.mark.parametrize(
    ("amount_minor", "cash_minor"),
    [(0, 0), (49, 0), (50, 100), (100, 100), (4549, 4500), (4550, 4600), (99_999, 100_000)],
)
def test_czech_cash_is_whole_crowns(amount_minor: int, cash_minor: int) -> None:
    assert rounded_cash(amount_minor, currency="CZK", time_zone=PRAGUE) == cash_minor


@pytest.mark.parametrize(
    ("amount_minor", "cash_minor"),
    [(0, 0), (1, 5), (2, 5), (3, 5), (5, 5), (6, 5), (7, 5), (8, 10), (1002, 1000), (1003, 1005)],
)
def test_slovak_cash_is_five_cents_and_never_nothing(amount_minor: int, cash_minor: int) -> None:
    assert rounded_cash(amount_minor, currency="EUR", time_zone=BRATISLAVA) == cash_minor


@pytest.mark.parametrize(
    ("currency", "time_zone"), [("EUR", BERLIN), ("EUR", PRAGUE), ("PLN", BRATISLAVA), ("JPY", BERLIN)]
)
def test_elsewhere_cash_is_not_rounded(currency: str, time_zone: str) -> None:
    assert [rounded_cash(minor, currency=currency, time_zone=time_zone) for minor in (1, 1234)] == [1, 1234]


@given(st.integers(0, 10**15))
def test_rounding_moves_by_half_a_coin_at_most(amount_minor: int) -> None:
    assert abs(rounded_cash(amount_minor, currency="CZK", time_zone=PRAGUE) - amount_minor) <= 50
    slovak_minor = rounded_cash(amount_minor, currency="EUR", time_zone=BRATISLAVA)
    assert slovak_minor % 5 == 0
    assert abs(slovak_minor - amount_minor) <= (4 if amount_minor < 3 else 2)


A_REPORT = Report(
    payments_count=3,
    payments_minor=15_000,
    refunds_count=1,
    refunds_minor=4_500,
    top_ups=(ByMeans("cash", 2, 60_000, 60_000, 5_000), ByMeans("card", 1, 10_000, 10_000, 1_000)),
    float_minor=100_000,
    cash_top_ups_minor=60_000,
    undone_count=1,
    undone_minor=10_000,
    rounding_minor=0,
    cash_payments_minor=3_000,
    cash_refunds_minor=2_000,
    put_in_minor=20_000,
    taken_out_minor=50_000,
)


def test_what_should_be_there_is_the_float_and_what_came_less_what_went() -> None:
    assert A_REPORT.expected_minor == 100_000 + 60_000 - 10_000 + 3_000 - 2_000 + 20_000 - 50_000
    assert A_REPORT.bonus_minor == 6_000


@pytest.mark.parametrize(
    ("counted_minor", "difference_minor"), [(None, None), (121_000, 0), (119_000, -2_000), (121_500, 500)]
)
def test_the_difference_is_known_once_it_is_counted(counted_minor: int | None, difference_minor: int | None) -> None:
    assert replace(A_REPORT, counted_minor=counted_minor).difference_minor == difference_minor


def test_a_report_is_read_as_it_was_stored() -> None:
    assert Report.read(A_REPORT.told()) == A_REPORT
