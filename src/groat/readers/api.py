"""What a reader's program asks, with a token of its own: docs/readers.md tells the same in words.

Not part of the integrator's API: no API key opens it, and a reader's token opens nothing else.
"""

import secrets
from collections.abc import Callable
from functools import cache, wraps
from typing import Annotated, Any, Literal
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import Field

from groat import walls
from groat.api.answers import Answer, of_json
from groat.api.bodies import Body, Line, read
from groat.api.http import check_body, response
from groat.api.limits import Limiter
from groat.api.problems import ProblemRaised, problem, refused
from groat.cards import tokens
from groat.cards.models import Card
from groat.cards.personalising import CHANCE_BYTES
from groat.errors import Refusal
from groat.programmes import access
from groat.programmes.deeds import Actor, Deed
from groat.readers import actions, chips, queries, rules, shown
from groat.readers.models import Reader
from groat.till import news
from groat.till.actions import Presented

PAIRINGS_PER_MINUTE = 10
"""How often one network address may try a code."""
PRESENTATIONS_PER_MINUTE = 240


class PairIn(Body):
    """A reader that has the code from the office."""

    code: Annotated[Line, Field(min_length=4, max_length=40)]
    device: Annotated[Line, Field(max_length=80)] = ""
    version: Annotated[Line, Field(max_length=20)] = ""


class StateIn(Body):
    """What a reader says of itself."""

    state: Literal["ready", "absent", "failing"]
    device: Annotated[Line, Field(max_length=80)] = ""


class PresentationIn(Body):
    """What a reader read."""

    token: Annotated[Line, Field(min_length=1, max_length=tokens.LONGEST)]


class ChipIn(Body):
    """The number of a blank chip."""

    uid: Annotated[Line, Field(min_length=8, max_length=40)]


class AnswersIn(Body):
    """What a chip answered to the commands it was sent, in hex, each with its status."""

    responses: Annotated[list[Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{2}){2,300}$")]], Field(max_length=40)]


type View = Callable[..., HttpResponseBase]


@cache
def _strangers() -> Limiter:
    return Limiter(policy="address")


@cache
def _readers() -> Limiter:
    return Limiter(policy="reader")


def _answering(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Answer what a view raises with a problem."""

    @csrf_exempt
    @never_cache
    @wraps(view)
    def answer(request: HttpRequest, **named: Any) -> HttpResponseBase:
        try:
            if request.method != "GET":
                check_body(request)
            return view(request, **named)
        except ProblemRaised as raised:
            return response(raised.answer)
        except Refusal as refusal:
            return response(refused(refusal, credit_decimals=0))

    return answer


def _of_reader(view: View) -> Callable[..., HttpResponseBase]:
    """Let a view be called by a paired reader only."""

    def known(request: HttpRequest, **named: Any) -> HttpResponseBase:
        address = access.client_address(request)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if not _strangers().look(address, per_minute=settings.STRANGERS_PER_MINUTE).allowed:
            raise ProblemRaised(problem("rate_limited"))
        reader = queries.by_token(token.strip()) if scheme.lower() == "bearer" else None
        if reader is None:
            _strangers().take(address, per_minute=settings.STRANGERS_PER_MINUTE)
            raise ProblemRaised(problem("reader_unknown", headers=[("WWW-Authenticate", 'Bearer realm="Groat"')]))
        with walls.inside(reader.programme_id):
            return view(request, reader, **named)

    return _answering(wraps(view)(known))


def _deed(request: HttpRequest, reader: Reader) -> Deed:
    return Deed.at_once(actions.actor(reader, address=access.client_address(request)))


@require_POST
@_answering
def pair(request: HttpRequest) -> HttpResponse:
    """A code for a token."""
    address = access.client_address(request)
    verdict = _strangers().take(("pair", address), per_minute=PAIRINGS_PER_MINUTE)
    if not verdict.allowed:
        raise ProblemRaised(problem("rate_limited", headers=verdict.headers()))
    asked = read(PairIn, request.body)
    token = rules.PREFIX + secrets.token_urlsafe(32)
    deed = Deed.at_once(Actor("reader:0", asked.device or "USB", None, address))
    reader = actions.pair(code=asked.code, token=token, device=asked.device, version=asked.version, deed=deed)
    told = {
        "token": token,
        "reader": str(reader.public_id),
        "programme": reader.programme.name,
        "till": reader.till.name,
        "language": reader.programme.language,
    }
    return response(of_json(201, told))


@require_GET
@_of_reader
def display(request: HttpRequest, reader: Reader) -> HttpResponse:
    """What to show while no card is there."""
    now = _deed(request, reader).now
    return response(of_json(200, shown.display(till=reader.till, programme=reader.programme, now=now)))


@require_GET
@_of_reader
def events(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    """Tells as it happens that the display may have changed."""
    del request
    return news.stream(reader.till)


@require_http_methods(["PUT"])
@_of_reader
def state(request: HttpRequest, reader: Reader) -> HttpResponse:
    """How the reader is."""
    asked = read(StateIn, request.body)
    actions.report(reader=reader, state=asked.state, device=asked.device, deed=_deed(request, reader))
    return response(Answer(204, (), b""))


@require_POST
@_of_reader
def presentations(request: HttpRequest, reader: Reader) -> HttpResponse:
    """A card was held to the reader: answered when it is decided."""
    verdict = _readers().take(reader.id, per_minute=PRESENTATIONS_PER_MINUTE)
    if not verdict.allowed:
        raise ProblemRaised(problem("rate_limited", headers=verdict.headers()))
    key = request.headers.get("Idempotency-Key", "")
    if not 16 <= len(key) <= 64:
        raise ProblemRaised(problem("idempotency_key_missing"))
    asked = read(PresentationIn, request.body)
    age = request.headers.get("Groat-Seconds-Since-Tap", "0")
    seconds_since_tap = int(age) if age.isascii() and age.isdecimal() and len(age) < 10 else 0
    deed = _deed(request, reader)
    done: Presented | Card | Refusal
    try:
        done = actions.present(
            reader=reader, token=asked.token, key=key, deed=deed, seconds_since_tap=seconds_since_tap
        )
    except Refusal as refusal:
        done = refusal
    return response(of_json(200, shown.outcome(done, programme=reader.programme, now=deed.now)))


@require_POST
@_of_reader
def personalisations(request: HttpRequest, reader: Reader) -> HttpResponse:
    """A blank chip lies on the reader and shall become a card."""
    asked = read(ChipIn, request.body)
    making, commands = chips.begin(
        reader=reader, uid=asked.uid, chance=secrets.token_bytes(CHANCE_BYTES), deed=_deed(request, reader)
    )
    told = {"personalisation": str(making.public_id), "apdus": _hex(commands), "done": False}
    return response(of_json(201, told))


@require_POST
@_of_reader
def personalisation(request: HttpRequest, reader: Reader, making: UUID) -> HttpResponse:
    """What the chip answered."""
    row = chips.of_reader(reader=reader, public_id=making)
    asked = read(AnswersIn, request.body)
    answers = [bytes.fromhex(answer) for answer in asked.responses]
    commands, is_done = chips.go_on(making=row, responses=answers, deed=_deed(request, reader))
    return response(of_json(200, {"apdus": _hex(commands), "done": is_done}))


def _hex(commands: list[bytes]) -> list[str]:
    return [command.hex().upper() for command in commands]


urlpatterns = [
    path("pair", pair, name="reader_pair"),
    path("display", display, name="reader_display"),
    path("events", events, name="reader_events"),
    path("state", state, name="reader_state"),
    path("presentations", presentations, name="reader_presentations"),
    path("personalisations", personalisations, name="reader_personalisations"),
    path("personalisations/<uuid:making>", personalisation, name="reader_personalisation"),
]
