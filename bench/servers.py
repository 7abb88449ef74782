"""Groat itself, started as an operator starts it, and what its processes take."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

CLONE = Path(__file__).resolve().parent.parent
GROAT = Path(sys.executable).with_name("groat")
START_SECONDS = 120
STOP_SECONDS = 30


class DidNotStart(Exception):
    """The server ended or stayed silent; carries what it said."""


class DiedUnderLoad(Exception):
    """The server's processes are not those that were started."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What all processes on one database share: its URL, and keys known to nobody else."""

    url: str
    var: Path
    secret_key: str
    token_key: str

    @classmethod
    def new(cls, *, url: str, var: Path) -> "Installation":
        return cls(url, var, secrets.token_urlsafe(48), secrets.token_hex(32))

    def at(self, url: str) -> "Installation":
        """The same on a copy of the database."""
        return Installation(url, self.var, self.secret_key, self.token_key)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GROAT_")}
        return kept | {
            "DJANGO_SETTINGS_MODULE": "groat.config.settings",
            "GROAT_DATABASE_URL": self.url,
            "GROAT_VAR": str(self.var),
            "GROAT_SECRET_KEY": self.secret_key,
            "GROAT_TOKEN_KEY": self.token_key,
        }


@dataclass(frozen=True, slots=True)
class Server:
    """A running server on 127.0.0.1."""

    pid: int
    port: int
    workers: int
    log: Path

    def said(self) -> str:
        """The end of what it wrote, for whoever must find out what went wrong."""
        return self.log.read_text(errors="replace")[-2000:]

    def processes(self) -> list[int]:
        """The processes that answer: the children that the server started for it."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [int(child) for child in children if _is_worker(int(child))]

    def check(self, workers: list[int]) -> None:
        """`DiedUnderLoad` unless the same processes still answer."""
        if self.processes() != workers:
            raise DiedUnderLoad(f"processes {workers} answered at first, now {self.processes()}")

    def processor_seconds(self) -> float:
        """What its processes have used of processors so far."""
        return sum(_processor_seconds(child) for child in self.processes())

    def most_memory_mb(self) -> float:
        """The most that any one of its processes ever had in memory, in MB of 1,000,000 bytes."""
        return max(_most_resident_bytes(child) for child in self.processes()) / 1e6


def _is_worker(pid: int) -> bool:
    # multiprocessing's resource tracker answers nothing.
    return b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()


def _processor_seconds(pid: int) -> float:
    # The fields after the name, which may hold anything: utime and stime are the 14th and 15th of all.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _most_resident_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


@contextmanager
def server(installation: Installation, *, workers: int) -> Iterator[Server]:
    """Run `groat serve` until the block is left, and end it and all its processes then."""
    port = free_port()
    log = installation.var / f"server-{port}.log"
    with log.open("wb") as out:
        process = start(
            [GROAT, "serve", "--port", str(port), "--workers", str(workers)], installation.environment, out=out
        )
        try:
            _wait(port, process, log)
            running = Server(process.pid, port, workers, log)
            _wait_for_workers(running)
            yield running
        finally:
            stop(process)


def start(command: list[str | Path], environment: dict[str, str], *, out: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a process in a group of its own: Ctrl-C is for the bench, which ends what it started."""
    return subprocess.Popen(
        command,
        cwd=CLONE,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.STDOUT,
        process_group=0,
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that `start` started, with all its children."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                return
        except urllib.error.HTTPError as error:
            raise DidNotStart(f"/health answers {error.code}\n{log.read_text(errors='replace')}") from error
        except OSError:
            time.sleep(0.05)
    raise DidNotStart(log.read_text(errors="replace"))


def _wait_for_workers(running: Server) -> None:
    """All of them listen: one that comes late would begin in the middle of a run."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if len(running.processes()) == running.workers:
            # They listen a moment after they are there, and the kernel deals connections out to those that do.
            time.sleep(1.0 if running.workers > 1 else 0.0)
            return
        time.sleep(0.05)
    raise DidNotStart(f"{running.workers} processes were asked for, there are {running.processes()}")
