"""Take the pictures of every page: `make screenshots`.

Starts a real server on the demo's data, in a place of its own and on a free port, walks through the
till and the office as a cashier and an owner would, on a phone and on a desktop, and writes
docs/pictures/*.png and docs/pages.md, which shows them. `python -m tests.screenshots till` takes the
pictures of the pages whose names begin so, and leaves the others and docs/pages.md as they are.
"""

import argparse
import io
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests import browsers
from tests.journeys import phones, videos

CLONE = Path(__file__).resolve().parent.parent
PICTURES = CLONE / "docs" / "pictures"
PAGES = CLONE / "docs" / "pages.md"
PATIENCE_SECONDS = 300
"""For one thing that a slow machine takes its time with."""
LARGEST_BYTES = 60_000
COLOURS = (192, 128, 96, 64, 48)
"""Tried in this order until a picture is small enough."""


@dataclass(frozen=True, slots=True)
class Device:
    """What a person looks at Groat with."""

    name: str
    width: int
    height: int
    options: dict[str, Any]
    shown_at: int
    """Width in docs/pages.md."""


DEVICES = (
    Device("phone", 390, 844, {"has_touch": True, "is_mobile": True}, 260),
    Device("desktop", 1280, 800, {}, 560),
)


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
    device: Device = DEVICES[0]

    def take(self, page: Page, name: str, title: str, *, dark: bool = False) -> None:
        """Take what the page shows now, in light and, if asked, in the dark."""
        themes = ("light", "dark") if dark else ("light",)
        self.taken.setdefault(name, Taken(name, title, self.chapter, themes)).devices.append(self.device)
        if not name.startswith(self.only):
            return
        page.evaluate("document.fonts.ready.then(() => 1)")
        for theme in themes:
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
            shot = page.screenshot(animations="disabled", caret="hide")
            (PICTURES / file_name(name, self.device, theme)).write_bytes(small(shot))
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        print(f"  {self.device.name:<8} {title}", flush=True)


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


# ---- The server ----


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo: where it is, and what its visitor is told."""

    url: str
    told: dict[str, Any]

    def login(self, role: str) -> dict[str, str]:
        found: dict[str, str] = next(login for login in self.told["logins"] if login["role"] == role)
        return found

    def card(self, hint: str) -> str:
        """The number of the card of which the demo's tray says this."""
        found: str = next(card["token"] for card in self.told["cards"] if card["hint"] == hint)
        return found


@contextmanager
def running(var: Path) -> Iterator[Demo]:
    """The demo's data made in `var` unless they are there, and a server on them."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {name: value for name, value in os.environ.items() if not name.startswith("GROAT_")}
    environment = own | {"GROAT_VAR": str(var), "GROAT_DEMO": "1"}
    groat = [sys.executable, "-m", "groat.config.command"]
    print("  making the demo's data", flush=True)
    subprocess.run([*groat, "demo", "--prepare"], env=environment, cwd=CLONE, check=True)
    server = subprocess.Popen([*groat, "serve", "--port", str(port)], env=environment, cwd=CLONE)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_up(url, server)
        yield Demo(url, json.loads((var / "demo.json").read_text()))
    finally:
        server.terminate()
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()


def wait_until_up(url: str, server: "subprocess.Popen[bytes]") -> None:
    patience = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with urlopen(f"{url}/health", timeout=PATIENCE_SECONDS):
                return
        except (URLError, OSError):
            if server.poll() is not None or time.monotonic() > patience:
                sys.exit("The server did not start: its reason stands above.")
            time.sleep(0.2)


# ---- Walking through ----


def opened(browser: Browser, device: Device, demo: Demo, *, language: str = "en-GB") -> Page:
    """A new visitor on a device, whom nobody knows yet."""
    context = browser.new_context(
        base_url=demo.url,
        viewport={"width": device.width, "height": device.height},
        locale=language,
        color_scheme="light",
        reduced_motion="reduce",
        **device.options,
    )
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    context.add_init_script(NOTHING_GOES_BY_ITSELF)
    if device.name == "phone":
        context.add_init_script(phones.nfc())
    return context.new_page()


def sign_in(page: Page, login: dict[str, str]) -> None:
    page.goto("/account/login/")
    page.locator("#id_login").fill(login["email"])
    page.locator("#id_password").fill(login["password"])
    page.locator("#id_password").press("Enter")
    page.wait_for_url(lambda url: "/account/" not in url)


def present(page: Page, token: str) -> None:
    """Hold a card to a reader that types its number: all keys at once, for we would be slower than any reader."""
    page.evaluate(
        """(token) => {
          const press = (key, code) => document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true }));
          for (const sign of token) press(sign, (/[0-9]/.test(sign) ? "Digit" : "Key") + sign);
          press("Enter", "Enter");
        }""",
        token,
    )


def panel(page: Page, name: str) -> None:
    page.locator(f"#panel[data-panel={name}]").wait_for()


def link(page: Page, pattern: str) -> str:
    """The first address on the page that matches."""
    found = re.search(f'href="([^"]*{pattern}[^"]*)"', page.content())
    if not found:
        sys.exit(f"{page.url} has no link to {pattern}")
    return found.group(1)


UUID = "[0-9a-f-]{36}"
NOTHING_GOES_BY_ITSELF = """
  const later = window.setTimeout;
  window.setTimeout = (act, ms, ...rest) => (ms >= 4000 ? 0 : later(act, ms, ...rest));
"""
"""What a page shows for a few seconds stays until it has been taken, however slow the machine."""
WAITING = "#panel h1 span[data-when~=waiting]"
"""Seen when a card may come."""


def visit_sign_in(page: Page, gallery: Gallery) -> None:
    gallery.chapter = "Signing in"
    page.goto("/account/login/")
    gallery.take(page, "sign-in", "Sign in", dark=True)
    page.locator("#id_login").fill("cashier@harbour.example")
    page.locator("#id_password").fill("not the password")
    page.locator("#id_password").press("Enter")
    page.locator("[role=alert], .errorlist, .note").first.wait_for()
    gallery.take(page, "sign-in-wrong", "A wrong password")


def visit_till(page: Page, gallery: Gallery, demo: Demo) -> None:
    gallery.chapter = "The till"
    sign_in(page, demo.login("cashier"))
    gallery.take(page, "till-choose", "Which till is this?")
    page.get_by_role("link", name="Café counter").click()
    page.locator(".tile:enabled").first.wait_for()
    gallery.take(page, "till-products", "Products")
    page.locator(".tile:enabled", has_text="Cappuccino").click()
    page.locator(".tile:enabled", has_text="Carrot cake").click()
    gallery.take(page, "till", "A basket", dark=True)
    if gallery.device.name == "phone":
        page.locator("[data-toggle]").click()
        gallery.take(page, "till-basket", "The basket, opened")
    page.locator("[data-act=charge]").click()
    page.locator(WAITING).wait_for()
    gallery.take(page, "till-waiting", "Waiting for a card", dark=True)
    visit_camera(page, gallery)
    present(page, demo.card("Has plenty"))
    panel(page, "paid")
    gallery.take(page, "till-paid", "Paid", dark=True)
    page.locator("[data-do=next]").click()

    page.locator("[data-open=payments]").click()
    page.locator("#payments-list [data-undo]").first.wait_for()
    gallery.take(page, "till-payments", "The last payments")
    page.locator("#payments-list [data-undo]").first.click()
    page.locator("#undo-ask").wait_for()
    gallery.take(page, "till-undo", "Giving a payment back")
    page.locator("[data-undo-yes]").click()
    panel(page, "undone")
    gallery.take(page, "till-undone", "Given back")
    page.locator("[data-do=next]").click()

    poor = demo.card("Nearly empty")
    present(page, poor)
    panel(page, "balance")
    gallery.take(page, "till-balance", "A card with nothing to pay tells its balance")
    page.locator("[data-do=next]").click()
    page.locator(".till-free").click()
    for digit in ("4", "9", "0"):
        page.locator(f"#keypad [data-digit='{digit}']").click()
    gallery.take(page, "till-amount", "A free amount")
    page.locator("#keypad [data-take]").click()
    page.locator(WAITING).wait_for()
    present(page, poor)
    panel(page, "declined")
    gallery.take(page, "till-declined", "Declined, and what is missing", dark=True)
    page.locator("[data-do=back]").click()

    page.locator(".tile:enabled", has_text="Personal training").click()
    present(page, demo.card("Has plenty"))
    panel(page, "confirming")
    gallery.take(page, "till-confirming", "Compare the customer, above an amount that the programme sets", dark=True)
    page.locator("[data-do=confirm]").click()
    panel(page, "paid")
    page.locator("[data-do=next]").click()
    page.locator("#panel").wait_for(state="hidden")
    visit_readers(page, gallery)
    page.keyboard.press("?")
    page.locator("#shortcuts").wait_for()
    gallery.take(page, "till-keys", "What the keyboard does")


def visit_camera(page: Page, gallery: Gallery) -> None:
    """While a card is awaited; the code before the camera is out of focus, and so remains unread."""
    page.locator("#panel [data-open=camera]").click()
    page.locator("#camera[data-state=looking]").wait_for()
    gallery.take(page, "till-camera", "The camera looks for a QR code", dark=True)
    page.keyboard.press("Escape")
    page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError'); } }"
    )
    page.locator("#panel [data-open=camera]").click()
    page.locator("#camera[data-state=denied]").wait_for()
    gallery.take(page, "till-camera-denied", "The camera was not allowed")
    page.keyboard.press("Escape")


def visit_readers(page: Page, gallery: Gallery) -> None:
    page.locator("[data-open=readers]").click()
    page.locator("#readers-list [data-reader=nfc] [data-when]:visible").first.wait_for()
    gallery.take(page, "till-readers", "The readers of the till", dark=True)
    if gallery.device.name == "phone":
        page.locator("#readers-list [data-nfc=start]").click()
        page.locator("#readers-list [data-nfc=stop]").wait_for()
        gallery.take(page, "till-readers-phone", "The phone is the reader")
    page.keyboard.press("Escape")


def visit_office(page: Page, gallery: Gallery, demo: Demo) -> None:
    gallery.chapter = "The office"
    sign_in(page, demo.login("owner"))
    office = f"/office/{demo.told['programme']}"
    gallery.take(page, "office", "Overview", dark=True)
    if gallery.device.name == "phone":
        page.locator("[popovertarget=sidebar]").click()
        gallery.take(page, "office-menu", "The menu")

    visit_customers(page, gallery, office)
    gallery.chapter = "The office: payments and cards"
    page.goto(f"{office}/payments/")
    gallery.take(page, "payments", "Payments", dark=True)
    page.goto(link(page, f"/payments/{UUID}/"))
    gallery.take(page, "payment", "A payment")
    page.goto(f"{page.url}refund/")
    gallery.take(page, "payment-refund", "Refund a payment, or a part of it")
    page.goto(f"{office}/cards/")
    gallery.take(page, "cards", "Cards")
    visit_programme(page, gallery, office)


def visit_customers(page: Page, gallery: Gallery, office: str) -> None:
    gallery.chapter = "The office: customers"
    page.goto(f"{office}/customers/")
    gallery.take(page, "customers", "Customers", dark=True)
    page.goto(f"{office}/customers/?q=kov")
    gallery.take(page, "customers-search", "Customers, searched")
    page.goto(f"{office}/customers/new/")
    gallery.take(page, "customer-new", "A new account with its first deposit")
    page.goto(f"{office}/customers/?q=Valentova")
    customer = link(page, f"/customers/{UUID}/")
    page.goto(customer)
    gallery.take(page, "customer", "A customer: balance, lots, cards", dark=True)
    page.locator(".statement").first.scroll_into_view_if_needed()
    page.locator(".statement").first.evaluate("element => element.scrollIntoView()")
    gallery.take(page, "customer-statement", "A customer's statement")
    for path, name, title in (
        ("edit", "customer-edit", "What is known of a customer"),
        ("top-up", "top-up", "Top up"),
        ("minimum-balance", "customer-floor", "Minimum balance: prepaid or postpaid"),
        ("adjust", "customer-adjust", "Put a balance right by hand"),
        ("extend", "customer-extend", "Extend credits"),
        ("transfer", "customer-transfer", "Move credits to another customer"),
        ("pair", "pair", "Pair a card"),
    ):
        page.goto(f"{customer}{path}/")
        gallery.take(page, name, title)
    page.locator("button[name=till]").first.click()
    page.locator("#state").wait_for()
    gallery.take(page, "pair-at-till", "A card is awaited at a till")
    page.locator("#state form button").click()
    page.goto(customer)
    page.goto(link(page, f"/customers/top-ups/{UUID}/"))
    gallery.take(page, "top-up-made", "A top-up")
    page.goto(f"{page.url}reverse/")
    gallery.take(page, "top-up-reverse", "Take a top-up back, or a part of it")
    page.goto(f"{office}/customers/?q=Horakova")
    postpaid = link(page, f"/customers/{UUID}/")
    page.goto(postpaid)
    gallery.take(page, "customer-postpaid", "A customer who pays later")
    page.goto(f"{postpaid}write-off/")
    gallery.take(page, "customer-write-off", "Write off a debt")


def visit_programme(page: Page, gallery: Gallery, office: str) -> None:
    gallery.chapter = "The office: programme"
    page.goto(f"{office}/products/")
    gallery.take(page, "products", "Products")
    product, category = link(page, f"/products/{UUID}/"), link(page, f"/products/categories/{UUID}/")
    page.goto(f"{office}/sites/")
    gallery.take(page, "sites", "Sites and tills")
    till, site = link(page, f"/sites/tills/{UUID}/"), link(page, f"/sites/{UUID}/")
    page.goto(f"{office}/staff/")
    gallery.take(page, "staff", "Staff")
    role = link(page, f"/staff/{UUID}/role/")
    new_till = f"{site}tills/new/"
    for path, name, title in (
        (product, "product-edit", "A product"),
        (f"{office}/products/new/", "product-new", "A new product"),
        (category, "category-edit", "A category"),
        (f"{office}/products/categories/new/", "category-new", "A new category"),
        (site, "site-edit", "A site"),
        (f"{office}/sites/new/", "site-new", "A new site"),
        (till, "till-edit", "A till"),
        (new_till, "till-new", "A new till"),
        (role, "staff-role", "A role"),
        (f"{office}/staff/new/", "staff-new", "A new member of staff"),
        (f"{office}/api-keys/", "api-keys", "API keys"),
        (f"{office}/programme/", "programme", "Settings of the programme"),
        (f"{office}/audit/", "audit", "Audit trail"),
        (f"{office}/api-keys/new/", "api-key-new", "A new API key"),
    ):
        page.goto(path)
        gallery.take(page, name, title, dark=name == "audit")
    page.locator("input[name=name]").fill(f"Shop on {gallery.device.name}")
    page.locator("input[name=scopes]").first.check()
    page.locator("input[name=name]").press("Enter")
    page.locator("[data-copy], input[readonly]").first.wait_for()
    gallery.take(page, "api-key-issued", "A new key is shown once")
    page.goto("/account/password/")
    gallery.take(page, "password", "Change the password")
    page.goto("/office/nowhere/")
    gallery.take(page, "not-found", "Nothing here")


def visit_docs(page: Page, gallery: Gallery) -> None:
    gallery.chapter = "For integrators"
    page.goto("/api/docs")
    page.locator(".opblock").first.wait_for()
    gallery.take(page, "api-docs", "The interactive documentation", dark=True)
    page.goto("/api/problems")
    gallery.take(page, "api-problems", "What may go wrong")


def visit_in_czech(page: Page, gallery: Gallery, demo: Demo) -> None:
    gallery.chapter = "In Czech and Slovak"
    sign_in(page, demo.login("cashier"))
    page.get_by_role("link", name="Café counter").click()
    page.locator(".tile:enabled", has_text="Cappuccino").click()
    gallery.take(page, "czech-till", "The till in Czech")


def visit_in_slovak(page: Page, gallery: Gallery, demo: Demo) -> None:
    sign_in(page, demo.login("manager"))
    gallery.take(page, "slovak-office", "The office in Slovak")


# ---- docs/pages.md ----


def written(taken: list[Taken]) -> str:
    """docs/pages.md: every picture under its chapter."""
    lines = [
        "# Every page",
        "",
        "Phone and desktop, on the demo's data; some in the dark too. `make screenshots` takes these pictures anew.",
    ]
    chapter = ""
    for one in taken:
        if one.chapter != chapter:
            chapter = one.chapter
            lines += ["", f"## {chapter}"]
        lines += ["", f"### {one.title}", ""]
        lines += [
            " ".join(
                f'<img src="pictures/{file}" width="{device.shown_at}" alt="{one.title}, {device.name}, {theme}">'
                for device, file in one.row(theme)
            )
            for theme in one.themes
        ]
    return "\n".join(lines) + "\n"


def take_all(demo: Demo, gallery: Gallery, *, video: Path) -> None:
    with sync_playwright() as playwright:
        found = browsers.find()
        if found is None:
            sys.exit(browsers.MISSING)
        camera = f"--use-file-for-fake-video-capture={videos.of_codes(demo.told['programme'], to=video, blur=22)}"
        flags = [*browsers.flags(), "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", camera]
        browser = playwright.chromium.launch(executable_path=found, args=flags)
        for device in DEVICES:
            gallery.device = device
            with opened(browser, device, demo).context as context:
                visit_sign_in(context.pages[0], gallery)
                visit_till(context.pages[0], gallery, demo)
            with opened(browser, device, demo).context as context:
                visit_office(context.pages[0], gallery, demo)
                visit_docs(context.pages[0], gallery)
            with opened(browser, device, demo, language="cs-CZ").context as context:
                visit_in_czech(context.pages[0], gallery, demo)
            with opened(browser, device, demo, language="sk-SK").context as context:
                visit_in_slovak(context.pages[0], gallery, demo)
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__)
    parser.add_argument("only", nargs="?", default="", help="take only pages whose names begin so")
    parser.add_argument("--var", type=Path, help="where the demo's data are, or are to be made (default: made anew)")
    options = parser.parse_args()
    PICTURES.mkdir(parents=True, exist_ok=True)
    gallery = Gallery(options.only)
    with tempfile.TemporaryDirectory() as place, running((options.var or Path(place)).absolute()) as demo:
        take_all(demo, gallery, video=Path(place) / "camera.y4m")
    if options.only:
        return
    taken = list(gallery.taken.values())
    wanted = {file for one in taken for theme in one.themes for _device, file in one.row(theme)}
    for stale in {file.name for file in PICTURES.glob("*.png")} - wanted:
        (PICTURES / stale).unlink()
    PAGES.write_text(written(taken))
    total = sum(file.stat().st_size for file in PICTURES.glob("*.png"))
    print(f"  {len(wanted)} pictures, {total / 1e6:.1f} MB, shown in docs/pages.md")


if __name__ == "__main__":
    main()
