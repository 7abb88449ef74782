"""A real server on a port of its own, for tests that call it from outside."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

GROAT = Path(sys.executable).with_name("groat")
STARTS_WITHIN_SECONDS = 180


def environment(*, var: Path, database_url: str, **more: str) -> dict[str, str]:
    """What a process of its own is told: the tests' settings, a folder and a database."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": str(Path(__file__).parent.parent),
        "GROAT_VAR": str(var),
        "GROAT_DATABASE_URL": database_url,
        **more,
    }


@contextmanager
def serving(env: Mapping[str, str], *, log: Path) -> Iterator[str]:
    """Serve on loopback until the block ends; gives the server's address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with log.open("wb") as out:
        # A group of its own: Ctrl-C is for the tests; the server is stopped here, after them.
        server = subprocess.Popen(
            [GROAT, "serve", "--port", str(port)], env=env, stdout=out, stderr=out, process_group=0
        )
    try:
        _wait_for(address, server, log)
        yield address
    finally:
        server.terminate()
        server.wait(30)


def free_port() -> int:
    """A port of this machine on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            with urlopen(f"{address}/api/openapi.json", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{log.read_text(errors='replace')}")
