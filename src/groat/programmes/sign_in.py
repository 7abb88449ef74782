"""How staff sign in: who may not, and what is noted of it."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from groat.programmes import audit, minting, sessions
from groat.programmes.deeds import Actor, Deed
from groat.programmes.models import Staff, User


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Sign-in by e-mail and password. People come in by being engaged, never by signing up."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Nobody signs up."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Whose guesses are counted; those who come without an address count as one."""
        return sessions.client_address(request) or "nowhere"

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in, and note it in the trail of each programme in which the person works."""
        minting.ready()
        with transaction.atomic():
            super().login(request, user)
            note(request, user, "sign_in.done")

    def logout(self, request: HttpRequest) -> None:
        """Sign out, and note it."""
        minting.ready()
        user = request.user
        with transaction.atomic():
            if isinstance(user, User):
                note(request, user, "sign_in.ended")
            super().logout(request)

    def post_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse:
        """Go on in the language that the person chose, also at another device."""
        response: HttpResponse = super().post_login(request, user, **how)
        if user.language:
            remember_language(response, user.language)
        return response

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Note a wrong password where the person works; an unknown address is noted in no programme's trail."""
        minting.ready()
        email = str(credentials.get("email", ""))[:120]
        with transaction.atomic():
            known = User.objects.filter(email__iexact=email).first()
            note(request, known or User(id=0, email=email, name=email), "sign_in.failed", by_itself=False)

    def set_password(self, user: User, password: str) -> None:
        """Set a password, and note it. All other sessions of the person end."""
        minting.ready()
        with transaction.atomic():
            super().set_password(user, password)
            note(context.request, user, "sign_in.password_changed")


def remember_language(response: HttpResponse, language: str) -> None:
    """Let this browser show this language from now on."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        domain=settings.LANGUAGE_COOKIE_DOMAIN,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )


def note(request: HttpRequest, user: User, action: str, *, by_itself: bool = True) -> None:
    """Note something about somebody's sign-in in the trail of each programme in which they work."""
    address = sessions.client_address(request)
    stranger = Actor("anonymous", "", None, address)
    places = list(Staff.objects.filter(user_id=user.id, left_at=None).select_related("user"))
    for place in places:
        actor = Actor.of_staff(place, address=address) if by_itself else stranger
        deed = Deed.at_once(actor)
        audit.write(programme_id=place.programme_id, deed=deed, action=action, subject=place, subject_name=user.name)
    if not places:
        actor = Actor(f"user:{user.id}", user.name, None, address) if by_itself else stranger
        audit.write(programme_id=None, deed=Deed.at_once(actor), action=action, subject=user, subject_name=user.name)
