"""The till's server, by HTTP with the standard library alone."""

import http.client
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from groat_reader.events import Event, events
from groat_reader.messages import Display, Outcome

LOOPBACK = ("localhost", "127.0.0.1", "::1")
LARGEST_ANSWER = 1 << 20
# Answers that say nothing of what was asked: whoever sent them, it may be decided yet.
TRANSIENT = (408, 425, 429)


class BadAddress(Exception):
    """An address that cannot be a server's; the message is one sentence."""


class NotReached(Exception):
    """There was no connection at all: nothing of the request can have arrived."""


class NoAnswer(Exception):
    """The request may have arrived and there is no answer to it."""

    def __init__(self, why: str, *, wait_seconds: float = 0) -> None:
        super().__init__(why)
        self.wait_seconds = wait_seconds


class Unpaired(Exception):
    """The reader's token is not, or no longer, one."""


class Refused(Exception):
    """The server's answer is no; `code` is stable, the message is for people."""

    def __init__(self, *, status: int, code: str, detail: str) -> None:
        super().__init__(detail or code)
        self.status, self.code = status, code


class Server:
    """Asks one server, over one connection that is kept; not to be shared by threads."""

    def __init__(self, address: str, *, token: str = "", timeout_seconds: float = 10) -> None:
        """Raises BadAddress."""
        parts = urlsplit(address if "://" in address else f"https://{address}")
        try:
            port = parts.port
        except ValueError as error:
            raise BadAddress(f"{address} is not a server's address.") from error
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise BadAddress(f"{address} is not a server's address: give it as https://till.example.")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise BadAddress(f"{address} is not encrypted, and the reader's token would be read on the way: use https.")
        self.address = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self._secure, self._host, self._port = parts.scheme == "https", parts.hostname, port
        self._base = f"{parts.path.rstrip('/')}/api/v1/reader"
        self._token = token
        self._timeout_seconds = timeout_seconds
        self._kept: http.client.HTTPConnection | None = None

    def pair(self, *, code: str, device: str, version: str) -> dict[str, str]:
        """Exchange a one-time code for a token. Raises Refused, NotReached, NoAnswer."""
        answer = self._ask("POST", "/pair", {"code": code, "device": device, "version": version})
        names = ("token", "reader", "programme", "till", "language")
        if not isinstance(answer, dict) or not all(isinstance(answer.get(name), str) for name in names):
            raise NoAnswer("this is not a server of Groat's")
        return {name: answer[name] for name in names}

    def display(self) -> Display:
        """Raises Unpaired, Refused, NotReached, NoAnswer."""
        answer = self._ask("GET", "/display")
        try:
            return Display(str(answer["revision"]), str(answer["state"]), _lines(answer["lines"]))
        except (KeyError, TypeError) as error:
            raise NoAnswer("an answer that is none") from error

    def tell_state(self, *, state: str, device: str) -> None:
        """Raises Unpaired, Refused, NotReached, NoAnswer."""
        self._ask("PUT", "/state", {"state": state, "device": device})

    def present(self, *, token: str, key: str, seconds_ago: int) -> Outcome:
        """Present what a card said; with the same key it is decided once, however often it is asked.

        `seconds_ago` is how long the card was read before this very request: a server may refuse to let
        an old tap pay for what waits now. Raises Unpaired, Refused, NotReached, NoAnswer.
        """
        headers = {"Idempotency-Key": key, "Groat-Seconds-Since-Tap": str(seconds_ago)}
        answer = self._ask("POST", "/presentations", {"token": token}, headers=headers)
        try:
            state, good, lines = answer["state"], answer["good"], _lines(answer["lines"])
        except (KeyError, TypeError) as error:
            raise NoAnswer("an answer that is none") from error
        if not isinstance(state, str) or not isinstance(good, bool):
            raise NoAnswer("an answer that is none")
        return Outcome(state, good, lines)

    def begin_personalisation(self, *, uid: str) -> tuple[str, list[bytes], bool]:
        """The personalisation's id, the first APDUs, and whether these are all. Raises as `display` does."""
        answer = self._ask("POST", "/personalisations", {"uid": uid})
        return (_text(answer, "personalisation"), *_apdus(answer))

    def go_on(self, *, personalisation: str, responses: list[bytes]) -> tuple[list[bytes], bool]:
        """The next APDUs after the chip's responses, and whether it is done. Raises as `display` does."""
        sent = {"responses": [response.hex().upper() for response in responses]}
        return _apdus(self._ask("POST", f"/personalisations/{personalisation}", sent))

    @contextmanager
    def listen(self, *, silence_seconds: float) -> Iterator[Iterator[Event]]:
        """The server's events, until it ends them; silence longer than this is an end too.

        Raises Unpaired, Refused, NotReached, NoAnswer, on entry and while reading.
        """
        connection = self._connect(silence_seconds)
        try:
            headers = {**self._headers(), "Accept": "text/event-stream"}
            try:
                connection.request("GET", f"{self._base}/events", headers=headers)
                response = connection.getresponse()
            except (OSError, http.client.HTTPException) as error:
                raise NoAnswer(_why(error)) from error
            if response.status != 200:
                _outcome(response.status, response.read(LARGEST_ANSWER), response)
            yield _heard(response)
        finally:
            connection.close()

    def close(self) -> None:
        """Drop the connection; the next request makes a new one."""
        if self._kept:
            self._kept.close()
            self._kept = None

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json", "User-Agent": "groat-reader"}
        return {**headers, "Authorization": f"Bearer {self._token}"} if self._token else headers

    def _connect(self, timeout_seconds: float) -> http.client.HTTPConnection:
        """A new connection. Raises NotReached."""
        connection: http.client.HTTPConnection
        if self._secure:
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(self._host, self._port, timeout=timeout_seconds, context=context)
        else:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=timeout_seconds)
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            raise NotReached(_why(error)) from error
        return connection

    def _ask(self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None) -> Any:
        """A request and its answer, parsed.

        A connection that was kept may have been closed meanwhile: then once more with a new one, which is
        safe, as all that we ask may be asked twice.
        """
        sent = headers or {}
        if self._kept is None:
            return self._ask_once(method, path, body, sent)
        try:
            return self._ask_once(method, path, body, sent)
        except NoAnswer as error:
            if not isinstance(error.__cause__, ConnectionError):
                raise
            try:
                return self._ask_once(method, path, body, sent)
            except NotReached as now:
                # The first request may have arrived, even if this one did not.
                raise NoAnswer(str(now)) from now

    def _ask_once(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        if self._kept is None:
            self._kept = self._connect(self._timeout_seconds)
        content = None if body is None else json.dumps(body).encode()
        sent = {**self._headers(), **headers, **({"Content-Type": "application/json"} if content else {})}
        try:
            self._kept.request(method, self._base + path, body=content, headers=sent)
            response = self._kept.getresponse()
            heard = response.read(LARGEST_ANSWER)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise NoAnswer(_why(error)) from error
        return _outcome(response.status, heard, response)


def _outcome(status: int, heard: bytes, response: http.client.HTTPResponse) -> Any:
    """What an answer says. Raises Unpaired, Refused, NoAnswer."""
    try:
        answer = json.loads(heard) if heard else {}
    except ValueError:
        answer = None  # somebody else's page: a proxy's, a hotel's
    if 200 <= status < 300 and answer is not None:
        return answer
    if status == 401:
        raise Unpaired
    if 400 <= status < 500 and status not in TRANSIENT and isinstance(answer, dict) and "code" in answer:
        detail = answer.get("detail") or answer.get("title") or ""
        raise Refused(status=status, code=str(answer["code"]), detail=str(detail))
    raise NoAnswer(f"status {status}", wait_seconds=_retry_after(response))


def _retry_after(response: http.client.HTTPResponse) -> float:
    asked = response.headers.get("Retry-After", "")
    return min(float(asked), 60) if asked.isdecimal() else 0


def _heard(response: http.client.HTTPResponse) -> Iterator[Event]:
    try:
        yield from events(response)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise NoAnswer(_why(error)) from error


def _lines(lines: Any) -> tuple[str, ...]:
    if not isinstance(lines, list):
        raise TypeError
    return tuple(str(line) for line in lines)


def _text(answer: Any, name: str) -> str:
    try:
        return str(answer[name])
    except (KeyError, TypeError) as error:
        raise NoAnswer("an answer that is none") from error


def _apdus(answer: Any) -> tuple[list[bytes], bool]:
    try:
        return [bytes.fromhex(apdu) for apdu in answer["apdus"]], answer["done"] is True
    except (KeyError, TypeError, ValueError) as error:
        raise NoAnswer("an answer that is none") from error


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    return (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
