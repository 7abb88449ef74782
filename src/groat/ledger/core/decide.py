"""Commands in, entries or refusals out.

`decide` looks at facts and says what shall be: it reads no clock, asks no database and changes
nothing but the `Book` in its hand, so that the next command of the same batch sees the effect of
this one. A refused command leaves the book as it was.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from groat.errors import Refusal

from . import commands, reversal
from . import wallet as wallets
from .accounts import Tally
from .entries import Entry, Kind, LotDate, LotGrant, LotUse, Posting
from .lots import Lot, Origin, later
from .refusals import (
    AlreadyPast,
    BeyondHold,
    DebtNotAllowed,
    HoldClosed,
    InsufficientCredit,
    NoDebt,
    NoSuchEntry,
    NoSuchHold,
    NoSuchWallet,
    OverTheLimit,
)
from .values import value
from .wallet import Hold, Wallet

MOST_BALANCE_MINOR = 10**17


@dataclass(slots=True)
class Book:
    """The pages of the book that a batch needs, as loaded and then as decided so far."""

    wallets: dict[int, Wallet]
    """With their open holds and all lots of which something remains; used-up lots too where
    something is to be undone, for it may go back to them."""
    holds: dict[int, Hold] = field(default_factory=dict)
    """The holds that commands name, open or closed."""
    records: dict[int, reversal.Record] = field(default_factory=dict)
    """The entries that commands name, with all that they did and what was undone of them before."""


@value(frozen=True, slots=True)
class Accepted:
    """What a command did, and what fell due before it and with it."""

    wallet: Wallet
    """The wallet after it (the source of a transfer)."""
    entry: Entry | None = None
    """Its own entry. None when it made none, as a hold, a floor, or a call for what is due."""
    entries: tuple[Entry, ...] = ()
    """All entries in their order: its own, and those of lots that expired."""
    holds: tuple[Hold, ...] = ()
    """Holds placed or closed."""


@dataclass(slots=True)
class Draft:
    """A command's changes before they are accepted: dropped whole when it is refused."""

    book: Book
    now: datetime
    mint: Callable[[], int]
    own: Entry | None = None
    wallets: dict[int, Wallet] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    holds: dict[int, Hold] = field(default_factory=dict)

    def wallet(self, account: int) -> Wallet:
        """The wallet, with all that is due by now booked."""
        wallet = self.wallets.get(account)
        if wallet is None:
            wallet = self.book.wallets.get(account)
            if wallet is None:
                raise NoSuchWallet
            due = wallet.next_due
            if due is not None and due <= self.now:
                return book_due(self, wallet)
            self.wallets[account] = wallet
        return wallet

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
        """The posting that brought the wallet to this state."""
        self.change(wallet)
        return Posting(wallet.account, amount_minor, wallet.sequence, wallet.posted_minor)

    def write(self, entry: Entry) -> None:
        """Put down the command's own entry."""
        self.own = entry
        self.entries.append(entry)

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
        self.book.holds.update(self.holds)
        if self.own is not None and self.own.reverses is not None:
            reversal.note(self.book.records, self.own)
        return Accepted(self.wallets[wallet], self.own, tuple(self.entries), tuple(self.holds.values()))


def decide(book: Book, command: commands.Command, *, now: datetime, mint: Callable[[], int]) -> Accepted | Refusal:
    """Decide one command. `mint` gives the ids of what it makes."""
    draft = Draft(book, now, mint)
    try:
        subject = _RULES[type(command)](draft, command)
    except Refusal as refusal:
        return refusal
    return draft.accept(subject)


def book_due(draft: Draft, wallet: Wallet) -> Wallet:
    """Release expired holds and take what is free of expired lots to breakage, instant by instant.

    In their order, so that it does not matter when, or whether, the job has run: a lot that was free
    when it expired is gone, though a hold could have used it since.
    """
    due = wallet.next_due
    while due is not None and due <= draft.now:
        for hold in wallet.holds:
            if hold.expires_at <= due:
                wallet = wallets.drop(wallet, hold)
                draft.close(hold, captured_minor=0)
        before = wallet.posted_minor
        wallet, uses = wallets.expire(wallet, due)
        if uses:
            expired = before - wallet.posted_minor
            postings = (draft.post(wallet, -expired), Posting(Tally.BREAKAGE, expired))
            draft.entries.append(Entry(draft.mint(), Kind.EXPIRY, draft.now, postings, uses, actor="system"))
        wallet = wallets.reserved(wallet)
        due = wallet.next_due
    wallet = wallets.reserved(wallet)
    draft.change(wallet)
    return wallet


def _spend(draft: Draft, command: commands.Spend) -> int:
    wallet = draft.wallet(command.wallet)
    _afford(wallet, command.amount_minor, no_debt=command.no_debt)
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
        wallet, dates = _extended(wallet, command.extends_until or command.expires_at, draft.now)
    total = command.bought_minor + command.bonus_minor
    wallet, uses = _granted(wallet, lots, total)
    against = [Posting(Tally.ISSUED, -command.bought_minor)]
    if command.bonus_minor:
        against.append(Posting(Tally.BONUS, -command.bonus_minor))
    if command.paid_minor:
        against += [Posting(command.into, command.paid_minor), Posting(Tally.TAKINGS, -command.paid_minor)]
    draft.write(
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
    _afford(wallet, command.amount_minor, no_debt=command.no_debt)
    _ahead(draft, command.expires_at)
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
    draft.close(hold, captured_minor=amount)
    postings = (draft.post(wallet, -amount), Posting(Tally.REVENUE, amount))
    draft.write(Entry(draft.mint(), Kind.CAPTURE, draft.now, postings, uses, hold=hold.id, actor=command.actor))
    # What it had protected and did not take may have expired meanwhile.
    book_due(draft, wallet)
    return hold.wallet


def _release(draft: Draft, command: commands.Release) -> int:
    hold = draft.hold(command.hold)
    draft.close(hold, captured_minor=0)
    book_due(draft, wallets.drop(draft.wallet(hold.wallet), hold))
    return hold.wallet


def _expire(draft: Draft, command: commands.Expire) -> int:
    draft.wallet(command.wallet)
    return command.wallet


def _extend(draft: Draft, command: commands.Extend) -> int:
    wallet, dates = _extended(draft.wallet(command.wallet), command.expires_at, draft.now)
    draft.change(wallet)
    if dates:
        draft.write(
            Entry(draft.mint(), Kind.EXTENSION, draft.now, (), dates=dates, actor=command.actor, reason=command.reason)
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
    draft.write(
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
        _debit(draft, wallet, Kind.ADJUSTMENT, Tally.ADJUSTMENTS, -amount, actor=command.actor, reason=command.reason)
        return command.wallet
    lot = _lot(draft, command.origin, amount, command.expires_at)
    wallet, uses = _granted(wallet, [lot], amount)
    draft.write(
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
    postings = (draft.post(wallets.reserved(wallet), amount), Posting(Tally.WRITE_OFFS, -amount))
    draft.write(Entry(draft.mint(), Kind.WRITE_OFF, draft.now, postings, actor=command.actor, reason=command.reason))
    return command.wallet


def _set_floor(draft: Draft, command: commands.SetFloor) -> int:
    wallet = replace(draft.wallet(command.wallet), floor_minor=command.floor_minor)
    draft.change(wallets.reserved(wallet))
    return command.wallet


def _reverse(draft: Draft, command: commands.Reverse) -> int:
    account = reversal.reverse(draft, draft.record(command.entry), command)
    # What came back without grace, or lost its extension, may be due.
    for wallet in tuple(draft.wallets.values()):
        book_due(draft, wallet)
    return account


def _afford(wallet: Wallet, amount_minor: int, *, no_debt: bool = False) -> None:
    available = wallet.available_minor
    if no_debt and amount_minor <= available:
        there = wallet.posted_minor - wallet.held_minor
        if amount_minor > there:
            raise DebtNotAllowed(max(there, 0), amount_minor - there)
    if amount_minor > available:
        raise InsufficientCredit(max(available, 0), amount_minor - available)


def _ahead(draft: Draft, expires_at: datetime | None) -> None:
    if expires_at is not None and expires_at <= draft.now:
        raise AlreadyPast


def _debit(
    draft: Draft, wallet: Wallet, kind: Kind, tally: Tally, amount_minor: int, *, actor: str, reason: str = ""
) -> None:
    wallet, uses = wallets.debit(wallet, amount_minor)
    postings = (draft.post(wallet, -amount_minor), Posting(tally, amount_minor))
    draft.write(Entry(draft.mint(), kind, draft.now, postings, uses, actor=actor, reason=reason))


def _granted(wallet: Wallet, lots: list[Lot], total_minor: int) -> tuple[Wallet, tuple[LotUse, ...]]:
    wallet, to_lots = wallets.credit(wallet, total_minor)
    return wallets.grant(wallet, lots, to_lots_minor=to_lots)


def _lot(draft: Draft, origin: Origin, amount_minor: int, expires_at: datetime | None) -> Lot:
    _ahead(draft, expires_at)
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


_RULES: Mapping[type, Callable[[Draft, Any], int]] = {
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
