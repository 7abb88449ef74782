"""Where, when and at what price a product is sold."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groat.catalogue.selling import OutOfHours, Price, Selling, SoldOut, keep, planned, read, without
from groat.errors import NotFound
from groat.programmes.rules import InvalidAmount, InvalidValue
from groat.programmes.weeks import Range, checked, contains, grouped, spans

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
"""A Saturday, 10:30 in Prague."""
MINUTE = timedelta(minutes=1)
moments = st.integers(0, 365 * 24 * 60).map(lambda minute: NOW + minute * MINUTE)
prices = st.lists(st.builds(Price, moments, st.integers(0, 10**6)), max_size=5, unique_by=lambda price: price.at)
ranges = st.builds(
    lambda day, start, length: Range(day, start, min(1440, start + length)),
    st.integers(0, 6),
    st.integers(0, 1439),
    st.integers(1, 1440),
)
weeks = st.lists(ranges, max_size=8).map(checked)
sellings = st.builds(
    lambda sites, week, is_out, back_at, dated: Selling(
        sites, week, is_out, back_at if is_out else None, tuple(sorted(dated, key=lambda price: price.at))
    ),
    st.none() | st.frozensets(st.integers(1, 2**62), max_size=3),
    weeks,
    st.booleans(),
    st.none() | moments,
    prices,
)


@given(sellings)
def test_what_is_kept_is_read_again(selling: Selling) -> None:
    assert read(keep(selling)) == selling
    assert keep(Selling()) == {}


@given(sellings, moments)
def test_the_latest_price_whose_instant_has_come_counts(selling: Selling, now: datetime) -> None:
    past = [price.price_minor for price in selling.prices if price.at <= now]
    assert selling.price_at(now, before_minor=777) == (past[-1] if past else 777)
    assert selling.due(now) + selling.ahead(now) == selling.prices


def test_a_price_counts_from_its_very_instant() -> None:
    selling = Selling(prices=(Price(NOW, 500),))
    assert [selling.price_at(NOW + by, before_minor=400) for by in (-MINUTE / 60_000_000, 0 * MINUTE, MINUTE)] == [
        400,
        500,
        500,
    ]


def test_prices_are_dated_ahead_once_each() -> None:
    later, sooner = Price(NOW + 2 * MINUTE, 500), Price(NOW + MINUTE, 450)
    assert planned([later, sooner], now=NOW) == (sooner, later)
    assert without((sooner, later), sooner.at) == (later,)
    with pytest.raises(NotFound):
        without((later,), sooner.at)
    for wrong in ([Price(NOW, 1)], [later, Price(later.at, 1)], [Price(NOW + day * MINUTE, 1) for day in range(1, 22)]):
        with pytest.raises(InvalidValue):
            planned(wrong, now=NOW)
    with pytest.raises(InvalidAmount):
        planned([Price(later.at, -1)], now=NOW)


def test_what_is_sold_out_comes_back_by_itself_or_when_somebody_says_so() -> None:
    today, for_good = Selling(is_out=True, back_at=NOW + MINUTE), Selling(is_out=True)
    assert [today.is_sold_out(NOW + by * MINUTE) for by in (0, 1)] == [True, False]
    assert for_good.is_sold_out(NOW + timedelta(days=999))
    assert today.objection("Soup", NOW, time_zone="Europe/Prague") == SoldOut("Soup")


def test_hours_are_those_of_the_programmes_time_zone() -> None:
    breakfast = Selling(hours=checked([*spans(5, 8 * 60, 10 * 60)]))
    assert breakfast.objection("Eggs", NOW, time_zone="Europe/Prague") == OutOfHours("Eggs")
    assert breakfast.objection("Eggs", NOW, time_zone="UTC") is None


def test_hours_may_go_past_midnight() -> None:
    assert spans(6, 20 * 60, 2 * 60) == [Range(6, 1200, 1440), Range(0, 0, 120)]
    assert spans(2, 0, 0) == [Range(2, 0, 1440)]


def test_hours_that_touch_are_one() -> None:
    assert checked([Range(1, 600, 700), Range(0, 0, 10), Range(1, 500, 600)]) == (Range(0, 0, 10), Range(1, 500, 700))
    for wrong in ((7, 0, 1), (0, 10, 10), (0, 0, 1441), (-1, 0, 1)):
        with pytest.raises(InvalidValue):
            Range(*wrong)
    with pytest.raises(InvalidValue):
        checked([Range(day, 2 * at, 2 * at + 1) for day in range(7) for at in range(8)])


@given(st.lists(ranges, max_size=8), moments)
def test_merging_hours_opens_and_closes_nothing(asked: list[Range], at: datetime) -> None:
    minute = at.hour * 60 + at.minute
    is_open = not asked or any(one.day == at.weekday() and one.start <= minute < one.end for one in asked)
    assert contains(checked(asked), at) == is_open


@given(weeks)
def test_days_with_the_same_hours_stand_together(week: tuple[Range, ...]) -> None:
    told = [Range(day, *times) for days, of_days in grouped(week) for day in days for times in of_days]
    assert checked(told) == week
    assert len({times for _, times in grouped(week)}) == len(grouped(week))
