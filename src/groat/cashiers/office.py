"""The office's page about who gets in at shared tills, and which tills are shared."""

import secrets
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groat.cards import actions as cards_actions
from groat.cards import queries as cards_queries
from groat.cards.models import Card, CardState
from groat.cashiers import actions, queries
from groat.cashiers.forms import OwnCardForm
from groat.cashiers.models import SharedTill
from groat.errors import Refusal
from groat.programmes import access, desk, pins
from groat.programmes.models import Programme, Role, Staff
from groat.till.rules import UnknownCard
from groat.web import policy, toasts

form_view = require_http_methods(["GET", "HEAD", "POST"])

DRAWN_DIGITS = 6
SHOWN_CARDS = 20


@require_GET
@never_cache
@access.staff_required(*access.MANAGE)
def cashiers(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Who works at tills and what lets them in; below, the browsers that belong to tills."""
    now = timezone.now()
    staff = access.staff_of(request)
    found = queries.people(programme_id=programme.id)
    people = [(one, queries.of(one), f"pin-{one.public_id}" if _may_reset(staff, one) else "") for one in found]
    rows = queries.shared(programme_id=programme.id)
    shared = [(row, queries.who_is_in(row, now=now), f"end-{row.public_id}") for row in rows]
    return desk.render(request, "cashiers/cashiers.html", {"people": people, "shared": shared})


def _may_reset(staff: Staff, other: Staff) -> bool:
    """A manager learns no PIN with which they could pass for an owner or another manager."""
    return staff.role == Role.OWNER or other.role == Role.CASHIER or staff.id == other.id


@require_POST
@never_cache
@access.staff_required(*access.MANAGE)
def cashier_pin(request: HttpRequest, *, programme: Programme, member: UUID) -> HttpResponse:
    """A new PIN for somebody who forgot theirs, drawn by chance and shown here once."""
    row = Staff.named(programme_id=programme.id, public_id=member)
    if not _may_reset(access.staff_of(request), row):
        toasts.failed(request, _("Only an owner may do this."))
        return redirect("cashiers", programme=programme.slug)
    drawn = _drawn()
    try:
        changed = actions.set_pin(staff=row, pin=drawn, deed=access.deed(request))
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
        return redirect("cashiers", programme=programme.slug)
    return desk.render(request, "cashiers/pin_drawn.html", {"member": changed, "pin": drawn})


def _drawn() -> str:
    while True:
        drawn = "".join(secrets.choice("0123456789") for _place in range(DRAWN_DIGITS))
        if not pins.is_trivial(drawn):
            return drawn


@form_view
@never_cache
@access.staff_required(*access.MANAGE)
@policy.reads_codes
def cashier_card(request: HttpRequest, *, programme: Programme, member: UUID) -> HttpResponse:
    """Somebody's own card: held to a reader of this page, or chosen among the customers' cards."""
    row = Staff.named(programme_id=programme.id, public_id=member)
    text = request.GET.get("q", "").strip()[:100]
    form = OwnCardForm(request.POST if "token" in request.POST else None)
    if request.method == "POST" and "card" in request.POST:
        return _name(request, programme, row, Card.named(programme_id=programme.id, public_id=request.POST["card"]))
    if request.method == "POST" and form.is_valid():
        done = desk.attempt(form, lambda: _named_by_token(request, programme, row, form), request=request)
        if done:
            return _done(request, programme, done)
    found = cards_queries.search(programme_id=programme.id, text=text, state=CardState.ACTIVE, limit=SHOWN_CARDS)
    cards = found if text else []
    context = {"member": row, "text": text, "cards": cards, "cashier": queries.of_staff(row)}
    return desk.render_form(request, form, "cashiers/card.html", **context)


def _named_by_token(request: HttpRequest, programme: Programme, staff: Staff, form: OwnCardForm) -> Staff:
    deed = access.deed(request)
    tap = form.cleaned_data["token"]
    card = cards_actions.recognise_in_office(programme=programme, token=tap, deed=deed)
    if card is None:
        raise UnknownCard
    return actions.name_card(staff=staff, card=card, deed=deed)


def _name(request: HttpRequest, programme: Programme, staff: Staff, card: Card) -> HttpResponse:
    try:
        changed = actions.name_card(staff=staff, card=card, deed=access.deed(request))
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
        return redirect(request.get_full_path())
    return _done(request, programme, changed)


def _done(request: HttpRequest, programme: Programme, staff: Staff) -> HttpResponse:
    toasts.done(request, _("%(name)s gets in at shared tills with this card.") % {"name": staff.user.name})
    return redirect("cashiers", programme=programme.slug)


@require_POST
@access.staff_required(*access.MANAGE)
def cashier_card_take_away(request: HttpRequest, *, programme: Programme, member: UUID) -> HttpResponse:
    """Their card opens tills no more; it pays as before."""
    row = Staff.named(programme_id=programme.id, public_id=member)
    try:
        actions.name_card(staff=row, card=None, deed=access.deed(request))
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
    else:
        toasts.done(request, _("The card opens tills no more."))
    return redirect("cashiers", programme=programme.slug)


@require_POST
@access.staff_required(*access.MANAGE)
def shared_till_end(request: HttpRequest, *, programme: Programme, shared: UUID) -> HttpResponse:
    """Take a browser from its till."""
    row = SharedTill.named(programme_id=programme.id, public_id=shared)
    actions.end(shared=row, deed=access.deed(request))
    toasts.done(request, _("%(till)s is shared no more on that device.") % {"till": row.till.name})
    return redirect("cashiers", programme=programme.slug)


urlpatterns = [
    path("cashiers/", cashiers, name="cashiers"),
    path("cashiers/<uuid:member>/pin/", cashier_pin, name="cashier_pin"),
    path("cashiers/<uuid:member>/card/", cashier_card, name="cashier_card"),
    path("cashiers/<uuid:member>/card/take-away/", cashier_card_take_away, name="cashier_card_take_away"),
    path("cashiers/tills/<uuid:shared>/end/", shared_till_end, name="shared_till_end"),
]
