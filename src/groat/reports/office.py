"""The office's pages over everything, the start page first."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_GET

from groat.ledger import queries as ledger
from groat.programmes import access, desk
from groat.programmes.models import Programme, Role
from groat.reports import office_reports, office_sending, office_trail, overview, queries, shown
from groat.reports.asked import Filter, Known, asked_of
from groat.reports.figures import FiguresNotReady, reading
from groat.reports.periods import Named
from groat.till.models import Payment
from groat.till.office import bought


@require_GET
@access.staff_required(*Role)
def office(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """How today goes, or what is still to be set up. A cashier's place is the till."""
    if access.staff_of(request).role == Role.CASHIER:
        return redirect("tills", programme=programme.slug)
    progress = queries.progress(programme_id=programme.id)
    context: dict[str, Any] = {"progress": progress, "today": timezone.localdate()}
    if progress.is_done:
        context |= _overview(request, programme)
    return desk.render_list(request, "reports/office.html", context, fragment="figures")


def _overview(request: HttpRequest, programme: Programme) -> dict[str, Any]:
    """A day of the programme, today unless the address names another one before it."""
    today, known = timezone.localdate(), Known(programme)
    day = min(today, _day(request.GET.get("day", "")) or today)
    dates = {"period": Named.DATES, "since": day.isoformat(), "until": day.isoformat()}
    form = Filter(request.GET.dict() | dates, known=known)
    asked = asked_of(form, known=known, today=today)
    now = timezone.now()
    context: dict[str, Any] = {
        "form": form,
        "day": day,
        "is_today": day == today,
        "movements": [_movement(row) for row in queries.last_movements(programme_id=programme.id)],
    }
    try:
        with reading(programme) as figures:
            seen = overview.of_day(figures, asked, now=now, today=today)
            debt_minor = ledger.owed(programme_id=programme.id).debt_minor
    except FiguresNotReady as refusal:
        return context | {"not_ready": desk.worded(refusal, request=request)}
    return context | {
        "tiles": shown.tiles(seen, asked, debt_minor=debt_minor),
        "charts": shown.charts(seen, asked),
        "products": shown.products(seen, asked),
        "owed_lists": shown.owed_lists(seen, programme),
        "breakage": seen.owed.breakage,
        "volume": shown.volume(seen, programme),
    }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _movement(row: Any) -> dict[str, Any]:
    """A payment or a top-up as a line of the list."""
    if isinstance(row, Payment):
        return {"is_payment": True, "row": row, "customer": row.customer, "what": bought(row.lines)}
    return {"is_payment": False, "row": row, "customer": row.wallet.owner}


urlpatterns = [
    path("", office, name="office"),
    *office_trail.urlpatterns,
    *office_sending.urlpatterns,
    *office_reports.urlpatterns,
]
