"""Everybody's own page about their sign-in: password, second factor, where they are signed in."""

from uuid import UUID

from allauth.mfa.models import Authenticator
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from groat.errors import NotFound
from groat.programmes import queries, second_factor, sessions
from groat.programmes.models import SignedIn, User
from groat.web import toasts


@never_cache
@require_GET
@login_required
def security(request: HttpRequest) -> HttpResponse:
    """What protects one's sign-in, and in which browsers one is signed in."""
    user = _user(request)
    held = list(Authenticator.objects.filter(user_id=user.id).order_by("id"))
    places = queries.places(user)
    context = {
        "totp": [one for one in held if one.type == Authenticator.Type.TOTP],
        "passkeys": [one.wrap() for one in held if one.type == Authenticator.Type.WEBAUTHN],
        "codes": [one.wrap() for one in held if one.type == Authenticator.Type.RECOVERY_CODES],
        "wanted_by": [place.programme for place in places if second_factor.is_wanted(place)],
        "browsers": [
            (row, row.session_key == request.session.session_key) for row in sessions.of_user(user, now=timezone.now())
        ],
    }
    return render(request, "account/security.html", context)


@require_POST
@login_required
def session_end(request: HttpRequest, session: UUID) -> HttpResponse:
    """Sign out in one browser."""
    try:
        sessions.end(user=_user(request), row_id=SignedIn.key_of(session))
    except NotFound as error:
        raise Http404 from error
    toasts.done(request, _("That browser is signed out."))
    return redirect("mfa_index")


@require_POST
@login_required
def sessions_end_others(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere else."""
    sessions.end_others(user=_user(request), but=request.session.session_key)
    toasts.done(request, _("You are signed out everywhere else."))
    return redirect("mfa_index")


def _user(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)  # login_required saw to it
    return user


urlpatterns: list[URLPattern] = [
    path("security/", security, name="mfa_index"),
    path("security/sessions/<uuid:session>/end/", session_end, name="account_session_end"),
    path("security/sessions/end/", sessions_end_others, name="account_sessions_end_others"),
]
