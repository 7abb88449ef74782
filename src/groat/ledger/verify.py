"""Whether the books are right: everything that is kept twice is computed anew and compared.

Each check is one statement over all rows of a programme, in words that both databases understand,
and finds the first row that cannot be. The database does the work, so memory stays flat.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

from groat.ledger.models import Block
from groat.ledger.seal import GENESIS, Draft, digest


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a programme's books that cannot be."""

    code: str
    programme: int
    what: str
    """A sentence that names the first offending row."""


@dataclass(frozen=True, slots=True)
class Check:
    """A statement that finds what must not be, for the programme `%(programme)s`; empty when all is well."""

    code: str
    title: str
    sql: str
    sentence: str
    """With the columns of the row that was found in %(braces)s."""

    def fault(self, *, programme_id: int) -> Fault | None:
        """The first row that offends, in a sentence."""
        with connection.cursor() as cursor:
            cursor.execute(f"{self.sql} LIMIT 1", {"programme": programme_id})
            row = cursor.fetchone()
            if row is None:
                return None
            names = [column[0] for column in cursor.description]
        return Fault(self.code, programme_id, self.sentence % dict(zip(names, row, strict=True)))


CHECKS = (
    Check(
        "posting_without_entry",
        "every posting belongs to an entry",
        """
        SELECT posting.entry, posting.account FROM ledger_posting AS posting
        LEFT JOIN ledger_entry AS entry ON entry.programme = posting.programme AND entry.id = posting.entry
        WHERE posting.programme = %(programme)s AND entry.id IS NULL
        ORDER BY posting.entry, posting.account
        """,
        "Account %(account)s has a posting of entry %(entry)s, which does not exist.",
    ),
    Check(
        "entry_unbalanced",
        "entries sum to zero",
        """
        SELECT entry, sum(amount_minor) AS total,
            CASE WHEN account BETWEEN 20 AND 99 THEN 'currency' ELSE 'credits' END AS unit
        FROM ledger_posting WHERE programme = %(programme)s
        GROUP BY entry, unit HAVING sum(amount_minor) <> 0 ORDER BY entry
        """,
        "The postings of entry %(entry)s in %(unit)s sum to %(total)s instead of zero.",
    ),
    Check(
        "entry_without_postings",
        "only extensions move nothing",
        """
        SELECT id, kind FROM ledger_entry AS entry
        WHERE programme = %(programme)s AND kind <> 'extension' AND NOT EXISTS (
            SELECT 1 FROM ledger_posting AS posting
            WHERE posting.programme = entry.programme AND posting.entry = entry.id
        )
        ORDER BY id
        """,
        "Entry %(id)s (%(kind)s) has no postings.",
    ),
    Check(
        "account_without_balance",
        "every account has its balance",
        """
        SELECT account FROM (
            SELECT id AS account, 1 AS opened, 0 AS standing FROM ledger_account WHERE programme = %(programme)s
            UNION ALL SELECT account, 0, 1 FROM ledger_balance WHERE programme = %(programme)s
            UNION ALL SELECT DISTINCT account, 0, 0 FROM ledger_posting WHERE programme = %(programme)s
        ) AS known
        GROUP BY account HAVING sum(opened) <> 1 OR sum(standing) <> 1 ORDER BY account
        """,
        "Account %(account)s was not opened, or has no balance.",
    ),
    Check(
        "posting_out_of_order",
        "each posting follows from the one before",
        """
        SELECT account, entry, sequence, place, amount_minor, balance_minor, before FROM (
            SELECT account, entry, sequence, amount_minor, balance_minor,
                row_number() OVER upwards AS place, lag(balance_minor, 1, 0) OVER upwards AS before
            FROM ledger_posting WHERE programme = %(programme)s
            WINDOW upwards AS (PARTITION BY account ORDER BY sequence)
        ) AS chained
        WHERE sequence <> place OR balance_minor <> before + amount_minor
        """,
        "Posting %(sequence)s of account %(account)s (entry %(entry)s) should be its number %(place)s and bring"
        " the balance from %(before)s by %(amount_minor)s; it says %(balance_minor)s.",
    ),
    Check(
        "balance_differs",
        "balances are the sums of their postings",
        """
        SELECT balance.account, posted_minor, sequence, coalesce(total, 0) AS total, coalesce(number, 0) AS number
        FROM ledger_balance AS balance
        LEFT JOIN (
            SELECT account, sum(amount_minor) AS total, count(*) AS number
            FROM ledger_posting WHERE programme = %(programme)s GROUP BY account
        ) AS posted ON posted.account = balance.account
        WHERE programme = %(programme)s AND (posted_minor <> coalesce(total, 0) OR sequence <> coalesce(number, 0))
        ORDER BY balance.account
        """,
        "Account %(account)s has a balance of %(posted_minor)s after %(sequence)s postings;"
        " its %(number)s postings sum to %(total)s.",
    ),
    Check(
        "floor_broken",
        "wallets stand above their floors",
        """
        SELECT account, posted_minor, held_minor, floor_minor, overdrawn_minor FROM ledger_balance
        WHERE programme = %(programme)s AND floor_minor IS NOT NULL AND overdrawn_minor <> CASE
            WHEN posted_minor - held_minor < floor_minor THEN floor_minor - (posted_minor - held_minor) ELSE 0
        END
        ORDER BY account
        """,
        "Wallet %(account)s has %(posted_minor)s, of which %(held_minor)s are held, and a floor of %(floor_minor)s;"
        " it says that it is overdrawn by %(overdrawn_minor)s.",
    ),
    Check(
        "lots_differ_from_balance",
        "wallets' lots sum to their credit",
        """
        SELECT balance.account, posted_minor, coalesce(total, 0) AS total FROM ledger_balance AS balance
        LEFT JOIN (
            SELECT account, sum(remaining_minor) AS total
            FROM ledger_lot WHERE programme = %(programme)s GROUP BY account
        ) AS kept ON kept.account = balance.account
        WHERE programme = %(programme)s AND balance.account > 99
            AND coalesce(total, 0) <> CASE WHEN posted_minor > 0 THEN posted_minor ELSE 0 END
        ORDER BY balance.account
        """,
        "Wallet %(account)s has a balance of %(posted_minor)s; its lots hold %(total)s.",
    ),
    Check(
        "use_without_lot",
        "every use is of a lot, every lot of an entry",
        """
        SELECT moved.lot, moved.account, moved.entry FROM (
            SELECT lot, account, entry FROM ledger_lot_use WHERE programme = %(programme)s
            UNION ALL SELECT lot, account, entry FROM ledger_lot_date WHERE programme = %(programme)s
            UNION ALL SELECT id, account, entry FROM ledger_lot WHERE programme = %(programme)s
        ) AS moved
        LEFT JOIN ledger_lot AS lot
            ON lot.programme = %(programme)s AND lot.account = moved.account AND lot.id = moved.lot
        LEFT JOIN ledger_entry AS entry ON entry.programme = %(programme)s AND entry.id = moved.entry
        WHERE lot.id IS NULL OR entry.id IS NULL
        """,
        "Entry %(entry)s and lot %(lot)s of wallet %(account)s name each other, and one of them does not exist.",
    ),
    Check(
        "lot_differs",
        "lots hold what was granted less what was used",
        """
        SELECT id, account, granted_minor, remaining_minor, total FROM (
            SELECT id, account, sum(granted) AS granted_minor, sum(remaining) AS remaining_minor, sum(used) AS total
            FROM (
                SELECT id, account, granted_minor AS granted, remaining_minor AS remaining, 0 AS used
                FROM ledger_lot WHERE programme = %(programme)s
                UNION ALL SELECT lot, account, 0, 0, amount_minor FROM ledger_lot_use WHERE programme = %(programme)s
            ) AS parts
            GROUP BY id, account
        ) AS lot
        WHERE remaining_minor <> granted_minor + total ORDER BY account, id
        """,
        "Lot %(id)s of wallet %(account)s was granted %(granted_minor)s and its uses sum to %(total)s;"
        " it has %(remaining_minor)s.",
    ),
    Check(
        "lots_differ_from_postings",
        "each entry does to the lots what it does to the balance",
        """
        SELECT entry, account, sum(moved) AS difference FROM (
            SELECT entry, account, CASE WHEN balance_minor > 0 THEN balance_minor ELSE 0 END
                - CASE WHEN balance_minor > amount_minor THEN balance_minor - amount_minor ELSE 0 END AS moved
            FROM ledger_posting WHERE programme = %(programme)s AND account > 99
            UNION ALL SELECT entry, account, -amount_minor FROM ledger_lot_use WHERE programme = %(programme)s
            UNION ALL SELECT entry, account, -granted_minor FROM ledger_lot WHERE programme = %(programme)s
        ) AS moves
        GROUP BY entry, account HAVING sum(moved) <> 0 ORDER BY entry
        """,
        "Entry %(entry)s moved the credit of wallet %(account)s by %(difference)s more than its lots.",
    ),
    Check(
        # Each move leads from one expiry to another: what begins with the first must end with the last,
        # in whatever order the moves were made.
        "lot_date_differs",
        "lots expire when the entries say",
        """
        SELECT lot, account FROM (
            SELECT id AS lot, account, granted_until AS stop, 1 AS step
            FROM ledger_lot WHERE programme = %(programme)s
            UNION ALL SELECT id, account, expires_at, -1 FROM ledger_lot WHERE programme = %(programme)s
            UNION ALL SELECT lot, account, expired_at, -1 FROM ledger_lot_date WHERE programme = %(programme)s
            UNION ALL SELECT lot, account, expires_at, 1 FROM ledger_lot_date WHERE programme = %(programme)s
        ) AS stops
        GROUP BY lot, account, stop HAVING sum(step) <> 0 ORDER BY lot
        """,
        "Lot %(lot)s of wallet %(account)s does not expire when its entries say.",
    ),
    Check(
        "held_differs",
        "balances hold what their open holds do",
        """
        SELECT balance.account, held_minor, coalesce(total, 0) AS total FROM ledger_balance AS balance
        LEFT JOIN (
            SELECT account, sum(amount_minor) AS total FROM ledger_hold
            WHERE programme = %(programme)s AND closed_at IS NULL GROUP BY account
        ) AS open ON open.account = balance.account
        WHERE programme = %(programme)s AND held_minor <> coalesce(total, 0)
        ORDER BY balance.account
        """,
        "Wallet %(account)s says that %(held_minor)s are held; its open holds sum to %(total)s.",
    ),
    Check(
        "lot_held_differs",
        "lots reserve what holds claim of them",
        """
        SELECT lot.id, lot.account, held_minor, coalesce(total, 0) AS total FROM ledger_lot AS lot
        LEFT JOIN (
            SELECT lot, account, sum(amount_minor) AS total
            FROM ledger_hold_lot WHERE programme = %(programme)s GROUP BY lot, account
        ) AS claimed ON claimed.lot = lot.id AND claimed.account = lot.account
        WHERE programme = %(programme)s AND held_minor <> coalesce(total, 0)
        ORDER BY lot.id
        """,
        "Lot %(id)s of wallet %(account)s says that %(held_minor)s are reserved; holds claim %(total)s of it.",
    ),
    Check(
        "claim_of_closed_hold",
        "only open holds claim, their own wallet's lots and no more than they hold",
        """
        SELECT claim.hold, sum(claim.amount_minor) AS total, coalesce(min(hold.amount_minor), 0) AS amount_minor
        FROM ledger_hold_lot AS claim
        LEFT JOIN ledger_hold AS hold ON hold.programme = claim.programme AND hold.id = claim.hold
            AND hold.account = claim.account AND hold.closed_at IS NULL
        LEFT JOIN ledger_lot AS lot ON lot.programme = claim.programme AND lot.account = claim.account
            AND lot.id = claim.lot
        WHERE claim.programme = %(programme)s
        GROUP BY claim.hold
        HAVING count(hold.id) < count(*) OR count(lot.id) < count(*) OR sum(claim.amount_minor) > min(hold.amount_minor)
        ORDER BY claim.hold
        """,
        "Hold %(hold)s claims %(total)s of lots, and is open for %(amount_minor)s.",
    ),
    Check(
        "capture_differs",
        "holds were captured by entries of as much",
        """
        SELECT id, captured_minor, total FROM (
            SELECT hold.id, hold.captured_minor, coalesce(-sum(posting.amount_minor), 0) AS total
            FROM ledger_hold AS hold
            LEFT JOIN (
                SELECT id, hold FROM ledger_entry WHERE programme = %(programme)s AND hold IS NOT NULL
            ) AS entry ON entry.hold = hold.id
            LEFT JOIN ledger_posting AS posting ON posting.programme = hold.programme
                AND posting.entry = entry.id AND posting.account = hold.account
            WHERE hold.programme = %(programme)s GROUP BY hold.id, hold.captured_minor
        ) AS captured
        WHERE captured_minor <> total ORDER BY id
        """,
        "Hold %(id)s says that %(captured_minor)s of it were captured; its entries took %(total)s.",
    ),
    Check(
        "due_date_differs",
        "balances know what expires next",
        """
        SELECT account, next_due, due FROM (
            SELECT balance.account, balance.next_due, min(coming.at) AS due FROM ledger_balance AS balance
            LEFT JOIN (
                SELECT account, expires_at AS at FROM ledger_lot
                WHERE programme = %(programme)s AND remaining_minor > held_minor
                UNION ALL SELECT account, expires_at FROM ledger_hold
                WHERE programme = %(programme)s AND closed_at IS NULL
            ) AS coming ON coming.account = balance.account
            WHERE balance.programme = %(programme)s GROUP BY balance.account, balance.next_due
        ) AS expected
        WHERE next_due <> due OR (next_due IS NULL) <> (due IS NULL) ORDER BY account
        """,
        "Wallet %(account)s says that something expires at %(next_due)s; its lots and holds say %(due)s.",
    ),
    Check(
        # By the measure of the core's `reversal.measure`.
        "more_reversed_than_there_was",
        "no more was undone than was done",
        """
        WITH measured AS (
            SELECT entry, coalesce(
                max(CASE WHEN account = 2 THEN abs(amount_minor) END),
                max(CASE WHEN account = 5 THEN abs(amount_minor) END),
                max(CASE WHEN account > 99 THEN abs(amount_minor) END)
            ) AS amount
            FROM ledger_posting WHERE programme = %(programme)s AND entry IN (
                SELECT id FROM ledger_entry WHERE programme = %(programme)s AND reverses IS NOT NULL
                UNION SELECT reverses FROM ledger_entry WHERE programme = %(programme)s AND reverses IS NOT NULL
            )
            GROUP BY entry
        )
        SELECT undone.reverses AS entry, sum(part.amount) AS total, coalesce(min(whole.amount), 0) AS amount_minor
        FROM ledger_entry AS undone
        LEFT JOIN measured AS part ON part.entry = undone.id
        LEFT JOIN measured AS whole ON whole.entry = undone.reverses
        WHERE undone.programme = %(programme)s AND undone.reverses IS NOT NULL
        GROUP BY undone.reverses HAVING sum(part.amount) > coalesce(min(whole.amount), 0)
        ORDER BY undone.reverses
        """,
        "Entry %(entry)s moved %(amount_minor)s, and %(total)s of it were undone.",
    ),
)


def chain_fault(*, programme_id: int, passed: Callable[[int], None] = lambda _: None) -> Fault | None:
    """The first block that does not match what it sealed; `passed` is told how many entries were read."""
    after, previous, place = 0, GENESIS, 0
    blocks = Block.objects.filter(programme=programme_id).order_by("number")
    while block := blocks.filter(number__gt=place).first():
        place += 1
        fault = _block_fault(block, place, after, previous, passed)
        if fault:
            return Fault("chain_broken", programme_id, fault)
        after, previous = block.horizon, bytes(block.hash)
    return None


def _block_fault(block: Block, place: int, after: int, previous: bytes, passed: Callable[[int], None]) -> str | None:
    if block.number != place:
        return f"Block {place} of the seal is missing."
    if bytes(block.previous) != previous or block.horizon <= after:
        return f"Block {place} of the seal does not follow from the one before it."
    draft = Draft(block.programme, place, after, block.horizon, block.entries, previous, block.sealed_at)
    if digest(draft, passed=passed) != bytes(block.hash):
        return f"Block {place} of the seal (entries {after + 1} to {block.horizon}) does not match what it sealed."
    return None


def sealed(*, programme_id: int) -> int:
    """How many entries the programme's blocks hold: how long its chain takes to check."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(entries), 0) FROM ledger_block WHERE programme = %s", (programme_id,))
        return int(cursor.fetchone()[0])


def head_fault(*, programme_id: int, number: int, hash_hex: str) -> Fault | None:
    """Whether the block that was the head when it was written down is still in the chain."""
    block = Block.objects.filter(programme=programme_id, number=number).first()
    if block is None:
        return Fault("head_missing", programme_id, f"Block {number} of the seal, once written down, is gone.")
    if bytes(block.hash).hex() != hash_hex:
        return Fault("head_differs", programme_id, f"Block {number} of the seal is not the one written down.")
    return None


@contextmanager
def snapshot() -> Iterator[None]:
    """See everything as it is at one instant, and keep nobody from writing; inside a transaction, that one's view."""
    if connection.in_atomic_block:
        yield
        return
    begin: dict[str, Any] = {"postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "sqlite": "BEGIN"}
    with connection.cursor() as cursor:
        # Not Django's: on SQLite that one would lock all writers out.
        cursor.execute(begin[connection.vendor])
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
