"""What the database refuses, whoever writes: raw statements, past all code."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from groat import ids
from groat.ledger import seal
from groat.ledger.core import commands
from tests.ledger.books import NOW, Ledger, execute, rows

pytestmark = pytest.mark.django_db


@contextmanager
def refused_by(rule: str) -> Iterator[None]:
    """The database refuses what is inside, by the constraint or trigger that says so."""
    with pytest.raises(IntegrityError) as raised, transaction.atomic():
        yield
    diagnosis = getattr(raised.value.__cause__, "diag", None)
    assert rule in str(raised.value) or rule == getattr(diagnosis, "constraint_name", None)


@pytest.fixture
def ledger() -> Ledger:
    """A wallet with 100 left of 150, of which 30 are held, and an expiry that was moved."""
    ledger = Ledger(-20)
    ledger.top_up(150, expires_at=NOW + timedelta(seconds=3600))
    ledger.post(commands.Extend(ledger.wallet, NOW + timedelta(seconds=7200)))
    ledger.spend(50)
    ledger.post(commands.PlaceHold(ledger.wallet, 30, NOW + timedelta(seconds=60)))
    return ledger


def add_entry(ledger: Ledger, *amounts: tuple[int, int], entry: int | None = None) -> None:
    """An entry and its postings (account, amount), in the order that either database takes."""
    entry = entry or ledger.mint()
    head: tuple[str, list[Any]] = (
        "INSERT INTO ledger_entry (programme, id, kind, at, actor, reason) VALUES (%s, %s, 'spend', %s, '', '')",
        [ledger.programme, entry, NOW],
    )
    values = [
        value
        for place, (account, amount) in enumerate(amounts, start=1000)
        for value in (ledger.programme, entry, account, amount, place, amount)
    ]
    postings: tuple[str, list[Any]] = (
        "INSERT INTO ledger_posting (programme, entry, account, amount_minor, sequence, balance_minor) VALUES "
        + ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(amounts)),
        values,
    )
    with transaction.atomic(), connection.cursor() as cursor:
        for sql, given in [head, postings] if connection.vendor == "postgresql" else [postings, head]:
            cursor.execute(sql, given)


def test_a_balanced_entry_is_accepted_so_the_refusals_below_mean_something(ledger: Ledger) -> None:
    add_entry(ledger, (ledger.wallet, -5), (1, 5), (20, -9), (21, 9))


@pytest.mark.parametrize(
    "amounts",
    [
        pytest.param([(0, -5), (1, 4)], id="too little arrives"),
        pytest.param([(0, -5)], id="nothing arrives"),
        pytest.param([(0, -5), (21, 5)], id="credits turn into currency"),
        pytest.param([(0, -5), (1, 5), (20, -9), (21, 8)], id="the currency does not balance"),
    ],
)
def test_an_entry_that_does_not_sum_to_zero_is_refused(ledger: Ledger, amounts: list[tuple[int, int]]) -> None:
    with refused_by("an_entry_sums_to_zero"):
        add_entry(ledger, *((account or ledger.wallet, amount) for account, amount in amounts))


@pytest.mark.django_db(transaction=True)
def test_an_entry_that_was_closed_takes_no_more_postings(ledger: Ledger) -> None:
    entry = ledger.mint()
    add_entry(ledger, (ledger.wallet, -5), (1, 5), entry=entry)
    with refused_by("an_entry_is_closed"):
        execute(
            "INSERT INTO ledger_posting (programme, entry, account, amount_minor, sequence, balance_minor) "
            "VALUES (%s, %s, 4, -7, 2000, -7), (%s, %s, 5, 7, 2000, 7)",
            *(ledger.programme, entry, ledger.programme, entry),
        )


@pytest.mark.django_db(transaction=True)
def test_a_posting_without_its_entry_is_refused() -> None:
    ledger = Ledger()
    before = rows("SELECT count(*) FROM ledger_posting")
    with pytest.raises(IntegrityError):
        execute(
            "INSERT INTO ledger_posting (programme, entry, account, amount_minor, sequence, balance_minor) "
            "VALUES (%s, 77, %s, -5, 1, -5), (%s, 77, 1, 5, 1, 5)",
            *(ledger.programme, ledger.wallet, ledger.programme),
        )
    assert rows("SELECT count(*) FROM ledger_posting") == before


def test_a_posting_of_nothing_is_refused(ledger: Ledger) -> None:
    with refused_by("a_posting_moves_something"):
        add_entry(ledger, (ledger.wallet, 0), (1, 0))


def test_two_postings_at_one_place_of_an_account_are_refused(ledger: Ledger) -> None:
    add_entry(ledger, (ledger.wallet, -5), (1, 5))
    with pytest.raises(IntegrityError):
        add_entry(ledger, (ledger.wallet, -5), (1, 5))


HISTORY = {
    "ledger_account": "opened_at = opened_at",
    "ledger_entry": "actor = 'somebody else'",
    "ledger_posting": "amount_minor = amount_minor + 1",
    "ledger_lot_use": "amount_minor = 1",
    "ledger_lot_date": "expires_at = NULL",
    "ledger_block": "entries = 1",
}


@pytest.mark.parametrize("table", HISTORY)
def test_what_was_written_is_neither_changed_nor_deleted(ledger: Ledger, table: str) -> None:
    seal.seal(programme_id=ledger.programme, now=NOW + timedelta(seconds=60))
    before = rows(f"SELECT * FROM {table} WHERE programme = %s", ledger.programme)
    assert before
    for statement in (f"UPDATE {table} SET {HISTORY[table]}", f"DELETE FROM {table}"):
        with refused_by(f"{table} is append-only"):
            execute(f"{statement} WHERE programme = %s", ledger.programme)
    assert rows(f"SELECT * FROM {table} WHERE programme = %s", ledger.programme) == before


@pytest.mark.sqlite_only
@pytest.mark.parametrize("table", HISTORY)
def test_what_was_written_is_not_replaced(ledger: Ledger, table: str) -> None:
    seal.seal(programme_id=ledger.programme, now=NOW + timedelta(seconds=60))
    before = rows(f"SELECT * FROM {table} WHERE programme = %s", ledger.programme)
    with pytest.raises(IntegrityError):
        execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} WHERE programme = %s", ledger.programme)
    assert rows(f"SELECT * FROM {table} WHERE programme = %s", ledger.programme) == before


@pytest.mark.postgresql_only
@pytest.mark.parametrize("table", [*HISTORY, "ledger_balance", "ledger_lot", "ledger_hold", "ledger_request"])
def test_no_table_of_the_book_is_emptied(ledger: Ledger, table: str) -> None:
    with refused_by(f"{table} is append-only"):
        execute(f"TRUNCATE {table}")


@pytest.mark.parametrize("table", ["ledger_balance", "ledger_lot", "ledger_hold", "ledger_request"])
def test_what_is_used_up_or_closed_stays(ledger: Ledger, table: str) -> None:
    add_request(ledger)
    with refused_by(f"{table} is append-only"):
        execute(f"DELETE FROM {table} WHERE programme = %s", ledger.programme)


@pytest.mark.parametrize(
    ("table", "change", "rule"),
    [
        # 100 posted, 30 held, a floor of -20.
        ("balance", "posted_minor = 9", "wallet_not_below_its_floor"),
        ("balance", "held_minor = 121", "wallet_not_below_its_floor"),
        ("balance", "floor_minor = 1", "a_floor_is_not_above_zero"),
        ("balance", "floor_minor = NULL", "only_a_wallet_has_a_floor"),
        ("balance", "held_minor = -1", "held_not_below_zero"),
        ("balance", "overdrawn_minor = -1", "overdrawn_not_below_zero"),
        # 150 granted, 100 remaining, 30 held.
        ("lot", "remaining_minor = 151", "lot_not_above_what_was_granted"),
        ("lot", "settled_minor = 51", "lot_not_above_what_was_granted"),
        ("lot", "expired_minor = 51", "lot_not_above_what_was_granted"),
        ("lot", "held_minor = 101", "held_of_a_lot_is_there"),
        ("lot", "held_minor = -1", "held_of_a_lot_is_there"),
        ("lot", "settled_minor = -1", "settled_not_below_zero"),
        ("lot", "expired_minor = -1", "expired_not_below_zero"),
        ("lot", "remaining_minor = 0, held_minor = 0", "a_lot_lives_while_it_has_credit"),
        ("lot", "live = NOT live", "a_lot_lives_while_it_has_credit"),
        ("hold", "captured_minor = 30", "a_hold_closes_whole"),
        ("hold", "captured_minor = 20, released_minor = 9, closed_at = expires_at", "a_hold_closes_whole"),
        ("hold", "captured_minor = 31, released_minor = -1, closed_at = expires_at", "a_hold_closes_whole"),
    ],
)
def test_a_state_that_cannot_be_is_refused(ledger: Ledger, table: str, change: str, rule: str) -> None:
    account = "account = %s" if table != "hold" else "account = %s AND closed_at IS NULL"
    with refused_by(rule):
        execute(
            f"UPDATE ledger_{table} SET {change} WHERE programme = %s AND {account}", ledger.programme, ledger.wallet
        )


def test_a_lot_is_not_below_zero(ledger: Ledger) -> None:
    with pytest.raises(IntegrityError):
        execute("UPDATE ledger_lot SET remaining_minor = -1, held_minor = 0, live = %s", False)


def test_a_tally_has_no_floor(ledger: Ledger) -> None:
    with refused_by("only_a_wallet_has_a_floor"):
        execute("UPDATE ledger_balance SET floor_minor = 0 WHERE programme = %s AND account = 1", ledger.programme)


def test_a_closed_hold_is_not_opened_again(ledger: Ledger) -> None:
    (hold,) = ledger.loaded()[ledger.wallet].holds
    ledger.post(commands.Release(hold.id))
    for change in ("closed_at = NULL, released_minor = 0", "captured_minor = 30, released_minor = 0"):
        with refused_by("a_hold_is_closed_once"):
            execute(f"UPDATE ledger_hold SET {change} WHERE id = %s", hold.id)


def add_request(ledger: Ledger) -> None:
    execute(
        "INSERT INTO ledger_request (programme, client, key, fingerprint, outcome, at) "
        "VALUES (%s, 'key:1', 'once', %s, '', %s)",
        *(ledger.programme, b"x", NOW),
    )


def test_a_request_key_is_used_once(ledger: Ledger) -> None:
    add_request(ledger)
    with pytest.raises(IntegrityError):
        add_request(ledger)


def test_nothing_is_slipped_in_behind_the_seal(ledger: Ledger) -> None:
    late = ledger.mint()
    ledger.spend(1)
    seal.seal(programme_id=ledger.programme, now=NOW + timedelta(seconds=60))
    with refused_by("an_entry_is_not_older_than_the_seal"):
        add_entry(ledger, (ledger.wallet, -5), (1, 5), entry=late)
    other = Ledger()
    add_entry(other, (other.wallet, -5), (1, 5), entry=ids.lowest_at(int(NOW.timestamp() * 1000) - 1))
