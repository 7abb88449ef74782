"""How requests reach Django behind the lane."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from django.db import connection, connections
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import path
from django.utils import translation

from groat.config.handler import THREADS, Handler


def echoed(request: HttpRequest) -> HttpResponse:
    answer = HttpResponse(request.body, status=201, headers={"X-Query": request.GET["q"]})
    answer.set_cookie("a", "1")
    answer.set_cookie("b", "2")
    return answer


def streamed(request: HttpRequest) -> HttpResponseBase:
    return FileResponse(iter([b"one ", b"two"]), content_type="image/webp")


def lasting(request: HttpRequest) -> HttpResponseBase:
    async def pieces() -> AsyncIterator[bytes]:
        try:
            yield b"one "
            yield b"two"
            if "ends" not in request.GET:
                await asyncio.sleep(60)
        finally:
            ended.append(threading.current_thread() is threading.main_thread())

    return StreamingHttpResponse(pieces(), content_type="text/event-stream")


def spoken(request: HttpRequest) -> HttpResponse:
    before = translation.get_language()
    translation.activate("cs")
    return HttpResponse(before)


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a bug")


def linked(request: HttpRequest) -> HttpResponse:
    """Keeps the connection to the database for the test to see."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    links.append(connection.connection)
    return HttpResponse()


def met(request: HttpRequest) -> HttpResponse:
    """Answers only once as many requests are here at the same time as there are threads."""
    meeting.wait(timeout=10)
    return HttpResponse()


ended: list[bool] = []
links: list[object] = []
meeting = threading.Barrier(THREADS)
urlpatterns = [path(view.__name__, view) for view in (echoed, streamed, lasting, spoken, broken, linked, met)]


@pytest.fixture
def handler(settings: Any) -> Iterator[Handler]:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = []
    made = Handler()
    yield made
    made._threads.shutdown()


def sent(handler: Handler, *paths: str, body: tuple[bytes, ...] = (b"",)) -> list[tuple[int, list[Any], bytes]]:
    """Status, headers and body of the answers to requests that come at the same time."""

    async def one(name: str) -> tuple[int, list[Any], bytes]:
        messages: list[Any] = []
        parts = list(body)

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

        async def send(message: Any) -> None:
            messages.append(message)

        bare, _, query = name.partition("?")
        scope = {"type": "http", "method": "POST", "path": bare, "query_string": query.encode("latin-1")}
        await handler({**scope, "headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 5000)}, receive, send)
        start, end = messages
        return start["status"], start["headers"], end["body"]

    async def everything() -> list[tuple[int, list[Any], bytes]]:
        return await asyncio.gather(*(one(name) for name in paths))

    return asyncio.run(everything())


def test_a_request_comes_to_its_view_and_the_answer_goes_out_whole(handler: Handler):
    assert sent(handler, "/echoed?q=caf%C3%A9", body=(b"in ", b"two ", b"parts")) == [
        (
            201,
            [
                (b"x-query", b"caf\xe9"),
                (b"content-type", b"text/html; charset=utf-8"),
                (b"set-cookie", b"a=1; Path=/"),
                (b"set-cookie", b"b=2; Path=/"),
            ],
            b"in two parts",
        )
    ]


def test_what_a_view_streams_is_sent_whole(handler: Handler):
    assert sent(handler, "/streamed") == [(200, [(b"content-type", b"image/webp")], b"one two")]


def heard(handler: Handler, query: str, *, leaves_after: int | None) -> list[tuple[bytes, bool]]:
    """The pieces of a lasting answer and whether more follow, for somebody who goes after so many of them."""

    async def listen() -> list[tuple[bytes, bool]]:
        messages: list[Any] = []
        gone = asyncio.Event()
        asked = False

        async def receive() -> dict[str, Any]:
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "http.request", "body": b""}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            messages.append(message)
            if len(messages) - 1 == leaves_after:
                gone.set()

        scope = {"type": "http", "method": "GET", "path": "/lasting", "query_string": query.encode()}
        async with asyncio.timeout(5):
            await handler({**scope, "headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 5000)}, receive, send)
        return [(message["body"], message.get("more_body", False)) for message in messages[1:]]

    ended.clear()
    return asyncio.run(listen())


def test_what_a_view_goes_on_to_tell_goes_out_piece_by_piece_without_a_thread(handler: Handler):
    assert heard(handler, "ends", leaves_after=None) == [(b"one ", True), (b"two", True), (b"", False)]
    assert ended == [True]


def test_a_lasting_answer_ends_when_nobody_listens_any_more(handler: Handler):
    assert heard(handler, "", leaves_after=2) == [(b"one ", True), (b"two", True)]
    assert ended == [True]


def test_a_language_that_a_request_chose_ends_with_it(handler: Handler):
    answers = [sent(handler, "/spoken")[0][2] for _ in range(THREADS + 1)]

    assert answers == [b"en"] * (THREADS + 1)


def test_a_bug_is_answered_with_500_and_the_thread_goes_on(handler: Handler):
    statuses = [sent(handler, name)[0][0] for name in ("/broken", "/broken", "/echoed?q=1")]

    assert statuses == [500, 500, 201]


def test_a_query_that_is_no_text_is_a_bad_request(handler: Handler):
    assert [status for status, _, _ in sent(handler, "/echoed?q=\xff")] == [400]


@pytest.mark.django_db(transaction=True)
def test_the_next_request_finds_the_connection_of_the_one_before(handler: Handler):
    alone = Handler(threads=1)
    try:
        for _ in range(2):
            sent(alone, "/linked")
    finally:
        # So that the database of the tests can be removed.
        alone._threads.submit(connections.close_all).result()
        alone._threads.shutdown()

    first, second = links
    assert first is second


def test_as_many_requests_as_there_are_threads_are_answered_at_once(handler: Handler):
    assert [status for status, _, _ in sent(handler, *["/met"] * THREADS)] == [200] * THREADS


def test_who_hangs_up_before_the_request_is_whole_is_not_answered(handler: Handler):
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        raise AssertionError(f"somebody who is gone was sent {message}")

    asyncio.run(handler({"type": "http", "method": "POST", "path": "/met", "headers": []}, receive, send))


def test_nothing_but_http_is_spoken(handler: Handler):
    with pytest.raises(ValueError, match="only HTTP is spoken here, not websocket"):
        asyncio.run(handler({"type": "websocket"}, None, None))  # type: ignore[arg-type]
