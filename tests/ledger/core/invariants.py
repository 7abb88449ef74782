"""What holds of a book whatever was done to it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from groat.ledger.core import commands
from groat.ledger.core.accounts import is_tally
from groat.ledger.core.decide import Accepted
from groat.ledger.core.entries import Entry, Kind
from groat.ledger.core.lots import Lot
from groat.ledger.core.reversal import measure
from groat.ledger.core.wallet import Hold, Wallet
from tests.ledger.core.books import Kept, own_postings, sums


def check(kept: Kept) -> None:
    """Every invariant of the book as it stands."""
    entries = list(kept.entries.values())
    for entry in entries:
        assert sums(entry) == (0, 0)
        assert len({posting.account for posting in entry.postings}) == len(entry.postings)
        assert all(posting.amount_minor for posting in entry.postings)
        assert len({use.lot for use in entry.uses}) == len(entry.uses)
        assert all(use.amount_minor for use in entry.uses)
    for wallet in kept.wallets.values():
        _check_postings(wallet, entries)
        _check_lots(wallet, entries)
        _check_holds(wallet)
    for hold in kept.holds.values():
        _check_hold(hold, kept.wallets[hold.wallet])
    _check_undone(kept)
    assert replayed(entries, kept.wallets) == {account: _shown(wallet) for account, wallet in kept.wallets.items()}


def check_step(before: dict[int, Wallet], command: commands.Command, done: Accepted, after: dict[int, Wallet]) -> None:
    """What holds of a single step."""
    if not isinstance(command, commands.SetFloor | commands.Reverse):
        for account, wallet in after.items():
            assert wallet.overdrawn_minor <= before[account].overdrawn_minor
    if isinstance(command, commands.Reverse):
        return
    for account, wallet in after.items():
        claims = [dict(hold.lots) for hold in done.holds if hold.closed_at is None and hold.wallet == account]
        used = {lot for claim in claims for lot in claim}
        if done.entry and done.entry.kind in {Kind.SPEND, Kind.ADJUSTMENT, Kind.TRANSFER}:
            used |= {use.lot for use in done.entry.uses if use.account == account}
            used -= {grant.lot.id for grant in done.entry.grants}
        last = max((lot.order for lot in wallet.lots if lot.id in used), default=None)
        assert not [lot for lot in wallet.lots if last and lot.order < last and lot.free_minor], "used out of order"


def _check_postings(wallet: Wallet, entries: Iterable[Entry]) -> None:
    balance = sequence = 0
    for entry in entries:
        for posting in entry.postings:
            if posting.account == wallet.account:
                balance += posting.amount_minor
                sequence += 1
                assert (posting.sequence, posting.balance_minor) == (sequence, balance)
    assert (wallet.posted_minor, wallet.sequence) == (balance, sequence)
    assert wallet.overdrawn_minor == max(0, -wallet.available_minor)


def _check_lots(wallet: Wallet, entries: Iterable[Entry]) -> None:
    uses: Counter[int] = Counter()
    expired: Counter[int] = Counter()
    for entry in entries:
        for use in entry.uses:
            uses[use.lot] += use.amount_minor
            if entry.kind is Kind.EXPIRY:
                expired[use.lot] -= use.amount_minor
    assert sum(lot.remaining_minor for lot in wallet.lots) == max(wallet.posted_minor, 0)
    assert list(wallet.lots) == sorted(wallet.lots, key=lambda lot: lot.order)
    for lot in wallet.lots:
        assert 0 <= lot.held_minor <= lot.remaining_minor <= lot.granted_minor
        assert lot.granted_minor - lot.remaining_minor == -uses[lot.id]
        assert lot.settled_minor >= 0
        assert 0 <= lot.expired_minor <= expired[lot.id]
        assert lot.remaining_minor + lot.settled_minor + lot.expired_minor <= lot.granted_minor


def _check_holds(wallet: Wallet) -> None:
    in_lots: Counter[int] = Counter()
    for hold in wallet.holds:
        assert hold.closed_at is None
        in_lots.update(dict(hold.lots))
    against_overdraft = sum(hold.unreserved_minor for hold in wallet.holds)
    assert wallet.held_minor == sum(hold.amount_minor for hold in wallet.holds)
    assert wallet.held_minor == in_lots.total() + against_overdraft
    assert {lot.id: lot.held_minor for lot in wallet.lots if lot.held_minor} == dict(in_lots)
    assert not (wallet.free_minor and against_overdraft), "free lots and an overdraft held against them"
    assert list(wallet.holds) == sorted(wallet.holds, key=lambda hold: hold.id)


def _check_hold(hold: Hold, wallet: Wallet) -> None:
    assert all(amount > 0 for _, amount in hold.lots)
    assert len(dict(hold.lots)) == len(hold.lots)
    assert hold.unreserved_minor >= 0 or hold.closed_at
    assert (hold.closed_at is None) == (hold in wallet.holds)
    closed = hold.captured_minor + hold.released_minor
    assert closed == (0 if hold.closed_at is None else hold.amount_minor)


def _check_undone(kept: Kept) -> None:
    """No more goes back than was moved: of the whole, of each tally and of each lot."""
    undone: dict[int, list[Entry]] = {}
    for entry in kept.entries.values():
        if entry.reverses is not None:
            undone.setdefault(entry.reverses, []).append(entry)
    for entry_id, reversals in undone.items():
        original = kept.entries[entry_id]
        assert 0 < sum(measure(reversal) for reversal in reversals) <= measure(original)
        back: Counter[int] = Counter()
        for reversal in reversals:
            back.update({posting.account: posting.amount_minor for posting in reversal.postings})
        for posting in original.postings:
            if is_tally(posting.account) or posting.amount_minor < 0:
                assert abs(back[posting.account]) <= abs(posting.amount_minor)
                assert back[posting.account] * posting.amount_minor <= 0


type Shown = tuple[int, int, dict[int, tuple[int, int, datetime | None]]]


def replayed(entries: Iterable[Entry], accounts: Iterable[int]) -> dict[int, Shown]:
    """Balances, sequences and lots as the entries alone tell them, from nothing."""
    balances: Counter[int] = Counter()
    sequences: Counter[int] = Counter()
    lots: dict[int, dict[int, Lot]] = {account: {} for account in accounts}
    for entry in entries:
        for posting in own_postings(entry):
            balances[posting.account] += posting.amount_minor
            sequences[posting.account] += 1
        for grant in entry.grants:
            lots[grant.account][grant.lot.id] = grant.lot
        for use in entry.uses:
            lot = lots[use.account][use.lot]
            lots[use.account][use.lot] = replace(lot, remaining_minor=lot.remaining_minor + use.amount_minor)
        for date in entry.dates:
            lot = lots[date.account][date.lot]
            assert lot.expires_at == date.expired_at
            lots[date.account][date.lot] = replace(lot, expires_at=date.expires_at)
    return {
        account: (
            balances[account],
            sequences[account],
            {lot.id: (lot.granted_minor, lot.remaining_minor, lot.expires_at) for lot in lots[account].values()},
        )
        for account in accounts
    }


def _shown(wallet: Wallet) -> Shown:
    lots = {lot.id: (lot.granted_minor, lot.remaining_minor, lot.expires_at) for lot in wallet.lots}
    return wallet.posted_minor, wallet.sequence, lots
