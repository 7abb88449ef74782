"""Reads over what may be opened, and how far the setting up of a programme has come."""

import hmac
from datetime import datetime

from django.conf import settings

from groat.openings import rules
from groat.openings.models import OpeningCode
from groat.programmes.models import Programme, Role, Staff, StaffInvitation, User


def hash_of(code: str) -> bytes:
    """What the database knows of a code, however it was typed."""
    return hmac.digest(settings.KEYS.token_key, f"opening\n{rules.bare(code)}".encode(), "sha256")


def good_code(code: str, *, now: datetime) -> OpeningCode | None:
    """The code, if nobody has made it theirs and it is not too old."""
    found = OpeningCode.objects.filter(code_hash=hash_of(code), user=None, programme=None, expires_at__gt=now)
    return found.first()


def held_by(user: User) -> OpeningCode | None:
    """The code that this person has made theirs and not used."""
    return OpeningCode.objects.filter(user=user, programme=None).order_by("id").first()


def may_open(user: User) -> bool:
    """Whether this person may open a programme now: by a code, or as an owner where the installation lets them."""
    if settings.OWNERS_MAY_OPEN and Staff.objects.filter(user=user, role=Role.OWNER, left_at=None).exists():
        return True
    return held_by(user) is not None


def has_colleagues(programme: Programme) -> bool:
    """Whether somebody beside the first owner works in the programme, or was asked to; two queries at most."""
    if StaffInvitation.objects.filter(programme=programme, ended_at=None).exists():
        return True
    return Staff.objects.filter(programme=programme, left_at=None)[:2].count() > 1


def is_untouched() -> bool:
    """Whether nobody can sign in here yet."""
    return not User.objects.exists()
