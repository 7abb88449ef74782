"""Chips that prove who they are: NTAG 424 DNA with secure unique NFC messages (SUN, SDM). Pure.

At each tap the chip writes into its address who it is and how often it was read (`picc_data`,
encrypted) and a code over both (`mac`), by keys that only it and the server have. The sources of
the formulas are NXP's data sheet NT4H2421Gx (rev. 3.0), its application note AN12196 (rev. 2.0) on
this chip, and AN10922 (rev. 2.2) on keys made for each chip.
"""

import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

KEY_BYTES = 16
UID_BYTES = 7
MAC_BYTES = 8
APPLICATION = bytes.fromhex("D2760000850101")
"""The name of the one application on the chip: NFC Forum's type 4 tag (NT4H2421Gx, 8.2.1)."""
META_KEY, FILE_KEY = 1, 2
"""Which of the chip's five keys (0 to 4) hides number and counter, and which proves them. Key 0 changes the chip."""

_SYSTEM = b"groat"
_UID_AND_COUNTER = 0xC7
"""The tag of a picc_data with a seven-byte UID and the counter (NT4H2421Gx, table 21)."""
_SESSION = bytes.fromhex("3CC300010080")
_NO_IV = bytes(16)


class NotAuthentic(ValueError):
    """What was presented was not written by a chip with these keys."""


@dataclass(frozen=True, slots=True)
class Tap:
    """What a chip says of itself: its number, and how often it has been read (24 bits)."""

    uid: bytes
    counter: int

    def __post_init__(self) -> None:
        if len(self.uid) != UID_BYTES or not 0 <= self.counter < 1 << 24:
            raise ValueError("a tap has a UID of seven bytes and a counter of three")


def read_tap(*, meta_key: bytes, picc_data: bytes) -> Tap:
    """What the chip says, decrypted (NT4H2421Gx, 9.3.4.1): tag ‖ UID ‖ counter, lowest byte first ‖ five of chance.

    Whether it is true is not known yet: `is_authentic`. Raises NotAuthentic for what this key cannot have written.
    """
    if len(picc_data) != 16:
        raise NotAuthentic("picc_data has 16 bytes")
    plain = decrypted(key=meta_key, iv=_NO_IV, data=picc_data)
    if plain[0] != _UID_AND_COUNTER:
        raise NotAuthentic("picc_data was not written with this key")
    return Tap(uid=plain[1:8], counter=int.from_bytes(plain[8:11], "little"))


def file_key(*, master_key: bytes, uid: bytes) -> bytes:
    """The key with which this chip proves its taps."""
    return chip_key(master_key=master_key, uid=uid, number=FILE_KEY)


def chip_key(*, master_key: bytes, uid: bytes, number: int) -> bytes:
    """One of a chip's keys, made from the master key: AN10922, 2.2, over UID ‖ application ‖ "groat" ‖ key number."""
    if len(uid) != UID_BYTES:
        raise ValueError("a chip's UID has seven bytes")
    return diversified(master_key=master_key, data=uid + APPLICATION + _SYSTEM + bytes([number]))


def diversified(*, master_key: bytes, data: bytes) -> bytes:
    """A key of AES-128 from another one and what shall tell it apart: CMAC(key, 01 ‖ data) (AN10922, 2.2).

    With 16 to 31 bytes of data. The note pads what is shorter in a way of its own, which this does not do.
    """
    if not 16 <= len(data) <= 31:
        raise ValueError("a key is diversified by 16 to 31 bytes")
    return cmac(key=master_key, data=b"\x01" + data)


def tap_mac(*, file_key: bytes, tap: Tap, message: bytes = b"") -> bytes:
    """The eight bytes by which a chip proves a tap, and the part of its address that is the `message` (none in ours).

    NT4H2421Gx, 9.3.8 and 9.3.9: a key for this tap, CMAC(file key, 3CC3 0001 0080 ‖ UID ‖ counter); with it a
    CMAC over the message; of that every second byte.
    """
    session_key = cmac(key=file_key, data=_SESSION + tap.uid + tap.counter.to_bytes(3, "little"))
    return truncated(cmac(key=session_key, data=message))


def is_authentic(*, file_key: bytes, tap: Tap, mac: bytes, message: bytes = b"") -> bool:
    """Whether the chip with this key wrote the tap. Takes equally long for every answer.

    That it is no replay is another question: its counter must be higher than that of the tap before.
    """
    return hmac.compare_digest(tap_mac(file_key=file_key, tap=tap, message=message), mac)


def cmac(*, key: bytes, data: bytes) -> bytes:
    """AES-128-CMAC (NIST SP 800-38B, RFC 4493): 16 bytes."""
    mac = CMAC(algorithms.AES128(key))
    mac.update(data)
    return mac.finalize()


def truncated(mac: bytes) -> bytes:
    """Bytes 1, 3, 5 … 15 of a CMAC, which is what these chips send of it (NT4H2421Gx, 9.1.3)."""
    return mac[1::2]


def encrypted(*, key: bytes, iv: bytes, data: bytes) -> bytes:
    """AES-128 in CBC mode (NIST SP 800-38A); whole blocks of 16 bytes."""
    encryptor = Cipher(algorithms.AES128(key), modes.CBC(iv)).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def decrypted(*, key: bytes, iv: bytes, data: bytes) -> bytes:
    """The reverse of `encrypted`."""
    decryptor = Cipher(algorithms.AES128(key), modes.CBC(iv)).decryptor()
    return decryptor.update(data) + decryptor.finalize()
