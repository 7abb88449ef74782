"""Text for the display: nothing that it lacks, nothing too long, no amount cut."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groat_reader import lcd
from groat_reader.texts import TEXTS, Text, say

PRINTABLE = set(string.printable) - set("\t\n\r\x0b\x0c")
amounts = st.builds(
    lambda sign, whole, cents: f"{sign}{whole:,}".replace(",", "\u00a0") + f",{cents:02}",
    st.sampled_from(["", "-", "−"]),
    st.integers(0, 10**9),
    st.integers(0, 99),
)
units = st.sampled_from(["", " Kč", " €", " kr."])
words = st.text(st.sampled_from("aábcčdďeěžŽřŠß "), max_size=30)


def shown(*lines: str) -> list[str]:
    return [line.rstrip() for line in lcd.layout(lines, columns=16, rows=2)]


@given(st.lists(st.text(), max_size=4))
def test_whatever_is_asked_fits_the_display(lines: list[str]) -> None:
    rows = lcd.layout(lines, columns=16, rows=2)
    assert [len(row) for row in rows] == [16, 16]
    assert set("".join(rows)) <= PRINTABLE


@given(words, amounts, units, words)
def test_an_amount_at_the_end_of_a_line_is_whole(label: str, amount: str, unit: str, other: str) -> None:
    rows = [row.replace(" ", "") for row in shown(f"{label} {amount}{unit}", other)]
    number = lcd.fold(amount).replace(" ", "")
    assert rows[0].startswith("#" * 16) or number in rows[0] or (number in rows[1] and not other.strip())


@given(words, st.integers(10**4, 10**14), words)
def test_a_number_is_shown_whole_or_not_at_all(before: str, number: int, after: str) -> None:
    rows = shown(f"{before} {number} {after}", "x")
    assert set(re.findall(r"\d+", rows[0])) <= {str(number)}


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert lcd.fold(lcd.fold(text)) == lcd.fold(text)


@pytest.mark.parametrize(
    ("lines", "rows"),
    [
        (["K zaplacení", "45,00 Kč"], ["K zaplaceni", "45,00 Kc"]),
        (["Zaplaceno 45,00", "Zůstatek 312,50"], ["Zaplaceno 45,00", "Zustatek 312,50"]),
        (["Zůstatek 312,50 Kč", "Děkujeme"], ["Zustatek 312,50", "Dekujeme"]),
        (["Zůstatek 12 312,50 Kč", "Děkujeme"], ["Zusta. 12 312,50", "Dekujeme"]),
        (["Chybí 12,50 €, dobijte"], ["Chybi 12,50 EUR,", "dobijte"]),
        (["Kavárna U Tří kohoutů"], ["Kavarna U Tri", "kohoutu"]),
        (["1 234 567 890 123,00 Kč", ""], ["1234567890123,00", ""]),
        (["12 345 678 901 234,00 Kč", ""], ["################", ""]),
        (["Příliš", "žluťoučký", "kůň"], ["Prilis", "zlutoucky"]),
        ([], ["", ""]),
    ],
)
def test_what_is_shown(lines: list[str], rows: list[str]) -> None:
    assert shown(*lines) == rows


@pytest.mark.parametrize("language", TEXTS)
def test_our_own_texts_fit_without_being_cut(language: str) -> None:
    for text in Text:
        assert shown(*say(text, language=language)) == [lcd.fold(line) for line in say(text, language=language)]


def test_a_language_that_we_do_not_have_is_answered_in_english() -> None:
    assert say(Text.ONE_CARD, language="pl") == ("Only one card", "please")
    assert say(Text.ONE_CARD, language="cs-CZ") == ("Jen jednu kartu", "prosím")
