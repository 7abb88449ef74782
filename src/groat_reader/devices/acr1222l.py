"""ACS ACR1222L: a display of 2 × 16 characters, four lights and a buzzer (ACS, ACR1222L API V2.01)."""

import re
from collections.abc import Sequence

from groat_reader import lcd
from groat_reader.devices.generic import Device, Signal

ROWS, COLUMNS = 2, 16
ADDRESSES = (0x00, 0x40)  # where each row begins in the display's memory
BACKLIGHT_ON, BACKLIGHT_OFF = bytes.fromhex("FF0064FF00"), bytes.fromhex("FF00640000")
CLEAR = bytes.fromhex("FF00600000")
NO_LIGHT, GREEN, BLUE, ORANGE, RED = 0x00, 0x01, 0x02, 0x04, 0x08
# By the colour of the light, and how long the buzzer sounds, in units of 10 ms.
SIGNALS = {
    Signal.READY: (NO_LIGHT, 0),
    Signal.WAITING: (BLUE, 0),
    Signal.ASKING: (ORANGE, 0),
    Signal.GOOD: (GREEN, 10),
    Signal.BAD: (RED, 70),
}
# It enumerates as several readers, and only the first has the aerial; the others hold security modules. Its
# names end in "00 00" … "00 03" with pcscd, in "(1)" … "(4)" on macOS, and say PICC or SAM on Windows.
FURTHER_SLOT = re.compile(r"SAM \d+$|\(([2-9])\)$| [0-9A-F]{2} 0[1-9A-F]$")


class Acr1222l(Device):
    """What is to pay before the tap and how it went after it; blue waits, orange asks, green is good, red is not."""

    label = "ACS ACR1222L"

    @classmethod
    def knows(cls, name: str) -> bool:
        return "ACR1222" in name

    @classmethod
    def fitness(cls, name: str) -> int:
        return 0 if FURTHER_SLOT.search(name) else 1

    def opening(self) -> list[bytes]:
        return [BACKLIGHT_ON, CLEAR]

    def showing(self, lines: Sequence[str]) -> list[bytes]:
        # Each row is written over its whole width, so that nothing has to be cleared before, which flickers.
        rows = lcd.layout(lines, columns=COLUMNS, rows=ROWS)
        return [
            bytes([0xFF, 0x00, 0x68, address, COLUMNS]) + row.encode("ascii")
            for address, row in zip(ADDRESSES, rows, strict=True)
        ]

    def signalling(self, signal: Signal) -> list[bytes]:
        light, sound = SIGNALS[signal]
        buzzer = [bytes([0xE0, 0x00, 0x00, 0x28, 0x01, sound])] if sound else []
        return [bytes([0xFF, 0x00, 0x44, light, 0x00]), *buzzer]

    def closing(self) -> list[bytes]:
        return [*self.signalling(Signal.READY), BACKLIGHT_OFF]
