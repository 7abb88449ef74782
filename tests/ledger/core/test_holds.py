"""Setting aside: what a hold keeps, and how it ends."""

from dataclasses import replace

from groat.ledger.core import commands
from groat.ledger.core.accounts import Tally
from groat.ledger.core.entries import Entry, Kind, LotUse, Posting
from groat.ledger.core.refusals import AlreadyPast, BeyondHold, HoldClosed, InsufficientCredit, NoSuchHold
from groat.ledger.core.wallet import Hold
from tests.ledger.core.books import Story
from tests.ledger.core.times import day

ALICE = Story.ALICE


def test_a_hold_lowers_what_is_available_at_once_and_the_balance_not() -> None:
    story = Story()
    story.top_up(100)
    (lot,) = story.wallet().lots
    placed = story.do(commands.PlaceHold(ALICE, 60, day(1)))
    assert (placed.entry, placed.entries) == (None, ())
    assert placed.holds == (Hold(placed.holds[0].id, ALICE, 60, day(1), ((lot.id, 60),)),)
    assert (story.balance(), story.available()) == (100, 40)
    assert story.refused(commands.Spend(ALICE, 41)) == InsufficientCredit(available_minor=40, missing_minor=1)
    assert story.refused(commands.PlaceHold(ALICE, 41, day(1))) == InsufficientCredit(40, 1)
    story.spend(40)


def test_a_captured_hold_is_paid_from_the_lots_that_it_reserved() -> None:
    story = Story()
    story.top_up(50, until=20)
    (reserved,) = story.wallet().lots
    hold = story.hold(30)
    # What came later would be used earlier.
    story.top_up(50, until=10)
    done = story.do(commands.Capture(hold, actor="key:1"))
    entry = Entry(
        done.entry.id if done.entry else 0,
        Kind.CAPTURE,
        day(0),
        (Posting(ALICE, -30, 3, 70), Posting(Tally.REVENUE, 30)),
        (LotUse(ALICE, reserved.id, -30),),
        hold=hold,
        actor="key:1",
    )
    closed = Hold(hold, ALICE, 30, day(1), (), captured_minor=30, closed_at=day(0))
    assert (done.entry, done.entries, done.holds) == (entry, (entry,), (closed,))
    assert (story.available(), story.lots()) == (70, [("purchased", 50, 10), ("purchased", 20, 20)])


def test_what_is_not_captured_is_released() -> None:
    story = Story()
    story.top_up(100)
    hold = story.hold(60)
    done = story.do(commands.Capture(hold, 25))
    assert (done.holds[0].captured_minor, done.holds[0].released_minor) == (25, 35)
    assert (story.balance(), story.available(), story.wallet().held_minor) == (75, 75, 0)


def test_no_more_than_what_was_held_is_captured() -> None:
    story = Story()
    story.top_up(100)
    hold = story.hold(60)
    assert story.refused(commands.Capture(hold, 61)) == BeyondHold(held_minor=60)


def test_a_released_hold_gives_all_of_it_back() -> None:
    story = Story()
    story.top_up(100)
    before = story.wallet()
    hold = story.hold(60)
    done = story.do(commands.Release(hold))
    assert (done.entry, done.entries) == (None, ())
    assert done.holds == (Hold(hold, ALICE, 60, day(1), released_minor=60, closed_at=day(0)),)
    assert done.wallet == before


def test_a_hold_is_closed_once() -> None:
    story = Story()
    story.top_up(100)
    captured, released, expired = story.hold(10), story.hold(10), story.hold(10, until=2)
    story.do(commands.Capture(captured))
    story.do(commands.Release(released))
    story.at_day(2)
    for hold in (captured, released, expired):
        assert story.refused(commands.Capture(hold)) == HoldClosed()
        assert story.refused(commands.Release(hold)) == HoldClosed()
    assert story.balance() == 90


def test_a_hold_that_was_never_placed_is_not_found() -> None:
    assert Story().refused(commands.Capture(4711)) == NoSuchHold()
    assert Story().refused(commands.Release(4711)) == NoSuchHold()


def test_a_hold_expires_at_its_instant_and_frees_what_it_reserved() -> None:
    story = Story()
    story.top_up(100)
    hold = story.hold(60, until=3)
    story.at_day(2.999)
    assert story.available() == 40
    story.at_day(3)
    done = story.do(commands.Expire(ALICE))
    assert done.holds == (Hold(hold, ALICE, 60, day(3), released_minor=60, closed_at=day(3)),)
    assert (done.entries, story.available()) == ((), 100)


def test_a_hold_that_has_expired_stands_in_no_payments_way() -> None:
    story = Story()
    story.top_up(100)
    story.hold(100, until=3)
    story.at_day(3)
    story.spend(100)
    assert story.balance() == 0


def test_a_hold_does_not_begin_after_its_end() -> None:
    story = Story()
    story.top_up(100)
    story.at_day(3)
    assert story.refused(commands.PlaceHold(ALICE, 10, day(3))) == AlreadyPast()


def test_a_hold_keeps_its_lots_from_expiring() -> None:
    story = Story()
    story.top_up(100, until=5)
    hold = story.hold(60, until=10)
    story.at_day(6)
    assert (story.balance(), story.available()) == (60, 0)
    story.do(commands.Capture(hold))
    assert story.balance() == 0


def test_what_a_released_hold_had_kept_from_expiring_expires_with_it() -> None:
    story = Story()
    story.top_up(100, until=5)
    hold = story.hold(60, until=10)
    story.at_day(6)
    done = story.do(commands.Release(hold))
    assert [entry.kind for entry in done.entries] == [Kind.EXPIRY, Kind.EXPIRY]
    assert (done.entry, done.wallet.posted_minor) == (None, 0)


def test_what_a_part_capture_leaves_of_an_expired_lot_expires_with_it() -> None:
    story = Story()
    story.top_up(60, until=5)
    hold = story.hold(60, until=10)
    story.at_day(6)
    done = story.do(commands.Capture(hold, 20))
    assert [entry.kind for entry in done.entries] == [Kind.CAPTURE, Kind.EXPIRY]
    assert done.entry == done.entries[0]
    assert [entry.postings[0] for entry in done.entries] == [Posting(ALICE, -20, 2, 40), Posting(ALICE, -40, 3, 0)]


def test_an_expired_lot_goes_to_no_other_hold() -> None:
    story = Story(floor=-100)
    story.top_up(60, until=5)
    first = story.hold(60, until=10)
    story.hold(50, until=20)
    story.at_day(6)
    story.do(commands.Release(first))
    assert (story.balance(), story.available(), story.wallet().free_minor) == (0, 50, 0)


def test_a_hold_that_ended_before_the_lot_did_leaves_it_to_the_next_hold_though_no_job_ran() -> None:
    looked_at, left_alone = Story(floor=-100), Story(floor=-100)
    for story in (looked_at, left_alone):
        story.top_up(60, until=5)
        story.hold(60, until=3)
        story.hold(50, until=20)
    looked_at.at_day(3)
    looked_at.do(commands.Expire(ALICE))
    for story in (looked_at, left_alone):
        story.at_day(6)
        assert (story.balance(), story.available(), story.lots()) == (50, 100, [("purchased", 50, 5)])


def test_a_hold_reaches_into_the_overdraft_and_later_credits_are_reserved_for_it() -> None:
    story = Story(floor=-50)
    story.top_up(20)
    hold = story.hold(60)
    assert (story.available(), story.wallet().holds[0].unreserved_minor) == (10, 40)
    story.top_up(30)
    assert (story.available(), story.wallet().free_minor, story.wallet().holds[0].unreserved_minor) == (40, 0, 10)
    story.do(commands.Capture(hold))
    assert (story.balance(), story.lots()) == (-10, [])


def test_the_oldest_hold_is_served_first() -> None:
    story = Story(floor=-100)
    older, younger = story.hold(30), story.hold(30)
    story.top_up(40)
    assert [(hold.id, hold.unreserved_minor) for hold in story.wallet().holds] == [(older, 0), (younger, 20)]


def test_a_payment_from_the_overdraft_takes_the_youngest_holds_lots_and_not_its_right() -> None:
    story = Story(floor=-50)
    story.top_up(60)
    older, younger = story.hold(30), story.hold(30)
    story.spend(40)
    # All lots back the balance of 20; the younger hold now stands wholly against the overdraft.
    assert [(hold.id, hold.unreserved_minor) for hold in story.wallet().holds] == [(older, 10), (younger, 30)]
    assert (story.balance(), story.available()) == (20, 10)
    story.do(commands.Capture(younger))
    story.do(commands.Capture(older))
    assert story.balance() == -40


def test_a_capture_beyond_its_own_lots_takes_those_of_the_other_hold() -> None:
    story = Story(floor=-50)
    story.top_up(50)
    first = story.hold(40)
    second = story.hold(40)
    done = story.do(commands.Capture(second))
    # Fifty less forty: ten are left, and the first hold keeps them.
    assert (done.wallet.posted_minor, [hold.lots[0][1] for hold in done.wallet.holds]) == (10, [10])
    done = story.do(commands.Capture(first))
    assert (done.wallet.posted_minor, done.wallet.held_minor, done.wallet.lots[0].held_minor) == (-30, 0, 0)


def test_a_hold_is_captured_below_a_floor_that_was_raised_since() -> None:
    story = Story(floor=-50)
    hold = story.hold(50)
    story.do(commands.SetFloor(ALICE, 0))
    assert (story.available(), story.wallet().overdrawn_minor) == (-50, 50)
    done = story.do(commands.Capture(hold))
    assert done.wallet == replace(story.wallet(), posted_minor=-50, overdrawn_minor=50)
