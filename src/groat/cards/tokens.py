"""What readers read. A token is what arrives as text: a card's number, what its chip wrote at a tap, a printed code."""

import hashlib
import hmac
import re

from groat.cards.rules import InvalidToken, RandomToken
from groat.ledger.core.values import value

LONGEST = 300
"""Characters of a token."""
TAP = re.compile(r"https?://[!-~]{3,250}[?&]p=([0-9A-Fa-f]{32})&m=([0-9A-Fa-f]{16})", re.ASCII)
"""The address that a chip of ours writes: `p` its encrypted number and counter, `m` the proof (see `chips`)."""
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Of codes that people carry: without signs that look alike."""
CODE_SIGNS = 16
_CODE = re.compile(
    rf"(?:https?://[!-~]{{3,250}}/)?([{ALPHABET}]{{4}}(?:-?[{ALPHABET}]{{4}}){{3}})", re.IGNORECASE | re.ASCII
)
"""Sixteen signs, which is as many as no number of a card has; alone, or at the end of an address."""
_HEX = re.compile(r"[0-9A-Fa-f]{2}([ :.-]?[0-9A-Fa-f]{2})*")
_DECIMAL = re.compile(r"\d{10}", re.ASCII)
_LENGTHS = (4, 7, 10)
"""Of a UID in bytes: single, double and triple size (ISO/IEC 14443-3)."""
_SEPARATORS = str.maketrans("", "", " :.-")
_RANDOM = 0x08
"""With which a 4-byte UID begins that is made anew at each tap (ISO/IEC 14443-3)."""


@value(frozen=True, slots=True)
class Written:
    """What a chip wrote at a tap."""

    picc_data: bytes
    mac: bytes


def read(text: str) -> bytes | Written | str:
    """A card's number, what its chip wrote, or (as plain signs) a printed code.

    Raises InvalidToken, and RandomToken for a number that the next tap would change.
    """
    if "?" not in text:
        code = _CODE.fullmatch(text.strip()) if len(text) <= LONGEST else None
        return code[1].upper().replace("-", "") if code else uid(text)
    tap = TAP.fullmatch(text.strip())
    if tap is None:
        raise InvalidToken
    return Written(bytes.fromhex(tap[1]), bytes.fromhex(tap[2]))


def uid(text: str) -> bytes:
    """A card's number from what a reader sent: hexadecimal, or the ten decimal digits of keyboard readers.

    Raises InvalidToken, and RandomToken for a number that the next tap would change.
    """
    text = text.strip()
    if len(text) > 40:
        raise InvalidToken
    # Ten digits would be five bytes of hexadecimal, which no card has: the two cannot be confused.
    if _DECIMAL.fullmatch(text):
        number = int(text)
        if number >= 1 << 32:
            raise InvalidToken
        found = number.to_bytes(4, "big")
    elif _HEX.fullmatch(text):
        found = bytes.fromhex(text.translate(_SEPARATORS))
    else:
        raise InvalidToken
    if len(found) not in _LENGTHS or not any(found):
        raise InvalidToken
    if len(found) == 4 and found[0] == _RANDOM:
        raise RandomToken
    return found


def hash_of(*, programme_id: int, uid: bytes, key: bytes) -> bytes:
    """HMAC-SHA256 over programme and number: the same chip is another one in another programme."""
    return hmac.digest(key, b"groat card uid" + programme_id.to_bytes(8, "big") + uid, hashlib.sha256)


def drawn(random: bytes) -> str:
    """A code from sixteen random bytes: 80 bits, in groups of four."""
    signs = "".join(ALPHABET[byte % len(ALPHABET)] for byte in random[:CODE_SIGNS])
    return "-".join(signs[at : at + 4] for at in range(0, CODE_SIGNS, 4))


def hash_of_code(*, programme_id: int, code: str, key: bytes) -> bytes:
    """HMAC-SHA256 over programme and code, as `read` gives it."""
    return hmac.digest(key, b"groat card code" + programme_id.to_bytes(8, "big") + code.encode(), hashlib.sha256)


def last_four(uid: bytes) -> str:
    """The last four hexadecimal digits, which people may see."""
    return uid.hex().upper()[-4:]
