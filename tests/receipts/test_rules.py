"""The address of a receipt: found by who was given it, and guessed by nobody."""

import base64
import hashlib
import hmac
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groat.receipts.rules import KINDS, code_of, read_code

KEY = bytes(range(32))
ids = st.integers(0, 2**63 - 1)
kinds = st.sampled_from(KINDS)


@given(programme_id=ids, kind=kinds, row_id=ids)
def test_a_code_leads_back_to_what_it_was_made_of(programme_id: int, kind: str, row_id: int) -> None:
    code = code_of(programme_id=programme_id, kind=kind, row_id=row_id, key=KEY)
    assert re.fullmatch(r"[A-Za-z0-9_-]{36}", code)
    assert read_code(code, programme_id=programme_id, key=KEY) == (kind, row_id)


@given(programme_id=ids, kind=kinds, row_id=ids, bit=st.integers(0, 27 * 8 - 1))
def test_a_code_with_any_bit_changed_leads_nowhere(programme_id: int, kind: str, row_id: int, bit: int) -> None:
    made = bytearray(base64.urlsafe_b64decode(code_of(programme_id=programme_id, kind=kind, row_id=row_id, key=KEY)))
    made[bit // 8] ^= 1 << bit % 8
    assert read_code(base64.urlsafe_b64encode(made).decode(), programme_id=programme_id, key=KEY) is None


def test_a_code_is_of_one_programme_and_of_one_key() -> None:
    code = code_of(programme_id=1, kind="payment", row_id=7, key=KEY)
    assert read_code(code, programme_id=2, key=KEY) is None
    assert read_code(code, programme_id=1, key=KEY[::-1]) is None


@given(st.text(max_size=60))
def test_what_is_no_code_leads_nowhere(text: str) -> None:
    assert read_code(text, programme_id=1, key=KEY) is None


@pytest.mark.parametrize("change", ["{}=", "{}A", " {}", "{}\n", "{}/"])
def test_a_code_is_written_in_one_way(change: str) -> None:
    code = code_of(programme_id=1, kind="payment", row_id=7, key=KEY)
    assert read_code(change.format(code), programme_id=1, key=KEY) is None


def test_a_code_is_an_hmac_over_programme_kind_and_id() -> None:
    named = b"\x01" + (7).to_bytes(8, "big")
    tag = hmac.new(KEY, b"receipt\n" + (1).to_bytes(8, "big") + named, hashlib.sha256).digest()[:18]
    assert code_of(programme_id=1, kind="top_up", row_id=7, key=KEY).encode() == base64.urlsafe_b64encode(named + tag)
