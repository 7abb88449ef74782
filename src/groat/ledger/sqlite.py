"""The book on SQLite: one writer at a time, so nothing is locked; sets of keys travel as JSON."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from groat.ledger.core.reversal import Record
from groat.ledger.core.wallet import Hold, Wallet
from groat.ledger.store import Account, Changes, assemble, assemble_holds, assemble_records, posting_rows


def text(value: datetime | None) -> str | None:
    """A time as Django stores it in SQLite: UTC without saying so."""
    return None if value is None else str(value.astimezone(UTC).replace(tzinfo=None))


def moment(value: Any) -> datetime | None:
    """A time as read from SQLite."""
    if value is None:
        return None
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).replace(tzinfo=UTC)


def keys(rows: Iterable[object]) -> tuple[str]:
    """Keys as the JSON that the queries unfold."""
    return (json.dumps(list(rows)),)


BALANCES = """
SELECT b.account, b.programme, b.posted_minor, b.held_minor, b.floor_minor, b.overdrawn_minor, b.sequence
FROM json_each(?) AS k CROSS JOIN ledger_balance AS b
WHERE b.programme = k.value ->> 0 AND b.account = k.value ->> 1
"""
LOTS = """
SELECT l.account, l.id, l.origin, l.granted_minor, l.remaining_minor, l.held_minor, l.settled_minor, l.expires_at,
       l.expired_minor
FROM json_each(?) AS k CROSS JOIN ledger_lot AS l
WHERE l.programme = k.value ->> 0 AND l.account = k.value ->> 1
"""
OPEN_HOLDS = """
SELECT h.id, h.account, h.amount_minor, h.expires_at, c.lot, c.amount_minor
FROM json_each(?) AS k CROSS JOIN ledger_hold AS h
LEFT JOIN ledger_hold_lot AS c ON c.programme = h.programme AND c.hold = h.id
WHERE h.programme = k.value ->> 0 AND h.account = k.value ->> 1 AND h.closed_at IS NULL
ORDER BY h.id, c.lot
"""


def load(connection: sqlite3.Connection, accounts: Sequence[Account], *, whole: bool = False) -> dict[int, Wallet]:
    """Read the wallets: balance, lots (`whole`: used-up ones too), holds. The transaction is the lock."""
    asked = keys(accounts)
    balances = connection.execute(BALANCES, asked).fetchall()
    lots = connection.execute(LOTS if whole else LOTS + " AND l.live", asked).fetchall()
    # Most wallets have no hold: what none has need not be asked for.
    held = [(row[1], row[0]) for row in balances if row[3]]
    open_holds = connection.execute(OPEN_HOLDS, keys(held)).fetchall() if held else []
    return assemble(
        balances,
        ((*row[:7], moment(row[7]), row[8]) for row in lots),
        ((*row[:3], moment(row[3]), *row[4:]) for row in open_holds),
    )


def accounts_of(connection: sqlite3.Connection, programme: int, holds: list[int], entries: list[int]) -> list[int]:
    """The wallets that these holds and entries concern."""
    found = connection.execute(
        "SELECT h.account FROM json_each(?) AS k CROSS JOIN ledger_hold AS h "
        "WHERE h.programme = ? AND h.id = k.value UNION "
        "SELECT p.account FROM json_each(?) AS k CROSS JOIN ledger_posting AS p "
        "WHERE p.programme = ? AND p.entry = k.value AND p.account > 99",
        (*keys(holds), programme, *keys(entries), programme),
    )
    return [account for (account,) in found]


def holds(connection: sqlite3.Connection, programme: int, names: list[int]) -> dict[int, Hold]:
    """These holds, open or closed."""
    rows = connection.execute(
        "SELECT h.id, h.account, h.amount_minor, h.expires_at, c.lot, c.amount_minor, "
        "h.captured_minor, h.released_minor, h.closed_at FROM json_each(?) AS k CROSS JOIN ledger_hold AS h "
        "LEFT JOIN ledger_hold_lot AS c ON c.programme = h.programme AND c.hold = h.id "
        "WHERE h.programme = ? AND h.id = k.value ORDER BY h.id, c.lot",
        (*keys(names), programme),
    )
    return assemble_holds((*row[:3], moment(row[3]), *row[4:8], moment(row[8])) for row in rows)


def records(connection: sqlite3.Connection, programme: int, names: list[int]) -> dict[int, Record]:
    """These entries with what was undone of them."""
    asked = keys(names)
    entries = connection.execute(
        "SELECT id, kind, at, reverses, hold, actor, reason FROM ledger_entry WHERE programme = ? "
        "AND (id IN (SELECT value FROM json_each(?)) OR reverses IN (SELECT value FROM json_each(?))) ORDER BY id",
        (programme, *asked, *asked),
    ).fetchall()
    of_these = (*keys(row[0] for row in entries), programme)
    postings = connection.execute(
        "SELECT p.entry, p.account, p.amount_minor, p.sequence, p.balance_minor "
        "FROM json_each(?) AS k CROSS JOIN ledger_posting AS p WHERE p.programme = ? AND p.entry = k.value",
        of_these,
    ).fetchall()
    uses = connection.execute(
        "SELECT u.entry, u.account, u.lot, u.amount_minor "
        "FROM json_each(?) AS k CROSS JOIN ledger_lot_use AS u WHERE u.programme = ? AND u.entry = k.value",
        of_these,
    ).fetchall()
    dates = connection.execute(
        "SELECT d.entry, d.account, d.lot, d.expired_at, d.expires_at "
        "FROM json_each(?) AS k CROSS JOIN ledger_lot_date AS d WHERE d.programme = ? AND d.entry = k.value",
        of_these,
    ).fetchall()
    grants = connection.execute(
        "SELECT l.entry, l.account, l.id, l.origin, l.granted_minor, l.granted_until "
        "FROM json_each(?) AS k CROSS JOIN ledger_lot AS l WHERE l.programme = ? AND l.account = k.value "
        "AND l.entry IN (SELECT value FROM json_each(?))",
        (*keys({row[1] for row in postings}), programme, of_these[0]),
    ).fetchall()
    return assemble_records(
        ((*row[:2], moment(row[2]), *row[3:]) for row in entries),
        postings,
        uses,
        ((*row[:5], moment(row[5])) for row in grants),
        ((*row[:3], moment(row[3]), moment(row[4])) for row in dates),
    )


def save(connection: sqlite3.Connection, changes: Changes) -> None:
    """Write a batch's rows. Commits nothing."""
    if changes.entries:
        _save_entries(connection, changes)
    if changes.wallets:
        connection.executemany(
            "UPDATE ledger_balance SET posted_minor = ?, held_minor = ?, floor_minor = ?, overdrawn_minor = ?, "
            "sequence = ?, next_due = ? WHERE programme = ? AND account = ?",
            [
                (
                    w.posted_minor,
                    w.held_minor,
                    w.floor_minor,
                    w.overdrawn_minor,
                    w.sequence,
                    text(w.next_due),
                    w.programme,
                    w.account,
                )
                for w in changes.wallets
            ],
        )
    if changes.lots_added:
        connection.executemany(
            "INSERT INTO ledger_lot (programme, account, id, entry, origin, granted_minor, remaining_minor, "
            "held_minor, settled_minor, expired_minor, granted_until, expires_at, live) "
            "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            [
                (
                    programme,
                    account,
                    lot.id,
                    entry,
                    lot.origin.value,
                    lot.granted_minor,
                    lot.remaining_minor,
                    lot.held_minor,
                    lot.settled_minor,
                    lot.expired_minor,
                    text(granted_until),
                    text(lot.expires_at),
                    lot.remaining_minor > 0,
                )
                for programme, account, entry, lot, granted_until in changes.lots_added
            ],
        )
    if changes.lots_changed:
        connection.executemany(
            "UPDATE ledger_lot SET remaining_minor = ?1, held_minor = ?2, settled_minor = ?3, expires_at = ?4, "
            "expired_minor = ?5, live = ?1 > 0 WHERE programme = ?6 AND account = ?7 AND id = ?8",
            [
                (
                    lot.remaining_minor,
                    lot.held_minor,
                    lot.settled_minor,
                    text(lot.expires_at),
                    lot.expired_minor,
                    programme,
                    account,
                    lot.id,
                )
                for programme, account, lot in changes.lots_changed
            ],
        )
    _save_holds(connection, changes)


def _save_entries(connection: sqlite3.Connection, changes: Changes) -> None:
    entries = changes.entries
    bases: dict[Account, tuple[int, int]] = {}
    for (programme, account), (amount, count) in changes.tallies().items():
        ((posted, sequence),) = connection.execute(
            "UPDATE ledger_balance SET posted_minor = posted_minor + ?, sequence = sequence + ? "
            "WHERE programme = ? AND account = ? RETURNING posted_minor, sequence",
            (amount, count, programme, account),
        ).fetchall()
        bases[programme, account] = (posted - amount, sequence - count)
    rows = []
    for programme, entry, account, amount, sequence, balance in posting_rows(entries):
        posted, before = bases.get((programme, account), (0, 0))
        rows.append((programme, entry, account, amount, before + sequence, posted + balance))
    connection.executemany(
        "INSERT INTO ledger_posting (programme, entry, account, amount_minor, sequence, balance_minor) "
        "VALUES (?,?,?,?,?,?)",
        rows,
    )
    # After their postings, which they close.
    connection.executemany(
        "INSERT INTO ledger_entry (programme, id, kind, at, reverses, hold, actor, reason) VALUES (?,?,?,?,?,?,?,?)",
        [(p, e.id, e.kind.value, text(e.at), e.reverses, e.hold, e.actor, e.reason) for p, e in entries],
    )
    connection.executemany(
        "INSERT INTO ledger_lot_use (programme, entry, lot, account, amount_minor) VALUES (?,?,?,?,?)",
        [(p, entry.id, use.lot, use.account, use.amount_minor) for p, entry in entries for use in entry.uses],
    )
    connection.executemany(
        "INSERT INTO ledger_lot_date (programme, entry, lot, account, expired_at, expires_at) VALUES (?,?,?,?,?,?)",
        [
            (p, entry.id, date.lot, date.account, text(date.expired_at), text(date.expires_at))
            for p, entry in entries
            for date in entry.dates
        ],
    )


def _save_holds(connection: sqlite3.Connection, changes: Changes) -> None:
    connection.executemany(
        "INSERT INTO ledger_hold (programme, id, account, amount_minor, expires_at) VALUES (?,?,?,?,?)",
        [(p, hold.id, hold.wallet, hold.amount_minor, text(hold.expires_at)) for p, hold in changes.holds_placed],
    )
    connection.executemany(
        "UPDATE ledger_hold SET captured_minor = ?, released_minor = ?, closed_at = ? WHERE programme = ? AND id = ?",
        [
            (hold.captured_minor, hold.released_minor, text(hold.closed_at), p, hold.id)
            for p, hold in changes.holds_closed
        ],
    )
    connection.executemany(
        "DELETE FROM ledger_hold_lot WHERE programme = ? AND hold = ?",
        [(p, hold.id) for p, hold in changes.holds_closed + changes.holds_moved],
    )
    connection.executemany(
        "INSERT INTO ledger_hold_lot (programme, hold, lot, account, amount_minor) VALUES (?,?,?,?,?)",
        [
            (p, hold.id, lot, hold.wallet, amount)
            for p, hold in changes.holds_placed + changes.holds_moved
            for lot, amount in hold.lots
        ],
    )
