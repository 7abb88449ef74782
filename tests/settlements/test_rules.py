"""Months, dues and what a spreadsheet is told."""

from datetime import UTC, date, datetime

import pytest

from groat.ledger.core.entries import Kind
from groat.settlements import rules
from groat.settlements.rules import Month, Moved, Terms


def test_a_month_goes_from_midnight_to_midnight_where_the_programme_is():
    assert Month(date(2026, 10, 1)).span(time_zone="Europe/Prague") == (
        datetime(2026, 9, 30, 22, tzinfo=UTC),
        datetime(2026, 10, 31, 23, tzinfo=UTC),
    )


def test_months_follow_each_other_over_the_year():
    assert Month.of(date(2026, 12, 24)).next() == Month(date(2027, 1, 1))
    assert rules.months_before(Month(date(2027, 1, 1)), 2) == [Month(date(2026, 12, 1)), Month(date(2026, 11, 1))]
    with pytest.raises(ValueError, match="no first day"):
        Month(date(2026, 12, 24))


def test_what_moved_is_told_as_spent_topped_up_and_all_else():
    sums = {Kind.SPEND: -50, Kind.CAPTURE: -20, Kind.TOP_UP: 30, Kind.ADJUSTMENT: 5, Kind.EXPIRY: -2}
    assert rules.moved(sums) == Moved(70, 30, 3)
    assert rules.moved(sums).change_minor == sum(sums.values())


@pytest.mark.parametrize(("credited", "left"), [(0, 50), (20, 30), (50, 0), (80, 0), (-10, 50)])
def test_credits_pay_the_oldest_debt_first_and_never_make_it_larger(credited: int, left: int):
    assert rules.unpaid(owed_minor=50, credited_minor=credited) == left


def test_a_debt_is_due_and_blocks_so_many_days_later():
    terms = Terms(due_days=14, block_days=0)
    assert (terms.due_on(date(2026, 11, 1)), terms.blocks_on(date(2026, 11, 1))) == (
        date(2026, 11, 15),
        date(2026, 11, 16),
    )
    assert Terms().blocks_on(date(2026, 11, 1)) is None


def test_a_reminder_is_due_once_for_each_of_its_days_and_missed_ones_are_one():
    due_on, days = date(2026, 11, 15), (-3, 0, 7)

    def is_due(today: int, reminded: int | None) -> bool:
        reminded_on = date(2026, 11, reminded) if reminded else None
        return rules.reminder_due(
            due_on=due_on, reminder_days=days, reminded_on=reminded_on, today=date(2026, 11, today)
        )

    assert [is_due(11, None), is_due(12, None), is_due(14, 12), is_due(15, 12)] == [False, True, False, True]
    assert [is_due(29, 12), is_due(30, 29)] == [True, False]


def test_debts_are_told_by_how_long_they_are_overdue():
    parts = [(date(2026, 11, 15), 1), (date(2026, 11, 14), 2), (date(2026, 10, 1), 4), (date(2026, 1, 1), 8)]
    assert rules.by_age(parts=parts, today=date(2026, 11, 15)) == (1, 2, 4, 8)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1"])
def test_what_would_be_a_formula_is_none_in_a_spreadsheet(text: str):
    assert rules.cell(text) == f"'{text}"
    assert rules.cell("Jana =1") == "Jana =1"


def test_an_amount_for_the_payroll_has_no_thousands():
    assert rules.plain_amount(125050, decimals=2, sign=",") == "1250,50"
    assert rules.plain_amount(-5, decimals=2, sign=".") == "-0.05"
    assert rules.plain_amount(1250, decimals=0, sign=",") == "1250"
