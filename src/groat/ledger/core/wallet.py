"""One customer's account, and the few ways in which it changes.

What always holds of a wallet, whatever is done to it:

- its lots' remaining credits are exactly its balance, or nothing when it is in debt;
- what is held is reserved in lots as far as lots reach, and the rest against the overdraft;
- it has free lots or an overdraft held against it, never both;
- what is available (balance less held less floor) is below zero only by `overdrawn_minor`.

Every function here takes a wallet and returns the changed one with what was done to its lots.
`debit` and `credit` are one posting each.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from .entries import LotUse
from .lots import Lot
from .values import value


@value(frozen=True, slots=True)
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


@value(frozen=True, slots=True)
class Wallet:
    """A wallet as it stands: balance, floor, lots in the order of their use, open holds by age."""

    account: int
    posted_minor: int = 0
    held_minor: int = 0
    floor_minor: int = 0
    overdrawn_minor: int = 0
    """By how much a raised floor or an undone top-up left it below its floor."""
    sequence: int = 0
    """The number of its last posting."""
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
        due = None
        for lot in self.lots:
            if lot.remaining_minor > lot.held_minor:
                due = lot.expires_at
                break
        for hold in self.holds:
            if due is None or hold.expires_at < due:
                due = hold.expires_at
        return due


def debit(
    wallet: Wallet, amount_minor: int, *, first: Mapping[int, int] | None = None
) -> tuple[Wallet, tuple[LotUse, ...]]:
    """Take an amount: from the lots named `first` (up to so much each), then free lots in order.

    Beyond them it takes what other holds have reserved, the youngest hold's first, for these then
    stand against the overdraft; and beyond all lots it makes debt. Whether that may be is decided
    by the caller.
    """
    uses: dict[int, int] = {}
    lots, holds, missing = wallet.lots, wallet.holds, amount_minor
    if first:
        lots, missing = _take(lots, missing, uses, first)
    lots, missing = _take(lots, missing, uses)
    if missing and holds:
        lots, holds, freed = _unreserve(lots, holds, missing)
        lots, missing = _take(lots, missing, uses, freed)
    posted = wallet.posted_minor - amount_minor
    overdrawn = wallet.floor_minor + wallet.held_minor - posted
    # Written out: this runs for each payment, and replace() costs four times as much.
    wallet = Wallet(
        wallet.account,
        posted,
        wallet.held_minor,
        wallet.floor_minor,
        max(0, overdrawn),
        wallet.sequence + 1,
        lots,
        holds,
        wallet.programme,
    )
    return wallet, tuple([LotUse(wallet.account, lot, -used) for lot, used in uses.items()])


def credit(wallet: Wallet, amount_minor: int) -> tuple[Wallet, int]:
    """Add an amount; also says how much of it the caller must put into lots: the rest settled debt."""
    posted = wallet.posted_minor + amount_minor
    to_lots = max(posted, 0) - max(wallet.posted_minor, 0)
    return replace(wallet, posted_minor=posted, sequence=wallet.sequence + 1), to_lots


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
    wallet: Wallet, lots: Iterable[tuple[int, int]], *, from_settled: bool = False
) -> tuple[Wallet, tuple[LotUse, ...]]:
    """Return (lot, amount) to lots that they were taken from, or that settled a debt with them."""
    own = {lot.id: lot for lot in wallet.lots}
    changed, uses = [], []
    for lot_id, amount in lots:
        lot = own[lot_id]
        settled = lot.settled_minor - amount if from_settled else lot.settled_minor
        changed.append(replace(lot, remaining_minor=lot.remaining_minor + amount, settled_minor=settled))
        uses.append(LotUse(wallet.account, lot_id, amount))
    return with_lots(wallet, changed), tuple(uses)


def with_lots(wallet: Wallet, changed: Iterable[Lot]) -> Wallet:
    """The wallet with these lots in place of those of the same ids, and open holds' claims renewed."""
    lots = {lot.id: lot for lot in wallet.lots} | {lot.id: lot for lot in changed}
    return reserved(replace(wallet, lots=tuple(sorted(lots.values(), key=lambda lot: lot.order))))


def reserved(wallet: Wallet) -> Wallet:
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
    """Take a hold off the wallet and free its lots; `reserved` then gives them to other holds."""
    claims = dict(hold.lots)
    return _measured(
        replace(
            wallet,
            held_minor=wallet.held_minor - hold.amount_minor,
            holds=tuple(other for other in wallet.holds if other.id != hold.id),
            lots=_less_held(wallet.lots, claims),
        )
    )


def expire(wallet: Wallet, at: datetime) -> tuple[Wallet, tuple[LotUse, ...]]:
    """Take what is free of the lots that are due at an instant."""
    due = {lot.id: lot.free_minor for lot in wallet.lots if lot.is_due(at) and lot.free_minor}
    if not due:
        return wallet, ()
    wallet, uses = debit(wallet, sum(due.values()), first=due)
    lots = tuple(
        replace(lot, expired_minor=lot.expired_minor + due[lot.id]) if lot.id in due else lot for lot in wallet.lots
    )
    return replace(wallet, lots=lots), uses


def _take(
    lots: tuple[Lot, ...], missing: int, uses: dict[int, int], most: Mapping[int, int] | None = None
) -> tuple[tuple[Lot, ...], int]:
    """Use free lots in order, at most so much of each; notes it in `uses`, returns what is still missing."""
    left = list(lots)
    for place, lot in enumerate(lots):
        if not missing:
            break
        taken = lot.remaining_minor - lot.held_minor
        if most is not None:
            taken = min(taken, most.get(lot.id, 0))
        if not taken:
            continue
        taken = min(taken, missing)
        missing -= taken
        uses[lot.id] = uses.get(lot.id, 0) + taken
        # Written out, as in `debit`.
        left[place] = Lot(
            lot.id,
            lot.origin,
            lot.granted_minor,
            lot.remaining_minor - taken,
            lot.held_minor,
            lot.settled_minor,
            lot.expires_at,
            lot.expired_minor,
        )
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


def _unreserve(
    lots: tuple[Lot, ...], holds: tuple[Hold, ...], missing: int
) -> tuple[tuple[Lot, ...], tuple[Hold, ...], dict[int, int]]:
    """Free reserved lots: the youngest hold's first, its latest expiry first."""
    order = {lot.id: place for place, lot in enumerate(lots)}
    freed: dict[int, int] = {}
    left = []
    for hold in reversed(holds):
        claims = dict(hold.lots)
        for lot in sorted(claims, key=order.__getitem__, reverse=True):
            back = min(missing, claims[lot])
            if back:
                missing -= back
                claims[lot] -= back
                freed[lot] = freed.get(lot, 0) + back
        left.append(replace(hold, lots=tuple((lot, amount) for lot, amount in claims.items() if amount)))
    return _less_held(lots, freed), tuple(reversed(left)), freed


def _less_held(lots: tuple[Lot, ...], freed: Mapping[int, int]) -> tuple[Lot, ...]:
    """The lots with so much less of them reserved."""
    return tuple(replace(lot, held_minor=lot.held_minor - freed[lot.id]) if lot.id in freed else lot for lot in lots)


def _measured(wallet: Wallet) -> Wallet:
    """The wallet with `overdrawn_minor` as it follows from its balance."""
    overdrawn = max(0, -wallet.available_minor)
    return wallet if overdrawn == wallet.overdrawn_minor else replace(wallet, overdrawn_minor=overdrawn)
