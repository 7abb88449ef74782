"""A slip: a till's report or a receipt. Told once; a page, an 80-mm printer, a letter and a PDF show the same."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import typst
from django.utils import formats, timezone
from django.utils.translation import get_language

from groat.web import money

_HERE = Path(__file__).resolve().parent
_SHEET = _HERE / "typst" / "slip.typ"
_FONTS = _HERE / "vendor" / "source-sans"
_WIDTH = 42
"""Signs in a line of a letter in plain text."""


@dataclass(frozen=True, slots=True)
class Line:
    """A name and what stands across from it, both ready to be read."""

    name: str
    value: str = ""
    detail: str = ""
    """In small, under the name."""
    tone: str = ""
    """`sum`, `soft`, or nothing."""


@dataclass(frozen=True, slots=True)
class Part:
    """Lines that belong together."""

    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Slip:
    """What a slip says, in one language."""

    issuer: str
    place: str
    title: str
    facts: tuple[str, ...]
    """When, and by whom."""
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()
    number: str = ""
    """By which it is found again."""


def pdf(slip: Slip, *, at: datetime) -> bytes:
    """The slip on a sheet of A4 in the current language, to be filed: PDF/A-2a. `at` is when it was made.

    What it says reaches the sheet as data, never as markup: a name cannot do anything there. A sign that the
    sheet's font lacks, such as an emoji, is a box; PDF/A allows none, so with one it is a plain PDF.
    """
    told = json.dumps({"slip": asdict(slip), "language": _language()})
    try:
        return _typeset(told, at, ["a-2a"])
    except typst.TypstError:
        return _typeset(told, at, [])


def _typeset(told: str, at: datetime, standards: "list[typst.PDFStandard]") -> bytes:
    made = typst.compile(
        str(_SHEET),
        root=str(_SHEET.parent),
        font_paths=fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"told": told},
        pdf_standards=standards,
        timestamp=at.replace(microsecond=0),
    )
    if not isinstance(made, bytes):
        raise TypeError("typst made something else than one PDF")
    return made


@cache
def fonts() -> typst.Fonts:
    """The fonts of everything that is set on paper."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_FONTS)])


def text(slip: Slip) -> str:
    """The slip in plain text, for a letter."""
    said = [slip.issuer, slip.place, "", slip.title, *slip.facts]
    for part in slip.parts:
        said += ["", *([part.heading] if part.heading else [])]
        for line in part.lines:
            said += [_across(line), *([f"  {line.detail}"] if line.detail else [])]
    for last in (*slip.notes, slip.number):
        said += ["", last] if last else []
    return "\n".join(said)


def _across(line: Line) -> str:
    gap = _WIDTH - len(line.name) - len(line.value)
    return f"{line.name}{' ' * gap if gap > 1 else '  '}{line.value}".rstrip()


# ---- What slips say, in the current language ----


def in_credits(amount_minor: int, programme: money.Denomination) -> str:
    """Credits of the programme: 1 250,00 Kč."""
    return money.format_credits(
        amount_minor, decimals=programme.credit_decimals, name=programme.credit_name, language=_language()
    )


def in_currency(amount_minor: int, programme: money.Denomination) -> str:
    """Money of the programme's currency: 1 250,00 CZK."""
    return money.format_currency(amount_minor, currency=programme.currency, language=_language())


def moment(at: datetime) -> str:
    """Day and time where the slip is made."""
    return formats.date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")


def _language() -> str:
    return get_language() or "en"
