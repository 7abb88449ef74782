"""The till's pages about who stands at it: sharing it, its lock, one's own PIN."""

import secrets
from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groat.cards.forms import PinForm
from groat.cashiers import actions, door, queries, rules
from groat.cashiers.models import SharedTill
from groat.errors import NotFound, Refusal
from groat.programmes import access, desk, minting, sign_in
from groat.programmes.deeds import Actor, Deed
from groat.programmes.models import Programme, Staff, Till, User
from groat.programmes.rules import device_of
from groat.till import asking
from groat.web import policy, refusals, toasts

form_view = require_http_methods(["GET", "HEAD", "POST"])
_DEMO_TRAY = "groat.demo.tray"


# ---- Sharing, and leaving ----


@require_POST
@never_cache
@access.staff_required(*access.TILL)
def share(request: HttpRequest, *, programme: Programme, till: UUID) -> HttpResponse:
    """From now on this browser belongs to the till. Whoever pressed it is signed out: nobody else is to be them."""
    row = Till.named(programme_id=programme.id, public_id=till)
    if not isinstance(request.user, User):
        # It is shared already; to share it anew asks for a password.
        return redirect("till", programme=programme.slug, till=till)
    token = secrets.token_urlsafe(32)
    try:
        device = device_of(request.headers.get("User-Agent", ""))
        shared = actions.share(till=row, token=token, device=device, deed=access.deed(request))
    except rules.NobodyHasAPin as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
        return redirect(f"{reverse('till_pin', kwargs={'programme': programme.slug})}?till={row.public_id}")
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
        return redirect("till", programme=programme.slug, till=till)
    before = door.shared_till(request, programme.slug)
    if before is not None:
        actions.end(shared=before, deed=access.deed(request))
    get_adapter().logout(request)
    response = redirect(door.here("till_locked", shared))
    door.keep(response, token, programme=programme)
    return response


@require_POST
@never_cache
@access.staff_required(*access.TILL)
def lock(request: HttpRequest, *, programme: Programme, till: UUID) -> HttpResponse:
    """Leave the till to whoever gets in next."""
    shared = getattr(request, "shared_till", None)
    if not isinstance(shared, SharedTill):
        return redirect("till", programme=programme.slug, till=till)
    actions.lock(shared=shared, deed=access.deed(request))
    if isinstance(request.user, User):
        get_adapter().logout(request)
    return redirect(door.here("till_locked", shared))


@require_POST
@never_cache
@access.staff_required(*access.TILL)
def stay(request: HttpRequest, *, programme: Programme, till: UUID) -> HttpResponse:
    """Somebody is there. That they were let in is all that had to be done."""
    del request, programme, till
    return HttpResponse(status=204)


# ---- The lock ----


@require_GET
@never_cache
@policy.reads_codes
def locked(request: HttpRequest, *, programme: str, till: UUID) -> HttpResponseBase:
    """Who gets in? By a PIN, or by a card that any reader of this page reads."""
    shared = _shared(request, programme, till)
    if shared is None or isinstance(request.user, User):
        return redirect("till", programme=programme, till=till)
    if queries.who_is_in(shared, now=timezone.now()) is not None:
        return redirect(door.here("till", shared))
    context = {
        "programme": shared.programme,
        "till": shared.till,
        "people": queries.with_pin(programme_id=shared.programme_id),
        "about": {"urls": {"enter": door.here("till_enter", shared)}},
        "tray": import_string(_DEMO_TRAY)(shared.programme) if settings.DEMO else [],
    }
    return render(request, "cashiers/locked.html", context)


@require_POST
@never_cache
def enter(request: HttpRequest, *, programme: str, till: UUID) -> HttpResponseBase:
    """Somebody types a PIN or holds a card: afterwards the browser has another token."""
    shared = _shared(request, programme, till)
    if shared is None:
        return redirect_to_login(request.path)
    minting.ready()
    token = secrets.token_urlsafe(32)
    try:
        _enter(request, shared, token)
    except Refusal as refusal:
        return JsonResponse(_told(refusal, shared), status=422)
    except asking.NotUnderstood as error:
        return JsonResponse({"code": "request_invalid", "sentence": str(error)}, status=400)
    response = JsonResponse({"url": door.here("till", shared)})
    door.keep(response, token, programme=shared.programme)
    entered = queries.by_token(token)
    if entered and entered.staff and entered.staff.user.language:
        sign_in.remember_language(response, entered.staff.user.language)
    return response


def _enter(request: HttpRequest, shared: SharedTill, token: str) -> None:
    body = asking.body(request)
    stranger = Actor("anonymous", shared.till.name, None, access.client_address(request))
    deed = Deed.at_once(stranger)
    if "token" in body:
        card = asking.text(body, "token")
        actions.enter_by_card(shared=shared, card_token=card, token=token, deed=deed)
        return
    staff, pin = _named(shared, asking.text(body, "staff")), asking.text(body, "pin")
    actions.enter_by_pin(shared=shared, staff=staff, pin=pin, token=token, deed=deed)


def _named(shared: SharedTill, public_id: str) -> Staff | None:
    try:
        found = Staff.named(programme_id=shared.programme_id, public_id=public_id)
    except NotFound:
        return None
    return Staff.objects.select_related("user").get(pk=found.pk)


def _told(refusal: Refusal, shared: SharedTill) -> dict[str, Any]:
    until = refusal.until if isinstance(refusal, rules.GuessedTooOften) else None
    seconds = (until - timezone.now()).total_seconds() if until else 0
    with access.time_of(shared.programme):
        sentence = refusals.worded(refusal, programme=shared.programme)
    return {"code": refusal.code, "sentence": sentence, "seconds": max(0, round(seconds))}


def _shared(request: HttpRequest, programme: str, till: UUID) -> SharedTill | None:
    found = door.shared_till(request, programme)
    return found if found and found.till.public_id == till else None


# ---- One's own PIN ----


@form_view
@never_cache
@access.staff_required(*access.TILL)
def pin(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Set one's own PIN, signed in with one's password: a shared till does not come here."""
    staff = access.staff_of(request)
    form = PinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = desk.attempt(
            form,
            lambda: actions.set_pin(staff=staff, pin=form.cleaned_data["pin"], deed=access.deed(request)),
            request=request,
        )
        if done:
            toasts.done(request, _("Your PIN for the tills is set."))
            return redirect(_back(request, programme))
    cashier = queries.of_staff(staff)
    context = {"back_url": _back(request, programme), "has_pin": bool(cashier and cashier.pin_hash)}
    return desk.render_form(request, form, "cashiers/pin.html", **context)


def _back(request: HttpRequest, programme: Programme) -> str:
    """The till that they came from, or the choice of one."""
    named = {"programme": programme.slug}
    try:
        till = Till.named(programme_id=programme.id, public_id=request.GET.get("till", ""))
    except NotFound:
        return reverse("tills", kwargs=named)
    return reverse("till", kwargs=named | {"till": till.public_id})


urlpatterns = [
    path("pin/", pin, name="till_pin"),
    path("<uuid:till>/share/", share, name="till_share"),
    path("<uuid:till>/lock/", lock, name="till_lock"),
    path("<uuid:till>/locked/", locked, name="till_locked"),
    path("<uuid:till>/enter/", enter, name="till_enter"),
    path("<uuid:till>/stay/", stay, name="till_stay"),
]
