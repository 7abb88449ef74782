"""The book on PostgreSQL: sets of rows as arrays, and one round trip for all reads, one for all writes."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from groat.ledger.core.entries import Entry
from groat.ledger.core.lots import Lot
from groat.ledger.core.reversal import Record
from groat.ledger.core.wallet import Hold, Wallet
from groat.ledger.pipeline import Pipeline, Rows
from groat.ledger.store import Account, Changes, assemble, assemble_holds, assemble_records, posting_rows


def array(values: Iterable[int | None]) -> str:
    """An array literal of numbers; our own, for the driver's dumping of lists costs many times as much."""
    return "{" + str(list(values))[1:-1].replace("None", "NULL") + "}"


def texts(values: Iterable[str]) -> str:
    """An array literal of strings. Raises ValueError for what no text of the database can hold."""
    given = list(values)
    if not given:
        return "{}"
    # All of them quoted at once: a few passes over one long string are cheaper than over many short ones.
    joined = "\0".join(given)
    if joined.count("\0") != len(given) - 1:
        raise ValueError("a text with a NUL in it")
    return '{"' + joined.replace("\\", "\\\\").replace('"', '\\"').replace("\0", '","') + '"}'


def times(values: Iterable[datetime | None]) -> str:
    """An array literal of times."""
    told: dict[datetime | None, str] = {None: "NULL"}
    parts = []
    for value in values:
        text = told.get(value)
        if text is None:
            # Most of a batch share theirs.
            text = told[value] = f'"{value.isoformat()}"' if value else "NULL"
        parts.append(text)
    return "{" + ",".join(parts) + "}"


def blobs(values: Iterable[bytes]) -> str:
    """An array literal of bytes."""
    return "{" + ",".join([f'"\\\\x{value.hex()}"' for value in values]) + "}"


def columns(rows: Sequence[tuple[Any, ...]], count: int) -> list[tuple[Any, ...]]:
    """Rows turned into columns, also when there are none."""
    return list(zip(*rows, strict=True)) if rows else [()] * count


def numbers(rows: Sequence[tuple[int | None, ...]], count: int) -> list[str]:
    """Rows of numbers as that many arrays."""
    return [array(column) for column in zip(*rows, strict=True)] if rows else ["{}"] * count


GIVEN = "(SELECT * FROM unnest(%s::bigint[], %s::bigint[]) AS given (programme, account))"
"""The accounts to load, named by the caller."""
LOCK = """
SELECT b.account, b.programme, b.posted_minor, b.held_minor, b.floor_minor, b.overdrawn_minor, b.sequence {more}
FROM {accounts} AS k
JOIN ledger_balance AS b ON b.programme = k.programme AND b.account = k.account
ORDER BY b.account
FOR UPDATE OF b
"""
LOTS = """
SELECT l.account, l.id, l.origin, l.granted_minor, l.remaining_minor, l.held_minor, l.settled_minor, l.expires_at,
       l.expired_minor
FROM (SELECT DISTINCT programme, account FROM {accounts} AS named) AS k
JOIN ledger_lot AS l ON l.programme = k.programme AND l.account = k.account
"""
OPEN_HOLDS = """
SELECT h.id, h.account, h.amount_minor, h.expires_at, c.lot, c.amount_minor
FROM unnest(%s::bigint[], %s::bigint[]) AS k (programme, account)
JOIN ledger_hold AS h ON h.programme = k.programme AND h.account = k.account AND h.closed_at IS NULL
LEFT JOIN ledger_hold_lot AS c ON c.programme = h.programme AND c.hold = h.id
ORDER BY h.id, c.lot
"""


@cache
def loading(accounts: str, *, more: str = "", whole: bool = False) -> tuple[str, str]:
    """The statements that lock wallets, in ascending order, and read their lots (`whole`: used-up ones too).

    `accounts` is a subquery that names them by `programme` and `account`; its parameters are those of
    both statements. `more` of its columns (as k) come with each wallet. The lots have a statement of
    their own, after the lock: one that waits for a lock goes on with the other tables as they were
    before it waited.
    """
    return LOCK.format(accounts=accounts, more=more), LOTS.format(accounts=accounts) + ("" if whole else " AND l.live")


def loaded(pipeline: Pipeline, balances: Rows, lots: Rows) -> dict[int, Wallet]:
    """The wallets of which these are the rows that `loading` gave, with their holds."""
    # Few wallets have a hold, and only of those need it be asked.
    held = [(row[1], row[0]) for row in balances if row[3]]
    open_holds = pipeline.ask((OPEN_HOLDS, numbers(held, 2)))[0] if held else []
    return assemble(balances, lots, open_holds)


def load(pipeline: Pipeline, accounts: Sequence[Account], *, whole: bool = False) -> dict[int, Wallet]:
    """Lock the wallets and read them: balance, lots (`whole`: used-up ones too), holds."""
    keys = numbers(accounts, 2)
    lock, lots = loading(GIVEN, whole=whole)
    return loaded(pipeline, *pipeline.ask((lock, keys), (lots, keys)))


ACCOUNTS = """
SELECT account FROM ledger_hold WHERE programme = %s AND id = ANY(%s::bigint[]) UNION
SELECT account FROM ledger_posting WHERE programme = %s AND entry = ANY(%s::bigint[]) AND account > 99
"""


def accounts_of(pipeline: Pipeline, programme: int, holds: list[int], entries: list[int]) -> list[int]:
    """The wallets that these holds and entries concern."""
    (rows,) = pipeline.ask((ACCOUNTS, (programme, array(holds), programme, array(entries))))
    return [account for (account,) in rows]


HOLDS = """
SELECT h.id, h.account, h.amount_minor, h.expires_at, c.lot, c.amount_minor, h.captured_minor, h.released_minor,
       h.closed_at
FROM ledger_hold AS h LEFT JOIN ledger_hold_lot AS c ON c.programme = h.programme AND c.hold = h.id
WHERE h.programme = %s AND h.id = ANY(%s::bigint[]) ORDER BY h.id, c.lot
"""


def holds(pipeline: Pipeline, programme: int, names: list[int]) -> dict[int, Hold]:
    """These holds, open or closed. Their wallets must be locked."""
    (rows,) = pipeline.ask((HOLDS, (programme, array(names))))
    return assemble_holds(rows)


RECORDED = """
SELECT id, kind, at, reverses, hold, actor, reason FROM ledger_entry
WHERE programme = %s AND (id = ANY(%s::bigint[]) OR reverses = ANY(%s::bigint[])) ORDER BY id
"""
RECORDED_POSTINGS = """
SELECT entry, account, amount_minor, sequence, balance_minor FROM ledger_posting
WHERE programme = %s AND entry = ANY(%s::bigint[])
"""
RECORDED_USES = """
SELECT entry, account, lot, amount_minor FROM ledger_lot_use WHERE programme = %s AND entry = ANY(%s::bigint[])
"""
RECORDED_DATES = """
SELECT entry, account, lot, expired_at, expires_at FROM ledger_lot_date
WHERE programme = %s AND entry = ANY(%s::bigint[])
"""
RECORDED_GRANTS = """
SELECT entry, account, id, origin, granted_minor, granted_until FROM ledger_lot
WHERE programme = %s AND account = ANY(%s::bigint[]) AND entry = ANY(%s::bigint[])
"""


def records(pipeline: Pipeline, programme: int, names: list[int]) -> dict[int, Record]:
    """These entries with what was undone of them. Their wallets must be locked."""
    (entries,) = pipeline.ask((RECORDED, (programme, array(names), array(names))))
    of_these = (programme, array(row[0] for row in entries))
    postings, uses, dates = pipeline.ask(
        (RECORDED_POSTINGS, of_these), (RECORDED_USES, of_these), (RECORDED_DATES, of_these)
    )
    accounts = array({row[1] for row in postings})
    (grants,) = pipeline.ask((RECORDED_GRANTS, (programme, accounts, of_these[1])))
    return assemble_records(entries, postings, uses, grants, dates)


LOCK_TALLIES = """
SELECT 1 FROM ledger_balance AS b
JOIN unnest(%s::bigint[], %s::bigint[]) AS k (programme, account)
  ON b.programme = k.programme AND b.account = k.account
ORDER BY b.programme, b.account FOR UPDATE OF b
"""
# What every payment writes, in one statement: starting and ending a statement costs the database as
# much as ten of its rows. A tally's postings are numbered from where the batch finds it: nobody had
# to read it before, so its row is locked for no longer than it takes to write and commit.
WRITE = """
WITH entry AS (
    INSERT INTO ledger_entry (programme, id, kind, at, reverses, hold, actor, reason)
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::bigint[], %s::bigint[],
                         %s::text[], %s::text[])
), moved AS (
    UPDATE ledger_balance AS b
    SET posted_minor = b.posted_minor + t.amount_minor, sequence = b.sequence + t.count
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
        AS t (programme, account, amount_minor, count)
    WHERE b.programme = t.programme AND b.account = t.account
    RETURNING b.programme, b.account, b.posted_minor - t.amount_minor AS posted_minor, b.sequence - t.count AS sequence
), posting AS (
    INSERT INTO ledger_posting (programme, entry, account, amount_minor, sequence, balance_minor)
    SELECT p.programme, p.entry, p.account, p.amount_minor,
           p.sequence + coalesce(m.sequence, 0), p.balance_minor + coalesce(m.posted_minor, 0)
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
        AS p (programme, entry, account, amount_minor, sequence, balance_minor)
    LEFT JOIN moved AS m ON m.programme = p.programme AND m.account = p.account
), lot_use AS (
    INSERT INTO ledger_lot_use (programme, entry, lot, account, amount_minor)
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
), lot AS (
    UPDATE ledger_lot AS l
    SET remaining_minor = n.remaining_minor, held_minor = n.held_minor, settled_minor = n.settled_minor,
        expires_at = n.expires_at, expired_minor = n.expired_minor, live = n.remaining_minor > 0
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
                %s::timestamptz[], %s::bigint[])
        AS n (programme, account, id, remaining_minor, held_minor, settled_minor, expires_at, expired_minor)
    WHERE l.programme = n.programme AND l.account = n.account AND l.id = n.id
)
UPDATE ledger_balance AS b
SET posted_minor = w.posted_minor, held_minor = w.held_minor, floor_minor = w.floor_minor,
    overdrawn_minor = w.overdrawn_minor, sequence = w.sequence, next_due = w.next_due
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
            %s::timestamptz[])
    AS w (programme, account, posted_minor, held_minor, floor_minor, overdrawn_minor, sequence, next_due)
WHERE b.programme = w.programme AND b.account = w.account
"""
INSERT_LOTS = """
INSERT INTO ledger_lot (programme, account, id, entry, origin, granted_minor, remaining_minor, held_minor,
                        settled_minor, expired_minor, granted_until, expires_at, live)
SELECT n.*, n.remaining_minor > 0
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::bigint[],
            %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
    AS n (programme, account, id, entry, origin, granted_minor, remaining_minor, held_minor, settled_minor,
          expired_minor, granted_until, expires_at)
"""
INSERT_DATES = """
INSERT INTO ledger_lot_date (programme, entry, lot, account, expired_at, expires_at)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
"""
INSERT_HOLDS = """
INSERT INTO ledger_hold (programme, id, account, amount_minor, expires_at)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[])
"""
CLOSE_HOLDS = """
UPDATE ledger_hold AS h
SET captured_minor = n.captured_minor, released_minor = n.released_minor, closed_at = n.closed_at
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[])
    AS n (programme, id, captured_minor, released_minor, closed_at)
WHERE h.programme = n.programme AND h.id = n.id
"""
DROP_CLAIMS = """
DELETE FROM ledger_hold_lot AS c USING unnest(%s::bigint[], %s::bigint[]) AS k (programme, hold)
WHERE c.programme = k.programme AND c.hold = k.hold
"""
INSERT_CLAIMS = """
INSERT INTO ledger_hold_lot (programme, hold, lot, account, amount_minor)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
"""


def save(pipeline: Pipeline, changes: Changes) -> None:
    """Write a batch's rows. Commits nothing.

    On a pipeline of its own, what the database refuses shows at the commit.
    """
    if not changes.wallets and not changes.entries:
        return
    tallies = changes.tallies()
    if len(tallies) > 1:
        # Sorted, so that two batches cannot wait for each other's tallies.
        pipeline.tell(LOCK_TALLIES, (array(p for p, _ in tallies), array(a for _, a in tallies)))
    if changes.lots_added:
        _tell_new_lots(pipeline, changes)
    pipeline.tell(
        WRITE,
        (
            *_entry_columns(changes.entries),
            *numbers([(p, a, amount, count) for (p, a), (amount, count) in tallies.items()], 4),
            *numbers(posting_rows(changes.entries), 6),
            *numbers(
                [(p, e.id, use.lot, use.account, use.amount_minor) for p, e in changes.entries for use in e.uses], 5
            ),
            *_lot_columns(changes.lots_changed),
            *_wallet_columns(changes.wallets),
        ),
    )
    _tell_dates(pipeline, changes)
    _tell_holds(pipeline, changes)
    pipeline.settle()


def _entry_columns(entries: Sequence[tuple[int, Entry]]) -> tuple[str, ...]:
    programmes, ids, reverses, holds = numbers([(p, e.id, e.reverses, e.hold) for p, e in entries], 4)
    return (
        programmes,
        ids,
        texts([e.kind for _, e in entries]),
        times([e.at for _, e in entries]),
        reverses,
        holds,
        texts([e.actor for _, e in entries]),
        texts([e.reason for _, e in entries]),
    )


def _lot_columns(changed: Sequence[tuple[int, int, Lot]]) -> tuple[str, ...]:
    *plain, expired = numbers(
        [
            (programme, account, lot.id, lot.remaining_minor, lot.held_minor, lot.settled_minor, lot.expired_minor)
            for programme, account, lot in changed
        ],
        7,
    )
    return (*plain, times([lot.expires_at for _, _, lot in changed]), expired)


def _wallet_columns(wallets: Sequence[Wallet]) -> tuple[str, ...]:
    plain = numbers(
        [
            (w.programme, w.account, w.posted_minor, w.held_minor, w.floor_minor, w.overdrawn_minor, w.sequence)
            for w in wallets
        ],
        7,
    )
    return (*plain, times([w.next_due for w in wallets]))


def _tell_dates(pipeline: Pipeline, changes: Changes) -> None:
    dates = [
        (p, entry.id, date.lot, date.account, date.expired_at, date.expires_at)
        for p, entry in changes.entries
        for date in entry.dates
    ]
    if dates:
        *keys, expired, expires = columns(dates, 6)
        pipeline.tell(INSERT_DATES, [*(array(column) for column in keys), times(expired), times(expires)])


def _tell_new_lots(pipeline: Pipeline, changes: Changes) -> None:
    rows = [
        (
            programme,
            account,
            lot.id,
            entry,
            lot.origin,
            lot.granted_minor,
            lot.remaining_minor,
            lot.held_minor,
            lot.settled_minor,
            lot.expired_minor,
            granted_until,
            lot.expires_at,
        )
        for programme, account, entry, lot, granted_until in changes.lots_added
    ]
    programmes, accounts, ids, entries, origins, *amounts, granted_until, expires_at = columns(rows, 12)
    pipeline.tell(
        INSERT_LOTS,
        [
            *(array(column) for column in (programmes, accounts, ids, entries)),
            texts(origins),
            *(array(column) for column in amounts),
            times(granted_until),
            times(expires_at),
        ],
    )


def _tell_holds(pipeline: Pipeline, changes: Changes) -> None:
    if changes.holds_placed:
        rows = [(p, hold.id, hold.wallet, hold.amount_minor, hold.expires_at) for p, hold in changes.holds_placed]
        *plain, expires_at = columns(rows, 5)
        pipeline.tell(INSERT_HOLDS, [*(array(column) for column in plain), times(expires_at)])
    if changes.holds_closed:
        closed = [
            (p, hold.id, hold.captured_minor, hold.released_minor, hold.closed_at) for p, hold in changes.holds_closed
        ]
        *plain, closed_at = columns(closed, 5)
        pipeline.tell(CLOSE_HOLDS, [*(array(column) for column in plain), times(closed_at)])
    freed = [(p, hold.id) for p, hold in changes.holds_closed + changes.holds_moved]
    if freed:
        pipeline.tell(DROP_CLAIMS, numbers(freed, 2))
    claims = [
        (p, hold.id, lot, hold.wallet, amount)
        for p, hold in changes.holds_placed + changes.holds_moved
        for lot, amount in hold.lots
    ]
    if claims:
        pipeline.tell(INSERT_CLAIMS, numbers(claims, 5))
