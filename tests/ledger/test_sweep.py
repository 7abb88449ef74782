"""The sweep: what has expired is booked though nobody came."""

from datetime import timedelta

import pytest

from groat.ledger import queries, sweep
from groat.ledger.core import commands
from groat.ledger.models import Entry
from tests.ledger.books import NOW, Ledger, minter
from tests.races import at_once

HOUR = timedelta(hours=1)
LATER = NOW + 2 * HOUR


def expiries(ledger: Ledger) -> int:
    return Entry.objects.filter(programme=ledger.programme, kind="expiry").count()


@pytest.mark.django_db
def test_what_has_expired_is_booked_in_every_programme() -> None:
    ledgers = [Ledger(0, 0), Ledger(0)]
    for ledger in ledgers:
        for wallet in ledger.wallets:
            ledger.top_up(10, wallet=wallet, expires_at=NOW + HOUR)
        ledger.post(commands.PlaceHold(ledger.wallet, 4, NOW + HOUR))
    assert sweep.sweep(now=NOW, mint=minter(NOW)) == 0
    assert sweep.sweep(now=LATER, mint=minter(LATER)) == 3
    assert [expiries(ledger) for ledger in ledgers] == [2, 1]
    assert [ledger.loaded()[ledger.wallet].held_minor for ledger in ledgers] == [0, 0]
    assert queries.due(now=LATER) == []
    assert [ledger.fault() for ledger in ledgers] == [None, None]


@pytest.mark.django_db
def test_more_than_a_batch_is_swept_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "MOST", 3)
    ledger = Ledger(*[0] * 8)
    ledger.post_many(*[commands.TopUp(wallet, 5, 5, expires_at=NOW + HOUR) for wallet in ledger.wallets])
    assert sweep.sweep(now=LATER, mint=minter(LATER)) == 8


@pytest.mark.django_db
def test_a_wallet_that_cannot_be_booked_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(0, 0, 0)
    ledger.post_many(*[commands.TopUp(wallet, 5, 5, expires_at=NOW + HOUR) for wallet in ledger.wallets])
    book = sweep._book

    def fails(programme: int, accounts: list[int], *rest: object) -> None:
        if ledger.wallets[1] in accounts:
            raise ValueError("this one is broken")
        book(programme, accounts, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(sweep, "_book", fails)
    assert sweep.sweep(now=LATER, mint=minter(LATER)) == 2
    assert queries.due(now=LATER) == [(ledger.programme, ledger.wallets[1])]


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_book_an_expiry_once() -> None:
    ledger = Ledger(*[0] * 20)
    ledger.post_many(*[commands.TopUp(wallet, 5, 5, expires_at=NOW + HOUR) for wallet in ledger.wallets])
    mint = minter(LATER)
    at_once(*[lambda: sweep.sweep(now=LATER, mint=mint)] * 4)
    assert expiries(ledger) == 20
    assert ledger.fault() is None
