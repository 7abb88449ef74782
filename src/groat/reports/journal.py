"""The days in documents of bookkeeping: what was received, earned, expired, for which accounts.

What customers paid for credits is a liability until they are spent (or expire): at what was paid for them, by
their very lots, as `cells` counts it. So bonus is no cost of its own: it makes each credit cheaper. Debts are
credits spent before they are paid: they are in the same account, on its other side.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groat.drawers.rules import Report as DrawerReport
from groat.ledger.core.accounts import Tally
from groat.programmes.models import Programme
from groat.reports import cash_book
from groat.reports.asked import Asked
from groat.reports.cells import NO_VAT, Posted
from groat.reports.figures import Figures, Scope
from groat.reports.models import Bookkeeping
from groat.reports.tables import Column, Line, Table, Unit, summed
from groat.topups.models import Means
from groat.web.forms import shown_rate


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """A kind of document, and its usual accounts (of the Czech and the Slovak chart)."""

    name: str | Promise
    debit: str
    credit: str
    number: str
    """What its documents' numbers begin with."""


VAT_ACCOUNT = "343"
KINDS: dict[str, DocumentKind] = {
    "top_up_cash": DocumentKind(gettext_lazy("Top-ups in cash"), "211", "324", "GTC"),
    "top_up_card": DocumentKind(gettext_lazy("Top-ups by payment card"), "261", "324", "GTK"),
    "top_up_bank": DocumentKind(gettext_lazy("Top-ups by bank transfer"), "221", "324", "GTB"),
    "top_up_other": DocumentKind(gettext_lazy("Top-ups by other means"), "378", "324", "GTX"),
    "sale": DocumentKind(gettext_lazy("Sales"), "324", "602", "GSA"),
    "refund": DocumentKind(gettext_lazy("Sales given back"), "324", "602", "GSR"),
    "sale_cash": DocumentKind(gettext_lazy("Paid in cash beside credits"), "211", "324", "GSC"),
    "expired": DocumentKind(gettext_lazy("Credits expired"), "324", "648", "GEX"),
    "adjusted": DocumentKind(gettext_lazy("Credits taken by hand"), "324", "648", "GAD"),
    "written_off": DocumentKind(gettext_lazy("Debts written off"), "546", "324", "GWO"),
    "cash_over": DocumentKind(gettext_lazy("Cash too much"), "211", "668", "GCO"),
    "cash_short": DocumentKind(gettext_lazy("Cash missing"), "569", "211", "GCS"),
    "cash_rounding": DocumentKind(gettext_lazy("Cash rounded"), "211", "648", "GCR"),
}
"""In the order in which a day's documents stand. Amounts below zero take back what the same kind booked."""


@dataclass(frozen=True, slots=True)
class Part:
    """What of a document is at one rate of VAT: minor units of the currency."""

    vat_rate: int
    base_minor: int
    vat_minor: int


@dataclass(frozen=True, slots=True)
class Document:
    """All of one kind on one day."""

    day: date
    kind: str
    parts: tuple[Part, ...]

    @property
    def number(self) -> str:
        """The same, however often it is exported: who imports it twice is warned."""
        return f"{KINDS[self.kind].number}{self.day:%y%m%d}"

    @property
    def total_minor(self) -> int:
        return sum(part.base_minor + part.vat_minor for part in self.parts)


@dataclass(frozen=True, slots=True)
class Booking:
    """One line of the journal."""

    document: Document
    debit: str
    credit: str
    amount_minor: int
    vat_rate: int
    is_vat: bool


@dataclass(frozen=True, slots=True)
class Assignment:
    """To which accounts documents go."""

    told: Mapping[str, list[str]]

    def of(self, kind: str) -> tuple[str, str, str]:
        """Debit, credit, and the code of the assignment in Pohoda (empty: none was told)."""
        usual = [KINDS[kind].debit, KINDS[kind].credit, ""]
        told = self.told.get(kind, [])
        debit, credit, code = (mine or known for mine, known in zip([*told, "", "", ""][:3], usual, strict=True))
        return debit, credit, code

    @property
    def vat(self) -> str:
        """The account of VAT."""
        return next(iter(self.told.get("vat", [])), "") or VAT_ACCOUNT


def settings_of(programme: Programme) -> Bookkeeping:
    """What the merchant's bookkeeping wants; what is usual, when nothing was told."""
    return Bookkeeping.objects.filter(programme=programme).first() or Bookkeeping(programme=programme)


def documents(figures: Figures, asked: Asked) -> list[Document]:
    """The period's documents, by day and kind; those that come to nothing are left out. Three queries."""
    book = _Book()
    scope = Scope(asked.period.since, asked.period.until)
    of_credits: dict[date, int] = defaultdict(int)
    for (day, kind, account, means), cell in figures.posted("day", "kind", "account", "means", scope=scope).items():
        if account == Tally.REVENUE:
            of_credits[day] += cell.worth_minor
        elif account in _BOOKED:
            book.add(day, *_BOOKED[account](kind, means, cell))
    for (day, rate, is_back), sold in figures.sold("day", "vat_rate", "is_back", scope=scope).items():
        book.add(day, "refund" if is_back else "sale", sold.worth_minor - sold.vat_minor, sold.vat_minor, rate)
        book.add(day, "sale_cash", sold.worth_minor)
    for day, worth_minor in of_credits.items():
        book.add(day, "sale_cash", -worth_minor)
    for day, kind, amount_minor in _of_drawers(asked):
        book.add(day, kind, amount_minor)
    return list(_made(book.found))


_BOOKED: dict[int, Callable[[str, str, Posted], tuple[str, int]]] = {
    Tally.TAKINGS: lambda _kind, means, cell: (_top_up_kind(means), -cell.amount_minor),
    Tally.BREAKAGE: lambda _kind, _means, cell: ("expired", cell.worth_minor),
    Tally.ADJUSTMENTS: lambda _kind, _means, cell: ("adjusted", cell.worth_minor),
    Tally.WRITE_OFFS: lambda _kind, _means, cell: ("written_off", -cell.worth_minor),
}
"""By tally: the document that its figures go into, and with how much."""


class _Book:
    """What comes to each document, by rate of VAT."""

    def __init__(self) -> None:
        self.found: dict[tuple[date, str], dict[int, tuple[int, int]]] = defaultdict(dict)

    def add(self, day: date, kind: str, base_minor: int, vat_minor: int = 0, vat_rate: int = NO_VAT) -> None:
        parts = self.found[day, kind]
        base, vat = parts.get(vat_rate, (0, 0))
        parts[vat_rate] = (base + base_minor, vat + vat_minor)


def _made(found: Mapping[tuple[date, str], Mapping[int, tuple[int, int]]]) -> Iterator[Document]:
    order = list(KINDS)
    for day, kind in sorted(found, key=lambda one: (one[0], order.index(one[1]))):
        rates = sorted(found[day, kind].items(), reverse=True)
        parts = tuple(Part(rate, base, vat) for rate, (base, vat) in rates if base or vat)
        if parts:
            yield Document(day, kind, parts)


def _top_up_kind(means: str) -> str:
    return f"top_up_{means}" if means in (Means.CASH, Means.CARD, Means.BANK) else "top_up_other"


def _of_drawers(asked: Asked) -> Iterator[tuple[date, str, int]]:
    """Differences and rounding of the drawers that were closed, on the day on which they were."""
    ((since, until),) = asked.period.ranges(time_zone=asked.programme.time_zone)
    zone = since.tzinfo
    for drawer in cash_book.drawers_closed(asked.programme, since, until):
        if drawer.closed_at is None or drawer.report is None:
            continue
        day, report = drawer.closed_at.astimezone(zone).date(), DrawerReport.read(drawer.report)
        difference = report.difference_minor or 0
        if difference:
            yield day, "cash_over" if difference > 0 else "cash_short", abs(difference)
        if report.rounding_minor:
            yield day, "cash_rounding", report.rounding_minor


def bookings(documents_: Iterable[Document], assignment: Assignment) -> Iterator[Booking]:
    """The lines of documents: base and VAT of each rate."""
    for document in documents_:
        debit, credit, _code = assignment.of(document.kind)
        for part in document.parts:
            if part.base_minor:
                yield Booking(document, debit, credit, part.base_minor, part.vat_rate, is_vat=False)
            if part.vat_minor:
                yield Booking(document, debit, assignment.vat, part.vat_minor, part.vat_rate, is_vat=True)


def build(figures: Figures, asked: Asked) -> Table:
    """The journal as a table."""
    assignment = Assignment(settings_of(asked.programme).accounts)
    lines = []
    for one in bookings(documents(figures, asked), assignment):
        rate = shown_rate(one.vat_rate) if one.vat_rate != NO_VAT else ""
        text = f"{KINDS[one.document.kind].name}{' · ' + _('VAT') if one.is_vat else ''}"
        document = one.document
        lines.append(Line((document.day, document.number, text, one.debit, one.credit, rate, one.amount_minor)))
    return Table(
        _("Bookkeeping journal"),
        (
            Column(_("Day")),
            Column(_("Document")),
            Column(_("What")),
            Column(_("Debit")),
            Column(_("Credit")),
            Column(_("VAT")),
            Column(_("Amount"), Unit.CURRENCY, strong=True),
        ),
        tuple(lines),
        Line((_("Together"), "", "", "", "", "", *summed(lines, [6]))),
        asked.facts[:1],
        (
            _(
                "Credits are a liability at what was paid for them, until they are spent or expire. Each is rounded "
                "for itself: once a year your accountant compares the account with what is owed."
            ),
        ),
        empty=_("Nothing was booked in this period."),
    )
