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
from groat.api.keys import Caller
from groat.api.problems import ProblemRaised, problem, refused
from groat.cards import showing, vault
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
        self._trusted_proxies = settings.TRUSTED_PROXIES
        self._gate = callers.gate()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST":
            answer = await self._answer(scope, receive)
            headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers]
            headers.append((b"content-length", b"%d" % len(answer.body)))
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            await send({"type": "http.response.body", "body": answer.body})
        else:
            await self._application(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        headers = _headers(scope)
        client = scope.get("client")
        address = addresses.of_client(
            peer=client[0] if client else None,
            forwarded_for=_text(headers.get(b"x-forwarded-for")),
            trusted_proxies=self._trusted_proxies,
        )
        authorization = _text(headers.get(b"authorization"))
        admitted = self._gate.admit_remembered(authorization=authorization, scope=wire.SCOPE)
        if admitted is None:
            ask = partial(self._gate.admit, authorization=authorization, address=address, scope=wire.SCOPE)
            admitted = await asyncio.to_thread(_in_thread, ask)
        if isinstance(admitted, Answer):
            return admitted
        caller = admitted.caller
        if not minting.is_ready():
            # It writes, and inside the batch's transaction it would wait for that very transaction.
            await asyncio.to_thread(_in_thread, minting.ready)
        try:
            with self._payments.expecting():
                key, asked = _asked(headers, await _body(receive))
                if not showing.is_at_hand(programme_id=caller.programme_id, token=asked.token.value):
                    keys = partial(vault.chip_keys, programme_id=caller.programme_id)
                    await asyncio.to_thread(_in_thread, keys)
                booking = self._payments.put(_order(caller, address, key, asked))
            answer = _told(await booking, caller)
        except Refusal as refusal:
            answer = refused(refusal, credit_decimals=caller.credit_decimals)
        except ProblemRaised as raised:
            answer = raised.answer
        return answer.with_headers(admitted.headers)


def _asked(headers: dict[bytes, bytes], body: bytes | None) -> tuple[str, wire.PaymentIn]:
    """What is asked for under which key; raises the problem that it cannot be read."""
    if body is None:
        raise ProblemRaised(problem("too_large"))
    if body and not _is_json(headers.get(b"content-type", b"")):
        raise ProblemRaised(problem("unsupported_media_type"))
    return wire.key_in(_text(headers.get(b"idempotency-key"))), wire.payment_in(body)


def _order(caller: Caller, address: str | None, key: str, asked: wire.PaymentIn) -> Order:
    return actions.order(
        programme_id=caller.programme_id,
        till=asked.till,
        token=asked.token.value,
        key=key,
        actor=callers.actor(caller.key_id, caller.name, address),
        **asked.basket(),
    )


def _told(outcome: Outcome, caller: Caller) -> Answer:
    if outcome.payment is not None:
        return wire.paid(outcome)
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


def _headers(scope: Scope) -> dict[bytes, bytes]:
    """The request's headers by lower-case name; repeated ones joined by a comma."""
    sent = scope["headers"]
    headers: dict[bytes, bytes] = dict(sent)
    if len(headers) != len(sent):
        headers = {}
        for name, value in sent:
            headers[name] = headers[name] + b"," + value if name in headers else value
    return headers


def _text(value: bytes | None) -> str:
    return value.decode("latin-1") if value else ""


def _is_json(content_type: bytes) -> bool:
    return content_type == b"application/json" or (
        content_type.partition(b";")[0].strip().lower() == b"application/json"
    )


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None when it is larger than any payment."""
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > LARGEST_BYTES:
            return None
        more = message.get("more_body", False)
    return body
