"""The till's pages about cash: the drawer, its report, and topping up for cash."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groat.cards import actions as cards_actions
from groat.cards.models import Card
from groat.drawers import actions, queries, rules, slip
from groat.drawers.forms import CloseForm, MoveForm, OpenForm, TopUpForm
from groat.drawers.models import Drawer
from groat.errors import NotFound, Refusal
from groat.ledger import queries as ledger
from groat.programmes import access, desk
from groat.programmes import queries as programmes
from groat.programmes.models import Programme, Role, Till
from groat.till.rules import UnknownCard
from groat.till.shown import first_name
from groat.topups import buying
from groat.topups.models import TopUp
from groat.topups.offers import Channel
from groat.topups.queries import Shelf, shelf, usual_expiry
from groat.topups.rules import rounded_cash
from groat.topups.shown import reasons_kept, usual_amounts
from groat.web import money, policy, toasts

form_view = require_http_methods(["GET", "HEAD", "POST"])

SHOWN_MOVES = 50
SHOWN_REPORTS = 10


# ---- The drawer ----


@form_view
@never_cache
@access.staff_required(*access.TILL)
def drawer(request: HttpRequest, *, programme: Programme, till: UUID) -> HttpResponse:
    """The till's drawer: to be opened, or what is in it, which is the report X."""
    row = _till(programme, till)
    is_open = queries.open_at(row)
    return _opened(request, row, is_open) if is_open else _to_open(request, row)


def _to_open(request: HttpRequest, till: Till) -> HttpResponse:
    last = queries.last_closed(till)
    form = OpenForm(request.POST or None, programme=till.programme, float_minor=last.float_minor if last else None)
    if request.method == "POST" and form.is_valid():
        done = desk.attempt_once(
            form,
            lambda: actions.open_drawer(
                till=till, float_minor=form.cleaned_data["float"] or 0, deed=access.deed(request)
            ),
            request=request,
        )
        if done:
            toasts.done(request, _("The cash drawer is open."))
            # Whoever was about to top up goes on with it.
            wanted = {name: request.GET[name] for name in ("card", "missing") if name in request.GET}
            if "top-up" in request.GET:
                return redirect(f"{_url('till_top_up', till)}?{urlencode(wanted)}")
            return _to(till)
    return desk.render_form(request, form, "drawers/drawer_to_open.html", till=till, last=last, reports=_reports(till))


def _opened(request: HttpRequest, till: Till, row: Drawer) -> HttpResponse:
    moves = queries.moves(row)[:SHOWN_MOVES]
    names = _names(row, *(move.actor for move in moves))
    context = {
        "till": till,
        "drawer": row,
        "slip": slip.of_drawer(row, till=till, names=names, now=access.deed(request).now),
        "moves": [(move, names.get(move.actor, "")) for move in moves],
        "reports": _reports(till),
    }
    # A form that opens, sent when it was opened already, shows what there is.
    return desk.render(request, "drawers/drawer.html", context)


def _reports(till: Till) -> list[Drawer]:
    found = queries.drawers(programme=till.programme, till=till, limit=SHOWN_REPORTS + 1)
    return [one for one in found if one.closed_at is not None][:SHOWN_REPORTS]


@form_view
@never_cache
@access.staff_required(*access.TILL)
def cash(request: HttpRequest, *, programme: Programme, till: UUID, way: str) -> HttpResponse:
    """Put cash in or take it out by hand."""
    row = _till(programme, till)
    is_in = way == "in"
    form = MoveForm(request.POST or None, programme=programme)
    if request.method == "POST" and form.is_valid():
        amount_minor = form.cleaned_data["amount"] * (1 if is_in else -1)
        done = desk.attempt_once(
            form,
            lambda: actions.move_cash(
                till=row, amount_minor=amount_minor, reason=form.cleaned_data["reason"], deed=access.deed(request)
            ),
            request=request,
        )
        if done:
            toasts.done(request, _("It is written down."))
            return _to(row)
    heading = _("Put cash in") if is_in else _("Take cash out")
    return desk.render_form(request, form, "drawers/form.html", till=row, heading=heading, submit=heading)


@form_view
@never_cache
@access.staff_required(*access.TILL)
def close(request: HttpRequest, *, programme: Programme, till: UUID) -> HttpResponse:
    """Count and close."""
    row = _till(programme, till)
    form = CloseForm(request.POST or None, programme=programme)
    if request.method == "POST" and form.is_valid():
        done = desk.attempt_once(
            form,
            lambda: actions.close_drawer(
                till=row,
                counted_minor=form.cleaned_data["counted"] or 0,
                note=form.cleaned_data["note"],
                deed=access.deed(request),
            ),
            request=request,
        )
        if done:
            toasts.done(request, _("The cash drawer is closed."))
            return redirect(_url("drawer_report", row, drawer=done))
    is_open = queries.open_at(row)
    if is_open is None:
        return _to(row)
    return desk.render_form(
        request,
        form,
        "drawers/form.html",
        till=row,
        heading=_("Count and close"),
        lead=_("Count all that is in the drawer. Afterwards its report stays as it is, for good."),
        submit=_("Close the drawer"),
        expected_minor=queries.expected(is_open),
        is_closing=True,
    )


@require_GET
@access.staff_required(*access.TILL)
def report(request: HttpRequest, *, programme: Programme, till: UUID, drawer: UUID) -> HttpResponse:
    """The report Z of a closed drawer of this till."""
    row = _till(programme, till)
    found = Drawer.named(programme_id=programme.id, public_id=drawer)
    if found.till_id != row.id or found.report is None:
        raise NotFound
    shown = slip.of_drawer(found, till=row, names=_names(found), now=access.deed(request).now)
    return desk.render(request, "drawers/report_page.html", {"till": row, "drawer": found, "slip": shown})


@require_GET
@access.staff_required(*access.TILL)
def report_pdf(request: HttpRequest, *, programme: Programme, till: UUID, drawer: UUID) -> HttpResponse:
    """The report of a drawer of this till, X or Z, as a file."""
    row = _till(programme, till)
    found = Drawer.named(programme_id=programme.id, public_id=drawer)
    if found.till_id != row.id:
        raise NotFound
    return desk.download(*slip.pdf(found, till=row, now=access.deed(request).now))


def _names(row: Drawer, *others: str) -> dict[str, str]:
    return programmes.names_of(programme_id=row.programme_id, actors=[row.opened_by, row.closed_by, *others])


# ---- Topping up for cash ----


@form_view
@never_cache
@access.staff_required(*access.TILL)
@policy.reads_codes
def top_up(request: HttpRequest, *, programme: Programme, till: UUID) -> HttpResponse:
    """A card, an amount, the cash: then the new balance."""
    row = _till(programme, till)
    if queries.open_at(row) is None:
        return desk.render(request, "drawers/top_up_not_open.html", {"till": row, "query": request.GET.urlencode()})
    card = _card(programme, request.GET.get("card", ""))
    if card is None:
        return _hold(request, row)
    shelf = _shelf(card, request)
    missing_minor = desk.cursor(request, "missing")
    form = TopUpForm(request.POST or None, programme=programme, shelf=shelf, missing_minor=missing_minor)
    if request.method == "POST" and form.is_valid():
        done = desk.attempt_once(
            form,
            lambda: actions.top_up(till=row, card=card, bought=form.asked, seen=form.seen, deed=access.deed(request)),
            request=request,
        )
        if done:
            return _made(request, row, card, TopUp.named(programme_id=programme.id, public_id=done))
    preview = buying.preview(shelf, programme, request.POST.dict(), missing_minor=missing_minor)
    shown = {
        "till": row,
        "card": card,
        "first_name": first_name(card.customer.name),
        "sees": _sees(card, preview, request),
        "quick": [_plain(amount, programme) for amount in usual_amounts(programme)],
        "has_basket": "missing" in request.GET,
    }
    response = desk.render_form(request, form, _part(request, "drawers/top_up.html"), **shown)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def _hold(request: HttpRequest, till: Till, *, refused: str = "") -> HttpResponse:
    about = {
        "urls": {name: _url(f"till_{name}", till) for name in ("state", "events")},
        "here": request.get_full_path(),
    }
    context = {"till": till, "about": about, "refused": refused}
    return desk.render(request, "drawers/top_up_card.html", context, status=desk.REFUSED if refused else 200)


@require_POST
@never_cache
@access.staff_required(*access.TILL)
@policy.reads_codes
def top_up_card(request: HttpRequest, *, programme: Programme, till: UUID) -> HttpResponse:
    """A reader of this page read the card that is topped up."""
    row = _till(programme, till)
    token = request.POST.get("token", "").strip()
    try:
        card = cards_actions.recognise(till=row, token=token, deed=access.deed(request))
        if card is None:
            raise UnknownCard
    except Refusal as refusal:
        return _hold(request, row, refused=desk.worded(refusal, request=request))
    query = {"card": str(card.public_id)} | {name: value for name, value in request.GET.items() if name == "missing"}
    return redirect(f"{_url('till_top_up', row)}?{urlencode(query)}")


@require_GET
@never_cache
@access.staff_required(*access.TILL)
def top_up_sees(request: HttpRequest, *, programme: Programme, till: UUID) -> HttpResponse:
    """What the customer gets and pays, as it is being typed."""
    _till(programme, till)
    card = _card(programme, request.GET.get("card", ""))
    if card is None:
        raise NotFound
    sees = _sees(card, buying.preview(_shelf(card, request), programme, request.GET.dict()), request)
    return desk.render(request, "drawers/sees.html", {"sees": sees})


def _made(request: HttpRequest, till: Till, card: Card, made: TopUp, *, error: str = "") -> HttpResponse:
    made.programme = till.programme
    now = access.deed(request).now
    staff = access.staff_of(request)
    is_cashier = staff.role == Role.CASHIER
    left = rules.undo_seconds_left(at=made.at, undo_seconds=till.programme.undo_seconds, now=now)
    came = queries.move_of(made)
    context = {
        "till": till,
        "card": card,
        "first_name": first_name(card.customer.name),
        "top_up": made,
        "reasons": reasons_kept(list(made.given.all()), till.programme),
        "cash_minor": came.amount_minor if came else made.paid_minor,
        "balance_minor": _balance(card, request),
        "seconds_left": left if is_cashier else None,
        "may_undo": not made.reversed_minor and bool(left or not is_cashier),
        "is_undone": bool(made.reversed_minor),
        "error": error,
        "has_basket": "missing" in request.GET,
    }
    return desk.render(request, _part(request, "drawers/top_up_made.html"), context)


@require_POST
@never_cache
@access.staff_required(*access.TILL)
def top_up_undo(request: HttpRequest, *, programme: Programme, till: UUID, top_up: UUID) -> HttpResponse:
    """Take back what was just sold by mistake; the cash goes back to the customer."""
    row = _till(programme, till)
    made = TopUp.named(programme_id=programme.id, public_id=top_up)
    card = _card(programme, request.GET.get("card", ""))
    if card is None or card.wallet_id != made.wallet_id or made.till_id != row.id:
        raise NotFound
    form = forms.Form(request.POST)
    reason = _("Undone at the till right after it was made")
    desk.attempt_once(
        form,
        lambda: actions.undo_top_up(till=row, top_up=made, reason=reason, deed=access.deed(request)),
        request=request,
    )
    made.refresh_from_db()
    errors = form.non_field_errors()
    return _made(request, row, card, made, error=str(errors[0]) if errors else "")


def _shelf(card: Card, request: HttpRequest) -> Shelf:
    """What the card's owner may buy at a till now."""
    programme, now = access.programme_of(request), access.deed(request).now
    expires_at = usual_expiry(programme=programme, now=now)
    return shelf(wallet=card.wallet, channel=Channel.TILL, now=now, expires_at=expires_at)


def _sees(card: Card, shown: buying.Preview, request: HttpRequest) -> dict[str, Any]:
    """What somebody gets for what was picked or typed, and the cash for it; before, where they stand."""
    programme = access.programme_of(request)
    balance_minor = _balance(card, request)
    if shown.quote is None:
        return {"balance_minor": balance_minor, "preview": shown}
    cost_minor = shown.quote.paid_minor
    cash_minor = rounded_cash(cost_minor, currency=programme.currency, time_zone=programme.time_zone)
    return {
        "preview": shown,
        "balance_minor": balance_minor,
        "after_minor": balance_minor + shown.quote.total_minor,
        "cash_minor": cash_minor,
        "cost_minor": cost_minor if cost_minor != cash_minor else None,
    }


def _balance(card: Card, request: HttpRequest) -> int:
    now = access.deed(request).now
    return ledger.balance(programme_id=card.programme_id, wallet=card.wallet_id, now=now).posted_minor


def _plain(amount_minor: int, programme: Programme) -> dict[str, str]:
    """A round amount as it is shown on a button, and as it is typed."""
    whole = amount_minor // 10**programme.credit_decimals
    return {"label": money.format_number(whole, decimals=0, language=get_language() or "en"), "value": str(whole)}


# ---- What all of them need ----


def _till(programme: Programme, public_id: UUID) -> Till:
    row = Till.named(programme_id=programme.id, public_id=public_id)
    row.programme = programme
    return row


def _card(programme: Programme, public_id: str) -> Card | None:
    """The card that the address names, with its customer; None when it names none. Raises NotFound."""
    if not public_id:
        return None
    row = Card.named(programme_id=programme.id, public_id=public_id)
    row.wallet.programme = programme
    return row


def _part(request: HttpRequest, template: str) -> str:
    """The whole page, or what htmx puts in its place."""
    return f"{template}#work" if desk.is_fragment(request, "work") else template


def _url(name: str, till: Till, **named: Any) -> str:
    return reverse(name, kwargs={"programme": till.programme.slug, "till": till.public_id, **named})


def _to(till: Till) -> HttpResponse:
    return redirect(_url("till_drawer", till))


urlpatterns = [
    path("<uuid:till>/drawer/", drawer, name="till_drawer"),
    path("<uuid:till>/drawer/put-in/", cash, {"way": "in"}, name="drawer_put_in"),
    path("<uuid:till>/drawer/take-out/", cash, {"way": "out"}, name="drawer_take_out"),
    path("<uuid:till>/drawer/close/", close, name="drawer_close"),
    path("<uuid:till>/drawers/<uuid:drawer>/", report, name="drawer_report"),
    path("<uuid:till>/drawers/<uuid:drawer>/report.pdf", report_pdf, name="drawer_report_pdf"),
    path("<uuid:till>/top-up/", top_up, name="till_top_up"),
    path("<uuid:till>/top-up/card/", top_up_card, name="till_top_up_card"),
    path("<uuid:till>/top-up/sees/", top_up_sees, name="till_top_up_sees"),
    path("<uuid:till>/top-ups/<uuid:top_up>/undo/", top_up_undo, name="till_top_up_undo"),
]
