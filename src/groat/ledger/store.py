"""What both databases are told and asked: rows, and the difference a batch has made.

`postgresql` and `sqlite` do the same with the same names; nothing else knows which is in use.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from groat.ledger.core.accounts import is_tally
from groat.ledger.core.decide import Accepted, Book
from groat.ledger.core.entries import Entry, Kind, LotDate, LotGrant, LotUse, Posting
from groat.ledger.core.lots import Lot, Origin
from groat.ledger.core.reversal import Record, note
from groat.ledger.core.wallet import Hold, Wallet

type Account = tuple[int, int]
"""(programme, account)"""

ORIGINS = {origin.value: origin for origin in Origin}


@dataclass(slots=True)
class Changes:
    """The rows that a batch adds and changes, table by table."""

    entries: list[tuple[int, Entry]] = field(default_factory=list)
    """(programme, entry)"""
    wallets: list[Wallet] = field(default_factory=list)
    lots_added: list[tuple[int, int, int, Lot, datetime | None]] = field(default_factory=list)
    """(programme, account, entry, lot as it stands now, expiry with which it was made)"""
    lots_changed: list[tuple[int, int, Lot]] = field(default_factory=list)
    """(programme, account, lot)"""
    holds_placed: list[tuple[int, Hold]] = field(default_factory=list)
    holds_closed: list[tuple[int, Hold]] = field(default_factory=list)
    holds_moved: list[tuple[int, Hold]] = field(default_factory=list)
    """Open holds whose claims on lots changed."""

    def tallies(self) -> dict[Account, tuple[int, int]]:
        """By tally, in the order in which they are locked: the amount added and the number of postings."""
        sums: dict[Account, tuple[int, int]] = {}
        for programme, entry in self.entries:
            for posting in entry.postings:
                if is_tally(posting.account):
                    amount, count = sums.get((programme, posting.account), (0, 0))
                    sums[programme, int(posting.account)] = (amount + posting.amount_minor, count + 1)
        return dict(sorted(sums.items()))


def difference(loaded: Mapping[int, Wallet], book: Book, accepted: Iterable[tuple[int, Accepted]]) -> Changes:
    """What must be written so that the book as loaded becomes the book as decided."""
    changes = Changes()
    granted: dict[int, tuple[int, datetime | None]] = {}
    for programme, done in accepted:
        for entry in done.entries:
            changes.entries.append((programme, entry))
            for grant in entry.grants:
                granted[grant.lot.id] = (entry.id, grant.lot.expires_at)
    for account, before in loaded.items():
        after = book.wallets[account]
        if after is before:
            continue
        changes.wallets.append(after)
        _compare_lots(changes, before, after, granted)
        _compare_holds(changes, before, after, book)
    return changes


def _compare_lots(
    changes: Changes, before: Wallet, after: Wallet, granted: Mapping[int, tuple[int, datetime | None]]
) -> None:
    known = {lot.id: lot for lot in before.lots}
    for lot in after.lots:
        old = known.get(lot.id)
        if old is None:
            entry, granted_until = granted[lot.id]
            changes.lots_added.append((after.programme, after.account, entry, lot, granted_until))
        elif old is not lot and old != lot:
            changes.lots_changed.append((after.programme, after.account, lot))


def _compare_holds(changes: Changes, before: Wallet, after: Wallet, book: Book) -> None:
    known = {hold.id: hold for hold in before.holds}
    still = {hold.id: hold for hold in after.holds}
    for hold in after.holds:
        old = known.get(hold.id)
        if old is None:
            changes.holds_placed.append((after.programme, hold))
        elif old.lots != hold.lots:
            changes.holds_moved.append((after.programme, hold))
    for hold_id in known:
        if hold_id not in still:
            changes.holds_closed.append((after.programme, book.holds[hold_id]))


class TornWallet(Exception):
    """A wallet's lots do not add up to its balance: they were read at two different moments, or the book is damaged.

    Nothing may be decided on it. Whoever reads it again finds out which of the two it is.
    """


def assemble(
    balances: Iterable[tuple[Any, ...]], lots: Iterable[tuple[Any, ...]], holds: Iterable[tuple[Any, ...]]
) -> dict[int, Wallet]:
    """Wallets from their rows; raises `TornWallet`."""
    by_account: dict[int, list[Lot]] = {}
    for account, lot_id, origin, granted, remaining, held, settled, expires_at, expired in lots:
        lot = Lot(lot_id, ORIGINS[origin], granted, remaining, held, settled, expires_at, expired)
        by_account.setdefault(account, []).append(lot)
    open_holds: dict[int, list[Hold]] = {}
    for hold in assemble_holds((*row, 0, 0, None) for row in holds).values():
        open_holds.setdefault(hold.wallet, []).append(hold)
    wallets = {}
    for account, programme, posted, held, floor, overdrawn, sequence in balances:
        own = by_account.get(account, [])
        if sum([lot.remaining_minor for lot in own]) != max(0, posted):
            raise TornWallet(account)
        if len(own) > 1:
            own.sort(key=_order)
        wallets[account] = Wallet(
            account,
            posted,
            held,
            floor,
            overdrawn,
            sequence,
            tuple(own),
            tuple(open_holds.get(account, ())),
            programme,
        )
    return wallets


def _order(lot: Lot) -> Any:
    return lot.order


def assemble_holds(rows: Iterable[tuple[Any, ...]]) -> dict[int, Hold]:
    """Holds from rows of hold and claim."""
    found: dict[int, tuple[tuple[Any, ...], list[tuple[int, int]]]] = {}
    for hold_id, account, amount, expires_at, lot, claimed, captured, released, closed_at in rows:
        _, claims = found.setdefault(hold_id, ((account, amount, expires_at, captured, released, closed_at), []))
        if lot is not None:
            claims.append((lot, claimed))
    return {
        hold_id: Hold(hold_id, account, amount, expires_at, tuple(claims), captured, released, closed_at)
        for hold_id, ((account, amount, expires_at, captured, released, closed_at), claims) in found.items()
    }


def assemble_records(
    entries: Iterable[tuple[Any, ...]],
    postings: Iterable[tuple[Any, ...]],
    uses: Iterable[tuple[Any, ...]],
    grants: Iterable[tuple[Any, ...]],
    dates: Iterable[tuple[Any, ...]],
) -> dict[int, Record]:
    """Records from the rows of entries and of those that reverse them, in any order."""
    parts: dict[int, tuple[list[Posting], list[LotUse], list[LotGrant], list[LotDate]]] = {}
    # Reversals last, whatever their ids: another machine's clock may have been behind when it minted one.
    rows = sorted(entries, key=lambda row: row[3] is not None)
    for row in rows:
        parts[row[0]] = ([], [], [], [])
    for entry_id, *posting in postings:
        parts[entry_id][0].append(Posting(*posting))
    for entry_id, *used in uses:
        parts[entry_id][1].append(LotUse(*used))
    for entry_id, account, lot, origin, granted, until in grants:
        parts[entry_id][2].append(LotGrant(account, Lot(lot, ORIGINS[origin], granted, granted, expires_at=until)))
    for entry_id, *date in dates:
        parts[entry_id][3].append(LotDate(*date))
    found: dict[int, Record] = {}
    for entry_id, kind, at, reverses, hold, actor, reason in rows:
        posted, used, granted, dated = parts[entry_id]
        own = (tuple(posted), tuple(used), tuple(granted), tuple(dated))
        entry = Entry(entry_id, Kind(kind), at, *own, reverses, hold, actor, reason)
        if reverses in found:
            note(found, entry)
        found[entry_id] = Record(entry)
    return found


def posting_rows(entries: Iterable[tuple[int, Entry]]) -> list[tuple[int, int, int, int, int, int]]:
    """Postings as rows: a wallet's with its sequence and balance, a tally's counted from this batch's start."""
    rows = []
    running: dict[Account, tuple[int, int]] = {}
    for programme, entry in entries:
        for posting in entry.postings:
            account, amount = int(posting.account), posting.amount_minor
            if is_tally(account):
                balance, sequence = running.get((programme, account), (0, 0))
                balance, sequence = balance + amount, sequence + 1
                running[programme, account] = balance, sequence
            else:
                balance, sequence = posting.balance_minor or 0, posting.sequence or 0
            rows.append((programme, entry.id, account, amount, sequence, balance))
    return rows
