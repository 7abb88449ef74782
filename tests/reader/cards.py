"""Cards without plastic: what lies on a virtual reader answers APDUs as a card would."""

from typing import Protocol

NTAG213_ATR = bytes.fromhex("3B8F8001804F0CA0000003060300030000000068")
ISO_DEP_ATR = bytes.fromhex("3B8180018080")


class Card(Protocol):
    """What a virtual reader needs of a card; a simulated chip says the same."""

    atr: bytes
    """Empty for one that does not answer."""

    def transmit(self, apdu: bytes) -> bytes: ...


class UidCard:
    """A card that only says its number, as NTAG213 and MIFARE Classic do for a shop."""

    atr = NTAG213_ATR

    def __init__(self, uid: str) -> None:
        self.uid = bytes.fromhex(uid)

    def transmit(self, apdu: bytes) -> bytes:
        if apdu == bytes.fromhex("FFCA000000"):
            return self.uid + b"\x90\x00"
        return b"\x6a\x81"


class NdefCard:
    """An NFC Forum type 4 tag with one NDEF message; a reader gives its UID too."""

    atr = ISO_DEP_ATR

    def __init__(self, uid: str, message: bytes) -> None:
        self.uid, self.file = bytes.fromhex(uid), len(message).to_bytes(2) + message
        self.selected = ""

    @classmethod
    def with_url(cls, uid: str, url: str) -> "NdefCard":
        payload = b"\x04" + url.removeprefix("https://").encode()
        return cls(uid, bytes([0xD1, 0x01, len(payload)]) + b"U" + payload)

    def transmit(self, apdu: bytes) -> bytes:
        if apdu == bytes.fromhex("FFCA000000"):
            return self.uid + b"\x90\x00"
        if apdu == bytes.fromhex("00A4040007D276000085010100"):
            self.selected = "application"
            return b"\x90\x00"
        if apdu == bytes.fromhex("00A4000C02E104") and self.selected:
            self.selected = "file"
            return b"\x90\x00"
        if apdu[:2] == b"\x00\xb0" and self.selected == "file":
            offset, length = int.from_bytes(apdu[2:4]), apdu[4] or 256
            return self.file[offset : offset + length] + b"\x90\x00"
        return b"\x6a\x82"


class TwoCards:
    """Two at once: the reader sees that something is there, and nothing answers."""

    atr = b""

    def transmit(self, apdu: bytes) -> bytes:
        raise AssertionError("nothing can be sent to two cards at once")
