"""How we speak with chips: every byte as in NXP's examples (AN12196, rev. 2.0; its tables are named)."""

import pytest

from groat.cards import chips
from groat.cards import secure_messaging as sm
from groat.cards.secure_messaging import Command, Mode, NotTheChip, Session

ZEROS = bytes(16)


def unhex(text: str) -> bytes:
    return bytes.fromhex(text)


def session(*, enc: str = "00" * 16, mac: str, ti: str, counter: int = 0) -> Session:
    return Session(encryption_key=unhex(enc), mac_key=unhex(mac), transaction=unhex(ti), counter=counter)


# Table 14, and the session in which tables 17 and 18 go on.
CHALLENGE = unhex("A04C124213C186F22399D33AC2A30215")
CHANCE = unhex("13C5DB8A5930439FC3DEF9A4C675360F")
PROOF = unhex("3FA64DB5446D1F34CD6EA311167F5E4985B89690C04A05F17FA7AB2F08120663")
FIRST = session(enc="1309C877509E5A215007FF0ED19CA564", mac="4C6626F5E72EA694202139295C7A7FC7", ti="9D00C4DF")
# Table 23, and the session in which tables 24 to 26 go on.
SECOND = session(enc="4CF3CB41A22583A61E89B158D252FC53", mac="5529860B2FC5FB6154B7F28361D30BF9", ti="7614281A")


@pytest.mark.parametrize(
    ("number", "challenge", "chance", "asked", "answered", "proof", "found"),
    [
        (
            0,
            CHALLENGE,
            CHANCE,
            "9071000002000000",
            "90AF00002035C3E05A752E0144BAC0DE51C1F22C56B34408A23D8AEA266CAB947EA8E0118D00",
            PROOF,
            FIRST,
        ),
        (  # Table 19.
            3,
            unhex("B875CEB0E66A6C5CD00898DC371F92D1"),
            unhex("B98F4C50CF1C2E084FD150E33992B048"),
            "9071000002030000",
            "90AF000020FF0306E47DFBC50087C4D8A78E88E62DE1E8BE457AA477C707E2F0874916A8B100",
            unhex("0CC9A8094A8EEA683ECAAC5C7BF20584206D0608D477110FC6B3D5D3F65C3A6A"),
            session(enc="7A93D6571E4B180FCA6AC90C9A7488D4", mac="FC4AF159B62E549B5812394CAB1918CC", ti="7614281A"),
        ),
    ],
)
def test_both_sides_prove_that_they_have_the_key(
    number: int, challenge: bytes, chance: bytes, asked: str, answered: str, proof: bytes, found: Session
):
    assert sm.challenge_wanted(key_number=number) == unhex(asked)
    assert sm.challenge_answered(key=ZEROS, challenge=challenge, chance=chance) == unhex(answered)
    assert sm.opened(key=ZEROS, challenge=challenge, chance=chance, proof=proof) == found


NDEF = unhex("0051D1014D550463686F6F73652E75726C2E636F6D2F6E7461673432343F653D" + "30" * 32 + "26633D" + "30" * 16)

type Spoken = tuple[Session, Command, str, str, str]
"""In which session, which command, its APDU, the chip's answer without status, and what that tells."""

SPOKEN: dict[str, Spoken] = {
    "table 7: GetFileSettings": (
        session(mac="8248134A386E86EB7FAF54A52E536CB6", ti="7A21085E"),
        Command(0xF5, header=unhex("02"), mode=Mode.MAC),
        "90F5000009026597A457C8CD442C00",
        "0040EEEE000100D1FE001F00004400004400002000006A00002A474282E7A47986",
        "0040EEEE000100D1FE001F00004400004400002000006A0000",
    ),
    "table 17: WriteData": (
        FIRST,
        Command(0x8D, header=unhex("02000000800000"), data=NDEF.ljust(0x80, b"\0")),
        (
            "908D00009F02000000800000421C73A27D827658AF481FDFF20A5025B559D0E3AA21E58D347F343CFFC768BFE596C706BC00F217678"
            "1D4B0242642A0FF5A42C461AAF894D9A1284B8C76BCFA658ACD40555D362E08DB15CF421B51283F9064BCBE20E96CAE545B407C9D65"
            "1A3315B27373772E5DA2367D2064AE054AF996C6F1F669170FA88CE8C4E3A4A7BBBEF0FD971FF532C3A802AF745660F2B4D1D9A8499"
            "661EBF300"
        ),
        "FC222E5F7A542452",
        "",
    ),
    "table 18: ChangeFileSettings": (
        FIRST.after(1),
        Command(0x5F, header=unhex("02"), data=unhex("4000E0C1F121200000430000430000")),
        "905F0000190261B6D97903566E84C3AE5274467E89EAD799B7C1A0EF7A0400",
        "57BFF87B1241E93D",
        "",
    ),
    "table 24: WriteData in plain": (
        SECOND.after(1),
        Command(0x8D, header=unhex("010E0000120000"), data=unhex("FF0506E10500808283") + bytes(9), mode=Mode.PLAIN),
        "908D000019010E0000120000FF0506E1050080828300000000000000000000",
        "",
        "",
    ),
    "table 25: ChangeKey": (
        SECOND.after(2),
        Command(0xC4, header=unhex("02"), data=unhex("F3847D627727ED3BC9C4CC050489B96601789DFADC")),
        "90C4000029022CF362B7BF4311FF3BE1DAA295E8C68DE09050560D19B9E16C2393AE9CD1FAC75D0CE20BCD1D06E600",
        "203BB55D1089D587",
        "",
    ),
    "table 26: ChangeKey of the key of the session": (
        SECOND.after(3),
        Command(0xC4, header=unhex("00"), data=unhex("5004BF991F408672B1EF00F08F9E864701"), ends_session=True),
        "90C400002900C0EB4DEEFEDDF0B513A03A95A75491818580503190D4D05053FF75668A01D6FDA6610234BDED643200",
        "",
        "",
    ),
    "table 28: GetCardUID": (
        session(enc="2B4D963C014DC36F24F69A50A394F875", mac="379D32130CE61705DD5FD8C36B95D764", ti="DF055522"),
        Command(0x51),
        "90510000088E2C155ADDA99BE300",
        "70756055688505B52A5E26E59E329CD6595F672298EA41B7",
        "04958CAA5C5E80",
    ),
}


@pytest.mark.parametrize(("session", "command", "apdu", "answer", "told"), SPOKEN.values(), ids=SPOKEN)
def test_commands_and_answers_are_nxps(session: Session, command: Command, apdu: str, answer: str, told: str):
    assert sm.spoken(session=session, commands=[command]) == [unhex(apdu)]
    assert sm.heard(session=session, command=command, answer=unhex(answer)) == unhex(told)


def test_commands_are_counted_one_after_the_other():
    one_session = [case for case in SPOKEN.values() if case[0].transaction == SECOND.transaction]
    commands, apdus = [case[1] for case in one_session], [unhex(case[2]) for case in one_session]

    assert len(apdus) == 3
    assert sm.spoken(session=SECOND.after(1), commands=commands) == apdus


def test_a_chip_without_the_key_is_not_the_chip():
    for forged in (PROOF[:31] + b"\0", PROOF[16:] + PROOF[:16], bytes(32)):
        with pytest.raises(NotTheChip):
            sm.opened(key=ZEROS, challenge=CHALLENGE, chance=CHANCE, proof=forged)
    with pytest.raises(NotTheChip):
        sm.opened(key=b"\x01" * 16, challenge=CHALLENGE, chance=CHANCE, proof=PROOF)


@pytest.mark.parametrize("size", [0, 15, 31, 33, 48])
def test_a_proof_of_another_length_is_none(size: int):
    with pytest.raises(NotTheChip):
        sm.opened(key=ZEROS, challenge=CHALLENGE, chance=CHANCE, proof=bytes(size))
    with pytest.raises(NotTheChip):
        sm.challenge_answered(key=ZEROS, challenge=bytes(size), chance=CHANCE)


@pytest.mark.parametrize("place", range(24))
def test_an_answer_that_was_changed_on_its_way_is_noticed(place: int):
    there, command, _apdu, told, _uid = SPOKEN["table 28: GetCardUID"]
    answer = bytearray(unhex(told))
    answer[place] ^= 1

    with pytest.raises(NotTheChip):
        sm.heard(session=there, command=command, answer=bytes(answer))


def test_the_answer_to_another_command_is_noticed():
    there, command, _apdu, answer, _told = SPOKEN["table 18: ChangeFileSettings"]

    with pytest.raises(NotTheChip):
        sm.heard(session=FIRST, command=command, answer=unhex(answer))
    with pytest.raises(NotTheChip):
        sm.heard(session=there, command=command, answer=b"")


def test_an_answer_without_its_end_is_noticed():
    data = chips.encrypted(key=FIRST.encryption_key, iv=FIRST.iv("5AA5", counter=1), data=ZEROS)

    with pytest.raises(NotTheChip):
        sm.heard(session=FIRST, command=Command(0x51), answer=data + FIRST.mac(0, data, counter=1))


def test_a_session_does_not_show_its_keys():
    assert "1309" not in repr(FIRST)
    assert FIRST.encryption_key.hex() not in repr(FIRST).lower()


def test_a_command_has_a_largest_size():
    with pytest.raises(ValueError, match="255"):
        sm.apdu(0x8D, bytes(256))
