"""The pictures: taken, made small, and shown in docs/pages.md."""

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page

CLONE = Path(__file__).resolve().parent.parent.parent
PICTURES = CLONE / "docs" / "pictures"
PAGES = CLONE / "docs" / "pages.md"
LARGEST_BYTES = 60_000
COLOURS = (192, 128, 96, 64, 48)
"""Tried in this order until a picture is small enough."""
TOUCH = {"has_touch": True, "is_mobile": True}


@dataclass(frozen=True, slots=True)
class Device:
    """What a person looks at Groat with."""

    name: str
    width: int
    height: int
    options: dict[str, Any]
    shown_at: int
    """Width in docs/pages.md."""


PHONE = Device("phone", 390, 844, TOUCH, 220)
TABLET = Device("tablet", 820, 1180, TOUCH, 320)
DESKTOP = Device("desktop", 1280, 800, {}, 460)
DEVICES = (PHONE, TABLET, DESKTOP)


@dataclass(frozen=True, slots=True)
class Taken:
    """A state of a page of which there are pictures."""

    name: str
    title: str
    chapter: str
    themes: tuple[str, ...]
    devices: list[Device] = field(default_factory=list)

    def row(self, theme: str) -> list[tuple[Device, str]]:
        """The files of one theme, by device."""
        return [(device, file_name(self.name, device, theme)) for device in self.devices]


@dataclass(slots=True)
class Gallery:
    """The pictures taken so far, in their order."""

    only: str = ""
    taken: dict[str, Taken] = field(default_factory=dict)
    chapter: str = ""
    device: Device = PHONE

    def take(self, page: Page, name: str, title: str, *, dark: bool = False) -> None:
        """Take what the page shows now, in light and, if asked, in the dark."""
        themes = ("light", "dark") if dark else ("light",)
        self.taken.setdefault(name, Taken(name, title, self.chapter, themes)).devices.append(self.device)
        if not name.startswith(self.only):
            return
        page.mouse.move(0, 0)
        page.evaluate("document.fonts.ready.then(() => 1)")
        for theme in themes:
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
            shot = page.screenshot(animations="disabled", caret="hide")
            (PICTURES / file_name(name, self.device, theme)).write_bytes(small(shot))
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        print(f"  {self.device.name:<8} {title}", flush=True)

    def keep(self) -> str:
        """Write docs/pages.md, and let go of the pictures that it does not show; what there is, in a sentence."""
        taken = list(self.taken.values())
        wanted = {file for one in taken for theme in one.themes for _device, file in one.row(theme)}
        for stale in {file.name for file in PICTURES.glob("*.png")} - wanted:
            (PICTURES / stale).unlink()
        PAGES.write_text(written(taken))
        total = sum(file.stat().st_size for file in PICTURES.glob("*.png"))
        return f"{len(wanted)} pictures, {total / 1e6:.1f} MB, shown in docs/pages.md"


def file_name(name: str, device: Device, theme: str) -> str:
    return f"{name}-{device.name}{'-dark' if theme == 'dark' else ''}.png"


def small(png: bytes) -> bytes:
    """The picture with as few colours as make it small enough."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    smaller = b""
    for colours in COLOURS:
        out = io.BytesIO()
        # Refined by two rounds of k-means: the eye sees no difference to the thousands of colours before.
        few = picture.quantize(colours, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)
        few.save(out, "PNG", optimize=True)
        smaller = out.getvalue()
        if len(smaller) <= LARGEST_BYTES:
            break
    return smaller


def written(taken: list[Taken]) -> str:
    """docs/pages.md: every picture under its chapter."""
    lines = [
        "# Every page",
        "",
        "On the demo’s data, in light and, where it matters most, in the dark. `make screenshots` takes them anew.",
    ]
    for chapter in dict.fromkeys(one.chapter for one in taken):
        lines += ["", f"## {chapter}"]
        for one in taken:
            if one.chapter == chapter:
                lines += ["", f"### {one.title}", "", *map(one_row, [one] * len(one.themes), one.themes)]
    return "\n".join(lines) + "\n"


def one_row(one: Taken, theme: str) -> str:
    return " ".join(
        f'<img src="pictures/{file}" width="{device.shown_at}" alt="{one.title}, {device.name}, {theme}">'
        for device, file in one.row(theme)
    )
