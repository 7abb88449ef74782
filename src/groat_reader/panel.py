"""Puts what the desk says onto the reader: text, light and sound."""

import logging

from groat_reader import pcsc
from groat_reader.desk import Face
from groat_reader.devices import Device

log = logging.getLogger(__name__)


class Panel:
    """The display, lights and buzzer of the reader in use. A reader that cannot show is no reason to stop."""

    def __init__(self) -> None:
        self._service: pcsc.Service | None = None
        self._name: str | None = None
        self._device: Device | None = None
        self._shown: Face | None = None
        self._opened = self._complained = False

    def use(self, name: str | None, device: Device | None) -> None:
        """Show on this reader from now on; None is none."""
        self._name, self._device, self._shown = name, device, None
        self._opened = self._complained = False

    def show(self, face: Face, *, card: bool) -> bool:
        """Show this, unless it is shown already; True if a reader is there. If not, try again later."""
        if self._device is None:
            return False
        before = self._shown
        if face == before:
            return True
        text = self._device.showing(face.lines) if not before or face.lines != before.lines else []
        lights_too = not before or (face.signal, face.turn) != (before.signal, before.turn)
        signal = self._device.signalling(face.signal) if lights_too else []
        opening = [] if self._opened else self._device.opening()
        # The text before the lights: it says more, and a buzzer may hold the reader up.
        self._opened = self._send([*opening, *text, *signal], card=card)
        self._shown = face if self._opened else None
        return self._opened

    def close(self, face: Face) -> None:
        """Show a last thing and leave the reader as it was found."""
        if self._device:
            self.show(face, card=False)
            self._send(self._device.closing(), card=False)
        if self._service:
            self._service.close()

    def _send(self, commands: list[bytes], *, card: bool) -> bool:
        """Send commands to the reader; False if it was not there."""
        if not commands or not self._name:
            return True
        try:
            self._service = self._service or pcsc.Service()
            try:
                self._service.escape(self._name, commands)
            except pcsc.NoEscape:
                self._complain()
                if card:
                    self._service.escape_by_card(self._name, commands)
        except pcsc.NoService:
            self._service = None
            return False
        except pcsc.NoReader:
            return False
        except (pcsc.CardGone, pcsc.CardMute):
            return True
        return True

    def _complain(self) -> None:
        if not self._complained:
            self._complained = True
            log.warning(
                "The driver of this reader does not pass commands for its display and lights: see docs/readers.md."
            )
