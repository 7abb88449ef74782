"""The cash book: each drawer that was closed in a period, what went through it, and whether it was right."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from groat.drawers.models import Drawer
from groat.drawers.rules import Report
from groat.programmes.models import Programme
from groat.reports.asked import Asked
from groat.reports.figures import Figures
from groat.reports.tables import Column, Line, Table, Unit, summed


def closed(programme: Programme, asked: Asked) -> list[Drawer]:
    """The drawers that were closed in the period, oldest first; one query."""
    ((since, until),) = asked.period.ranges(time_zone=programme.time_zone)
    return drawers_closed(programme, since, until, asked.tills)


def drawers_closed(
    programme: Programme, since: datetime, until: datetime, tills: frozenset[int] | None = None
) -> list[Drawer]:
    """The drawers that were closed between two instants, oldest first; one query."""
    found = Drawer.objects.filter(programme=programme, closed_at__gte=since, closed_at__lt=until)
    if tills is not None:
        found = found.filter(till__in=tills)
    return list(found.select_related("till__site").order_by("closed_at", "id"))


def build(_figures: Figures, asked: Asked) -> Table:
    """The cash book as a table."""
    programme = asked.programme
    drawers = closed(programme, asked)
    asked.known.learn(drawer.closed_by for drawer in drawers)
    lines = tuple(_line(drawer, asked) for drawer in drawers)
    totals = summed(lines, range(4, 12))
    return Table(
        _("Cash book"),
        (
            Column(_("Closed")),
            Column(_("Till")),
            Column(_("By whom")),
            Column(_("Float"), Unit.CURRENCY),
            Column(_("Top-ups"), Unit.CURRENCY),
            Column(_("Sales"), Unit.CURRENCY),
            Column(_("Handed back"), Unit.CURRENCY),
            Column(_("Put in"), Unit.CURRENCY),
            Column(_("Taken out"), Unit.CURRENCY),
            Column(_("Expected"), Unit.CURRENCY),
            Column(_("Counted"), Unit.CURRENCY),
            Column(_("Difference"), Unit.CURRENCY, strong=True),
        ),
        lines,
        Line((_("Together"), "", "", None, *totals)),
        asked.facts,
        (_("Drawers that are still open are not in it."),),
        empty=_("No cash drawer was closed in this period."),
    )


def _line(drawer: Drawer, asked: Asked) -> Line:
    report = Report.read(drawer.report or {})
    values: tuple[Any, ...] = (
        drawer.closed_at,
        f"{drawer.till.name} · {drawer}",
        asked.known.actor_name(drawer.closed_by),
        report.float_minor,
        report.cash_top_ups_minor,
        report.cash_payments_minor,
        -report.undone_minor - report.cash_refunds_minor,
        report.put_in_minor,
        -report.taken_out_minor,
        report.expected_minor,
        report.counted_minor,
        report.difference_minor,
    )
    named = {"programme": asked.programme.slug, "drawer": drawer.public_id}
    url = reverse("drawer", kwargs=named)
    return Line(values, ("", url, *[""] * 9, url))
