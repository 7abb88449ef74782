"""The office's pages about boxes of new cards, cards that are nobody's yet, and one card with its history."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groat.cards import boxes, queries
from groat.cards.forms import BoxForm, TokenForm
from groat.cards.models import Alarm, Card, CardBox, PairingState
from groat.customers import queries as customers
from groat.customers.models import Customer
from groat.errors import NotFound, Refusal
from groat.ledger import queries as ledger
from groat.programmes import access, desk
from groat.programmes import queries as programmes
from groat.programmes.models import AuditEntry, Programme, Till
from groat.web import policy, toasts

form_view = require_http_methods(["GET", "HEAD", "POST"])

PAGE = 50
PRINTED = 1000
FOUND = 8


# ---- Boxes ----


@require_GET
@access.staff_required(*access.OFFICE)
def card_boxes(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """The boxes, and how many cards of each are nobody's yet."""
    return desk.render(request, "cards/boxes.html", {"boxes": queries.boxes(programme_id=programme.id)})


@form_view
@access.staff_required(*access.MANAGE)
def card_box_new(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Another box."""
    today = formats.date_format(timezone.localdate(), "DATE_FORMAT")
    initial = {"name": _("Box of %(day)s") % {"day": today}}
    form = BoxForm(request.POST or None, programme=programme, initial=initial)
    if request.method == "POST" and form.is_valid():
        box = desk.attempt(
            form,
            lambda: boxes.open_box(programme=programme, **form.cleaned_data, deed=access.deed(request)),
            request=request,
        )
        if box:
            return redirect("card_box", programme=programme.slug, box=box.public_id)
    return _box_form(request, form, programme, heading=_("New box of cards"), submit=_("Open the box"))


@form_view
@access.staff_required(*access.MANAGE)
def card_box_edit(request: HttpRequest, *, programme: Programme, box: UUID) -> HttpResponse:
    """What the cards get that are yet to come."""
    row = CardBox.named(programme_id=programme.id, public_id=box)
    now = {name: getattr(row, name) for name in ("name", "first_credit_minor", "next_number")}
    form = BoxForm(request.POST or None, programme=programme, initial=now)
    if request.method == "POST" and form.is_valid():
        changed = desk.attempt(
            form,
            lambda: boxes.change_box(box=row, **form.cleaned_data, deed=access.deed(request)),
            request=request,
        )
        if changed:
            return redirect("card_box", programme=programme.slug, box=row.public_id)
    return _box_form(request, form, programme, heading=row.name, submit=_("Save"))


def _box_form(request: HttpRequest, form: BoxForm, programme: Programme, **words: str) -> HttpResponse:
    back = reverse("card_boxes", kwargs={"programme": programme.slug})
    return desk.render_form(request, form, back_url=back, back_label=_("Boxes of new cards"), **words)


@never_cache
@require_GET
@access.staff_required(*access.MANAGE)
@policy.reads_codes
def card_box(request: HttpRequest, *, programme: Programme, box: UUID) -> HttpResponse:
    """A box: cards are held to a reader one after the other, and counted as they come."""
    row = CardBox.named(programme_id=programme.id, public_id=box)
    return _box(request, row)


@never_cache
@require_POST
@access.staff_required(*access.MANAGE)
def card_box_add(request: HttpRequest, *, programme: Programme, box: UUID) -> HttpResponse:
    """A card came at this device's reader."""
    row = CardBox.named(programme_id=programme.id, public_id=box)
    form = TokenForm(request.POST)
    said = ""
    if not form.is_valid():
        said = str(form.errors["token"][0])
    else:
        try:
            boxes.add(box=row, token=form.cleaned_data["token"], deed=access.deed(request))
        except Refusal as refusal:
            said = desk.worded(refusal, request=request)
    row.refresh_from_db()
    return _box(request, row, said=said, came=True)


@require_POST
@access.staff_required(*access.MANAGE)
def card_box_wait(request: HttpRequest, *, programme: Programme, box: UUID) -> HttpResponse:
    """Have a till's reader take the cards."""
    row = CardBox.named(programme_id=programme.id, public_id=box)
    if "till" not in request.POST:
        return redirect("card_box", programme=programme.slug, box=box)
    till = Till.named(programme_id=programme.id, public_id=request.POST["till"])
    try:
        boxes.wait(box=row, till=till, deed=access.deed(request))
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
    return redirect("card_box", programme=programme.slug, box=box)


@require_POST
@access.staff_required(*access.MANAGE)
def card_box_stop(_request: HttpRequest, *, programme: Programme, box: UUID) -> HttpResponse:
    """Wait for no more, for now."""
    boxes.stop(box=CardBox.named(programme_id=programme.id, public_id=box))
    return redirect("card_box", programme=programme.slug, box=box)


def _box(request: HttpRequest, box: CardBox, *, said: str = "", came: bool = False) -> HttpResponse:
    """The page, or the list alone; while a till's reader waits, 204 when nothing is new."""
    programme = access.programme_of(request)
    count, cards = queries.of_box(box=box)
    waits = queries.box_waits(box=box, now=timezone.now())
    last = queries.last_of_box(box=box)
    if not came and last and last.state == PairingState.REFUSED:
        said = desk.worded(Refusal.revived(last.refusal, {}), request=request)
    seen = f"{count}-{waits.id if waits else 0}-{last.id if last else 0}"
    if not came and desk.is_fragment(request, "box-list") and request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    context = {
        "box": box,
        "count": count,
        "cards": cards,
        "waits": waits,
        "said": said,
        "seen": seen,
        "tills": programmes.tills(programme_id=programme.id),
        "form": TokenForm(),
    }
    return desk.render_list(request, "cards/box.html", context, fragment="box-list")


# ---- Nobody's yet ----


@require_GET
@access.staff_required(*access.OFFICE)
def cards_unassigned(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Cards that can be handed over."""
    text, box = request.GET.get("q", "").strip(), _box_asked(request, programme)
    found = queries.unassigned(
        programme_id=programme.id,
        text=text,
        box_id=box.id if box else None,
        before=desk.cursor(request),
        limit=PAGE + 1,
    )
    context = {
        "rows": _with_balances(programme, found[:PAGE]),
        "next_cursor": str(found[PAGE - 1].id) if len(found) > PAGE else None,
        "text": text,
        "box": box,
    }
    return desk.render_list(request, "cards/unassigned.html", context)


@require_GET
@access.staff_required(*access.OFFICE)
def cards_unassigned_print(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """The same on paper, to be ticked off."""
    box = _box_asked(request, programme)
    found = queries.unassigned(programme_id=programme.id, box_id=box.id if box else None, limit=PRINTED)
    rows = _with_balances(programme, sorted(found, key=lambda card: (card.number, card.id)))
    return desk.render(request, "cards/unassigned_print.html", {"rows": rows, "box": box, "most": PRINTED})


def _box_asked(request: HttpRequest, programme: Programme) -> CardBox | None:
    named = request.GET.get("box")
    return CardBox.named(programme_id=programme.id, public_id=named) if named else None


def _with_balances(programme: Programme, cards: list[Card]) -> list[tuple[Card, int]]:
    wallets = {card.wallet_id for card in cards}
    standings = ledger.balances(programme_id=programme.id, wallets=wallets, now=timezone.now())
    return [(card, standings[card.wallet_id].posted_minor) for card in cards]


# ---- One card ----


@require_GET
@access.staff_required(*access.OFFICE)
def card(request: HttpRequest, *, programme: Programme, card: UUID) -> HttpResponse:
    """A card: whose it is, and all that was done to it."""
    row = _card(programme, card)
    standing = ledger.balance(programme_id=programme.id, wallet=row.wallet_id, now=timezone.now())
    before = Card.objects.filter(replaced_by=row).first()
    context = {"card": row, "standing": standing, "before": before, "history": _history(row)}
    return desk.render(request, "cards/card.html", context)


def _history(card: Card) -> list[dict[str, Any]]:
    """What was done to the card, in words; its alarms among it."""
    return [_told(one) for one in queries.history(card=card)]


def _told(one: AuditEntry | Alarm) -> dict[str, Any]:
    if isinstance(one, Alarm):
        what = f"{one.get_what_display()} · {one.till}" if one.till else one.get_what_display()
        return {"at": one.at, "what": what, "who": "", "tone": "bad"}
    what = _deeds().get(one.action, one.action)
    if replaced := one.details.get("replaces"):
        what = _("Paired, in place of %(card)s") % {"card": replaced}
    return {"at": one.at, "what": what, "who": one.actor_name, "tone": ""}


def _deeds() -> dict[str, str]:
    return {
        "card.blocked": _("Blocked"),
        "card.handed_over": _("Handed over"),
        "card.paired": _("Paired"),
        "card.pin_set": _("PIN set"),
        "card.replaced": _("Replaced by another"),
        "card.reported_lost": _("Reported lost"),
        "card.unblocked": _("Unblocked"),
    }


@form_view
@access.staff_required(*access.MANAGE)
def card_hand_over(request: HttpRequest, *, programme: Programme, card: UUID) -> HttpResponse:
    """Give a card that is nobody's yet to a customer, with the credits on it."""
    row = _card(programme, card)
    if request.method == "POST":
        return _handed_over(request, programme, row)
    text = request.GET.get("q", "").strip()
    found: list[Customer] = []
    if text:
        sought = customers.Sought(text=text)
        found = customers.search(programme_id=programme.id, sought=sought, limit=FOUND).customers
    context = {"card": row, "text": text, "found": [one for one in found if one.pk != row.customer_id]}
    return desk.render_list(request, "cards/hand_over.html", context)


def _handed_over(request: HttpRequest, programme: Programme, card: Card) -> HttpResponse:
    named = request.POST.get("customer", "")
    to = Customer.named(programme_id=programme.id, public_id=named) if named else None
    try:
        given = boxes.hand_over(card=card, wallet=customers.wallet_of(to) if to else None, deed=access.deed(request))
    except NotFound:
        raise
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
        return redirect("card", programme=programme.slug, card=card.public_id)
    toasts.done(request, _("The card %(card)s was handed over.") % {"card": given})
    page = "customer_edit" if "new" in request.POST else "customer"
    return redirect(page, programme=programme.slug, customer=given.customer.public_id)


def _card(programme: Programme, public_id: UUID) -> Card:
    found = Card.objects.select_related("customer", "wallet", "box", "replaced_by")
    row = found.filter(programme_id=programme.id, pk=Card.key_of(public_id)).first()
    if row is None:
        raise NotFound
    return row


urlpatterns = [
    path("cards/boxes/", card_boxes, name="card_boxes"),
    path("cards/boxes/new/", card_box_new, name="card_box_new"),
    path("cards/boxes/<uuid:box>/", card_box, name="card_box"),
    path("cards/boxes/<uuid:box>/edit/", card_box_edit, name="card_box_edit"),
    path("cards/boxes/<uuid:box>/add/", card_box_add, name="card_box_add"),
    path("cards/boxes/<uuid:box>/wait/", card_box_wait, name="card_box_wait"),
    path("cards/boxes/<uuid:box>/stop/", card_box_stop, name="card_box_stop"),
    path("cards/unassigned/", cards_unassigned, name="cards_unassigned"),
    path("cards/unassigned/print/", cards_unassigned_print, name="cards_unassigned_print"),
    path("cards/<uuid:card>/", card, name="card"),
    path("cards/<uuid:card>/hand-over/", card_hand_over, name="card_hand_over"),
]
