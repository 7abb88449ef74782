"""What a chip says of itself, and whether it is true. The vectors are those that NXP publishes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groat.cards import chips
from groat.cards.chips import NotAuthentic, Tap

ZEROS = bytes(16)
keys = st.binary(min_size=16, max_size=16)
uids = st.binary(min_size=7, max_size=7)
taps = st.builds(Tap, uid=uids, counter=st.integers(0, (1 << 24) - 1))


def unhex(text: str) -> bytes:
    return bytes.fromhex(text)


# AN12196, 4.4.2 and 4.4.4: https://ntag.nxp.com/424?e=EF96…&c=94EE…, with a MAC over nothing.
SPOKEN = unhex("EF963FF7828658A599F3041510671E88")
TAP = Tap(uid=unhex("04DE5F1EACC040"), counter=61)
MAC = unhex("94EED9EE65337086")


def test_a_tap_says_number_and_counter():
    assert chips.read_tap(meta_key=ZEROS, picc_data=SPOKEN) == TAP


def test_a_tap_is_proved_over_an_empty_message():
    assert chips.tap_mac(file_key=ZEROS, tap=TAP) == MAC
    assert chips.is_authentic(file_key=ZEROS, tap=TAP, mac=MAC)


def test_a_tap_is_proved_over_a_part_of_its_address():
    # AN12196, 5.8: the same with encrypted file data in the address.
    tap = chips.read_tap(meta_key=ZEROS, picc_data=unhex("FD91EC264309878BE6345CBE53BADF40"))
    message = b"CEE9A53E3E463EF1F459635736738962&cmac="

    assert tap == Tap(uid=unhex("04958CAA5C5E80"), counter=8)
    assert chips.tap_mac(file_key=ZEROS, tap=tap, message=message) == unhex("ECC1E7F6C6C73BF6")
    assert chips.is_authentic(file_key=ZEROS, tap=tap, mac=unhex("ECC1E7F6C6C73BF6"), message=message)
    assert not chips.is_authentic(file_key=ZEROS, tap=tap, mac=unhex("ECC1E7F6C6C73BF6"))


def test_keys_are_diversified_as_nxp_does():
    # AN10922, 2.2.1: 04782E21801D80 ‖ 3042F5 ‖ "NXP Abu".
    assert chips.diversified(
        master_key=unhex("00112233445566778899AABBCCDDEEFF"), data=unhex("04782E21801D80 3042F5 4E585020416275")
    ) == unhex("A8DD63A3B89D54B37CA802473FDA9175")


def test_a_chips_keys_are_what_they_were():
    """Chips in people's pockets hold them: another formula would lock all of them out."""
    master, uid = bytes(range(16)), unhex("04DE5F1EACC040")

    assert [chips.chip_key(master_key=master, uid=uid, number=number).hex() for number in (0, 2, 3, 4)] == [
        "38172c2f42face2417254ca3c95e6c9b",
        "87a6c01d3f26172280aba2b378ba1b02",
        "75bfdc2a6e450a93df55a66633e6365d",
        "d5c1487d3566be860d578d3c2843151f",
    ]
    assert chips.file_key(master_key=master, uid=uid) == chips.chip_key(master_key=master, uid=uid, number=2)


@pytest.mark.parametrize(
    ("key", "message", "mac"),
    [
        # RFC 4493, 4.
        ("2b7e151628aed2a6abf7158809cf4f3c", "", "bb1d6929e95937287fa37d129b756746"),
        (
            "2b7e151628aed2a6abf7158809cf4f3c",
            "6bc1bee22e409f96e93d7e117393172a",
            "070a16b46b4d4144f79bdd9dd04a287c",
        ),
        (
            "2b7e151628aed2a6abf7158809cf4f3c",
            "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411",
            "dfa66747de9ae63030ca32611497c827",
        ),
    ],
)
def test_cmac_is_the_standards(key: str, message: str, mac: str):
    assert chips.cmac(key=unhex(key), data=unhex(message)).hex() == mac


@pytest.mark.parametrize("picc_data", [b"", SPOKEN[:15], SPOKEN + b"\0", ZEROS])
def test_what_no_chip_with_this_key_wrote_says_nothing(picc_data: bytes):
    with pytest.raises(NotAuthentic):
        chips.read_tap(meta_key=ZEROS, picc_data=picc_data)


def test_another_programmes_chip_says_nothing_here():
    with pytest.raises(NotAuthentic):
        chips.read_tap(meta_key=b"\x01" * 16, picc_data=SPOKEN)


@pytest.mark.parametrize("mac", [b"", MAC[:7], MAC + b"\0", MAC[::-1]])
def test_a_wrong_mac_proves_nothing(mac: bytes):
    assert not chips.is_authentic(file_key=ZEROS, tap=TAP, mac=mac)


@given(key=keys, tap=taps, chance=st.binary(min_size=5, max_size=5))
def test_what_was_encrypted_is_read(key: bytes, tap: Tap, chance: bytes):
    plain = b"\xc7" + tap.uid + tap.counter.to_bytes(3, "little") + chance

    assert chips.read_tap(meta_key=key, picc_data=chips.encrypted(key=key, iv=ZEROS, data=plain)) == tap


@given(master=keys, taps=st.lists(taps, min_size=2, max_size=2, unique=True), message=st.binary(max_size=40))
def test_a_mac_proves_one_tap_of_one_chip_with_one_key(master: bytes, taps: list[Tap], message: bytes):
    one, other = taps
    key = chips.file_key(master_key=master, uid=one.uid)
    mac = chips.tap_mac(file_key=key, tap=one, message=message)

    assert len(mac) == 8
    assert chips.is_authentic(file_key=key, tap=one, mac=mac, message=message)
    assert not chips.is_authentic(file_key=key, tap=other, mac=mac, message=message)
    assert not chips.is_authentic(file_key=key, tap=one, mac=mac, message=message + b"\0")
    assert not chips.is_authentic(
        file_key=chips.file_key(master_key=bytes(b ^ 1 for b in master), uid=one.uid), tap=one, mac=mac, message=message
    )


@given(master=keys, uid=uids)
def test_no_two_keys_of_a_chip_are_alike(master: bytes, uid: bytes):
    assert len({chips.chip_key(master_key=master, uid=uid, number=number) for number in range(5)} | {master}) == 6


@pytest.mark.parametrize(("uid", "counter"), [(bytes(4), 1), (bytes(8), 1), (bytes(7), -1), (bytes(7), 1 << 24)])
def test_a_tap_that_no_chip_can_make_is_refused(uid: bytes, counter: int):
    with pytest.raises(ValueError, match="seven bytes"):
        Tap(uid=uid, counter=counter)


@pytest.mark.parametrize("size", [15, 32])
def test_too_little_or_too_much_does_not_diversify_a_key(size: int):
    with pytest.raises(ValueError, match="16 to 31"):
        chips.diversified(master_key=ZEROS, data=bytes(size))


def test_a_uid_of_another_length_has_no_key():
    with pytest.raises(ValueError, match="seven bytes"):
        chips.file_key(master_key=ZEROS, uid=bytes(4))
