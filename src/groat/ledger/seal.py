"""The seal: each programme's entries in blocks, each chained to the one before by its hash.

A block holds the entries with ids after the last block's horizon and up to its own. Whoever knows
a programme's head (its last block's number and hash) can tell whether anything before it was
changed, added or taken away since. Sealing runs a few seconds behind, for a chain that each payment
had to wait for would cost most of the throughput.

What is hashed (SHA-256): the hash of the block before, 32 zero bytes for the first; then lines, each
a JSON array without spaces and a newline. The first line is [programme, number, horizon, entries,
sealed at]. Then one line an entry, in the order of ids:

    [id, kind, at, reverses, hold, actor, reason,
     [[account, amount, sequence, balance] by account],
     [[lot, account, amount] by lot],
     [[lot, account, expiry before, expiry after] by lot],
     [[lot, account, origin, granted, granted until] by lot]]

that is the entry, its postings, what it took from lots or gave back, the expiries it moved and the
lots it made. Times are microseconds since 1970. The same entries hash alike on both databases.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction

from groat import ids
from groat.ledger.models import Block

log = logging.getLogger(__name__)

BEHIND = timedelta(seconds=2)
"""Entries younger than this wait for the next block: their neighbours may still be on the way."""
MOST = 20_000
"""The largest block."""
CHUNK = 2_000
"""Entries that are read at once, whatever the size of the block."""
GATE_WAITS_MS = 150
"""How long payments may queue behind a seal that waits for those before them."""
ATTEMPTS = 3
GENESIS = bytes(32)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_UNSEALED = """
WITH RECURSIVE programme (id) AS (
    SELECT min(programme) FROM ledger_account
    UNION ALL
    SELECT (SELECT min(programme) FROM ledger_account WHERE programme > programme.id)
    FROM programme WHERE programme.id IS NOT NULL
)
SELECT id FROM programme
WHERE EXISTS (
    SELECT 1 FROM ledger_entry AS entry
    WHERE entry.programme = programme.id AND entry.id < %s AND entry.id > coalesce((
        SELECT horizon FROM ledger_block AS block
        WHERE block.programme = programme.id ORDER BY number DESC LIMIT 1
    ), 0)
)
ORDER BY id
"""
_EXTENT = """
SELECT count(*), max(id) FROM (
    SELECT id FROM ledger_entry WHERE programme = %s AND id > %s AND id < %s ORDER BY id LIMIT %s
) AS next
"""
_COUNT = "SELECT count(*) FROM ledger_entry WHERE programme = %s AND id > %s AND id <= %s"
_ENTRIES = """
SELECT id, kind, at, reverses, hold, actor, reason FROM ledger_entry
WHERE programme = %s AND id > %s AND id <= %s ORDER BY id LIMIT %s
"""
_POSTINGS = """
SELECT entry, account, amount_minor, sequence, balance_minor FROM ledger_posting
WHERE programme = %s AND entry > %s AND entry <= %s ORDER BY entry, account
"""
_USES = """
SELECT entry, lot, account, amount_minor FROM ledger_lot_use
WHERE programme = %s AND entry > %s AND entry <= %s ORDER BY entry, lot
"""
_DATES = """
SELECT entry, lot, account, expired_at, expires_at FROM ledger_lot_date
WHERE programme = %s AND entry > %s AND entry <= %s ORDER BY entry, lot
"""
# By way of the postings that gave something, whose account leads to the lots: no lot is made without.
_GRANTS = """
SELECT lot.entry, lot.id, lot.account, lot.origin, lot.granted_minor, lot.granted_until
FROM ledger_posting AS posting
JOIN ledger_lot AS lot ON lot.programme = posting.programme AND lot.account = posting.account
    AND lot.entry = posting.entry
WHERE posting.programme = %s AND posting.entry > %s AND posting.entry <= %s AND posting.amount_minor > 0
ORDER BY lot.entry, lot.id
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """A block that is hashed but not closed yet."""

    programme: int
    number: int
    after: int
    horizon: int
    entries: int
    previous: bytes
    sealed_at: datetime


def head(*, programme_id: int) -> Block | None:
    """The programme's last block; None before its first."""
    return Block.objects.filter(programme=programme_id).order_by("-number").first()


def unsealed(*, now: datetime) -> list[int]:
    """The programmes that have entries to seal."""
    return [programme for (programme,) in _rows(_UNSEALED, (_limit(now),))]


def seal(*, programme_id: int, now: datetime) -> int:
    """Seal the programme's next block; returns how many entries it holds.

    0 when nothing is to be sealed, when another process was faster, or when payments are too busy to
    let the gate be closed: the next call makes up for it. Must not run inside a transaction.
    """
    for _ in range(ATTEMPTS):
        draft = _draft(programme_id, now)
        if draft is None:
            return 0
        hashed = digest(draft)
        if hashed is None:
            continue
        try:
            closed = _close(draft, hashed)
        except IntegrityError:
            return 0  # another process has sealed this block
        except OperationalError as error:
            log.info("programme %d is too busy to be sealed now: %s", programme_id, error)
            return 0
        if closed:
            return draft.entries
    log.info("programme %d would not stand still to be sealed", programme_id)
    return 0


def seal_all(*, now: datetime) -> int:
    """Seal the next block of every programme that has something to seal; returns how many entries were."""
    sealed = 0
    for programme in unsealed(now=now):
        try:
            sealed += seal(programme_id=programme, now=now)
        except Exception:
            # The others' entries shall not wait for this one's.
            log.exception("programme %d could not be sealed", programme)
    return sealed


def digest(draft: Draft, *, passed: Callable[[int], None] | None = None) -> bytes | None:
    """The block's hash as the tables have it; None when they do not hold as many entries as it says.

    `passed` is told how many entries were read, as they are.
    """
    header = (draft.programme, draft.number, draft.horizon, draft.entries, _us(draft.sealed_at))
    hashed = hashlib.sha256(draft.previous)
    hashed.update(_line(header))
    count = 0
    for lines in _contents(draft.programme, draft.after, draft.horizon):
        count += len(lines)
        hashed.update(b"".join(lines))
        if passed:
            passed(len(lines))
    return hashed.digest() if count == draft.entries else None


def _draft(programme: int, now: datetime) -> Draft | None:
    last = head(programme_id=programme)
    number, after, previous = (last.number, last.horizon, bytes(last.hash)) if last else (0, 0, GENESIS)
    ((entries, horizon),) = _rows(_EXTENT, (programme, after, _limit(now), MOST))
    return Draft(programme, number + 1, after, horizon, entries, previous, now) if entries else None


def _close(draft: Draft, hashed: bytes) -> bool:
    """Write the block, unless an entry came into its range meanwhile.

    For the instant of this transaction nobody adds entries: who was about to has finished before it,
    and who comes after it is told by the trigger when an id is behind the horizon.
    """
    with transaction.atomic():
        # SQLite's transaction is the gate: it has begun as a writing one.
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = {GATE_WAITS_MS}")
                cursor.execute("LOCK TABLE ledger_entry IN SHARE MODE")
        ((count,),) = _rows(_COUNT, (draft.programme, draft.after, draft.horizon))
        if count != draft.entries:
            return False
        Block.objects.bulk_create(
            [
                Block(
                    programme=draft.programme,
                    number=draft.number,
                    horizon=draft.horizon,
                    entries=draft.entries,
                    previous=draft.previous,
                    hash=hashed,
                    sealed_at=draft.sealed_at,
                )
            ]
        )
    return True


def _contents(programme: int, after: int, horizon: int) -> Iterator[list[bytes]]:
    """The lines of the entries in a range, a chunk at a time."""
    while entries := _rows(_ENTRIES, (programme, after, horizon, CHUNK)):
        part = (programme, after, entries[-1][0])
        postings = _by_entry(_rows(_POSTINGS, part))
        uses = _by_entry(_rows(_USES, part))
        dates = _by_entry((*row[:3], _us(row[3]), _us(row[4])) for row in _rows(_DATES, part))
        grants = _by_entry((*row[:5], _us(row[5])) for row in _rows(_GRANTS, part))
        yield [
            _line(
                (
                    *(entry, kind, _us(at), reverses, hold, actor, reason),
                    *(rows.get(entry, []) for rows in (postings, uses, dates, grants)),
                )
            )
            for entry, kind, at, reverses, hold, actor, reason in entries
        ]
        after = part[2]


def _by_entry(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    grouped: dict[int, list[tuple[Any, ...]]] = {}
    for entry, *rest in rows:
        grouped.setdefault(entry, []).append(tuple(rest))
    return grouped


def _line(values: tuple[Any, ...]) -> bytes:
    return json.dumps(values, separators=(",", ":")).encode() + b"\n"


def _us(value: datetime | None) -> int | None:
    """Microseconds since 1970. SQLite's times come without their zone, which is UTC."""
    if value is None:
        return None
    return ((value if value.tzinfo else value.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND


def _limit(now: datetime) -> int:
    return ids.lowest_at(int((now - BEHIND).timestamp() * 1000))


def _rows(sql: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
