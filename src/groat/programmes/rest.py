"""What the REST handlers of all features share that knows keys, deeds and the ledger's requests."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from groat import walls
from groat.api import bodies, operations
from groat.api.answers import Answer, of_json
from groat.api.gate import Admitted
from groat.api.http import ApiRequest, check_body, response
from groat.api.operations import Idempotency
from groat.api.problems import ProblemRaised, refused
from groat.errors import Refusal
from groat.ledger import requests
from groat.programmes import access, callers, minting
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme, Scope

REPLAYED = ("Idempotency-Replayed", "true")


@dataclass(frozen=True, slots=True)
class Admission:
    """Decides whether a request comes as far as its handler: key, scope, limit, then the form of what it brings."""

    scope: str
    idempotency: Idempotency

    def __call__(self, request: HttpRequest) -> Admitted:
        admitted = callers.gate().admit(
            authorization=request.headers.get("Authorization", ""),
            address=access.client_address(request),
            scope=self.scope,
        )
        if isinstance(admitted, Answer):
            raise ProblemRaised(admitted)
        request.auth = admitted  # type: ignore[attr-defined]
        check_body(request)
        # `groat.api.http.guarded` comes out again.
        walls.enter(admitted.caller.programme_id)
        key = idempotency_key(request)
        if self.idempotency is Idempotency.REQUIRED or (key is not None and self.idempotency is Idempotency.OPTIONAL):
            bodies.checked_key(key)
        if request.method not in {"GET", "HEAD"}:
            minting.ready()
        return admitted


def operation(*, scope: Scope, idempotency: Idempotency = Idempotency.NONE, **told: Any) -> dict[str, Any]:
    """The arguments of a router's decorator: what guards an operation, and what describes it."""
    described = operations.described(scope=scope.value, idempotency=idempotency, **told)
    return {**described, "auth": Admission(scope.value, idempotency)}


def programme(request: ApiRequest) -> Programme:
    """The programme that the key belongs to."""
    return Programme.objects.get(pk=request.auth.caller.programme_id)


def deed(request: ApiRequest) -> Deed:
    """What the key does now."""
    return callers.deed(request.auth.caller, address=access.client_address(request))


def once(request: ApiRequest, act: Callable[[Deed], Answer]) -> HttpResponse:
    """Do it once under the request's Idempotency-Key, or answer as when it was done. Without a key, just do it.

    What was answered is stored with what was done, a refusal included.
    """
    key, now = idempotency_key(request), deed(request)
    if key is None:
        return response(act(now))
    replayed = True

    def stored() -> dict[str, Any]:
        nonlocal replayed
        replayed = False
        answer = act(now)
        return {"status": answer.status, "headers": answer.headers, "body": answer.body.decode()}

    caller = request.auth.caller
    try:
        result, _ = requests.once(
            programme_id=caller.programme_id,
            client=f"key:{caller.key_id}",
            key=key,
            fingerprint=_fingerprint(request),
            act=stored,
            now=now.now,
        )
        headers = tuple((name, value) for name, value in result["headers"])
        answer = Answer(result["status"], headers, result["body"].encode())
    except requests.KeyReused:
        raise
    except Refusal as refusal:
        answer = refused(refusal, credit_decimals=caller.credit_decimals)
    return response(answer.with_headers([REPLAYED] if replayed else []))


def created(body: Any, *, path: str) -> Answer:
    """The answer that something now is, and where."""
    return of_json(201, body, headers=[("Location", path)])


def done(body: Any) -> Answer:
    """The answer that it was done."""
    return of_json(200, body)


def idempotency_key(request: HttpRequest) -> str | None:
    """The request's key, which its admission has checked."""
    return request.headers.get("Idempotency-Key")


def _fingerprint(request: HttpRequest) -> bytes:
    """Of method, path and body, however the body was spaced and sorted.

    Keyed, for a body may hold a card's number, and there are few enough of these to try them all.
    """
    body = bodies.canonical(bodies.parsed(request.body)) if request.body else b""
    asked = b"\n".join((str(request.method).encode(), request.path.encode(), body))
    return hmac.digest(settings.KEYS.token_key, asked, "sha256")
