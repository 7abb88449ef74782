"""What a card says of itself."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groat_reader import tokens
from tests.reader.cards import NTAG213_ATR, NdefCard, UidCard

UID = "04AABBCCDDEEFF"
URL = "https://till.example/t/reka?p=EF963FF7828658A599F3041510671E88&m=94EED9EE65337086"


def test_a_card_without_a_processor_is_asked_for_its_number_alone() -> None:
    asked = list[bytes]()
    card = UidCard(UID)

    def transmit(apdu: bytes) -> bytes:
        asked.append(apdu)
        return card.transmit(apdu)

    assert tokens.read_token(transmit, atr=NTAG213_ATR) == UID
    assert asked == [tokens.GET_UID]


def test_a_random_number_is_presented_as_it_is() -> None:
    card = UidCard("08112233")
    assert tokens.read_token(card.transmit, atr=card.atr) == "08112233"


def test_a_chip_is_its_url_however_long_the_address() -> None:
    long = URL.replace("till", "till" * 60)
    for url in (URL, long):
        payload = b"\x04" + url.removeprefix("https://").encode()
        record = bytes([0xC1, 0x01]) + len(payload).to_bytes(4) + b"U" + payload  # the long form
        card = NdefCard(UID, record)
        assert tokens.read_token(card.transmit, atr=card.atr) == url


@pytest.mark.parametrize(
    "url",
    ["https://till.example/", URL[:-1], URL + "0", URL.replace("m=", "n="), URL.replace("p=EF", "p=XX")],
)
def test_another_address_is_no_tap(url: str) -> None:
    card = NdefCard.with_url(UID, url)
    assert tokens.read_token(card.transmit, atr=card.atr) == UID


@pytest.mark.parametrize("answer", [b"", b"\x90\x00", b"\x6a\x81", b"\x01\x02\x03\x90\x00", b"\x04" * 11 + b"\x90\x00"])
def test_a_card_that_gives_no_number_is_unreadable(answer: bytes) -> None:
    with pytest.raises(tokens.Unreadable):
        tokens.read_uid(lambda _: answer)


@given(st.binary(max_size=80))
def test_no_message_breaks_the_reading(message: bytes) -> None:
    assert tokens.uri_of(message) is None or isinstance(tokens.uri_of(message), str)
    card = NdefCard(UID, message)
    assert tokens.read_token(card.transmit, atr=card.atr) == UID


@given(st.lists(st.binary(max_size=20), min_size=4, max_size=8))
def test_no_answer_of_a_card_breaks_the_reading(answers: list[bytes]) -> None:
    said = iter([*answers, bytes.fromhex(UID) + b"\x90\x00"])
    with contextlib.suppress(tokens.Unreadable):
        tokens.read_token(lambda _: next(said, b"\x6f\x00"), atr=b"\x3b")


def test_of_a_token_four_signs_are_told() -> None:
    assert tokens.last_four(UID) == "…EEFF"
