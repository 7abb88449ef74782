"""The till's page about baskets put aside: its list, and what its script asks."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import formats, timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from groat.programmes import access
from groat.programmes import queries as programmes
from groat.programmes.models import Programme, Till
from groat.till import asking, parking
from groat.till.models import ParkedBasket

LONGEST_NAME = 40


@require_GET
@never_cache
@access.staff_required(*access.TILL)
def parked(request: HttpRequest, *, programme: Programme, till: UUID) -> HttpResponse:
    """What is put aside at this till."""
    row = Till.named(programme_id=programme.id, public_id=till)
    found = parking.described(list(parking.at(till=row)), till=row, now=timezone.now())
    names = programmes.names_of(programme_id=programme.id, actors={basket.actor for basket, _ in found})
    baskets = [
        {
            "basket": basket,
            "lines": lines,
            "who": names.get(basket.actor, ""),
            "total_minor": sum(line["price_minor"] * line["quantity"] for line in lines if line["is_sold"]),
        }
        for basket, lines in found
    ]
    return render(request, "till/parked.html", {"programme": programme, "till": row, "baskets": baskets})


@asking.answers
def park(request: HttpRequest, till: Till, body: dict[str, Any]) -> dict[str, Any]:
    """Put the basket aside, under a name or else under the time."""
    deed = access.deed(request)
    lines, note = asking.lines(body), asking.note(body)
    name = asking.note(body, "name", longest=LONGEST_NAME)
    name = name or formats.time_format(timezone.localtime(deed.now), "TIME_FORMAT")

    def act() -> dict[str, Any]:
        basket = parking.park(till=till, lines=lines, name=name, note=note, deed=deed)
        return {"parked": {"id": str(basket.public_id), "name": basket.name}}

    return asking.once(request, till, body, deed, act)


@asking.answers
def take_up(request: HttpRequest, till: Till, body: dict[str, Any], basket: UUID) -> dict[str, Any]:
    """Take a basket up, at today's prices."""
    deed, row = access.deed(request), _named(till, basket)

    def act() -> dict[str, Any]:
        ((taken, lines),) = parking.described([parking.take_up(basket=row, deed=deed)], till=till, now=deed.now)
        return {"taken": {"name": taken.name, "note": taken.note, "lines": lines}}

    return asking.once(request, till, body, deed, act)


@asking.answers
def remove(request: HttpRequest, till: Till, body: dict[str, Any], basket: UUID) -> dict[str, Any]:
    """Delete a basket that was put aside."""
    del body
    gone = parking.remove(basket=_named(till, basket), deed=access.deed(request))
    return {"removed": {"id": str(gone.public_id), "name": gone.name}}


@asking.answers
def restore(request: HttpRequest, till: Till, body: dict[str, Any], basket: UUID) -> dict[str, Any]:
    """It was deleted by mistake."""
    del body
    back = parking.restore(basket=_named(till, basket), deed=access.deed(request))
    return {"parked": {"id": str(back.public_id), "name": back.name}}


def _named(till: Till, public_id: UUID) -> ParkedBasket:
    return asking.of_till(ParkedBasket.named(programme_id=till.programme_id, public_id=public_id), till)


urlpatterns = [
    path("<uuid:till>/parked/", parked, name="till_parked"),
    path("<uuid:till>/parked/new/", park, name="till_park"),
    path("<uuid:till>/parked/<uuid:basket>/take-up/", take_up, name="till_take_up"),
    path("<uuid:till>/parked/<uuid:basket>/remove/", remove, name="till_parked_remove"),
    path("<uuid:till>/parked/<uuid:basket>/restore/", restore, name="till_parked_restore"),
]
