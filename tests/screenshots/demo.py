"""The demo with what `stage` adds, running, with a mail server beside it."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.screenshots.gallery import CLONE

PATIENCE_SECONDS = 300
"""For one thing that a slow machine takes its time with."""
GROAT = (sys.executable, "-m", "groat.config.command")
STAGE = "from tests.screenshots import stage; stage.tell()"
NOWHERE = "nobody@nowhere.example"
"""To whom the mail server takes no letter."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo: where it is, what its visitor is told, and what was added."""

    url: str
    told: dict[str, Any]
    added: dict[str, Any]
    environment: dict[str, str]

    @property
    def office(self) -> str:
        return f"/office/{self.told['programme']}"

    def login(self, role: str) -> dict[str, str]:
        found: dict[str, str] = next(login for login in self.told["logins"] if login["role"] == role)
        return found

    def card(self, hint: str) -> str:
        """The number of the card of which the demo's tray says this."""
        found: str = next(card["token"] for card in self.told["cards"] if card["hint"] == hint)
        return found

    def till(self, name: str) -> str:
        """The address of a till."""
        found = next(till["id"] for till in self.told["tills"] if till["name"] == name)
        return f"/till/{self.told['programme']}/{found}/"

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        """What an integrator asks."""
        headers = {"Authorization": f"Bearer {self.told['api_key']}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(f"{self.url}/api/v1/{path}", data=data, headers=headers, method=method)) as answer:
            return json.load(answer)

    def work(self) -> None:
        """Do what waits in the background, letters among it."""
        subprocess.run([*GROAT, "worker", "--once"], env=self.environment, cwd=CLONE, check=True, capture_output=True)


class Letterbox:
    """A mail server that takes every letter but those to nobody."""

    async def handle_RCPT(  # noqa: N802 (aiosmtpd calls it so)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address == NOWHERE:
            return "550 Nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (as above)
        return "250 OK"


@contextmanager
def running(var: Path) -> Iterator[Demo]:
    """The demo's data made in `var` unless they are there, what is added to them, and a server on all of it."""
    port, mail_port = free_port(), free_port()
    own = {name: value for name, value in os.environ.items() if not name.startswith("GROAT_")}
    environment = own | {
        "GROAT_VAR": str(var),
        "GROAT_DEMO": "1",
        "GROAT_MAIL_URL": f"smtp://127.0.0.1:{mail_port}?tls=no",
    }
    print("  making the demo's data", flush=True)
    subprocess.run([*GROAT, "demo", "--prepare"], env=environment, cwd=CLONE, check=True)
    mail = Controller(Letterbox(), hostname="127.0.0.1", port=mail_port)
    mail.start()
    server = subprocess.Popen([*GROAT, "serve", "--port", str(port)], env=environment, cwd=CLONE)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_up(url, server)
        yield Demo(url, json.loads((var / "demo.json").read_text()), added(var, environment), environment)
    finally:
        mail.stop()
        server.terminate()
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()


def added(var: Path, environment: dict[str, str]) -> dict[str, Any]:
    """What the stage has beside the demo; set up once in `var`."""
    kept = var / "stage.json"
    if not kept.exists():
        asked = [*GROAT, "shell", "--verbosity", "0", "--command", STAGE]
        kept.write_bytes(subprocess.run(asked, env=environment, cwd=CLONE, check=True, stdout=subprocess.PIPE).stdout)
    told: dict[str, Any] = json.loads(kept.read_text())
    return told


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_up(url: str, server: "subprocess.Popen[bytes]") -> None:
    patience = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with urlopen(f"{url}/health", timeout=PATIENCE_SECONDS):
                return
        except (URLError, OSError):
            if server.poll() is not None or time.monotonic() > patience:
                sys.exit("The server did not start: its reason stands above.")
            time.sleep(0.2)
