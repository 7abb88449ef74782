"""The book on PostgreSQL: sets of rows as arrays, and one round trip for all reads, one for all writes."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from groat.ledger.core.reversal import Record
from groat.ledger.core.wallet import Hold, Wallet
from groat.ledger.pipeline import Pipeline
from groat.ledger.store import Account, Changes, assemble, assemble_holds, assemble_records, posting_rows


def array(values: Iterable[object]) -> str:
    """An array literal; our own, for the driver's dumping of lists costs twice as much."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def texts(values: Iterable[str]) -> str:
    """An array literal of strings."""
    quoted = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
    return '{"' + '","'.join(quoted) + '"}' if quoted else "{}"


def times(values: Iterable[datetime | None]) -> str:
    """An array literal of times."""
    return array(None if value is None else f'"{value.isoformat()}"' for value in values)


def blobs(values: Iterable[bytes]) -> str:
    """An array literal of bytes."""
    return "{" + ",".join([f'"\\\\x{value.hex()}"' for value in values]) + "}"


def columns(rows: Sequence[tuple[Any, ...]], count: int) -> list[tuple[Any, ...]]:
    """Rows turned into columns, also when there are none."""
    return list(zip(*rows, strict=True)) if rows else [()] * count


LOCK = """
SELECT b.account, b.programme, b.posted_minor, b.held_minor, b.floor_minor, b.overdrawn_minor, b.sequence
FROM ledger_balance AS b
JOIN unnest(%s::bigint[], %s::bigint[]) AS k (programme, account)
  ON b.programme = k.programme AND b.account = k.account
ORDER BY b.account
FOR UPDATE OF b
"""
LOTS = """
SELECT l.account, l.id, l.origin, l.granted_minor, l.remaining_minor, l.held_minor, l.settled_minor, l.expires_at,
       l.expired_minor
FROM unnest(%s::bigint[], %s::bigint[]) AS k (programme, account)
JOIN ledger_lot AS l ON l.programme = k.programme AND l.account = k.account
"""
LIVE_LOTS = LOTS + " AND l.live"
OPEN_HOLDS = """
SELECT h.id, h.account, h.amount_minor, h.expires_at, c.lot, c.amount_minor
FROM unnest(%s::bigint[], %s::bigint[]) AS k (programme, account)
JOIN ledger_hold AS h ON h.programme = k.programme AND h.account = k.account AND h.closed_at IS NULL
LEFT JOIN ledger_hold_lot AS c ON c.programme = h.programme AND c.hold = h.id
ORDER BY h.id, c.lot
"""


def load(pipeline: Pipeline, accounts: Sequence[Account], *, whole: bool = False) -> dict[int, Wallet]:
    """Lock the wallets, in ascending order, and read them: balance, lots (`whole`: used-up ones too), holds.

    The lots are read by a statement of their own after the lock: one that waits for a lock goes on
    with the other tables as they were before it waited.
    """
    keys = (array(programme for programme, _ in accounts), array(account for _, account in accounts))
    balances, lots = pipeline.ask((LOCK, keys), (LOTS if whole else LIVE_LOTS, keys))
    # Few wallets have a hold, and only of those need it be asked.
    held = [(row[1], row[0]) for row in balances if row[3]]
    open_holds = pipeline.ask((OPEN_HOLDS, [array(column) for column in columns(held, 2)]))[0] if held else []
    return assemble(balances, lots, open_holds)


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


INSERT_ENTRIES = """
INSERT INTO ledger_entry (programme, id, kind, at, reverses, hold, actor, reason)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::bigint[], %s::bigint[],
                     %s::text[], %s::text[])
"""
LOCK_TALLIES = """
SELECT 1 FROM ledger_balance AS b
JOIN unnest(%s::bigint[], %s::bigint[]) AS k (programme, account)
  ON b.programme = k.programme AND b.account = k.account
ORDER BY b.programme, b.account FOR UPDATE OF b
"""
# A tally's postings are numbered from where the batch finds it: nobody had to read it before, so
# its row is locked for no longer than it takes to write and commit.
INSERT_POSTINGS = """
WITH moved AS (
    UPDATE ledger_balance AS b
    SET posted_minor = b.posted_minor + t.amount_minor, sequence = b.sequence + t.count
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
        AS t (programme, account, amount_minor, count)
    WHERE b.programme = t.programme AND b.account = t.account
    RETURNING b.programme, b.account, b.posted_minor - t.amount_minor AS posted_minor, b.sequence - t.count AS sequence
)
INSERT INTO ledger_posting (programme, entry, account, amount_minor, sequence, balance_minor)
SELECT p.programme, p.entry, p.account, p.amount_minor,
       p.sequence + coalesce(m.sequence, 0), p.balance_minor + coalesce(m.posted_minor, 0)
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
    AS p (programme, entry, account, amount_minor, sequence, balance_minor)
LEFT JOIN moved AS m ON m.programme = p.programme AND m.account = p.account
"""
UPDATE_BALANCES = """
UPDATE ledger_balance AS b
SET posted_minor = w.posted_minor, held_minor = w.held_minor, floor_minor = w.floor_minor,
    overdrawn_minor = w.overdrawn_minor, sequence = w.sequence, next_due = w.next_due
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
            %s::timestamptz[])
    AS w (programme, account, posted_minor, held_minor, floor_minor, overdrawn_minor, sequence, next_due)
WHERE b.programme = w.programme AND b.account = w.account
"""
UPDATE_LOTS = """
UPDATE ledger_lot AS l
SET remaining_minor = n.remaining_minor, held_minor = n.held_minor, settled_minor = n.settled_minor,
    expires_at = n.expires_at, expired_minor = n.expired_minor, live = n.remaining_minor > 0
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[],
            %s::bigint[])
    AS n (programme, account, id, remaining_minor, held_minor, settled_minor, expires_at, expired_minor)
WHERE l.programme = n.programme AND l.account = n.account AND l.id = n.id
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
INSERT_USES = """
INSERT INTO ledger_lot_use (programme, entry, lot, account, amount_minor)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
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
    """Write a batch's rows, each table in one statement. Commits nothing.

    On a pipeline of its own, what the database refuses shows at the commit.
    """
    if changes.entries:
        _tell_entries(pipeline, changes)
    if changes.wallets:
        _tell_balances(pipeline, changes.wallets)
    if changes.lots_added:
        _tell_new_lots(pipeline, changes)
    if changes.lots_changed:
        _tell_lots(pipeline, changes)
    _tell_holds(pipeline, changes)
    pipeline.settle()


def _tell_balances(pipeline: Pipeline, wallets: Sequence[Wallet]) -> None:
    pipeline.tell(
        UPDATE_BALANCES,
        (
            array(w.programme for w in wallets),
            array(w.account for w in wallets),
            array(w.posted_minor for w in wallets),
            array(w.held_minor for w in wallets),
            array(w.floor_minor for w in wallets),
            array(w.overdrawn_minor for w in wallets),
            array(w.sequence for w in wallets),
            times(w.next_due for w in wallets),
        ),
    )


def _tell_lots(pipeline: Pipeline, changes: Changes) -> None:
    changed = changes.lots_changed
    pipeline.tell(
        UPDATE_LOTS,
        (
            array(programme for programme, _, _ in changed),
            array(account for _, account, _ in changed),
            array(lot.id for _, _, lot in changed),
            array(lot.remaining_minor for _, _, lot in changed),
            array(lot.held_minor for _, _, lot in changed),
            array(lot.settled_minor for _, _, lot in changed),
            times(lot.expires_at for _, _, lot in changed),
            array(lot.expired_minor for _, _, lot in changed),
        ),
    )


def _tell_entries(pipeline: Pipeline, changes: Changes) -> None:
    entries = changes.entries
    pipeline.tell(
        INSERT_ENTRIES,
        (
            array(programme for programme, _ in entries),
            array(entry.id for _, entry in entries),
            array(entry.kind for _, entry in entries),
            times(entry.at for _, entry in entries),
            array(entry.reverses for _, entry in entries),
            array(entry.hold for _, entry in entries),
            texts(entry.actor for _, entry in entries),
            texts(entry.reason for _, entry in entries),
        ),
    )
    tallies = changes.tallies()
    if len(tallies) > 1:
        # Sorted, so that two batches cannot wait for each other's tallies.
        pipeline.tell(LOCK_TALLIES, (array(p for p, _ in tallies), array(a for _, a in tallies)))
    moved = columns([(p, a, amount, count) for (p, a), (amount, count) in tallies.items()], 4)
    pipeline.tell(INSERT_POSTINGS, [array(column) for column in moved + columns(posting_rows(entries), 6)])
    uses = [(p, entry.id, use.lot, use.account, use.amount_minor) for p, entry in entries for use in entry.uses]
    if uses:
        pipeline.tell(INSERT_USES, [array(column) for column in columns(uses, 5)])
    dates = [
        (p, entry.id, date.lot, date.account, date.expired_at, date.expires_at)
        for p, entry in entries
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
    *plain, granted_until, expires_at = columns(rows, 12)
    pipeline.tell(INSERT_LOTS, [*(array(column) for column in plain), times(granted_until), times(expires_at)])


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
        pipeline.tell(DROP_CLAIMS, [array(column) for column in columns(freed, 2)])
    claims = [
        (p, hold.id, lot, hold.wallet, amount)
        for p, hold in changes.holds_placed + changes.holds_moved
        for lot, amount in hold.lots
    ]
    if claims:
        pipeline.tell(INSERT_CLAIMS, [array(column) for column in columns(claims, 5)])
