"""A merchant's colour as the accent of all pages."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groat.web import accents

TOKENS = (Path(accents.__file__).parent / "static" / "web" / "tokens.css").read_text()
colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def token(name: str) -> accents.Pair:
    found = re.search(rf"--{name}: light-dark\((#\w+), (#\w+)\)", TOKENS)
    assert found
    return accents.Pair(*found.groups())


@given(colours)
def test_whatever_the_colour_everything_is_readable_by_day_and_by_night(colour: str):
    made = accents.tokens(colour)
    surfaces = [token(name) for name in ("sunken", "paper", "surface", "raised")]
    on_soft = made["on-accent-soft"]

    pairs = [(made["accent"], surface) for surface in surfaces]
    pairs += [(made["on-accent"], made["accent"]), (made["on-accent"], made["accent-strong"])]
    pairs += [(on_soft, made["accent-soft"])]

    assert all(accents.contrast(ink.day, paper.day) >= accents.READABLE for ink, paper in pairs)
    assert all(accents.contrast(ink.night, paper.night) >= accents.READABLE for ink, paper in pairs)


@given(colours)
def test_the_pages_own_tokens_and_no_others_are_replaced(colour: str):
    assert set(accents.tokens(colour)) == set(re.findall(r"--((?:on-)?accent(?:-\w+)?):", TOKENS))


def test_a_colour_that_is_readable_stays_as_it_is():
    assert accents.tokens("#2545b0")["accent"].day == "#2545b0"


def test_the_style_sheet_comes_after_the_pages_own_in_the_same_layer():
    assert accents.css("#2545b0").startswith("@layer tokens { :root { --accent: light-dark(#2545b0, #")


@pytest.mark.parametrize(("one", "other", "contrast"), [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48)])
def test_contrast_is_that_of_the_standard(one: str, other: str, contrast: float):
    assert round(accents.contrast(one, other), 2) == contrast


@pytest.mark.parametrize("text", ["", "red", "#fff", "#12345g", "#1234567", "url(x)", "#123456;}"])
def test_what_is_no_colour_is_refused(text: str):
    with pytest.raises(accents.NotAColour):
        accents.css(text)
