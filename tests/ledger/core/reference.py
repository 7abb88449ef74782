"""The same rules as the core's, told credit by credit: slow, mutable and plain.

Time passes here day by day, so that what expires does so when it expires and not when somebody
next looks. Ids are those that the core gave.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from groat.ledger.core import commands
from groat.ledger.core.accounts import Tally, is_in_currency
from groat.ledger.core.decide import Accepted
from groat.ledger.core.lots import NEVER, Origin

type Refused = tuple[str, dict[str, int]]
type Moves = dict[int, tuple[datetime | None, datetime | None]]


@dataclass
class Pot:
    """A lot: how many credits of it are where."""

    id: int
    origin: Origin
    granted: int
    expires_at: datetime | None
    free: int = 0
    held: Counter[int] = field(default_factory=Counter)
    settled: int = 0
    expired: int = 0

    @property
    def remaining(self) -> int:
        return self.free + self.held.total()

    def due(self, at: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= at


@dataclass
class Claim:
    """A hold."""

    id: int
    amount: int
    expires_at: datetime


class Purse:
    """A wallet."""

    def __init__(self, floor: int) -> None:
        self.balance = 0
        self.floor = floor
        self.pots: list[Pot] = []
        self.claims: list[Claim] = []

    @property
    def held(self) -> int:
        return sum(claim.amount for claim in self.claims)

    @property
    def available(self) -> int:
        return self.balance - self.held - self.floor

    @property
    def free(self) -> int:
        return sum(pot.free for pot in self.pots)

    def in_order(self) -> list[Pot]:
        return sorted(self.pots, key=lambda pot: (pot.expires_at or NEVER, pot.origin != Origin.BONUS, pot.id))

    def reserve(self) -> None:
        """Free credits go to holds that have too few, one by one, the oldest hold first."""
        for claim in self.claims:
            for pot in self.in_order():
                while pot.free and sum(pot.held[claim.id] for pot in self.pots) < claim.amount:
                    pot.free -= 1
                    pot.held[claim.id] += 1

    def drop(self, claim: Claim) -> None:
        self.claims.remove(claim)
        for pot in self.pots:
            pot.free += pot.held.pop(claim.id, 0)

    def take_free(self, amount: int, pots: list[Pot], used: Counter[int]) -> int:
        """Take credits one by one; says how many are still missing."""
        for pot in pots:
            while amount and pot.free:
                pot.free -= 1
                used[pot.id] += 1
                amount -= 1
        return amount

    def take(self, amount: int, used: Counter[int]) -> None:
        """Free credits first, then what holds have reserved, the youngest's last lot first; then debt."""
        missing = self.take_free(amount, self.in_order(), used)
        freed = 0
        for claim in reversed(self.claims):
            for pot in reversed(self.in_order()):
                while freed < missing and pot.held[claim.id]:
                    pot.held[claim.id] -= 1
                    pot.free += 1
                    freed += 1
        self.take_free(freed, self.in_order(), used)
        self.balance -= amount

    def fill(self, pots: list[Pot]) -> None:
        """Put new lots in, credit by credit: a debt is settled before anything is left."""
        self.pots += pots
        for pot in [pot for pot in self.in_order() if pot in pots]:
            for _ in range(pot.granted):
                if self.balance < 0:
                    pot.settled += 1
                else:
                    pot.free += 1
                self.balance += 1
        self.reserve()

    def extend(self, to: datetime | None, now: datetime) -> Moves:
        moved: Moves = {}
        for pot in self.pots:
            if pot.origin != Origin.PURCHASED or not pot.remaining or pot.due(now) or pot.expires_at is None:
                continue
            if to is None or to > pot.expires_at:
                moved[pot.id] = (pot.expires_at, to)
                pot.expires_at = to
        return moved

    def renew(self, pots: list[Pot], now: datetime, grace: timedelta) -> None:
        for pot in pots:
            if pot.due(now) and pot.free:
                pot.expires_at = now + grace

    def pass_time(self, after: datetime, until: datetime) -> int:
        times = [pot.expires_at for pot in self.pots] + [claim.expires_at for claim in self.claims]
        instants = sorted({time for time in times if time is not None and after < time <= until})
        return sum(self.pass_instant(at) for at in instants)

    def pass_instant(self, at: datetime) -> int:
        """What happens at an instant by itself; says how much expired."""
        for claim in [claim for claim in self.claims if claim.expires_at <= at]:
            self.drop(claim)
        expired = 0
        for pot in self.pots:
            if pot.due(at):
                expired += pot.free
                pot.expired += pot.free
                pot.free = 0
        self.balance -= expired
        self.reserve()
        return expired


@dataclass
class Deed:
    """An entry, as far as undoing it needs to know."""

    what: str
    amount: int = 0
    """By which it is undone in part."""
    source: int | None = None
    """Whom it took from."""
    target: int | None = None
    """To whom it gave."""
    taken: Counter[int] = field(default_factory=Counter)
    made: list[int] = field(default_factory=list)
    moved: Moves = field(default_factory=dict)
    tallies: dict[int, int] = field(default_factory=dict)
    undone: int = 0
    returned: Counter[int] = field(default_factory=Counter)


class Reference:
    """Wallets and tallies as they should stand."""

    def __init__(self, floors: Mapping[int, int], now: datetime) -> None:
        self.purses = {account: Purse(floor) for account, floor in floors.items()}
        self.tallies: Counter[int] = Counter()
        self.placed: dict[int, int] = {}
        """Every hold there ever was: whose it is."""
        self.deeds: dict[int, Deed] = {}
        self.now = now

    def pass_time(self, now: datetime) -> None:
        for purse in self.purses.values():
            self.tallies[Tally.BREAKAGE] += purse.pass_time(self.now, now)
        self.now = now

    # What should be refused.

    def refusal(self, command: commands.Command) -> Refused | None:
        match command:
            case commands.Spend():
                return self._short(command.wallet, command.amount_minor)
            case commands.Adjust() if command.amount_minor < 0:
                return self._short(command.wallet, -command.amount_minor)
            case commands.PlaceHold():
                return self._short(command.wallet, command.amount_minor) or self._past(command.expires_at)
            case commands.TopUp():
                bonus = command.bonus_expires_at if command.bonus_minor else None
                return self._past(command.expires_at) or self._past(bonus)
            case commands.Adjust():
                return self._past(command.expires_at)
            case commands.Capture() | commands.Release():
                return self._hold_refusal(command)
            case commands.Transfer():
                free = self.purses[command.source].free
                return lacking(free, command.amount_minor) if command.amount_minor > free else None
            case commands.WriteOff():
                return self._write_off_refusal(command)
            case commands.Reverse():
                return self._reversal_refusal(command)
        return None

    def _short(self, account: int, amount: int) -> Refused | None:
        available = self.purses[account].available
        return lacking(available, amount) if amount > available else None

    def _past(self, at: datetime | None) -> Refused | None:
        return ("expiry_in_the_past", {}) if at is not None and at <= self.now else None

    def _claim(self, hold: int) -> Claim | None:
        claims = self.purses[self.placed[hold]].claims if hold in self.placed else []
        return next((claim for claim in claims if claim.id == hold), None)

    def _hold_refusal(self, command: commands.Capture | commands.Release) -> Refused | None:
        claim = self._claim(command.hold)
        if command.hold not in self.placed:
            return "hold_not_found", {}
        if claim is None:
            return "hold_closed", {}
        if isinstance(command, commands.Capture) and (command.amount_minor or 0) > claim.amount:
            return "more_than_held", {"held_minor": claim.amount}
        return None

    def _write_off_refusal(self, command: commands.WriteOff) -> Refused | None:
        debt = max(0, -self.purses[command.wallet].balance)
        possible = debt and (command.amount_minor or 0) <= debt
        return None if possible else ("more_than_the_debt", {"debt_minor": debt})

    def _reversal_refusal(self, command: commands.Reverse) -> Refused | None:
        deed = self.deeds.get(command.entry)
        if deed is None:
            return "entry_not_found", {}
        if deed.what in {"reversal", "extension"}:
            return "not_reversible", {}
        left = self._left(deed)
        amount = left if command.amount_minor is None else command.amount_minor
        if not 0 < amount <= left:
            return "more_than_left_to_refund", {"left_minor": left}
        if deed.what == "transfer" and deed.target:
            return self._short(deed.target, amount)
        return None

    def _left(self, deed: Deed) -> int:
        left = deed.amount - deed.undone
        return min(left, len(self._origins(deed))) if deed.what == "expiry" else left

    def _origins(self, deed: Deed) -> list[Pot]:
        """Where each credit that a deed took can go back to, the last used first."""
        back = []
        for pot in reversed(self.purses[deed.source or 0].in_order()):
            left = deed.taken[pot.id] - deed.returned[pot.id]
            back += [pot] * (min(left, pot.expired) if deed.what == "expiry" else left)
        return back

    # What should become of what is accepted.

    def apply(self, command: commands.Command, done: Accepted) -> None:
        """Do it too. Of what the core did, the ids of what it made are taken over, and what makes up
        one expiry, for the core books at once what fell due since it last looked."""
        made = [grant.lot.id for grant in done.entry.grants] if done.entry else []
        placed = [hold.id for hold in done.holds if hold.closed_at is None]
        deed = self._do(command, made, placed)
        if done.entry and deed:
            self.deeds[done.entry.id] = deed
            self.tallies.update(deed.tallies)
        for entry in done.entries:
            if entry.kind == "expiry":
                # Its breakage was counted when the time passed.
                taken = Counter({use.lot: -use.amount_minor for use in entry.uses})
                tallies = {int(Tally.BREAKAGE): taken.total()}
                self.deeds[entry.id] = Deed(
                    "expiry", taken.total(), source=entry.uses[0].account, taken=taken, tallies=tallies
                )

    def _do(self, command: commands.Command, made: list[int], placed: list[int]) -> Deed | None:
        match command:
            case commands.Spend():
                return self._pay(command.wallet, command.amount_minor, Tally.REVENUE)
            case commands.Adjust():
                return self._adjust(command, made)
            case commands.TopUp():
                return self._top_up(command, made)
            case commands.Transfer():
                return self._transfer(command, made)
            case commands.Reverse():
                return self._reverse(command, made)
            case commands.Capture() | commands.Release():
                return self._close(command)
            case commands.Extend():
                moved = self.purses[command.wallet].extend(command.expires_at, self.now)
                return Deed("extension") if moved else None
            case commands.WriteOff():
                purse = self.purses[command.wallet]
                amount = command.amount_minor or -purse.balance
                purse.balance += amount
                return Deed("write_off", amount, target=command.wallet, tallies={Tally.WRITE_OFFS: -amount})
            case _:
                self._arrange(command, placed)
        return None

    def _arrange(self, command: commands.Command, placed: list[int]) -> None:
        match command:
            case commands.PlaceHold():
                purse = self.purses[command.wallet]
                purse.claims.append(Claim(placed[0], command.amount_minor, command.expires_at))
                purse.reserve()
                self.placed[placed[0]] = command.wallet
            case commands.SetFloor():
                self.purses[command.wallet].floor = command.floor_minor

    def _pay(self, account: int, amount: int, tally: Tally) -> Deed:
        deed = Deed("payment", amount, source=account, tallies={tally: amount})
        self.purses[account].take(amount, deed.taken)
        return deed

    def _adjust(self, command: commands.Adjust, made: list[int]) -> Deed:
        amount = command.amount_minor
        if amount < 0:
            return self._pay(command.wallet, -amount, Tally.ADJUSTMENTS)
        self.purses[command.wallet].fill([Pot(made[0], command.origin, amount, command.expires_at)])
        return Deed("gift", amount, target=command.wallet, made=made, tallies={Tally.ADJUSTMENTS: -amount})

    def _top_up(self, command: commands.TopUp, made: list[int]) -> Deed:
        purse = self.purses[command.wallet]
        moved = purse.extend(command.extends_until or command.expires_at, self.now) if command.extends else {}
        pots = [Pot(made[0], Origin.PURCHASED, command.bought_minor, command.expires_at)]
        if command.bonus_minor:
            until = command.bonus_expires_at or command.expires_at
            pots.append(Pot(made[1], Origin.BONUS, command.bonus_minor, until))
        purse.fill(pots)
        tallies: dict[int, int] = {
            Tally.ISSUED: -command.bought_minor,
            Tally.BONUS: -command.bonus_minor,
            command.into: command.paid_minor,
            Tally.TAKINGS: -command.paid_minor,
        }
        return Deed("top_up", command.bought_minor, target=command.wallet, made=made, moved=moved, tallies=tallies)

    def _transfer(self, command: commands.Transfer, made: list[int]) -> Deed:
        source, target = self.purses[command.source], self.purses[command.target]
        deed = Deed("transfer", command.amount_minor, command.source, command.target, made=made)
        source.take(command.amount_minor, deed.taken)
        used = [pot for pot in source.in_order() if deed.taken[pot.id]]
        ids = zip(made, used, strict=True)
        target.fill([Pot(new, pot.origin, deed.taken[pot.id], pot.expires_at) for new, pot in ids])
        return deed

    def _close(self, command: commands.Capture | commands.Release) -> Deed | None:
        account = self.placed[command.hold]
        purse, claim = self.purses[account], self._claim(command.hold)
        assert claim
        own = [pot for pot in purse.in_order() if pot.held[claim.id]]
        reserved = {pot.id: pot.held[claim.id] for pot in own}
        purse.drop(claim)
        deed = None
        if isinstance(command, commands.Capture):
            amount = command.amount_minor or claim.amount
            deed = Deed("payment", amount, source=account, tallies={Tally.REVENUE: amount})
            missing = amount
            for pot in own:
                most = min(missing, reserved[pot.id])
                purse.take_free(most, [pot], deed.taken)
                missing -= most
            purse.balance -= amount - missing
            purse.take(missing, deed.taken)
        self.tallies[Tally.BREAKAGE] += purse.pass_instant(self.now)
        return deed

    # Undo.

    def _reverse(self, command: commands.Reverse, made: list[int]) -> Deed:
        deed = self.deeds[command.entry]
        amount = self._left(deed) if command.amount_minor is None else command.amount_minor
        back = {
            tally: share(deed, tally, deed.undone + amount) - share(deed, tally, deed.undone) for tally in deed.tallies
        }
        for tally, part in back.items():
            self.tallies[tally] -= part
        deed.undone += amount
        if deed.source:
            self._give(deed, amount, command.grace, made)
        if deed.target:
            self._take_back(deed, amount, -back.get(Tally.BONUS, 0), command.grace)
        for account in (deed.source, deed.target):
            if account:
                self.tallies[Tally.BREAKAGE] += self.purses[account].pass_instant(self.now)
        return Deed("reversal")

    def _give(self, deed: Deed, amount: int, grace: timedelta, made: list[int]) -> None:
        purse = self.purses[deed.source or 0]
        origins = self._origins(deed)[:amount]
        if deed.what == "expiry":
            for pot in origins:
                pot.expired -= 1
        to_lots = amount - min(amount, max(0, -purse.balance))
        purse.balance += amount
        origins = origins[:to_lots]
        for pot in origins:
            pot.free += 1
            deed.returned[pot.id] += 1
        purse.reserve()
        to_lots -= len(origins)
        latest = sorted(purse.pots, key=lambda pot: -pot.id)
        settlers = [pot for pot in latest for _ in range(pot.settled)][:to_lots]
        for pot in settlers:
            pot.settled -= 1
            pot.free += 1
        purse.reserve()
        purse.renew(origins + settlers, self.now, grace)
        to_lots -= len(settlers)
        if to_lots:
            purse.pots.append(Pot(made[0], Origin.REFUND, to_lots, None, free=to_lots))
            purse.reserve()

    def _take_back(self, deed: Deed, amount: int, bonus: int, grace: timedelta) -> None:
        purse = self.purses[deed.target or 0]
        if deed.undone == deed.amount:
            self._shorten(purse, deed, grace)
        own = [pot for pot in purse.in_order() if pot.id in deed.made]
        given = [pot for pot in own if deed.what == "top_up" and pot.origin == Origin.BONUS]
        rest = amount + bonus
        groups = [(given, bonus), ([pot for pot in own if pot not in given], amount)]
        for pots, part in groups:
            for _ in range(part - sum(pot.free for pot in pots)):
                lacking_pot = next(
                    (pot for pot in pots if pot.settled or (pot.expired and deed.what != "transfer")), None
                )
                if lacking_pot and lacking_pot.expired and deed.what != "transfer":
                    lacking_pot.expired -= 1
                    self.tallies[Tally.BREAKAGE] -= 1
                    rest -= 1
                elif lacking_pot:
                    lacking_pot.settled -= 1
        for pots, part in groups:
            used: Counter[int] = Counter()
            purse.take_free(part, pots, used)
            purse.balance -= used.total()
            rest -= used.total()
        purse.take(rest, Counter())

    def _shorten(self, purse: Purse, deed: Deed, grace: timedelta) -> None:
        for pot in purse.pots:
            old, new = deed.moved.get(pot.id, (None, None))
            if old is None or pot.expires_at != new or not pot.remaining:
                continue
            earlier = old if old > self.now else self.now + grace
            pot.expires_at = min(earlier, pot.expires_at or NEVER)


def lacking(available: int, amount: int) -> Refused:
    return "insufficient_credit", {"available_minor": max(available, 0), "missing_minor": amount - available}


def share(deed: Deed, tally: int, undone: int) -> int:
    """How much of what went to a tally belongs to the part undone: credits rounded up, money down."""
    whole = deed.tallies[tally]
    exact = Fraction(abs(whole) * undone, deed.amount)
    part = math.floor(exact) if is_in_currency(tally) else math.ceil(exact)
    return part if whole > 0 else -part
