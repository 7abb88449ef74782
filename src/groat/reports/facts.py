"""The facts of entries, as the figures count them: read from the book and the tills, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from groat import ids
from groat.catalogue.models import Product
from groat.ledger import sqlite
from groat.ledger.core.accounts import Tally
from groat.ledger.core.entries import Kind
from groat.ledger.core.lots import Origin
from groat.ledger.models import Entry, Posting
from groat.reports.cells import NO_VAT, SALES, Basket, Fact, Item, Left, Price, Sale, Use, worth_of
from groat.till.models import Payment, Refund
from groat.topups.models import TopUp

type Prices = Sequence[Sequence[int]]
"""[after this entry, minor units of the currency, for minor units of credit], ascending."""

FREE = Price(0, 1)
_GIVEN = {Origin.BONUS, Origin.GIFT}
DEEPEST = 20
"""So often credits may have been transferred before their price counts as unknown."""

_ENTRIES = """
SELECT id, kind, at, reverses, hold, actor FROM ledger_entry
WHERE programme = %s AND id > %s AND id <= %s ORDER BY id LIMIT %s
"""
_TALLIES = """
SELECT entry, account, amount_minor FROM ledger_posting
WHERE programme = %s AND entry > %s AND entry <= %s AND account <= 99 ORDER BY entry, account
"""
_USED = """
SELECT used.entry, used.lot, used.amount_minor, lot.entry, lot.origin
FROM ledger_lot_use AS used
JOIN ledger_lot AS lot ON lot.programme = used.programme AND lot.account = used.account AND lot.id = used.lot
"""
_USED_BY = _USED + "WHERE used.programme = %s AND used.entry IN ({}) ORDER BY used.entry, used.lot"
_USED_IN_RANGE = _USED + "WHERE used.programme = %s AND used.entry > %s AND used.entry <= %s ORDER BY 1, 2"


class Row(NamedTuple):
    """An entry, as read."""

    id: int
    kind: str
    at: datetime
    reverses: int | None
    hold: int | None
    actor: str

    @property
    def payment(self) -> int:
        """The payment that it stands for, if it is a sale: one that waited is known by its hold."""
        return self.hold or self.id


class Used(NamedTuple):
    """What an entry took from a lot (negative) or gave back to it, and where the lot is from."""

    lot: int
    amount_minor: int
    made_by: int
    origin: str


class Range:
    """Entries of a programme, ascending, with all that is counted of them."""

    def __init__(self, *, programme_id: int, after: int, until: int, prices: Prices, limit: int | None = None) -> None:
        self._programme, self._prices = programme_id, prices
        read = _rows(_ENTRIES, (programme_id, after, until, limit if limit is not None else 2**62))
        self.entries = [Row(row[0], row[1], _at(row[2]), *row[3:]) for row in read]
        self.last_id = self.entries[-1].id if self.entries else after
        part = (programme_id, after, self.last_id)
        self._tallies: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for entry, account, amount in _rows(_TALLIES, part):
            self._tallies[entry].append((account, amount))
        self._uses = _by_entry(_rows(_USED_IN_RANGE, part))
        self._read_what_is_undone()
        self._read_what_was_made()
        self._lots = _prices_of_lots(programme_id, (used for uses in self._uses.values() for used in uses))

    def facts(self) -> list[Fact]:
        """The entries' facts, in their order."""
        return [self._fact(row) for row in self.entries]

    def _read_what_is_undone(self) -> None:
        """The entries that are undone here, and what else was undone of those that are sales."""
        undone = {row.reverses for row in self.entries if row.reverses is not None}
        self._originals = {row.id: row for row in _entries(self._programme, id__in=undone)} if undone else {}
        sales = [row.id for row in self._originals.values() if row.kind in SALES]
        self._siblings: dict[int, list[Row]] = defaultdict(list)
        if not sales:
            return
        for row in _entries(self._programme, reverses__in=sales, id__lte=self.last_id):
            self._siblings[row.reverses or 0].append(row)
        others = {*sales, *(row.id for rows in self._siblings.values() for row in rows)}
        self._uses |= _used_by(self._programme, others)
        spent = Posting.objects.filter(programme=self._programme, entry__in=others, account=Tally.REVENUE)
        self._revenue = dict(spent.values_list("entry", "amount_minor"))

    def _read_what_was_made(self) -> None:
        """The payments, refunds and top-ups that the entries stand for."""
        sales = {row.payment for row in (*self.entries, *self._originals.values()) if row.kind in SALES}
        columns = ("id", "till_id", "amount_minor", "cash_minor", "lines")
        paid = Payment.objects.filter(pk__in=sales, programme_id=self._programme).values_list(*columns)
        self._payments = {row[0]: (row[1], Basket(_items(row[4]), row[2], row[3])) for row in paid}
        back = {row.id for rows in self._siblings.values() for row in rows}
        given = Refund.objects.filter(pk__in=back, cash_minor__gt=0) if back else Refund.objects.none()
        self._cash_back = dict(given.values_list("pk", "cash_minor"))
        sold = {row.id for row in self.entries if row.kind == Kind.TOP_UP} | set(self._originals)
        found = TopUp.objects.filter(pk__in=sold, programme_id=self._programme)
        kept = ("id", "till_id", "means", "paid_minor", "bought_minor", "bonus_minor")
        self._top_ups = {row[0]: row[1:] for row in found.values_list(*kept)}

    def _fact(self, row: Row) -> Fact:
        tallies = tuple(self._tallies.get(row.id, ()))
        original = self._originals.get(row.reverses or 0)
        if row.kind in SALES:
            till, sale = self._sale(row, dict(tallies).get(Tally.REVENUE, 0))
            return Fact(row.kind, row.at, row.actor, tallies, till, sale=sale)
        if original is not None and original.kind in SALES:
            till, sale = self._sale(original, self._revenue[original.id])
            before, after = self._left(row, sale)
            return Fact(row.kind, row.at, row.actor, tallies, till, sale=sale, before=before, after=after)
        top_up = self._top_ups.get(original.id if original else row.id)
        till_id, means = (top_up[0] or 0, top_up[1]) if top_up else (0, "")
        price = Price(top_up[2], top_up[3] + top_up[4]) if top_up else None
        return Fact(row.kind, row.at, row.actor, tallies, till_id, means, self._worth(row, tallies, price))

    def _sale(self, row: Row, credits_minor: int) -> tuple[int, Sale]:
        till, basket = self._payments.get(row.payment, (0, None))
        if basket is None or basket.credits_minor != credits_minor:
            # A hold captured in part, or what was asked of the book alone: an amount without lines.
            basket = Basket((Item(0, 1, credits_minor),), credits_minor, 0)
        uses = tuple(Use(one.lot, -one.amount_minor, self._price(one, row.id)) for one in self._uses.get(row.id, ()))
        return till, Sale(basket, uses, self._face(row.id))

    def _left(self, row: Row, sale: Sale) -> tuple[Left, Left]:
        """What is left of a sale before this entry and after it."""
        lefts = [sale.whole]
        for sibling in self._siblings[row.reverses or 0]:
            left = lefts[-1]
            back = {one.lot: one.amount_minor for one in self._uses.get(sibling.id, ()) if one.amount_minor > 0}
            by_lot = {lot: max(0, amount - back.get(lot, 0)) for lot, amount in left.by_lot.items()}
            credits_left = left.credits_minor + self._revenue.get(sibling.id, 0)
            cash_left = left.cash_minor - self._cash_back.get(sibling.id, 0)
            lefts.append(Left(credits_left, max(0, cash_left), by_lot))
            if sibling.id == row.id:
                break
        return lefts[-2], lefts[-1]

    def _worth(self, row: Row, tallies: tuple[tuple[int, int], ...], price: Price | None) -> dict[int, int]:
        """What the postings of an entry that is no sale are worth, by tally, with their signs."""
        worth = {}
        face = self._face(row.id)
        moved = [(self._price(one, row.id), -one.amount_minor) for one in self._uses.get(row.id, ())]
        for account, amount in tallies:
            if account == Tally.BREAKAGE:
                worth[account] = _worth(moved) if price is None else _signed(price, amount)
            elif account == Tally.ADJUSTMENTS and amount > 0:
                beyond = amount - sum(part for _price, part in moved)
                worth[account] = _worth([*moved, (face, max(0, beyond))])
            elif account == Tally.WRITE_OFFS:
                worth[account] = _signed(face, amount)
        return worth

    def _price(self, used: Used, entry: int) -> Price:
        return self._lots.get(used.lot) or self._face(entry)

    def _face(self, entry: int) -> Price:
        """What credits cost when this was booked."""
        after = [price for price in self._prices if price[0] < entry] or self._prices[:1]
        return Price(after[-1][1], after[-1][2])


def _worth(moved: list[tuple[Price, int]]) -> int:
    """What was taken from lots is worth, or below zero what was given back to them."""
    sign = -1 if sum(amount for _price, amount in moved) < 0 else 1
    return sign * worth_of((price, sign * amount) for price, amount in moved)


def _signed(price: Price, amount_minor: int) -> int:
    return price.of(amount_minor) if amount_minor >= 0 else -price.of(-amount_minor)


def _items(lines: list[dict[str, Any]]) -> tuple[Item, ...]:
    return tuple(
        Item(
            _key(line["product"]),
            line["quantity"],
            line["amount_minor"],
            NO_VAT if line.get("vat") is None else line["vat"],
        )
        for line in lines
    )


def _key(product: str | None) -> int:
    return ids.private(Product.kind, product) if product else 0


def _prices_of_lots(programme_id: int, uses: Iterable[Used], *, depth: int = 0) -> dict[int, Price | None]:
    """What was paid for the credits of these lots; None where it is not known, and they are worth their face.

    What was transferred is worth what the credits it was taken from are, on average by origin.
    """
    made_by = {used.lot: (used.made_by, used.origin) for used in uses}
    entries = {entry for entry, _origin in made_by.values()}
    rows = TopUp.objects.filter(pk__in=entries, programme_id=programme_id)
    columns = ("pk", "paid_minor", "bought_minor", "bonus_minor")
    sold = {pk: Price(paid, bought + bonus) for pk, paid, bought, bonus in rows.values_list(*columns)}
    rest = entries - set(sold)
    moved = {row.id for row in _entries(programme_id, id__in=rest, kind=Kind.TRANSFER)} if rest else set()
    averages = _averages(programme_id, moved, depth) if moved and depth < DEEPEST else {}
    return {
        lot: sold.get(entry) or averages.get((entry, origin)) or (FREE if origin in _GIVEN else None)
        for lot, (entry, origin) in made_by.items()
    }


def _averages(programme_id: int, transfers: set[int], depth: int) -> dict[tuple[int, str], Price]:
    used = _used_by(programme_id, transfers)
    known = _prices_of_lots(programme_id, (one for uses in used.values() for one in uses), depth=depth + 1)
    taken: dict[tuple[int, str], list[tuple[Price | None, int]]] = defaultdict(list)
    for entry, uses in used.items():
        for one in uses:
            if one.amount_minor < 0:
                taken[entry, one.origin].append((known[one.lot], -one.amount_minor))
    averages = {}
    for key, parts in taken.items():
        prices = [(price, amount) for price, amount in parts if price is not None]
        if len(prices) == len(parts):
            whole = sum(amount for _price, amount in prices)
            # Per million, so that the parts' different prices keep a common measure.
            paid = sum(1_000_000 * amount * price.paid // price.credits for price, amount in prices)
            averages[key] = Price(paid, 1_000_000 * whole) if len(prices) > 1 else prices[0][0]
    return averages


def _used_by(programme_id: int, entries: Iterable[int]) -> dict[int, list[Used]]:
    names = sorted(entries)
    if not names:
        return {}
    marks = ", ".join(["%s"] * len(names))
    return _by_entry(_rows(_USED_BY.format(marks), (programme_id, *names)))


def _by_entry(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[Used]]:
    found: dict[int, list[Used]] = {}
    for entry, *used in rows:
        found.setdefault(entry, []).append(Used(*used))
    return found


def _entries(programme_id: int, **which: Any) -> list[Row]:
    rows = Entry.objects.filter(programme=programme_id, **which).order_by("id")
    return [Row(*row) for row in rows.values_list("id", "kind", "at", "reverses", "hold", "actor")]


def _rows(sql: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _at(value: Any) -> datetime:
    moment = sqlite.moment(value) if connection.vendor == "sqlite" else value
    assert isinstance(moment, datetime)  # an entry has its time
    return moment
