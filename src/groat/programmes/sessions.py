"""In which browsers somebody is signed in, and how they are signed out of them."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.http import HttpRequest

from groat import addresses
from groat.programmes import queries
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme, SignedIn, User

SEEN_EVERY = timedelta(minutes=5)
"""So often it is noted that a browser was seen: what the session itself remembers spares the reading."""
_KEPT, _PLACES = "signed_in", "places"


class Elsewhere(NamedTuple):
    """A programme to switch to."""

    slug: str
    name: str
    role: str


def seen(request: HttpRequest, user: User, *, programme: Programme | None, deed: Deed) -> None:
    """Note that somebody was here with this browser, and in which programme. Writes once in some minutes."""
    session = request.session
    row_id, key, at, place = session.get(_KEPT) or (None, "", 0, 0)
    now = deed.now.timestamp()
    is_elsewhere = programme is not None and place != programme.id
    if row_id and key == session.session_key and now - at < SEEN_EVERY.total_seconds() and not is_elsewhere:
        return
    if not session.session_key:
        session.save()
    told = {
        "session_key": session.session_key,
        "browser": request.headers.get("User-Agent", "")[:300],
        "address": client_address(request),
        "seen_at": deed.now,
    }
    if not row_id or not SignedIn.objects.filter(pk=row_id, user=user).update(**told):
        row_id = deed.mint()
        # What is signed out is forgotten, and with it from where it was.
        alive = Session.objects.exclude(session_key=session.session_key).values("session_key")
        SignedIn.objects.filter(user=user).exclude(session_key__in=alive).delete()
        SignedIn.objects.create(id=row_id, user=user, began_at=deed.now, **told)
    if is_elsewhere and programme is not None:
        User.objects.filter(pk=user.pk).update(last_programme=programme)
    session[_KEPT] = (row_id, session.session_key, now, programme.id if programme else place)
    session[_PLACES] = [(one.programme.slug, one.programme.name, one.role) for one in queries.places(user)]


def elsewhere(request: HttpRequest, programme: Programme) -> list[Elsewhere]:
    """The other programmes in which whoever is signed in works, as this browser's session remembers them; no query."""
    remembered = request.session.get(_PLACES, []) if hasattr(request, "session") else []
    return [Elsewhere(*one) for one in remembered if one[0] != programme.slug]


def of_user(user: User, *, now: datetime) -> list[SignedIn]:
    """The browsers in which somebody is signed in, the last seen first; two tables, one query."""
    alive = Session.objects.filter(expire_date__gt=now).values("session_key")
    return list(SignedIn.objects.filter(user=user, session_key__in=alive))


def end(*, user: User, row_id: int) -> None:
    """Sign somebody out in one of their browsers: its next request is nobody's."""
    _end(SignedIn.objects.filter(user=user, pk=row_id))


def end_others(*, user: User, but: str | None) -> None:
    """Sign somebody out everywhere but in the session with this key."""
    _end(SignedIn.objects.filter(user=user).exclude(session_key=but or ""))


def end_all(*, user_id: int) -> None:
    """Sign somebody out everywhere."""
    _end(SignedIn.objects.filter(user_id=user_id))


def _end(rows: QuerySet[SignedIn]) -> None:
    keys = list(rows.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    SignedIn.objects.filter(session_key__in=keys).delete()


def client_address(request: HttpRequest) -> str | None:
    """The network address that a request came from; None when it cannot be told."""
    return addresses.of_client(
        peer=request.META.get("REMOTE_ADDR"),
        forwarded_for=request.META.get("HTTP_X_FORWARDED_FOR", ""),
        trusted_proxies=settings.TRUSTED_PROXIES,
    )
