"""Real PC/SC without hardware: pcscd, with a handler that talks to these readers instead of to USB."""

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tests.reader.cards import Card

HANDLER = Path(__file__).with_name("ifd_groat.c")
PATIENCE_SECONDS = 10.0
# Becomes pcscd with a socket that is open already, as systemd hands it over: then it leaves the machine's own alone.
HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
"""


def build(folder: Path) -> Path:
    """Compile the handler."""
    library = folder / "libifd_groat.so"
    asked = ["pkg-config", "--cflags", "libpcsclite"]
    flags = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
    warnings = ["-Wall", "-Wextra", "-Werror"]
    command = ["gcc", "-shared", "-fPIC", *warnings, *flags, "-o", str(library), str(HANDLER), "-lpthread"]
    subprocess.run(command, check=True)
    return library


class Reader:
    """A virtual reader. Lay cards on it, take them away, read back what it was told to show."""

    def __init__(self, name: str, *, folder: Path, channel: int, slots: int = 1) -> None:
        self.name, self.channel, self.slots = name, channel, slots
        self.path = folder / f"reader{channel}.sock"
        self.commands: list[bytes] = []
        """The escape commands that it got, oldest first."""
        self.apdus: list[bytes] = []
        """What was sent to the cards that lay on it."""
        self.escapes = True
        """Does the driver pass commands to it?"""
        self._card: Card | None = None
        self._changed = threading.Condition()
        self._plugged = False
        self._noticed = False
        """Has pcscd looked since the last card was laid down or taken away?"""
        self._connections: list[socket.socket] = []
        self._wakes: list[socket.socket] = []
        # There from the start: pcscd refuses a configuration whose device does not exist.
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listening.bind(str(self.path))
        self._listening.listen()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    # What a person does.

    def lay(self, card: Card) -> None:
        """Lay a card on the reader; returns when the reader has noticed it."""
        self._put(card)

    def take_away(self) -> None:
        """Take the card away; returns when the reader has noticed it."""
        self._put(None)

    def _put(self, card: Card | None) -> None:
        with self._changed:
            self._card, self._noticed = card, False
            for wake in self._wakes:
                wake.sendall(b"!")
            assert not self._wakes or self._changed.wait_for(lambda: self._noticed, PATIENCE_SECONDS)
        # Nobody changes cards in no time, and not only the thread that waits for cards looks for them.
        time.sleep(0.03)

    def plug_in(self) -> None:
        """Be there. A reader that is not there when pcscd starts is not known to it until it starts again."""
        self._plugged = True

    def unplug(self) -> None:
        """Be gone."""
        with self._changed:
            self._plugged = False
            gone, self._connections = self._connections, []
        for connection in gone:
            connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def discard(self) -> None:
        """End for good."""
        self.unplug()
        # Before the socket is closed: its number is given to another, on which the thread would go on accepting.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listening.close()

    # What a person sees.

    def screen(self) -> tuple[str, str]:
        """What stands on the display of an ACR1222L."""
        return (self.screens() or [("", "")])[-1]

    def screens(self) -> list[tuple[str, str]]:
        """What has stood there, one after the other."""
        seen = list[tuple[str, str]]()
        upper = ""
        for command in list(self.commands):
            if command[:3] == b"\xff\x00\x60":
                seen.append(("", ""))
            elif command[:3] == b"\xff\x00\x68":
                row = command[5 : 5 + command[4]].decode("ascii").rstrip()
                if command[3] == 0x00:
                    upper = row
                else:
                    seen.append((upper, row))
        return seen

    def wait_until(self, true: Callable[[], bool], what: object = "") -> None:
        """Wait until it has been told something that makes this true."""
        with self._changed:
            arrived = self._changed.wait_for(true, PATIENCE_SECONDS)
        assert arrived, f"{what}: the display says {self.screen()}, the last commands are {self.commands[-6:]}"

    def wait_for_screen(self, *lines: str) -> None:
        self.wait_until(lambda: self.screen() == lines, f"waited for {lines}")

    def wait_until_it_showed(self, *lines: str) -> None:
        """As wait_for_screen, and it may have made room for something else since."""
        self.wait_until(lambda: lines in self.screens(), f"waited for {lines}")

    # What pcscd asks.

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            if not self._plugged:
                connection.close()
                continue
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with self._changed:
            self._connections.append(connection)
        try:
            if connection.recv(1) == b"W":
                with self._changed:
                    self._wakes.append(connection)
                connection.recv(1)  # until pcscd is gone, or the reader
                with self._changed:
                    self._wakes.remove(connection)
                return
            stream = connection.makefile("rb")
            while head := stream.read(6):
                what, slot, length = head[:1], head[1], int.from_bytes(head[2:])
                kind, content = self._answer(what, slot, stream.read(length))
                connection.sendall(kind + bytes([slot]) + len(content).to_bytes(4) + content)
        except OSError:
            return

    def _answer(self, what: bytes, slot: int, content: bytes) -> tuple[bytes, bytes]:
        with self._changed:
            card = self._card if slot == 0 else None
            if what == b"p" and slot == 0:
                self._noticed = True
                self._changed.notify_all()
        match what:
            case b"s":
                return b"s", bytes([self.slots])
            case b"p":
                return (b"y" if card else b"n"), b""
            case b"d":
                return b"y", b""
            case b"u":
                return (b"a", card.atr) if card and card.atr else (b"m", b"")
            case b"t" if card and content[:1] == b"\xff" and content[1:2] != b"\xca":
                return self._told(content)
            case b"t" if card:
                self.apdus.append(content)
                return b"r", card.transmit(content)
            case b"e" if self.escapes:
                return self._told(content[4:])
        return b"m", b""

    def _told(self, command: bytes) -> tuple[bytes, bytes]:
        with self._changed:
            self.commands.append(command)
            self._changed.notify_all()
        return b"r", b"\x90\x00"


class Pcscd:
    """A pcscd of our own, on a socket of its own, with these readers."""

    def __init__(self, *, folder: Path, library: Path, readers: list[Reader]) -> None:
        self.socket_path = folder / "pcscd.comm"
        self._folder = folder / "readers"
        self._folder.mkdir()
        for reader in readers:
            (self._folder / f"reader{reader.channel}.conf").write_text(
                f'FRIENDLYNAME "{reader.name}"\nDEVICENAME {reader.path}\nLIBPATH {library}\n'
                f"CHANNELID {reader.channel}\n"
            )
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """With this, libpcsclite finds it."""
        return {**os.environ, "PCSCLITE_CSOCK_NAME": str(self.socket_path)}

    def start(self) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
            listening.bind(str(self.socket_path))
            listening.listen(64)
            pcscd = shutil.which("pcscd", path=f"{os.environ['PATH']}:/usr/sbin") or "pcscd"
            options = ["--foreground", "--critical", "--config", str(self._folder)]
            if b"--disable-polkit" in subprocess.run([pcscd, "--help"], capture_output=True, check=False).stdout:
                options.append("--disable-polkit")
            handed = [sys.executable, "-IS", "-c", HAND_OVER, str(listening.fileno()), pcscd, *options]
            self._process = subprocess.Popen(handed, pass_fds=[listening.fileno()])

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(PATIENCE_SECONDS)
            self.socket_path.unlink(missing_ok=True)
            self._process = None
