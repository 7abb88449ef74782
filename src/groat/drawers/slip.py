"""A drawer's report as a slip: what the page, the printer and the PDF show alike."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from django.utils import timezone, translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from groat.drawers import queries
from groat.drawers.models import Drawer
from groat.drawers.rules import ByMeans, Report
from groat.programmes import queries as programmes
from groat.programmes.models import Programme, Till
from groat.topups.models import Means
from groat.web import slips
from groat.web.slips import Line, Part, Slip

_MINUS = "\N{MINUS SIGN}"


def pdf(drawer: Drawer, *, till: Till, now: datetime) -> tuple[str, bytes]:
    """The report of a drawer to be filed, in the programme's language, and a name for its file."""
    names = programmes.names_of(programme_id=drawer.programme_id, actors=[drawer.opened_by, drawer.closed_by])
    with translation.override(till.programme.language):
        made = slips.pdf(of_drawer(drawer, till=till, names=names, now=now), at=drawer.closed_at or now)
    day = timezone.localtime(drawer.closed_at or now).date()
    number = f"z-{drawer.number}" if drawer.closed_at else "x"
    return f"{slugify(till.name) or 'till'}-{number}-{day.isoformat()}.pdf", made


def of_drawer(drawer: Drawer, *, till: Till, names: Mapping[str, str], now: datetime) -> Slip:
    """The report Z of a closed drawer, or X of an open one as of `now`, in the current language.

    `names` are those of who opened and closed it.
    """
    report = queries.report(drawer) if drawer.report is None else Report.read(drawer.report)
    return of_report(report, drawer=drawer, till=till, names=names, now=now)


def of_report(report: Report, *, drawer: Drawer, till: Till, names: Mapping[str, str], now: datetime) -> Slip:
    """The same of figures that are known already."""
    said = _Said(till.programme)
    opened = _moment(_("Opened"), drawer.opened_at, names.get(drawer.opened_by, ""))
    if drawer.closed_at:
        title = _("Report Z %(number)s") % {"number": drawer.number}
        until = _moment(_("Closed"), drawer.closed_at, names.get(drawer.closed_by, ""))
    else:
        title, until = _("Report X"), _("As of %(now)s") % {"now": slips.moment(now)}
    return Slip(
        issuer=till.programme.name,
        place=f"{till.site.name} · {till.name}",
        title=title,
        facts=(opened, until),
        parts=(
            Part(_("Paid by card"), tuple(said.sales(report))),
            Part(_("Top-ups"), tuple(said.top_ups(report))),
            Part(_("Cash"), tuple(said.cash(report))),
        ),
        notes=(drawer.note,) if drawer.note else (),
    )


def _moment(what: str, at: datetime, who: str) -> str:
    return f"{what} {slips.moment(at)} · {who}" if who else f"{what} {slips.moment(at)}"


class _Said:
    """The figures of a report in the programme's money."""

    def __init__(self, programme: Programme) -> None:
        self._programme = programme

    def sales(self, report: Report) -> Iterator[Line]:
        yield Line(_counted(_("Payments"), report.payments_count), self._credits(report.payments_minor))
        yield Line(_counted(_("Given back"), report.refunds_count), self._less(self._credits, report.refunds_minor))

    def top_ups(self, report: Report) -> Iterator[Line]:
        for one in report.top_ups:
            yield self._by_means(one)
        if not report.top_ups:
            yield Line(_("None"))
        if report.bonus_minor:
            yield Line(_("Bonus given"), self._credits(report.bonus_minor))

    def _by_means(self, one: ByMeans) -> Line:
        return Line(_counted(str(Means(one.means).label), one.count), self._currency(one.paid_minor))

    def cash(self, report: Report) -> Iterator[Line]:
        yield Line(_("Float"), self._currency(report.float_minor))
        yield Line(_("Top-ups in cash"), self._currency(report.cash_top_ups_minor))
        if report.undone_minor:
            undone = self._less(self._currency, report.undone_minor)
            yield Line(_counted(_("Top-ups taken back"), report.undone_count), undone)
        if report.cash_payments_minor:
            yield Line(_("Payments, part in cash"), self._currency(report.cash_payments_minor))
        if report.cash_refunds_minor:
            yield Line(_("Handed back in cash"), self._less(self._currency, report.cash_refunds_minor))
        yield Line(_("Put in"), self._currency(report.put_in_minor))
        yield Line(_("Taken out"), self._less(self._currency, report.taken_out_minor))
        yield Line(_("Should be there"), self._currency(report.expected_minor), tone="sum")
        if report.counted_minor is not None:
            yield Line(_("Counted"), self._currency(report.counted_minor))
        if report.difference_minor is not None:
            sign = "+" if report.difference_minor > 0 else ""
            yield Line(_("Difference"), sign + self._currency(report.difference_minor), tone="sum")
        if report.rounding_minor:
            yield Line(_("of it rounding"), self._currency(report.rounding_minor), tone="soft")

    def _credits(self, amount_minor: int) -> str:
        return slips.in_credits(amount_minor, self._programme)

    def _currency(self, amount_minor: int) -> str:
        return slips.in_currency(amount_minor, self._programme)

    @staticmethod
    def _less(told: Callable[[int], str], amount_minor: int) -> str:
        return _MINUS + told(amount_minor) if amount_minor else told(amount_minor)


def _counted(name: str, count: int) -> str:
    return f"{name} ({count})"
