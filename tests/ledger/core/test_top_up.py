"""Buying credits: what becomes a lot, what settles a debt, what is extended."""

import pytest

from groat.ledger.core import commands
from groat.ledger.core.accounts import Tally
from groat.ledger.core.commands import MOST_MINOR
from groat.ledger.core.decide import MOST_BALANCE_MINOR
from groat.ledger.core.entries import Entry, Kind, LotDate, LotGrant, LotUse, Posting
from groat.ledger.core.lots import Lot, Origin
from groat.ledger.core.refusals import AlreadyPast, OverTheLimit
from tests.ledger.core.books import Story
from tests.ledger.core.times import day

ALICE = Story.ALICE


def test_bought_credits_and_their_bonus_are_lots_of_their_own() -> None:
    story = Story()
    entry = story.entry(
        commands.TopUp(ALICE, 100, 2500, Tally.BANK, 10, day(30), day(7), actor="staff:3"),
    )
    bought, bonus = (grant.lot.id for grant in entry.grants)
    assert entry == Entry(
        entry.id,
        Kind.TOP_UP,
        day(0),
        (
            Posting(ALICE, 110, 1, 110),
            Posting(Tally.ISSUED, -100),
            Posting(Tally.BONUS, -10),
            Posting(Tally.BANK, 2500),
            Posting(Tally.TAKINGS, -2500),
        ),
        (),
        (
            LotGrant(ALICE, Lot(bought, Origin.PURCHASED, 100, 100, expires_at=day(30))),
            LotGrant(ALICE, Lot(bonus, Origin.BONUS, 10, 10, expires_at=day(7))),
        ),
        actor="staff:3",
    )
    assert story.lots() == [("bonus", 10, 7), ("purchased", 100, 30)]


def test_credits_given_for_no_money_post_none() -> None:
    entry = Story().entry(commands.TopUp(ALICE, 100, 0))
    assert entry.postings == (Posting(ALICE, 100, 1, 100), Posting(Tally.ISSUED, -100))


def test_a_bonus_lasts_as_long_as_what_was_bought_unless_it_says_otherwise() -> None:
    story = Story()
    story.top_up(100, bonus=10, until=30)
    assert story.lots() == [("bonus", 10, 30), ("purchased", 100, 30)]


def test_a_top_up_settles_the_debt_first_and_only_the_rest_becomes_a_lot() -> None:
    story = Story(floor=-50)
    story.spend(40)
    entry = story.entry(commands.TopUp(ALICE, 100, 100, expires_at=day(30)))
    lot = entry.grants[0].lot
    assert lot.granted_minor == 100
    assert entry.uses == (LotUse(ALICE, lot.id, -40),)
    assert (story.balance(), story.lots()) == (60, [("purchased", 60, 30)])


def test_a_debt_is_settled_by_what_would_be_used_first() -> None:
    story = Story(floor=-50)
    story.spend(15)
    story.top_up(100, bonus=10, until=30)
    assert story.lots() == [("purchased", 95, 30)]


def test_a_top_up_smaller_than_the_debt_leaves_no_lot() -> None:
    story = Story(floor=-50)
    story.spend(50)
    story.top_up(30, bonus=5)
    assert (story.balance(), story.lots(), story.available()) == (-15, [], 35)


def test_buying_extends_the_unexpired_purchased_lots_if_the_programme_says_so() -> None:
    story = Story()
    story.top_up(10, until=5)
    story.top_up(10, bonus=3, until=10)
    story.top_up(10, until=40)
    story.top_up(10)
    early, middle, *_ = [lot.id for lot in story.wallet().lots if lot.origin is Origin.PURCHASED]
    story.at_day(6)
    entry = story.entry(commands.TopUp(ALICE, 10, 10, expires_at=day(30), extends=True))
    # The first has expired; the bonus is not bought; forty days and for ever are later than thirty.
    assert entry.dates == (LotDate(ALICE, middle, day(10), day(30)),)
    assert early not in [lot.id for lot in story.wallet().lots]
    assert story.lots() == [
        ("bonus", 3, 10),
        ("purchased", 10, 30),
        ("purchased", 10, 30),
        ("purchased", 10, 40),
        ("purchased", 10, None),
    ]


def test_those_bought_before_may_get_another_date_than_those_bought_now() -> None:
    story = Story()
    story.top_up(10, until=5)
    story.entry(commands.TopUp(ALICE, 10, 10, expires_at=day(30), extends=True, extends_until=day(20)))
    assert story.lots() == [("purchased", 10, 20), ("purchased", 10, 30)]


def test_credits_that_never_expire_extend_all_others_for_ever() -> None:
    story = Story()
    story.top_up(10, until=5)
    story.top_up(10, extends=True)
    assert story.lots() == [("purchased", 10, None), ("purchased", 10, None)]


def test_credits_reserved_by_a_hold_are_extended_too_but_not_when_they_have_expired() -> None:
    story = Story()
    story.top_up(10, until=5)
    story.hold(10, until=20)
    story.top_up(1, until=10, extends=True)
    assert story.lots() == [("purchased", 10, 10), ("purchased", 1, 10)]
    story.at_day(12)
    story.top_up(1, until=30, extends=True)
    assert story.lots() == [("purchased", 10, 10), ("purchased", 1, 30)]


@pytest.mark.parametrize(
    "command",
    [
        commands.TopUp(ALICE, 10, 10, expires_at=day(2)),
        commands.TopUp(ALICE, 10, 10, bonus_minor=1, expires_at=day(9), bonus_expires_at=day(1)),
    ],
)
def test_credits_that_have_expired_already_are_not_sold(command: commands.TopUp) -> None:
    story = Story()
    story.at_day(2)
    assert story.refused(command) == AlreadyPast()


def test_a_wallet_holds_no_more_than_the_book_counts() -> None:
    story = Story()
    for _ in range(MOST_BALANCE_MINOR // MOST_MINOR):
        story.top_up(MOST_MINOR)
    assert story.balance() == MOST_BALANCE_MINOR
    assert story.refused(commands.TopUp(ALICE, 1, 1)) == OverTheLimit()
