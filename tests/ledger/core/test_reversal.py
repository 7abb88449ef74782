"""Undo: what goes back, and to where."""

from dataclasses import replace
from datetime import timedelta

import pytest

from groat.ledger.core import commands
from groat.ledger.core.accounts import Tally
from groat.ledger.core.entries import Entry, Kind, LotDate, LotGrant, LotUse, Posting
from groat.ledger.core.lots import Lot, Origin
from groat.ledger.core.refusals import BeyondOriginal, InsufficientCredit, NoSuchEntry, NotReversible
from tests.ledger.core.books import Story, own_postings
from tests.ledger.core.times import day

ALICE, BOB = Story.ALICE, Story.BOB


def money(entry: Entry) -> dict[int, int]:
    """What an entry posts to the programme's own accounts."""
    return {posting.account: posting.amount_minor for posting in entry.postings if posting.account < 100}


# What was spent.


def test_an_undone_payment_gives_the_very_lots_back() -> None:
    story = Story()
    story.top_up(10, until=20)
    story.top_up(10, bonus=5, until=30)
    before = story.wallet()
    first, second = before.lots[:2]
    paid = story.spend(13)
    entry = story.entry(commands.Reverse(paid, actor="staff:1", reason="wrong table"))
    assert entry == Entry(
        entry.id,
        Kind.REVERSAL,
        day(0),
        (Posting(ALICE, 13, 4, 25), Posting(Tally.REVENUE, -13)),
        (LotUse(ALICE, second.id, 3), LotUse(ALICE, first.id, 10)),
        reverses=paid,
        actor="staff:1",
        reason="wrong table",
    )
    assert story.wallet() == replace(before, sequence=4)


def test_a_payment_is_undone_in_parts_the_last_used_lot_first() -> None:
    story = Story()
    story.top_up(10, until=20)
    story.top_up(10, until=30)
    paid = story.spend(15)
    story.undo(paid, 3)
    assert story.lots() == [("purchased", 8, 30)]
    story.undo(paid, 4)
    assert story.lots() == [("purchased", 2, 20), ("purchased", 10, 30)]
    story.undo(paid)
    assert story.lots() == [("purchased", 10, 20), ("purchased", 10, 30)]


def test_no_more_is_undone_than_was_done() -> None:
    story = Story()
    story.top_up(20)
    paid = story.spend(15)
    assert story.refused(commands.Reverse(paid, 16)) == BeyondOriginal(left_minor=15)
    story.undo(paid, 10)
    assert story.refused(commands.Reverse(paid, 6)) == BeyondOriginal(left_minor=5)
    story.undo(paid)
    assert story.refused(commands.Reverse(paid)) == BeyondOriginal(left_minor=0)
    assert story.balance() == 20


def test_an_undone_payment_repays_the_debt_that_it_made() -> None:
    story = Story(floor=-50)
    story.top_up(10)
    paid = story.spend(40)
    story.undo(paid, 25)
    assert (story.balance(), story.lots()) == (-5, [])
    story.undo(paid)
    assert (story.balance(), story.lots()) == (10, [("purchased", 10, None)])


def test_a_debt_settled_since_goes_back_to_the_lot_that_settled_it() -> None:
    story = Story(floor=-50)
    paid = story.spend(40)
    story.top_up(100, until=30)
    assert story.lots() == [("purchased", 60, 30)]
    story.undo(paid)
    assert story.lots() == [("purchased", 100, 30)]
    assert story.wallet().lots[0].settled_minor == 0


def test_two_debts_settled_by_one_lot_both_go_back_to_it() -> None:
    story = Story(floor=-50)
    one, other = story.spend(20), story.spend(20)
    story.top_up(100, until=30)
    story.undo(one)
    assert story.lots() == [("purchased", 80, 30)]
    story.undo(other)
    assert story.lots() == [("purchased", 100, 30)]


def test_a_debt_forgiven_since_comes_back_as_a_refund() -> None:
    story = Story(floor=-50)
    paid = story.spend(40)
    story.do(commands.WriteOff(ALICE, "hardship", "staff:1"))
    entry = story.undo(paid)
    assert entry.grants == (LotGrant(ALICE, Lot(entry.grants[0].lot.id, Origin.REFUND, 40, 40)),)
    assert story.lots() == [("refund", 40, None)]


def test_a_lot_that_expired_meanwhile_comes_back_with_grace() -> None:
    story = Story()
    story.top_up(100, until=10)
    (lot,) = story.wallet().lots
    paid = story.spend(30)
    story.at_day(12)
    entry = story.undo(paid, grace=timedelta(days=5))
    assert entry.dates == (LotDate(ALICE, lot.id, day(10), day(17)),)
    assert (story.balance(), story.lots()) == (30, [("purchased", 30, 17)])


def test_a_lot_that_has_not_expired_comes_back_with_its_own_date() -> None:
    story = Story()
    story.top_up(100, until=10)
    paid = story.spend(30)
    story.at_day(9)
    assert story.undo(paid).dates == ()
    assert story.lots() == [("purchased", 100, 10)]


def test_without_grace_expired_credits_come_back_and_expire_at_once() -> None:
    story = Story()
    story.top_up(100, until=10)
    paid = story.spend(30)
    story.at_day(12)
    done = story.do(commands.Reverse(paid, grace=timedelta(0)))
    assert [entry.kind for entry in done.entries] == [Kind.EXPIRY, Kind.REVERSAL, Kind.EXPIRY]
    assert (done.entry, done.wallet.posted_minor) == (done.entries[1], 0)


def test_a_capture_is_undone_like_a_payment() -> None:
    story = Story()
    story.top_up(100, until=10)
    before = story.wallet()
    captured = story.entry(commands.Capture(story.hold(60), 45))
    story.undo(captured.id, 15)
    entry = story.undo(captured.id)
    assert (money(entry), entry.reverses) == ({Tally.REVENUE: -30}, captured.id)
    assert story.wallet() == replace(before, sequence=4)


def test_what_comes_back_is_reserved_for_a_hold_that_lacks_it() -> None:
    story = Story(floor=-50)
    story.top_up(30)
    paid = story.spend(30)
    hold = story.hold(20)
    story.undo(paid)
    (held,) = story.wallet().holds
    assert (held.id, held.unreserved_minor, story.available()) == (hold, 0, 60)


def test_paying_from_the_overdraft_and_undoing_it_leaves_an_expired_lot_its_date_while_a_hold_has_it() -> None:
    story = Story(floor=-50)
    story.top_up(30, until=5)
    story.hold(30, until=20)
    story.at_day(6)
    before = story.wallet()
    paid = story.spend(50)
    assert story.undo(paid).dates == ()
    assert story.wallet() == replace(before, sequence=3)


# What was given.


def test_an_undone_top_up_takes_credits_bonus_and_money_back() -> None:
    story = Story()
    bought = story.entry(commands.TopUp(ALICE, 100, 2500, Tally.BANK, 20, day(30)))
    purchased, bonus = (grant.lot.id for grant in bought.grants)
    entry = story.undo(bought.id)
    assert money(entry) == {Tally.ISSUED: 100, Tally.BONUS: 20, Tally.BANK: -2500, Tally.TAKINGS: 2500}
    assert entry.uses == (LotUse(ALICE, bonus, -20), LotUse(ALICE, purchased, -100))
    assert (story.balance(), story.lots()) == (0, [])


def test_buying_refunding_and_keeping_the_bonus_is_impossible() -> None:
    story = Story()
    bought = story.top_up(100, bonus=20)
    story.spend(20)
    story.undo(bought)
    assert (story.balance(), story.available(), story.wallet().overdrawn_minor) == (-20, -20, 20)
    assert isinstance(story.refused(commands.Spend(ALICE, 1)), InsufficientCredit)


@pytest.mark.parametrize("parts", [[1] * 10, [3, 3, 4], [9, 1], [10]])
def test_no_split_of_a_refund_keeps_a_part_of_the_bonus_or_earns_by_rounding(parts: list[int]) -> None:
    story = Story()
    bought = story.entry(commands.TopUp(ALICE, 10, 25, bonus_minor=3)).id
    bonus_back = money_back = bought_back = 0
    for part in parts:
        posted = money(story.undo(bought, part))
        bought_back += part
        bonus_back += posted.get(Tally.BONUS, 0)
        money_back -= posted.get(Tally.CASH, 0)
        assert bonus_back * 10 >= bought_back * 3
        assert money_back * 10 <= bought_back * 25
    assert (bonus_back, money_back, story.balance(), story.lots()) == (3, 25, 0, [])


def test_part_of_a_top_up_is_undone_from_its_own_lots() -> None:
    story = Story()
    story.top_up(50, until=10)
    bought = story.top_up(100, bonus=10, until=30)
    story.undo(bought, 40)
    assert story.lots() == [("purchased", 50, 10), ("bonus", 6, 30), ("purchased", 60, 30)]
    assert story.refused(commands.Reverse(bought, 61)) == BeyondOriginal(left_minor=60)


def test_what_was_spent_of_an_undone_top_up_is_taken_from_other_lots_and_then_becomes_debt() -> None:
    story = Story()
    bought = story.top_up(100, until=10)
    story.spend(70)
    story.top_up(50, until=30)
    story.undo(bought)
    # 30 of its own and the other 50; 20 are owed, below the floor of a prepaid wallet.
    assert (story.balance(), story.lots(), story.wallet().overdrawn_minor) == (-20, [], 20)
    story.top_up(30)
    assert (story.balance(), story.wallet().overdrawn_minor) == (10, 0)


def test_what_an_undone_top_up_had_settled_is_owed_again() -> None:
    story = Story(floor=-50)
    paid = story.spend(40)
    bought = story.top_up(100)
    story.undo(bought)
    assert (story.balance(), story.lots()) == (-40, [])
    story.undo(paid)
    assert (story.balance(), story.lots()) == (0, [])


def test_the_bonus_that_expired_unspent_is_no_debt_when_its_top_up_is_undone() -> None:
    story = Story()
    bought = story.entry(commands.TopUp(ALICE, 100, 2500, bonus_minor=20, bonus_expires_at=day(7))).id
    story.at_day(8)
    assert story.balance() == 100
    entry = story.undo(bought)
    assert entry.postings[0] == Posting(ALICE, -100, 3, 0)
    assert money(entry) == {
        Tally.ISSUED: 100,
        Tally.BONUS: 20,
        Tally.CASH: -2500,
        Tally.TAKINGS: 2500,
        Tally.BREAKAGE: -20,
    }
    assert (story.balance(), story.wallet().overdrawn_minor) == (0, 0)


def test_credits_that_expired_whole_come_back_from_breakage_alone() -> None:
    story = Story()
    bought = story.top_up(100, until=7)
    before = story.balance()
    story.at_day(8)
    done = story.do(commands.Reverse(bought))
    assert done.entry
    assert money(done.entry) == {Tally.ISSUED: 100, Tally.CASH: -100, Tally.TAKINGS: 100, Tally.BREAKAGE: -100}
    assert own_postings(done.entry) == []
    assert (before, done.wallet.posted_minor, done.wallet.sequence) == (100, 0, 2)


def test_only_what_was_spent_of_a_partly_expired_top_up_is_owed() -> None:
    story = Story()
    bought = story.top_up(100, until=7)
    story.spend(30)
    story.at_day(8)
    story.undo(bought, 50)
    assert story.balance() == 0
    story.undo(bought)
    assert story.balance() == -30


def test_breakage_that_went_back_with_a_top_up_does_not_go_back_again() -> None:
    story = Story()
    bought = story.top_up(100, bonus=20, until=7)
    story.at_day(8)
    (expired,) = story.do(commands.Expire(ALICE)).entries
    story.undo(bought, 50)
    assert story.refused(commands.Reverse(expired.id, 61)) == BeyondOriginal(left_minor=60)
    story.undo(expired.id)
    assert (story.balance(), story.lots()) == (60, [("bonus", 10, 22), ("purchased", 50, 22)])


def test_an_undone_top_up_takes_its_extension_back() -> None:
    story = Story()
    story.top_up(10, until=10)
    before = story.wallet()
    bought = story.top_up(10, until=60, extends=True)
    entry = story.undo(bought)
    assert entry.dates == (LotDate(ALICE, before.lots[0].id, day(60), day(10)),)
    assert story.wallet() == replace(before, sequence=3)


def test_an_extension_stays_until_all_of_its_top_up_is_undone() -> None:
    story = Story()
    story.top_up(10, until=10)
    bought = story.top_up(10, until=60, extends=True)
    story.undo(bought, 9)
    assert story.lots() == [("purchased", 10, 60), ("purchased", 1, 60)]
    story.undo(bought)
    assert story.lots() == [("purchased", 10, 10)]


def test_credits_that_would_have_expired_but_for_an_undone_top_up_keep_the_grace() -> None:
    story = Story()
    story.top_up(10, until=10)
    bought = story.top_up(10, until=60, extends=True)
    story.at_day(20)
    story.undo(bought)
    assert story.lots() == [("purchased", 10, 34)]


def test_taking_an_extension_back_makes_no_date_later() -> None:
    story = Story()
    story.top_up(10, until=10)
    bought = story.top_up(10, until=25, extends=True)
    story.at_day(20)
    assert story.undo(bought, grace=timedelta(days=14)).dates == ()
    assert story.lots() == [("purchased", 10, 25)]


def test_an_extension_does_not_reach_what_is_used_up() -> None:
    story = Story()
    story.top_up(10, until=10)
    paid = story.spend(10)
    story.top_up(10, until=30, extends=True)
    story.undo(paid)
    assert story.lots() == [("purchased", 10, 10), ("purchased", 10, 30)]


def test_an_extension_that_another_has_overtaken_is_not_taken_back() -> None:
    story = Story()
    story.top_up(10, until=10)
    bought = story.top_up(10, until=60, extends=True)
    story.do(commands.Extend(ALICE, day(90)))
    story.undo(bought)
    assert story.lots() == [("purchased", 10, 90)]


def test_an_undone_top_up_takes_even_what_a_hold_has_reserved() -> None:
    story = Story()
    bought = story.top_up(100)
    hold = story.hold(100)
    story.undo(bought)
    assert (story.balance(), story.available(), story.wallet().overdrawn_minor) == (0, -100, 100)
    story.do(commands.Release(hold))
    assert (story.available(), story.wallet().overdrawn_minor) == (0, 0)


def test_a_bonus_forfeited_is_not_given_again_by_undoing_what_it_paid() -> None:
    story = Story()
    bought = story.top_up(100, bonus=20)
    paid = story.spend(120)
    story.undo(bought)
    assert story.balance() == -120
    story.undo(paid)
    assert (story.balance(), story.lots()) == (0, [])


# What was moved, expired, put right or forgiven.


def test_an_undone_transfer_returns_the_lots_with_their_dates() -> None:
    story = Story()
    story.top_up(100, bonus=10, until=30)
    before = story.wallet()
    moved = story.entry(commands.Transfer(ALICE, BOB, 50)).id
    story.undo(moved, 20)
    assert (story.balance(ALICE), story.balance(BOB)) == (80, 30)
    done = story.do(commands.Reverse(moved))
    assert done.wallet == replace(before, sequence=4)
    assert (story.balance(BOB), story.lots(BOB)) == (0, [])


def test_a_transfer_is_undone_no_further_than_its_target_can_afford() -> None:
    story = Story()
    story.top_up(100)
    moved = story.entry(commands.Transfer(ALICE, BOB, 50)).id
    story.do(commands.Spend(BOB, 20))
    assert story.refused(commands.Reverse(moved)) == InsufficientCredit(available_minor=30, missing_minor=20)
    story.undo(moved, 30)
    assert (story.balance(ALICE), story.balance(BOB)) == (80, 0)


def test_undoing_part_of_a_transfer_forgets_no_debt_that_it_does_not_touch() -> None:
    story = Story()
    story.do(commands.SetFloor(BOB, -10))
    paid = story.entry(commands.Spend(BOB, 10)).id
    story.top_up(10, until=20)
    story.top_up(20, until=30)
    moved = story.entry(commands.Transfer(ALICE, BOB, 30)).id
    assert story.lots(BOB) == [("purchased", 20, 30)]
    story.undo(moved, 5)
    story.undo(paid)
    assert story.lots(BOB) == [("purchased", 10, 20), ("purchased", 15, 30)]


def test_an_undone_expiry_brings_the_credits_back_with_grace() -> None:
    story = Story()
    story.top_up(100, bonus=10, until=10)
    story.at_day(11)
    (expired,) = story.do(commands.Expire(ALICE)).entries
    entry = story.undo(expired.id, 40, grace=timedelta(days=30))
    assert money(entry) == {Tally.BREAKAGE: -40}
    assert story.lots() == [("purchased", 40, 41)]
    story.undo(expired.id)
    assert story.lots() == [("bonus", 10, 25), ("purchased", 100, 41)]
    assert story.refused(commands.Reverse(expired.id)) == BeyondOriginal(left_minor=0)


def test_what_expired_again_is_undone_by_the_second_expiry_alone() -> None:
    story = Story()
    story.top_up(100, until=10)
    story.at_day(11)
    (first,) = story.do(commands.Expire(ALICE)).entries
    story.undo(first.id, 30, grace=timedelta(days=1))
    story.at_day(12)
    (second,) = story.do(commands.Expire(ALICE)).entries
    assert story.refused(commands.Reverse(first.id, 71)) == BeyondOriginal(left_minor=70)
    assert story.refused(commands.Reverse(second.id, 31)) == BeyondOriginal(left_minor=30)
    story.undo(first.id)
    story.undo(second.id)
    assert story.lots() == [("purchased", 100, 26)]


def test_adjustments_are_undone_both_ways() -> None:
    story = Story()
    up = story.entry(commands.Adjust(ALICE, 40, "counted wrong", "staff:1")).id
    down = story.entry(commands.Adjust(ALICE, -15, "counted wrong", "staff:1")).id
    assert money(story.undo(down)) == {Tally.ADJUSTMENTS: -15}
    assert story.lots() == [("gift", 40, None)]
    assert money(story.undo(up)) == {Tally.ADJUSTMENTS: 40}
    assert story.balance() == 0


def test_an_expired_present_is_taken_back_from_breakage_in_parts_too() -> None:
    story = Story()
    given = story.entry(commands.Adjust(ALICE, 40, "a present", "staff:1", expires_at=day(3))).id
    story.at_day(3)
    assert money(story.undo(given, 15)) == {Tally.ADJUSTMENTS: 15, Tally.BREAKAGE: -15}
    assert money(story.undo(given)) == {Tally.ADJUSTMENTS: 25, Tally.BREAKAGE: -25}
    assert story.balance() == 0


def test_a_debt_that_was_forgiven_by_mistake_is_owed_again() -> None:
    story = Story(floor=-50)
    story.spend(50)
    forgiven = story.entry(commands.WriteOff(ALICE, "moved away", "staff:1")).id
    assert money(story.undo(forgiven)) == {Tally.WRITE_OFFS: 50}
    assert story.balance() == -50


def test_an_undo_and_an_extension_cannot_be_undone() -> None:
    story = Story()
    story.top_up(100, until=10)
    undone = story.undo(story.spend(10)).id
    extended = story.entry(commands.Extend(ALICE, day(20))).id
    for entry in (undone, extended):
        assert story.refused(commands.Reverse(entry)) == NotReversible()


def test_what_never_happened_cannot_be_undone() -> None:
    assert Story().refused(commands.Reverse(4711)) == NoSuchEntry()
