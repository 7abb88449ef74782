"""The office's pages about customers and their wallets."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groat.customers import actions, lots, notes, panels, queries, statements
from groat.customers.forms import AdjustForm, EditForm, ExtendForm, FloorFields, TransferForm, WriteOffForm
from groat.customers.models import Customer, CustomerNote, PastMovement, Wallet
from groat.customers.office_list import rows_of
from groat.errors import NotFound, Refusal
from groat.ledger import queries as ledger
from groat.ledger.queries import Standing
from groat.programmes import access, desk
from groat.programmes.models import Programme
from groat.web import toasts
from groat.web.swatches import swatch_of

form_view = require_http_methods(["GET", "HEAD", "POST"])

NOTES = 50
MOVEMENTS = 30
"""How many movements a statement shows at a time."""


# ---- One customer ----


@require_GET
@access.staff_required(*access.OFFICE)
def customer(request: HttpRequest, *, programme: Programme, customer: UUID) -> HttpResponse:
    """One customer: balance, cards, what expires when, and every movement in plain words."""
    row, wallet = found(programme, customer)
    before = desk.cursor(request, "before")
    movements, next_before = _movements(programme, wallet, before)
    context: dict[str, Any] = {
        "customer": row,
        "movements": movements,
        "next_before": next_before,
        "is_from_now": before is None,
    }
    if not desk.is_fragment(request, "more"):
        context |= {
            "standing": _standing(wallet),
            "swatch": swatch_of(row.id),
            "lots": _lots(wallet),
            "notes": list(CustomerNote.objects.filter(customer=row).order_by("-id")[:NOTES]),
            "own": access.deed(request).actor.code,
            "past": PastMovement.objects.filter(wallet=wallet).count(),
            "panels": panels.of(wallet),
        }
    return desk.render_list(request, "customers/customer.html", context, fragment="more")


def _movements(programme: Programme, wallet: Wallet, before: int | None) -> tuple[list[dict[str, Any]], int | None]:
    """A page of the statement, each movement with whether a new day begins at it; and where to go on."""
    # The last one seen is read again: its day was announced already.
    again = 0 if before is None else before + 1
    lines = ledger.statement(
        programme_id=programme.id, wallet=wallet.id, before=again or None, limit=MOVEMENTS + 1 + bool(again)
    )
    seen = lines.pop(0) if lines and lines[0].sequence == before else None
    page = lines[:MOVEMENTS]
    days = [timezone.localdate(line.at) for line in page]
    before_them = [timezone.localdate(seen.at) if seen else None, *days]
    told = statements.explained(programme=programme, lines=page)
    movements = [
        {"told": movement, "day": None if day == previous else day}
        for movement, day, previous in zip(told, days, before_them, strict=False)
    ]
    return movements, page[-1].sequence if len(lines) > MOVEMENTS else None


def found(programme: Programme, customer: UUID | str) -> tuple[Customer, Wallet]:
    """The programme's customer with their wallet; `NotFound` for nobody's and another programme's id."""
    rows = Customer.objects.select_related("group")
    row = rows.filter(programme_id=programme.id, pk=Customer.key_of(customer)).first()
    if row is None:
        raise NotFound
    wallet = queries.wallet_of(row)
    # They are at hand: spare the queries for them.
    row.programme = wallet.programme = programme
    wallet.owner = row
    return row, wallet


def _standing(wallet: Wallet) -> Standing:
    return ledger.balance(programme_id=wallet.programme_id, wallet=wallet.id, now=timezone.now())


def _lots(wallet: Wallet) -> list[dict[str, Any]]:
    now = timezone.now()
    found = ledger.lots(programme_id=wallet.programme_id, wallet=wallet.id, now=now)
    reasons = lots.reasons(wallet=wallet, lots=found)
    return [
        {
            "lot": lot,
            "origin": statements.ORIGINS[lot.origin],
            "is_soon": _is_soon(lot.expires_at, now),
            "why": reasons.get(lot.id, ""),
        }
        for lot in found
    ]


def _is_soon(expires_at: Any, now: Any) -> bool:
    return expires_at is not None and (expires_at - now).days < 30


@form_view
@access.staff_required(*access.MANAGE)
def customer_edit(request: HttpRequest, *, programme: Programme, customer: UUID) -> HttpResponse:
    row, _wallet = found(programme, customer)
    form = EditForm(request.POST or None, programme=programme, customer=row)
    if request.method == "POST" and form.is_valid():
        changed = desk.attempt(
            form,
            lambda: actions.change_customer(customer=row, **form.person(), deed=access.deed(request)),
            request=request,
        )
        if changed:
            toasts.done(request, _("%(customer)s was saved.") % {"customer": changed})
            return _to(programme, row)
    return _form(request, form, row, heading=str(row), submit=_("Save"))


@require_GET
@access.staff_required(*access.OFFICE)
def customer_past(request: HttpRequest, *, programme: Programme, customer: UUID) -> HttpResponse:
    """What the customer did before Groat, as an import has brought it."""
    row, wallet = found(programme, customer)
    before = PastMovement.objects.filter(wallet=wallet, pk=desk.cursor(request) or 0).first()
    moved = PastMovement.objects.filter(wallet=wallet).order_by("-at", "-id")
    if before is not None:
        moved = moved.filter(Q(at__lt=before.at) | Q(at=before.at, pk__lt=before.pk))
    page = list(moved[: MOVEMENTS + 1])
    next_cursor = str(page[MOVEMENTS - 1].pk) if len(page) > MOVEMENTS else None
    return desk.render(
        request, "customers/past.html", {"customer": row, "rows": page[:MOVEMENTS], "next_cursor": next_cursor}
    )


@require_POST
@access.staff_required(*access.MANAGE)
def note_add(request: HttpRequest, *, programme: Programme, customer: UUID) -> HttpResponse:
    """Write something down about the customer."""
    row, _wallet = found(programme, customer)
    try:
        notes.add_note(customer=row, text=request.POST.get("text", ""), deed=access.deed(request))
    except Refusal:
        toasts.failed(request, _("Write something of at most 1000 signs."))
    return _to(programme, row)


@require_POST
@access.staff_required(*access.MANAGE)
def note_remove(request: HttpRequest, *, programme: Programme, note: UUID) -> HttpResponse:
    """Remove a note that one has written oneself."""
    row = CustomerNote.named(programme_id=programme.id, public_id=note)
    try:
        notes.remove_note(note=row, deed=access.deed(request))
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
    else:
        toasts.done(request, _("The note was removed."))
    return _to(programme, row.customer)


# ---- The wallet, by hand ----


@form_view
@access.staff_required(*access.MANAGE)
def floor(request: HttpRequest, *, programme: Programme, customer: UUID) -> HttpResponse:
    """Agree how far below zero the wallet may go."""
    row, wallet = found(programme, customer)
    now_minor = _standing(wallet).floor_minor if wallet.overdue_since is None else wallet.agreed_floor_minor
    own = now_minor if wallet.has_own_floor else None
    form = FloorFields(request.POST or None, programme=programme, floor_minor=own)
    if request.method == "POST" and form.is_valid():
        done = desk.attempt_once(
            form,
            lambda: actions.set_floor(wallet=wallet, floor_minor=form.floor_minor, deed=access.deed(request)),
            request=request,
        )
        if done:
            toasts.done(request, _("The minimum balance was changed."))
            return _to(programme, row)
    return _form(
        request,
        form,
        row,
        once=True,
        heading=_("Minimum balance of %(customer)s") % {"customer": row},
        submit=_("Save"),
    )


@form_view
@access.staff_required(*access.MANAGE)
def adjust(request: HttpRequest, *, programme: Programme, customer: UUID) -> HttpResponse:
    """Put the balance right by hand."""
    row, wallet = found(programme, customer)
    form = AdjustForm(request.POST or None, programme=programme)
    if request.method == "POST" and form.is_valid():
        done = desk.attempt_once(
            form,
            lambda: actions.adjust(
                wallet=wallet,
                amount_minor=form.amount_minor,
                reason=form.cleaned_data["reason"],
                expires_at=form.until() if form.amount_minor > 0 else None,
                deed=access.deed(request),
            ),
            request=request,
        )
        if done:
            toasts.done(request, _("The balance was adjusted."))
            return _to(programme, row)
    return _form(
        request,
        form,
        row,
        once=True,
        heading=_("Adjust the balance of %(customer)s") % {"customer": row},
        lead=_("For what went wrong elsewhere. Credits that were paid for belong into a top-up."),
        submit=_("Adjust the balance"),
        standing=_standing(wallet),
        about="customers/standing.html",
    )


@form_view
@access.staff_required(*access.MANAGE)
def write_off(request: HttpRequest, *, programme: Programme, customer: UUID) -> HttpResponse:
    """Forgive a debt, or a part of it."""
    row, wallet = found(programme, customer)
    standing = _standing(wallet)
    form = WriteOffForm(request.POST or None, programme=programme, standing=standing)
    if request.method == "POST" and form.is_valid():
        done = desk.attempt_once(
            form,
            lambda: actions.write_off(
                wallet=wallet,
                amount_minor=form.cleaned_data["amount"],
                reason=form.cleaned_data["reason"],
                deed=access.deed(request),
            ),
            request=request,
        )
        if done:
            toasts.done(request, _("The debt was written off."))
            return _to(programme, row)
    return _form(
        request,
        form,
        row,
        once=True,
        danger=True,
        heading=_("Write off the debt of %(customer)s") % {"customer": row},
        lead=_("The customer owes it no longer, and nobody will pay it. This cannot be undone."),
        submit=_("Write off"),
        standing=standing,
        about="customers/standing.html",
    )


@form_view
@access.staff_required(*access.MANAGE)
def extend(request: HttpRequest, *, programme: Programme, customer: UUID) -> HttpResponse:
    """Let bought credits live longer."""
    row, wallet = found(programme, customer)
    form = ExtendForm(request.POST or None, programme=programme)
    if request.method == "POST" and form.is_valid():
        done = desk.attempt_once(
            form,
            lambda: actions.extend(
                wallet=wallet,
                expires_at=form.expires_at,
                reason=form.cleaned_data["reason"],
                deed=access.deed(request),
            ),
            request=request,
        )
        if done:
            toasts.done(request, _("The bought credits live longer now."))
            return _to(programme, row)
    return _form(
        request,
        form,
        row,
        once=True,
        heading=_("Extend the credits of %(customer)s") % {"customer": row},
        lead=_("Moves the expiry of all bought credits that have not expired yet. Never to an earlier day."),
        submit=_("Extend"),
        lots=_lots(wallet),
        aside="customers/lots.html",
    )


@form_view
@access.staff_required(*access.MANAGE)
def transfer(request: HttpRequest, *, programme: Programme, customer: UUID) -> HttpResponse:
    """Move credits to another customer."""
    row, wallet = found(programme, customer)
    form = TransferForm(request.POST or None, programme=programme)
    target = _chosen(programme, request.POST.get("target", ""))
    if request.method == "POST" and form.is_valid():
        if target is None:
            form.add_error("target", form.fields["target"].error_messages["required"])
        else:
            done = desk.attempt_once(
                form,
                lambda: actions.transfer(
                    source=wallet,
                    target=queries.wallet_of(target),
                    amount_minor=form.cleaned_data["amount"],
                    reason=form.cleaned_data["reason"],
                    deed=access.deed(request),
                ),
                request=request,
            )
            if done:
                toasts.done(request, _("The credits were transferred to %(customer)s.") % {"customer": target})
                return _to(programme, row)
    choices = [target] if target else _others(programme, row, request.POST.get("q", ""))
    return desk.render_form(
        request,
        form,
        "customers/transfer.html",
        customer=row,
        standing=_standing(wallet),
        targets=rows_of(programme, choices),
        chosen=str(target.public_id) if target else "",
        text=request.POST.get("q", ""),
    )


@require_GET
@access.staff_required(*access.MANAGE)
def transfer_targets(request: HttpRequest, *, programme: Programme, customer: UUID) -> HttpResponse:
    """Customers to choose from as one types."""
    row, _wallet = found(programme, customer)
    text = request.GET.get("q", "")
    choices = rows_of(programme, _others(programme, row, text))
    return desk.render(request, "customers/transfer.html#targets", {"targets": choices, "text": text, "chosen": ""})


def _chosen(programme: Programme, public_id: str) -> Customer | None:
    try:
        return Customer.named(programme_id=programme.id, public_id=public_id)
    except NotFound:
        return None


def _others(programme: Programme, customer: Customer, text: str) -> list[Customer]:
    if not text.strip():
        return []
    page = queries.search(programme_id=programme.id, sought=queries.Sought(text=text), limit=8)
    return [one for one in page.customers if one.pk != customer.pk]


def _to(programme: Programme, customer: Customer) -> HttpResponse:
    return redirect("customer", programme=programme.slug, customer=customer.public_id)


def _form(request: HttpRequest, form: Any, customer: Customer, **context: Any) -> HttpResponse:
    back = reverse("customer", kwargs={"programme": customer.programme.slug, "customer": customer.public_id})
    return desk.render_form(request, form, customer=customer, back_url=back, back_label=str(customer), **context)


urlpatterns = [
    path("customers/<uuid:customer>/", customer, name="customer"),
    path("customers/<uuid:customer>/past/", customer_past, name="customer_past"),
    path("customers/<uuid:customer>/notes/", note_add, name="note_add"),
    path("customers/notes/<uuid:note>/remove/", note_remove, name="note_remove"),
    path("customers/<uuid:customer>/edit/", customer_edit, name="customer_edit"),
    path("customers/<uuid:customer>/minimum-balance/", floor, name="floor"),
    path("customers/<uuid:customer>/adjust/", adjust, name="adjust"),
    path("customers/<uuid:customer>/write-off/", write_off, name="write_off"),
    path("customers/<uuid:customer>/extend/", extend, name="extend"),
    path("customers/<uuid:customer>/transfer/", transfer, name="transfer"),
    path("customers/<uuid:customer>/transfer/targets/", transfer_targets, name="transfer_targets"),
]
