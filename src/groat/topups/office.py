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
from groat.customers.models import Customer, Group, Wallet
from groat.errors import Refusal
from groat.ledger import queries as ledger
from groat.ledger.core.entries import Kind
from groat.ledger.queries import Line
from groat.programmes import access, desk
from groat.programmes import queries as programmes
from groat.programmes.models import Programme
from groat.topups import actions, buying, office_offers, queries, shown
from groat.topups.forms import OpenAccountForm, ReverseForm, TopUpForm
from groat.topups.models import TopUp
from groat.topups.offers import Channel
from groat.topups.writing import DEFAULT, Expiry
from groat.web import money, toasts

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
    shelf = _newcomers_shelf(programme, request.POST.get("group", ""))
    shown_price = buying.preview(shelf, programme, request.POST.dict())
    return desk.render_form(request, form, "topups/customer_new.html", preview=shown_price)


# ---- Top-ups ----


@form_view
@access.staff_required(*access.MANAGE)
def top_up(request: HttpRequest, *, programme: Programme, customer: UUID) -> HttpResponse:
    """Sell credits to a customer."""
    row, wallet = customers.found(programme, customer)
    shelf = _shelf(wallet)
    form = TopUpForm(request.POST or None, programme=programme, shelf=shelf)
    if request.method == "POST" and form.is_valid():
        made = desk.attempt_once(form, lambda: _sell(form, wallet, request), request=request)
        if made:
            sold = TopUp.named(programme_id=programme.id, public_id=made)
            amount = shown.credits_text(sold.bought_minor + sold.bonus_minor, programme)
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
        preview=buying.preview(shelf, programme, request.POST.dict()),
        quick=[_credits_plain(amount, programme) for amount in shown.usual_amounts(programme)],
    )


def _sell(form: TopUpForm, wallet: Wallet, request: HttpRequest) -> TopUp:
    expires_at: datetime | Expiry | None = form.until()
    if expires_at == form.default_expiry:
        expires_at = DEFAULT
    bought, deed = form.asked, access.deed(request)
    told: dict[str, Any] = {"wallet": wallet, "means": form.cleaned_data["means"], "expires_at": expires_at}
    told |= form.agreed | {"channel": Channel.OFFICE, "deed": deed}
    if isinstance(bought, int):
        return actions.top_up(bought_minor=bought, **told)
    return actions.sell_package(package=bought, **told)


@require_GET
@access.staff_required(*access.MANAGE)
def price(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """What credits cost and what is given on top, as they are being typed."""
    if "customer" in request.GET:
        _row, wallet = customers.found(programme, request.GET["customer"])
        shelf = _shelf(wallet)
    else:
        shelf = _newcomers_shelf(programme, request.GET.get("group", ""))
    shown_price = buying.preview(shelf, programme, request.GET.dict())
    return desk.render(request, "topups/price.html", {"preview": shown_price})


def _shelf(wallet: Wallet) -> queries.Shelf:
    now = timezone.now()
    expires_at = queries.usual_expiry(programme=wallet.programme, now=now)
    return queries.shelf(wallet=wallet, channel=Channel.OFFICE, now=now, expires_at=expires_at)


def _newcomers_shelf(programme: Programme, group: str) -> queries.Shelf:
    """For whom an account is about to be opened, in the group that is chosen."""
    now = timezone.now()
    found = Group.named(programme_id=programme.id, public_id=group).id if group else None
    return queries.shelf_for_newcomer(
        programme=programme,
        group=found,
        channel=Channel.OFFICE,
        now=now,
        expires_at=queries.usual_expiry(programme=programme, now=now),
    )


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
        {
            "top_up": row,
            "customer": row.wallet.owner,
            "who": names.get(row.actor, ""),
            "left_minor": _left(row),
            "reasons": shown.reasons_kept(list(row.given.all()), programme),
        },
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
    *office_offers.urlpatterns,
]
