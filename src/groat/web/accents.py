"""A merchant's own colour as the accent of all pages: made dark enough by day and light enough by night. Pure.

Contrast and relative luminance are those of WCAG 2.2.
"""

import re
from dataclasses import dataclass

type Rgb = tuple[float, float, float]
"""Red, green and blue from 0 to 255."""

READABLE = 4.5
"""The contrast that WCAG AA asks of text."""
MARGIN = 0.1
"""So that rounding to whole steps of a colour keeps it."""
# The surfaces of tokens.css on which the accent is hardest to read, by day and by night.
DAY, NIGHT = "#ece6da", "#252933"
DAY_SURFACE, NIGHT_SURFACE = "#fffdf9", "#1c1f27"
WHITE, BLACK = "#ffffff", "#000000"
ON_NIGHT = "#0d1330"
_STEPS = 100


class NotAColour(ValueError):
    """No colour such as #2545b0."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A colour by day, and by night."""

    day: str
    night: str


def tokens(colour: str) -> dict[str, Pair]:
    """The tokens of tokens.css that make the accent, by their names, from a colour such as #2545b0."""
    day = _until_readable(_rgb(colour), towards=BLACK, on=DAY)
    night = _until_readable(_rgb(colour), towards=WHITE, on=NIGHT)
    soft = Pair(_hex(_mixed(day, DAY_SURFACE, 0.86)), _hex(_mixed(night, NIGHT_SURFACE, 0.78)))
    return {
        "accent": Pair(_hex(day), _hex(night)),
        "accent-strong": Pair(_hex(_mixed(day, BLACK, 0.28)), _hex(_mixed(night, WHITE, 0.35))),
        "on-accent": Pair(WHITE, ON_NIGHT),
        "accent-soft": soft,
        "on-accent-soft": Pair(
            _hex(_until_readable(day, towards=BLACK, on=soft.day)),
            _hex(_until_readable(night, towards=WHITE, on=soft.night)),
        ),
    }


def css(colour: str) -> str:
    """A style sheet that gives all pages this accent."""
    lines = (f"--{name}: light-dark({pair.day}, {pair.night});" for name, pair in tokens(colour).items())
    return f"@layer tokens {{ :root {{ {' '.join(lines)} }} }}\n"


def checked(colour: str) -> str:
    """The colour as it is kept, such as #2545b0. Raises NotAColour."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise NotAColour(colour)
    return colour.lower()


def contrast(one: str, other: str) -> float:
    """From 1 to 21: WCAG's contrast of two colours."""
    darker, lighter = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))))
    return (lighter + 0.05) / (darker + 0.05)


def _until_readable(colour: Rgb, *, towards: str, on: str) -> Rgb:
    """The colour, as little changed as makes it readable on a surface."""
    for step in range(_STEPS):
        changed = _mixed(colour, towards, step / _STEPS)
        if contrast(_hex(changed), on) >= READABLE + MARGIN:
            return changed
    return _rgb(towards)


def _mixed(colour: Rgb, other: str, part: float) -> Rgb:
    red, green, blue = (mine + (theirs - mine) * part for mine, theirs in zip(colour, _rgb(other), strict=True))
    return red, green, blue


def _luminance(colour: Rgb) -> float:
    red, green, blue = (
        part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(colour: str) -> Rgb:
    text = checked(colour)
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def _hex(colour: Rgb) -> str:
    return "#" + "".join(f"{round(part):02x}" for part in colour)
