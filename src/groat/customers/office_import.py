"""The office's pages about bringing customers along from elsewhere."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groat.customers import import_rules as rules
from groat.customers import imports as actions
from groat.customers import tables
from groat.customers.forms import ImportForm
from groat.customers.import_rules import Kind
from groat.customers.models import Import, ImportFault, ImportPart, ImportState
from groat.errors import Refusal
from groat.programmes import access, desk
from groat.programmes.models import Programme
from groat.web import refusals, toasts

form_view = require_http_methods(["GET", "HEAD", "POST"])

SHOWN_FAULTS = 100
SHOWN_IMPORTS = 20
AT_ONCE = 2
"""An import of so few parts is done while one waits; of more the worker does it, and the page shows how far it is."""

FIELDS = {
    "name": gettext_lazy("Name"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "identifier": gettext_lazy("Identifier"),
    "email": gettext_lazy("E-mail"),
    "phone": gettext_lazy("Phone"),
    "language": gettext_lazy("Language"),
    "group": gettext_lazy("Group"),
    "note": gettext_lazy("Note"),
    "floor": gettext_lazy("May go below zero by"),
    "opening": gettext_lazy("Opening balance"),
    "expires_on": gettext_lazy("Opening balance is good until"),
    "at": gettext_lazy("Day and time"),
    "amount": gettext_lazy("Amount"),
    "text": gettext_lazy("What it was"),
    "reference": gettext_lazy("Number of the document"),
}


@form_view
@access.staff_required(*access.MANAGE)
def imports(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Choose a file; and what was imported so far."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        row = desk.attempt(
            form,
            lambda: actions.take_apart(
                programme=programme,
                what=form.cleaned_data["what"],
                file=file.file,
                file_name=file.name,
                size=file.size,
                deed=access.deed(request),
            ),
            request=request,
        )
        if row:
            return _to(programme, row)
    earlier = Import.objects.filter(programme_id=programme.id).order_by("-id")[:SHOWN_IMPORTS]
    return desk.render_form(request, form, "customers/imports.html", earlier=earlier)


@require_GET
@access.staff_required(*access.MANAGE)
def import_sample(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """A small table to begin with."""
    what = request.GET.get("what")
    kind = Kind(what) if what in set(Kind) else Kind.CUSTOMERS
    name = f"{programme.slug}-{kind.value}.csv"
    return desk.download(name, rules.sample(kind).encode(), content_type="text/csv; charset=utf-8")


@require_GET
@access.staff_required(*access.MANAGE)
def import_one(request: HttpRequest, *, programme: Programme, of: UUID) -> HttpResponse:
    """Where an import stands: its columns, how far it is, what it would do, what it did."""
    row = Import.named(programme_id=programme.id, public_id=of)
    return desk.render(request, "customers/import.html", _shown(row))


def _shown(row: Import) -> dict[str, Any]:
    about: dict[str, Any] = {
        "row": row,
        "is_under_way": row.state in actions.UNDER_WAY,
        "is_customers": row.what == Kind.CUSTOMERS,
        "does_nothing": not row.made and not row.changed,
    }
    if row.state == ImportState.MAPPING:
        return about | {"columns": _columns(row), "choices": _choices(row)}
    if row.state in {ImportState.CHECKED, ImportState.DONE}:
        faults = ImportFault.objects.filter(of=row).order_by("row", "id")[:SHOWN_FAULTS]
        about["faults"] = [_fault(fault, row) for fault in faults]
    return about


def _columns(row: Import) -> list[dict[str, Any]]:
    """Each column with its first cells and what it is taken for."""
    part = ImportPart.objects.filter(of=row, number=0).first()
    first = [cells for cells in part.cells if cells][:3] if part else []
    return [
        {
            "heading": heading,
            "cells": [cells[place] for cells in first if place < len(cells) and cells[place]],
            "field": row.mapping[place] if place < len(row.mapping) else "",
        }
        for place, heading in enumerate(row.headings)
    ]


def _choices(row: Import) -> list[tuple[str, str]]:
    return [(name, str(FIELDS[name])) for name in rules.FIELDS[Kind(row.what)]]


def _fault(fault: ImportFault, row: Import) -> dict[str, Any]:
    facts = fault.facts
    if "column" in facts:
        facts = facts | {"column": str(FIELDS.get(facts["column"], facts["column"]))}
    if "field" in facts:
        facts = facts | {"field": str(FIELDS.get(facts["field"], facts["field"]))}
    return {
        "row": fault.row,
        "column": str(FIELDS.get(fault.column, fault.column)),
        "why": refusals.worded(Refusal.revived(fault.refusal, facts), programme=row.programme),
    }


@require_POST
@access.staff_required(*access.MANAGE)
def import_check(request: HttpRequest, *, programme: Programme, of: UUID) -> HttpResponse:
    """The columns are chosen: check every row."""
    row = Import.named(programme_id=programme.id, public_id=of)
    chosen = request.POST.getlist("column")
    return _go(request, programme, row, lambda: actions.check(row=row, mapping=chosen, deed=access.deed(request)))


@require_POST
@access.staff_required(*access.MANAGE)
def import_confirm(request: HttpRequest, *, programme: Programme, of: UUID) -> HttpResponse:
    """Do what the check has said."""
    row = Import.named(programme_id=programme.id, public_id=of)
    return _go(request, programme, row, lambda: actions.confirm(row=row, deed=access.deed(request)))


@require_POST
@access.staff_required(*access.MANAGE)
def import_back(request: HttpRequest, *, programme: Programme, of: UUID) -> HttpResponse:
    """Choose the columns again."""
    row = Import.named(programme_id=programme.id, public_id=of)
    return _go(request, programme, row, lambda: actions.choose_again(row=row, deed=access.deed(request)))


@require_POST
@access.staff_required(*access.MANAGE)
def import_discard(request: HttpRequest, *, programme: Programme, of: UUID) -> HttpResponse:
    """Import nothing of it."""
    row = Import.named(programme_id=programme.id, public_id=of)
    answer = _go(request, programme, row, lambda: actions.discard(row=row, deed=access.deed(request)))
    row.refresh_from_db()
    if row.state != ImportState.DISCARDED:
        return answer
    toasts.done(request, _("Nothing of %(file)s was imported.") % {"file": row.file_name})
    return redirect("imports", programme=programme.slug)


def _go(request: HttpRequest, programme: Programme, row: Import, act: Any) -> HttpResponse:
    try:
        going = act()
    except Refusal as refusal:
        facts = refusal.facts()
        if "column" in facts:
            refusal = Refusal.revived(refusal.code, facts | {"column": str(FIELDS[str(facts["column"])])})
        toasts.failed(request, desk.worded(refusal, request=request))
    else:
        if going.parts <= AT_ONCE:
            actions.go_on(deed=access.deed(request), only=going, seconds=2)
    return _to(programme, row)


@require_GET
@access.staff_required(*access.MANAGE)
def import_faults(_request: HttpRequest, *, programme: Programme, of: UUID) -> HttpResponseBase:
    """All rows that were refused, as CSV."""
    row = Import.named(programme_id=programme.id, public_id=of)
    heading = (_("Row"), _("Column"), _("Why"))
    found = ImportFault.objects.filter(of=row).order_by("row", "id").iterator(chunk_size=1000)
    lines = (tuple(_fault(fault, row).values()) for fault in found)
    return tables.streamed(heading, lines, name="refused-rows.csv")


def _to(programme: Programme, row: Import) -> HttpResponse:
    return redirect(reverse("import", kwargs={"programme": programme.slug, "of": row.public_id}))


urlpatterns = [
    path("customers/import/", imports, name="imports"),
    path("customers/import/sample/", import_sample, name="import_sample"),
    path("customers/import/<uuid:of>/", import_one, name="import"),
    path("customers/import/<uuid:of>/check/", import_check, name="import_check"),
    path("customers/import/<uuid:of>/confirm/", import_confirm, name="import_confirm"),
    path("customers/import/<uuid:of>/columns/", import_back, name="import_back"),
    path("customers/import/<uuid:of>/discard/", import_discard, name="import_discard"),
    path("customers/import/<uuid:of>/refused/", import_faults, name="import_faults"),
]
