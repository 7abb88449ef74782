"""How a server and an NTAG 424 DNA chip speak so that nobody between them can listen or change a word. Pure.

NXP's data sheet NT4H2421Gx (rev. 3.0), chapter 9.1, gives the formulas; AN12196 (rev. 2.0) gives examples
of each. Commands are APDUs of ISO/IEC 7816-4: 90 code 00 00 length header data 00.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Self

from groat.cards.chips import MAC_BYTES, cmac, decrypted, encrypted, truncated

OK = bytes.fromhex("9100")
MORE = bytes.fromhex("91AF")
"""Done so far: the chip waits for the next part."""
NEXT_PART = bytes.fromhex("90AF000000")

_NO_IV = bytes(16)
_BLOCK = 16


class NotTheChip(ValueError):
    """An answer that a chip with this session's keys cannot have given."""


class Mode(Enum):
    """How a command and its answer travel (NT4H2421Gx, 9.1.8 to 9.1.10)."""

    PLAIN = "plain"
    MAC = "mac"
    FULL = "full"
    """Encrypted, and with a MAC."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is asked of a chip. `data` is what full mode encrypts; the header before it travels in clear."""

    code: int
    header: bytes = b""
    data: bytes = b""
    mode: Mode = Mode.FULL
    ends_session: bool = False
    """The chip answers without a MAC, because with this command it forgets the session."""


@dataclass(frozen=True, slots=True, repr=False)
class Session:
    """What both sides know after they have proved to each other that they have the same key."""

    encryption_key: bytes
    mac_key: bytes
    transaction: bytes
    """The chip's name for this session (TI), four bytes."""
    counter: int = 0
    """Of commands done."""

    def after(self, commands: int) -> Self:
        """The session when so many more commands have been done."""
        return replace(self, counter=self.counter + commands)

    def mac(self, first: int, data: bytes, *, counter: int) -> bytes:
        """MAC over code or status ‖ counter ‖ TI ‖ data, shortened to eight bytes (9.1.9)."""
        told = bytes([first]) + counter.to_bytes(2, "little") + self.transaction + data
        return truncated(cmac(key=self.mac_key, data=told))

    def iv(self, label: str, *, counter: int) -> bytes:
        """AES of label ‖ TI ‖ counter ‖ zeros (9.1.4); A55A for commands, 5AA5 for answers."""
        plain = bytes.fromhex(label) + self.transaction + counter.to_bytes(2, "little") + bytes(8)
        return encrypted(key=self.encryption_key, iv=_NO_IV, data=plain)


def apdu(code: int, data: bytes = b"") -> bytes:
    """A command of the chip's own, in the frame of ISO/IEC 7816-4 (NT4H2421Gx, 8.4)."""
    if len(data) > 255:
        raise ValueError("a command has at most 255 bytes of data")
    return bytes([0x90, code, 0, 0]) + (bytes([len(data)]) + data if data else b"") + b"\0"


def challenge_wanted(*, key_number: int) -> bytes:
    """The APDU that begins AuthenticateEV2First (10.4.1): the chip answers with a challenge."""
    return apdu(0x71, bytes([key_number, 0]))


def challenge_answered(*, key: bytes, challenge: bytes, chance: bytes) -> bytes:
    """The APDU that proves that we have the key, and asks the chip for the same.

    RndA ‖ RndB', both encrypted; RndB is the chip's challenge, and a prime turns one byte to the left (9.1.5).
    `chance` is RndA: 16 bytes that nobody can foresee.
    """
    their = decrypted(key=key, iv=_NO_IV, data=_blocks(challenge, 1))
    return apdu(0xAF, encrypted(key=key, iv=_NO_IV, data=chance + _turned(their)))


def opened(*, key: bytes, challenge: bytes, chance: bytes, proof: bytes) -> Session:
    """The session, when the chip's proof is right: TI ‖ RndA' ‖ capabilities. Else NotTheChip.

    The session's keys are CMACs of the key over a label, 0001 0080, and both sides' chance mixed (9.1.7).
    """
    theirs = decrypted(key=key, iv=_NO_IV, data=_blocks(challenge, 1))
    told = decrypted(key=key, iv=_NO_IV, data=_blocks(proof, 2))
    if not hmac.compare_digest(told[4:20], _turned(chance)):
        raise NotTheChip("the chip does not prove that it has the key")
    mixed = bytes(a ^ b for a, b in zip(chance[2:8], theirs[:6], strict=True))
    context = bytes.fromhex("00010080") + chance[:2] + mixed + theirs[6:] + chance[8:]
    return Session(
        encryption_key=cmac(key=key, data=bytes.fromhex("A55A") + context),
        mac_key=cmac(key=key, data=bytes.fromhex("5AA5") + context),
        transaction=told[:4],
    )


def spoken(*, session: Session, commands: Sequence[Command]) -> list[bytes]:
    """The APDUs of these commands, one after the other, in this session."""
    return [_spoken(session.after(number), command) for number, command in enumerate(commands)]


def heard(*, session: Session, command: Command, answer: bytes) -> bytes:
    """What the chip says to a command, from an answer without its status, which was OK.

    `session` is that before the command. Raises NotTheChip for an answer that is not this chip's.
    """
    if command.ends_session or command.mode is Mode.PLAIN:
        return answer
    done = session.counter + 1
    data, mac = answer[:-MAC_BYTES], answer[-MAC_BYTES:]
    if not hmac.compare_digest(mac, session.mac(OK[1], data, counter=done)):
        raise NotTheChip("an answer has a wrong MAC")
    if command.mode is Mode.MAC or not data:
        return data
    plain = decrypted(key=session.encryption_key, iv=session.iv("5AA5", counter=done), data=_blocks(data))
    told = plain.rstrip(b"\0")
    if told[-1:] != b"\x80":
        raise NotTheChip("an answer has a wrong end")
    return told[:-1]


def _spoken(session: Session, command: Command) -> bytes:
    if command.mode is Mode.PLAIN:
        return apdu(command.code, command.header + command.data)
    data = command.data
    if command.mode is Mode.FULL and data:
        iv = session.iv("A55A", counter=session.counter)
        # Padding method 2 of ISO/IEC 9797-1: 80, then zeros.
        padded = data + b"\x80" + bytes(-(len(data) + 1) % _BLOCK)
        data = encrypted(key=session.encryption_key, iv=iv, data=padded)
    told = command.header + data
    return apdu(command.code, told + session.mac(command.code, told, counter=session.counter))


def _turned(chance: bytes) -> bytes:
    return chance[1:] + chance[:1]


def _blocks(data: bytes, count: int | None = None) -> bytes:
    if len(data) % _BLOCK or (count is not None and len(data) != count * _BLOCK):
        raise NotTheChip("an answer has a wrong length")
    return data
