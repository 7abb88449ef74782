"""The office's pages about selling credits: new accounts, top-ups, and taking a top-up back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groat import ids
from groat.customers import office as customers
from groat.customers import statements
from groat.customers.models import Customer, Wallet
from groat.errors import Refusal
from groat.ledger import queries as ledger
from groat.ledger.core.entries import Kind
from groat.ledger.queries import Line
from groat.programmes import access, desk
from groat.programmes import queries as programmes
from groat.programmes.models import Programme
from groat.topups import actions, rules
from groat.topups.forms import OpenAccountForm, ReverseForm, TopUpForm
from groat.topups.models import TopUp
from groat.topups.offers import Channel
from groat.topups.writing import DEFAULT, OFFERED, Expiry
from groat.web import money, toasts
from groat.web.forms import MinorField

form_view = require_http_methods(["GET", "HEAD", "POST"])


# ---- New accounts ----


@form_view
@access.staff_required(*access.MANAGE)
def customer_new(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Open an account: customer, wallet and first deposit. Then a card may be paired at once."""
    form = OpenAccountForm(request.POST or None, programme=programme)
    if request.method == "POST" and form.is_valid():
        opened = desk.attempt_once(
            form,
            lambda: actions.open_account(
                programme=programme,
                **form.person(),
                floor_minor=form.floor_minor,
                deposit_minor=form.cleaned_data["deposit"] or 0,
                means=form.cleaned_data["means"],
                deed=access.deed(request),
            ),
            request=request,
        )
        if opened:
            toasts.done(request, _("The account is open. Now pair a card with it."))
            return redirect(reverse("pair", kwargs={"programme": programme.slug, "customer": opened}) + "?new=1")
    return desk.render_form(
        request, form, "topups/customer_new.html", price=_priced(programme, request.POST.get("deposit", ""))
    )


# ---- Top-ups ----


@form_view
@access.staff_required(*access.MANAGE)
def top_up(request: HttpRequest, *, programme: Programme, customer: UUID) -> HttpResponse:
    """Sell credits to a customer."""
    row, wallet = customers.found(programme, customer)
    form = TopUpForm(request.POST or None, programme=programme)
    if request.method == "POST" and form.is_valid():
        made = desk.attempt_once(form, lambda: _sell(form, wallet, request), request=request)
        if made:
            amount = _credits(form.cleaned_data["bought"], programme)
            undo = reverse("top_up_undo", kwargs={"programme": programme.slug, "top_up": made})
            toasts.done(request, _("%(amount)s were added.") % {"amount": amount}, undo_url=undo)
            return _to(programme, row)
    standing = ledger.balance(programme_id=programme.id, wallet=wallet.id, now=timezone.now())
    return desk.render_form(
        request,
        form,
        "topups/top_up.html",
        customer=row,
        standing=standing,
        price=_priced(programme, request.POST.get("bought", "")),
        quick=[_credits_plain(amount, programme) for amount in _usual_amounts(programme)],
    )


def _sell(form: TopUpForm, wallet: Wallet, request: HttpRequest) -> TopUp:
    typed = form.cleaned_data
    expires_at: datetime | Expiry | None = form.until()
    if expires_at == form.default_expiry:
        expires_at = DEFAULT
    return actions.top_up(
        wallet=wallet,
        bought_minor=typed["bought"],
        paid_minor=typed["paid"],
        bonus_minor=OFFERED if typed["bonus"] is None else typed["bonus"],
        means=typed["means"],
        channel=Channel.OFFICE,
        expires_at=expires_at,
        deed=access.deed(request),
    )


def _usual_amounts(programme: Programme) -> list[int]:
    return rules.usual_amounts(
        credit_decimals=programme.credit_decimals,
        price_minor=programme.price_minor,
        currency=programme.currency,
        currency_decimals=money.currency_decimals(programme.currency),
    )


@require_GET
@access.staff_required(*access.MANAGE)
def price(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """What credits cost, as they are being typed."""
    text = request.GET.get("bought") or request.GET.get("deposit") or ""
    return desk.render(request, "topups/price.html", {"price": _priced(programme, text)})


def _priced(programme: Programme, text: str) -> dict[str, Any] | None:
    """The amount that was typed and its price; None while it is no amount."""
    field = MinorField.of_credits(programme)
    try:
        bought_minor = money.parse_minor(
            text.strip(), decimals=field.decimals, language=get_language() or "en", unit=field.unit
        )
    except money.NotAnAmount:
        return None
    if bought_minor <= 0:
        return None
    cost_minor = rules.price(
        bought_minor=bought_minor, decimals=programme.credit_decimals, price_minor=programme.price_minor
    )
    return {"bought_minor": bought_minor, "cost_minor": cost_minor}


# ---- One top-up ----


@require_GET
@access.staff_required(*access.OFFICE)
def top_up_made(request: HttpRequest, *, programme: Programme, top_up: UUID) -> HttpResponse:
    """What was sold, for how much, by whom, and how much of it was taken back."""
    row = _found(programme, top_up)
    names = programmes.names_of(programme_id=programme.id, actors=[row.actor])
    return desk.render(
        request,
        "topups/top_up_made.html",
        {"top_up": row, "customer": row.wallet.owner, "who": names.get(row.actor, ""), "left_minor": _left(row)},
    )


@form_view
@access.staff_required(*access.MANAGE)
def top_up_reverse(request: HttpRequest, *, programme: Programme, top_up: UUID) -> HttpResponse:
    """Take a top-up back, or a part of it."""
    row = _found(programme, top_up)
    form = ReverseForm(request.POST or None, programme=programme, top_up=row)
    if request.method == "POST" and form.is_valid():
        done = desk.attempt_once(
            form,
            lambda: actions.reverse_top_up(
                top_up=row,
                amount_minor=form.cleaned_data["amount"],
                reason=form.cleaned_data["reason"],
                deed=access.deed(request),
            ),
            request=request,
        )
        if done:
            toasts.done(request, _("The top-up was taken back."))
            return _to(programme, row.wallet.owner)
    back = reverse("top_up_made", kwargs={"programme": programme.slug, "top_up": top_up})
    return desk.render_form(
        request,
        form,
        back_url=back,
        back_label=_("Top-up"),
        heading=_("Take back a top-up of %(customer)s") % {"customer": row.wallet.owner},
        lead=_("What was already spent of it becomes debt. Give the money back to the customer yourself."),
        submit=_("Take it back"),
        danger=True,
        once=True,
    )


@require_POST
@access.staff_required(*access.MANAGE)
def top_up_undo(request: HttpRequest, *, programme: Programme, top_up: UUID) -> HttpResponse:
    """Take back at once, as a whole, what was just sold by mistake."""
    row = _found(programme, top_up)
    try:
        actions.reverse_top_up(top_up=row, reason=_("Undone right after it was made"), deed=access.deed(request))
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
    else:
        toasts.done(request, _("The top-up was undone."))
    return _to(programme, row.wallet.owner)


def _found(programme: Programme, top_up: UUID) -> TopUp:
    row = TopUp.named(programme_id=programme.id, public_id=top_up)
    row.wallet.programme = programme
    return row


def _left(top_up: TopUp) -> int:
    return top_up.bought_minor - top_up.reversed_minor


def _to(programme: Programme, customer: Customer) -> HttpResponse:
    return redirect("customer", programme=programme.slug, customer=customer.public_id)


def _credits(amount_minor: int, programme: Programme) -> str:
    return money.format_credits(
        amount_minor,
        decimals=programme.credit_decimals,
        name=programme.credit_name,
        language=get_language() or "en",
    )


def _credits_plain(amount_minor: int, programme: Programme) -> dict[str, str]:
    """A round amount as it is shown on a button, and as it is typed."""
    whole = amount_minor // 10**programme.credit_decimals
    number = money.format_number(whole, decimals=0, language=get_language() or "en")
    return {"label": number, "value": str(whole)}


def tell(programme: Programme, lines: Sequence[Line]) -> Mapping[int, statements.Told]:
    """What a statement says about top-ups and about what was taken back of them."""
    named = {line.entry_id: line.reverses or line.entry_id for line in lines if _may_be_ours(line)}
    made = {row.id: row for row in TopUp.objects.filter(programme_id=programme.id, pk__in=set(named.values()))}
    return {
        entry: _told(made[top_up], programme, is_reversal=entry != top_up)
        for entry, top_up in named.items()
        if top_up in made
    }


def _may_be_ours(line: Line) -> bool:
    return line.kind in (Kind.TOP_UP, Kind.REVERSAL)


def _told(row: TopUp, programme: Programme, *, is_reversal: bool) -> statements.Told:
    named = {"programme": programme.slug, "top_up": ids.public(TopUp.kind, row.id)}
    url = reverse("top_up_made", kwargs=named)
    if is_reversal:
        return statements.Told(_("Top-up taken back"), url=url)
    paid = money.format_currency(row.paid_minor, currency=programme.currency, language=get_language() or "en")
    detail = f"{row.get_means_display()} {paid}"
    if row.reversed_minor == row.bought_minor:
        return statements.Told(_("Top-up"), detail, url)
    return statements.Told(
        _("Top-up"), detail, url, undo_url=reverse("top_up_reverse", kwargs=named), undo_label=_("Take back")
    )


urlpatterns = [
    path("customers/new/", customer_new, name="customer_new"),
    path("customers/<uuid:customer>/top-up/", top_up, name="top_up"),
    path("price/", price, name="price"),
    path("customers/top-ups/<uuid:top_up>/", top_up_made, name="top_up_made"),
    path("customers/top-ups/<uuid:top_up>/reverse/", top_up_reverse, name="top_up_reverse"),
    path("customers/top-ups/<uuid:top_up>/undo/", top_up_undo, name="top_up_undo"),
]
