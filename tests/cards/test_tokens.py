"""What readers read."""

import hashlib
import hmac

import pytest

from groat.cards import rules, tokens

KEY = bytes(range(32))


@pytest.mark.parametrize(
    ("text", "uid"),
    [
        ("04A1B2C3", "04a1b2c3"),
        ("04:a1:b2:c3:d4:e5:f6", "04a1b2c3d4e5f6"),
        ("04 A1 B2 C3 D4 E5 F6", "04a1b2c3d4e5f6"),
        ("04-A1-B2-C3-D4-E5-F6", "04a1b2c3d4e5f6"),
        (" 04A1B2C3D4E5F6\r\n", "04a1b2c3d4e5f6"),
        ("04A1B2C3D4E5F6A7B8C9", "04a1b2c3d4e5f6a7b8c9"),
        # Eight digits are hexadecimal, ten are the decimal number that keyboard readers type.
        ("12345678", "12345678"),
        ("0077705923", "04a1b2c3"),
        ("4294967295", "ffffffff"),
        ("08A1B2C3D4E5F6", "08a1b2c3d4e5f6"),
    ],
)
def test_a_card_number_is_read_however_the_reader_writes_it(text: str, uid: str):
    assert tokens.uid(text).hex() == uid


@pytest.mark.parametrize(
    "text",
    [
        "",
        "04",
        "04A1B2C",
        "04A1B2C3D4",  # five bytes
        "04A1B2C3D4E5",  # six
        "04A1B2C3D4E5F6A7",  # eight
        "04::A1B2C3",
        "04A1B2C3:",
        "4294967296",  # one more than four bytes hold
        "00000000",
        "0000000000",
        "hello world",
        "٠٠٧٧٧٠٥٩٢٣",  # digits, but not ours
        "https://groat.example/t?c=04A1B2C3",
        "04" * 1000,
        "04A1B2C3\0",
    ],
)
def test_what_is_no_card_number_is_refused(text: str):
    with pytest.raises(rules.InvalidToken):
        tokens.uid(text)


CODE = "K7QM3XPA9TRW2ZHB"


@pytest.mark.parametrize(
    "text",
    [
        "K7QM-3XPA-9TRW-2ZHB",
        "k7qm3xpa9trw2zhb",
        " K7QM-3XPA9TRW-2ZHB\n",
        "https://groat.example/t/harbour-court/K7QM-3XPA-9TRW-2ZHB",
    ],
)
def test_a_printed_code_is_read_alone_and_in_an_address(text: str):
    assert tokens.read(text) == CODE


@pytest.mark.parametrize(
    "text", ["K7QM-3XPA-9TRW-2ZH", "K7QM-3XPA-9TRW-2ZHO", "K7QM-3XPA-9TRW-2ZH0", "K7QM--3XPA-9TRW-2ZHB"]
)
def test_what_is_almost_a_code_is_refused(text: str):
    with pytest.raises(rules.InvalidToken):
        tokens.read(text)


def test_a_drawn_code_is_one():
    assert tokens.drawn(bytes(range(16))) == "2345-6789-ABCD-EFGH"
    assert tokens.read(tokens.drawn(bytes(range(240, 256)))) == tokens.drawn(bytes(range(240, 256))).replace("-", "")


def test_a_code_is_hashed_with_the_key_for_one_programme():
    hashes = {
        tokens.hash_of_code(programme_id=programme, code=code, key=key)
        for programme in (7, 8)
        for code in (CODE, CODE[::-1])
        for key in (KEY, KEY[::-1])
    }
    assert len(hashes) == 8


@pytest.mark.parametrize("text", ["08A1B2C3", "08:00:00:01", "0134217729"])
def test_a_number_that_the_next_tap_would_change_is_refused(text: str):
    with pytest.raises(rules.RandomToken):
        tokens.uid(text)


def test_a_number_is_hashed_with_the_key_for_one_programme():
    uid = bytes.fromhex("04a1b2c3d4e5f6")

    assert (
        tokens.hash_of(programme_id=7, uid=uid, key=KEY)
        == hmac.new(KEY, b"groat card uid" + (7).to_bytes(8, "big") + uid, hashlib.sha256).digest()
    )
    others = {
        tokens.hash_of(programme_id=8, uid=uid, key=KEY),
        tokens.hash_of(programme_id=7, uid=uid[:4], key=KEY),
        tokens.hash_of(programme_id=7, uid=uid, key=KEY[::-1]),
    }
    assert len(others | {tokens.hash_of(programme_id=7, uid=uid, key=KEY)}) == 4


def test_people_see_the_last_four_digits():
    assert tokens.last_four(bytes.fromhex("04a1b2c3d4e5f6")) == "E5F6"
