"""The till's page about what is sold out: said with one tap, and taken back with another."""

import json
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from groat.catalogue import shelf
from groat.catalogue.models import Product
from groat.errors import NotFound
from groat.programmes import access
from groat.programmes.models import Programme, Till
from groat.till import queries, shown

CHANGED = "groat:selling"
"""The event by which the page hears what has changed of a product."""


@require_GET
@never_cache
@access.staff_required(*access.TILL)
def sold_out(request: HttpRequest, *, programme: Programme, till: UUID) -> HttpResponse:
    """What this till sells, and what of it is sold out."""
    return _list(request, _till(request, programme, till))


@require_POST
@never_cache
@access.staff_required(*access.TILL)
def sell_out(request: HttpRequest, *, programme: Programme, till: UUID, product: UUID) -> HttpResponse:
    """Nothing is left of it: until tomorrow, or until somebody says otherwise."""
    row, deed = _till(request, programme, till), access.deed(request)
    until = _tomorrow(deed.now, programme) if request.POST.get("until") == "tomorrow" else None
    return _changed(request, row, shelf.sell_out(product=_product(row, product), until=until, deed=deed))


@require_POST
@never_cache
@access.staff_required(*access.TILL)
def sell_again(request: HttpRequest, *, programme: Programme, till: UUID, product: UUID) -> HttpResponse:
    """It is to be had again."""
    row = _till(request, programme, till)
    return _changed(request, row, shelf.sell_again(product=_product(row, product), deed=access.deed(request)))


def _till(request: HttpRequest, programme: Programme, public_id: UUID) -> Till:
    if access.staff_of(request).role not in access.MANAGE and not programme.cashiers_may_sell_out:
        raise PermissionDenied
    row = Till.named(programme_id=programme.id, public_id=public_id)
    row.programme = programme
    return row


def _product(till: Till, public_id: UUID) -> Product:
    """A product that this till sells; any other is not there."""
    found = [one for shelves in queries.on_sale(till=till) for one in shelves.products if one.public_id == public_id]
    if not found:
        raise NotFound
    return found[0]


def _tomorrow(now: datetime, programme: Programme) -> datetime:
    """The next midnight where the programme is."""
    zone = ZoneInfo(programme.time_zone)
    day = now.astimezone(zone).date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _changed(request: HttpRequest, till: Till, product: Product) -> HttpResponse:
    response = _list(request, till)
    told = shown.selling_of(product, now=access.deed(request).now)
    response["HX-Trigger"] = json.dumps({CHANGED: {"product": str(product.public_id), "selling": told}})
    return response


def _list(request: HttpRequest, till: Till) -> HttpResponse:
    now = access.deed(request).now
    rows = [
        (one, one.sold.is_sold_out(now), one.sold.back_at)
        for found in queries.on_sale(till=till)
        for one in found.products
    ]
    rows.sort(key=lambda row: not row[1])
    return render(request, "till/sold_out.html", {"programme": till.programme, "till": till, "rows": rows})


urlpatterns = [
    path("<uuid:till>/sold-out/", sold_out, name="till_sold_out"),
    path("<uuid:till>/sold-out/<uuid:product>/", sell_out, name="till_sell_out"),
    path("<uuid:till>/sold-out/<uuid:product>/again/", sell_again, name="till_sell_again"),
]
