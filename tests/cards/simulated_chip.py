"""An NTAG 424 DNA chip made of software, to hold against what we say to chips.

Written from NXP's data sheet NT4H2421Gx (rev. 3.0) and RFC 4493 alone. It shares nothing with
`groat.cards`: its AES is another library's, its CMAC is its own, and it reads what the server writes.
What it does not have: LRP, the originality signature, SetConfiguration, TagTamper.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from Crypto.Cipher import AES

APPLICATION = bytes.fromhex("d2760000850101")
FREE, NEVER = 0xE, 0xF
ISO_OK = b"\x90\x00"


class Says(Exception):
    """The chip answers with this status instead."""

    def __init__(self, status: str) -> None:
        self.status = bytes.fromhex(status)


def aes(key: bytes, block: bytes) -> bytes:
    return AES.new(key, AES.MODE_ECB).encrypt(block)


def xor(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).to_bytes(len(one), "big")


def cmac(key: bytes, message: bytes) -> bytes:
    """RFC 4493, block by block."""

    def doubled(block: bytes) -> bytes:
        number = int.from_bytes(block, "big") << 1
        return (number ^ (0x87 | 1 << 128) if number >> 128 else number).to_bytes(16, "big")

    subkey = doubled(aes(key, bytes(16)))
    blocks = [message[at : at + 16] for at in range(0, len(message), 16)] or [b""]
    last = blocks.pop()
    if len(last) < 16:
        last, subkey = (last + b"\x80").ljust(16, b"\0"), doubled(subkey)
    state = bytes(16)
    for block in blocks:
        state = aes(key, xor(state, block))
    return aes(key, xor(xor(state, last), subkey))


def short_mac(key: bytes, message: bytes) -> bytes:
    whole = cmac(key, message)
    return bytes(whole[at] for at in range(1, 16, 2))


def chained(key: bytes, iv: bytes, plain: bytes) -> bytes:
    """CBC by hand."""
    out = b""
    for at in range(0, len(plain), 16):
        iv = aes(key, xor(iv, plain[at : at + 16]))
        out += iv
    return out


def unchained(key: bytes, iv: bytes, secret: bytes) -> bytes:
    if len(secret) % 16:
        raise Says("911E")
    decrypt = AES.new(key, AES.MODE_ECB).decrypt
    blocks = [secret[at : at + 16] for at in range(0, len(secret), 16)]
    return b"".join(xor(decrypt(block), before) for block, before in zip(blocks, [iv, *blocks[:-1]], strict=True))


def little(data: bytes) -> int:
    return int.from_bytes(data, "little")


@dataclass
class File:
    content: bytearray
    rights: int
    """Read, write, read and write, change: four bits each, a key's number, FREE or NEVER."""
    mode: int = 0
    messages: bytes = b""
    """How it was last told to write messages of its own; empty: it does not."""
    reads: int = 0

    def may(self, key: int | None, *shifts: int) -> bool:
        allowed = {self.rights >> shift & 0xF for shift in shifts}
        return FREE in allowed or (key is not None and key in allowed)


@dataclass
class Channel:
    key_number: int
    enc: bytes
    mac: bytes
    ti: bytes
    counter: int = 0

    def iv(self, label: bytes) -> bytes:
        return aes(self.enc, (label + self.ti + self.counter.to_bytes(2, "little")).ljust(16, b"\0"))

    def short_mac(self, first: int, data: bytes) -> bytes:
        return short_mac(self.mac, bytes([first]) + self.counter.to_bytes(2, "little") + self.ti + data)


@dataclass
class SimulatedChip:
    """Blank, as delivered, unless told otherwise. `transmit` is what a reader does with a card."""

    uid: bytes = bytes.fromhex("04a1b2c3d4e5f6")
    keys: list[bytes] = field(default_factory=lambda: [bytes(16)] * 5)
    versions: list[int] = field(default_factory=lambda: [0] * 5)
    rng: Random = field(default_factory=lambda: Random(424))
    hardware: bytes = bytes.fromhex("04040230001105")
    failures: int = 0
    """Wrong keys in a row; after fifty it wants a rest."""

    def __post_init__(self) -> None:
        self.files = {
            1: File(bytearray.fromhex("001720010000ff0406e104010000000506e10500808283").ljust(32, b"\0"), 0xE000),
            2: File(bytearray(256), 0xEEE0),
            3: File(bytearray(128), 0x2330, mode=3),
        }
        self.leave_field()

    def leave_field(self) -> None:
        """Taken off the reader: what it only remembered is gone."""
        self.in_application = False
        self.selected: int | None = None
        self.channel: Channel | None = None
        self.waits: tuple[str, int, bytes] | None = None
        self.reading: tuple[int, bytes] | None = None
        """Which command read last, and with which chance: reading on is no new tap."""

    # What a reader sees.

    def transmit(self, apdu: bytes) -> bytes:
        """The chip's answer with its status."""
        if apdu == bytes.fromhex("ffca000000"):
            return self.uid + ISO_OK  # the reader itself answers
        try:
            if apdu[0] == 0:
                return self._iso(apdu)
            if apdu[0] != 0x90 or apdu[2:4] != b"\0\0" or apdu[-1] != 0:
                raise Says("6E00")
            if not self.in_application and apdu[1] not in {0x60, 0xAF}:
                raise Says("919D")
            body = apdu[5:-1]
            if len(body) != (apdu[4] if len(apdu) > 5 else 0):
                raise Says("917E")
            return self._native(apdu[1], body)
        except Says as said:
            self.channel, self.waits, self.reading = None, None, None
            return said.status

    def tap(self) -> str:
        """What a phone finds: the address of the chip's NDEF record."""
        self.leave_field()
        assert self.transmit(bytes.fromhex("00a4040007d276000085010100")) == ISO_OK
        assert self.transmit(bytes.fromhex("00a4000c02e104")) == ISO_OK
        head = self.transmit(bytes.fromhex("00b0000002"))
        assert head[-2:] == ISO_OK
        length = int.from_bytes(head[:2], "big")
        record = self.transmit(bytes([0, 0xB0, 0, 2, length]))[:-2]
        self.leave_field()
        assert (record[:2], record[2], record[3:4]) == (b"\xd1\x01", length - 4, b"U")
        return {3: "http://", 4: "https://"}[record[4]] + record[5:].decode("ascii")

    # Commands of ISO/IEC 7816-4.

    def _iso(self, apdu: bytes) -> bytes:
        code, p1, p2 = apdu[1:4]
        if code == 0xB0:
            return self._read_binary(p1 << 8 | p2, apdu[4] or 256) + ISO_OK
        self.reading = None
        if code == 0xA4:
            self._select(p1, apdu[5 : 5 + apdu[4]])
            return ISO_OK
        if code == 0xD6:
            data = apdu[5 : 5 + apdu[4]]
            self._write(self._chosen(), p1 << 8 | p2, data)
            return ISO_OK
        raise Says("6D00")

    def _select(self, how: int, name: bytes) -> None:
        self.channel = None
        if how == 4 and name == APPLICATION:
            self.in_application, self.selected = True, None
        elif how == 0 and self.in_application and name in (b"\xe1\x03", b"\xe1\x04", b"\xe1\x05"):
            self.selected = name[1] - 2
        else:
            raise Says("6A82")

    def _chosen(self) -> int:
        if self.selected is None:
            raise Says("6986")
        return self.selected

    def _read_binary(self, at: int, length: int) -> bytes:
        number = self._chosen()
        file = self.files[number]
        if not file.may(None, 12, 4) or self.channel:
            raise Says("6982")
        if at >= len(file.content):
            raise Says("6B00")
        return self._told(file, 0xB0)[at : at + length]

    # Commands of its own.

    def _native(self, code: int, body: bytes) -> bytes:
        waits, self.waits = self.waits, None
        if code == 0xAF:
            if waits is None:
                raise Says("91CA")
            return self._next_part(waits, body)
        if code != 0xAD:
            self.reading = None
        plain: dict[int, Callable[[bytes], bytes]] = {0x60: self._version, 0x71: self._challenge}
        if code in plain:
            return plain[code](body)
        if code in {0x8D, 0xAD}:
            return self._data(code, body)
        return self._secured(code, body)

    def _version(self, body: bytes) -> bytes:
        self.waits = ("version", 1, b"")
        return self.hardware + b"\x91\xaf"

    def _next_part(self, waits: tuple[str, int, bytes], body: bytes) -> bytes:
        what, number, challenge = waits
        if what == "proof":
            return self._prove(number, challenge, body)
        if number == 1:
            self.waits = ("version", 2, b"")
            return bytes.fromhex("04040201021105") + b"\x91\xaf"
        return self.uid + bytes.fromhex("cf39d449802420") + b"\x91\x00"

    def _challenge(self, body: bytes) -> bytes:
        self.channel = None
        if len(body) != 2 + body[1]:
            raise Says("917E")
        if body[0] >= len(self.keys):
            raise Says("9140")
        if self.failures >= 50:
            raise Says("91AD")
        challenge = self.rng.randbytes(16)
        self.waits = ("proof", body[0], challenge)
        return chained(self.keys[body[0]], bytes(16), challenge) + b"\x91\xaf"

    def _prove(self, number: int, mine: bytes, body: bytes) -> bytes:
        key = self.keys[number]
        if len(body) != 32:
            raise Says("917E")
        told = unchained(key, bytes(16), body)
        theirs = told[:16]
        if told[16:] != mine[1:] + mine[:1]:
            self.failures += 1
            raise Says("91AE")
        self.failures = 0
        # The data sheet counts bytes from the right: RndA[15..14] are the first two.
        context = theirs[0:2] + xor(theirs[2:8], mine[0:6]) + mine[6:16] + theirs[8:16]
        ti = self.rng.randbytes(4)
        self.channel = Channel(
            key_number=number,
            enc=cmac(key, b"\xa5\x5a\x00\x01\x00\x80" + context),
            mac=cmac(key, b"\x5a\xa5\x00\x01\x00\x80" + context),
            ti=ti,
        )
        return chained(key, bytes(16), ti + theirs[1:] + theirs[:1] + bytes(12)) + b"\x91\x00"

    def _data(self, code: int, body: bytes) -> bytes:
        """WriteData and ReadData, of files in plain communication."""
        number, at, length, data = body[0], little(body[1:4]), little(body[4:7]), body[7:]
        file = self.files.get(number)
        if file is None:
            raise Says("91F0")
        if file.mode:
            raise Says("919D")
        if code == 0x8D:
            if len(data) != length:
                raise Says("917E")
            self._write(number, at, data)
            answer = b""
        else:
            key = self.channel.key_number if self.channel else None
            if not file.may(key, 12, 4):
                raise Says("919D")
            told = bytes(file.content) if self.channel else self._told(file, 0xAD)
            answer = told[at : at + length] if length else told[at:]
        if self.channel:
            self.channel.counter += 1
        return answer + b"\x91\x00"

    def _write(self, number: int, at: int, data: bytes) -> None:
        file = self.files[number]
        if not file.may(self.channel.key_number if self.channel else None, 8, 4):
            raise Says("919D")
        if at + len(data) > len(file.content):
            raise Says("91BE")
        file.content[at : at + len(data)] = data

    def _secured(self, code: int, body: bytes) -> bytes:
        headers = {0x51: 0, 0xF5: 1, 0x64: 1, 0x5F: 1, 0xC4: 1}
        if code not in headers:
            raise Says("911C")
        channel = self.channel
        if channel is None:
            raise Says("91AE")
        if len(body) < headers[code] + 8:
            raise Says("917E")
        told, mac = body[:-8], body[-8:]
        if mac != channel.short_mac(code, told):
            raise Says("911E")
        header, secret = told[: headers[code]], told[headers[code] :]
        data = b""
        if secret:
            padded = unchained(channel.enc, channel.iv(b"\xa5\x5a"), secret).rstrip(b"\0")
            if padded[-1:] != b"\x80":
                raise Says("911E")
            data = padded[:-1]
        channel.counter += 1
        answer = {
            0x51: self._card_uid,
            0xF5: self._file_settings,
            0x64: self._key_version,
            0x5F: self._change_file_settings,
            0xC4: self._change_key,
        }[code](channel, header, data)
        if self.channel is None:
            return b"\x91\x00"
        return answer + channel.short_mac(0, answer) + b"\x91\x00"

    def _card_uid(self, channel: Channel, header: bytes, data: bytes) -> bytes:
        return chained(channel.enc, channel.iv(b"\x5a\xa5"), (self.uid + b"\x80").ljust(16, b"\0"))

    def _file_settings(self, channel: Channel, header: bytes, data: bytes) -> bytes:
        file = self.files[header[0]]
        option = file.mode | (0x40 if file.messages else 0)
        size = len(file.content).to_bytes(3, "little")
        return bytes([0, option]) + file.rights.to_bytes(2, "little") + size + file.messages

    def _key_version(self, channel: Channel, header: bytes, data: bytes) -> bytes:
        return bytes([self.versions[header[0]]])

    def _change_file_settings(self, channel: Channel, header: bytes, data: bytes) -> bytes:
        file = self.files[header[0]]
        if not file.may(channel.key_number, 0):
            raise Says("919D")
        option, rights, messages = data[0], little(data[1:3]), data[3:]
        if option & ~0x43:
            raise Says("919E")
        if bool(option & 0x40) != bool(messages):
            raise Says("917E")
        if messages:
            Messages(messages).check(len(file.content))
            file.reads = 0
        file.mode, file.rights, file.messages = option & 3, rights, messages
        return b""

    def _change_key(self, channel: Channel, header: bytes, data: bytes) -> bytes:
        number = header[0]
        if channel.key_number != 0:
            raise Says("91AE")
        if number >= len(self.keys):
            raise Says("9140")
        if number == 0:
            if len(data) != 17:
                raise Says("917E")
            self.keys[0], self.versions[0] = data[:16], data[16]
            self.channel = None
            return b""
        if len(data) != 21:
            raise Says("917E")
        key = xor(data[:16], self.keys[number])
        if little(data[17:]) != zlib.crc32(key) ^ 0xFFFFFFFF:
            raise Says("911E")
        self.keys[number], self.versions[number] = key, data[16]
        return b""

    # Messages of its own.

    def _told(self, file: File, command: int) -> bytes:
        """The file as whoever asks without a key finds it."""
        if not file.messages:
            return bytes(file.content)
        if self.reading is None or self.reading[0] != command:
            if file.reads == 0xFFFFFF:
                raise Says("6985")
            file.reads += 1
            self.reading = (command, self.rng.randbytes(5))
        return Messages(file.messages).mirrored(
            bytes(file.content), uid=self.uid, reads=file.reads, keys=self.keys, chance=self.reading[1]
        )


@dataclass
class Messages:
    """Secure dynamic messaging as ChangeFileSettings told it (10.7.1): encrypted UID and counter, and a MAC."""

    told: bytes

    def __post_init__(self) -> None:
        self.meta_key, self.file_key = self.told[2] >> 4, self.told[2] & 0xF
        self.picc_data_at, self.input_at, self.mac_at = (little(self.told[at : at + 3]) for at in (3, 6, 9))

    def check(self, size: int) -> None:
        if len(self.told) != 12:
            raise Says("917E")
        right = (
            self.told[0] == 0xC1
            and self.told[1] >> 4 == 0xF
            and max(self.meta_key, self.file_key) <= 4
            and self.picc_data_at + 32 <= size
            and self.input_at <= self.mac_at
            and self.mac_at + 16 <= size
            and (self.mac_at >= self.picc_data_at + 32 or self.picc_data_at >= self.mac_at + 16)
        )
        if not right:
            raise Says("919E")

    def mirrored(self, content: bytes, *, uid: bytes, reads: int, keys: list[bytes], chance: bytes) -> bytes:
        count = reads.to_bytes(3, "little")
        file = bytearray(content)
        picc_data = aes(keys[self.meta_key], b"\xc7" + uid + count + chance)
        file[self.picc_data_at : self.picc_data_at + 32] = picc_data.hex().upper().encode()
        session = cmac(keys[self.file_key], b"\x3c\xc3\x00\x01\x00\x80" + uid + count)
        mac = short_mac(session, bytes(file[self.input_at : self.mac_at]))
        file[self.mac_at : self.mac_at + 16] = mac.hex().upper().encode()
        return bytes(file)
