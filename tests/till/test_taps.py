"""A chip proves each tap, and each tap counts once. A copy is declined, and the office learns of it."""

from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from groat.cards import actions as cards
from groat.cards.models import Alarm, Card, Medium
from groat.cards.vault import ChipKeys
from groat.ledger import queries as ledger
from groat.ledger.links import open_link
from groat.programmes.models import Till
from groat.till import actions
from groat.till.payments import Outcome
from groat.till.rules import Order
from tests import factories
from tests.chips import Chip, a_chip
from tests.factories import NOW, a_deed
from tests.races import at_once

keys = count()


@dataclass
class Counter:
    """A till, and a customer with 10,00 on a card whose chip proves itself."""

    till: Till
    chip: Chip
    card: Card

    @classmethod
    def with_chip(cls, **settings: Any) -> "Counter":
        programme = factories.a_programme(**settings)
        wallet, chip = factories.a_wallet(programme=programme), a_chip(programme)
        card = factories.a_card(wallet=wallet, token=chip.tap())
        factories.funded(wallet, 1000)
        return cls(factories.a_till(programme=programme), chip, card)

    def order(self, token: str, *, amount_minor: int = 100, key: str = "") -> Order:
        return actions.order(
            programme_id=self.till.programme_id,
            till=self.till,
            token=token,
            key=key or f"key-{next(keys)}",
            actor=a_deed().actor,
            amount_minor=amount_minor,
        )

    def pays(self, token: str, **given: Any) -> str:
        """`paid`, `confirming`, or the code of the refusal."""
        return told(actions.take_payment(order=self.order(token, **given), deed=a_deed()))

    def balance_minor(self) -> int:
        standing = ledger.balance(programme_id=self.till.programme_id, wallet=self.card.wallet_id, now=NOW)
        return standing.posted_minor

    def alarms(self) -> list[tuple[str, int | None, int | None]]:
        return [(alarm.what, alarm.card_id, alarm.till_id) for alarm in Alarm.objects.order_by("id")]


def told(outcome: Outcome) -> str:
    return outcome.refusal.code if outcome.refusal else outcome.state


@pytest.fixture
def counter(db: None) -> Counter:
    return Counter.with_chip()


def test_each_new_tap_pays(counter: Counter) -> None:
    assert [counter.pays(counter.chip.tap()) for _ in range(3)] == ["paid"] * 3
    assert (counter.balance_minor(), Card.objects.get().counter, counter.alarms()) == (700, 4, [])


def test_a_chip_is_known_as_one_when_it_is_paired(counter: Counter) -> None:
    assert (counter.card.medium, counter.card.counter, counter.card.last_four) == (
        Medium.CHIP,
        1,
        counter.chip.number[-4:],
    )


def test_the_same_tap_again_is_declined_and_told_to_the_office(counter: Counter) -> None:
    tap = counter.chip.tap()
    assert [counter.pays(tap), counter.pays(tap)] == ["paid", "tap_replayed"]
    assert (counter.balance_minor(), counter.alarms()) == (900, [("replayed", counter.card.id, counter.till.id)])


def test_the_same_request_again_gets_the_same_answer_and_no_alarm(counter: Counter) -> None:
    tap = counter.chip.tap()
    assert [counter.pays(tap, key="once"), counter.pays(tap, key="once")] == ["paid", "paid"]
    assert (counter.balance_minor(), counter.alarms()) == (900, [])


def test_an_earlier_tap_that_nobody_has_seen_is_too_late(counter: Counter) -> None:
    kept, newer = counter.chip.tap(), counter.chip.tap()
    assert [counter.pays(newer), counter.pays(kept)] == ["paid", "tap_replayed"]


def test_a_copied_number_does_not_pay(counter: Counter) -> None:
    assert counter.pays(counter.chip.number) == "chip_expected"
    assert (counter.balance_minor(), counter.alarms()) == (
        1000,
        [("number_alone", counter.card.id, counter.till.id)],
    )


def test_a_chip_with_other_keys_does_not_pay(counter: Counter) -> None:
    stranger = replace(counter.chip, keys=ChipKeys(bytes(16), bytes(16)), counter=90)
    assert counter.pays(stranger.tap()) == "chip_not_authentic"
    assert counter.alarms() == [("forged", None, counter.till.id)]


def test_a_proof_made_for_another_tap_does_not_pay(counter: Counter) -> None:
    one, other = counter.chip.tap(), counter.chip.tap()
    mixed = other.rpartition("&m=")[0] + "&m=" + one.rpartition("&m=")[2]
    assert counter.pays(mixed) == "chip_not_authentic"
    assert counter.pays(other) == "paid"


def test_a_chip_of_another_programme_proves_nothing_here(counter: Counter) -> None:
    there = a_chip(factories.a_programme())
    assert counter.pays(there.tap()) == "chip_not_authentic"


def test_a_declined_tap_counts_as_well(counter: Counter) -> None:
    tap = counter.chip.tap()
    assert [counter.pays(tap, amount_minor=9999), counter.pays(tap)] == ["insufficient_credit", "tap_replayed"]


def test_of_one_tap_twice_in_a_batch_one_pays(transactional_db: None) -> None:
    counter = Counter.with_chip()
    tap, next_tap = counter.chip.tap(), counter.chip.tap()
    link = open_link()
    try:
        with link.transaction():
            orders = [counter.order(token) for token in (tap, tap, next_tap, tap)]
            outcomes = actions.take_payments(link, orders, deed=a_deed())
    finally:
        link.close()
    assert [told(outcome) for outcome in outcomes] == ["paid", "tap_replayed", "paid", "tap_replayed"]
    assert Card.objects.get().counter == counter.chip.counter


@pytest.mark.postgresql_only
def test_two_tills_with_one_tap_one_of_them_is_paid(transactional_db: None) -> None:
    counter = Counter.with_chip()
    for _ in range(5):
        tap = counter.chip.tap()
        outcomes = at_once(*[partial(counter.pays, tap)] * 4)
        assert sorted(map(str, outcomes)) == ["paid", "tap_replayed", "tap_replayed", "tap_replayed"]
    assert counter.balance_minor() == 500


def test_the_database_lets_no_counter_stand_still_or_fall(counter: Counter) -> None:
    assert counter.pays(counter.chip.tap()) == "paid"
    for number in (2, 1):
        with pytest.raises(IntegrityError, match=r"a_tap_counts_once|was used before"), transaction.atomic():
            Card.objects.update(counter=number)
    assert Card.objects.update(counter=3) == 1


def test_a_tap_that_looks_at_the_balance_counts_too(counter: Counter) -> None:
    tap = counter.chip.tap()
    assert cards.recognise(till=counter.till, token=tap, deed=a_deed()) == counter.card
    assert counter.pays(tap) == "tap_replayed"


def test_cards_that_can_be_copied_are_compared_from_a_lower_amount(db: None) -> None:
    counter = Counter.with_chip(confirm_copyable_from_minor=50, confirm_from_minor=500)
    plain = factories.a_token()
    factories.a_card(wallet=counter.card.wallet, token=plain)
    assert [counter.pays(plain, amount_minor=49), counter.pays(plain, amount_minor=50)] == ["paid", "confirming"]
    assert counter.pays(counter.chip.tap(), amount_minor=499) == "paid"
    assert counter.pays(counter.chip.tap(), amount_minor=100) == "paid"


class OfAnyTaps(TestCase):
    @settings(max_examples=30, deadline=None)
    @given(numbers=st.lists(st.integers(2, 12), max_size=12))
    def test_a_tap_pays_exactly_when_its_number_is_higher_than_all_before(self, numbers: list[int]) -> None:
        counter = Counter.with_chip()
        highest, expected = 1, []
        for number in numbers:
            expected.append("paid" if number > highest else "tap_replayed")
            highest = max(highest, number)
        taps = [counter.chip.tap(counter=number) for number in numbers]
        assert [counter.pays(tap, amount_minor=1) for tap in taps] == expected
