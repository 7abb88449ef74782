"""What the pages of the office share: rendering, answering a refusal, booking a form once."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from django import forms, shortcuts
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from groat.errors import Refusal
from groat.ledger import requests
from groat.programmes import access, hosts, rules, sessions
from groat.rows import Row
from groat.web import refusals

REFUSED = 422
"""What a form that was refused is answered with; htmx swaps it in all the same."""


def render(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """A page of the office, which knows the programme, who is signed in and what they may do."""
    staff = access.staff_of(request)
    known = {
        "programme": staff.programme,
        "staff": staff,
        "may_manage": staff.role in access.MANAGE,
        "is_owner": staff.role in access.OWNER,
        "elsewhere": [] if hosts.of(request) else sessions.elsewhere(request, staff.programme),
    }
    return shortcuts.render(request, template, known | dict(context or {}), status=status)


def render_list(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, fragment: str = "rows"
) -> HttpResponse:
    """A page with a list; htmx, which searches while one types, gets the list alone."""
    alone = is_fragment(request, fragment)
    response = render(request, f"{template}#{fragment}" if alone else template, context)
    patch_vary_headers(response, ["HX-Request", "HX-Target", "HX-History-Restore-Request"])
    return response


def download(name: str, content: bytes, *, content_type: str = "application/pdf") -> HttpResponse:
    """A file to be kept, under this name (of ASCII signs)."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store, private"}
    return HttpResponse(content, content_type=content_type, headers=headers)


def is_fragment(request: HttpRequest, fragment: str) -> bool:
    """Whether htmx asks for no more than what stands in the element of this id."""
    asked = request.headers
    return (
        asked.get("HX-Request") == "true"
        and asked.get("HX-Target") == fragment
        and asked.get("HX-History-Restore-Request") != "true"
    )


def cursor(request: HttpRequest, name: str = "cursor") -> int | None:
    """The id or sequence number from which a list goes on; nonsense in the address is none."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def render_form(
    request: HttpRequest, form: forms.BaseForm, template: str = "programmes/form.html", **context: Any
) -> HttpResponse:
    """A page with a form, as it was typed; refused when it has errors."""
    return render(request, template, {"form": form, **context}, status=REFUSED if form.errors else 200)


def attempt[T](form: forms.BaseForm, act: Callable[[], T], *, request: HttpRequest) -> T | None:
    """What `act` returns; None when it refused, and then the form says why.

    A form may name in `refusal_fields` the field that a refusal's code is about.
    """
    try:
        return act()
    except Refusal as refusal:
        refuse(form, refusal, request=request)
        return None


def refuse(form: forms.BaseForm, refusal: Refusal, *, request: HttpRequest) -> None:
    """Let the form say why it was refused, at the field that the refusal is about."""
    field = (
        refusal.field
        if isinstance(refusal, rules.InvalidValue)
        else getattr(form, "refusal_fields", {}).get(refusal.code)
    )
    form.add_error(field if field in form.fields else None, worded(refusal, request=request))


def worded(refusal: Refusal, *, request: HttpRequest) -> str:
    """The refusal's sentence, with the programme's money in it where there is a programme by now."""
    return refusals.worded(refusal, programme=getattr(request, "programme", None))


def attempt_once(form: forms.BaseForm, act: Callable[[], Row], *, request: HttpRequest) -> str | None:
    """As `attempt`, but the same form sent twice acts once: the public id of what `act` made.

    The form carries a hidden `request_key`, new each time that it is shown.
    """
    key = request.POST.get("request_key", "")
    if not 8 <= len(key) <= 64:
        form.add_error(None, _("This form was incomplete. Please send it once more."))
        return None
    staff = access.staff_of(request)
    answer = attempt(
        form,
        lambda: requests.once(
            programme_id=staff.programme_id,
            client=f"staff:{staff.id}",
            # Hashed, for a secret may be drawn from it: only the page that was filled in knows it.
            key=hashlib.sha256(key.encode()).hexdigest(),
            fingerprint=_fingerprint(request),
            act=lambda: {"id": str(act().public_id)},
            now=timezone.now(),
        ),
        request=request,
    )
    return None if answer is None else str(answer[0]["id"])


def _fingerprint(request: HttpRequest) -> bytes:
    """What was asked for: where it was sent and what was typed."""
    typed = sorted((name, value) for name, values in request.POST.lists() for value in values if name not in _NOT_TYPED)
    return hashlib.sha256(repr((request.path, typed)).encode()).digest()


_NOT_TYPED = {"csrfmiddlewaretoken", "request_key"}
