"""The office's pages about tills without a network: what they may take, what they took, what is owed."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groat.customers.models import Wallet
from groat.customers.panels import Panel
from groat.errors import Refusal
from groat.offline import actions, queries
from groat.offline.forms import SettleForm, TapFilter, TermsForm
from groat.offline.models import OfflineDevice, OfflineTap, TapState
from groat.programmes import access, desk
from groat.programmes import queries as programmes
from groat.programmes.models import Programme
from groat.web import refusals, toasts

PAGE = 50
form_view = require_http_methods(["GET", "HEAD", "POST"])


# ---- What was taken, and what is owed ----


@require_GET
@access.staff_required(*access.OFFICE)
def offline(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """What tills took without a network, newest first; what they may take; on which devices."""
    form = TapFilter(request.GET, tills=programmes.tills(programme_id=programme.id, closed=True))
    form.is_valid()
    chosen = form.cleaned_data
    found = queries.taps(
        programme_id=programme.id,
        state=chosen.get("state", ""),
        till=form.tills.get(chosen.get("till", "")),
        before=desk.cursor(request),
        limit=PAGE + 1,
    )
    owed, owed_minor = queries.debts(programme_id=programme.id)
    context = {
        "form": form,
        "rows": [(tap, _why(tap, programme)) for tap in found[:PAGE]],
        "next_cursor": str(found[PAGE - 1].id) if len(found) > PAGE else None,
        "is_filtered": any(chosen.values()) or "cursor" in request.GET,
        "owed": owed,
        "owed_minor": owed_minor,
        "terms": queries.terms(programme_id=programme.id),
        "devices": queries.devices(programme_id=programme.id),
    }
    return desk.render_list(request, "offline/office/offline.html", context)


def _why(tap: OfflineTap, programme: Programme) -> str:
    """Why a tap could not be booked, in words."""
    return refusals.worded(tap.why, programme=programme) if tap.why else ""


@require_POST
@access.staff_required(*access.MANAGE)
def offline_collect(request: HttpRequest, *, programme: Programme, tap: UUID) -> HttpResponse:
    """Try again to take what is owed."""
    row = OfflineTap.named(programme_id=programme.id, public_id=tap)
    try:
        done = actions.collect(tap=row, deed=access.deed(request))
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
        return redirect("offline", programme=programme.slug)
    if done.state == TapState.BOOKED:
        toasts.done(request, _("It is paid now."))
    else:
        toasts.failed(request, _why(done, programme))
    return redirect("offline", programme=programme.slug)


@form_view
@access.staff_required(*access.MANAGE)
def offline_settle(request: HttpRequest, *, programme: Programme, tap: UUID) -> HttpResponse:
    """Say how a debt ended: paid in cash, or forgiven."""
    row = OfflineTap.named(programme_id=programme.id, public_id=tap)
    form = SettleForm(request.POST or None, initial={"state": TapState.IN_CASH})
    if request.method == "POST" and form.is_valid():
        state, reason = TapState(form.cleaned_data["state"]), form.cleaned_data["reason"]
        deed = access.deed(request)
        settled = desk.attempt(
            form, lambda: actions.settle_by_hand(tap=row, state=state, reason=reason, deed=deed), request=request
        )
        if settled:
            toasts.done(request, _("The debt is settled."))
            return redirect("offline", programme=programme.slug)
    return desk.render_form(
        request,
        form,
        heading=_("Settle a debt"),
        lead=_("It was taken at a till without network and could not be booked."),
        about="offline/office/debt.html",
        tap=row,
        why=_why(row, programme),
        back_url=reverse("offline", kwargs={"programme": programme.slug}),
        back_label=_("Without network"),
        submit=_("Settle it"),
    )


# ---- Terms and devices ----


@form_view
@access.staff_required(*access.OWNER)
def offline_terms(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """How far tills are trusted without a network."""
    terms = queries.terms(programme_id=programme.id)
    form = TermsForm(request.POST or None, programme=programme, terms=terms)
    if request.method == "POST" and form.is_valid():
        allowed = desk.attempt(
            form,
            lambda: actions.allow(programme=programme, deed=access.deed(request), **form.cleaned_data),
            request=request,
        )
        if allowed:
            toasts.done(request, _("Saved. Tills know it when they next hear of the server."))
            return redirect("offline", programme=programme.slug)
    return desk.render_form(
        request,
        form,
        heading=_("Payments without network"),
        lead=_(
            "When the network is away, tills may keep payments and book them later. Whether there is enough "
            "credit is then known too late, so set how much you would lose at most."
        ),
        back_url=reverse("offline", kwargs={"programme": programme.slug}),
        back_label=_("Without network"),
        submit=_("Allow it"),
    )


@require_POST
@access.staff_required(*access.OWNER)
def offline_forbid(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Take no more payments without a network."""
    actions.forbid(programme=programme, deed=access.deed(request))
    toasts.done(request, _("Tills take no more payments without network, as soon as they hear of it."))
    return redirect("offline", programme=programme.slug)


@require_POST
@access.staff_required(*access.MANAGE)
def offline_shut_out(request: HttpRequest, *, programme: Programme, device: UUID) -> HttpResponse:
    """Trust a device no more."""
    row = OfflineDevice.named(programme_id=programme.id, public_id=device)
    actions.shut_out(device=row, deed=access.deed(request))
    toasts.done(request, _("%(device)s is shut out.") % {"device": row.name})
    return redirect("offline", programme=programme.slug)


def _panel(wallet: Wallet) -> dict[str, Any]:
    found = queries.debts_of(programme_id=wallet.programme_id, customer_id=wallet.owner_id)
    return {"debts": found, "debt_minor": sum(tap.amount_minor or 0 for tap in found)}


panel = Panel("offline/office/panel.html", _panel)
"""On a customer's page: what they owe for payments without a network."""

urlpatterns = [
    path("offline/", offline, name="offline"),
    path("offline/terms/", offline_terms, name="offline_terms"),
    path("offline/forbid/", offline_forbid, name="offline_forbid"),
    path("offline/taps/<uuid:tap>/collect/", offline_collect, name="offline_collect"),
    path("offline/taps/<uuid:tap>/settle/", offline_settle, name="offline_settle"),
    path("offline/devices/<uuid:device>/shut-out/", offline_shut_out, name="offline_shut_out"),
]
