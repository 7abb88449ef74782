"""What cannot be recorded."""

import pytest

from groat.ledger.core.accounts import Tally
from groat.ledger.core.entries import Entry, Kind, Posting, UnbalancedEntry
from tests.ledger.core.times import day


def entry(*postings: Posting) -> Entry:
    return Entry(1, Kind.SPEND, day(0), postings)


def test_postings_sum_to_zero() -> None:
    assert entry(Posting(501, -30), Posting(Tally.REVENUE, 30)).postings
    with pytest.raises(UnbalancedEntry):
        entry(Posting(501, -30), Posting(Tally.REVENUE, 29))


def test_credits_and_money_balance_each_for_itself() -> None:
    assert entry(
        Posting(501, 30), Posting(Tally.ISSUED, -30), Posting(Tally.CASH, 90), Posting(Tally.TAKINGS, -90)
    ).postings
    with pytest.raises(UnbalancedEntry):
        entry(Posting(501, 30), Posting(Tally.CASH, -30))
