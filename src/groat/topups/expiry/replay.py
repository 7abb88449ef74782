"""What a rule would have done: a wallet's real history, replayed with other dates. Pure.

The ledger's own core decides, as it decided then, which credits a payment takes, what expires when, and
what an undone purchase takes back; only the dates of what was bought come from the rule that is tried. So a
trial of the rule that really was in force tells exactly what happened.

Real payments went through with real credits. Where the rule would have let those expire, the payment takes
what would be left, and the rest is counted as missing: that customer would have had to top up. A debt may be
as deep as it really was.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count

from groat.errors import Refusal
from groat.ledger.core import commands
from groat.ledger.core.decide import Accepted, Book, decide
from groat.ledger.core.entries import Kind
from groat.ledger.core.lots import Origin, later
from groat.ledger.core.reversal import Record, measure
from groat.ledger.core.wallet import Wallet
from groat.topups.expiry import rules
from groat.topups.expiry.rules import Rule

WALLET = 1_000
"""The wallet's name in the replay; any that is no tally's."""


@dataclass(frozen=True, slots=True)
class Sale:
    """Credits bought. Minor units of credit."""

    bought_minor: int
    bonus_minor: int = 0
    is_agreed: bool = False
    """Whether their date was agreed by hand: then no rule changes it."""
    expires_at: datetime | None = None
    """The date that they really got."""
    bonus_expires_at: datetime | None = None
    """A date of the bonus alone; None: as what was bought."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Credits that came otherwise, with their date."""

    origin: Origin
    granted_minor: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the wallet."""

    entry: int
    kind: Kind
    at: datetime
    amount_minor: int
    balance_minor: int
    """After it."""
    reverses: int | None = None
    measure_minor: int | None = None
    """Of an undone sale: how many of the credits bought were taken back."""
    sale: Sale | None = None
    grants: tuple[Grant, ...] = ()
    extended_until: datetime | None = None
    """Of an extension by hand; None: they no longer expire."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. Minor units of credit."""

    expired: tuple[tuple[datetime, int], ...]
    extended_minor: int
    """Credits whose date moved since `since`, each counted once."""
    missing_minor: int
    """What payments since then would have lacked."""
    left_minor: int
    """Of its lots, at the end."""
    dates: tuple[tuple[Origin, int, datetime | None], ...]
    """Origin, what is left, and the date of each lot that has something, in the order of their use."""


@dataclass(slots=True)
class _Play:
    rule: Rule
    time_zone: str
    since: datetime
    book: Book
    undone: frozenset[int]
    """Entries that something takes back later."""
    mint: Callable[[], int] = field(default_factory=lambda: count(1).__next__)
    expired: list[tuple[datetime, int]] = field(default_factory=list)
    extended: dict[int, int] = field(default_factory=dict)
    missing_minor: int = 0
    names: dict[int, int] = field(default_factory=dict)
    """By real entry: the replayed one."""

    @property
    def wallet(self) -> Wallet:
        return self.book.wallets[WALLET]

    def expire(self, now: datetime) -> None:
        """Let expire what is due, each at its own instant."""
        while (due := self.wallet.next_due) is not None and due <= now:
            before = self.wallet.posted_minor
            decide(self.book, commands.Expire(WALLET), now=due, mint=self.mint)
            self.expired.append((due, before - self.wallet.posted_minor))

    def do(self, command: commands.Command, event: Event, now: datetime) -> Accepted | None:
        """Decide it; what is refused simply does not happen."""
        before = self.wallet.lots
        outcome = decide(self.book, command, now=now, mint=self.mint)
        if isinstance(outcome, Refusal):
            return None
        if outcome.entry is not None:
            # A payment's own entry, not that of the dates which it moves.
            if event.entry in self.undone and event.entry not in self.names:
                self.names[event.entry] = outcome.entry.id
                self.book.records[outcome.entry.id] = Record(outcome.entry)
            if now >= self.since and outcome.entry.kind is not Kind.REVERSAL:
                held = {lot.id: lot.remaining_minor for lot in before}
                for date in outcome.entry.dates:
                    self.extended.setdefault(date.lot, held.get(date.lot, 0))
        return outcome


def replay(rule: Rule, events: Iterable[Event], *, since: datetime, until: datetime, time_zone: str) -> Outcome:
    """What the rule would have done to a wallet from its first day; `since` and `until` bound what is counted."""
    past = list(events)
    undone = frozenset(event.reverses for event in past if event.reverses is not None)
    play = _Play(rule, time_zone, since, Book({WALLET: Wallet(WALLET)}), undone)
    now: datetime | None = None
    for event in past:
        # Clocks of several machines: nothing happens before what was booked before it.
        now = event.at if now is None else max(now, event.at)
        play.expire(now)
        _happen(play, event, now)
    play.expire(until)
    lots = [lot for lot in play.wallet.lots if lot.remaining_minor]
    return Outcome(
        tuple((at, minor) for at, minor in play.expired if minor and at >= since),
        sum(play.extended.values()),
        play.missing_minor,
        sum(lot.remaining_minor for lot in lots),
        tuple((lot.origin, lot.remaining_minor, lot.expires_at) for lot in lots),
    )


def _happen(play: _Play, event: Event, now: datetime) -> None:
    match event.kind:
        case Kind.TOP_UP:
            _sell(play, event, now)
        case Kind.SPEND | Kind.CAPTURE:
            _pay(play, event, now)
            if until := rules.after_visit(play.rule, at=now, time_zone=play.time_zone):
                play.do(commands.Extend(WALLET, until), event, now)
        case Kind.EXTENSION:
            play.do(commands.Extend(WALLET, event.extended_until), event, now)
        case Kind.REVERSAL:
            _undo(play, event, now)
        case Kind.WRITE_OFF:
            _forgive(play, event, now)
        case Kind.TRANSFER | Kind.ADJUSTMENT:
            _move(play, event, now)
        case Kind.EXPIRY:
            # What really expired; here the rule says.
            return


def _sell(play: _Play, event: Event, now: datetime) -> None:
    sale = event.sale
    if sale is None:
        return
    own = sale.expires_at if sale.is_agreed else rules.expires_at(play.rule, at=now, time_zone=play.time_zone)
    told = rules.agreed(play.rule, expires_at=own, bought_minor=sale.bought_minor, at=now, time_zone=play.time_zone)
    command = commands.TopUp(
        WALLET,
        sale.bought_minor,
        0,
        bonus_minor=sale.bonus_minor,
        expires_at=told.expires_at,
        bonus_expires_at=sale.bonus_expires_at,
        extends=told.extends,
        extends_until=told.extends_until,
    )
    play.do(command, event, now)


def _pay(play: _Play, event: Event, now: datetime) -> None:
    """Take what there is of it; nobody goes deeper into debt than they really did."""
    play.book.wallets[WALLET] = replace(play.wallet, floor_minor=min(0, event.balance_minor))
    there = min(-event.amount_minor, max(0, play.wallet.available_minor))
    if there:
        play.do(commands.Spend(WALLET, there), event, now)
    if now >= play.since:
        play.missing_minor += -event.amount_minor - there


def _forgive(play: _Play, event: Event, now: datetime) -> None:
    forgiven = min(max(0, -play.wallet.posted_minor), event.amount_minor)
    if forgiven:
        play.do(commands.WriteOff(WALLET, "replayed", "system", forgiven), event, now)


def _move(play: _Play, event: Event, now: datetime) -> None:
    """To another wallet or from it, or by hand: what comes keeps the date that it came with."""
    if event.amount_minor < 0:
        _pay(play, event, now)
        return
    for grant in event.grants:
        command = commands.Adjust(
            WALLET, grant.granted_minor, "replayed", "system", origin=grant.origin, expires_at=grant.expires_at
        )
        play.do(command, event, now)


def _undo(play: _Play, event: Event, now: datetime) -> None:
    name = play.names.get(event.reverses or 0)
    if name is None:
        return
    record = play.book.records[name]
    asked = abs(event.amount_minor) if event.measure_minor is None else event.measure_minor
    left = measure(record.entry) - record.undone_minor
    if min(asked, left):
        grace = rules.refund_grace(play.rule)
        play.do(commands.Reverse(name, min(asked, left), grace=grace), event, now)


# ---- What is told of it ----


@dataclass(slots=True)
class Tally:
    """The outcomes of many wallets, added up: each sum with the number of wallets that it concerns."""

    months: dict[str, list[int]] = field(default_factory=dict)
    """By `2026-03`: expired under the rule, of how many wallets, really expired, of how many."""
    sums: dict[str, list[int]] = field(default_factory=dict)
    """By name: minor units, wallets. `expired`, `really`, `extended`, `missing`, `left`, `really_left`;
    of the credits bought that are there today `today`, `today_lasting`, `today_moved`."""
    due: dict[str, list[int]] = field(default_factory=dict)
    """By month, of the credits bought that are there today: what expires as booked, of how many wallets."""

    def add(self, name: str, minor: int) -> None:
        """Add what one wallet has of it."""
        if minor:
            total = self.sums.setdefault(name, [0, 0])
            total[0] += minor
            total[1] += 1

    def add_month(self, month: str, place: int, minor: int) -> None:
        """Add to a month what one wallet lost in it: place 0 under the rule, 2 really."""
        row = self.months.setdefault(month, [0, 0, 0, 0])
        row[place] += minor
        row[place + 1] += 1

    def told(self) -> dict[str, object]:
        """As JSON."""
        return {"months": self.months, "sums": self.sums, "due": self.due}

    @classmethod
    def of(cls, told: Mapping[str, dict[str, list[int]]]) -> "Tally":
        """What `told` has said."""
        return cls(*({key: list(row) for key, row in told.get(name, {}).items()} for name in ("months", "sums", "due")))


@dataclass(frozen=True, slots=True)
class Past:
    """All that is known of a wallet."""

    events: tuple[Event, ...]
    held: tuple[tuple[int, datetime | None], ...]
    """The credits bought that are there today: minor units and date."""
    balance_minor: int


def count_in(tally: Tally, past: Past, rule: Rule, *, since: datetime, until: datetime, time_zone: str) -> None:
    """Add to the tally what the rule would have done to a wallet, and what it does to the credits of today."""
    outcome = replay(rule, past.events, since=since, until=until, time_zone=time_zone)
    really = [
        (event.at, -event.amount_minor) for event in past.events if event.kind is Kind.EXPIRY and event.at >= since
    ]
    for place, name, lost in ((0, "expired", outcome.expired), (2, "really", really)):
        by_month: dict[str, int] = {}
        for at, minor in lost:
            month = month_of(at, time_zone)
            by_month[month] = by_month.get(month, 0) + minor
        for month, minor in by_month.items():
            tally.add_month(month, place, minor)
        tally.add(name, sum(by_month.values()))
    tally.add("extended", outcome.extended_minor)
    tally.add("missing", outcome.missing_minor)
    tally.add("left", outcome.left_minor)
    tally.add("really_left", max(0, past.balance_minor))
    _count_today(tally, past, rule, until, time_zone)


def _count_today(tally: Tally, past: Past, rule: Rule, now: datetime, time_zone: str) -> None:
    told = rules.terms(rule, bought_minor=max(1, rule.extends_from_minor), at=now, time_zone=time_zone)
    tally.add("today", sum(minor for minor, _ in past.held))
    tally.add("today_lasting", sum(minor for minor, date in past.held if date is None))
    moved = (minor for minor, date in past.held if told.extends and later(date, told.extends_until) != date)
    tally.add("today_moved", sum(moved))
    by_month: dict[str, int] = {}
    for minor, date in past.held:
        if date is not None:
            month = month_of(date, time_zone)
            by_month[month] = by_month.get(month, 0) + minor
    for month, minor in by_month.items():
        row = tally.due.setdefault(month, [0, 0])
        row[0] += minor
        row[1] += 1


def month_of(at: datetime, time_zone: str) -> str:
    """The month of an instant where the programme is: `2026-03`."""
    return f"{rules.day_at(at, time_zone):%Y-%m}"
