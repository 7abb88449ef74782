"""An installation of its own: a database with a programme, and a server that can be killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from tests.servers import GROAT, environment, free_port

STARTS_WITHIN_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    body: bytes
    replayed: bool

    @property
    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


class Till:
    """A till's program: one connection, kept open and opened anew when it breaks."""

    def __init__(self, installation: "Installation") -> None:
        self._stage = installation.stage
        self._connection = HTTPConnection("127.0.0.1", installation.port, timeout=30)

    def pay(self, *, token: str, amount_minor: int, key: str) -> Answer | None:
        """Ask for a payment; None when no answer came."""
        body = json.dumps(
            {"till": self._stage["till"], "token": {"kind": "uid", "value": token}, "amount_minor": amount_minor}
        )
        return self.post("/api/v1/payments", body, key=key)

    def post(self, path: str, body: str, *, key: str) -> Answer | None:
        headers = {
            "Authorization": f"Bearer {self._stage['secret']}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        try:
            self._connection.request("POST", path, body, headers)
            answer = self._connection.getresponse()
            replayed = answer.getheader("Idempotency-Replayed") == "true"
            return Answer(answer.status, answer.read(), replayed)
        except (OSError, HTTPException):
            self._connection.close()
            return None

    def close(self) -> None:
        self._connection.close()


class Installation:
    """A database and what runs on it. Whatever was started is ended by `end`."""

    def __init__(self, *, folder: Path, database_url: str) -> None:
        self._folder = folder
        self.env = environment(var=folder, database_url=database_url, GROAT_REQUESTS_PER_MINUTE="10000000")
        # Two writing processes of SQLite only wait for each other.
        self._workers = "1" if database_url.startswith("sqlite") else "2"
        self._running: list[subprocess.Popen[bytes]] = []
        self.port = free_port()
        self.stage: dict[str, Any] = json.loads(self.python("from tests.faults import stage; stage.set_up()"))
        self._unused = iter(self.stage["tokens"])

    def cards(self, number: int) -> list[str]:
        """Cards with CREDIT_MINOR each, which no other test has used."""
        return [next(self._unused) for _ in range(number)]

    def credit(self) -> int:
        """What all wallets hold, less what they owe."""
        code = (
            "from groat.ledger import queries as q; o = q.owed(programme_id={}); print(o.credit_minor - o.debt_minor)"
        )
        return int(self.python(code.format(self.stage["programme"])))

    def serve(self) -> subprocess.Popen[bytes]:
        """Start the server; returns when it answers."""
        server = self._start("serve", "--port", str(self.port), "--workers", self._workers)
        till, end = HTTPConnection("127.0.0.1", self.port, timeout=30), time.monotonic() + STARTS_WITHIN_SECONDS
        while server.poll() is None and time.monotonic() < end:
            try:
                till.request("GET", "/health")
                if till.getresponse().status == 200:
                    till.close()
                    return server
            except (OSError, HTTPException):
                time.sleep(0.1)
            till.close()
        raise AssertionError(f"the server did not start:\n{self.log()}")

    def work(self) -> subprocess.Popen[bytes]:
        """Start the worker."""
        return self._start("worker")

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """As when the power goes: the process and all that it started, at once, mid-sentence."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)

    def verify(self) -> tuple[int, str]:
        """`groat verify`: its exit status and what it says."""
        done = self.run("verify")
        return done.returncode, done.stdout.strip() + done.stderr.strip()

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command of `groat`, in a process of its own."""
        return self._ended([str(GROAT), *command])

    def python(self, code: str) -> str:
        """What code that may use Groat's models prints, in a process of its own."""
        done = self._ended([sys.executable, "-c", f"import django; django.setup(); {code}"])
        assert done.returncode == 0, done.stderr
        return done.stdout

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def end(self) -> None:
        """End all that runs; the next test's log begins empty."""
        for process in self._running:
            if process.poll() is None:
                self.kill(process)
        self._running.clear()
        self._log.unlink(missing_ok=True)

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                [GROAT, *command],
                env=self.env,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a group of its own, to be killed whole
            )
        self._running.append(process)
        return process

    def _ended(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            env=self.env,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@contextmanager
def installed(*, folder: Path, database_url: str) -> Iterator[Installation]:
    installation = Installation(folder=folder, database_url=database_url)
    try:
        yield installation
    finally:
        installation.end()
