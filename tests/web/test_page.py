"""What every page does in a browser: dialogs, toasts, the theme, keys, forms that are sent once."""

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django.utils import translation
from django.utils.csp import build_policy
from playwright.sync_api import Page, Route, expect

from groat.web.context import HTMX

pytestmark = pytest.mark.journey

PAGE = """{% extends "web/base.html" %}
{% block messages %}
{% include "web/components/toast.html" with tone="good" text="Saved" undo_url="/undo/" %}
{% endblock %}
{% block body %}<main id="main" tabindex="-1"><h1>Cards</h1>
<button type="button" class="button" data-open="block" data-key="b">Block</button>
<button type="button" class="button" data-theme-set="dark">Dark</button>
<label for="name">Name</label><input class="input" id="name">
<form method="post" action="/pay/" target="_blank"><button class="button button-primary">Pay</button></form>
{% menu "More" %}<a href="#one">One</a><a href="#two">Two</a>{% endmenu %}
{% copy_field "groat_key" "Key" %}
<button type="button" class="button" hx-get="/broken/">Broken</button>
<div id="rows"></div><button type="button" class="button" hx-get="/form/" hx-target="#rows">Form</button>
</main>{% endblock %}
{% block dialogs %}
{% confirm "block" title="Block?" action="/block/" label="Block it" %}<p>Sure?</p>{% endconfirm %}
{% endblock %}"""
SOURCES: dict[str, Any] = settings.SECURE_CSP
POLICY = build_policy(SOURCES)


@pytest.fixture
def requests() -> list[str]:
    """What the browser asked for, beside pages and files."""
    return []


@pytest.fixture
def shop(page: Page, requests: list[str]) -> Page:
    """A page with the usual things on it, under the content security policy of the real ones."""
    with translation.override("en"):
        html = Template(PAGE).render(Context({"HTMX": HTMX, "csrf_token": "token"}))

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix("http://shop.test")
        found = finders.find(path.removeprefix("/static/")) if path.startswith("/static/") else None
        if isinstance(found, str):
            kinds = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
            route.fulfill(path=found, content_type=kinds[Path(found).suffix])
        elif path == "/":
            route.fulfill(body=html, content_type="text/html", headers={"Content-Security-Policy": POLICY})
        elif path == "/form/":
            route.fulfill(status=422, body='<label>Amount <input class="input" aria-invalid="true"></label>')
        else:
            requests.append(f"{route.request.method} {path}")
            route.fulfill(status=500 if path == "/broken/" else 204)

    # In front of the page's own, since a form may open another tab.
    page.context.route("http://shop.test/**", answer)
    page.goto("http://shop.test/")
    return page


def test_a_page_keeps_to_its_content_security_policy(page: Page, request: pytest.FixtureRequest) -> None:
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    request.getfixturevalue("shop")
    page.get_by_role("button", name="Form").click()
    expect(page.get_by_label("Amount")).to_be_visible()
    assert complaints == ["Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_is_accessible(shop: Page, scheme: str) -> None:
    shop.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    shop.wait_for_timeout(100)
    assert [(found["id"], found["nodes"][0]["html"]) for found in Axe().run(shop).response["violations"]] == []


def test_a_question_opens_and_escape_closes_it(shop: Page) -> None:
    shop.get_by_role("button", name="Block", exact=True).click()
    expect(shop.get_by_role("dialog", name="Block?")).to_be_visible()
    shop.keyboard.press("Escape")
    expect(shop.get_by_role("dialog")).to_have_count(0)
    expect(shop.get_by_role("button", name="Block", exact=True)).to_be_focused()


def test_cancel_and_a_click_beside_close_a_question(shop: Page) -> None:
    for close in (
        lambda: shop.get_by_role("button", name="Cancel").click(),
        lambda: shop.mouse.click(5, 5),
    ):
        shop.get_by_role("button", name="Block", exact=True).click()
        close()
        expect(shop.get_by_role("dialog")).to_have_count(0)


def test_the_theme_is_remembered(shop: Page) -> None:
    shop.get_by_role("button", name="Dark").click()
    shop.reload()
    assert shop.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    expect(shop.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")


def test_a_toast_can_be_taken_back_and_closed(shop: Page, requests: list[str]) -> None:
    toast = shop.locator(".toast")
    expect(toast).to_be_visible()
    toast.get_by_role("button", name="Undo").click()
    shop.wait_for_timeout(100)
    assert requests == ["POST /undo/"]
    toast.get_by_role("button", name="Close").click()
    expect(toast).to_have_count(0)


def test_a_toast_can_be_used_above_a_dialog_and_outlives_it(shop: Page, requests: list[str]) -> None:
    shop.get_by_role("button", name="Block", exact=True).click()
    shop.get_by_role("button", name="Undo").click()
    shop.wait_for_timeout(100)
    assert requests == ["POST /undo/"]
    shop.keyboard.press("Escape")
    expect(shop.locator(".toast")).to_be_visible()


def test_what_the_server_could_not_do_is_told(shop: Page) -> None:
    shop.get_by_role("button", name="Broken").click()
    expect(shop.locator('.toast[data-tone="bad"]')).to_contain_text("That did not work")


def test_a_refused_form_comes_back_with_the_focus_on_what_is_wrong(shop: Page) -> None:
    shop.get_by_role("button", name="Form").click()
    expect(shop.get_by_label("Amount")).to_be_focused()


def test_a_form_that_is_pressed_twice_is_sent_once(shop: Page, requests: list[str]) -> None:
    shop.get_by_role("button", name="Pay").dblclick()
    shop.wait_for_timeout(200)
    assert requests == ["POST /pay/"]


def test_a_menu_opens_by_keyboard_and_gives_the_focus_back(shop: Page) -> None:
    shop.locator("summary").focus()
    shop.keyboard.press("Enter")
    shop.keyboard.press("ArrowDown")
    shop.keyboard.press("ArrowDown")
    expect(shop.get_by_role("link", name="Two")).to_be_focused()
    shop.keyboard.press("Escape")
    expect(shop.get_by_role("link", name="Two")).to_be_hidden()
    expect(shop.locator("summary")).to_be_focused()


def test_a_key_presses_what_it_belongs_to(shop: Page) -> None:
    shop.keyboard.press("b")
    expect(shop.get_by_role("dialog", name="Block?")).to_be_visible()


def test_a_key_that_is_typed_into_a_field_presses_nothing(shop: Page) -> None:
    shop.get_by_label("Name").press("b")
    shop.wait_for_timeout(200)
    expect(shop.get_by_role("dialog")).to_have_count(0)


def test_a_card_reader_presses_no_shortcut(shop: Page) -> None:
    shop.evaluate(
        """() => { for (const key of ["0", "4", "a", "b"])
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })); }"""
    )
    shop.wait_for_timeout(200)
    expect(shop.get_by_role("dialog")).to_have_count(0)


def test_the_question_mark_lists_the_keys_of_this_page(shop: Page) -> None:
    shop.keyboard.press("?")
    keys = shop.get_by_role("dialog", name="Keyboard")
    expect(keys).to_contain_text("Show this list")
    expect(keys.locator("[data-found]")).to_have_text(["bBlock"])
