"""What the till's page asks: each a small POST of JSON at one till, which calls one action.

A question that must be done once carries a key that the page made; asked again under its key, for want
of an answer, it gets the first one's answer.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from groat.cards import tokens
from groat.errors import NotFound, Refusal
from groat.ledger import requests
from groat.programmes import access
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme, Till
from groat.till import shown
from groat.till.models import Checkout, ParkedBasket, Payment

MOST_LINES = 100
LONGEST_NOTE = 200


class NotUnderstood(Exception):
    """The page asked for something in a way that it never does."""


type Act = Callable[..., dict[str, Any]]


def answers(act: Act) -> Callable[..., HttpResponseBase]:
    """A view over `act(request, till, body, …)`: what it returns is answered, a refusal told."""
    return answers_to(*access.TILL)(act)


def answers_to(*roles: str) -> Callable[[Act], Callable[..., HttpResponseBase]]:
    """The same, for staff in one of these roles."""

    def decorate(act: Act) -> Callable[..., HttpResponseBase]:
        return _view(act, roles)

    return decorate


def _view(act: Act, roles: tuple[str, ...]) -> Callable[..., HttpResponseBase]:
    @require_POST
    @never_cache
    @access.staff_required(*roles)
    def view(request: HttpRequest, /, *, programme: Programme, till: UUID, **named: UUID) -> HttpResponse:
        try:
            row = Till.named(programme_id=programme.id, public_id=till)
            return JsonResponse(act(request, row, body(request), **named))
        except NotFound as refusal:
            return JsonResponse(shown.refusal(refusal, programme=programme), status=404)
        except Refusal as refusal:
            return JsonResponse(shown.refusal(refusal, programme=programme), status=422)
        except NotUnderstood as error:
            return JsonResponse({"code": "request_invalid", "sentence": str(error)}, status=400)

    return view


def of_till[R: (Checkout, ParkedBasket, Payment)](row: R, till: Till) -> R:
    """A row of this till; another till's is not there."""
    if row.till_id != till.id:
        raise NotFound
    return row


def once(
    request: HttpRequest, till: Till, body: dict[str, Any], deed: Deed, act: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Do it, or answer as when it was done under the same key."""
    asked = json.dumps([request.path, body], sort_keys=True)
    result, _ = requests.once(
        programme_id=till.programme_id,
        client=deed.actor.code,
        key=key(body),
        fingerprint=hashlib.sha256(asked.encode()).digest(),
        act=act,
        now=deed.now,
    )
    return result


# ---- Reading what was asked ----


def body(request: HttpRequest) -> dict[str, Any]:
    """The object that the page sent."""
    try:
        told = json.loads(request.body)
    except ValueError as error:
        raise NotUnderstood("no JSON") from error
    if not isinstance(told, dict):
        raise NotUnderstood("no object")
    return told


def text(body: dict[str, Any], name: str) -> str:
    """Text that must be there."""
    told = body.get(name)
    if not isinstance(told, str) or not 0 < len(told) <= tokens.LONGEST:
        raise NotUnderstood(f"{name} is missing")
    return told


def key(body: dict[str, Any]) -> str:
    """The key under which this is done once."""
    told = text(body, "key")
    if not 16 <= len(told) <= 64:
        raise NotUnderstood("key has 16 to 64 characters")
    return told


def basket(body: dict[str, Any]) -> dict[str, Any]:
    """`lines` or `amount_minor`, as the action takes them."""
    amount = body.get("amount_minor")
    if body.get("lines") is None and type(amount) is int:
        return {"amount_minor": amount}
    if amount is None:
        return {"lines": lines(body)}
    raise NotUnderstood("give either lines or amount_minor")


def lines(body: dict[str, Any]) -> list[tuple[UUID, int, list[UUID]]]:
    """Products, how many of each, and what was chosen of them."""
    asked = body.get("lines")
    if not isinstance(asked, list) or len(asked) > MOST_LINES:
        raise NotUnderstood(f"lines are a list of at most {MOST_LINES}")
    return [_line(one) for one in asked]


def note(body: dict[str, Any], name: str = "note", *, longest: int = LONGEST_NOTE) -> str:
    """A line of text, or none."""
    told = body.get(name, "")
    if not isinstance(told, str) or len(told) > longest or not told.isprintable():
        raise NotUnderstood(f"{name} is a line of at most {longest} characters")
    return told.strip()


def _line(line: Any) -> tuple[UUID, int, list[UUID]]:
    try:
        product, quantity = UUID(line["product"]), line["quantity"]
        choices = [UUID(choice) for choice in line.get("choices", [])][:MOST_LINES]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotUnderstood("a line has product, quantity and perhaps choices") from error
    if type(quantity) is not int or not 1 <= quantity <= 999:
        raise NotUnderstood("a quantity is 1 to 999")
    return product, quantity, choices
