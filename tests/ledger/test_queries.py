"""Balances, lots and statements, with what is due counted as booked."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from groat.ledger import queries
from groat.ledger.core import commands
from groat.ledger.core.entries import Kind
from groat.ledger.core.lots import Origin
from groat.ledger.core.refusals import NoSuchWallet
from groat.ledger.queries import Line, LotLine, Owed, Standing, UseLine
from tests.ledger.books import NOW, Ledger

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def standing(ledger: Ledger, at: timedelta = timedelta(0)) -> Standing:
    return queries.balance(programme_id=ledger.programme, wallet=ledger.wallet, now=NOW + at)


def lots(ledger: Ledger, at: timedelta = timedelta(0)) -> list[LotLine]:
    return queries.lots(programme_id=ledger.programme, wallet=ledger.wallet, now=NOW + at)


def test_what_is_due_counts_as_booked_at_its_instant() -> None:
    ledger = Ledger(-50)
    ledger.top_up(100, bonus_minor=10, expires_at=NOW + 2 * HOUR, bonus_expires_at=NOW + HOUR)
    ledger.post(commands.PlaceHold(ledger.wallet, 30, NOW + 3 * HOUR))
    # The hold has reserved the bonus, which expires first, and 20 of the rest.
    before = [standing(ledger, HOUR - timedelta(microseconds=1)), standing(ledger, HOUR)]
    assert before == [Standing(110, 30, -50, 1)] * 2
    assert standing(ledger, 2 * HOUR) == Standing(30, 30, -50, 1)
    assert standing(ledger, 3 * HOUR) == Standing(0, 0, -50, 1)
    assert (standing(ledger, 2 * HOUR).available_minor, standing(ledger, 3 * HOUR).available_minor) == (50, 50)


def test_credit_that_a_hold_inherited_from_another_does_not_count_as_expired() -> None:
    ledger = Ledger(-50)
    ledger.top_up(30, expires_at=NOW + 2 * HOUR)
    ledger.post(commands.PlaceHold(ledger.wallet, 30, NOW + HOUR))
    ledger.post(commands.PlaceHold(ledger.wallet, 30, NOW + 9 * HOUR))
    shown = standing(ledger, 3 * HOUR)
    ledger.move_on(NOW + 3 * HOUR)
    ledger.post(commands.Expire(ledger.wallet))
    assert shown == standing(ledger, 3 * HOUR) == Standing(30, 30, -50, 1)


def test_lots_come_in_the_order_of_their_use_and_only_while_they_have_credit() -> None:
    ledger = Ledger()
    ledger.top_up(50)
    ledger.top_up(100, bonus_minor=10, expires_at=NOW + 5 * HOUR)
    ledger.top_up(5, expires_at=NOW + HOUR)
    ledger.spend(8)
    assert [(lot.origin, lot.granted_minor, lot.remaining_minor, lot.expires_at) for lot in lots(ledger)] == [
        (Origin.BONUS, 10, 7, NOW + 5 * HOUR),
        (Origin.PURCHASED, 100, 100, NOW + 5 * HOUR),
        (Origin.PURCHASED, 50, 50, None),
    ]
    assert [lot.remaining_minor for lot in lots(ledger, 5 * HOUR)] == [50]


def test_a_wallet_of_another_programme_is_none_here() -> None:
    ledger, other = Ledger(), Ledger()
    other.top_up(5)
    with pytest.raises(NoSuchWallet):
        queries.balance(programme_id=ledger.programme, wallet=other.wallet, now=NOW)
    assert queries.lots(programme_id=ledger.programme, wallet=other.wallet, now=NOW) == []
    assert queries.statement(programme_id=ledger.programme, wallet=other.wallet) == []


def test_a_tally_is_no_wallet() -> None:
    with pytest.raises(NoSuchWallet):
        queries.balance(programme_id=Ledger().programme, wallet=1, now=NOW)


def test_a_statement_tells_every_movement_newest_first_with_the_lots_behind_it() -> None:
    ledger = Ledger(-5)
    bought = ledger.top_up(100, bonus_minor=10, expires_at=NOW + 5 * HOUR, actor="staff:7").entry
    spent = ledger.spend(112).entry
    assert bought is not None
    assert spent is not None
    undone = ledger.post(commands.Reverse(spent.id, 3, actor="staff:8", reason="cold soup")).entry
    assert undone is not None
    until = NOW + 5 * HOUR
    bonus, purchased = UseLine(Origin.BONUS, until, 10), UseLine(Origin.PURCHASED, until, 100)
    expected = [
        Line(
            *(undone.id, Kind.REVERSAL, NOW, 3, 1, 3, spent.id, "staff:8", "cold soup"),
            (UseLine(Origin.PURCHASED, until, 1, NOW),),
        ),
        Line(
            *(spent.id, Kind.SPEND, NOW, -112, -2, 2, None, "", ""),
            (UseLine(Origin.PURCHASED, until, -100, NOW), UseLine(Origin.BONUS, until, -10, NOW)),
        ),
        Line(*(bought.id, Kind.TOP_UP, NOW, 110, 110, 1, None, "staff:7", ""), (purchased, bonus)),
    ]
    assert queries.statement(programme_id=ledger.programme, wallet=ledger.wallet) == expected


def test_a_statement_goes_on_where_its_page_ended() -> None:
    ledger = Ledger()
    ledger.top_up(100)
    for _ in range(6):
        ledger.spend(1)
    page = queries.statement(programme_id=ledger.programme, wallet=ledger.wallet, limit=4)
    rest = queries.statement(programme_id=ledger.programme, wallet=ledger.wallet, limit=4, before=page[-1].sequence)
    assert [line.sequence for line in page + rest] == [7, 6, 5, 4, 3, 2, 1]
    assert [line.balance_minor for line in page + rest] == [94, 95, 96, 97, 98, 99, 100]


def test_lists_take_as_many_queries_for_many_as_for_one() -> None:
    counts = []
    for wallets in (1, 12):
        ledger = Ledger(*[-100] * wallets)
        for wallet in ledger.wallets:
            ledger.top_up(10, wallet=wallet, expires_at=NOW + HOUR)
            ledger.post(commands.PlaceHold(wallet, 5, NOW + 2 * HOUR))
            ledger.spend(1, wallet=wallet)
        with CaptureQueriesContext(connection) as asked:
            found = queries.balances(programme_id=ledger.programme, wallets=ledger.wallets, now=NOW + 3 * HOUR)
        assert set(found) == set(ledger.wallets)
        counts.append(len(asked))
    assert counts == [2, 2]


def test_a_statement_takes_a_fixed_number_of_queries() -> None:
    counts = []
    for spends in (1, 30):
        ledger = Ledger()
        ledger.top_up(100)
        ledger.post_many(*[commands.Spend(ledger.wallet, 1)] * spends)
        with CaptureQueriesContext(connection) as asked:
            assert len(queries.statement(programme_id=ledger.programme, wallet=ledger.wallet)) == spends + 1
        counts.append(len(asked))
    assert counts == [5, 5]


def test_a_programme_knows_what_it_owes_and_what_it_is_owed() -> None:
    ledger = Ledger(0, -50, -50)
    ledger.top_up(70)
    ledger.spend(20, wallet=ledger.wallets[1])
    ledger.spend(5, wallet=ledger.wallets[2])
    assert queries.owed(programme_id=ledger.programme) == Owed(credit_minor=70, debt_minor=25, wallets=3)
