"""Expiry and extension."""

from groat.ledger.core import commands
from groat.ledger.core.accounts import Tally
from groat.ledger.core.entries import Entry, Kind, LotDate, LotUse, Posting
from groat.ledger.core.refusals import InsufficientCredit
from tests.ledger.core.books import Story
from tests.ledger.core.times import day

ALICE = Story.ALICE


def test_credits_expire_at_their_instant_whether_or_not_a_job_has_run() -> None:
    story = Story()
    story.top_up(100, until=30)
    story.at_day(29.999)
    story.spend(10)
    story.at_day(30)
    assert story.refused(commands.Spend(ALICE, 1)) == InsufficientCredit(available_minor=0, missing_minor=1)


def test_what_expired_goes_to_breakage_once() -> None:
    story = Story()
    story.top_up(100, until=30)
    (lot,) = story.wallet().lots
    story.spend(10)
    story.at_day(31)
    done = story.do(commands.Expire(ALICE))
    entry = Entry(
        done.entries[0].id,
        Kind.EXPIRY,
        day(31),
        (Posting(ALICE, -90, 3, 0), Posting(Tally.BREAKAGE, 90)),
        (LotUse(ALICE, lot.id, -90),),
        actor="system",
    )
    assert (done.entry, done.entries) == (None, (entry,))
    assert story.do(commands.Expire(ALICE)).entries == ()


def test_what_fell_due_is_booked_before_a_payment_and_apart_from_it() -> None:
    story = Story()
    story.top_up(100, until=10)
    story.top_up(50)
    story.at_day(10)
    paid = story.do(commands.Spend(ALICE, 20))
    assert [entry.kind for entry in paid.entries] == [Kind.EXPIRY, Kind.SPEND]
    assert paid.entry == paid.entries[1]
    assert [entry.postings[0] for entry in paid.entries] == [Posting(ALICE, -100, 3, 50), Posting(ALICE, -20, 4, 30)]


def test_every_instant_of_expiry_is_an_entry_of_its_own() -> None:
    story = Story()
    story.top_up(10, bonus=1, until=5)
    story.top_up(20, until=6)
    story.top_up(30, until=9)
    story.at_day(7)
    done = story.do(commands.Expire(ALICE))
    assert [entry.postings[0] for entry in done.entries] == [Posting(ALICE, -11, 4, 50), Posting(ALICE, -20, 5, 30)]
    assert story.lots() == [("purchased", 30, 9)]


def test_a_wallet_knows_what_is_due_next() -> None:
    story = Story()
    assert story.wallet().next_due is None
    story.top_up(10)
    assert story.wallet().next_due is None
    story.top_up(10, until=8)
    assert story.wallet().next_due == day(8)
    # What a hold has wholly reserved does not fall due, but the hold does.
    story.hold(10, until=9)
    assert story.wallet().next_due == day(9)


def test_extension_moves_unexpired_purchased_credits_forward_and_none_backward() -> None:
    story = Story()
    story.top_up(10, bonus=2, until=10)
    story.top_up(10, until=40)
    _, lot, _ = story.wallet().lots
    entry = story.entry(commands.Extend(ALICE, day(20), "staff:1", "closed for repairs"))
    assert entry == Entry(
        entry.id,
        Kind.EXTENSION,
        day(0),
        (),
        dates=(LotDate(ALICE, lot.id, day(10), day(20)),),
        actor="staff:1",
        reason="closed for repairs",
    )
    assert story.lots() == [("bonus", 2, 10), ("purchased", 10, 20), ("purchased", 10, 40)]


def test_an_extension_without_end_lets_credits_live_for_ever() -> None:
    story = Story()
    story.top_up(10, until=10)
    story.do(commands.Extend(ALICE, None))
    story.at_day(10_000)
    assert story.lots() == [("purchased", 10, None)]


def test_an_extension_that_extends_nothing_is_no_entry() -> None:
    story = Story()
    story.top_up(10, until=10)
    done = story.do(commands.Extend(ALICE, day(5)))
    assert (done.entry, done.entries) == (None, ())


def test_an_extension_comes_too_late_for_what_has_expired() -> None:
    story = Story()
    story.top_up(10, until=10)
    story.at_day(10)
    done = story.do(commands.Extend(ALICE, day(20)))
    assert (done.entry, [entry.kind for entry in done.entries]) == (None, [Kind.EXPIRY])
    assert story.balance() == 0
