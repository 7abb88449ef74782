"""What the book says: balances, lots, statements. Reads only; every list in a fixed number of queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q, Sum

from groat.ledger import sqlite
from groat.ledger.core import commands
from groat.ledger.core.accounts import LAST_TALLY
from groat.ledger.core.decide import Book, decide
from groat.ledger.core.entries import Kind
from groat.ledger.core.lots import Origin
from groat.ledger.core.refusals import NoSuchWallet
from groat.ledger.core.wallet import Wallet
from groat.ledger.models import Balance, Entry, Lot, LotUse, Posting
from groat.ledger.store import assemble


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a wallet stands at an instant, what is due by then already taken off. Minor units of credit."""

    posted_minor: int
    held_minor: int
    floor_minor: int
    sequence: int

    @property
    def available_minor(self) -> int:
        """What it can pay; negative when it stands below its floor."""
        return self.posted_minor - self.held_minor - self.floor_minor

    @property
    def debt_minor(self) -> int:
        """What its owner owes."""
        return max(0, -self.posted_minor)


@dataclass(frozen=True, slots=True)
class LotLine:
    """A lot that still has credit."""

    id: int
    origin: Origin
    granted_minor: int
    remaining_minor: int
    held_minor: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class UseLine:
    """What a movement took from a lot (negative) or brought to it (positive)."""

    origin: Origin
    expires_at: datetime | None
    amount_minor: int
    since: datetime | None = None
    """When the lot that it took from was bought or given; None for what came from elsewhere."""


@dataclass(frozen=True, slots=True)
class Line:
    """A movement of a wallet, with the balance after it."""

    entry_id: int
    kind: Kind
    at: datetime
    amount_minor: int
    balance_minor: int
    sequence: int
    reverses: int | None
    actor: str
    reason: str
    uses: tuple[UseLine, ...]
    hold: int | None = None
    """What a capture closed."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A wallet at an instant, all of it read at the same moment."""

    standing: Standing
    lots: list[LotLine]
    """Those that have credit and are not due, in the order of their use."""


def look(*, programme_id: int, wallet: int, now: datetime) -> Seen:
    """One wallet, in one query; `NoSuchWallet` when the programme has none of that id."""
    read = _read(programme_id, [wallet])
    if wallet not in read:
        raise NoSuchWallet
    after = _after_what_is_due(read, now)[wallet]
    lots = [
        LotLine(lot.id, lot.origin, lot.granted_minor, lot.remaining_minor, lot.held_minor, lot.expires_at)
        for lot in after.lots
        if lot.remaining_minor
    ]
    # Where it stands in its sequence is what is booked.
    return Seen(Standing(after.posted_minor, after.held_minor, after.floor_minor, read[wallet].sequence), lots)


def balance(*, programme_id: int, wallet: int, now: datetime) -> Standing:
    """Where one wallet stands; `NoSuchWallet` when the programme has none of that id."""
    return look(programme_id=programme_id, wallet=wallet, now=now).standing


def lots(*, programme_id: int, wallet: int, now: datetime) -> list[LotLine]:
    """The wallet's lots that have credit and are not due, in the order of their use; none when there is no wallet."""
    try:
        return look(programme_id=programme_id, wallet=wallet, now=now).lots
    except NoSuchWallet:
        return []


def balances(*, programme_id: int, wallets: Iterable[int], now: datetime) -> dict[int, Standing]:
    """Where wallets stand, by id; what is due but not booked yet counts as booked."""
    names = list(wallets)
    rows = list(Balance.objects.filter(programme=programme_id, account__in=names, floor_minor__isnull=False))
    due = [row.account for row in rows if row.next_due is not None and row.next_due <= now]
    after = _after_what_is_due(_read(programme_id, due), now) if due else {}
    return {
        row.account: Standing(
            posted_minor=after[row.account].posted_minor if row.account in after else row.posted_minor,
            held_minor=after[row.account].held_minor if row.account in after else row.held_minor,
            floor_minor=row.floor_minor or 0,
            sequence=row.sequence,
        )
        for row in rows
    }


_BALANCE, _LOT, _HOLD = range(3)
_WALLETS = """
SELECT 0, account, programme, posted_minor, held_minor, floor_minor, overdrawn_minor, sequence, NULL, NULL
FROM ledger_balance WHERE programme = %s AND account IN ({names}) AND floor_minor IS NOT NULL
UNION ALL
SELECT 1, account, id, granted_minor, remaining_minor, held_minor, settled_minor, expired_minor, origin, expires_at
FROM ledger_lot WHERE programme = %s AND account IN ({names}) AND live
UNION ALL
SELECT 2, h.account, h.id, h.amount_minor, c.lot, c.amount_minor, NULL, NULL, NULL, h.expires_at
FROM ledger_hold AS h LEFT JOIN ledger_hold_lot AS c ON c.programme = h.programme AND c.hold = h.id
WHERE h.programme = %s AND h.account IN ({names}) AND h.closed_at IS NULL
ORDER BY 1, 3, 5
"""


def _read(programme_id: int, names: list[int]) -> dict[int, Wallet]:
    """Wallets as booked. By one statement, so that no payment falls between a balance and its lots."""
    parts: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
    with connection.cursor() as cursor:
        cursor.execute(_WALLETS.format(names=", ".join(["%s"] * len(names))), [programme_id, *names] * 3)
        for part, *row in cursor.fetchall():
            parts[part].append(row)
    return assemble(
        (row[:7] for row in parts[_BALANCE]),
        ((*row[:2], row[7], *row[2:6], _moment(row[8]), row[6]) for row in parts[_LOT]),
        ((row[1], row[0], row[2], _moment(row[8]), *row[3:5]) for row in parts[_HOLD]),
    )


def _moment(value: Any) -> datetime | None:
    return sqlite.moment(value) if isinstance(value, str) else value


def _after_what_is_due(wallets: dict[int, Wallet], now: datetime) -> dict[int, Wallet]:
    """Wallets as they will be when what is due by now is booked: decided by the core, and written nowhere."""
    book = Book(dict(wallets))
    for account in wallets:
        decide(book, commands.Expire(account), now=now, mint=lambda: 0)
    return book.wallets


def statement(*, programme_id: int, wallet: int, before: int | None = None, limit: int = 50) -> list[Line]:
    """The wallet's movements, newest first; `before` is the sequence from which to go on."""
    postings = Posting.objects.filter(programme=programme_id, account=wallet).order_by("-sequence")
    if before is not None:
        postings = postings.filter(sequence__lt=before)
    page = list(postings[:limit])
    names = [posting.entry for posting in page]
    entries = {entry.id: entry for entry in Entry.objects.filter(programme=programme_id, id__in=names)}
    uses = _uses(programme_id, wallet, names)
    return [
        Line(
            posting.entry,
            Kind(entries[posting.entry].kind),
            entries[posting.entry].at,
            posting.amount_minor,
            posting.balance_minor,
            posting.sequence,
            entries[posting.entry].reverses,
            entries[posting.entry].actor,
            entries[posting.entry].reason,
            tuple(uses.get(posting.entry, ())),
            entries[posting.entry].hold,
        )
        for posting in page
    ]


def _uses(programme_id: int, wallet: int, entries: list[int]) -> dict[int, list[UseLine]]:
    """By entry: the lots that it used, refilled or made, with the expiry that these have now."""
    found: dict[int, list[UseLine]] = {}
    used = list(LotUse.objects.filter(programme=programme_id, entry__in=entries, account=wallet).order_by("lot"))
    known = Lot.objects.filter(programme=programme_id, account=wallet).filter(
        Q(id__in=[use.lot for use in used]) | Q(entry__in=entries)
    )
    by_id = {lot.id: lot for lot in known}
    made_by = Entry.objects.filter(programme=programme_id, id__in={by_id[use.lot].entry for use in used})
    since = dict(made_by.filter(kind__in=[Kind.TOP_UP.value, Kind.ADJUSTMENT.value]).values_list("id", "at"))
    for lot in sorted(by_id.values(), key=lambda lot: lot.id):
        if lot.entry in entries:
            line = UseLine(Origin(lot.origin), lot.granted_until, lot.granted_minor)
            found.setdefault(lot.entry, []).append(line)
    for use in used:
        lot = by_id[use.lot]
        line = UseLine(Origin(lot.origin), lot.expires_at, use.amount_minor, since.get(lot.entry))
        found.setdefault(use.entry, []).append(line)
    return found


@dataclass(frozen=True, slots=True)
class Move:
    """A posting of a wallet with its entry, as it is replayed."""

    account: int
    entry: int
    kind: Kind
    at: datetime
    amount_minor: int
    balance_minor: int
    reverses: int | None


_HISTORY = """
SELECT p.account, e.id, e.kind, e.at, p.amount_minor, p.balance_minor, e.reverses
FROM ledger_posting AS p JOIN ledger_entry AS e ON e.programme = p.programme AND e.id = p.entry
WHERE p.programme = %s AND p.account IN ({names}) AND e.at <= %s
ORDER BY p.account, p.sequence
"""


def history(*, programme_id: int, wallets: Sequence[int], until: datetime) -> list[Move]:
    """All that moved these wallets up to an instant, wallet by wallet in its order; one query."""
    if not wallets:
        return []
    with connection.cursor() as cursor:
        names = ", ".join(["%s"] * len(wallets))
        cursor.execute(_HISTORY.format(names=names), [programme_id, *wallets, _bound(until)])
        return [
            Move(account, entry, Kind(kind), _certain(at), amount, balance, reverses)
            for account, entry, kind, at, amount, balance, reverses in cursor.fetchall()
        ]


def _bound(at: datetime) -> Any:
    """A moment as a parameter of plain SQL."""
    return connection.ops.adapt_datetimefield_value(at)


def _certain(value: Any) -> datetime:
    # SQLite's have no zone, or are text.
    found = value if isinstance(value, datetime) and value.tzinfo else sqlite.moment(value)
    if found is None:
        raise TypeError("an entry has its time")
    return found


def wallets_of(*, programme_id: int, entries: Iterable[int]) -> dict[int, dict[int, int]]:
    """By entry: the wallets that it moved, with the amounts; one query."""
    found: dict[int, dict[int, int]] = {}
    rows = Posting.objects.filter(programme=programme_id, entry__in=list(entries), account__gt=LAST_TALLY)
    for entry, account, amount_minor in rows.values_list("entry", "account", "amount_minor"):
        found.setdefault(entry, {})[account] = amount_minor
    return found


@dataclass(frozen=True, slots=True)
class Owed:
    """What a programme owes its customers and what they owe it. Minor units of credit."""

    credit_minor: int
    debt_minor: int
    wallets: int


def owed(*, programme_id: int) -> Owed:
    """The programme's outstanding credits and debts, as booked."""
    wallets = Balance.objects.filter(programme=programme_id, floor_minor__isnull=False)
    credit = wallets.filter(posted_minor__gt=0).aggregate(total=Sum("posted_minor"))["total"] or 0
    debt = wallets.filter(posted_minor__lt=0).aggregate(total=Sum("posted_minor"))["total"] or 0
    return Owed(credit, -debt, wallets.count())


def due(*, now: datetime, limit: int = 1000) -> list[tuple[int, int]]:
    """(programme, wallet) with a lot or hold that has expired and is not booked yet."""
    rows = Balance.objects.filter(next_due__lte=now).order_by("next_due").values_list("programme", "account")
    return list(rows[:limit])
