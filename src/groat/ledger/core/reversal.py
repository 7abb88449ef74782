"""Undo: what goes back, and to where.

Undoing what was taken from a wallet gives it back to the very lots, with their dates; a lot that
expired meanwhile comes back with the programme's grace. What had been taken beyond the lots has
become debt: it repays that debt, or, if a later top-up has settled it, returns to that top-up's lot.

Undoing what was given to a wallet takes it from the lots that it made. What had expired of them
comes back from breakage, for nobody had it. What was spent of them is taken from the wallet's other
lots, and then becomes debt, below the floor if need be: the money behind it is gone. The dates that
a top-up had moved go back when all of it is undone. Only a transfer is undone no further than its
target can afford.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from . import commands
from . import wallet as wallets
from .accounts import Tally, is_in_currency, is_tally
from .entries import Entry, Kind, LotDate, LotGrant, LotUse, Posting
from .lots import NEVER, Lot, Origin
from .refusals import BeyondOriginal, InsufficientCredit, NotReversible
from .values import value
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
    """By what an entry is undone in part: credits bought for a top-up, else the amount given or moved."""
    amounts = {posting.account: abs(posting.amount_minor) for posting in entry.postings}
    given = amounts.get(Tally.ISSUED) or amounts.get(Tally.ADJUSTMENTS)
    return given or max((amount for account, amount in amounts.items() if not is_tally(account)), default=0)


def reverse(draft: "Draft", record: Record, command: commands.Reverse) -> int:
    """Draft the entry that undoes `command.amount_minor` of the recorded one; returns its wallet."""
    original = record.entry
    if original.kind in _FINAL:
        raise NotReversible
    whole = measure(original)
    left = _left(draft, record, whole)
    amount = left if command.amount_minor is None else command.amount_minor
    if not 0 < amount <= left:
        raise BeyondOriginal(left_minor=left)

    back = {
        posting.account: _share(posting, record.undone_minor + amount, whole)
        - _share(posting, record.undone_minor, whole)
        for posting in original.postings
        if is_tally(posting.account)
    }
    bonus = -back.get(Tally.BONUS, 0)
    parts = [
        _give(draft, record, posting.account, amount, command)
        if posting.amount_minor < 0
        else _take(draft, record, posting.account, amount, bonus, command)
        for posting in _own(original)
    ]
    unexpired = sum(part.unexpired_minor for part in parts)
    if unexpired:
        back[Tally.BREAKAGE] = unexpired
    draft.write(
        Entry(
            draft.mint(),
            Kind.REVERSAL,
            draft.now,
            (
                *(part.posting for part in parts if part.posting),
                *(Posting(account, -amount) for account, amount in back.items() if amount),
            ),
            tuple(use for part in parts for use in part.uses),
            tuple(grant for part in parts for grant in part.grants),
            tuple(date for part in parts for date in part.dates),
            reverses=original.id,
            actor=command.actor,
            reason=command.reason,
        )
    )
    return _own(original)[0].account


def _own(entry: Entry) -> list[Posting]:
    """An entry's postings to wallets, the source of a transfer first."""
    own = [posting for posting in entry.postings if not is_tally(posting.account)]
    return sorted(own, key=lambda posting: posting.amount_minor)


def note(records: Mapping[int, Record], entry: Entry) -> None:
    """Remember a reversal, so that the next one of the same entry sees it."""
    record = records[entry.reverses or 0]
    record.undone_minor += measure(entry)
    for use in entry.uses:
        if use.amount_minor > 0:
            record.returned[use.lot] = record.returned.get(use.lot, 0) + use.amount_minor


@value(frozen=True, slots=True)
class _Part:
    """What a reversal does to one wallet."""

    posting: Posting | None
    """None when all of it comes back from breakage: the wallet's balance stays."""
    uses: tuple[LotUse, ...] = ()
    grants: tuple[LotGrant, ...] = ()
    dates: tuple[LotDate, ...] = ()
    unexpired_minor: int = 0
    """What comes back from breakage."""


def _left(draft: "Draft", record: Record, whole: int) -> int:
    """How much can still be undone."""
    left = whole - record.undone_minor
    if record.entry.kind is Kind.EXPIRY:
        # An undone top-up may have had its share of the breakage back.
        wallet = draft.wallet(_own(record.entry)[0].account)
        left = min(left, sum(part for _, part in _originals(record, wallet, left)))
    return left


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
    wallet = draft.wallet(account)
    origins = _originals(record, wallet, amount)
    if record.entry.kind is Kind.EXPIRY:
        wallet = _unexpired(wallet, dict(origins))
    wallet, to_lots = wallets.credit(wallet, amount)
    origins = _first(origins, to_lots)
    wallet, uses = wallets.give_back(wallet, origins)
    to_lots -= sum(part for _, part in origins)
    settlers = _settlers(wallet, to_lots)
    wallet, more = wallets.give_back(wallet, settlers, from_settled=True)
    to_lots -= sum(part for _, part in settlers)
    wallet, dates = _renewed(wallet, origins + settlers, draft.now, command.grace)

    grants: tuple[LotGrant, ...] = ()
    if to_lots:
        # The debt was settled by what is no lot (it was forgiven): the credits come back as their own.
        lot = Lot(draft.mint(), Origin.REFUND, to_lots, to_lots)
        wallet, _ = wallets.grant(wallet, [lot], to_lots_minor=to_lots)
        grants = (LotGrant(account, lot),)
    return _Part(draft.post(wallet, amount), _merged(uses + more), grants, dates)


def _take(draft: "Draft", record: Record, account: int, amount: int, bonus: int, command: commands.Reverse) -> _Part:
    """Take from a wallet what the entry gave it: from the lots it made, then wherever it can."""
    wallet = draft.wallet(account)
    kind, total = record.entry.kind, amount + bonus
    if kind is Kind.TRANSFER and total > wallet.available_minor:
        raise InsufficientCredit(max(wallet.available_minor, 0), total - wallet.available_minor)
    wallet, dates = _redated(record, wallet, amount, draft.now, command.grace)
    first: dict[int, int] = {}
    unexpired = 0
    for lots, share in _shares(record.entry, account, amount, bonus):
        first |= dict.fromkeys(lots, share)
        wallet, back = _recalled(wallet, lots, share, expired_too=kind is not Kind.TRANSFER)
        unexpired += back
    if total == unexpired:
        draft.change(wallet)
        return _Part(None, dates=dates, unexpired_minor=unexpired)
    wallet, uses = wallets.debit(wallet, total - unexpired, first=first)
    return _Part(draft.post(wallet, unexpired - total), uses, (), dates, unexpired)


def _originals(record: Record, wallet: Wallet, amount: int) -> list[tuple[int, int]]:
    """What of an amount goes back to which of the lots that the entry took from: last used first."""
    taken = {use.lot: -use.amount_minor for use in record.entry.uses if use.account == wallet.account}
    parts = []
    for lot in reversed(wallet.lots):
        left = max(0, taken.get(lot.id, 0) - record.returned.get(lot.id, 0))
        parts.append((lot.id, min(left, lot.expired_minor) if record.entry.kind is Kind.EXPIRY else left))
    return _first(parts, amount)


def _first(parts: Iterable[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """The first of these (lot, amount), together at most so much."""
    cut = []
    for lot, amount in parts:
        part = min(amount, most)
        if part:
            most -= part
            cut.append((lot, part))
    return cut


def _settlers(wallet: Wallet, to_lots: int) -> list[tuple[int, int]]:
    """What goes back to lots that settled the debt which is now undone: the latest first."""
    latest = sorted(wallet.lots, key=lambda lot: lot.id, reverse=True)
    return _first(((lot.id, lot.settled_minor) for lot in latest), to_lots)


def _renewed(
    wallet: Wallet, lots: Iterable[tuple[int, int]], now: datetime, grace: timedelta
) -> tuple[Wallet, tuple[LotDate, ...]]:
    """Give expired lots that something returned to a new date, unless holds have all of it."""
    names = {lot for lot, _ in lots}
    due = [lot for lot in wallet.lots if lot.id in names and lot.is_due(now) and lot.free_minor]
    return _dated(wallet, {lot.id: now + grace for lot in due})


def _redated(
    record: Record, wallet: Wallet, amount: int, now: datetime, grace: timedelta
) -> tuple[Wallet, tuple[LotDate, ...]]:
    """Take back the extension by a top-up of which nothing is left; never to a date that has passed."""
    if record.undone_minor + amount < measure(record.entry):
        return wallet, ()
    own = {lot.id: lot for lot in wallet.lots if lot.remaining_minor}
    dates = {}
    for moved in record.entry.dates:
        lot = own.get(moved.lot)
        if lot and lot.expires_at == moved.expires_at and moved.expired_at:
            earlier = moved.expired_at if moved.expired_at > now else now + grace
            if earlier < (lot.expires_at or NEVER):
                dates[lot.id] = earlier
    return _dated(wallet, dates)


def _dated(wallet: Wallet, dates: Mapping[int, datetime]) -> tuple[Wallet, tuple[LotDate, ...]]:
    """Move the expiry of these lots."""
    if not dates:
        return wallet, ()
    moved = [lot for lot in wallet.lots if lot.id in dates]
    wallet = wallets.with_lots(wallet, [replace(lot, expires_at=dates[lot.id]) for lot in moved])
    return wallet, tuple(LotDate(wallet.account, lot.id, lot.expires_at, dates[lot.id]) for lot in moved)


def _shares(entry: Entry, account: int, amount: int, bonus: int) -> list[tuple[list[int], int]]:
    """How much is taken back from which of the lots that the entry made."""
    lots = [grant.lot for grant in entry.grants if grant.account == account]
    given = [lot.id for lot in lots if lot.origin is Origin.BONUS] if entry.kind is Kind.TOP_UP else []
    return [(given, bonus), ([lot.id for lot in lots if lot.id not in given], amount)]


def _recalled(wallet: Wallet, lots: Collection[int], share: int, *, expired_too: bool) -> tuple[Wallet, int]:
    """Where lots lack their share: what of it comes back from breakage, and forget the debts they settled."""
    own = [lot for lot in wallet.lots if lot.id in lots]
    short = max(0, share - sum(lot.free_minor for lot in own))
    changed, unexpired = {}, 0
    for lot in own:
        back = min(short, lot.expired_minor) if expired_too else 0
        settled = min(short - back, lot.settled_minor)
        short -= back + settled
        unexpired += back
        changed[lot.id] = replace(
            lot, expired_minor=lot.expired_minor - back, settled_minor=lot.settled_minor - settled
        )
    return replace(wallet, lots=tuple(changed.get(lot.id, lot) for lot in wallet.lots)), unexpired


def _unexpired(wallet: Wallet, back: Mapping[int, int]) -> Wallet:
    """The wallet with so much less of its lots expired."""
    return replace(
        wallet,
        lots=tuple(
            replace(lot, expired_minor=lot.expired_minor - back[lot.id]) if lot.id in back else lot
            for lot in wallet.lots
        ),
    )


def _merged(uses: tuple[LotUse, ...]) -> tuple[LotUse, ...]:
    """One use for each lot of an entry."""
    total: dict[int, LotUse] = {}
    for use in uses:
        so_far = total[use.lot].amount_minor if use.lot in total else 0
        total[use.lot] = replace(use, amount_minor=so_far + use.amount_minor)
    return tuple(total.values())
