"""Commands in, entries or refusals out.

`decide` looks at facts and says what shall be: it reads no clock, asks no database and changes
nothing but the `Book` in its hand, so that the next command of the same batch sees the effect of
this one. A refused command leaves the book as it was.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from groat.errors import Refusal

from . import commands, reversal, wallet as wallets
from .accounts import Tally
from .entries import Entry, Kind, LotDate, LotGrant, LotUse, Posting
from .lots import Lot, Origin, later
from .refusals import (
    BeyondHold,
    HoldClosed,
    InsufficientCredit,
    NoDebt,
    NoSuchEntry,
    NoSuchHold,
    NoSuchWallet,
    OverTheLimit,
)
from .wallet import Hold, Wallet

MOST_BALANCE_MINOR = 10**17


@dataclass(slots=True)
class Book:
    """The pages of the book that a batch needs, as loaded and then as decided so far."""

    wallets: dict[int, Wallet]
    holds: dict[int, Hold] = field(default_factory=dict)
    """The holds that commands name, open or closed."""
    records: dict[int, reversal.Record] = field(default_factory=dict)
    """The entries that commands name, with what was undone of them before."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a command did. `entry` is its own; `entries` also has what fell due before it."""

    wallet: Wallet
    """The wallet after it (the source of a transfer)."""
    entry: Entry | None = None
    entries: tuple[Entry, ...] = ()
    holds: tuple[Hold, ...] = ()
    """Holds placed or closed by it."""


@dataclass(slots=True)
class Draft:
    """A command's changes before they are accepted: dropped whole when it is refused."""

    book: Book
    now: datetime
    mint: Callable[[], int]
    wallets: dict[int, Wallet] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    holds: dict[int, Hold] = field(default_factory=dict)

    def wallet(self, account: int) -> Wallet:
        """The wallet, with all that is due by now booked."""
        if account in self.wallets:
            return self.wallets[account]
        found = self.book.wallets.get(account)
        if found is None:
            raise NoSuchWallet
        due = found.next_due
        self.wallets[account] = found
        if due is not None and due <= self.now:
            book_due(self, found)
        return self.wallets[account]

    def hold(self, hold_id: int) -> Hold:
        """The open hold; closed and expired ones are refused."""
        if hold_id not in self.book.holds:
            raise NoSuchHold
        self.wallet(self.book.holds[hold_id].wallet)
        hold = self.holds.get(hold_id) or self._current(hold_id)
        if hold.closed_at is not None:
            raise HoldClosed
        return hold

    def _current(self, hold_id: int) -> Hold:
        hold = self.book.holds[hold_id]
        # A neighbour in the batch may have moved its claims; the wallet knows them.
        return next((open_ for open_ in self.wallets[hold.wallet].holds if open_.id == hold_id), hold)

    def record(self, entry_id: int) -> reversal.Record:
        """The recorded entry with what was undone of it, in this batch too."""
        if entry_id not in self.book.records:
            raise NoSuchEntry
        return self.book.records[entry_id]

    def change(self, wallet: Wallet) -> None:
        """Put the wallet's new state in place."""
        if abs(wallet.posted_minor) > MOST_BALANCE_MINOR:
            raise OverTheLimit
        self.wallets[wallet.account] = wallet

    def post(self, wallet: Wallet, amount_minor: int) -> Posting:
        """The wallet's next posting: its state must already include the amount."""
        wallet = replace(wallet, sequence=wallet.sequence + 1)
        self.change(wallet)
        return Posting(wallet.account, amount_minor, wallet.sequence, wallet.posted_minor)

    def close(self, hold: Hold, *, captured_minor: int) -> None:
        """Close a hold; what is not captured of it is released."""
        self.holds[hold.id] = replace(
            hold,
            lots=(),
            captured_minor=captured_minor,
            released_minor=hold.amount_minor - captured_minor,
            closed_at=self.now,
        )

    def accept(self, wallet: int) -> Accepted:
        """Make the changes those of the book."""
        self.book.wallets.update(self.wallets)
        for hold in self.holds.values():
            self.book.holds[hold.id] = hold
        for entry in self.entries:
            if entry.reverses is not None:
                reversal.note(self.book.records, entry)
        own = self.entries[-1] if self.entries and self.entries[-1].kind is not Kind.EXPIRY else None
        return Accepted(self.wallets[wallet], own, tuple(self.entries), tuple(self.holds.values()))


def decide(
    book: Book, command: commands.Command, *, now: datetime, mint: Callable[[], int]
) -> Accepted | Refusal:
    """Decide one command. `mint` gives the ids of what it makes."""
    draft = Draft(book, now, mint)
    try:
        subject = _RULES[type(command)](draft, command)
    except Refusal as refusal:
        return refusal
    return draft.accept(subject)


def book_due(draft: Draft, wallet: Wallet) -> None:
    """Release expired holds, then take what expired lots still have to breakage."""
    for hold in [hold for hold in wallet.holds if hold.expires_at <= draft.now]:
        wallet = wallets.drop(wallet, hold)
        draft.close(hold, captured_minor=0)
    wallet = wallets.settled(wallet)
    due = {lot.id: lot.free_minor for lot in wallet.lots if lot.is_due(draft.now) and lot.free_minor}
    draft.change(wallet)
    if due:
        total = sum(due.values())
        wallet, uses = wallets.debit(wallet, total, first=due)
        postings = (draft.post(wallet, -total), Posting(Tally.BREAKAGE, total))
        draft.entries.append(Entry(draft.mint(), Kind.EXPIRY, draft.now, postings, uses, actor="system"))


def _spend(draft: Draft, command: commands.Spend) -> int:
    wallet = draft.wallet(command.wallet)
    _afford(wallet, command.amount_minor)
    _debit(draft, wallet, Kind.SPEND, Tally.REVENUE, command.amount_minor, actor=command.actor)
    return command.wallet


def _top_up(draft: Draft, command: commands.TopUp) -> int:
    wallet = draft.wallet(command.wallet)
    lots = [_lot(draft, Origin.PURCHASED, command.bought_minor, command.expires_at)]
    if command.bonus_minor:
        bonus_expires_at = command.bonus_expires_at or command.expires_at
        lots.append(_lot(draft, Origin.BONUS, command.bonus_minor, bonus_expires_at))
    dates: tuple[LotDate, ...] = ()
    if command.extends:
        wallet, dates = _extended(wallet, command.expires_at, draft.now)
    total = command.bought_minor + command.bonus_minor
    wallet, uses = _granted(wallet, lots, total)
    against = [Posting(Tally.ISSUED, -command.bought_minor)]
    if command.bonus_minor:
        against.append(Posting(Tally.BONUS, -command.bonus_minor))
    if command.paid_minor:
        against += [Posting(command.into, command.paid_minor), Posting(Tally.TAKINGS, -command.paid_minor)]
    draft.entries.append(
        Entry(
            draft.mint(),
            Kind.TOP_UP,
            draft.now,
            (draft.post(wallet, total), *against),
            uses,
            tuple(LotGrant(wallet.account, lot) for lot in lots),
            dates,
            actor=command.actor,
        )
    )
    return command.wallet


def _place_hold(draft: Draft, command: commands.PlaceHold) -> int:
    wallet = draft.wallet(command.wallet)
    _afford(wallet, command.amount_minor)
    hold = Hold(draft.mint(), wallet.account, command.amount_minor, command.expires_at)
    wallet = wallets.place(wallet, hold)
    draft.change(wallet)
    draft.holds[hold.id] = wallet.holds[-1]
    return command.wallet


def _capture(draft: Draft, command: commands.Capture) -> int:
    hold = draft.hold(command.hold)
    amount = hold.amount_minor if command.amount_minor is None else command.amount_minor
    if amount > hold.amount_minor:
        raise BeyondHold(held_minor=hold.amount_minor)
    wallet = wallets.drop(draft.wallet(hold.wallet), hold)
    wallet, uses = wallets.debit(wallet, amount, first=dict(hold.lots))
    wallet = wallets.settled(wallet)
    draft.close(hold, captured_minor=amount)
    postings = (draft.post(wallet, -amount), Posting(Tally.REVENUE, amount))
    draft.entries.append(
        Entry(draft.mint(), Kind.CAPTURE, draft.now, postings, uses, hold=hold.id, actor=command.actor)
    )
    return hold.wallet


def _release(draft: Draft, command: commands.Release) -> int:
    hold = draft.hold(command.hold)
    draft.change(wallets.settled(wallets.drop(draft.wallet(hold.wallet), hold)))
    draft.close(hold, captured_minor=0)
    # What it had protected may have expired meanwhile.
    book_due(draft, draft.wallets[hold.wallet])
    return hold.wallet


def _expire(draft: Draft, command: commands.Expire) -> int:
    draft.wallet(command.wallet)
    return command.wallet


def _extend(draft: Draft, command: commands.Extend) -> int:
    wallet, dates = _extended(draft.wallet(command.wallet), command.expires_at, draft.now)
    draft.change(wallet)
    if dates:
        draft.entries.append(
            Entry(
                draft.mint(), Kind.EXTENSION, draft.now, (), dates=dates, actor=command.actor, reason=command.reason
            )
        )
    return command.wallet


def _transfer(draft: Draft, command: commands.Transfer) -> int:
    source, target = draft.wallet(command.source), draft.wallet(command.target)
    if source.programme != target.programme:
        raise NoSuchWallet
    # Credits are handed on, debt is not: only what free lots have can move.
    if command.amount_minor > source.free_minor:
        raise InsufficientCredit(source.free_minor, command.amount_minor - source.free_minor)
    moved = {lot.id: lot for lot in source.lots}
    source, taken = wallets.debit(source, command.amount_minor)
    out = draft.post(source, -command.amount_minor)
    lots = [_lot(draft, moved[u.lot].origin, -u.amount_minor, moved[u.lot].expires_at) for u in taken]
    target, settled = _granted(target, lots, command.amount_minor)
    draft.entries.append(
        Entry(
            draft.mint(),
            Kind.TRANSFER,
            draft.now,
            (out, draft.post(target, command.amount_minor)),
            taken + settled,
            tuple(LotGrant(target.account, lot) for lot in lots),
            actor=command.actor,
            reason=command.reason,
        )
    )
    return command.source


def _adjust(draft: Draft, command: commands.Adjust) -> int:
    wallet = draft.wallet(command.wallet)
    amount = command.amount_minor
    if amount < 0:
        _afford(wallet, -amount)
        _debit(
            draft, wallet, Kind.ADJUSTMENT, Tally.ADJUSTMENTS, -amount, actor=command.actor, reason=command.reason
        )
        return command.wallet
    lot = _lot(draft, command.origin, amount, command.expires_at)
    wallet, uses = _granted(wallet, [lot], amount)
    draft.entries.append(
        Entry(
            draft.mint(),
            Kind.ADJUSTMENT,
            draft.now,
            (draft.post(wallet, amount), Posting(Tally.ADJUSTMENTS, -amount)),
            uses,
            (LotGrant(wallet.account, lot),),
            actor=command.actor,
            reason=command.reason,
        )
    )
    return command.wallet


def _write_off(draft: Draft, command: commands.WriteOff) -> int:
    wallet = draft.wallet(command.wallet)
    debt = max(0, -wallet.posted_minor)
    amount = debt if command.amount_minor is None else command.amount_minor
    if amount > debt or not debt:
        raise NoDebt(debt_minor=debt)
    wallet, _ = wallets.credit(wallet, amount)
    postings = (draft.post(wallets.settled(wallet), amount), Posting(Tally.WRITE_OFFS, -amount))
    draft.entries.append(
        Entry(draft.mint(), Kind.WRITE_OFF, draft.now, postings, actor=command.actor, reason=command.reason)
    )
    return command.wallet


def _set_floor(draft: Draft, command: commands.SetFloor) -> int:
    wallet = replace(draft.wallet(command.wallet), floor_minor=command.floor_minor)
    draft.change(wallets.settled(wallet))
    return command.wallet


def _reverse(draft: Draft, command: commands.Reverse) -> int:
    record = draft.record(command.entry)
    return reversal.reverse(draft, record, command)


def _afford(wallet: Wallet, amount_minor: int) -> None:
    available = wallet.available_minor
    if amount_minor > available:
        raise InsufficientCredit(max(available, 0), amount_minor - available)


def _debit(
    draft: Draft, wallet: Wallet, kind: Kind, tally: Tally, amount_minor: int, *, actor: str, reason: str = ""
) -> None:
    wallet, uses = wallets.debit(wallet, amount_minor)
    postings = (draft.post(wallet, -amount_minor), Posting(tally, amount_minor))
    draft.entries.append(Entry(draft.mint(), kind, draft.now, postings, uses, actor=actor, reason=reason))


def _granted(wallet: Wallet, lots: list[Lot], total_minor: int) -> tuple[Wallet, tuple[LotUse, ...]]:
    wallet, to_lots = wallets.credit(wallet, total_minor)
    return wallets.grant(wallet, lots, to_lots_minor=to_lots)


def _lot(draft: Draft, origin: Origin, amount_minor: int, expires_at: datetime | None) -> Lot:
    return Lot(draft.mint(), origin, amount_minor, amount_minor, expires_at=expires_at)


def _extended(wallet: Wallet, expires_at: datetime | None, now: datetime) -> tuple[Wallet, tuple[LotDate, ...]]:
    """Move unexpired purchased lots' expiry forward, never backward."""
    changed, dates = [], []
    for lot in wallet.lots:
        moved = later(lot.expires_at, expires_at)
        if lot.origin is Origin.PURCHASED and lot.remaining_minor and not lot.is_due(now) and moved != lot.expires_at:
            changed.append(replace(lot, expires_at=moved))
            dates.append(LotDate(wallet.account, lot.id, lot.expires_at, moved))
    return (wallets.with_lots(wallet, changed) if changed else wallet), tuple(dates)


_RULES: Mapping[type[commands.Command], Callable[[Draft, commands.Command], int]] = {
    commands.Spend: _spend,
    commands.TopUp: _top_up,
    commands.PlaceHold: _place_hold,
    commands.Capture: _capture,
    commands.Release: _release,
    commands.Reverse: _reverse,
    commands.Expire: _expire,
    commands.Extend: _extend,
    commands.Transfer: _transfer,
    commands.Adjust: _adjust,
    commands.WriteOff: _write_off,
    commands.SetFloor: _set_floor,
}
