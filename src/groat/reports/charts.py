"""Charts as SVG, drawn by the server: bars, each with an address. Colours come from the style sheet. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 160
WIDTH = 640
BASE = 132
"""Where the bars stand; below are their names."""
TOP = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """A value, as it is told, and what is usual beside it."""

    label: str
    value: int
    told: str
    url: str = ""
    usual: int | None = None
    usual_told: str = ""
    is_marked: bool = False
    """The day or hour in question."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A bar where it stands, in the units of the drawing."""

    bar: Bar
    x: str
    y: str
    width: str
    height: str
    middle: str
    has_label: bool
    is_other: bool
    """Every other name, which a phone leaves out."""
    usual_y: str
    usual_x: str
    usual_end: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing of bars."""

    key: str
    """Names its title and description on the page."""
    title: str
    about: str
    """What it shows, in a sentence, for who cannot see it."""
    first: str
    """What stands before the values in the table of the same."""
    second: str
    usual: str
    """The name of what is usual; empty without."""
    bars: tuple[Drawn, ...]
    width: int = WIDTH
    height: int = HEIGHT
    base: int = BASE


def drawn(bars: Sequence[Bar], *, key: str, title: str, about: str, first: str, second: str, usual: str = "") -> Chart:
    """Bars of one width from nothing up. What is below zero is drawn as nothing: its number says it."""
    highest = max([1, *(bar.value for bar in bars), *(bar.usual or 0 for bar in bars)])
    step = WIDTH / max(1, len(bars))
    # So many names that they do not run into each other.
    every = max(1, -(-len(bars) * 58 // WIDTH))
    placed = []
    for i, bar in enumerate(bars):
        height = max(0, bar.value) / highest * (BASE - TOP)
        x, width = i * step + step * 0.14, step * 0.72
        usual_y = BASE - max(0, bar.usual or 0) / highest * (BASE - TOP)
        placed.append(
            Drawn(
                bar,
                _n(x),
                _n(BASE - height),
                _n(width),
                _n(height),
                _n(x + width / 2),
                (len(bars) - 1 - i) % every == 0,
                (len(bars) - 1 - i) // every % 2 == 1,
                _n(usual_y),
                _n(x - step * 0.07),
                _n(x + width + step * 0.07),
            )
        )
    return Chart(key, title, about, first, second, usual, tuple(placed))


def _n(number: float) -> str:
    return f"{number:.1f}"
