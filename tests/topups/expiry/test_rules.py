"""When bought credits expire, and what moves that date."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groat.ledger.core.lots import NEVER
from groat.topups.expiry import rules
from groat.topups.expiry.rules import Extension, ImpossibleRule, Life, Period, Rule, Terms
from tests.topups.expiry.strategies import moments, some_rules

PRAGUE = "Europe/Prague"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def bought(rule: Rule, on: str, minor: int = 1000) -> Terms:
    return rules.terms(rule, bought_minor=minor, at=at(on), time_zone=PRAGUE)


@pytest.mark.parametrize(
    ("on", "months", "expires_at"),
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
def test_credits_last_to_the_end_of_the_local_day_months_later(on: str, months: int, expires_at: str):
    assert bought(Rule(Life.MONTHS, months=months), on) == Terms(at(expires_at))


@pytest.mark.parametrize(
    ("on", "period", "after", "expires_at"),
    [
        ("2026-02-10T12:00", Period.MONTH, 0, "2026-02-28T22:59:59"),
        ("2026-02-10T12:00", Period.MONTH, 1, "2026-03-31T21:59:59"),
        ("2026-02-10T12:00", Period.QUARTER, 0, "2026-03-31T21:59:59"),
        ("2026-11-10T12:00", Period.QUARTER, 1, "2027-03-31T21:59:59"),
        ("2026-07-01T12:00", Period.HALF_YEAR, 0, "2026-12-31T22:59:59"),
        ("2026-06-30T12:00", Period.HALF_YEAR, 0, "2026-06-30T21:59:59"),
        ("2026-12-31T12:00", Period.YEAR, 0, "2026-12-31T22:59:59"),
        ("2026-12-31T12:00", Period.YEAR, 1, "2027-12-31T22:59:59"),
        # Half past eleven at night in Greenwich on the last of December is the new year in Prague.
        ("2026-12-31T23:30", Period.YEAR, 0, "2027-12-31T22:59:59"),
    ],
)
def test_credits_last_to_the_end_of_a_calendar_period(on: str, period: Period, after: int, expires_at: str):
    assert bought(Rule(Life.PERIOD, period=period, periods_after=after), on) == Terms(at(expires_at))


def test_credits_last_for_days_after_the_last_visit_and_a_purchase_is_one():
    rule = Rule(Life.VISIT, visit_days=30, grace_days=2)

    told = bought(rule, "2026-03-01T12:00", minor=1)

    until = at("2026-04-02T21:59:59")
    assert told == Terms(until, extends=True, extends_until=until)
    assert rules.after_visit(rule, at=at("2026-03-01T12:00"), time_zone=PRAGUE) == until


def test_a_visit_moves_nothing_where_the_rule_says_nothing_of_visits():
    assert rules.after_visit(Rule(Life.MONTHS, months=6), at=at("2026-03-01T12:00"), time_zone=PRAGUE) is None


def test_grace_comes_on_top():
    assert bought(Rule(Life.MONTHS, months=1, grace_days=7), "2026-03-01T12:00") == Terms(at("2026-04-08T21:59:59"))


def test_credits_of_a_programme_without_a_rule_do_not_expire():
    assert bought(rules.NO_EXPIRY, "2026-03-01T12:00") == Terms(None)


def test_only_a_purchase_that_is_large_enough_extends():
    rule = Rule(Life.MONTHS, months=12, extension=Extension.AS_NEW, extends_from_minor=500)

    until = at("2027-03-01T22:59:59")
    assert bought(rule, "2026-03-01T12:00", 499) == Terms(until)
    assert bought(rule, "2026-03-01T12:00", 500) == Terms(until, extends=True, extends_until=until)


def test_a_purchase_may_extend_by_months_from_its_own_day():
    rule = Rule(Life.MONTHS, months=12, extension=Extension.MONTHS, extension_months=3)

    assert bought(rule, "2026-03-01T12:00") == Terms(
        at("2027-03-01T22:59:59"), extends=True, extends_until=at("2026-06-01T21:59:59")
    )


def test_credits_bought_before_go_with_a_date_that_was_agreed_by_hand():
    rule = Rule(Life.MONTHS, months=12, extension=Extension.AS_NEW, extends_from_minor=500)
    soon = at("2026-03-20T22:59:59")
    facts: dict[str, Any] = {"expires_at": soon, "at": at("2026-03-01T12:00"), "time_zone": PRAGUE}

    assert rules.agreed(rule, bought_minor=500, **facts) == Terms(soon, extends=True, extends_until=soon)
    assert rules.agreed(rule, bought_minor=499, **facts) == Terms(soon)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"life": Life.MONTHS}, "months"),
        ({"life": Life.MONTHS, "months": 0}, "months"),
        ({"life": Life.MONTHS, "months": 121}, "months"),
        ({"months": 3}, "months"),
        ({"life": Life.PERIOD}, "period"),
        ({"life": Life.MONTHS, "months": 3, "period": Period.YEAR}, "period"),
        ({"life": Life.PERIOD, "period": Period.YEAR, "periods_after": 2}, "periods_after"),
        ({"life": Life.VISIT, "grace_days": 1}, "visit_days"),
        ({"life": Life.VISIT, "visit_days": 30}, "grace_days"),
        ({"life": Life.MONTHS, "months": 3, "grace_days": 366}, "grace_days"),
        ({"grace_days": 3}, "grace_days"),
        ({"extension": Extension.MONTHS, "extension_months": 3}, "extension"),
        ({"life": Life.MONTHS, "months": 3, "extension": Extension.MONTHS}, "extension_months"),
        ({"extends_from_minor": 0}, "extends_from_minor"),
        ({"refund_grace_days": -1}, "refund_grace_days"),
        ({"life": Life.MONTHS, "months": 1, "reminder_days": (30,)}, "reminder_days"),
        ({"life": Life.VISIT, "visit_days": 7, "grace_days": 1, "reminder_days": (7,)}, "reminder_days"),
    ],
)
def test_a_rule_that_cannot_be_names_the_field(values: dict[str, Any], field: str):
    with pytest.raises(ImpossibleRule) as refused:
        Rule(**values)

    assert refused.value == ImpossibleRule(field)


def test_a_word_that_is_no_life_is_refused():
    with pytest.raises(ImpossibleRule) as refused:
        Rule.of({"life": "decades"})

    assert refused.value == ImpossibleRule("life")


@given(some_rules())
def test_a_rule_is_told_and_read_again(rule: Rule):
    assert Rule.of(rule.told()) == rule


@given(some_rules(), moments(), st.integers(1, 10_000))
def test_what_is_bought_is_good_at_least_until_the_end_of_its_day(rule: Rule, now: datetime, minor: int):
    told = rules.terms(rule, bought_minor=minor, at=now, time_zone=PRAGUE)

    assert (told.expires_at or NEVER) > now
    assert not told.extends or (told.extends_until or NEVER) > now


@given(some_rules(), moments(), moments())
def test_who_buys_later_never_has_them_for_less_long(rule: Rule, one: datetime, other: datetime):
    earlier, later = sorted([one, other])
    first = rules.terms(rule, bought_minor=1, at=earlier, time_zone=PRAGUE)
    second = rules.terms(rule, bought_minor=1, at=later, time_zone=PRAGUE)

    assert (first.expires_at or NEVER) <= (second.expires_at or NEVER)


def test_periods_follow_each_other_without_a_gap():
    for period in Period:
        day = date(2026, 1, 1)
        while day.year == 2026:
            day = rules.end_of_period(day, period) + timedelta(days=1)
        assert day == date(2027, 1, 1)
