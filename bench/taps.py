"""From the tap to the display: a card is laid on a reader, and its display says that it has paid.

All of the way is real (pcscd, pyscard, the reader's program, HTTP, the payment, its commit), only the reader at the
end of the cable is made of software: `tests/reader/rig.py`. Meanwhile other tills pay as fast as they are answered.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from importlib.util import find_spec
from pathlib import Path

from bench import runs
from bench.merchants import Merchant
from bench.places import Place
from bench.servers import CLONE, Server
from tests.reader.cards import UidCard
from tests.reader.rig import Pcscd, Reader, build

BUSY_TILLS = 16
NAME = "ACS ACR1222 3S PICC Reader"
_INVITE = """
import secrets
from groat.programmes.deeds import SYSTEM, Deed
from groat.programmes.models import Till
from groat.readers import actions
till = Till.objects.get(pk=Till.key_of({till!r}))
print(actions.invite(till=till, random=secrets.token_bytes(8), deed=Deed.at_once(SYSTEM))[1])
"""


class CannotTap(Exception):
    """The way from a reader to the server could not be set up."""


@dataclass(frozen=True, slots=True)
class Taps:
    """Milliseconds from laying a card down to reading the outcome."""

    busy_tills: int
    taps: int
    p50_ms: float
    p99_ms: float

    def describe(self) -> str:
        return f"{self.taps} taps on a reader, to its display, {self.busy_tills} tills busy"


def can_be_measured() -> bool:
    """Whether this machine has what a reader needs: pcscd, pyscard, and a compiler for the reader made of software."""
    return (
        shutil.which("pcscd", path=f"{os.environ['PATH']}:/usr/sbin") is not None
        and find_spec("smartcard") is not None
        and shutil.which("gcc") is not None
    )


def measure(place: Place, server: Server, *, seconds: float, busy_tills: int = BUSY_TILLS) -> Taps:
    """Tap for so long at a merchant of its own, while tills of the first one are busy. Raises what a run raises."""
    busy = Place(place.installation, place.merchants[:1])
    scenario, timing = runs.Scenario("payments", busy_tills, 1), runs.Timing(1, seconds)
    with _reader(place, server, place.merchants[1]) as display, ThreadPoolExecutor(1) as pool:
        load = pool.submit(runs.run, busy, server, scenario, timing)
        time.sleep(1.5)
        # What is tapped while the load is being checked is of a quiet server.
        until = time.monotonic() + seconds - 1
        taken: list[float] = []
        while time.monotonic() < until and not load.done():
            taken.append(_tap(display, place.merchants[1], server, len(taken)))
        load.result()
    taken.sort()
    return Taps(busy_tills, len(taken), _at(taken, 0.50), _at(taken, 0.99))


def _at(times: list[float], share: float) -> float:
    return round(times[min(len(times) - 1, int(len(times) * share))] * 1000, 1)


def _tap(display: Reader, merchant: Merchant, server: Server, number: int) -> float:
    """Seconds from a card on the reader to its display, for a basket that waits."""
    # Amounts differ, so that a display of the tap before is not taken for this one's.
    amount = 100 + number % 50
    _open(merchant, server, amount)
    display.wait_until(lambda: display.screen()[1].endswith(f"1.{number % 50:02}"), "the amount before the tap")
    tokens = list(merchant.wallets.values())
    seen = threading.Event()
    at = 0.0

    def read() -> None:
        nonlocal at
        display.wait_until(lambda: display.screen()[0] == f"Paid 1.{number % 50:02}", "the outcome")
        at = time.perf_counter()
        seen.set()

    reading = threading.Thread(target=read)
    reading.start()
    laid = time.perf_counter()
    display.lay(UidCard(tokens[number % len(tokens)]))
    reading.join()
    if not seen.is_set():
        raise CannotTap(f"the display says {display.screen()}")
    display.take_away()
    return at - laid


def _open(merchant: Merchant, server: Server, amount_minor: int) -> None:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request(
            "POST",
            "/api/v1/checkouts",
            json.dumps({"till": merchant.tills[-1], "amount_minor": amount_minor}),
            {"Authorization": f"Bearer {merchant.secret}", "Content-Type": "application/json"},
        )
        answer = connection.getresponse()
        if answer.status != 201:
            raise CannotTap(f"{answer.status}: {answer.read()[:300]!r}")
        answer.read()
    finally:
        connection.close()


@contextmanager
def _reader(place: Place, server: Server, merchant: Merchant) -> Iterator[Reader]:
    """A reader's program that runs beside the last till of the merchant; its display."""
    code = _INVITE.format(till=merchant.tills[-1])
    invited = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); exec({code!r})"],
        cwd=CLONE,
        env=place.installation.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if invited.returncode != 0:
        raise CannotTap(invited.stderr)
    # The path of a Unix socket has room for a hundred characters.
    with tempfile.TemporaryDirectory(prefix="groat-taps-") as name:
        folder = Path(name)
        display = Reader(NAME, folder=folder, channel=1, slots=2)
        pcscd = Pcscd(folder=folder, library=build(folder), readers=[display])
        display.plug_in()
        pcscd.start()
        program = [sys.executable, "-m", "groat_reader", "--config", str(folder / "reader.json")]
        try:
            pair = [*program, "--server", f"http://127.0.0.1:{server.port}", "--pair", invited.stdout.strip()]
            paired = subprocess.run(
                pair, cwd=CLONE, env=pcscd.environment, capture_output=True, text=True, check=False, timeout=60
            )
            if paired.returncode != 0:
                raise CannotTap(paired.stderr)
            running = subprocess.Popen(
                program, cwd=CLONE, env=pcscd.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            try:
                yield display
            finally:
                running.terminate()
                running.wait(30)
        finally:
            pcscd.stop()
            display.discard()
