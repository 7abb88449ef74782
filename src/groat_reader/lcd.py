"""Text for a small display: Unicode becomes what it has, lines become its width, amounts stay whole."""

import re
import unicodedata
from collections.abc import Sequence

OWN = str.maketrans(
    {
        "€": "EUR", "£": "GBP", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ø": "o", "Ø": "O", "ß": "ss", "æ": "ae",
        "Æ": "AE", "œ": "oe", "Œ": "OE", "ı": "i", "×": "x", "÷": "/", "·": ".", "•": "*", "«": '"', "»": '"',
        "‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "‐": "-", "‑": "-",
        "−": "-", "…": "...",
    }
)  # fmt: skip
# A number with its groups and decimals, and the unit behind it.
AMOUNT = re.compile(r"(?P<number>[-+]?\d+(?: \d{3})*(?:[.,]\d+)*)(?P<unit> ?(?:[A-Za-z.]{1,6}))?$")
NUMBER = re.compile(r"[-+]?\d+(?: \d{3})*(?:[.,]\d+)*")


def fold(text: str) -> str:
    """The text in printable ASCII, one blank where there were several: ž becomes z, € becomes EUR."""
    plain = unicodedata.normalize("NFKD", text.translate(OWN))
    kept = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join("".join(sign if " " <= sign <= "~" else " " if sign.isspace() else "?" for sign in kept).split())


def layout(lines: Sequence[str], *, columns: int, rows: int) -> list[str]:
    """Exactly `rows` lines of exactly `columns` printable ASCII characters.

    A single line too long is wrapped where there is room; otherwise words go, the unit goes, and the
    number at the end of a line stays whole. A number that no line can hold becomes `####`.
    """
    folded = [folded for line in lines if (folded := fold(line))]
    if len(folded) == 1 and len(folded[0]) > columns and rows > 1:
        folded = _wrapped(folded[0], columns=columns, rows=rows)
    shown = [_fitted(line, columns) for line in folded[:rows]]
    return [line.ljust(columns) for line in [*shown, *[""] * (rows - len(shown))]]


def _fitted(line: str, columns: int) -> str:
    if len(line) <= columns:
        return line
    amount = AMOUNT.search(line)
    if amount:
        return _label_and_amount(line[: amount.start()].rstrip(), amount["number"], columns)
    return _cut(line, columns)


def _label_and_amount(label: str, number: str, columns: int) -> str:
    """The number whole at the right, and as much of what stands before it as there is room for."""
    if len(number) > columns:
        number = number.replace(" ", "")
    if len(number) > columns:
        return "#" * columns
    room = columns - len(number) - 1
    label = label if len(label) <= room else _cut(label, room)
    return f"{label} {number}".strip() if room > 0 else number


def _cut(text: str, columns: int) -> str:
    """The beginning of a text, with a full stop where a word was cut, and never a part of a number."""
    if len(text) <= columns:
        return text
    kept = text[:columns]
    for number in NUMBER.finditer(text):
        if number.start() < columns < number.end():
            return text[: number.start()].rstrip()
    if columns < 2:
        return ""
    if text[columns] == " ":
        return kept.rstrip()
    start = kept.rfind(" ") + 1
    if columns - start < 3 or not kept[start:].isalpha():
        return kept[:start].rstrip()
    return kept[:-1] + "."


def _wrapped(line: str, *, columns: int, rows: int) -> list[str]:
    """The words of a line spread over rows; what is left over stays on the last one, to be fitted there."""
    # The blanks inside of an amount hold it together.
    words = AMOUNT.sub(lambda amount: amount[0].replace(" ", "\0"), line).split(" ")
    spread = [words[0]]
    for word in words[1:]:
        if len(spread[-1]) + 1 + len(word) <= columns or len(spread) == rows:
            spread[-1] += " " + word
        else:
            spread.append(word)
    return [row.replace("\0", " ") for row in spread]
