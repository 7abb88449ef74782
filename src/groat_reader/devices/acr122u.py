"""ACS ACR122U: a two-coloured light and a buzzer (ACS, ACR122U Application Programming Interface V2.04)."""

from groat_reader.devices.generic import Device, Signal

# FF 00 40 <lights> 04 <on, 100 ms> <off, 100 ms> <times> <buzzer sounds while on>. Of the lights, bits 0
# and 1 are the red and the green one in the end, bits 2 and 3 say that they change.
NEITHER, RED, GREEN, BOTH = 0x0C, 0x0D, 0x0E, 0x0F
SILENT, ONE_BEEP, TWO_LONG = bytes([0, 0, 0, 0]), bytes([1, 0, 1, 1]), bytes([3, 1, 2, 1])
SIGNALS = {
    Signal.READY: (NEITHER, SILENT),
    Signal.WAITING: (BOTH, SILENT),  # red and green together look orange
    Signal.ASKING: (BOTH, SILENT),
    Signal.GOOD: (GREEN, ONE_BEEP),
    Signal.BAD: (RED, TWO_LONG),
}
NO_BEEP_FOR_A_CARD = bytes.fromhex("FF00520000")
BEEP_FOR_A_CARD = bytes.fromhex("FF0052FF00")


class Acr122u(Device):
    """Green and one beep is good, red and two long beeps is not; orange waits."""

    label = "ACS ACR122U"

    @classmethod
    def knows(cls, name: str) -> bool:
        return "ACR122U" in name

    def opening(self) -> list[bytes]:
        # By itself it beeps when a card is there, which people take for "paid".
        return [NO_BEEP_FOR_A_CARD]

    def signalling(self, signal: Signal) -> list[bytes]:
        lights, sound = SIGNALS[signal]
        return [bytes([0xFF, 0x00, 0x40, lights, 0x04]) + sound]

    def closing(self) -> list[bytes]:
        return [*self.signalling(Signal.READY), BEEP_FOR_A_CARD]
