"""Paying: from which lots, how far below zero, and when not."""

from groat.ledger.core import commands
from groat.ledger.core.accounts import Tally
from groat.ledger.core.entries import Entry, Kind, LotUse, Posting
from groat.ledger.core.refusals import InsufficientCredit, NoSuchWallet
from tests.ledger.core.books import Story
from tests.ledger.core.times import day

ALICE = Story.ALICE


def test_a_payment_moves_credits_from_a_lot_to_revenue() -> None:
    story = Story()
    story.top_up(100)
    (lot,) = story.wallet().lots
    story.at_day(1)
    paid = story.do(commands.Spend(ALICE, 30, actor="key:7"))
    entry = Entry(
        paid.entry.id if paid.entry else 0,
        Kind.SPEND,
        day(1),
        (Posting(ALICE, -30, 2, 70), Posting(Tally.REVENUE, 30)),
        (LotUse(ALICE, lot.id, -30),),
        actor="key:7",
    )
    assert (paid.entry, paid.entries, paid.holds) == (entry, (entry,), ())
    assert paid.wallet == story.wallet()
    assert (paid.wallet.posted_minor, paid.wallet.available_minor) == (70, 70)


def test_lots_are_used_earliest_expiry_first_then_bonus_then_oldest() -> None:
    story = Story()
    story.top_up(10)
    story.top_up(10, bonus=5, until=20)
    story.top_up(10, until=10)
    assert story.lots() == [("purchased", 10, 10), ("bonus", 5, 20), ("purchased", 10, 20), ("purchased", 10, None)]
    story.spend(18)
    assert story.lots() == [("purchased", 7, 20), ("purchased", 10, None)]


def test_a_prepaid_wallet_pays_to_the_last_credit_and_no_further() -> None:
    story = Story()
    story.top_up(100)
    assert story.refused(commands.Spend(ALICE, 130)) == InsufficientCredit(available_minor=100, missing_minor=30)
    story.spend(100)
    assert story.balance() == 0
    assert story.refused(commands.Spend(ALICE, 1)) == InsufficientCredit(available_minor=0, missing_minor=1)


def test_a_postpaid_wallet_pays_down_to_its_floor() -> None:
    story = Story(floor=-50)
    story.top_up(100)
    story.spend(150)
    assert (story.balance(), story.lots()) == (-50, [])
    assert story.refused(commands.Spend(ALICE, 1)) == InsufficientCredit(available_minor=0, missing_minor=1)


def test_a_wallet_that_is_not_there_cannot_pay() -> None:
    assert Story().refused(commands.Spend(999, 1)) == NoSuchWallet()


def test_raising_a_floor_above_the_balance_neither_fails_nor_forgives() -> None:
    story = Story(floor=-50)
    story.spend(40)
    story.do(commands.SetFloor(ALICE, -10))
    assert (story.balance(), story.available(), story.wallet().overdrawn_minor) == (-40, -30, 30)
    # Ten more than the payment itself has to come in.
    assert story.refused(commands.Spend(ALICE, 5)) == InsufficientCredit(available_minor=0, missing_minor=35)
    story.top_up(25)
    assert (story.balance(), story.wallet().overdrawn_minor) == (-15, 5)
    assert isinstance(story.refused(commands.Spend(ALICE, 5)), InsufficientCredit)
    story.top_up(10)
    story.spend(5)
    assert (story.balance(), story.wallet().overdrawn_minor) == (-10, 0)


def test_lowering_a_floor_lets_a_wallet_pay_again() -> None:
    story = Story()
    story.refused(commands.Spend(ALICE, 5))
    story.do(commands.SetFloor(ALICE, -5))
    story.spend(5)
    assert story.balance() == -5
