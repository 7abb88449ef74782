"""The hands of who stands before and behind a till, and of who sits in the office."""

import re
import sys
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.journeys import phones
from tests.screenshots.demo import Demo
from tests.screenshots.gallery import DESKTOP, Device

PATIENCE_MS = 60_000
"""For one step that a slow machine takes its time with."""
UUID = "[0-9a-f-]{36}"
NOTHING_GOES_BY_ITSELF = """
  const later = window.setTimeout;
  window.setTimeout = (act, ms, ...rest) => (ms >= 4000 ? 0 : later(act, ms, ...rest));
"""
"""What a page shows for a few seconds stays until it has been taken, however slow the machine."""
WAITING = "#panel h1 span[data-when~=waiting]"
"""Seen when a card may come."""


def opened(browser: Browser, device: Device, demo: Demo, *, language: str = "en-GB", **options: Any) -> BrowserContext:
    """The browser of a new visitor, whom nobody knows yet, with one page.

    Without the till as an app (`service_workers`), unless asked for: its pages would come out of the device.
    """
    context = browser.new_context(
        base_url=demo.url,
        viewport={"width": device.width, "height": device.height},
        locale=language,
        color_scheme="light",
        reduced_motion="reduce",
        **{"service_workers": "block"} | device.options | options,
    )
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(NOTHING_GOES_BY_ITSELF)
    if device is not DESKTOP:
        context.add_init_script(phones.nfc())
    context.new_page()
    return context


def sign_in(page: Page, login: dict[str, str]) -> None:
    page.goto("/account/login/")
    page.locator("#id_login").fill(login["email"])
    page.locator("#id_password").fill(login["password"])
    page.locator("#id_password").press("Enter")
    page.wait_for_url(lambda url: "/account/" not in url)


def open_till(page: Page, address: str) -> None:
    """Open a till's page; it listens once its products can be tapped and its readers say how they are."""
    page.goto(address)
    page.locator(".tile:enabled").first.wait_for()
    page.locator("#readers-list [data-reader=nfc][data-tone]").first.wait_for(state="attached")
    page.locator("[data-tab='']").click()


def tap(page: Page, *products: str) -> None:
    for product in products:
        page.locator(".tile:enabled:visible", has_text=product).first.click()


def charge(page: Page) -> None:
    page.locator("[data-act=charge]").click()
    page.locator(WAITING).wait_for()


def press(page: Page, name: str) -> None:
    """A button of the panel."""
    page.locator(f"#panel [data-do={name}]:visible").click()


def done(page: Page, how: str = "next") -> None:
    """Leave the panel, for the next customer unless told."""
    press(page, how)
    page.locator("#panel").wait_for(state="hidden")


def panel(page: Page, name: str) -> None:
    page.locator(f"#panel[data-panel={name}]").wait_for()
    if name == "paid":
        # Its code comes by itself, a moment later.
        page.locator("#panel .till-receipt img").evaluate("image => image.decode()")


def open_dialog(page: Page, name: str) -> None:
    """By its button, wherever on the page that is to be seen."""
    page.locator(f"[data-open={name}]:visible").first.click()
    page.locator(f"#{name}[open]").wait_for()


def close_dialog(page: Page, name: str) -> None:
    page.keyboard.press("Escape")
    page.locator(f"#{name}").wait_for(state="hidden")


def let_toasts_go(page: Page) -> None:
    """What would go by itself after a while, which does not pass here."""
    for toast in page.locator(".toast .dismiss").all():
        toast.click()
    page.locator(".toast").first.wait_for(state="detached")


def present(page: Page, token: str) -> None:
    """Hold a card to a reader that types its number: all keys at once, for we would be slower than any reader."""
    page.evaluate(
        """(token) => {
          // Another card each time, even if it is the same: a button was pressed in between.
          document.body.click();
          const press = (key, code) => (document.activeElement ?? document.body).dispatchEvent(
            new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true }));
          for (const sign of token) press(sign, (/[0-9]/.test(sign) ? "Digit" : "Key") + sign);
          press("Enter", "Enter");
        }""",
        token,
    )


def feel(page: Page, url: str) -> None:
    """Hold a chip to the device's own reader, which gives the address that it wrote."""
    page.evaluate("(url) => window.nfc.tap('04:a2:21:9a:5e:61:80', url)", url)


def link(page: Page, pattern: str) -> str:
    """The first address on the page that matches."""
    found = re.search(f'href="([^"]*{pattern}[^"]*)"', page.content())
    if not found:
        sys.exit(f"{page.url} has no link to {pattern}")
    return found.group(1)
