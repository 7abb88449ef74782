"""Between Django's requests and this API's answers."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from groat import walls
from groat.api import bodies
from groat.api.answers import JSON, Answer, dumped
from groat.api.gate import Admitted
from groat.api.problems import ProblemRaised, problem, raised, refused
from groat.errors import Refusal

log = logging.getLogger(__name__)


class ApiRequest(HttpRequest):
    """A request that was let in."""

    auth: Admitted


class JsonParser(Parser):
    """Reads bodies as the lane does."""

    def parse_body(self, request: HttpRequest) -> Any:
        return bodies.parsed(request.body)


class JsonRenderer(BaseRenderer):
    """Writes bodies as the lane does."""

    media_type = JSON

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:  # noqa: ARG002 - ninja's signature
        return dumped(data)


def response(answer: Answer) -> HttpResponse:
    """The answer as Django sends it."""
    return HttpResponse(answer.body, status=answer.status, headers=dict(answer.headers))


def check_body(request: HttpRequest) -> None:
    """Raise the problem that the body is too large, or no JSON by its header. No body at all passes."""
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if (declared.isdigit() and int(declared) > bodies.LARGEST_BYTES) or len(request.body) > bodies.LARGEST_BYTES:
        raise raised("too_large")
    if request.body and request.content_type != JSON:
        raise raised("unsupported_media_type")


def guarded(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Give every answer of a view the state of the caller's rate limit, and each 405 its problem.

    Whatever programme the caller was let into is left again.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        try:
            given = view(request, *args, **named)
        finally:
            walls.leave()
        if isinstance(given, HttpResponseNotAllowed):
            allowed = given["Allow"]
            return response(problem("method_not_allowed", f"Allowed here: {allowed}.", headers=[("Allow", allowed)]))
        admitted = getattr(request, "auth", None)
        if isinstance(admitted, Admitted):
            for name, value in admitted.headers:
                given[name] = value
        return given

    return answer


def nothing_here(request: HttpRequest, **_: Any) -> HttpResponse:
    """What any other path below /api/ answers."""
    return response(problem("not_found", f"There is no {request.path[:200]} in this API."))


def handle_exceptions(api: NinjaAPI) -> None:
    """Answer everything that is raised with a problem."""
    api.add_exception_handler(ProblemRaised, _problem)
    api.add_exception_handler(Refusal, _refusal)
    api.add_exception_handler(ValidationError, _validation)
    api.add_exception_handler(HttpError, _http_error)
    api.add_exception_handler(Http404, lambda _, __: response(problem("not_found")))
    api.add_exception_handler(Exception, _bug)


def _problem(_: HttpRequest, error: Any) -> HttpResponse:
    return response(error.answer)


def _refusal(request: HttpRequest, refusal: Any) -> HttpResponse:
    admitted: Admitted = request.auth  # type: ignore[attr-defined]
    return response(refused(refusal, credit_decimals=admitted.caller.credit_decimals))


def _validation(_: HttpRequest, error: Any) -> HttpResponse:
    """ninja puts the parameter's name between "body" and the way into it; for others the name is the way."""
    return response(
        bodies.invalid(
            ((one["loc"][0], *one["loc"][2 if one["loc"][0] == "body" else 1 :]), one["msg"]) for one in error.errors
        )
    )


def _http_error(_: HttpRequest, error: Any) -> HttpResponse:
    """What ninja raises itself: it wraps whatever reading a body has raised."""
    if isinstance(error.__cause__, ProblemRaised):
        return response(error.__cause__.answer)
    raise error


def _bug(request: HttpRequest, error: Any) -> HttpResponse:
    """No refusal: the fault is ours. It is logged with its trace, and the caller learns nothing of it."""
    got_request_exception.send(sender=None, request=request)
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return response(problem("internal_error", "The error was recorded."))
