"""Who may see which page, and as whom they act there."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, Concatenate
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from groat import walls
from groat.errors import NotFound
from groat.programmes import minting, queries, second_factor, sessions
from groat.programmes.deeds import Actor, Deed
from groat.programmes.models import Programme, Role, Staff, User

OWNER = frozenset({Role.OWNER})
MANAGE = frozenset({Role.OWNER, Role.MANAGER})
OFFICE = frozenset({Role.OWNER, Role.MANAGER, Role.ACCOUNTANT})
"""Who reads the office's pages; an accountant changes nothing there."""
TILL = frozenset({Role.OWNER, Role.MANAGER, Role.CASHIER})


type Door = Callable[[HttpRequest, str, UUID | None], Staff | HttpResponseBase | None]
"""Told the request, the programme's slug and the till that the address names: whom to let in who is not signed in,
what to answer instead, or None when it is not for this door."""

_doors: list[Door] = []


def register(door: Door) -> None:
    """Have a feature above let people in who are not signed in."""
    if door not in _doors:
        _doors.append(door)


type View[**P] = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def staff_required[**P](*roles: str) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Let a view be seen only by staff of the programme in the address, in one of the roles.

    Who is not signed in is sent to do so. Who has no place in the programme gets 404, as if it
    did not exist; who has another role gets 403. The view is called with the `Programme`, in the
    programme's time zone; `staff_of` and `deed` tell it who asks.
    """

    def decorate(view: View[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *, programme: str, **named: Any) -> HttpResponseBase:
            staff = _let_in(request, programme, named.get("till"))
            if isinstance(staff, HttpResponseBase):
                return staff
            # The page that says no also says where one is.
            request.staff = staff  # type: ignore[attr-defined]
            request.programme = staff.programme  # type: ignore[attr-defined]
            if staff.role not in roles:
                raise PermissionDenied
            if not _works_at(staff, named.get("till")):
                raise Http404
            if isinstance(request.user, User) and hasattr(request, "session"):
                sessions.seen(request, request.user, programme=staff.programme, deed=deed(request))
                if second_factor.is_missing(staff):
                    return redirect("mfa_index")
            if request.method not in {"GET", "HEAD"}:
                # A form that is booked once makes its deed inside the transaction.
                minting.ready()
            with walls.inside(staff.programme_id), time_of(staff.programme):
                try:
                    return view(request, programme=staff.programme, **named)  # type: ignore[call-arg, arg-type]
                except NotFound as error:
                    raise Http404 from error

        return guarded

    return decorate


def _let_in(request: HttpRequest, programme: str, till: UUID | None) -> Staff | HttpResponseBase:
    """Who asks, with user and programme, or what to answer instead. Raises Http404 for somebody from elsewhere."""
    user = request.user
    # Asked even when somebody is signed in: what they learn of the request is for the page.
    behind = [found for door in _doors if (found := door(request, programme, till)) is not None]
    if not isinstance(user, User):
        return behind[0] if behind else redirect_to_login(request.get_full_path())
    staff = queries.place_of(user, programme)
    if staff is None:
        raise Http404
    return staff


def _works_at(staff: Staff, till: UUID | None) -> bool:
    """Whether a cashier works at the till that an address names, by its site. Everybody else works at all of them."""
    if till is None or staff.role != Role.CASHIER or staff.site_ids is None:
        return True
    return any(one.public_id == till for one in queries.tills_of(staff, closed=True))


def still_let_in(request: HttpRequest) -> Callable[[], bool]:
    """Whether who was let in would still be, in the same role: for what goes on after its answer has begun."""
    before, match = staff_of(request), request.resolver_match
    till = match.kwargs.get("till") if match else None

    def ask() -> bool:
        try:
            now = _let_in(request, before.programme.slug, till)
        except Http404:
            return False
        return isinstance(now, Staff) and (now.id, now.role) == (before.id, before.role)

    return ask


def time_of(programme: Programme) -> AbstractContextManager[None]:
    """In the programme's time zone."""
    return timezone.override(ZoneInfo(programme.time_zone))


def staff_of(request: HttpRequest) -> Staff:
    """Whom `staff_required` let in."""
    staff = getattr(request, "staff", None)
    if not isinstance(staff, Staff):
        raise TypeError("this view is not guarded by staff_required")
    return staff


def programme_of(request: HttpRequest) -> Programme:
    """The programme that `staff_required` let somebody into."""
    return staff_of(request).programme


def deed(request: HttpRequest) -> Deed:
    """What the person whom `staff_required` let in does now."""
    return Deed.at_once(Actor.of_staff(staff_of(request), address=client_address(request)))


client_address = sessions.client_address
