"""One customer's account, and the few ways in which it changes.

What always holds of a wallet, whatever is done to it:

- its lots' remaining credits are exactly its balance, or nothing when it is in debt;
- what is held is reserved in lots as far as lots reach, and the rest against the overdraft;
- it has free lots or an overdraft held against it, never both;
- what is available (balance less held less floor) is below zero only by `overdrawn_minor`.

Every function here takes a wallet and returns the changed one with what was done to its lots.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from .entries import LotUse
from .lots import Lot


@dataclass(frozen=True, slots=True)
class Hold:
    """An amount set aside. Open while `closed_at` is None."""

    id: int
    wallet: int
    amount_minor: int
    expires_at: datetime
    lots: tuple[tuple[int, int], ...] = ()
    """(lot, amount) reserved; what is missing to the amount is held against the overdraft."""
    captured_minor: int = 0
    released_minor: int = 0
    closed_at: datetime | None = None

    @property
    def unreserved_minor(self) -> int:
        """What of it is held against the overdraft."""
        return self.amount_minor - sum(amount for _, amount in self.lots)


@dataclass(frozen=True, slots=True)
class Wallet:
    """A wallet as it stands: balance, floor, lots in the order of their use, open holds by age."""

    account: int
    posted_minor: int = 0
    held_minor: int = 0
    floor_minor: int = 0
    overdrawn_minor: int = 0
    """By how much a raised floor or an undone top-up left it below its floor."""
    sequence: int = 0
    lots: tuple[Lot, ...] = ()
    holds: tuple[Hold, ...] = ()
    programme: int = 0

    @property
    def available_minor(self) -> int:
        """What it can pay now; negative when it stands below its floor."""
        return self.posted_minor - self.held_minor - self.floor_minor

    @property
    def free_minor(self) -> int:
        """Credits in lots that no hold has reserved."""
        return sum(lot.remaining_minor - lot.held_minor for lot in self.lots)

    @property
    def next_due(self) -> datetime | None:
        """When the next lot or hold expires."""
        times = [lot.expires_at for lot in self.lots if lot.expires_at is not None and lot.free_minor]
        times.extend(hold.expires_at for hold in self.holds)
        return min(times, default=None)


def debit(
    wallet: Wallet, amount_minor: int, *, first: Mapping[int, int] | None = None
) -> tuple[Wallet, tuple[LotUse, ...]]:
    """Take an amount: from the lots named `first` (up to so much each), then free lots in order.

    Beyond them it takes what other holds have reserved, the youngest hold's first, for these then
    stand against the overdraft; and beyond all lots it makes debt. Whether that may be is decided
    by the caller.
    """
    uses: dict[int, int] = {}
    missing = amount_minor
    lots = wallet.lots
    if first:
        lots, missing = _take(lots, missing, lambda lot: min(first.get(lot.id, 0), lot.free_minor), uses)
    lots, missing = _take(lots, missing, lambda lot: lot.free_minor, uses)
    wallet = replace(wallet, posted_minor=wallet.posted_minor - amount_minor, lots=lots)
    if missing and wallet.held_minor:
        wallet, freed = _unreserve(wallet, missing)
        lots, missing = _take(wallet.lots, missing, lambda lot: min(freed.get(lot.id, 0), lot.free_minor), uses)
        wallet = replace(wallet, lots=lots)
    return _measured(wallet), tuple(LotUse(wallet.account, lot, -used) for lot, used in uses.items())


def credit(wallet: Wallet, amount_minor: int) -> tuple[Wallet, int]:
    """Add an amount; also says how much of it must go to lots, the rest having settled debt."""
    before = max(wallet.posted_minor, 0)
    wallet = replace(wallet, posted_minor=wallet.posted_minor + amount_minor)
    return wallet, max(wallet.posted_minor, 0) - before


def grant(wallet: Wallet, granted: Iterable[Lot], *, to_lots_minor: int) -> tuple[Wallet, tuple[LotUse, ...]]:
    """Add new lots of which only `to_lots_minor` is left over by the debt that they settle.

    The lots that would be used first settle it.
    """
    new = sorted(granted, key=lambda lot: lot.order)
    debt = sum(lot.granted_minor for lot in new) - to_lots_minor
    uses = []
    for i, lot in enumerate(new):
        settled = min(debt, lot.remaining_minor)
        if settled:
            debt -= settled
            new[i] = replace(lot, remaining_minor=lot.remaining_minor - settled, settled_minor=settled)
            uses.append(LotUse(wallet.account, lot.id, -settled))
    return with_lots(wallet, new), tuple(uses)


def give_back(
    wallet: Wallet, lots: Iterable[tuple[Lot, int]], *, from_settled: bool = False
) -> tuple[Wallet, tuple[LotUse, ...]]:
    """Return credits to lots that they were taken from, or that settled a debt with them."""
    changed, uses = [], []
    for lot, amount in lots:
        settled = lot.settled_minor - amount if from_settled else lot.settled_minor
        changed.append(replace(lot, remaining_minor=lot.remaining_minor + amount, settled_minor=settled))
        uses.append(LotUse(wallet.account, lot.id, amount))
    return with_lots(wallet, changed), tuple(uses)


def with_lots(wallet: Wallet, changed: Iterable[Lot]) -> Wallet:
    """The wallet with these lots in place of those of the same ids, and open holds' claims renewed."""
    lots = {lot.id: lot for lot in wallet.lots} | {lot.id: lot for lot in changed}
    return settled(replace(wallet, lots=tuple(sorted(lots.values(), key=lambda lot: lot.order))))


def settled(wallet: Wallet) -> Wallet:
    """Reserve free lots for what open holds have against the overdraft, the oldest hold first."""
    if wallet.held_minor and wallet.free_minor:
        for hold in wallet.holds:
            if hold.unreserved_minor:
                wallet = _reserve(wallet, hold)
    return _measured(wallet)


def place(wallet: Wallet, hold: Hold) -> Wallet:
    """Set an amount aside, reserving lots in the order of their use as far as they reach."""
    wallet = replace(wallet, held_minor=wallet.held_minor + hold.amount_minor, holds=(*wallet.holds, hold))
    return _measured(_reserve(wallet, hold))


def drop(wallet: Wallet, hold: Hold) -> Wallet:
    """Take a hold off the wallet and free its lots."""
    claims = dict(hold.lots)
    return replace(
        wallet,
        held_minor=wallet.held_minor - hold.amount_minor,
        holds=tuple(other for other in wallet.holds if other.id != hold.id),
        lots=tuple(
            replace(lot, held_minor=lot.held_minor - claims[lot.id]) if lot.id in claims else lot for lot in wallet.lots
        ),
    )


def _take(
    lots: tuple[Lot, ...], missing: int, most: Callable[[Lot], int], uses: dict[int, int]
) -> tuple[tuple[Lot, ...], int]:
    """Use lots in order, at most so much of each; notes it in `uses` and returns what is still missing."""
    left = []
    for lot in lots:
        taken = min(missing, most(lot)) if missing else 0
        if taken:
            missing -= taken
            uses[lot.id] = uses.get(lot.id, 0) + taken
            # Written out: this runs for each lot of each payment, and replace() costs three times as much.
            lot = Lot(
                lot.id,
                lot.origin,
                lot.granted_minor,
                lot.remaining_minor - taken,
                lot.held_minor,
                lot.settled_minor,
                lot.expires_at,
            )
        left.append(lot)
    return tuple(left), missing


def _reserve(wallet: Wallet, hold: Hold) -> Wallet:
    """Claim free lots for what a hold lacks."""
    missing = hold.unreserved_minor
    claims = dict(hold.lots)
    lots = []
    for lot in wallet.lots:
        claimed = min(missing, lot.free_minor)
        if claimed:
            missing -= claimed
            claims[lot.id] = claims.get(lot.id, 0) + claimed
            lot = replace(lot, held_minor=lot.held_minor + claimed)
        lots.append(lot)
    holds = tuple(replace(h, lots=tuple(claims.items())) if h.id == hold.id else h for h in wallet.holds)
    return replace(wallet, lots=tuple(lots), holds=holds)


def _unreserve(wallet: Wallet, missing: int) -> tuple[Wallet, dict[int, int]]:
    """Free reserved lots: the youngest hold's first, its latest expiry first."""
    order = {lot.id: place for place, lot in enumerate(wallet.lots)}
    freed: dict[int, int] = {}
    holds = []
    for hold in reversed(wallet.holds):
        claims = dict(hold.lots)
        for lot in sorted(claims, key=order.__getitem__, reverse=True):
            back = min(missing, claims[lot])
            if back:
                missing -= back
                claims[lot] -= back
                freed[lot] = freed.get(lot, 0) + back
        holds.append(replace(hold, lots=tuple((lot, amount) for lot, amount in claims.items() if amount)))
    lots = tuple(
        replace(lot, held_minor=lot.held_minor - freed[lot.id]) if lot.id in freed else lot for lot in wallet.lots
    )
    return replace(wallet, lots=lots, holds=tuple(reversed(holds))), freed


def _measured(wallet: Wallet) -> Wallet:
    """The wallet with `overdrawn_minor` as it follows from its balance."""
    overdrawn = max(0, -wallet.available_minor)
    return wallet if overdrawn == wallet.overdrawn_minor else replace(wallet, overdrawn_minor=overdrawn)
