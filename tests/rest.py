"""A caller of the REST interface, which holds every answer against the OpenAPI document.

An answer whose status, problem code, headers or body the document does not tell of fails the test
that asked for it; so the document is as true as the tests are thorough.
"""

import json
import re
from functools import cache
from typing import Any, cast
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker

from groat.config import rest
from groat.programmes import actions, callers
from groat.programmes.models import Programme, Scope
from tests.factories import a_deed, a_programme

EVERYTHING = [scope.value for scope in Scope]


class Caller:
    """An integrator's program, with a key that may do everything in the programme unless told."""

    def __init__(
        self, programme: Programme | None = None, *, scopes: list[str] | None = None, per_minute: int | None = None
    ) -> None:
        callers.gate.cache_clear()
        self.programme = programme or a_programme()
        self.key, self.secret = actions.issue_key(
            programme=self.programme,
            name="Kiosk",
            scopes=EVERYTHING if scopes is None else scopes,
            requests_per_minute=per_minute,
            deed=a_deed(),
        )
        self.headers = {"Authorization": f"Bearer {self.secret}"}
        self._client = Client()

    def get(self, path: str, **query: Any) -> HttpResponse:
        return self.call("GET", path, query=query)

    def patch(self, path: str, body: Any) -> HttpResponse:
        return self.call("PATCH", path, body)

    def post(self, path: str, body: Any = None, *, key: str | None = "") -> HttpResponse:
        """`key` is the Idempotency-Key: a new one unless told, none when None."""
        headers = {} if key is None else {"Idempotency-Key": key or str(uuid4())}
        return self.call("POST", path, body, headers=headers)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        query: dict[str, Any] | None = None,
        content_type: str = "application/json",
    ) -> HttpResponse:
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = cast(
            "HttpResponse",
            self._client.generic(
                method,
                path,
                raw,
                content_type if raw else "",
                headers={**self.headers, **(headers or {})},
                query_params=query,
            ),
        )
        hold_against_document(method, path, answer)
        return answer


def told(answer: HttpResponse, status: int = 200) -> Any:
    """The body of an answer with this status."""
    assert answer.status_code == status, answer.content.decode()
    return json.loads(answer.content)


def code(answer: HttpResponse) -> tuple[int, str]:
    """The status and code of a problem."""
    body = json.loads(answer.content)
    assert answer["Content-Type"] == "application/problem+json"
    assert body["status"] == answer.status_code
    return answer.status_code, body["code"]


def hold_against_document(method: str, path: str, answer: HttpResponse) -> None:
    """Fail unless the document tells of this answer."""
    operation = _operation(method, path)
    if operation is None:
        assert answer.status_code in {404, 405}
        return
    if answer.status_code in {405, 500}:
        return
    described = operation["responses"].get(answer.status_code)
    assert described, f"{method} {path} answers {answer.status_code}, which the document does not tell of"
    content = described["content"][answer["Content-Type"]]
    body = json.loads(answer.content)
    errors = list(_validator(json.dumps(content["schema"])).iter_errors(body))
    assert not errors, errors
    if answer.status_code >= 400:
        assert body["code"] in content["examples"], f"{method} {path} says {body['code']}, which is not told"
    for name in (
        "RateLimit",
        "RateLimit-Policy",
        "Location",
        "WWW-Authenticate",
        "Retry-After",
        "Idempotency-Replayed",
    ):
        assert name not in answer or name in described["headers"], f"{name} is not told"


@cache
def _operations() -> list[tuple[str, re.Pattern[str], dict[str, Any]]]:
    return [
        (method.upper(), re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), operation)
        for path, operations in rest.openapi()["paths"].items()
        for method, operation in operations.items()
    ]


def _operation(method: str, path: str) -> dict[str, Any] | None:
    found = (told for verb, pattern, told in _operations() if verb == method and pattern.fullmatch(path))
    return next(found, None)


@cache
def _validator(schema: str) -> Draft202012Validator:
    whole = {**json.loads(schema), "components": rest.openapi()["components"]}
    return Draft202012Validator(whole, format_checker=FormatChecker())
