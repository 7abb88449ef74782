"""Undo: what goes back, and to where.

Undoing what was taken from a wallet gives it back to the very lots, with their dates; a lot that
expired meanwhile comes back with the programme's grace. What had been taken beyond the lots has
become debt: it repays that debt, or, if a later top-up has settled it, returns to that top-up's lot.

Undoing what was given to a wallet takes it from the lots that it made; what was spent of them is
taken from the wallet's other lots, and then becomes debt, below the floor if need be: the money
behind it is gone. Only a transfer is undone no further than its target can afford.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from . import commands, wallet as wallets
from .accounts import Tally, is_in_currency, is_tally
from .entries import Entry, Kind, LotDate, LotGrant, LotUse, Posting
from .lots import Lot, Origin
from .refusals import BeyondOriginal, InsufficientCredit, NotReversible
from .wallet import Wallet

if TYPE_CHECKING:
    from .decide import Draft

_FINAL = {Kind.REVERSAL, Kind.EXTENSION}


@dataclass(slots=True)
class Record:
    """An entry of the book, and what was undone of it so far."""

    entry: Entry
    undone_minor: int = 0
    """In the measure of `measure`."""
    returned: dict[int, int] = field(default_factory=dict)
    """By lot: what reversals gave back to the lots that the entry took from."""


def measure(entry: Entry) -> int:
    """By what an entry is undone in part: credits bought for a top-up, else the amount moved."""
    if any(posting.account == Tally.ISSUED for posting in entry.postings):
        return sum(abs(posting.amount_minor) for posting in entry.postings if posting.account == Tally.ISSUED)
    return max((abs(p.amount_minor) for p in entry.postings if not is_tally(p.account)), default=0)


def reverse(draft: "Draft", record: Record, command: commands.Reverse) -> int:
    """Draft the entry that undoes `command.amount_minor` of the recorded one; returns its wallet."""
    original = record.entry
    if original.kind in _FINAL:
        raise NotReversible
    whole = measure(original)
    left = whole - record.undone_minor
    amount = left if command.amount_minor is None else command.amount_minor
    if not 0 < amount <= left:
        raise BeyondOriginal(left_minor=left)

    back = {
        posting.account: _share(posting, record.undone_minor + amount, whole)
        - _share(posting, record.undone_minor, whole)
        for posting in original.postings
        if is_tally(posting.account)
    }
    against = [Posting(account, -part) for account, part in back.items() if part]
    bonus = -back.get(Tally.BONUS, 0)
    parts = [
        _give(draft, record, posting.account, amount, command)
        if posting.amount_minor < 0
        else _take(draft, record, posting.account, amount, bonus)
        for posting in original.postings
        if not is_tally(posting.account)
    ]
    draft.entries.append(
        Entry(
            draft.mint(),
            Kind.REVERSAL,
            draft.now,
            (*(part.posting for part in parts), *against),
            tuple(use for part in parts for use in part.uses),
            tuple(grant for part in parts for grant in part.grants),
            tuple(date for part in parts for date in part.dates),
            reverses=original.id,
            actor=command.actor,
            reason=command.reason,
        )
    )
    return parts[0].posting.account


def note(records: Mapping[int, Record], entry: Entry) -> None:
    """Remember a reversal, so that the next one of the same entry sees it."""
    record = records[entry.reverses or 0]
    record.undone_minor += measure(entry)
    for use in entry.uses:
        if use.amount_minor > 0:
            record.returned[use.lot] = record.returned.get(use.lot, 0) + use.amount_minor


@dataclass(frozen=True, slots=True)
class _Part:
    """What a reversal does to one wallet."""

    posting: Posting
    uses: tuple[LotUse, ...] = ()
    grants: tuple[LotGrant, ...] = ()
    dates: tuple[LotDate, ...] = ()


def _share(posting: Posting, undone_minor: int, whole_minor: int) -> int:
    """What belongs to the part undone so far: always of the whole, so that parts sum to it exactly.

    Bonus is taken back rounded up and money handed back rounded down: no split earns by rounding.
    """
    exact = abs(posting.amount_minor) * undone_minor
    if is_in_currency(posting.account):
        part = exact // whole_minor
    else:
        part = -(-exact // whole_minor)
    return part if posting.amount_minor > 0 else -part


def _give(draft: "Draft", record: Record, account: int, amount: int, command: commands.Reverse) -> _Part:
    """Give back to a wallet what the entry took from it."""
    wallet, to_lots = wallets.credit(draft.wallet(account), amount)
    lots = {lot.id: lot for lot in wallet.lots}
    origins, to_lots = _originals(record, lots, to_lots)
    wallet, dates = _renewed(wallet, origins, draft.now, command.grace)
    lots = {lot.id: lot for lot in wallet.lots}
    wallet, uses = wallets.give_back(wallet, [(lots[lot], back) for lot, back in origins])

    settlers, to_lots = _settlers(wallet, to_lots)
    wallet, more_dates = _renewed(wallet, settlers, draft.now, command.grace)
    lots = {lot.id: lot for lot in wallet.lots}
    wallet, more = wallets.give_back(wallet, [(lots[lot], back) for lot, back in settlers], from_settled=True)

    grants: tuple[LotGrant, ...] = ()
    if to_lots:
        # The debt was settled by what is no lot (it was forgiven): the credits come back as their own.
        lot = Lot(draft.mint(), Origin.REFUND, to_lots, to_lots)
        wallet, _ = wallets.grant(wallet, [lot], to_lots_minor=to_lots)
        grants = (LotGrant(account, lot),)
    wallet = wallets.settled(wallet)
    return _Part(draft.post(wallet, amount), _merged(uses + more), grants, dates + more_dates)


def _take(draft: "Draft", record: Record, account: int, amount: int, bonus: int) -> _Part:
    """Take from a wallet what the entry gave it: from the lots it made, then wherever it can."""
    wallet = draft.wallet(account)
    total = amount + bonus
    if record.entry.kind is Kind.TRANSFER and total > wallet.available_minor:
        raise InsufficientCredit(max(wallet.available_minor, 0), total - wallet.available_minor)
    granted = {grant.lot.id: grant.lot.origin for grant in record.entry.grants if grant.account == account}
    if record.entry.kind is Kind.TOP_UP:
        first = {lot: bonus if origin is Origin.BONUS else amount for lot, origin in granted.items()}
    else:
        first = dict.fromkeys(granted, total)
    wallet = _unsettled(wallet, first)
    wallet, uses = wallets.debit(wallet, total, first=first)
    return _Part(draft.post(wallet, -total), uses)


def _originals(record: Record, lots: Mapping[int, Lot], to_lots: int) -> tuple[list[tuple[int, int]], int]:
    """What goes back to which of the lots that the entry took from: the last taken first."""
    back = []
    for use in reversed(record.entry.uses):
        if use.amount_minor < 0 and use.lot in lots:
            part = min(to_lots, -use.amount_minor - record.returned.get(use.lot, 0))
            if part > 0:
                to_lots -= part
                back.append((use.lot, part))
    return back, to_lots


def _settlers(wallet: Wallet, to_lots: int) -> tuple[list[tuple[int, int]], int]:
    """What goes back to lots that settled the debt which is now undone: the latest first."""
    back = []
    for lot in sorted(wallet.lots, key=lambda lot: lot.id, reverse=True):
        part = min(to_lots, lot.settled_minor)
        if part > 0:
            to_lots -= part
            back.append((lot.id, part))
    return back, to_lots


def _renewed(
    wallet: Wallet, lots: list[tuple[int, int]], now: datetime, grace: timedelta
) -> tuple[Wallet, tuple[LotDate, ...]]:
    """Give expired lots that something returns to a new date."""
    names = {lot for lot, _ in lots}
    due = [lot for lot in wallet.lots if lot.id in names and lot.is_due(now)]
    if not due:
        return wallet, ()
    changed = [replace(lot, expires_at=now + grace) for lot in due]
    dates = tuple(LotDate(wallet.account, lot.id, lot.expires_at, now + grace) for lot in due)
    kept = tuple(lot for lot in wallet.lots if lot not in due)
    return replace(wallet, lots=tuple(sorted((*kept, *changed), key=lambda lot: lot.order))), dates


def _unsettled(wallet: Wallet, asked: Mapping[int, int]) -> Wallet:
    """Forget the debts that lots of an undone top-up had settled, as far as it is undone."""
    lots = []
    for lot in wallet.lots:
        gone = min(lot.settled_minor, max(0, asked.get(lot.id, 0) - lot.free_minor))
        lots.append(replace(lot, settled_minor=lot.settled_minor - gone) if gone else lot)
    return replace(wallet, lots=tuple(lots))


def _merged(uses: tuple[LotUse, ...]) -> tuple[LotUse, ...]:
    """One use for each lot of an entry."""
    total: dict[int, LotUse] = {}
    for use in uses:
        so_far = total[use.lot].amount_minor if use.lot in total else 0
        total[use.lot] = replace(use, amount_minor=so_far + use.amount_minor)
    return tuple(total.values())
