"""Reads over letters."""

import hmac
from datetime import datetime
from uuid import UUID

from django.conf import settings

from groat import walls
from groat.notifications import rules
from groat.notifications.models import Letter


def is_mail_set() -> bool:
    """Whether this installation sends e-mail at all."""
    return bool(settings.SENDS_MAIL)


def letters(*, programme_id: int, state: str = "", before: int | None = None, limit: int = 50) -> list[Letter]:
    """A programme's letters without their words, newest first; `before` is the id of the last one seen."""
    found = Letter.objects.filter(programme_id=programme_id).defer("text", "html").order_by("-id")
    if state:
        found = found.filter(state=state)
    if before is not None:
        found = found.filter(id__lt=before)
    return list(found[:limit])


def about(*, programme_id: int, subject: str, limit: int = 5) -> list[Letter]:
    """The last letters about something, newest first."""
    found = Letter.objects.filter(programme_id=programme_id, about=subject).defer("text", "html")
    return list(found.order_by("-id")[:limit])


def is_too_many(*, origin: str, address: str, now: datetime) -> bool:
    """Whether one more letter from there, or to there, would be one too many in this hour."""
    lately = Letter.objects.filter(written_at__gt=now - rules.HOUR)
    # Whichever programme they come from.
    with walls.outside():
        to_there = lately.filter(address_hash=hash_of(address)).count()
    if to_there >= rules.MOST_AN_HOUR_TO_ONE_ADDRESS:
        return True
    return lately.filter(origin=origin).count() >= rules.MOST_AN_HOUR_FROM_ONE_PLACE


def hash_of(address: str) -> bytes:
    """By which an address is known again."""
    return hmac.digest(settings.KEYS.token_key, f"letter\n{address.strip().lower()}".encode(), "sha256")


def message_id(public_id: UUID) -> str:
    """The name by which the world's mail servers know a letter."""
    return f"<{public_id}@{_domain()}>"


def _domain() -> str:
    address = settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip("> ")
    return str(address.rpartition("@")[2]) or "localhost"
