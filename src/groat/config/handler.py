"""Django behind the lane: every request is one visit to one of a few threads that stay.

Django's own ASGI handler is made for asynchronous views. With ours, which are synchronous, it
starts a thread and opens a connection to the database for every single request, and steps from
the event loop into that thread and back for each middleware.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import IO, Any, NamedTuple

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.signals import request_started
from django.http.response import HttpResponseBadRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import set_script_prefix

THREADS = 4
"""Each keeps a connection to the database. More answer no faster, for Python runs one at a time."""


class Sent(NamedTuple):
    """A response as it goes out."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes | AsyncIterator[bytes]


class Handler(ASGIHandler):
    """Django as an ASGI application whose middleware and views all run in the thread that has the request.

    What a view streams from an asynchronous iterator goes out piece by piece, from the event loop:
    a stream that lasts holds no thread. Anything else is gathered before it is sent.
    """

    def __init__(self, *, threads: int = THREADS) -> None:
        super().__init__()
        # Once more: Django has just loaded it to be stepped through by the event loop.
        self.load_middleware(is_async=False)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="django")

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Mapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            raise ValueError(f"only HTTP is spoken here, not {scope['type']}")
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        # A context of its own, so that a language or a time zone set by one request ends with it.
        answer = partial(copy_context().run, self._answer, scope, body)
        sent = await asyncio.get_running_loop().run_in_executor(self._threads, answer)
        await send({"type": "http.response.start", "status": sent.status, "headers": sent.headers})
        if isinstance(sent.body, bytes):
            await send({"type": "http.response.body", "body": sent.body})
        else:
            await _stream(sent.body, receive, send)

    def _answer(self, scope: MutableMapping[str, Any], body: IO[bytes]) -> Sent:
        with body:
            set_script_prefix(get_script_prefix(scope))
            request_started.send(sender=self.__class__, scope=scope)
            request, refusal = self.create_request(scope, body)
            response = self.get_response(request) if request else refusal or HttpResponseBadRequest()
            try:
                return _sent(response)
            finally:
                # Also tells Django that the request is over, and the connection may be needed no more.
                response.close()


def _sent(response: HttpResponseBase) -> Sent:
    headers = [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    headers += [(b"set-cookie", cookie.OutputString().encode("ascii")) for cookie in response.cookies.values()]
    if isinstance(response, StreamingHttpResponse) and response.is_async:
        return Sent(response.status_code, headers, aiter(response))
    return Sent(response.status_code, headers, b"".join(response))


async def _stream(
    pieces: AsyncIterator[bytes],
    receive: Callable[[], Awaitable[Mapping[str, Any]]],
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
) -> None:
    """Send piece after piece until they end, or nobody listens any more."""

    async def speak() -> None:
        async for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def left() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    speaking, leaving = asyncio.ensure_future(speak()), asyncio.ensure_future(left())
    try:
        await asyncio.wait({speaking, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (speaking, leaving):
            task.cancel()
        await asyncio.gather(speaking, leaving, return_exceptions=True)
