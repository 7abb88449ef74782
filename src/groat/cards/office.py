"""The office's pages about cards: the list, pairing, blocking."""

import secrets
from typing import Any, Literal
from uuid import UUID

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groat.cards import actions, office_boxes, queries, tokens
from groat.cards.forms import PinForm, TokenForm
from groat.cards.models import Card, CardState, Pairing, PairingState
from groat.customers import queries as customers
from groat.customers.models import Customer, Wallet
from groat.customers.panels import Panel
from groat.errors import Refusal
from groat.programmes import access, desk
from groat.programmes import queries as programmes
from groat.programmes.models import Programme, Till
from groat.web import policy, toasts

form_view = require_http_methods(["GET", "HEAD", "POST"])

PAGE = 50


@require_GET
@access.staff_required(*access.OFFICE)
def cards(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """All cards of the programme, by their last four and their state."""
    text, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    state = state if state in CardState else ""
    found = queries.search(
        programme_id=programme.id, text=text, state=state, before=desk.cursor(request), limit=PAGE + 1
    )
    return desk.render_list(
        request,
        "cards/cards.html",
        {
            "rows": found[:PAGE],
            "next_cursor": str(found[PAGE - 1].id) if len(found) > PAGE else None,
            "text": text,
            "state": state,
            "states": CardState.choices,
            "alarms": queries.alarms(programme_id=programme.id),
        },
    )


# ---- Pairing ----


@never_cache
@form_view
@access.staff_required(*access.MANAGE)
@policy.reads_codes
def pair(request: HttpRequest, *, programme: Programme, customer: UUID) -> HttpResponse:
    """Bind a card to a customer: read at this computer or phone, typed, or held to a till's reader."""
    row = Customer.named(programme_id=programme.id, public_id=customer)
    replaces = _replaced(request, programme, row)
    if "till" in request.POST:
        return _wait_at_till(request, programme, row, replaces)
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        card = desk.attempt(
            form,
            lambda: actions.pair(
                wallet=customers.wallet_of(row),
                token=form.cleaned_data["token"],
                replaces=replaces,
                deed=access.deed(request),
            ),
            request=request,
        )
        if card:
            toasts.done(request, _("The card %(card)s is paired.") % {"card": card})
            return _to(programme, row)
    return _pair_page(request, form, programme, row, replaces)


@never_cache
@require_POST
@access.staff_required(*access.MANAGE)
def code_print(request: HttpRequest, *, programme: Programme, customer: UUID) -> HttpResponse:
    """A printed code in place of a card; shown here once."""
    row = Customer.named(programme_id=programme.id, public_id=customer)
    try:
        card, code = actions.print_code(
            wallet=customers.wallet_of(row),
            random=secrets.token_bytes(tokens.CODE_SIGNS),
            replaces=_replaced(request, programme, row),
            deed=access.deed(request),
        )
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
        return _to(programme, row)
    address = request.build_absolute_uri(reverse("printed", kwargs={"programme": programme.slug, "code": code}))
    drawing = segno.make(address, error="q", micro=False).svg_inline(
        scale=1, border=2, svgclass="qr", lineclass=None, omitsize=True
    )
    return desk.render(
        # A drawing of ours, of nothing but squares.
        request,
        "cards/printed.html",
        {"customer": row, "card": card, "code": code, "drawing": SafeString(drawing)},
    )


def _pair_page(
    request: HttpRequest, form: TokenForm, programme: Programme, customer: Customer, replaces: Card | None
) -> HttpResponse:
    return desk.render_form(
        request,
        form,
        "cards/pair.html",
        customer=customer,
        replaces=replaces,
        tills=programmes.tills(programme_id=programme.id),
        is_new=bool(request.GET.get("new")),
    )


def _replaced(request: HttpRequest, programme: Programme, customer: Customer) -> Card | None:
    """The customer's card that the new one is to replace, if the address names one."""
    named = request.GET.get("replaces")
    if not named:
        return None
    card = Card.named(programme_id=programme.id, public_id=named)
    return card if card.customer_id == customer.id else None


def _wait_at_till(
    request: HttpRequest, programme: Programme, customer: Customer, replaces: Card | None
) -> HttpResponse:
    till = Till.named(programme_id=programme.id, public_id=request.POST["till"])
    try:
        pairing = actions.wait_for_card(
            wallet=customers.wallet_of(customer), till=till, replaces=replaces, deed=access.deed(request)
        )
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
        return redirect(request.get_full_path())
    return redirect("pairing", programme=programme.slug, pairing=pairing.public_id)


@never_cache
@require_GET
@access.staff_required(*access.MANAGE)
def pairing(request: HttpRequest, *, programme: Programme, pairing: UUID) -> HttpResponse:
    """What has become of a pairing; the page asks until it has ended."""
    row = Pairing.named(programme_id=programme.id, public_id=pairing)
    is_over = row.state == PairingState.WAITING and row.expires_at <= timezone.now()
    if row.state == PairingState.WAITING and not is_over and desk.is_fragment(request, "state"):
        # Nothing new: what is shown stays, and the focus with it.
        return HttpResponse(status=204)
    return desk.render_list(
        request,
        "cards/pairing.html",
        {
            "pairing": row,
            "state": "expired" if is_over else row.state,
            "customer": row.wallet.owner,
            "refusal": desk.worded(Refusal.revived(row.refusal, {}), request=request) if row.refusal else "",
        },
        fragment="state",
    )


@require_POST
@access.staff_required(*access.MANAGE)
def pairing_cancel(request: HttpRequest, *, programme: Programme, pairing: UUID) -> HttpResponse:
    row = Pairing.named(programme_id=programme.id, public_id=pairing)
    row = actions.cancel_pairing(pairing=row, deed=access.deed(request))
    if row.state == PairingState.PAIRED:
        # The card came first.
        return redirect("pairing", programme=programme.slug, pairing=row.public_id)
    return redirect("pair", programme=programme.slug, customer=row.wallet.owner.public_id)


# ---- Blocking ----


@require_POST
@access.staff_required(*access.MANAGE)
def card_block(request: HttpRequest, *, programme: Programme, card: UUID) -> HttpResponse:
    """Let a card pay no more, for now or because it was lost."""
    row = Card.named(programme_id=programme.id, public_id=card)
    reason: Literal["blocked", "lost"] = "lost" if request.POST.get("reason") == "lost" else "blocked"
    try:
        actions.block(card=row, reason=reason, deed=access.deed(request))
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
    else:
        undo = reverse("card_unblock", kwargs={"programme": programme.slug, "card": card})
        said = _("The card %(card)s was reported lost.") if reason == "lost" else _("The card %(card)s is blocked.")
        toasts.done(request, said % {"card": row}, undo_url=undo)
    return _to(programme, row.customer)


@require_POST
@access.staff_required(*access.MANAGE)
def card_unblock(request: HttpRequest, *, programme: Programme, card: UUID) -> HttpResponse:
    """Let a blocked or found card pay again."""
    row = Card.named(programme_id=programme.id, public_id=card)
    try:
        actions.unblock(card=row, deed=access.deed(request))
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
    else:
        toasts.done(request, _("The card %(card)s pays again.") % {"card": row})
    return _to(programme, row.customer)


# ---- The PIN ----


@never_cache
@form_view
@access.staff_required(*access.MANAGE)
def card_pin(request: HttpRequest, *, programme: Programme, card: UUID) -> HttpResponse:
    """The customer types a PIN, twice."""
    row = Card.named(programme_id=programme.id, public_id=card)
    form = PinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = desk.attempt(
            form,
            lambda: actions.set_pin(card=row, pin=form.cleaned_data["pin"], deed=access.deed(request)),
            request=request,
        )
        if done:
            toasts.done(request, _("The card %(card)s has a new PIN.") % {"card": row})
            return _to(programme, row.customer)
    return desk.render_form(
        request,
        form,
        heading=_("PIN of the card %(card)s") % {"card": row},
        lead=_("Turn the screen to the customer. Whoever works here need not know the PIN."),
        back_url=reverse("customer", kwargs={"programme": programme.slug, "customer": row.customer.public_id}),
        back_label=str(row.customer),
        submit=_("Set the PIN"),
    )


def _to(programme: Programme, customer: Customer) -> HttpResponse:
    return redirect("customer", programme=programme.slug, customer=customer.public_id)


def _panel(wallet: Wallet) -> dict[str, Any]:
    found = queries.of_customer(programme_id=wallet.programme_id, customer_id=wallet.owner_id)
    return {
        "cards": [card for card in found if card.state != CardState.REPLACED],
        "replaced": [card for card in found if card.state == CardState.REPLACED],
        "alarms": queries.alarms(programme_id=wallet.programme_id, card_ids=[card.id for card in found], limit=5),
        "dialogs": "cards/panel_dialogs.html",
    }


panel = Panel("cards/panel.html", _panel)

urlpatterns = [
    path("cards/", cards, name="cards"),
    *office_boxes.urlpatterns,
    path("cards/<uuid:card>/block/", card_block, name="card_block"),
    path("cards/<uuid:card>/unblock/", card_unblock, name="card_unblock"),
    path("cards/<uuid:card>/pin/", card_pin, name="card_pin"),
    path("customers/<uuid:customer>/pair/", pair, name="pair"),
    path("customers/<uuid:customer>/code/", code_print, name="code_print"),
    path("customers/pairings/<uuid:pairing>/", pairing, name="pairing"),
    path("customers/pairings/<uuid:pairing>/cancel/", pairing_cancel, name="pairing_cancel"),
]
