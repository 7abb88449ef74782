"""What a rule would have done."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from groat.customers import actions as customers
from groat.ledger.core.lots import Origin
from groat.programmes.deeds import Actor
from groat.topups import actions as topups
from groat.topups.expiry import pasts, replay, trials
from groat.topups.expiry.models import ExpiryTrial
from groat.topups.expiry.rules import NO_EXPIRY, Extension, Life, Rule
from tests.factories import NOW, a_wallet
from tests.topups.expiry.strategies import some_rules
from tests.topups.expiry.worlds import World

pytestmark = pytest.mark.django_db

YEAR = timedelta(days=365)
MONTH = Rule(Life.MONTHS, months=1)


def replayed(world: World, rule: Rule) -> replay.Outcome:
    read = pasts.read(programme=world.programme, after_wallet=0, until=world.now, limit=10)
    past = read[world.wallet.id]
    return replay.replay(
        rule, past.events, since=world.now - 9 * YEAR, until=world.now, time_zone=world.programme.time_zone
    )


def tried(world: World, rule: Rule) -> ExpiryTrial:
    trial = trials.ask(programme=world.programme, rule=rule, deed=world.deed)
    while trials.go_on(deed=world.deed):
        pass
    trial.refresh_from_db()
    return trial


steps = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.sampled_from(["buy", "buy", "bonus", "pay", "pay", "take back", "nothing"]),
        st.integers(1, 3_000),
    ),
    max_size=12,
)


class Agreement(TestCase):
    """The date shown before buying, the booked one and the trial's are the same."""

    @settings(max_examples=20)
    @given(some_rules(), steps)
    def test_a_trial_of_the_rule_in_force_tells_exactly_what_happened(
        self, rule: Rule, history: list[tuple[int, str, int]]
    ) -> None:
        world = World(rule)
        for days, what, minor in history:
            world.wait(days)
            match what:
                case "buy":
                    world.buy(minor)
                case "bonus":
                    world.buy(minor, bonus_minor=minor // 10)
                case "pay":
                    world.pay(minor)
                case "take back":
                    world.take_back()
            world.work()
        world.wait(0)

        told = replayed(world, rule)

        assert told.dates == tuple(world.dates)
        assert sum(minor for _, minor in told.expired) == world.expired_minor
        assert (told.missing_minor, told.left_minor) == (0, world.balance)

    @settings(max_examples=20)
    @given(some_rules(), some_rules(), steps)
    def test_a_trial_of_any_rule_adds_up(self, rule: Rule, other: Rule, history: list[tuple[int, str, int]]) -> None:
        world = World(rule)
        bought = paid = 0
        for days, what, minor in history:
            world.wait(days)
            if what in ("buy", "bonus"):
                world.buy(minor)
                bought += minor
            elif what == "pay":
                paid += min(minor, world.balance)
                world.pay(minor)
            world.work()

        told = replayed(world, other)

        lost = sum(minor for _, minor in told.expired)
        assert bought == (paid - told.missing_minor) + lost + told.left_minor


def test_credits_that_would_have_expired_are_missing_when_they_are_spent():
    world = World(NO_EXPIRY)
    world.buy(1_000)
    world.wait(40)
    world.pay(300)

    told = replayed(world, MONTH)

    assert [minor for _, minor in told.expired] == [1_000]
    assert (told.missing_minor, told.left_minor) == (300, 0)


def test_a_date_that_was_agreed_by_hand_stays():
    world = World(Rule(Life.MONTHS, months=12))
    until = NOW + 2 * YEAR
    topups.top_up(wallet=world.wallet, bought_minor=500, expires_at=until, deed=world.deed)

    assert replayed(world, MONTH).dates == ((Origin.PURCHASED, 500, until),)


def test_an_undone_purchase_is_undone_in_the_trial_even_where_all_of_it_came_back_from_breakage():
    world = World(MONTH)
    sold = world.buy(1_000)
    world.wait(60)
    topups.reverse_top_up(top_up=sold, reason="bounced", deed=world.deed)

    told = replayed(world, MONTH)

    assert (told.left_minor, world.balance) == (0, 0)
    assert replayed(world, NO_EXPIRY).left_minor == 0


def test_a_payment_that_was_a_visit_is_undone_as_a_payment():
    world = World(Rule(Life.VISIT, visit_days=30, grace_days=2))
    world.buy(1_000)
    world.wait(3)
    world.pay(300)
    world.work()
    world.take_back()

    told = replayed(world, world.rule)

    assert (told.missing_minor, told.left_minor, told.dates) == (0, 1_000, tuple(world.dates))


def test_credits_moved_from_another_wallet_keep_their_date_and_extensions_by_hand_count():
    world = World(NO_EXPIRY)
    other = a_wallet(programme=world.programme)
    by_hand = replace(world.deed, actor=Actor("staff:1", "Marta"))
    topups.top_up(wallet=other, bought_minor=700, expires_at=NOW + YEAR, deed=world.deed)
    customers.transfer(source=other, target=world.wallet, amount_minor=200, reason="gift", deed=world.deed)
    customers.extend(wallet=world.wallet, expires_at=NOW + 2 * YEAR, reason="illness", deed=by_hand)
    world.wait(1)

    assert replayed(world, MONTH).dates == tuple(world.dates)


def test_a_trial_is_counted_by_month_and_compared_with_what_happened():
    world = World(Rule(Life.MONTHS, months=2, extension=Extension.AS_NEW))
    world.buy(1_000)
    world.wait(40)
    world.buy(500)
    world.wait(62)

    postings = world.postings
    trial = tried(world, MONTH)

    assert (trial.done_at, trial.wallets_done, trial.wallets_total) == (world.now, 1, 1)
    assert trial.tally == {
        "months": {"2026-04": [1_000, 1, 0, 0], "2026-05": [500, 1, 0, 0], "2026-06": [0, 0, 1_500, 1]},
        "sums": {"expired": [1_500, 1], "really": [1_500, 1]},
        "due": {},
    }
    assert world.postings == postings


def test_a_trial_says_what_it_does_to_the_credits_of_today():
    world = World(Rule(Life.MONTHS, months=1))
    world.buy(1_000)
    topups.top_up(wallet=world.wallet, bought_minor=300, expires_at=None, deed=world.deed)

    trial = tried(world, Rule(Life.MONTHS, months=6, extension=Extension.AS_NEW))

    assert trial.tally["sums"] == {
        "left": [1_300, 1],
        "really_left": [1_300, 1],
        "extended": [1_000, 1],
        "today": [1_300, 1],
        "today_lasting": [300, 1],
        "today_moved": [1_000, 1],
    }
    assert trial.tally["due"] == {"2026-04": [1_000, 1]}


def test_a_trial_goes_on_where_it_was_cut_off(monkeypatch: pytest.MonkeyPatch):
    world = World(MONTH)
    for _ in range(4):
        topups.top_up(wallet=a_wallet(programme=world.programme), bought_minor=100, deed=world.deed)
    monkeypatch.setattr(trials, "WALLETS", 2)
    monkeypatch.setattr(trials, "ENOUGH", 1)
    trial = trials.ask(programme=world.programme, rule=MONTH, deed=world.deed)

    seen = []
    while trials.go_on(deed=world.deed):
        trial.refresh_from_db()
        seen.append(trial.wallets_done)

    assert seen[-1] == 5
    assert len(seen) >= 2
    assert trial.tally["sums"]["left"] == [400, 4]


def test_what_two_workers_replay_at_once_counts_once():
    world = World(MONTH)
    world.buy(100)
    trial = trials.ask(programme=world.programme, rule=MONTH, deed=world.deed)
    stale = ExpiryTrial.objects.select_related("programme").get()

    trials.go_on(deed=world.deed)

    assert trials._replay_some(stale, world.deed) == (-1, 0)
    trial.refresh_from_db()
    assert trial.tally["sums"]["left"] == [100, 1]


def test_a_new_trial_takes_the_place_of_one_under_way():
    world = World(MONTH)
    first = trials.ask(programme=world.programme, rule=MONTH, deed=world.deed)

    second = tried(world, NO_EXPIRY)

    first.refresh_from_db()
    assert (first.done_at, first.failed_at) == (None, world.now)
    assert second.done_at == world.now


def test_a_trial_that_breaks_says_so_and_does_not_stop_the_worker(monkeypatch: pytest.MonkeyPatch):
    world = World(MONTH)
    trial = trials.ask(programme=world.programme, rule=MONTH, deed=world.deed)

    def breaks(**_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("groat.topups.expiry.pasts.read", breaks)
    trials.go_on(deed=world.deed)

    trial.refresh_from_db()
    assert trial.failed_at == world.now
    assert trials.go_on(deed=world.deed) == 0


def test_reading_pasts_takes_as_many_queries_for_fifty_wallets_as_for_one():
    world = World(MONTH)
    world.buy(100)

    def count(limit: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            read = pasts.read(programme=world.programme, after_wallet=0, until=world.now, limit=limit)
        assert len(read) == limit
        return len(captured)

    pasts.read(programme=world.programme, after_wallet=0, until=world.now, limit=1)
    few = count(1)
    for _ in range(49):
        topups.top_up(wallet=a_wallet(programme=world.programme), bought_minor=100, deed=world.deed)

    assert count(50) == few
