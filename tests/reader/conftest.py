"""The rig: pcscd with virtual readers, the program as a process of its own, a till that answers it."""

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.reader import system
from tests.reader.rig import Pcscd, Reader, build
from tests.reader.till import TOKEN, Till, until

ACR1222L = "ACS ACR1222 3S PICC Reader"
ACR122U = "ACS ACR122U PICC Interface"


@dataclass
class Program:
    """A `groat-reader` that runs."""

    process: subprocess.Popen[str]
    log: Path

    def said(self) -> str:
        return self.log.read_text()

    def wait_until_it_said(self, words: str) -> None:
        until(lambda: words in self.said(), f"{words} is not in {self.said()}")

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)


@dataclass
class Rig:
    """What a test has to play with."""

    folder: Path
    pcscd: Pcscd
    display: Reader
    """An ACR1222L."""
    lights: Reader
    """An ACR122U."""
    till: Till
    programs: list[Program] = field(default_factory=list)
    """Those that were started."""

    @property
    def config(self) -> Path:
        return self.folder / "config" / "reader.json"

    @property
    def note(self) -> Path:
        """Where the program notes that an answer is outstanding."""
        return self.folder / "config" / "reader.unanswered.json"

    def start(self) -> Program:
        """Start the program; it is paired."""
        if not self.config.exists():
            self.keep_a_pairing()
        return self.begin("--verbose")

    def begin(self, *arguments: str) -> Program:
        """Start the program with these arguments, and do not wait for its end."""
        log = self.folder / f"log{len(self.programs)}"
        with log.open("w") as out:
            process = subprocess.Popen(
                self.command(*arguments), env=self.pcscd.environment, stdout=out, stderr=out, text=True
            )
        self.programs.append(Program(process, log))
        return self.programs[-1]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the program to its end."""
        return subprocess.run(
            self.command(*arguments),
            env=self.pcscd.environment,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "groat_reader", "--config", str(self.config), *arguments]

    def keep_a_pairing(self) -> None:
        """As if it had been paired before."""
        self.config.parent.mkdir(exist_ok=True)
        kept = {"token": TOKEN, "reader": "r1", "programme": "Řeka", "till": "Bar", "language": "cs"}
        self.config.write_text(json.dumps({"server": self.till.address, **kept}))


@pytest.fixture(scope="session")
def handler(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The handler that pcscd loads in place of a USB driver; where there is no pcscd, its tests are skipped."""
    if not system.is_there():
        pytest.skip(system.MISSING)
    return build(tmp_path_factory.mktemp("handler"))


@pytest.fixture
def rig(handler: Path) -> Iterator[Rig]:
    """An ACR1222L, and a till that answers."""
    with _rig(handler, plugged={ACR1222L}) as made:
        yield made


@pytest.fixture
def rig_with_lights(handler: Path) -> Iterator[Rig]:
    """An ACR122U in place of the ACR1222L."""
    with _rig(handler, plugged={ACR122U}) as made:
        yield made


@contextmanager
def _rig(handler: Path, *, plugged: set[str]) -> Iterator[Rig]:
    # Not pytest's folder: the path of a Unix socket has room for a hundred characters.
    with tempfile.TemporaryDirectory(prefix="groat-rig-") as name:
        folder = Path(name)
        display = Reader(ACR1222L, folder=folder, channel=1, slots=2)
        lights = Reader(ACR122U, folder=folder, channel=2)
        pcscd = Pcscd(folder=folder, library=handler, readers=[display, lights])
        till = Till()
        made = Rig(folder, pcscd, display, lights, till)
        for reader in (display, lights):
            if reader.name in plugged:
                reader.plug_in()
        pcscd.start()
        till.start()
        try:
            yield made
        finally:
            for program in made.programs:
                program.process.kill()
                program.process.wait()
                print(program.said())  # pytest shows it with a failure
            till.stop()
            pcscd.stop()
            display.discard()
            lights.discard()
