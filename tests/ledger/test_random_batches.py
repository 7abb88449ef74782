"""Whatever is asked in whatever batches: the book in the database is the core's book, whole."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from groat.errors import Refusal
from groat.ledger import queries, seal, sweep
from groat.ledger.core import commands
from groat.ledger.core.accounts import Tally, is_tally
from groat.ledger.core.decide import Accepted, Book, decide
from groat.ledger.core.entries import Entry
from groat.ledger.core.lots import Origin
from groat.ledger.core.wallet import Wallet
from groat.ledger.models import Balance
from tests.ledger.books import NOW, Ledger
from tests.ledger.core.books import Kept, keyed, sorted_claims

NOTHING = 4711
"""No entry and no hold has this id."""


def in_order(wallet: Wallet) -> Wallet:
    return replace(
        wallet,
        programme=0,
        lots=tuple(sorted(wallet.lots, key=lambda lot: lot.order)),
        holds=tuple(sorted_claims(hold) for hold in wallet.holds),
    )


def plain(entry: Entry) -> Entry:
    """An entry without what a tally's posting gets only when it is written."""
    postings = (replace(p, sequence=None, balance_minor=None) if is_tally(p.account) else p for p in entry.postings)
    return replace(keyed(entry), postings=tuple(sorted(postings, key=lambda posting: posting.account)))


def told(outcome: Accepted | Refusal) -> object:
    """What a caller sees of an outcome."""
    if isinstance(outcome, Refusal):
        return outcome
    live = tuple(lot for lot in outcome.wallet.lots if lot.remaining_minor)
    return (
        in_order(replace(outcome.wallet, lots=live)),
        outcome.entry and plain(outcome.entry),
        [plain(entry) for entry in outcome.entries],
        [sorted_claims(hold) for hold in outcome.holds],
    )


amounts = st.integers(1, 12)
some = st.none() | amounts
places = st.integers(0, 2)
floors = st.sampled_from([0, 0, -5, -10, -30])
hours = st.integers(0, 200)
until = st.none() | hours
old = st.integers(0, 60)
"""Names an entry or a hold of before: the newest is 0."""

type Wish = Callable[["Machine"], commands.Command]


def spend(wallet: int, amount: int, machine: "Machine") -> commands.Command:
    return commands.Spend(machine.wallets[wallet], amount, "key:1")


def top_up(
    wallet: int,
    bought: int,
    bonus: int,
    expires: int | None,
    bonus_expires: int | None,
    extends: bool,
    machine: "Machine",
) -> commands.Command:
    when, bonus_when = machine.after(expires), machine.after(bonus_expires)
    return commands.TopUp(
        machine.wallets[wallet], bought, bought * 3, Tally.BANK, bonus, when, bonus_when, extends, "staff:1"
    )


def place(wallet: int, amount: int, lasts: int, machine: "Machine") -> commands.Command:
    return commands.PlaceHold(machine.wallets[wallet], amount, machine.now + timedelta(hours=lasts))


def capture(hold: int, amount: int | None, machine: "Machine") -> commands.Command:
    return commands.Capture(machine.known(machine.holds, hold), amount)


def release(hold: int, machine: "Machine") -> commands.Command:
    return commands.Release(machine.known(machine.holds, hold))


def reverse(entry: int, amount: int | None, grace: int, machine: "Machine") -> commands.Command:
    entry = machine.known(machine.entries, entry)
    return commands.Reverse(entry, amount, timedelta(hours=grace), "staff:1", "it was a mistake")


def expire(wallet: int, machine: "Machine") -> commands.Command:
    return commands.Expire(machine.wallets[wallet])


def extend(wallet: int, expires: int | None, machine: "Machine") -> commands.Command:
    return commands.Extend(machine.wallets[wallet], machine.after(expires), "staff:1", "a holiday")


def transfer(ways: list[int], amount: int, machine: "Machine") -> commands.Command:
    return commands.Transfer(machine.wallets[ways[0]], machine.wallets[ways[1]], amount, "staff:1", "for a friend")


def adjust(wallet: int, amount: int, origin: Origin, expires: int | None, machine: "Machine") -> commands.Command:
    when = machine.after(expires) if amount > 0 else None
    return commands.Adjust(machine.wallets[wallet], amount, "counted wrong", "staff:1", origin, when)


def write_off(wallet: int, amount: int | None, machine: "Machine") -> commands.Command:
    return commands.WriteOff(machine.wallets[wallet], "moved away", "staff:1", amount)


def set_floor(wallet: int, floor: int, machine: "Machine") -> commands.Command:
    return commands.SetFloor(machine.wallets[wallet], floor)


def wish(make: Callable[..., commands.Command], *parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Wish]:
    """A command whose wallets, holds and entries are named only once the machine knows them."""
    return st.builds(partial, st.just(make), *parts)


wishes = st.one_of(
    wish(spend, places, amounts),
    wish(top_up, places, amounts, st.sampled_from([0, 0, 1, 7]), until, until, st.booleans()),
    wish(place, places, amounts, hours),
    wish(capture, old, some),
    wish(release, old),
    wish(reverse, old, some, st.sampled_from([14 * 24, 0])),
    wish(expire, places),
    wish(extend, places, until),
    wish(transfer, st.permutations([0, 1, 2]), amounts),
    wish(adjust, places, amounts | st.integers(-12, -1), st.sampled_from(Origin), until),
    wish(write_off, places, some),
    wish(set_floor, places, floors),
)


class Machine(RuleBasedStateMachine):
    """One programme, kept by the database and by the pure core in memory."""

    @initialize(floor=floors, other=floors)
    def open(self, floor: int, other: int) -> None:
        self.forgotten = transaction.atomic()
        self.forgotten.__enter__()
        self.ledger = Ledger(0, floor, other)
        self.wallets = self.ledger.wallets
        self.now = NOW
        self.entries: list[int] = []
        self.holds: list[int] = []
        self.kept = Kept()
        for wallet, floor_minor in zip(self.wallets, (0, floor, other), strict=True):
            self.kept.open(wallet, floor_minor=floor_minor)

    def after(self, hours: int | None) -> datetime | None:
        return None if hours is None else self.now + timedelta(hours=hours)

    @staticmethod
    def known(ids: list[int], place: int) -> int:
        return ids[-1 - place] if place < len(ids) else NOTHING

    @rule(hours=st.sampled_from([1, 1, 12, 24, 100]))
    def pass_time(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.ledger.move_on(self.now)

    @rule(batch=st.lists(wishes, min_size=1, max_size=6))
    def post(self, batch: list[Wish]) -> None:
        asked = [make(self) for make in batch]
        first = self.ledger.mint()
        self.ledger.mint = count(first).__next__
        done = self.ledger.post_many(*asked)
        mint = count(first).__next__
        for command, outcome in zip(asked, done, strict=True):
            book = self.kept.load([command])
            expected = decide(book, command, now=self.now, mint=mint)
            self.kept.save(book, expected)
            assert told(outcome) == told(expected)
            if isinstance(outcome, Accepted):
                self.entries += [entry.id for entry in outcome.entries]
                self.holds += [hold.id for hold in outcome.holds if hold.closed_at is None]
        assert self.ledger.mint() == mint()
        self.compare()

    @rule()
    def sweep(self) -> None:
        first = self.ledger.mint()
        self.ledger.mint = count(first).__next__
        due = sorted(account for _, account in queries.due(now=self.now))
        assert sweep.sweep(now=self.now, mint=self.ledger.mint) == len(due)
        assert queries.due(now=self.now) == []
        mint = count(first).__next__
        for account in due:
            book = self.kept.load([commands.Expire(account)])
            self.kept.save(book, decide(book, commands.Expire(account), now=self.now, mint=mint))
        self.compare()

    @rule()
    def seal(self) -> None:
        seal.seal(programme_id=self.ledger.programme, now=self.now)

    def compare(self) -> None:
        loaded = self.ledger.loaded()
        assert {account: in_order(wallet) for account, wallet in loaded.items()} == {
            account: in_order(wallet) for account, wallet in self.kept.wallets.items()
        }
        standings = queries.balances(programme_id=self.ledger.programme, wallets=self.wallets, now=self.now)
        for account, wallet in self.kept.wallets.items():
            book = Book({account: wallet})
            decide(book, commands.Expire(account), now=self.now, mint=lambda: 0)
            shown = standings[account]
            assert (shown.posted_minor, shown.held_minor, shown.floor_minor, shown.available_minor) == (
                book.wallets[account].posted_minor,
                book.wallets[account].held_minor,
                book.wallets[account].floor_minor,
                book.wallets[account].available_minor,
            )
            lines = queries.lots(programme_id=self.ledger.programme, wallet=account, now=self.now)
            assert [(line.id, line.remaining_minor, line.held_minor) for line in lines] == [
                (lot.id, lot.remaining_minor, lot.held_minor)
                for lot in book.wallets[account].lots
                if lot.remaining_minor
            ]

    def teardown(self) -> None:
        if not hasattr(self, "ledger"):
            return
        try:
            self.check_the_books()
        finally:
            transaction.set_rollback(True)
            self.forgotten.__exit__(None, None, None)

    def check_the_books(self) -> None:
        assert self.ledger.fault() is None
        sums = dict.fromkeys(Tally, 0)
        for entry in self.kept.entries.values():
            for posting in entry.postings:
                if is_tally(posting.account):
                    sums[Tally(posting.account)] += posting.amount_minor
        tallies = Balance.objects.filter(programme=self.ledger.programme, account__lte=max(Tally))
        assert dict(tallies.values_list("account", "posted_minor")) == sums


@pytest.mark.django_db
def test_random_batches_are_booked_as_the_core_decides_them() -> None:
    # Each step asks the database a dozen times.
    few = settings(
        max_examples=min(50, settings().max_examples),
        stateful_step_count=20,
        suppress_health_check=[HealthCheck.too_slow],
    )
    run_state_machine_as_test(Machine, settings=few)
