"""The reports: what each asks of the figures, and the table that it tells."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils import formats
from django.utils.dates import WEEKDAYS
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groat.ledger.core.accounts import Tally
from groat.ledger.core.entries import Kind
from groat.reports import cash_book, files, journal, journal_file, pohoda
from groat.reports.asked import Asked, days_told
from groat.reports.cells import NO_VAT, Posted, Roll, Sold
from groat.reports.figures import Figures, Scope
from groat.reports.periods import Period, month_of, pieces
from groat.reports.tables import Column, Line, Table, Unit, summed
from groat.topups.models import Means
from groat.web.forms import shown_rate

type Build = Callable[[Figures, Asked], Table]
type Write = Callable[[Figures, Asked], bytes]
type Group = tuple[str, Mapping[str, Any], Any]
"""The name of a line, what narrows the entries behind it, and by what it is sorted."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report that can be chosen."""

    name: str | Promise
    about: str | Promise
    build: Build
    icon: str
    by_product: bool = True
    """Whether it can be narrowed to products."""
    by_place: bool = True
    """And to places and people."""
    writers: Mapping[str, Write] = field(default_factory=dict)
    """Formats in which it is not the table that is written."""

    @property
    def formats(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*files.FORMATS, *self.writers)))

    def written(self, figures: Figures, asked: Asked, *, file_format: str, at: datetime) -> bytes:
        """The report as a file, in the current language."""
        if file_format in self.writers:
            return self.writers[file_format](figures, asked)
        table = self.build(figures, asked)
        return files.written(table, file_format=file_format, programme=asked.programme, at=at)


# ---- Sales ----


def _sales(title: str | Promise, first: str | Promise, by: str, group: Callable[[Asked, Any], Group]) -> Build:
    """Sales by something that the cells know, or that follows from it."""

    def build(figures: Figures, asked: Asked) -> Table:
        found: dict[str, list[tuple[Group, Sold, bool]]] = defaultdict(list)
        cells = figures.sold(by, "is_back", scope=asked.scope)
        if by == "actor":
            asked.known.learn(actor for actor, _is_back in cells)
        for (value, is_back), sold in cells.items():
            one = group(asked, value)
            found[one[0]].append((one, sold, bool(is_back)))
        return _sales_table(str(title), str(first), asked, found.values())

    return build


def _sales_table(title: str, first: str, asked: Asked, groups: Iterable[list[tuple[Group, Sold, bool]]]) -> Table:
    with_vat = asked.programme.vat_rate is not None
    rows = []
    for members in groups:
        (name, narrower, order), _sold, _is_back = members[0]
        net = [sum(column) for column in zip(*(sold for _group, sold, _back in members), strict=True)]
        back = -sum(sold.credits_minor + sold.cash_minor for _group, sold, is_back in members if is_back)
        quantity, credits_minor, cash_minor, worth_minor, vat_minor = net
        url = asked.entries_url(Tally.REVENUE, **narrower)
        values = [quantity, back, cash_minor, credits_minor, worth_minor, vat_minor]
        rows.append((order if order is not None else -credits_minor, name, values, url))
    rows.sort(key=lambda row: (row[0], row[1].casefold()))
    columns = [
        Column(first),
        Column(_("Sold"), Unit.COUNT),
        Column(_("Given back"), Unit.CREDITS),
        Column(_("In cash beside"), Unit.CREDITS),
        Column(_("Paid in credits"), Unit.CREDITS, strong=True),
        Column(_("Worth in money"), Unit.CURRENCY),
        *([Column(_("VAT in it"), Unit.CURRENCY)] if with_vat else []),
    ]
    width = len(columns) - 1
    lines = tuple(
        Line((name, *values[:width]), ("", url, "", "", url, *[""] * (width - 4))) for _order, name, values, url in rows
    )
    totals = [sum(values[i] for _order, _name, values, _url in rows) for i in range(width)]
    return Table(
        title,
        tuple(columns),
        lines,
        Line((_("Together"), *totals), ("", "", "", "", asked.entries_url(Tally.REVENUE), *[""] * (width - 4))),
        asked.facts,
        (str(_WORTH),),
        empty=_("Nothing was sold in this period."),
    )


_WORTH = gettext_lazy(
    "Paid in credits is what is left after refunds. Worth in money is what was once paid for these very credits, "
    "bonus shared out over them, and what was paid in cash beside."
)


def _by_actor(asked: Asked, actor: str) -> Group:
    who = [one for one in asked.known.staff.values() if f"staff:{one.id}" == actor]
    return asked.known.actor_name(actor), {"who": str(who[0].public_id)} if who else {"actor": actor}, None


def _by_product(asked: Asked, key: int) -> Group:
    product = asked.known.products.get(key)
    what = f"product-{product.public_id}" if product else "product-none"
    return asked.known.product_name(key), {"what": what}, None


def _by_category(asked: Asked, key: int) -> Group:
    product = asked.known.products.get(key)
    if product is None:
        return _("Free amount"), {"what": "product-none"}, None
    return product.category.name, {"what": f"category-{product.category.public_id}"}, None


def _by_site(asked: Asked, key: int) -> Group:
    till = asked.known.tills.get(key)
    if till is None:
        return _("At no till"), {}, None
    return till.site.name, {"place": f"site-{till.site.public_id}"}, None


def _by_till(asked: Asked, key: int) -> Group:
    till = asked.known.tills.get(key)
    return asked.known.till_name(key), {"place": f"till-{till.public_id}"} if till else {}, None


def _by_day(_asked: Asked, day: date) -> Group:
    return formats.date_format(day, "SHORT_DATE_FORMAT"), {"period": Period(day, day)}, day.toordinal()


def _by_weekday(_asked: Asked, day: date) -> Group:
    return str(WEEKDAYS[day.weekday()]).capitalize(), {"weekday": day.weekday()}, day.weekday()


def _by_hour(_asked: Asked, hour: int) -> Group:
    return f"{hour}:00 – {hour + 1}:00", {"hour": hour}, hour


# ---- Top-ups ----


def _top_ups(figures: Figures, asked: Asked) -> Table:
    """Credits sold, by how they were paid."""
    rows: dict[str, dict[tuple[str, int], Posted]] = defaultdict(dict)
    scope = Scope(asked.period.since, asked.period.until, asked.tills, asked.actors)
    for (means, kind, account), posted in figures.posted("means", "kind", "account", scope=scope).items():
        if means and account in (Tally.ISSUED, Tally.BONUS, Tally.TAKINGS):
            rows[means][kind, account] = posted
    lines = []
    for means in sorted(rows, key=lambda one: list(Means.values).index(one) if one in Means else 99):
        parts = rows[means]
        sold = parts.get((Kind.TOP_UP, Tally.ISSUED), Posted(0, 0, 0))
        undone = parts.get((Kind.REVERSAL, Tally.ISSUED), Posted(0, 0, 0))
        paid, back = (-parts.get((kind, Tally.TAKINGS), Posted(0, 0, 0)).amount_minor for kind in _SOLD_AND_UNDONE)
        bonus = -sum(parts.get((kind, Tally.BONUS), Posted(0, 0, 0)).amount_minor for kind in _SOLD_AND_UNDONE)
        url = asked.entries_url(Tally.TAKINGS, means=means)
        credits_url = asked.entries_url(Tally.ISSUED, means=means)
        label = str(Means(means).label) if means in Means else means
        values = (
            sold.entries,
            paid,
            undone.entries,
            -back,
            paid + back,
            -(sold.amount_minor + undone.amount_minor),
            bonus,
        )
        urls = ("", credits_url, url, "", "", url, credits_url, asked.entries_url(Tally.BONUS, means=means))
        lines.append(Line((label, *values), urls))
    totals = summed(lines, range(1, 8))
    return Table(
        _("Top-ups by means of payment"),
        (
            Column(_("Means of payment")),
            Column(_("Top-ups"), Unit.COUNT),
            Column(_("Received"), Unit.CURRENCY),
            Column(_("Taken back"), Unit.COUNT),
            Column(_("Handed back"), Unit.CURRENCY),
            Column(_("Left"), Unit.CURRENCY, strong=True),
            Column(_("Credits sold"), Unit.CREDITS),
            Column(_("Bonus given"), Unit.CREDITS),
        ),
        tuple(lines),
        Line((_("Together"), *totals)),
        asked.facts,
        empty=_("Nothing was topped up in this period."),
    )


_SOLD_AND_UNDONE = (Kind.TOP_UP, Kind.REVERSAL)


# ---- Liability ----

ROLL_TALLIES = (Tally.ISSUED, Tally.BONUS, Tally.ADJUSTMENTS, Tally.WRITE_OFFS, Tally.REVENUE, Tally.BREAKAGE)


def _liability(figures: Figures, asked: Asked) -> Table:
    """How what is owed to customers changed: each line opens with what the one before closed with."""
    scope = Scope(asked.period.since, asked.period.until)
    changes: dict[date, dict[int, int]] = defaultdict(dict)
    for (day, account), posted in figures.posted("day", "account", scope=scope).items():
        changes[day][account] = posted.amount_minor
    before = figures.tallies(before=asked.period.since)
    first = Roll(-sum(before.values()))
    lines, roll = [], first
    for piece in pieces(asked.period):
        added: dict[int, int] = defaultdict(int)
        for day in piece.days:
            for account, amount in changes.get(day, {}).items():
                added[account] += amount
        roll = roll.next(added)
        lines.append(_roll_line(asked, piece, roll))
    whole = summed(lines, range(2, 8))
    return Table(
        _("What is owed to customers"),
        (
            Column(_("Period")),
            Column(_("Opening"), Unit.CREDITS),
            Column(_("Sold"), Unit.CREDITS),
            Column(_("Bonus"), Unit.CREDITS),
            Column(_("Put right"), Unit.CREDITS),
            Column(_("Written off"), Unit.CREDITS),
            Column(_("Spent"), Unit.CREDITS),
            Column(_("Expired"), Unit.CREDITS),
            Column(_("Closing"), Unit.CREDITS, strong=True),
        ),
        tuple(lines),
        Line((_("Together"), first.closing, *whole, roll.closing)),
        (days_told(asked.period),),
        (_("Credits of customers less their debts, as they are booked. Closing is opening and all between together."),),
        empty=_("There is nothing to show."),
    )


def _roll_line(asked: Asked, piece: Period, roll: Roll) -> Line:
    is_month = piece == month_of(piece.since)
    day_or_days = (
        formats.date_format(piece.since, "SHORT_DATE_FORMAT") if piece.since == piece.until else days_told(piece)
    )
    name = formats.date_format(piece.since, "YEAR_MONTH_FORMAT") if is_month else day_or_days
    parts = (roll.sold, roll.bonus, roll.adjusted, roll.written_off, roll.spent, roll.expired)
    urls = [
        asked.entries_url(tally, piece, place="", what="", who="") if part else ""
        for tally, part in zip(ROLL_TALLIES, parts, strict=True)
    ]
    return Line((name, roll.opening, *parts, roll.closing), ("", "", *urls, ""))


# ---- VAT ----


def _vat(figures: Figures, asked: Asked) -> Table:
    """What was sold by rate of VAT, at what was paid for the credits."""
    found = figures.sold("vat_rate", scope=asked.scope)
    lines = []
    for (rate,), sold in sorted(found.items(), reverse=True):
        name = shown_rate(rate) if rate != NO_VAT else _("No VAT charged")
        base = sold.worth_minor - sold.vat_minor
        if sold.worth_minor or sold.vat_minor:
            url = asked.entries_url(Tally.REVENUE)
            lines.append(Line((name, sold.worth_minor, base, sold.vat_minor), ("", url, "", "")))
    totals = summed(lines, range(1, 4))
    return Table(
        _("VAT summary"),
        (
            Column(_("Rate")),
            Column(_("With VAT"), Unit.CURRENCY),
            Column(_("Base"), Unit.CURRENCY),
            Column(_("VAT"), Unit.CURRENCY, strong=True),
        ),
        tuple(lines),
        Line((_("Together"), *totals)),
        asked.facts,
        (
            _(
                "Credits are taxed when they are spent, at what was once paid for them: of 110 credits sold for 100, "
                "each counts 100/110. What was given back counts on the day on which it was. VAT is rounded for each "
                "payment and rate, as on the receipt. Have your accountant confirm that your credits are multi-purpose "
                "vouchers: credits for one rate alone are taxed when they are sold."
            ),
        ),
        empty=_("Nothing was sold in this period."),
    )


REPORTS: dict[str, Report] = {
    "sales-by-day": Report(
        gettext_lazy("Sales by day"),
        gettext_lazy("What was paid, day by day."),
        _sales(gettext_lazy("Sales by day"), gettext_lazy("Day"), "day", _by_day),
        "calendar",
    ),
    "sales-by-product": Report(
        gettext_lazy("Sales by product"),
        gettext_lazy("What sells, and for how much."),
        _sales(gettext_lazy("Sales by product"), gettext_lazy("Product"), "product", _by_product),
        "package",
    ),
    "sales-by-category": Report(
        gettext_lazy("Sales by category"),
        gettext_lazy("The same, by groups of products."),
        _sales(gettext_lazy("Sales by category"), gettext_lazy("Category"), "product", _by_category),
        "tags",
    ),
    "sales-by-site": Report(
        gettext_lazy("Sales by site"),
        gettext_lazy("Which of your places earns what."),
        _sales(gettext_lazy("Sales by site"), gettext_lazy("Site"), "till", _by_site),
        "map-pin",
    ),
    "sales-by-till": Report(
        gettext_lazy("Sales by till"),
        gettext_lazy("The same, till by till."),
        _sales(gettext_lazy("Sales by till"), gettext_lazy("Till"), "till", _by_till),
        "store",
    ),
    "sales-by-cashier": Report(
        gettext_lazy("Sales by cashier"),
        gettext_lazy("Who took how much, and gave how much back."),
        _sales(gettext_lazy("Sales by cashier"), gettext_lazy("Who"), "actor", _by_actor),
        "circle-user",
    ),
    "sales-by-hour": Report(
        gettext_lazy("Sales by hour"),
        gettext_lazy("When it is busy."),
        _sales(gettext_lazy("Sales by hour"), gettext_lazy("Hour"), "hour", _by_hour),
        "hourglass",
    ),
    "sales-by-weekday": Report(
        gettext_lazy("Sales by day of the week"),
        gettext_lazy("Which days are strong."),
        _sales(gettext_lazy("Sales by day of the week"), gettext_lazy("Day"), "day", _by_weekday),
        "calendar",
    ),
    "top-ups": Report(
        gettext_lazy("Top-ups by means of payment"),
        gettext_lazy("What customers paid for credits, and how."),
        _top_ups,
        "coins",
        by_product=False,
    ),
    "liability": Report(
        gettext_lazy("What is owed to customers"),
        gettext_lazy("From opening to closing, to the last unit."),
        _liability,
        "wallet",
        by_product=False,
        by_place=False,
    ),
    "cash-book": Report(
        gettext_lazy("Cash book"),
        gettext_lazy("Drawers that were closed, and whether they were right."),
        cash_book.build,
        "coins",
        by_product=False,
    ),
    "journal": Report(
        gettext_lazy("Bookkeeping journal"),
        gettext_lazy("For the accountant: as CSV for any program, as XML for Pohoda."),
        journal.build,
        "scroll-text",
        by_product=False,
        by_place=False,
        writers={"csv": journal_file.journal_csv, "xml": pohoda.data_pack},
    ),
    "vat": Report(
        gettext_lazy("VAT summary"),
        gettext_lazy("What to declare, by rate."),
        _vat,
        "calculator",
    ),
}
"""By the word in their address."""
