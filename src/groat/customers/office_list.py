"""The office's list of customers: whom it shows, and what is done to many of them at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groat.customers import exporting, many, queries, tables
from groat.customers.forms import ACTS, ActForm, CustomerFilter
from groat.customers.models import Customer, MassChange
from groat.customers.queries import Sought
from groat.errors import NotFound, Refusal
from groat.ledger import queries as ledger
from groat.programmes import access, desk
from groat.programmes.models import Programme
from groat.web import toasts
from groat.web.swatches import swatch_of

form_view = require_http_methods(["GET", "HEAD", "POST"])

SOON = timedelta(days=30)
"""What expires by then expires soon."""


@require_GET
@access.staff_required(*access.OFFICE)
def customers(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """The programme's customers, found while one types and chooses."""
    form = CustomerFilter(request.GET, programme=programme)
    sought = sought_by(form)
    page = queries.search(programme_id=programme.id, sought=sought, after=desk.cursor(request))
    kept = request.GET.copy()
    kept.pop("cursor", None)
    return desk.render_list(
        request,
        "customers/customers.html",
        {
            "form": form,
            "rows": rows_of(programme, page.customers),
            "count": queries.found(programme_id=programme.id, sought=sought).count(),
            "next_cursor": str(page.after) if page.after else None,
            "text": form.cleaned_data.get("q", ""),
            "is_filtered": sought != queries.EVERYBODY,
            "is_first_page": "cursor" not in request.GET,
            "kept": kept.urlencode(),
            "kept_fields": [(name, value) for name, value in kept.items() if value and name in form.fields],
        },
    )


def rows_of(programme: Programme, found: list[Customer]) -> list[dict[str, Any]]:
    """Customers with where their wallets stand, in a fixed number of queries."""
    wallets = {customer.id: queries.wallet_of(customer) for customer in found}
    standings = ledger.balances(
        programme_id=programme.id, wallets=[wallet.id for wallet in wallets.values()], now=timezone.now()
    )
    return [
        {
            "customer": customer,
            "standing": standings[wallets[customer.id].id],
            "swatch": swatch_of(customer.id),
            "cards": [card for card in customer.cards.all() if card.state != "replaced"],
        }
        for customer in found
    ]


def sought_by(form: CustomerFilter) -> Sought:
    """Whom the filters in the address ask for; what makes no sense there filters nothing."""
    form.is_valid()
    chosen, now = form.cleaned_data, timezone.now()
    group = form.groups.get(chosen.get("group", ""))
    days = int(chosen.get("inactive") or 0)
    return Sought(
        text=chosen.get("q", ""),
        group=group.pk if group else None,
        owes=chosen.get("debt", False),
        expires_by=now + SOON if chosen.get("expiring") else None,
        is_blocked=chosen.get("blocked", False),
        has_no_card=chosen.get("no_card", False),
        unseen_since=now - timedelta(days=days) if days else None,
    )


def chosen_by(programme: Programme, asked: QueryDict) -> Sought:
    """Those who were ticked; or everybody whom the filters find, if that was ticked."""
    if asked.get("all"):
        return sought_by(CustomerFilter(asked, programme=programme))
    names = []
    for name in asked.getlist("customer")[:MOST_CHOSEN]:
        try:
            names.append(Customer.key_of(name))
        except NotFound:
            continue
    return Sought(chosen=tuple(names))


MOST_CHOSEN = 500
"""Ticked one by one; the whole list goes by its filters."""


@require_GET
@access.staff_required(*access.OFFICE)
def customers_export(request: HttpRequest, *, programme: Programme) -> HttpResponseBase:
    """Those whom the list shows, as CSV or XLSX."""
    sought = sought_by(CustomerFilter(request.GET, programme=programme))
    deed = access.deed(request)
    exporting.begin(programme=programme, sought=sought, deed=deed)
    rows = exporting.rows(programme=programme, sought=sought, now=deed.now)
    heading = (
        pgettext("of a person", "Name"),
        programme.identifier_label or _("Identifier"),
        _("E-mail"),
        _("Phone"),
        _("Language"),
        _("Group"),
        _("Cards"),
        _("Balance"),
        _("Minimum balance"),
        _("Customer since"),
        _("Blocked since"),
        _("Note"),
    )
    name = f"{programme.slug}-customers"
    if request.GET.get("format") == "xlsx":
        file = exporting.spreadsheet(heading, rows)
        return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", headers={"Cache-Control": "no-store"})
    return tables.streamed(heading, rows, name=f"{name}.csv")


# ---- To many at once ----


@form_view
@access.staff_required(*access.MANAGE)
def customers_act(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Do something to all who were chosen, after it was said how many they are."""
    asked = request.POST if request.method == "POST" else request.GET
    sought = chosen_by(programme, asked)
    count = queries.found(programme_id=programme.id, sought=sought).count()
    act = asked.get("act", "")
    if act not in ACTS or not count:
        toasts.failed(request, _("Choose at least one customer first."))
        return redirect("customers", programme=programme.slug)
    form = ActForm(request.POST or None, programme=programme, act=act)
    if request.method == "POST" and form.is_valid():
        change = desk.attempt(form, _deed(request, programme, sought, form), request=request)
        if change:
            _told(request, programme, change)
            return redirect("customers", programme=programme.slug)
    heading, submit, lead = _words(act, count)
    return desk.render_form(
        request,
        form,
        "customers/act.html",
        heading=heading,
        submit=submit,
        lead=lead,
        count=count,
        act=act,
        danger=act == "block",
        asked=[(name, value) for name, values in asked.lists() if name in _CARRIED for value in values],
    )


_CARRIED = {"all", "customer", "q", "group", "inactive", "debt", "expiring", "blocked", "no_card"}
"""What says who was chosen."""


def _deed(request: HttpRequest, programme: Programme, sought: Sought, form: ActForm) -> Callable[[], MassChange]:
    about: dict[str, Any] = {
        "programme": programme,
        "sought": sought,
        "expected": form.cleaned_data["expected"],
        "deed": access.deed(request),
    }
    typed = form.cleaned_data
    acts: dict[str, Callable[[], MassChange]] = {
        "block": lambda: many.block(**about, reason=typed["reason"]),
        "unblock": lambda: many.unblock(**about),
        "group": lambda: many.put_into_group(**about, group=form.chosen_group),
        "language": lambda: many.set_language(**about, language=typed["to_language"]),
    }
    return acts[form.act]


def _words(act: str, count: int) -> tuple[str, str, str]:
    """Heading, button and explanation, with the number in them."""
    facts = {"count": count}
    match act:
        case "block":
            return (
                ngettext("Block %(count)s customer", "Block %(count)s customers", count) % facts,
                _("Block"),
                _("None of their cards pays until you unblock them. Their credits stay."),
            )
        case "unblock":
            return (
                ngettext("Unblock %(count)s customer", "Unblock %(count)s customers", count) % facts,
                _("Unblock"),
                _("Their cards pay again, unless a card itself is blocked."),
            )
        case "group":
            return (
                ngettext("Put %(count)s customer into a group", "Put %(count)s customers into a group", count) % facts,
                _("Put into the group"),
                _("Who has no minimum balance of their own gets the group’s."),
            )
        case _:
            return (
                ngettext("Set the language of %(count)s customer", "Set the language of %(count)s customers", count)
                % facts,
                _("Set the language"),
                _("Messages to them are written in this language."),
            )


def _told(request: HttpRequest, programme: Programme, change: MassChange) -> None:
    count = len(change.before)
    if not count:
        toasts.done(request, _("Nothing had to be changed."))
        return
    undo = reverse("customers_undo", kwargs={"programme": programme.slug, "mass_change": change.public_id})
    sentence = ngettext("%(count)s customer was changed.", "%(count)s customers were changed.", count)
    toasts.done(request, sentence % {"count": count}, undo_url=undo)


@require_POST
@access.staff_required(*access.MANAGE)
def customers_undo(request: HttpRequest, *, programme: Programme, mass_change: UUID) -> HttpResponse:
    """Take back what was done to many."""
    row = MassChange.named(programme_id=programme.id, public_id=mass_change)
    try:
        many.undo(change=row, deed=access.deed(request))
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
    else:
        toasts.done(request, _("It is as it was before."))
    return redirect("customers", programme=programme.slug)


# ---- One of them ----


@form_view
@access.staff_required(*access.MANAGE)
def customer_block(request: HttpRequest, *, programme: Programme, customer: UUID) -> HttpResponse:
    """Let none of the customer's cards pay any more."""
    row = Customer.named(programme_id=programme.id, public_id=customer)
    form = ActForm(request.POST or None, programme=programme, act="block", initial={"expected": 1})
    if request.method == "POST" and form.is_valid():
        blocked = desk.attempt(
            form,
            lambda: many.block(
                programme=programme,
                sought=Sought(chosen=(row.pk,)),
                expected=1,
                reason=form.cleaned_data["reason"],
                deed=access.deed(request),
            ),
            request=request,
        )
        if blocked:
            undo = reverse("customer_unblock", kwargs={"programme": programme.slug, "customer": customer})
            toasts.done(request, _("%(customer)s is blocked.") % {"customer": row}, undo_url=undo)
            return redirect("customer", programme=programme.slug, customer=customer)
    back = reverse("customer", kwargs={"programme": programme.slug, "customer": customer})
    return desk.render_form(
        request,
        form,
        heading=_("Block %(customer)s") % {"customer": row},
        lead=_("None of their cards pays until you unblock them. Their credits stay."),
        submit=_("Block"),
        danger=True,
        back_url=back,
        back_label=str(row),
    )


@require_POST
@access.staff_required(*access.MANAGE)
def customer_unblock(request: HttpRequest, *, programme: Programme, customer: UUID) -> HttpResponse:
    """Let the customer's cards pay again."""
    row = Customer.named(programme_id=programme.id, public_id=customer)
    many.unblock(programme=programme, sought=Sought(chosen=(row.pk,)), expected=1, deed=access.deed(request))
    toasts.done(request, _("%(customer)s may pay again.") % {"customer": row})
    return redirect("customer", programme=programme.slug, customer=customer)


urlpatterns = [
    path("customers/", customers, name="customers"),
    path("customers/export/", customers_export, name="customers_export"),
    path("customers/act/", customers_act, name="customers_act"),
    path("customers/undo/<uuid:mass_change>/", customers_undo, name="customers_undo"),
    path("customers/<uuid:customer>/block/", customer_block, name="customer_block"),
    path("customers/<uuid:customer>/unblock/", customer_unblock, name="customer_unblock"),
]
