"""The office's pages about cash drawers: the list with the differences, and one drawer."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_GET

from groat.drawers import queries, slip
from groat.drawers.forms import DrawerFilter
from groat.drawers.models import Drawer
from groat.programmes import access, desk
from groat.programmes import queries as programmes
from groat.programmes.models import Programme

PAGE = 50


@require_GET
@access.staff_required(*access.OFFICE)
def drawers(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """The programme's cash drawers, newest first, and whether they were right."""
    form = DrawerFilter(request.GET, tills=programmes.tills(programme_id=programme.id, closed=True))
    form.is_valid()
    chosen = form.cleaned_data
    found = queries.drawers(
        programme=programme,
        till=form.tills.get(chosen.get("till", "")),
        before=desk.cursor(request),
        limit=PAGE + 1,
        differing=chosen.get("only") == "differing",
    )
    return desk.render_list(
        request,
        "drawers/office/drawers.html",
        {
            "form": form,
            "rows": found[:PAGE],
            "next_cursor": str(found[PAGE - 1].id) if len(found) > PAGE else None,
            "is_filtered": any(chosen.values()) or "cursor" in request.GET,
        },
    )


@require_GET
@access.staff_required(*access.OFFICE)
def drawer(request: HttpRequest, *, programme: Programme, drawer: UUID) -> HttpResponse:
    """One drawer: its report, and each amount that went in or out by hand or for a top-up."""
    row = Drawer.named(programme_id=programme.id, public_id=drawer)
    moves = queries.moves(row)
    actors = [row.opened_by, row.closed_by, *(move.actor for move in moves)]
    names = programmes.names_of(programme_id=programme.id, actors=actors)
    return desk.render(
        request,
        "drawers/office/drawer.html",
        {
            "drawer": row,
            "till": row.till,
            "slip": slip.of_drawer(row, till=row.till, names=names, now=access.deed(request).now),
            "moves": [(move, names.get(move.actor, "")) for move in moves],
        },
    )


@require_GET
@access.staff_required(*access.OFFICE)
def drawer_pdf(request: HttpRequest, *, programme: Programme, drawer: UUID) -> HttpResponse:
    """The report of a drawer as a file."""
    row = Drawer.named(programme_id=programme.id, public_id=drawer)
    return desk.download(*slip.pdf(row, till=row.till, now=access.deed(request).now))


urlpatterns = [
    path("drawers/", drawers, name="drawers"),
    path("drawers/<uuid:drawer>/", drawer, name="drawer"),
    path("drawers/<uuid:drawer>/report.pdf", drawer_pdf, name="drawer_pdf"),
]
