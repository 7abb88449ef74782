"""What the program says to the server, and what it makes of the answers."""

import socket
import threading
from collections.abc import Iterator

import pytest

from groat_reader import wire
from groat_reader.messages import Display, Outcome
from tests.reader.till import CODE, TOKEN, Till


@pytest.fixture
def till() -> Iterator[Till]:
    made = Till()
    made.start()
    yield made
    made.stop()


def answered_with(raw: bytes) -> str:
    """The address of a server that says this to whoever comes first."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listening, listening.accept()[0] as connection:
            connection.recv(65536)
            connection.sendall(raw)

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_display_and_presentation(till: Till) -> None:
    till.decide = lambda _: {"state": "paid", "good": True, "lines": ["Zaplaceno"]}
    server = wire.Server(till.address, token=TOKEN)
    assert server.display() == Display("0", "idle", ("Kavárna U Řeky",))
    assert server.present(token="04AA", key="k" * 32, seconds_ago=3) == Outcome("paid", True, ("Zaplaceno",))
    assert (till.presented, till.ages) == ([("k" * 32, "04AA")], [3])


def test_a_token_that_is_none_is_unpaired(till: Till) -> None:
    with pytest.raises(wire.Unpaired):
        wire.Server(till.address, token="gr_other").display()


def test_a_wrong_code_is_refused_with_its_code(till: Till) -> None:
    with pytest.raises(wire.Refused) as refused:
        wire.Server(till.address).pair(code="AAAA-AAAA", device="", version="0")
    assert (refused.value.status, refused.value.code) == (404, "reader_code_unknown")
    assert wire.Server(till.address).pair(code=CODE, device="", version="0")["token"] == TOKEN


def test_a_server_that_is_gone_is_not_reached_and_one_that_was_there_may_have_heard(till: Till) -> None:
    kept = wire.Server(till.address, token=TOKEN)
    kept.display()
    till.stop()
    with pytest.raises(wire.NoAnswer):
        kept.present(token="04AA", key="k" * 32, seconds_ago=0)
    with pytest.raises(wire.NotReached):
        wire.Server(till.address, token=TOKEN).display()


def test_a_connection_that_was_closed_meanwhile_is_made_anew(till: Till) -> None:
    kept = wire.Server(till.address, token=TOKEN)
    kept.display()
    till.stop()
    till.start()
    assert kept.display() == Display("0", "idle", ("Kavárna U Řeky",))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<html>Hotel</ht",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 45\r\n\r\n" + b'{"state": "paid", "good": "yes", "lines": []}',
        b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope",
        b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
        b"not HTTP at all\r\n\r\n",
    ],
)
def test_what_is_no_answer_decides_nothing(raw: bytes) -> None:
    with pytest.raises(wire.NoAnswer):
        wire.Server(answered_with(raw), token=TOKEN).present(token="04AA", key="k" * 32, seconds_ago=0)


def test_a_busy_server_says_how_long_to_wait() -> None:
    raw = b"HTTP/1.1 429 Slowly\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\n{}"
    with pytest.raises(wire.NoAnswer) as busy:
        wire.Server(answered_with(raw), token=TOKEN).display()
    assert busy.value.wait_seconds == 7


@pytest.mark.parametrize(
    "address", ["http://till.example", "ftp://till.example", "https://", "https://h:no", "https://h/?q"]
)
def test_an_address_that_is_unsafe_or_none_is_refused(address: str) -> None:
    with pytest.raises(wire.BadAddress):
        wire.Server(address)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("till.example", "https://till.example"),
        ("https://till.example/groat/", "https://till.example/groat"),
        ("http://localhost:8000", "http://localhost:8000"),
    ],
)
def test_an_address_is_kept_in_one_form(given: str, kept: str) -> None:
    assert wire.Server(given).address == kept
