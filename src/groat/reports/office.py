"""The office's pages over everything, the start page first."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_GET

from groat.ledger import queries as ledger
from groat.programmes import access, days, desk
from groat.programmes.models import Programme, Role
from groat.reports import office_reports, office_trail, queries
from groat.till.models import Payment
from groat.till.office import bought


@require_GET
@access.staff_required(*Role)
def office(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """How today goes, or what is still to be set up. A cashier's place is the till."""
    if access.staff_of(request).role == Role.CASHIER:
        return redirect("tills", programme=programme.slug)
    progress = queries.progress(programme_id=programme.id)
    today = timezone.localdate()
    context: dict[str, Any] = {"progress": progress, "today": today}
    if progress.is_done:
        context |= {
            "takings": queries.takings(
                programme_id=programme.id, since=days.start_of(today, time_zone=programme.time_zone)
            ),
            "owed": ledger.owed(programme_id=programme.id),
            "movements": [_movement(row) for row in queries.last_movements(programme_id=programme.id)],
        }
    return desk.render(request, "reports/office.html", context)


def _movement(row: Any) -> dict[str, Any]:
    """A payment or a top-up as a line of the list."""
    if isinstance(row, Payment):
        return {"is_payment": True, "row": row, "customer": row.customer, "what": bought(row.lines)}
    return {"is_payment": False, "row": row, "customer": row.wallet.owner}


urlpatterns = [
    path("", office, name="office"),
    *office_trail.urlpatterns,
    *office_reports.urlpatterns,
]
