"""What a card says of itself: the token that a reader presents. Talks to the card, and to nothing else."""

import re
from collections.abc import Callable

Transmit = Callable[[bytes], bytes]
"""Sends an APDU to the card; gives its answer with the two bytes of status at the end."""

GET_UID = bytes.fromhex("FFCA000000")
SELECT_NDEF = bytes.fromhex("00A4040007D276000085010100")
SELECT_FILE = bytes.fromhex("00A4000C02E104")
CHIP_URL = re.compile(r"^https?://\S+[?&]p=[0-9A-Fa-f]{32}&m=[0-9A-Fa-f]{16}$")
# The start of a URI record's text, by its first byte (NFC Forum, URI Record Type Definition).
SCHEMES = {0: "", 1: "http://www.", 2: "https://www.", 3: "http://", 4: "https://"}
LONGEST_FILE = 1024
CHUNK = 0xF0  # ISO-DEP readers take it whole, and the frame of a PN532 still holds it
# PC/SC part 3: a card without a processor has this in its ATR, with the kind of card behind it.
STORAGE_CARD = bytes.fromhex("804F0CA000000306")


class Unreadable(Exception):
    """The card does not say who it is: held too shortly, or no card for this reader."""


def read_token(transmit: Transmit, *, atr: bytes) -> str:
    """The URL that a chip wrote for this very tap, or else the card's UID in hex.

    Raises Unreadable.
    """
    if STORAGE_CARD not in atr:
        url = uri_of(_ndef_message(transmit))
        if url and CHIP_URL.match(url):
            return url
    return read_uid(transmit)


def read_uid(transmit: Transmit) -> str:
    """The card's UID in upper-case hex, random ones too: whether it is taken, the server says. Raises Unreadable."""
    answer = transmit(GET_UID)
    if answer[-2:] != b"\x90\x00" or not 4 <= len(answer) - 2 <= 10:
        raise Unreadable
    return answer[:-2].hex().upper()


def _ndef_message(transmit: Transmit) -> bytes:
    """The content of an NFC Forum type 4 tag's NDEF file, or nothing if it has none."""
    for command in (SELECT_NDEF, SELECT_FILE):
        if transmit(command)[-2:] != b"\x90\x00":
            return b""
    length = int.from_bytes(_read(transmit, 0, 2))
    if not 0 < length <= LONGEST_FILE:
        return b""
    message = b""
    while len(message) < length:
        part = _read(transmit, 2 + len(message), min(CHUNK, length - len(message)))
        if not part:
            return b""
        message += part
    return message[:length]


def _read(transmit: Transmit, offset: int, length: int) -> bytes:
    answer = transmit(b"\x00\xb0" + offset.to_bytes(2) + bytes([length]))
    return answer[:-2] if answer[-2:] == b"\x90\x00" else b""


def uri_of(message: bytes) -> str | None:
    """The address in the first record of an NDEF message, if it is a URI record."""
    if len(message) < 3:
        return None
    header, type_length = message[0], message[1]
    short, has_id = header & 0x10, header & 0x08
    size = 1 if short else 4
    payload_length = int.from_bytes(message[2 : 2 + size])
    at = 2 + size
    id_length = message[at] if has_id and at < len(message) else 0
    at += 1 if has_id else 0
    record_type = message[at : at + type_length]
    payload = message[at + type_length + id_length :][:payload_length]
    if header & 0x07 != 1 or record_type != b"U" or len(payload) != payload_length or payload[:1] not in _PREFIXES:
        return None
    try:
        return SCHEMES[payload[0]] + payload[1:].decode()
    except UnicodeDecodeError:
        return None


_PREFIXES = [bytes([code]) for code in SCHEMES]


def last_four(token: str) -> str:
    """What of a token may stand in a log."""
    return "…" + token[-4:]
