"""What both databases are told and asked: rows, and the difference a batch has made.

`postgresql` and `sqlite` do the same with the same names; nothing else knows which is in use.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from groat.ledger.core.accounts import is_tally
from groat.ledger.core.decide import Accepted, Book
from groat.ledger.core.entries import Entry
from groat.ledger.core.lots import Lot
from groat.ledger.core.wallet import Hold, Wallet

type Account = tuple[int, int]
"""(programme, account)"""


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
