"""Credits that are good for some days after the last visit."""

from datetime import timedelta

import pytest

from groat.ledger.models import Entry
from groat.topups.expiry import actions
from groat.topups.expiry.models import VisitsSeen
from groat.topups.expiry.rules import Life, Rule
from tests.topups.expiry.worlds import World

pytestmark = pytest.mark.django_db

THIRTY = Rule(Life.VISIT, visit_days=30, grace_days=2)


def days_left(world: World) -> list[int]:
    return [(lot.expires_at - world.now).days for lot in world.lots if lot.expires_at]


def test_a_payment_moves_the_date_once_the_worker_has_been():
    world = World(THIRTY)
    world.buy(1_000)
    world.wait(20)
    world.pay(100)
    assert days_left(world) == [12]

    world.work()

    assert days_left(world) == [32]


def test_a_second_payment_on_a_day_moves_nothing():
    world = World(THIRTY)
    world.buy(1_000)
    world.wait(20)
    world.pay(100)
    world.work()
    entries = Entry.objects.count()

    world.pay(100)
    world.work()

    assert Entry.objects.count() == entries + 1


def test_the_same_payments_are_read_once():
    world = World(THIRTY)
    world.buy(1_000)
    world.pay(100)
    assert world.work() > 0
    assert world.work() == 0


def test_buying_is_a_visit_at_once():
    world = World(THIRTY)
    world.buy(1_000)
    world.wait(20)

    world.buy(1)

    assert days_left(world) == [32, 32]


def test_a_customer_who_comes_on_the_last_day_pays_though_the_worker_was_late():
    world = World(THIRTY)
    world.buy(1_000)
    for _ in range(5):
        # On the last of thirty days; the worker comes a day later.
        world.wait(30)
        world.pay(10)
        world.now += timedelta(days=1)
        world.work()
        world.now -= timedelta(days=1)

    assert (world.balance, world.expired_minor) == (950, 0)


def test_who_stays_away_loses_the_credits():
    world = World(THIRTY)
    world.buy(1_000)
    world.work()

    world.wait(33)

    assert (world.balance, world.expired_minor) == (0, 1_000)


def test_bonus_keeps_its_date():
    world = World(THIRTY)
    world.buy(1_000, bonus_minor=100)
    world.wait(20)
    world.pay(10)

    world.work()

    assert days_left(world) == [12, 32]


def test_credits_bought_under_the_rule_keep_its_promise_when_another_one_follows():
    world = World(THIRTY)
    world.buy(1_000)
    world.wait(5)
    actions.set_rule(programme=world.programme, rule=Rule(Life.MONTHS, months=1), deed=world.deed)
    world.wait(20)
    world.pay(10)

    world.work()

    assert days_left(world) == [32]


def test_visits_before_the_rule_move_nothing():
    world = World(Rule(Life.MONTHS, months=1))
    world.buy(1_000)
    world.pay(100)
    world.work()
    world.wait(3)
    actions.set_rule(programme=world.programme, rule=THIRTY, deed=world.deed)

    world.work()

    assert world.moved == 0


def test_a_wallet_that_cannot_be_extended_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch):
    world = World(THIRTY)
    world.buy(1_000)
    world.wait(20)
    world.pay(100)

    def breaks(**_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("groat.ledger.book.post_many", breaks)
    world.work()
    monkeypatch.undo()

    assert VisitsSeen.objects.get().up_to_entry >= world.spent[0]
    world.pay(10)
    world.work()
    assert days_left(world) == [32]
