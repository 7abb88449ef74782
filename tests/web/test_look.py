"""The design tokens keep the contrast that WCAG 2.2 AA asks for, by day and by night."""

import re
from pathlib import Path

import pytest

import groat.web
from groat.web.swatches import SWATCHES, swatch_of

STATIC = Path(groat.web.__file__).parent / "static" / "web"
TOKENS = {
    name: (day, night)
    for name, day, night in re.findall(
        r"--([\w-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)", (STATIC / "tokens.css").read_text()
    )
}
GROUNDS = ("paper", "surface", "raised", "sunken")
TEXT = [
    *((ink, ground) for ink in ("ink", "ink-soft") for ground in GROUNDS),
    *((ink, ground) for ink in ("ink-faint", "accent", "accent-strong", "bad", "good") for ground in GROUNDS[:3]),
    *((f"on-{tone}", tone) for tone in ("accent", "good", "bad", "warn")),
    *((f"on-{tone}-soft", f"{tone}-soft") for tone in ("accent", "good", "bad", "warn")),
    *((f"on-outcome-{tone}", f"outcome-{tone}") for tone in ("good", "bad", "warn")),
    *((f"on-swatch-{name}", f"swatch-{name}") for name in SWATCHES),
    ("on-accent", "accent-strong"),
    ("accent-strong", "accent-soft"),
]
BOUNDS = [
    *(("line-control", ground) for ground in ("paper", "surface", "raised")),
    *(("accent", ground) for ground in GROUNDS),
]


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio, WCAG 2.2: 1 for the same colour, 21 for black on white."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_formula_gives_what_wcag_gives() -> None:
    assert (contrast("#000000", "#ffffff"), contrast("#777777", "#777777")) == (21.0, 1.0)
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_can_be_read(ink: str, ground: str, theme: int) -> None:
    assert contrast(TOKENS[ink][theme], TOKENS[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("line", "ground"), BOUNDS)
def test_what_can_be_used_has_a_visible_bound(line: str, ground: str, theme: int) -> None:
    assert contrast(TOKENS[line][theme], TOKENS[ground][theme]) >= 3


def test_each_swatch_has_its_colours_and_its_rule() -> None:
    assert {name.removeprefix("swatch-") for name in TOKENS if name.startswith("swatch-")} == set(SWATCHES)
    rules = re.findall(r'\[data-swatch="(\w+)"\]', (STATIC / "components.css").read_text())
    assert rules == list(SWATCHES)


def test_the_same_thing_always_gets_the_same_swatch() -> None:
    assert [swatch_of(key) for key in (0, 7, 10, 17)] == ["clay", "plum", "clay", "plum"]


def test_styles_use_only_tokens_that_exist() -> None:
    known = set(re.findall(r"--([\w-]+):", "".join(css.read_text() for css in STATIC.glob("*.css"))))
    for css in STATIC.glob("*.css"):
        assert set(re.findall(r"var\(--([\w-]+)", css.read_text())) <= known, css.name
