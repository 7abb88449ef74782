"""Who comes in at a shared till's pages without a password: whoever got in there, as a cashier and nowhere else."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from groat.cashiers import queries
from groat.cashiers.models import SharedTill
from groat.programmes.models import Programme, Role, Staff

COOKIE = "groat_till"
COOKIE_LASTS = timedelta(days=90)
"""From the last time that somebody got in."""
TOUCHED_EVERY = timedelta(seconds=20)
_ASKED_BY_ITSELF = {"till_state", "till_events"}
"""What the page asks though nobody touches it."""


def let_in(request: HttpRequest, programme: str, till: UUID | None) -> Staff | HttpResponseBase | None:
    """For `groat.programmes.access`: who is in here; the way to the lock; None when this is no shared till's page.

    Afterwards the request knows its `shared_till`.
    """
    match = request.resolver_match
    # The office, the API and everybody's own account know nothing of this, however they are addressed.
    shared = shared_till(request, programme) if match and match.route.startswith("till/") else None
    if shared is None:
        return None
    if till is None:
        return redirect(here("till", shared)) if match and match.url_name == "tills" else None
    if till != shared.till.public_id:
        return None
    request.shared_till = shared  # type: ignore[attr-defined]
    now = timezone.now()
    staff = queries.who_is_in(shared, now=now)
    if staff is None:
        return _to_the_lock(request, shared)
    if now - shared.active_at > TOUCHED_EVERY and match and match.url_name not in _ASKED_BY_ITSELF:
        SharedTill.objects.filter(pk=shared.pk, active_at__lt=now).update(active_at=now)
    # Never saved: whatever they are elsewhere, who got in by a PIN or a card is a cashier.
    staff.role = Role.CASHIER
    staff.programme = shared.programme
    return staff


def shared_till(request: HttpRequest, programme: str) -> SharedTill | None:
    """The shared till that this browser is, of the programme with this slug."""
    token = request.COOKIES.get(COOKIE)
    found = queries.by_token(token) if token else None
    return found if found and found.programme.slug == programme else None


def _to_the_lock(request: HttpRequest, shared: SharedTill) -> HttpResponseBase:
    where = here("till_locked", shared)
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(headers={"HX-Redirect": where})
    return redirect(where)


def here(name: str, shared: SharedTill) -> str:
    """The address of a page of the shared till."""
    return reverse(name, kwargs={"programme": shared.programme.slug, "till": shared.till.public_id})


def keep(response: HttpResponse, token: str, *, programme: Programme) -> None:
    """Have the browser show this token at the programme's tills from now on."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=COOKIE_LASTS,
        path=_path(programme),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _path(programme: Programme) -> str:
    return reverse("tills", kwargs={"programme": programme.slug})
