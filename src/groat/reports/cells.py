"""Figures of a programme's days, added up from entries. Pure.

An entry becomes parts of two kinds of cells: `Posted` counts what it added to each of the programme's
tallies, `Sold` what was bought, line by line. Both stand at the local day and hour at which the entry
happened, so what is given back counts on the day on which it is.

**Worth** is what credits stand for in money, in minor units of the programme's currency, as a receipt says
it. Credits of a lot that was bought are worth what was paid for it, bonus included: of 110 credits sold for
100,00 each is worth 100/110 of its face (Directive 2006/112/EC, Art 73a). What was given is worth nothing;
other credits of which no price is known, and debt, are worth their face. The worth of an entry is rounded
half up, then parted by rates of VAT, then by lines.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

from groat.ledger.core.accounts import Tally
from groat.ledger.core.entries import Kind
from groat.till.vat import contained
from groat.topups.rules import half_up

NO_VAT = -1
"""In place of a rate: what was sold without one."""
SALES = frozenset({Kind.SPEND, Kind.CAPTURE})


class Price(NamedTuple):
    """So much was paid for so many credits, both in minor units."""

    paid: int
    credits: int

    def of(self, amount_minor: int) -> int:
        """What an amount of these credits is worth, rounded half up; 0 or more of either."""
        return (2 * amount_minor * self.paid + self.credits) // (2 * self.credits)


def worth_of(parts: Iterable[tuple[Price, int]]) -> int:
    """What credits of several prices are worth together, rounded half up once."""
    known = list(parts)
    if len(known) == 1:
        # By far the most, and without a fraction.
        return known[0][0].of(known[0][1])
    return half_up(sum((Fraction(amount * price.paid, price.credits) for price, amount in known), Fraction(0)))


class Item(NamedTuple):
    """A line of a payment."""

    product: int
    """0 for an amount that was typed."""
    quantity: int
    amount_minor: int
    vat_rate: int = NO_VAT


class Basket(NamedTuple):
    """What a payment was for."""

    items: tuple[Item, ...]
    credits_minor: int
    cash_minor: int
    """Minor units of credit that were paid in cash: the items sum to both."""


class Use(NamedTuple):
    """Credits that a sale took from a lot, at the lot's price."""

    lot: int
    amount_minor: int
    price: Price


class Left(NamedTuple):
    """What is left of a sale after something of it was given back."""

    credits_minor: int
    cash_minor: int
    by_lot: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Sale:
    """A payment's entry: what it took, and for what."""

    basket: Basket
    uses: tuple[Use, ...]
    face: Price

    @property
    def whole(self) -> Left:
        return Left(self.basket.credits_minor, self.basket.cash_minor, {use.lot: use.amount_minor for use in self.uses})

    def worth_of(self, left: Left) -> int:
        """What the credits of it are worth; those of no lot at their face."""
        parts = [(use.price, left.by_lot.get(use.lot, 0)) for use in self.uses]
        parts.append((self.face, max(0, left.credits_minor - sum(left.by_lot.values()))))
        return worth_of((price, amount) for price, amount in parts if amount)


@dataclass(frozen=True, slots=True)
class Fact:
    """An entry with all that is counted of it."""

    kind: str
    at: datetime
    actor: str
    tallies: tuple[tuple[int, int], ...]
    """(account, amount) of its postings to the programme's own accounts."""
    till: int = 0
    means: str = ""
    worth: Mapping[int, int] = field(default_factory=dict)
    """By tally: what its posting is worth. Of a sale and its undoing it follows from `sale`."""
    sale: Sale | None = None
    before: Left | None = None
    """Of what is given back of a sale: what was left before …"""
    after: Left | None = None
    """… and is left after it."""


class PostedKey(NamedTuple):
    """Where entries are counted."""

    day: date
    hour: int
    kind: str
    account: int
    till: int
    """0 when it happened at none."""
    actor: str
    means: str
    """Of top-ups: how they were paid."""


class SoldKey(NamedTuple):
    """Where lines are counted."""

    day: date
    hour: int
    till: int
    actor: str
    product: int
    vat_rate: int
    is_back: int
    """1 for what was given back: its figures are below zero."""


class Posted(NamedTuple):
    entries: int
    amount_minor: int
    """Of the tally's unit."""
    worth_minor: int


class Sold(NamedTuple):
    quantity: int
    credits_minor: int
    cash_minor: int
    """Paid in cash beside the credits, in minor units of credit."""
    worth_minor: int
    """Of credits and cash together, VAT included, in minor units of the currency."""
    vat_minor: int


@dataclass(slots=True)
class Cells:
    """Figures, added up."""

    posted: dict[PostedKey, Posted] = field(default_factory=dict)
    sold: dict[SoldKey, Sold] = field(default_factory=dict)

    def post(self, key: PostedKey, more: Posted) -> None:
        old = self.posted.get(key)
        self.posted[key] = more if old is None else Posted(old[0] + more[0], old[1] + more[1], old[2] + more[2])

    def sell(self, key: SoldKey, more: Sold) -> None:
        old = self.sold.get(key)
        self.sold[key] = more if old is None else Sold(*(a + b for a, b in zip(old, more, strict=True)))


def counted(facts: Iterable[Fact], *, time_zone: str) -> Cells:
    """The figures of these entries."""
    zone = ZoneInfo(time_zone)
    cells = Cells()
    for fact in facts:
        local = fact.at.astimezone(zone)
        day, hour = local.date(), local.hour
        parts = _parts(fact)
        of_sale = sum(sold.worth_minor for _item, sold in parts)
        of_cash = _cash_worth(fact)
        for account, amount_minor in fact.tallies:
            worth = of_sale - of_cash if account == Tally.REVENUE else fact.worth.get(account, 0)
            key = PostedKey(day, hour, fact.kind, account, fact.till, fact.actor, fact.means)
            cells.post(key, Posted(1, amount_minor, worth))
        is_back = int(fact.kind not in SALES)
        for item, sold in parts:
            cells.sell(SoldKey(day, hour, fact.till, fact.actor, item.product, item.vat_rate, is_back), sold)
    return cells


def _parts(fact: Fact) -> list[tuple[Item, Sold]]:
    """What each line adds to the figures: of what is given back, how much less is left of it."""
    if fact.sale is None:
        return []
    if fact.before is None or fact.after is None:
        return list(zip(fact.sale.basket.items, _lines(fact.sale, fact.sale.whole), strict=True))
    lines = zip(_lines(fact.sale, fact.before), _lines(fact.sale, fact.after), strict=True)
    changes = [Sold(*(b - a for a, b in zip(before, after, strict=True))) for before, after in lines]
    return list(zip(fact.sale.basket.items, changes, strict=True))


def _cash_worth(fact: Fact) -> int:
    if fact.sale is None:
        return 0
    face = fact.sale.face
    if fact.before is None or fact.after is None:
        return face.of(fact.sale.basket.cash_minor)
    return face.of(fact.after.cash_minor) - face.of(fact.before.cash_minor)


def _lines(sale: Sale, left: Left) -> list[Sold]:
    """What is left of a sale, shared out among its lines: credits, cash and their worth, each to the last unit."""
    items = sale.basket.items
    weights = [item.amount_minor for item in items]
    credits_each = shared(left.credits_minor, weights)
    cash_each = shared(left.cash_minor, weights)
    worth_each, vat_each = _taxed(items, sale.worth_of(left) + sale.face.of(left.cash_minor))
    quantities = [-(-item.quantity * left.credits_minor // sale.basket.credits_minor) for item in items]
    return [Sold(*line) for line in zip(quantities, credits_each, cash_each, worth_each, vat_each, strict=True)]


def _taxed(items: tuple[Item, ...], gross_minor: int) -> tuple[list[int], list[int]]:
    """By line: its part of what was paid, and the VAT in it. Parted by rates as `till.vat.recapitulation` does."""
    by_rate: dict[int, list[int]] = {}
    for i, item in enumerate(items):
        by_rate.setdefault(item.vat_rate, []).append(i)
    worth, vat = [0] * len(items), [0] * len(items)
    left_minor = sum(item.amount_minor for item in items)
    for rate, members in sorted(by_rate.items(), reverse=True):
        weights = [items[i].amount_minor for i in members]
        amount = sum(weights)
        share = (2 * gross_minor * amount + left_minor) // (2 * left_minor) if left_minor else 0
        tax = contained(share, rate) if rate > 0 else 0
        for i, part, part_tax in zip(members, shared(share, weights), shared(tax, weights), strict=True):
            worth[i], vat[i] = part, part_tax
        gross_minor, left_minor = gross_minor - share, left_minor - amount
    return worth, vat


def shared(amount_minor: int, weights: list[int]) -> list[int]:
    """An amount in parts by weight that sum to it exactly; by the number of parts where nothing weighs anything."""
    whole = sum(weights)
    if not whole:
        weights, whole = [1] * len(weights), len(weights)
    parts, passed, given = [], 0, 0
    for weight in weights:
        passed += weight
        until = amount_minor * passed // whole
        parts.append(until - given)
        given = until
    return parts


# ---- Liability ----

OWED_BY = {
    Tally.REVENUE: "spent",
    Tally.ISSUED: "sold",
    Tally.BONUS: "bonus",
    Tally.BREAKAGE: "expired",
    Tally.ADJUSTMENTS: "adjusted",
    Tally.WRITE_OFFS: "written_off",
}
"""By what each tally of credits changes that which is owed to customers."""


class Roll(NamedTuple):
    """How what is owed to customers changed, in minor units of credit. What lowers it is below zero."""

    opening: int = 0
    sold: int = 0
    bonus: int = 0
    adjusted: int = 0
    written_off: int = 0
    spent: int = 0
    expired: int = 0

    @property
    def closing(self) -> int:
        return sum(self)

    def next(self, changes: Mapping[int, int]) -> "Roll":
        """The period after this one: what was added to each tally in it."""
        return Roll(self.closing, **{name: -changes.get(tally, 0) for tally, name in OWED_BY.items()})


def expected_breakage(*, granted: int, remaining: int, past_granted: int, past_expired: int) -> tuple[int, int] | None:
    """What will probably expire of credits that can, in minor units: (of what is owed now, earned by now).

    IFRS 15 B46: expected breakage is recognised in proportion to the rights that customers exercise. Of lots
    whose time is over, the part b = expired / granted was never used. Of those still good, b × granted will
    expire; of that, b × used / (1 − b) is earned by now, where used = granted − remaining, and never more than
    remains. None while no lot's time is over: without history nothing may be expected.
    """
    if not past_granted:
        return None
    expected = min(remaining, granted * past_expired // past_granted)
    used, kept = granted - remaining, past_granted - past_expired
    earned = min(expected, used * past_expired // kept) if kept else expected
    return expected, earned


def same_weekdays(day: date, *, weeks: int = 4) -> list[date]:
    """The same weekday of the weeks before."""
    return [day - timedelta(weeks=week) for week in range(1, weeks + 1)]
