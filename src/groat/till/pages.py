"""The till's page, and what it asks about payments."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.module_loading import import_string
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from groat.cards import actions as cards_actions
from groat.cards import queries as cards_queries
from groat.cards import showing
from groat.catalogue import queries as catalogue_queries
from groat.errors import NotFound
from groat.programmes import access
from groat.programmes import queries as programmes_queries
from groat.programmes.models import Programme, Till
from groat.till import actions, asking, found, news, parked, parking, queries, shown, sold_out
from groat.till.models import Checkout, Payment
from groat.till.rules import UnknownCard, may_look_up
from groat.web import policy

SHOWN_PAYMENTS = 30
_DEMO_TRAY = "groat.demo.tray"


# ---- Pages ----


@require_GET
@never_cache
@access.staff_required(*access.TILL)
def tills(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Which till is this? Where there is but one, nobody is asked."""
    found = programmes_queries.tills_of(access.staff_of(request))
    if len(found) == 1 and "choose" not in request.GET:
        return redirect("till", programme=programme.slug, till=found[0].public_id)
    return render(request, "till/tills.html", {**_known(request), "tills": found})


@require_GET
@never_cache
@access.staff_required(*access.TILL)
@policy.reads_codes
def till(request: HttpRequest, *, programme: Programme, till: UUID) -> HttpResponse:
    """The till."""
    row, now = _till(programme, till), access.deed(request).now
    others = programmes_queries.tills_of(access.staff_of(request))
    shelves = [] if row.closed_at else queries.on_sale(till=row)
    context = {
        **_known(request),
        "till": row,
        "has_other_tills": any(other.id != row.id for other in others),
        "shelves": shelves,
        "favourites": catalogue_queries.favourites(shelves),
        "tray": _tray(programme),
        "about": None if row.closed_at else _about(request, row) | _sold(shelves, programme, now),
    }
    return render(request, "till/till.html", context)


@require_GET
@never_cache
@access.staff_required(*access.TILL)
def payments(request: HttpRequest, *, programme: Programme, till: UUID) -> HttpResponse:
    """The till's last payments, with what may still be given back."""
    row = _till(programme, till)
    staff, now = access.staff_of(request), access.deed(request).now
    found = queries.payments(programme_id=programme.id, till=row, limit=SHOWN_PAYMENTS)
    lines = [(paid, shown.undo_seconds_left(paid, staff=staff, now=now)) for paid in found]
    return render(request, "till/payments.html", {**_known(request), "till": row, "lines": lines})


def _sold(shelves: list[catalogue_queries.Shelf], programme: Programme, now: datetime) -> dict[str, Any]:
    return {
        "choices": shown.choices(shelves),
        "selling": shown.selling(shelves, now=now),
        "timeZone": programme.time_zone,
    }


def _known(request: HttpRequest) -> dict[str, Any]:
    staff = access.staff_of(request)
    return {
        "programme": staff.programme,
        "staff": staff,
        "may_manage": staff.role in access.MANAGE,
        "may_see_office": staff.role in access.OFFICE,
        "may_sell_out": staff.role in access.MANAGE or staff.programme.cashiers_may_sell_out,
        "may_look_up": may_look_up(role=staff.role, cashiers_may=staff.programme.cashiers_may_look_up),
    }


def _about(request: HttpRequest, row: Till) -> dict[str, Any]:
    """What the page's script must know of its till."""
    programme = access.programme_of(request)
    ids = {"programme": programme.slug, "till": row.public_id}
    # The script puts a payment's or a basket's id in the place of this one.
    of_payment = {**ids, "payment": UUID(int=0)}
    of_parked = {**ids, "basket": UUID(int=0)}
    urls = {
        "state": reverse("till_state", kwargs=ids),
        "events": reverse("till_events", kwargs=ids),
        "checkouts": reverse("till_checkouts", kwargs=ids),
        "present": reverse("till_present", kwargs=ids),
        "look": reverse("till_look", kwargs=ids),
        "payments": reverse("till_payments", kwargs=ids),
        "abandon": reverse("till_abandon", kwargs={**ids, "checkout": UUID(int=0)}),
        "confirm": reverse("till_confirm", kwargs=of_payment),
        "cancel": reverse("till_cancel", kwargs=of_payment),
        "undo": reverse("till_undo", kwargs=of_payment),
        "receipt": reverse("till_receipt", kwargs={**ids, "paper": UUID(int=0)}),
        "receiptCode": reverse("till_receipt_code", kwargs={**ids, "paper": UUID(int=0)}),
        "split": reverse("till_split", kwargs={**ids, "checkout": UUID(int=0)}),
        "park": reverse("till_park", kwargs=ids),
        "parked": reverse("till_parked", kwargs=ids),
        "payWithoutCard": reverse("till_pay_without_card", kwargs={**ids, "customer": UUID(int=0)}),
        "takeUp": reverse("till_take_up", kwargs=of_parked),
        "removeParked": reverse("till_parked_remove", kwargs=of_parked),
        "restoreParked": reverse("till_parked_restore", kwargs=of_parked),
    }
    return {
        "till": str(row.public_id),
        "language": get_language() or "en",
        "decimals": programme.credit_decimals,
        "name": programme.credit_name,
        "urls": {name: url.replace(str(UUID(int=0)), "ID") for name, url in urls.items()},
        "state": _state(request, row),
        **{name: told for teller in _tellers for name, told in teller(request, row).items()},
    }


type Teller = Callable[[HttpRequest, Till], dict[str, Any]]
"""What the page's script must know of a feature above, by names of its own."""

_tellers: list[Teller] = []


def register(teller: Teller) -> None:
    """Have a feature above tell the till's page more."""
    _tellers.append(teller)


def _tray(programme: Programme) -> list[dict[str, str]]:
    """Cards to play with: in the demo alone."""
    cards: list[dict[str, str]] = import_string(_DEMO_TRAY)(programme) if settings.DEMO else []
    return cards


# ---- What the page asks ----


@require_GET
@never_cache
@access.staff_required(*access.TILL)
def state(request: HttpRequest, *, programme: Programme, till: UUID) -> HttpResponse:
    """What waits at the till; or, with `checkout`, what became of that one."""
    try:
        row = Till.named(programme_id=programme.id, public_id=till)
        asked = request.GET.get("checkout")
        if not asked:
            return JsonResponse(_state(request, row))
        checkout = asking.of_till(Checkout.named(programme_id=programme.id, public_id=asked), row)
    except NotFound as refusal:
        return JsonResponse(shown.refusal(refusal, programme=programme), status=404)
    return JsonResponse({"checkout": _checkout(request, checkout)})


@require_GET
@access.staff_required(*access.TILL)
def events(request: HttpRequest, *, programme: Programme, till: UUID) -> HttpResponseBase:
    """Tells as it happens that something changed at the till."""
    row = Till.named(programme_id=programme.id, public_id=till)
    return news.stream(row, may_watch=access.still_let_in(request))


@asking.answers
def open_checkout(request: HttpRequest, till: Till, body: dict[str, Any]) -> dict[str, Any]:
    """A basket begins to wait for a card."""
    deed = access.deed(request)
    asked = {**asking.basket(body), "note": asking.note(body)}
    opened = asking.once(
        request,
        till,
        body,
        deed,
        lambda: {"checkout": str(actions.open_checkout(till=till, deed=deed, **asked).public_id)},
    )
    row = Checkout.named(programme_id=till.programme_id, public_id=opened["checkout"])
    return {"checkout": _checkout(request, row)}


@asking.answers
def present(request: HttpRequest, till: Till, body: dict[str, Any]) -> dict[str, Any]:
    """A card came for the basket that the page shows."""
    checkout = asking.of_till(
        Checkout.named(programme_id=till.programme_id, public_id=asking.text(body, "checkout")), till
    )
    done = actions.present(
        till=till, token=asking.text(body, "token"), key=asking.key(body), checkout=checkout, deed=access.deed(request)
    )
    if done.pairing:
        return {"pairing": shown.pairing(done.pairing, programme=access.programme_of(request))}
    checkout.refresh_from_db()
    told = _checkout(request, checkout)
    if told["refusal"] and told["refusal"]["missing_minor"]:
        # The page offers to top it up.
        read = showing.shown(programme_id=till.programme_id, token=asking.text(body, "token"))
        card = cards_queries.by_hash(programme_id=till.programme_id, token_hash=read.token_hash)
        told["refusal"]["card"] = str(card.public_id) if card else ""
    return {"checkout": told}


@asking.answers
def look(request: HttpRequest, till: Till, body: dict[str, Any]) -> dict[str, Any]:
    """A card came with nothing to pay: for the office, if it waits for one here, else to tell its balance."""
    deed, token = access.deed(request), asking.text(body, "token")
    waits = cards_queries.waiting_at(till_id=till.id, now=deed.now)
    if waits:
        ended = cards_actions.offer(pairing=waits, token=token, deed=deed)
        return {"pairing": shown.pairing(ended, programme=access.programme_of(request))}
    card = cards_actions.recognise(till=till, token=token, deed=deed)
    if card is None:
        raise UnknownCard
    return {"card": shown.card(card, now=deed.now)}


@asking.answers
def abandon(request: HttpRequest, till: Till, body: dict[str, Any], checkout: UUID) -> dict[str, Any]:
    """The basket is wanted no longer."""
    del body
    row = asking.of_till(Checkout.named(programme_id=till.programme_id, public_id=checkout), till)
    return {"checkout": _checkout(request, actions.abandon(checkout=row, deed=access.deed(request)))}


@asking.answers
def split(request: HttpRequest, till: Till, body: dict[str, Any], checkout: UUID) -> dict[str, Any]:
    """So much of the basket is paid in cash, and a card shall pay the rest."""
    cash_minor = body.get("cash_minor")
    if type(cash_minor) is not int:
        raise asking.NotUnderstood("cash_minor is missing")
    row = asking.of_till(Checkout.named(programme_id=till.programme_id, public_id=checkout), till)
    parted = actions.split(checkout=row, cash_minor=cash_minor, deed=access.deed(request))
    return {"checkout": _checkout(request, parted)}


@asking.answers
def confirm(request: HttpRequest, till: Till, body: dict[str, Any], payment: UUID) -> dict[str, Any]:
    """The customer was compared, or has typed the card's PIN."""
    row, checkout = _with_checkout(till, payment)
    pin = asking.text(body, "pin") if "pin" in body else ""
    actions.confirm(payment=row, pin=pin, deed=access.deed(request))
    checkout.refresh_from_db()
    return {"checkout": _checkout(request, checkout)}


@asking.answers
def cancel(request: HttpRequest, till: Till, body: dict[str, Any], payment: UUID) -> dict[str, Any]:
    """It was somebody else, or they do not want it."""
    del body
    row, checkout = _with_checkout(till, payment)
    actions.cancel(payment=row, deed=access.deed(request))
    checkout.refresh_from_db()
    return {"checkout": _checkout(request, checkout)}


@asking.answers
def undo(request: HttpRequest, till: Till, body: dict[str, Any], payment: UUID) -> dict[str, Any]:
    """Give a payment back."""
    deed = access.deed(request)
    row, reason = _payment(till, payment), asking.note(body, "reason")
    return asking.once(
        request,
        till,
        body,
        deed,
        lambda: {"refund": shown.refund(actions.refund(payment=row, deed=deed, reason=reason), now=deed.now)},
    )


def _state(request: HttpRequest, till: Till) -> dict[str, Any]:
    deed = access.deed(request)
    waits = cards_queries.waiting_at(till_id=till.id, now=deed.now)
    checkout = queries.busy_with(till=till, now=deed.now)
    return {
        "checkout": _checkout(request, checkout) if checkout else None,
        "pairing": shown.pairing(waits, programme=access.programme_of(request)) if waits else None,
        "parked": parking.at(till=till).count(),
        "soldOut": {
            product: back_at.isoformat() if back_at else ""
            for product, back_at in catalogue_queries.sold_out(programme_id=till.programme_id, now=deed.now).items()
        },
        **shown.beside(till, now=deed.now),
    }


def _checkout(request: HttpRequest, row: Checkout) -> dict[str, Any]:
    return shown.checkout(row, staff=access.staff_of(request), now=access.deed(request).now)


def _till(programme: Programme, public_id: UUID) -> Till:
    row = Till.named(programme_id=programme.id, public_id=public_id)
    row.programme = programme
    return row


def _payment(till: Till, public_id: UUID) -> Payment:
    return asking.of_till(Payment.named(programme_id=till.programme_id, public_id=public_id), till)


def _with_checkout(till: Till, public_id: UUID) -> tuple[Payment, Checkout]:
    """A payment and its basket; one that an integrator asked for without a basket was never shown here."""
    row = _payment(till, public_id)
    if row.checkout is None:
        raise NotFound
    return row, row.checkout


urlpatterns = [
    path("", tills, name="tills"),
    path("<uuid:till>/", till, name="till"),
    path("<uuid:till>/payments/", payments, name="till_payments"),
    *parked.urlpatterns,
    *found.urlpatterns,
    *sold_out.urlpatterns,
    path("<uuid:till>/state/", state, name="till_state"),
    path("<uuid:till>/events/", events, name="till_events"),
    path("<uuid:till>/checkouts/", open_checkout, name="till_checkouts"),
    path("<uuid:till>/checkouts/<uuid:checkout>/abandon/", abandon, name="till_abandon"),
    path("<uuid:till>/checkouts/<uuid:checkout>/split/", split, name="till_split"),
    path("<uuid:till>/present/", present, name="till_present"),
    path("<uuid:till>/look/", look, name="till_look"),
    path("<uuid:till>/payments/<uuid:payment>/confirm/", confirm, name="till_confirm"),
    path("<uuid:till>/payments/<uuid:payment>/cancel/", cancel, name="till_cancel"),
    path("<uuid:till>/payments/<uuid:payment>/undo/", undo, name="till_undo"),
]
