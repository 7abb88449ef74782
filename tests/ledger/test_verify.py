"""What `verify` finds, and that it finds nothing in books that are right."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from groat.ledger.verify import CHECKS, Fault
from tests.ledger.books import Ledger, past_the_triggers, rows
from tests.ledger.histories import everything

pytestmark = pytest.mark.django_db


def test_books_in_which_everything_happened_are_right() -> None:
    assert everything().fault() is None


def test_an_empty_book_is_right() -> None:
    assert Ledger().fault() is None


TAMPERED = [
    pytest.param(
        ["DELETE FROM ledger_entry WHERE kind = 'write_off'"],
        "posting_without_entry",
        "Account {account} has a posting of entry {written_off}, which does not exist.",
        id="an entry is gone",
    ),
    pytest.param(
        ["UPDATE ledger_posting SET amount_minor = amount_minor + 7 WHERE entry = {spent} AND account = 1"],
        "entry_unbalanced",
        "The postings of entry {spent} in credits sum to 7 instead of zero.",
        id="a posting says another amount",
    ),
    pytest.param(
        ["UPDATE ledger_posting SET amount_minor = amount_minor + 7 WHERE entry = {topped_up} AND account = 21"],
        "entry_unbalanced",
        "The postings of entry {topped_up} in currency sum to 7 instead of zero.",
        id="a posting says another sum of money",
    ),
    pytest.param(
        ["DELETE FROM ledger_posting WHERE entry = {spent}"],
        "entry_without_postings",
        "Entry {spent} (spend) has no postings.",
        id="an entry's postings are gone",
    ),
    pytest.param(
        ["DELETE FROM ledger_balance WHERE account = {one}"],
        "account_without_balance",
        "Account {one} was not opened, or has no balance.",
        id="a balance is gone",
    ),
    pytest.param(
        ["DELETE FROM ledger_account WHERE id = {one}"],
        "account_without_balance",
        "Account {one} was not opened, or has no balance.",
        id="an account is gone",
    ),
    pytest.param(
        ["UPDATE ledger_posting SET sequence = 99 WHERE entry = {spent} AND account = {one}"],
        "posting_out_of_order",
        "Posting 3 of account {one} (entry {captured}) should be its number 2 and bring the balance from 1100"
        " by -45; it says 1025.",
        id="a posting has another place",
    ),
    pytest.param(
        ["UPDATE ledger_posting SET balance_minor = 1071 WHERE entry = {spent} AND account = {one}"],
        "posting_out_of_order",
        "Posting 2 of account {one} (entry {spent}) should be its number 2 and bring the balance from 1100"
        " by -30; it says 1071.",
        id="a posting says another balance",
    ),
    pytest.param(
        ["UPDATE ledger_balance SET posted_minor = posted_minor + 1 WHERE account = {one}"],
        "balance_differs",
        "Account {one} has a balance of 996 after 10 postings; its 10 postings sum to 995.",
        id="a balance has grown",
    ),
    pytest.param(
        ["UPDATE ledger_balance SET sequence = 8 WHERE account = {one}"],
        "balance_differs",
        "Account {one} has a balance of 995 after 8 postings; its 10 postings sum to 995.",
        id="a balance has forgotten a posting",
    ),
    pytest.param(
        ["UPDATE ledger_balance SET posted_minor = 0 WHERE account = 21"],
        "balance_differs",
        "Account 21 has a balance of 0 after 4 postings; its 4 postings sum to 1300.",
        id="a tally has lost its balance",
    ),
    pytest.param(
        ["UPDATE ledger_balance SET overdrawn_minor = overdrawn_minor + 9 WHERE account = {two}"],
        "floor_broken",
        "Wallet {two} has -220, of which 0 are held, and a floor of -100; it says that it is overdrawn by 129.",
        id="a wallet is said to be deeper below its floor",
    ),
    pytest.param(
        ["UPDATE ledger_lot SET remaining_minor = remaining_minor - 1 WHERE account = {one} AND origin = 'purchased'"],
        "lots_differ_from_balance",
        "Wallet {one} has a balance of 995; its lots hold 994.",
        id="a lot has lost a credit",
    ),
    pytest.param(
        ["UPDATE ledger_lot_use SET amount_minor = -6 WHERE lot = {gift}"],
        "lot_differs",
        "Lot {gift} of wallet {one} was granted 70 and its uses sum to -6; it has 65.",
        id="a use took more",
    ),
    pytest.param(
        ["UPDATE ledger_lot_date SET lot = 5"],
        "use_without_lot",
        None,
        id="a date is of no lot",
    ),
    pytest.param(
        ["UPDATE ledger_lot_use SET entry = {given} WHERE entry = {spent}"],
        "lots_differ_from_postings",
        "Entry {spent} moved the credit of wallet {one} by -30 more than its lots.",
        id="a use is of another entry",
    ),
    pytest.param(
        [
            "UPDATE ledger_lot SET granted_until = NULL WHERE id = {gift}",
        ],
        "lot_date_differs",
        "Lot {gift} of wallet {one} does not expire when its entries say.",
        id="a lot was granted for longer",
    ),
    pytest.param(
        ["UPDATE ledger_lot_date SET expires_at = expired_at WHERE account = {one}"],
        "lot_date_differs",
        None,
        id="a date was not moved",
    ),
    pytest.param(
        ["UPDATE ledger_balance SET held_minor = held_minor + 1 WHERE account = {one}"],
        "held_differs",
        "Wallet {one} says that 78 are held; its open holds sum to 77.",
        id="more is held than holds hold",
    ),
    pytest.param(
        ["UPDATE ledger_lot SET held_minor = held_minor - 1 WHERE held_minor > 0"],
        "lot_held_differs",
        None,
        id="less of a lot is reserved than holds claim",
    ),
    pytest.param(
        ["UPDATE ledger_hold_lot SET hold = {closed} WHERE hold = {open}"],
        "claim_of_closed_hold",
        "Hold {closed} claims 33 of lots, and is open for 0.",
        id="a closed hold claims",
    ),
    pytest.param(
        ["UPDATE ledger_entry SET hold = NULL WHERE id = {captured}"],
        "capture_differs",
        "Hold {partly} says that 45 of it were captured; its entries took 0.",
        id="a capture is of no hold",
    ),
    pytest.param(
        ["UPDATE ledger_balance SET next_due = NULL WHERE account = {one}"],
        "due_date_differs",
        None,
        id="a balance has forgotten what expires next",
    ),
    pytest.param(
        ["UPDATE ledger_entry SET reverses = {spent} WHERE id = {given}"],
        "more_reversed_than_there_was",
        "Entry {spent} moved 30, and 100 of it were undone.",
        id="more was undone than was done",
    ),
]


def names(ledger: Ledger) -> dict[str, int]:
    """What the sentences speak of."""
    one, two = ledger.wallets

    def only(sql: str) -> int:
        return int(rows(f"{sql} ORDER BY 1", ledger.programme)[0][0])

    kind = "SELECT id FROM ledger_entry WHERE programme = %s AND kind = "
    hold = "SELECT id FROM ledger_hold WHERE programme = %s AND "
    written_off = only(f"{kind} 'write_off'")
    return {
        "one": one,
        "two": two,
        "written_off": written_off,
        "account": only(f"SELECT account FROM ledger_posting WHERE programme = %s AND entry = {written_off}"),
        "topped_up": only(f"{kind} 'top_up'"),
        "spent": only(f"{kind} 'spend'"),
        "captured": only(f"{kind} 'capture'"),
        "given": only(f"{kind} 'adjustment'"),
        "gift": only("SELECT id FROM ledger_lot WHERE programme = %s AND origin = 'gift'"),
        "partly": only(f"{hold} captured_minor = 45"),
        "closed": only(f"{hold} captured_minor = 0 AND closed_at IS NOT NULL"),
        "open": only(f"{hold} closed_at IS NULL"),
    }


@pytest.mark.parametrize(("changes", "code", "what"), TAMPERED)
def test_a_fault_is_found_and_named(changes: list[str], code: str, what: str | None) -> None:
    ledger = everything()
    known = names(ledger)
    with past_the_triggers():
        with connection.cursor() as cursor:
            for change in changes:
                cursor.execute(change.format(**known))
                assert cursor.rowcount > 0
        fault = ledger.fault()
        assert fault is not None
        assert (fault.code, fault.programme) == (code, ledger.programme)
        if what is not None:
            assert fault == Fault(code, ledger.programme, what.format(**known))


def test_every_check_is_seen_to_find_something() -> None:
    found = {param.values[1] for param in TAMPERED}
    assert {check.code for check in CHECKS} == found


def test_another_programmes_fault_is_not_this_ones() -> None:
    right, wrong = everything(), everything()
    with past_the_triggers():
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM ledger_lot_use WHERE programme = %s", [wrong.programme])
        assert right.fault() is None
        assert wrong.fault() is not None


def test_a_check_is_one_statement_however_long_the_history() -> None:
    ledger = everything()
    for check in CHECKS:
        with CaptureQueriesContext(connection) as queries:
            check.fault(programme_id=ledger.programme)
        assert len(queries) == 1
