"""The lane: one call in front of the framework, for the one thing that everybody waits for.

`POST /api/v1/payments` does the same as the documented operation: the same gate, the same schema,
the same path, the same bytes back. What it leaves out is the framework's way there, which costs
ten times what the payment does.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from typing import Any

from django.conf import settings
from django.db import close_old_connections

from groat import addresses
from groat.api.answers import Answer
from groat.api.bodies import LARGEST_BYTES
from groat.api.gate import Admitted
from groat.api.problems import ProblemRaised, problem, refused
from groat.errors import Refusal
from groat.ledger.group_commit import GroupCommit
from groat.ledger.links import Link
from groat.programmes import callers, minting
from groat.programmes.deeds import SYSTEM, Deed
from groat.till import actions, wire
from groat.till.payments import Outcome
from groat.till.rules import Order

PATH = "/api/v1/payments"

type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
type Application = Callable[[Any, Any, Any], Awaitable[None]]


def _book(link: Link, orders: list[Order]) -> list[Outcome]:
    # Who asked stands in each order; the deed gives the batch its one clock and its ids.
    return actions.take_payments(link, orders, deed=Deed.at_once(SYSTEM))


class Lane:
    """An ASGI application that answers payments itself and hands everything else on."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._payments = GroupCommit[Order, Outcome](_book)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST":
            answer = await self._answer(scope, receive)
            headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers]
            headers.append((b"content-length", str(len(answer.body)).encode()))
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            await send({"type": "http.response.body", "body": answer.body})
        else:
            await self._application(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        headers = _headers(scope)
        address = addresses.of_client(
            peer=scope["client"][0] if scope.get("client") else None,
            forwarded_for=headers.get(b"x-forwarded-for", ""),
            trusted_proxies=settings.TRUSTED_PROXIES,
        )
        authorization = headers.get(b"authorization", "")
        gate = callers.gate()
        admitted = gate.admit_remembered(authorization=authorization, scope=wire.SCOPE)
        if admitted is None:
            ask = partial(gate.admit, authorization=authorization, address=address, scope=wire.SCOPE)
            admitted = await asyncio.to_thread(_in_thread, ask)
        if isinstance(admitted, Answer):
            return admitted
        try:
            body = await _body(receive)
            if body is None:
                answer = problem("too_large")
            elif body and headers.get(b"content-type", "").partition(";")[0].strip().lower() != "application/json":
                answer = problem("unsupported_media_type")
            else:
                answer = await self._pay(admitted, address, headers.get(b"idempotency-key"), body)
        except ProblemRaised as raised:
            answer = raised.answer
        return answer.with_headers(admitted.headers)

    async def _pay(self, admitted: Admitted, address: str | None, key: str | None, body: bytes) -> Answer:
        caller = admitted.caller
        key = wire.key_in(key)
        asked = wire.payment_in(body)
        deed = callers.deed(caller, address=address)
        try:
            order = actions.order(
                programme_id=caller.programme_id,
                till=asked.till,
                token=asked.token.value,
                key=key,
                deed=deed,
                **asked.basket(),
            )
        except Refusal as refusal:
            return refused(refusal, credit_decimals=caller.credit_decimals)
        if not minting.is_ready():
            # It writes, and inside the batch's transaction it would wait for that very transaction.
            await asyncio.to_thread(_in_thread, minting.ready)
        outcome = await self._payments.submit(order)
        if outcome.payment is not None:
            return wire.paid(outcome.payment, replayed=outcome.replayed)
        if outcome.refusal is None:
            raise RuntimeError("an outcome is a payment or a refusal")
        return wire.declined(outcome.refusal, credit_decimals=caller.credit_decimals, replayed=outcome.replayed)


def _in_thread[Result](act: Callable[[], Result]) -> Result:
    """Ask the database in a thread, which gives its connection back."""
    close_old_connections()
    try:
        return act()
    finally:
        close_old_connections()


def _headers(scope: Scope) -> dict[bytes, str]:
    """The request's headers by lower-case name; repeated ones joined by a comma."""
    headers: dict[bytes, str] = {}
    for name, value in scope["headers"]:
        text = value.decode("latin-1")
        headers[name] = f"{headers[name]},{text}" if name in headers else text
    return headers


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None when it is larger than any payment."""
    body = b""
    while True:
        message = await receive()
        part: bytes = message.get("body", b"")
        body += part
        if len(body) > LARGEST_BYTES:
            return None
        if not message.get("more_body"):
            return body
