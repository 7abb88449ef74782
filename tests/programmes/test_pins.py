"""PINs: which may be chosen, and what is kept of one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groat.errors import Refusal
from groat.programmes import pins
from groat.programmes.models import Staff

digits = st.text("0123456789", min_size=4, max_size=8)


def refused(pin: str) -> str:
    """The code of the refusal; "" for a PIN that may be chosen."""
    try:
        pins.checked(pin)
    except Refusal as refusal:
        return refusal.code
    return ""


@pytest.mark.parametrize("pin", ["", "123", "123456789", "12a4", "１２３４", "48 1", "4821\n", "-482"])
def test_a_pin_is_four_to_eight_digits(pin: str):
    assert refused(pin) == "pin_invalid"


@pytest.mark.parametrize(
    "pin",
    ["0000", "1111", "99999999", "1234", "4321", "0123", "8901", "3210", "1357", "1212", "123123", "48214821", "2580"],
)
def test_a_pin_that_strangers_try_first_is_refused(pin: str):
    assert refused(pin) == "pin_too_easy"


@pytest.mark.parametrize("pin", ["4821", "90357", "193746", "4821739", "04821739"])
def test_others_may_be_chosen(pin: str):
    assert refused(pin) == ""


@given(start=st.integers(0, 9), step=st.integers(0, 9), length=st.integers(4, 8))
def test_every_even_walk_round_the_digits_is_too_easy(start: int, step: int, length: int):
    assert refused("".join(str((start + step * place) % 10) for place in range(length))) == "pin_too_easy"


@given(part=st.text("0123456789", min_size=1, max_size=4), times=st.integers(2, 8))
def test_every_repetition_is_too_easy(part: str, times: int):
    assert refused(part * times) == ("pin_too_easy" if 4 <= len(part * times) <= 8 else "pin_invalid")


@given(pin=digits, other=digits)
def test_a_pin_is_right_for_whom_it_was_kept_and_nobody_else(pin: str, other: str):
    petra, pavel = Staff(id=1), Staff(id=2)
    kept = pins.kept(pin, of=petra)

    assert pins.is_right(pin, of=petra, kept=kept)
    assert not pins.is_right(pin, of=pavel, kept=kept)
    assert pins.is_right(other, of=petra, kept=kept) == (other == pin)
    # By itself: four digits stand somewhere in a hash now and then.
    assert not re.search(rf"(?<![0-9a-zA-Z+/]){pin}(?![0-9a-zA-Z+/])", kept)


@given(pin=digits)
def test_where_no_pin_is_kept_none_is_right(pin: str):
    assert not pins.is_right(pin, of=Staff(id=1), kept="")
