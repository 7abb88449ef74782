"""Handing credits on to another wallet."""

from groat.ledger.core import commands
from groat.ledger.core.entries import Entry, Kind, LotGrant, LotUse, Posting
from groat.ledger.core.lots import Lot, Origin
from groat.ledger.core.refusals import InsufficientCredit, NoSuchWallet
from groat.ledger.core.wallet import Wallet
from tests.ledger.core.books import PROGRAMME, Story
from tests.ledger.core.times import day

ALICE, BOB = Story.ALICE, Story.BOB


def test_credits_are_handed_on_with_their_origins_and_dates() -> None:
    story = Story()
    story.top_up(100, bonus=10, until=30)
    bonus, bought = (lot.id for lot in story.wallet().lots)
    done = story.do(commands.Transfer(ALICE, BOB, 50, "staff:1", "a gift"))
    assert done.entry
    new_bonus, new_bought = (grant.lot.id for grant in done.entry.grants)
    assert done.entry == Entry(
        done.entry.id,
        Kind.TRANSFER,
        day(0),
        (Posting(ALICE, -50, 2, 60), Posting(BOB, 50, 1, 50)),
        (LotUse(ALICE, bonus, -10), LotUse(ALICE, bought, -40)),
        (
            LotGrant(BOB, Lot(new_bonus, Origin.BONUS, 10, 10, expires_at=day(30))),
            LotGrant(BOB, Lot(new_bought, Origin.PURCHASED, 40, 40, expires_at=day(30))),
        ),
        actor="staff:1",
        reason="a gift",
    )
    assert done.wallet == story.kept.wallets[ALICE]
    assert story.lots(BOB) == [("bonus", 10, 30), ("purchased", 40, 30)]


def test_what_is_handed_on_settles_the_others_debt_first() -> None:
    story = Story()
    story.do(commands.SetFloor(BOB, -30))
    story.do(commands.Spend(BOB, 30))
    story.top_up(100, until=30)
    story.do(commands.Transfer(ALICE, BOB, 50))
    assert (story.balance(BOB), story.lots(BOB)) == (20, [("purchased", 20, 30)])


def test_debt_cannot_be_handed_on_nor_what_is_reserved() -> None:
    story = Story(floor=-50)
    story.top_up(100)
    story.hold(70)
    assert story.refused(commands.Transfer(ALICE, BOB, 31)) == InsufficientCredit(available_minor=30, missing_minor=1)
    story.do(commands.Transfer(ALICE, BOB, 30))
    assert story.balance(BOB) == 30


def test_what_is_due_is_booked_on_both_sides_before_a_transfer() -> None:
    story = Story()
    story.top_up(100, until=5)
    story.do(commands.TopUp(BOB, 7, 7, expires_at=day(5)))
    story.top_up(20)
    story.at_day(5)
    done = story.do(commands.Transfer(ALICE, BOB, 20))
    assert [entry.kind for entry in done.entries] == [Kind.EXPIRY, Kind.EXPIRY, Kind.TRANSFER]
    assert (story.balance(ALICE), story.balance(BOB)) == (0, 20)


def test_nothing_crosses_from_one_programme_to_another() -> None:
    story = Story()
    story.top_up(100)
    story.kept.wallets[BOB] = Wallet(BOB, programme=PROGRAMME + 1)
    assert story.refused(commands.Transfer(ALICE, BOB, 1)) == NoSuchWallet()


def test_neither_side_of_a_transfer_may_be_missing() -> None:
    story = Story()
    story.top_up(100)
    assert story.refused(commands.Transfer(ALICE, 999, 1)) == NoSuchWallet()
    assert story.refused(commands.Transfer(999, ALICE, 1)) == NoSuchWallet()
