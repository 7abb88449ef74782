"""Putting right by hand, and forgiving."""

import pytest

from groat.ledger.core import commands
from groat.ledger.core.accounts import Tally
from groat.ledger.core.entries import Entry, Kind, LotGrant, LotUse, Posting
from groat.ledger.core.lots import Lot, Origin
from groat.ledger.core.refusals import AlreadyPast, InsufficientCredit, NoDebt
from tests.ledger.core.books import Story
from tests.ledger.core.times import day

ALICE = Story.ALICE


def test_an_adjustment_upward_is_a_lot_with_a_reason_and_a_name() -> None:
    story = Story()
    entry = story.entry(commands.Adjust(ALICE, 40, "machine ate it", "staff:9", Origin.REFUND, day(60)))
    lot = Lot(entry.grants[0].lot.id, Origin.REFUND, 40, 40, expires_at=day(60))
    assert entry == Entry(
        entry.id,
        Kind.ADJUSTMENT,
        day(0),
        (Posting(ALICE, 40, 1, 40), Posting(Tally.ADJUSTMENTS, -40)),
        (),
        (LotGrant(ALICE, lot),),
        actor="staff:9",
        reason="machine ate it",
    )
    assert story.wallet().lots == (lot,)


def test_an_adjustment_upward_settles_a_debt_first() -> None:
    story = Story(floor=-10)
    story.spend(10)
    story.do(commands.Adjust(ALICE, 15, "machine ate it", "staff:9"))
    assert (story.balance(), story.lots()) == (5, [("gift", 5, None)])


def test_an_adjustment_downward_takes_lots_in_their_order_and_stops_at_the_floor() -> None:
    story = Story(floor=-10)
    story.top_up(20)
    (lot,) = story.wallet().lots
    entry = story.entry(commands.Adjust(ALICE, -25, "typed twice", "staff:9"))
    assert entry.postings == (Posting(ALICE, -25, 2, -5), Posting(Tally.ADJUSTMENTS, 25))
    assert entry.uses == (LotUse(ALICE, lot.id, -20),)
    assert (entry.actor, entry.reason) == ("staff:9", "typed twice")
    down = commands.Adjust(ALICE, -6, "typed twice", "staff:9")
    assert story.refused(down) == InsufficientCredit(available_minor=5, missing_minor=1)


def test_an_adjustment_gives_nothing_that_has_expired_already() -> None:
    command = commands.Adjust(ALICE, 5, "a present", "staff:9", expires_at=day(0))
    assert Story().refused(command) == AlreadyPast()


def test_a_debt_is_forgiven_whole_or_in_part() -> None:
    story = Story(floor=-100)
    story.spend(80)
    entry = story.entry(commands.WriteOff(ALICE, "moved away", "staff:9", 30))
    assert entry == Entry(
        entry.id,
        Kind.WRITE_OFF,
        day(0),
        (Posting(ALICE, 30, 2, -50), Posting(Tally.WRITE_OFFS, -30)),
        actor="staff:9",
        reason="moved away",
    )
    story.do(commands.WriteOff(ALICE, "moved away", "staff:9"))
    assert (story.balance(), story.lots()) == (0, [])


@pytest.mark.parametrize("amount", [None, 1])
def test_where_there_is_no_debt_there_is_nothing_to_forgive(amount: int | None) -> None:
    assert Story().refused(commands.WriteOff(ALICE, "why", "staff:9", amount)) == NoDebt(debt_minor=0)


def test_no_more_is_forgiven_than_is_owed() -> None:
    story = Story(floor=-100)
    story.spend(80)
    assert story.refused(commands.WriteOff(ALICE, "why", "staff:9", 81)) == NoDebt(debt_minor=80)
