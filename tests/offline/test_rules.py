"""How much may be taken without a network."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groat.cards import rules as cards
from groat.offline.rules import Limits, OverLimit, TooLongAlone, Used, limits, objection, share
from tests.factories import NOW


@dataclass
class Terms:
    payment_minor: int = 100
    card_minor: int = 200
    till_minor: int = 500


def test_what_would_have_to_be_confirmed_is_not_taken_without_a_network() -> None:
    assert limits(Terms(), confirm_from_minor=80, confirm_copyable_from_minor=30, granted_minor=500) == Limits(
        payment_minor=79, copyable_minor=29, card_minor=200, till_minor=500
    )


def test_without_limits_for_confirmation_the_terms_alone_count() -> None:
    assert limits(Terms(), confirm_from_minor=None, confirm_copyable_from_minor=None, granted_minor=250) == Limits(
        payment_minor=100, copyable_minor=100, card_minor=200, till_minor=250
    )


@given(most=st.integers(1, 10**9), come=st.lists(st.integers(0, 5), min_size=1, max_size=40))
def test_a_till_s_devices_are_never_promised_more_than_the_till_may_take(most: int, come: list[int]) -> None:
    promised: dict[int, int] = {}
    for device in come:
        others = [minor for name, minor in promised.items() if name != device]
        promised[device] = share(most, others_minor=others)
        assert sum(promised.values()) <= most


def test_devices_that_go_on_asking_end_with_equal_shares() -> None:
    promised = {1: 500, 2: 0}
    for device, other in [(2, 1), (1, 2), (2, 1)]:
        promised[device] = share(500, others_minor=[promised[other]])
    assert promised == {1: 250, 2: 250}


MOST = Limits(payment_minor=100, copyable_minor=50, card_minor=150, till_minor=300)
TAP: dict[str, Any] = {
    "amount_minor": 50,
    "is_copyable": True,
    "tapped_at": NOW + timedelta(hours=1),
    "heard_at": NOW,
    "now": NOW + timedelta(hours=20),
    "hours": 12,
    "most": MOST,
    "used": Used(by_card_minor=0, in_all_minor=0),
}


@pytest.mark.parametrize(
    ("what", "objects"),
    [
        ({}, None),
        ({"amount_minor": 51}, OverLimit()),
        ({"amount_minor": 100, "is_copyable": False}, None),
        ({"amount_minor": 101, "is_copyable": False}, OverLimit()),
        ({"used": Used(by_card_minor=100, in_all_minor=100)}, None),
        ({"used": Used(by_card_minor=101, in_all_minor=101)}, OverLimit()),
        ({"used": Used(by_card_minor=0, in_all_minor=250)}, None),
        ({"used": Used(by_card_minor=0, in_all_minor=251)}, OverLimit()),
        ({"tapped_at": NOW + timedelta(hours=12)}, None),
        ({"tapped_at": NOW + timedelta(hours=12, minutes=11)}, TooLongAlone()),
        # A clock that is wrong by days makes no time longer.
        ({"tapped_at": NOW - timedelta(hours=13)}, TooLongAlone()),
        ({"tapped_at": NOW + timedelta(hours=2), "now": NOW + timedelta(hours=1)}, TooLongAlone()),
    ],
)
def test_what_a_device_should_not_have_taken_is_held_back(what: dict[str, Any], objects: object) -> None:
    assert objection(**{**TAP, **what}) == objects


@given(st.lists(st.integers(0, 200), max_size=60))
def test_each_tap_of_a_chip_is_taken_once_in_whatever_order_they_come(counters: list[int]) -> None:
    last, seen, taken = 100, cards.ALL_SEEN, []
    for counter in counters:
        if not cards.doubt("chip", last, counter, seen=seen):
            taken.append(counter)
            last, seen = cards.counted(last, seen, counter)
        assert last == max([100, *taken])
        assert cards.doubt("chip", last, counter, seen=seen) == cards.REPLAYED
    assert sorted(taken) == sorted(set(taken))
    behind = {counter for counter in counters if 100 < counter <= last and last - counter < cards.SEEN_BITS}
    late = {counter for counter in behind if not cards.doubt("chip", last, counter, seen=seen)}
    assert not late


def test_what_a_chip_did_before_it_was_paired_is_never_good() -> None:
    assert cards.doubt("chip", 100, 99, seen=cards.ALL_SEEN) == cards.REPLAYED


def test_a_late_tap_is_good_for_a_till_without_network_alone() -> None:
    last, seen = cards.counted(5, cards.ALL_SEEN, 8)
    assert cards.doubt("chip", last, 7) == cards.REPLAYED
    assert cards.doubt("chip", last, 7, seen=seen) == ""
