"""A blank NTAG 424 DNA chip becomes one of ours: its address, what it writes into it at each tap, and its keys. Pure.

It goes in steps. Each gives APDUs, which a reader carries to the chip, and takes the chip's answers; between
two steps the state is kept (`kept`, `resumed`), and it holds keys: seal it. The key that opens the chip is
changed last, so that a run that was interrupted anywhere can be begun again from the start.
Commands: NXP's data sheet NT4H2421Gx (rev. 3.0), chapter 10; the order follows AN12196 (rev. 2.0), chapter 5.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from zlib import crc32

from groat.cards import chips
from groat.cards import secure_messaging as sm
from groat.cards.chips import APPLICATION, FILE_KEY, KEY_BYTES, META_KEY, UID_BYTES, NotAuthentic, Tap
from groat.cards.rules import (
    ChipHasAnotherAddress,
    ChipHasOtherKeys,
    ChipNeedsRest,
    ChipOfAnotherKind,
    ChipRefused,
)
from groat.cards.secure_messaging import MORE, OK, Command, Mode, NotTheChip, Session
from groat.errors import Refusal

CHANCE_BYTES = 32
BLANK = bytes(KEY_BYTES)
"""What each key of a blank chip is."""

_KEYS = range(5)
_NDEF_FILE, _NDEF_FILE_ID = 2, bytes.fromhex("E104")
_FILE_BYTES = 256
_PART_BYTES = 48
"""Of a file at once: readers that pass on little at a time hang on more."""
_PLACES = {"p": 32, "m": 16}
"""What the chip writes into its address, with the number of its hexadecimal digits."""
_SCHEMES = {"http://": 3, "https://": 4}
"""How an NDEF record shortens them (NFC Forum, URI record type definition, table 3)."""

_SELECT = bytes.fromhex("00A4040C") + bytes([len(APPLICATION)]) + APPLICATION + b"\0"
_SELECT_FILE = bytes.fromhex("00A4000C02") + _NDEF_FILE_ID
_ISO_OK = bytes.fromhex("9000")
_WRONG_KEY = bytes.fromhex("91AE")
_WAIT = bytes.fromhex("91AD")
_NOT_WHOLE = bytes.fromhex("911E")
"""What a chip says to a new key that was mixed with another old one than its own."""
_NTAG_424 = bytes.fromhex("0404")
"""Of GetVersion: made by NXP, an NTAG; its fourth byte is the version of the 424 (10.5.2, table 55)."""
_VERSION = 0x30


class Step(StrEnum):
    """What the chip has been asked last."""

    KIND = "kind"
    CHALLENGE = "challenge"
    PROOF = "proof"
    SETTINGS = "settings"
    CHANGES = "changes"
    TAP = "tap"
    DONE = "done"


@dataclass(frozen=True, slots=True, repr=False)
class Personalisation:
    """How far it is. It holds keys."""

    step: Step
    address: str
    uid: bytes
    keys: tuple[bytes, ...]
    """The five that the chip shall have."""
    chance: bytes
    known: bool
    ours: bool
    """Whether key 0 is tried as ours; else as a blank chip's."""
    challenge: bytes = b""
    session: Session | None = None
    old: tuple[int, ...] = ()
    """Which keys are still a blank chip's."""
    configured: bool = False
    tap: Tap | None = None
    """At the end: a tap that was read and proved. Higher counters than its are the customer's."""


type Onward = tuple[Personalisation, list[bytes], bool]


def begin(
    *, address: str, uid: bytes, meta_key: bytes, master_key: bytes, chance: bytes, known: bool = False
) -> tuple[Personalisation, list[bytes]]:
    """The first APDUs for the chip with this number.

    `address` is what stands before `?p=…&m=…`, such as https://groat.example.com/t/harbour-court. `chance` is
    32 random bytes. A chip whose UID is `known`, because one was finished before, must have our key already: who
    only claims to be it would otherwise be told its keys. Refusal: ChipOfAnotherKind.
    """
    if len(uid) != UID_BYTES:
        raise ChipOfAnotherKind
    if len(chance) != CHANCE_BYTES:
        raise ValueError("chance must be 32 bytes")
    ndef(address=address)
    state = Personalisation(
        step=Step.KIND,
        address=address,
        uid=uid,
        keys=tuple(
            meta_key if number == META_KEY else chips.chip_key(master_key=master_key, uid=uid, number=number)
            for number in _KEYS
        ),
        chance=chance,
        known=known,
        ours=known,
    )
    return state, [_SELECT, sm.apdu(0x60), sm.NEXT_PART, sm.NEXT_PART]


def go_on(*, state: Personalisation, responses: Sequence[bytes]) -> Onward:
    """Take the chip's answers to the last APDUs, each with its status: the state, what comes next, whether it is done.

    Refusals: ChipRefused, ChipOfAnotherKind, ChipHasOtherKeys, ChipNeedsRest, ChipHasAnotherAddress.
    """
    if state.step is Step.DONE:
        return state, [], True
    try:
        return _STEPS[state.step](state, responses)
    except NotTheChip as error:
        raise ChipRefused(answer=str(error)) from error


def kept(state: Personalisation) -> bytes:
    """The state in bytes. They hold keys: seal them."""
    session = state.session
    return json.dumps(
        {
            "step": state.step,
            "address": state.address,
            "uid": state.uid.hex(),
            "keys": [key.hex() for key in state.keys],
            "chance": state.chance.hex(),
            "known": state.known,
            "ours": state.ours,
            "challenge": state.challenge.hex(),
            "session": session
            and [session.encryption_key.hex(), session.mac_key.hex(), session.transaction.hex(), session.counter],
            "old": state.old,
            "configured": state.configured,
            "tap": state.tap and [state.tap.uid.hex(), state.tap.counter],
        }
    ).encode()


def resumed(text: bytes) -> Personalisation:
    """The state from `kept`."""
    told = json.loads(text)
    session, tap = told["session"], told["tap"]
    return Personalisation(
        step=Step(told["step"]),
        address=told["address"],
        uid=bytes.fromhex(told["uid"]),
        keys=tuple(bytes.fromhex(key) for key in told["keys"]),
        chance=bytes.fromhex(told["chance"]),
        known=told["known"],
        ours=told["ours"],
        challenge=bytes.fromhex(told["challenge"]),
        session=session and _session(*session),
        old=tuple(told["old"]),
        configured=told["configured"],
        tap=tap and Tap(uid=bytes.fromhex(tap[0]), counter=tap[1]),
    )


def _session(encryption_key: str, mac_key: str, transaction: str, counter: int) -> Session:
    return Session(bytes.fromhex(encryption_key), bytes.fromhex(mac_key), bytes.fromhex(transaction), counter)


def ndef(*, address: str) -> bytes:
    """The chip's file: length, one NDEF record of type U, the address with places of zeros.

    NFC Forum, Type 4 Tag and URI record type definition. ValueError for an address that does not fit.
    """
    scheme = next((scheme for scheme in _SCHEMES if address.startswith(scheme)), None)
    if scheme is None or not address.isascii() or {"?", "#"} & set(address):
        raise ValueError("the address of a chip begins with https:// and has neither ? nor #")
    places = "&".join(f"{name}={'0' * digits}" for name, digits in _PLACES.items())
    payload = bytes([_SCHEMES[scheme]]) + f"{address.removeprefix(scheme)}?{places}".encode()
    if len(payload) > _FILE_BYTES - 6:
        raise ValueError("the address is too long for a chip")
    record = bytes([0xD1, 1, len(payload)]) + b"U" + payload
    return len(record).to_bytes(2, "big") + record


def file_settings(
    *, picc_data_at: int, mac_at: int, meta_key: int = META_KEY, file_key: int = FILE_KEY, counter_key: int = 0xF
) -> bytes:
    """What ChangeFileSettings sets for the NDEF file (10.7.1, table 69); the places count from the file's begin.

    Messages of its own (SDM) in plain communication; everybody reads, key 0 writes and changes. UID and counter
    are mirrored, encrypted with the meta key; the MAC, by the file key, is over nothing. `counter_key` may ask for
    the counter itself: F is nobody.
    """
    sdm_rights = meta_key << 12 | file_key << 8 | 0xF << 4 | counter_key
    places = (picc_data_at, mac_at, mac_at)
    return b"".join(
        [
            bytes.fromhex("40"),
            (0xE000).to_bytes(2, "little"),
            bytes.fromhex("C1"),
            sdm_rights.to_bytes(2, "little"),
            *(place.to_bytes(3, "little") for place in places),
        ]
    )


def key_version(key: bytes) -> int:
    """The version by which a key of ours is known on the chip without being told: 1 to 255, 0 is a blank one's."""
    return 1 + chips.cmac(key=key, data=b"groat key version")[0] % 255


def change_key(*, number: int, key: bytes, version: int, old: bytes = BLANK) -> Command:
    """Put another key into the chip (10.6.1). Key 0, with which the session was opened, ends it.

    Any other key travels mixed with the old one, and with its CRC32 (IEEE 802.3, without the last inversion).
    """
    if number == 0:
        return Command(0xC4, header=b"\0", data=key + bytes([version]), ends_session=True)
    mixed = bytes(a ^ b for a, b in zip(key, old, strict=True))
    check = (crc32(key) ^ 0xFFFFFFFF).to_bytes(4, "little")
    return Command(0xC4, header=bytes([number]), data=mixed + bytes([version]) + check)


def _settings(address: str) -> bytes:
    file = ndef(address=address)
    mac_at = len(file) - _PLACES["m"]
    return file_settings(picc_data_at=mac_at - len("&m=") - _PLACES["p"], mac_at=mac_at)


# Each step takes the answers to what the one before asked.


def _kind(state: Personalisation, responses: Sequence[bytes]) -> Onward:
    if len(responses) < 4 and responses and responses[-1][-2:] not in {_ISO_OK, MORE}:
        # A card that has no such application, or does not know the command.
        raise ChipOfAnotherKind
    _, hardware, _, production = _answers(responses, [_ISO_OK, MORE, MORE, OK])
    if hardware[:2] != _NTAG_424 or hardware[3:4] != bytes([_VERSION]) or not production:
        raise ChipOfAnotherKind
    return _challenge(state)


def _challenge(state: Personalisation) -> Onward:
    return replace(state, step=Step.CHALLENGE), [sm.challenge_wanted(key_number=0)], False


def _challenged(state: Personalisation, responses: Sequence[bytes]) -> Onward:
    (challenge,) = _answers(responses, [MORE])
    answer = sm.challenge_answered(key=_key_0(state), challenge=challenge, chance=_chance(state))
    return replace(state, step=Step.PROOF, challenge=challenge), [answer], False


def _proved(state: Personalisation, responses: Sequence[bytes]) -> Onward:
    if responses and responses[0] == _WRONG_KEY:
        if state.ours:
            raise ChipHasOtherKeys
        return _challenge(replace(state, ours=True))
    (proof,) = _answers(responses, [OK])
    session = sm.opened(key=_key_0(state), challenge=state.challenge, chance=_chance(state), proof=proof)
    return replace(state, step=Step.SETTINGS, session=session), sm.spoken(session=session, commands=_QUESTIONS), False


def _settled(state: Personalisation, responses: Sequence[bytes]) -> Onward:
    uid, settings, *versions = _heard(state, _QUESTIONS, responses)
    if uid != state.uid:
        raise ChipRefused(answer="another chip")
    wanted = _settings(state.address)
    # Type of file, the settings with the file's size amid them (10.7.2, table 73).
    configured = settings == b"\0" + wanted[:3] + _FILE_BYTES.to_bytes(3, "little") + wanted[3:]
    if state.ours and not configured and settings[1] & 0x40:
        raise ChipHasAnotherAddress
    state = replace(state, step=Step.CHANGES, configured=configured, old=_old_keys(state, versions))
    assert state.session is not None
    apdus = sm.spoken(session=state.session.after(len(_QUESTIONS)), commands=_changes(state))
    return state, apdus, False


def _old_keys(state: Personalisation, versions: Sequence[bytes]) -> tuple[int, ...]:
    """Which keys must still be changed. Another version than a blank key's or ours is somebody else's."""
    old = () if state.ours else (0,)
    for number, version in enumerate(versions, start=1):
        if version == b"\0":
            old = (*old, number)
        elif version != bytes([key_version(state.keys[number])]):
            raise ChipHasOtherKeys
    return old


def _changes(state: Personalisation) -> list[Command]:
    """What makes the chip ours; key 0 last."""
    file = ndef(address=state.address)
    commands = [
        Command(
            0x8D,
            header=bytes([_NDEF_FILE]) + at.to_bytes(3, "little") + len(part).to_bytes(3, "little"),
            data=part,
            mode=Mode.PLAIN,
        )
        for at in range(0, len(file), _PART_BYTES)
        for part in [file[at : at + _PART_BYTES]]
    ]
    if not state.configured:
        commands.append(Command(0x5F, header=bytes([_NDEF_FILE]), data=_settings(state.address)))
    return commands + [
        change_key(number=number, key=state.keys[number], version=key_version(state.keys[number]))
        for number in sorted(state.old, reverse=True)
    ]


def _changed(state: Personalisation, responses: Sequence[bytes]) -> Onward:
    assert state.session is not None
    commands = _changes(state)
    if len(responses) <= len(commands) and responses and responses[-1] == _NOT_WHOLE:
        raise ChipHasOtherKeys
    session = state.session.after(len(_QUESTIONS))
    _heard(replace(state, session=session), commands, responses)
    size = len(ndef(address=state.address))
    parts = [(at, min(_PART_BYTES, size - at)) for at in range(0, size, _PART_BYTES)]
    reads = [bytes.fromhex("00B0") + at.to_bytes(2, "big") + bytes([length]) for at, length in parts]
    return replace(state, step=Step.TAP, session=None), [_SELECT, _SELECT_FILE, *reads], False


def _tapped(state: Personalisation, responses: Sequence[bytes]) -> Onward:
    """What was made is used once: no chip is handed out that the till would not take."""
    wanted = ndef(address=state.address)
    parts = -(-len(wanted) // _PART_BYTES)
    file = b"".join(_answers(responses, [_ISO_OK] * (2 + parts))[2:])
    start, between = wanted[: -16 - 3 - 32], re.escape(b"&m=")
    found = re.fullmatch(re.escape(start) + rb"([0-9A-F]{32})" + between + rb"([0-9A-F]{16})", file)
    if found is None:
        raise ChipRefused(answer="another address")
    picc_data, mac = (bytes.fromhex(place.decode()) for place in found.groups())
    try:
        tap = chips.read_tap(meta_key=state.keys[META_KEY], picc_data=picc_data)
    except NotAuthentic as error:
        raise ChipHasOtherKeys from error
    if tap.uid != state.uid or not chips.is_authentic(file_key=state.keys[FILE_KEY], tap=tap, mac=mac):
        raise ChipHasOtherKeys
    return replace(state, step=Step.DONE, tap=tap), [], True


_STEPS = {
    Step.KIND: _kind,
    Step.CHALLENGE: _challenged,
    Step.PROOF: _proved,
    Step.SETTINGS: _settled,
    Step.CHANGES: _changed,
    Step.TAP: _tapped,
}

_QUESTIONS = [
    Command(0x51),
    Command(0xF5, header=bytes([_NDEF_FILE]), mode=Mode.MAC),
    *(Command(0x64, header=bytes([number]), mode=Mode.MAC) for number in _KEYS[1:]),
]
"""GetCardUID, since the reader only claims it; GetFileSettings; GetKeyVersion."""


def _key_0(state: Personalisation) -> bytes:
    return state.keys[0] if state.ours else BLANK


def _chance(state: Personalisation) -> bytes:
    return state.chance[16:] if state.ours else state.chance[:16]


def _heard(state: Personalisation, commands: Sequence[Command], responses: Sequence[bytes]) -> list[bytes]:
    assert state.session is not None
    answers = _answers(responses, [OK] * len(commands))
    return [
        sm.heard(session=state.session.after(number), command=command, answer=answer)
        for number, (command, answer) in enumerate(zip(commands, answers, strict=True))
    ]


def _answers(responses: Sequence[bytes], statuses: Sequence[bytes]) -> list[bytes]:
    """The answers without their statuses, which must be these."""
    for response, status in zip(responses, statuses, strict=False):
        if response[-2:] != status:
            raise _refusal(response[-2:])
    if len(responses) != len(statuses):
        raise ChipRefused(answer="gone")
    return [response[:-2] for response in responses]


def _refusal(status: bytes) -> Refusal:
    return ChipNeedsRest() if status == _WAIT else ChipRefused(answer=status.hex().upper())
