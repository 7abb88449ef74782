"""Sixteen threads at one wallet: nothing is overdrawn, nothing waits for ever, the books are right."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from groat import ids
from groat.errors import Refusal
from groat.ledger import book, seal
from groat.ledger.core import commands
from groat.ledger.core.decide import Accepted
from tests.ledger.books import NOW, Ledger

THREADS = 16
COMMANDS = 25

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql_only]


class Hand:
    """One of those who hammer: its own chance, its own ids, and what it did so far."""

    def __init__(self, ledger: Ledger, number: int) -> None:
        self.ledger = ledger
        self.chance = random.Random(number)
        self.mint = ids.Minter(worker=100 + number, clock_ms=lambda: int(NOW.timestamp() * 1000))
        self.spent: list[int] = []
        self.holds: list[int] = []
        self.refusals: set[str] = set()

    def next(self) -> commands.Command:
        one, other = self.ledger.wallets
        amount = self.chance.randint(1, 60)
        choices: list[commands.Command] = [
            commands.Spend(one, amount),
            commands.PlaceHold(one, amount, NOW + timedelta(hours=1)),
            commands.Transfer(one, other, amount),
            commands.Transfer(other, one, amount),
            commands.TopUp(one, amount, amount),
        ]
        if self.holds:
            hold = self.holds.pop()
            choices += [commands.Capture(hold), commands.Release(hold)]
        if self.spent:
            choices.append(commands.Reverse(self.spent.pop(), self.chance.choice([None, 1])))
        return self.chance.choice(choices)

    def hammer(self) -> None:
        for _ in range(COMMANDS):
            command = self.next()
            with transaction.atomic():
                (outcome,) = book.post_many(
                    programme_id=self.ledger.programme, batch=[command], now=NOW, mint=self.mint
                )
            if isinstance(outcome, Refusal):
                self.refusals.add(outcome.code)
            else:
                self.note(outcome)

    def note(self, done: Accepted) -> None:
        if done.entry is not None and done.entry.kind == "spend":
            self.spent.append(done.entry.id)
        self.holds += [hold.id for hold in done.holds if hold.closed_at is None]


def test_sixteen_threads_hammer_one_wallet_without_overdraft_or_deadlock() -> None:
    ledger = Ledger(-40, 0)
    ledger.top_up(300)
    hands = [Hand(ledger, number) for number in range(THREADS)]
    start = threading.Barrier(THREADS + 1)

    def hammers(hand: Hand) -> None:
        try:
            connection.ensure_connection()
            start.wait(30)
            hand.hammer()
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as threads:
        running = [threads.submit(hammers, hand) for hand in hands]
        start.wait(30)
        # Meanwhile somebody seals: it must hold up nobody, and nobody it.
        while not all(one.done() for one in running):
            seal.seal(programme_id=ledger.programme, now=NOW)
        for one in running:
            one.result()  # a deadlock would be raised here
    assert "insufficient_credit" in {code for hand in hands for code in hand.refusals}, "the floor was never touched"
    for wallet in ledger.loaded().values():
        assert wallet.overdrawn_minor == 0
        assert wallet.posted_minor - wallet.held_minor >= wallet.floor_minor
    assert ledger.fault() is None
    assert seal.seal(programme_id=ledger.programme, now=NOW + timedelta(minutes=1)) > THREADS
    assert ledger.fault() is None


def test_crossing_transfers_do_not_wait_for_each_other() -> None:
    ledger = Ledger(0, 0)
    for wallet in ledger.wallets:
        ledger.top_up(1000, wallet=wallet)
    one, other = ledger.wallets

    def sends(number: int) -> None:
        mint = ids.Minter(worker=200 + number, clock_ms=lambda: int(NOW.timestamp() * 1000))
        ways = (one, other) if number % 2 else (other, one)
        try:
            for _ in range(40):
                with transaction.atomic():
                    command = commands.Transfer(*ways, 1)
                    book.post(programme_id=ledger.programme, command=command, now=NOW, mint=mint)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(sends, number) for number in range(8)]:
            done.result()
    assert [wallet.posted_minor for wallet in ledger.loaded().values()] == [1000, 1000]
    assert ledger.fault() is None
