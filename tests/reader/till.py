"""A till's server for the program's tests: what the wire promises, in this process, and able to fail."""

import json
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "gr_" + "t" * 40
CODE = "K7QM-3XPA"
PATIENCE_SECONDS = 10.0
Answer = tuple[int, dict[str, Any]]
IDLE = {"revision": "0", "state": "idle", "lines": ["Kavárna U Řeky"]}


@dataclass
class Till:
    """What the till knows and what it was asked."""

    port: int = 0
    display: dict[str, Any] = field(default_factory=lambda: dict(IDLE))
    decide: Callable[[str], dict[str, Any]] = lambda _: {"state": "balance", "good": True, "lines": ["Zůstatek 1,00"]}
    """How a token that is presented is decided; called once for each key."""
    revoked: bool = False
    drops: int = 0
    """How many presentations are decided and then cut off before the answer."""
    fails: int = 0
    """How many presentations are answered with 503 before they reach anything."""
    presented: list[tuple[str, str]] = field(default_factory=list)
    """Key and token, as often as asked."""
    ages: list[int] = field(default_factory=list)
    decided: dict[str, dict[str, Any]] = field(default_factory=dict)
    states: list[dict[str, Any]] = field(default_factory=list)
    paired: list[dict[str, Any]] = field(default_factory=list)
    personalised: list[dict[str, Any]] = field(default_factory=list)
    script: list[list[str]] = field(default_factory=list)
    """The APDUs of a personalisation, list by list."""
    changed: threading.Condition = field(default_factory=threading.Condition)
    _deciding: threading.Lock = field(default_factory=threading.Lock)
    _server: ThreadingHTTPServer | None = None
    _listeners: list[queue.SimpleQueue[str | None]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen on the same port as before, if there was one."""

        class Handler(_Handler):
            till = self

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Be gone, with all connections."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
            self._end_events()

    def show(self, state: str, *lines: str) -> None:
        """Something else waits now."""
        with self.changed:
            self.display = {"revision": str(int(self.display["revision"]) + 1), "state": state, "lines": list(lines)}
            for listener in self._listeners:
                listener.put(self.display["revision"])

    def wait_until(self, true: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(true, PATIENCE_SECONDS), (self.presented, self.states)

    def _end_events(self) -> None:
        for listener in self._listeners:
            listener.put(None)
        self._listeners.clear()

    def note(self, what: list[Any], entry: Any) -> None:
        with self.changed:
            what.append(entry)
            self.changed.notify_all()

    # The wire.

    def pair(self, asked: dict[str, Any]) -> Answer:
        if asked["code"] != CODE:
            return _problem(404, "reader_code_unknown")
        self.note(self.paired, asked)
        return 201, {"token": TOKEN, "reader": "r1", "programme": "Řeka", "till": "Bar", "language": "cs"}

    def present(self, key: str, age: str, asked: dict[str, Any]) -> Answer | None:
        with self.changed:
            self.presented.append((key, asked["token"]))
            self.ages.append(int(age))
            self.changed.notify_all()
            if self.fails:
                self.fails -= 1
                return _problem(503, "unavailable")
        with self._deciding:
            if key not in self.decided:
                self.decided[key] = self.decide(asked["token"])
        with self.changed:
            if self.drops:
                self.drops -= 1
                return None
        return 200, self.decided[key]

    def personalise(self, path: str, asked: dict[str, Any]) -> Answer:
        self.note(self.personalised, asked)
        wrong = any(not response.endswith(("9000", "9100", "91AF")) for response in asked.get("responses", []))
        if wrong:
            return _problem(409, "chip_refused")
        step = len(self.personalised) - 1
        apdus = self.script[step] if step < len(self.script) else []
        begun = {"personalisation": "p1"} if step == 0 else {}
        return (201 if begun else 200), {**begun, "apdus": apdus, "done": not apdus}


def _problem(status: int, code: str) -> Answer:
    return status, {"type": "about:blank", "title": code, "status": status, "detail": code, "code": code}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    till: Till

    def handle_any(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        asked = json.loads(self.rfile.read(length)) if length else {}
        path = self.path.removeprefix("/api/v1/reader")
        if self.till._server is None:
            self.close_connection = True  # a connection that was kept, of a server that is gone
            return None
        if path == "/pair":
            return self._answer(self.till.pair(asked))
        if self.till.revoked or self.headers["Authorization"] != f"Bearer {TOKEN}":
            return self._answer(_problem(401, "token_revoked"))
        match self.command, path:
            case "GET", "/display":
                self._answer((200, self.till.display))
            case "GET", "/events":
                self._events()
            case "PUT", "/state":
                self.till.note(self.till.states, asked)
                self._answer((204, {}))
            case "POST", "/presentations":
                headers = self.headers["Idempotency-Key"], self.headers["Groat-Seconds-Since-Tap"]
                self._answer(self.till.present(*headers, asked))
            case "POST", _:
                self._answer(self.till.personalise(path, asked))
        return None

    def __getattr__(self, name: str) -> Callable[[], None]:
        # http.server looks for do_GET and its like.
        if name.startswith("do_"):
            return self.handle_any
        raise AttributeError(name)

    def _answer(self, answer: Answer | None) -> None:
        if answer is None or self.till._server is None:
            self.close_connection = True
            return
        status, content = answer
        body = json.dumps(content).encode() if status != 204 else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _events(self) -> None:
        self.close_connection = True
        mine: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.till._listeners.append(mine)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        revision: str | None = self.till.display["revision"]
        while revision is not None:
            self.wfile.write(f"event: changed\ndata: {revision}\n\n".encode())
            self.wfile.flush()
            revision = mine.get()

    def log_message(self, *args: object) -> None:
        pass


def until(true: Callable[[], bool], what: str = "") -> None:
    """Wait until this is true."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < ends, what
        time.sleep(0.01)
