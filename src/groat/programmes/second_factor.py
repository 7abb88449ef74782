"""The second factor of sign-in: how its secrets are kept, and what is noted of it."""

import base64
import hmac
from io import BytesIO
from typing import Any

import segno
from allauth.mfa import signals
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.conf import settings
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from groat.programmes import minting, sign_in
from groat.programmes.models import Role, Staff, User

WANTED_OF = frozenset({Role.OWNER, Role.MANAGER, Role.ACCOUNTANT})
"""Whom a programme may ask for a second factor: a cashier signs in at a till."""


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Secrets are encrypted at rest, and drawn by the library that draws all our codes."""

    def encrypt(self, text: str) -> str:
        """What is kept of a secret."""
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again."""
        return _box().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        """Under which name an app keeps it: the host, so that two installations are told apart."""
        return f"Groat {self._get_site_name()}"

    def build_totp_svg(self, url: str) -> str:
        """The code that an app reads."""
        drawn = BytesIO()
        segno.make(url, error="m", micro=False).save(drawn, kind="svg", xmldecl=False, scale=4, border=2)
        return drawn.getvalue().decode()


def _box() -> Fernet:
    key = hmac.digest(settings.KEYS.token_key, b"groat second factor", "sha256")
    return Fernet(base64.urlsafe_b64encode(key))


def is_wanted(staff: Staff) -> bool:
    """Whether the programme asks somebody in this place for a second factor."""
    return staff.programme.wants_second_factor and staff.role in WANTED_OF


def is_missing(staff: Staff) -> bool:
    """Whether somebody may not go on before they have a second factor; asks the database only where one is wanted."""
    if not is_wanted(staff):
        return False
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return not Authenticator.objects.filter(user_id=staff.user_id, type__in=kinds).exists()


@receiver([signals.authenticator_added, signals.authenticator_removed])
def _noted(signal: Any, request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """Note in the trail of each programme in which the person works that it changed."""
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        # They come and go with the others.
        return
    minting.ready()
    action = "second_factor.removed" if signal is signals.authenticator_removed else "second_factor.added"
    with transaction.atomic():
        sign_in.note(request, user, action)
