"""The pages for integrators, in a browser, under the policy of every page: nothing inline, nothing from elsewhere."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import PATIENCE_MS
from tests.journeys.counter import DESKTOP, PHONE
from tests.journeys.shop import Shop

pytestmark = pytest.mark.journey

devices = pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
schemes = pytest.mark.parametrize("scheme", ["light", "dark"])


@pytest.fixture
def reader(browser: Browser, shop: Shop, device: Any, scheme: str) -> Iterator[Page]:
    """Somebody who reads, without an account. Nothing may be complained about, nor fetched from elsewhere."""
    complaints: list[str] = []
    with browser.new_context(reduced_motion="reduce", color_scheme=scheme, **device) as context:  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on(
            "request", lambda asked: None if asked.url.startswith((shop.url, "data:")) else complaints.append(asked.url)
        )
        yield page
    assert complaints == []


def faults(page: Page) -> list[str]:
    """What axe finds wrong, and where."""
    found = Axe().run(page).response["violations"]
    return [f"{fault['id']}: {node['target']} {node['html'][:120]}" for fault in found for node in fault["nodes"]]


@devices
@pytest.mark.parametrize("scheme", ["light"])
def test_an_operation_can_be_tried_out(reader: Page, shop: Shop) -> None:
    reader.goto(f"{shop.url}/api/docs")
    reader.get_by_role("button", name="Authorize").first.click()
    reader.get_by_label("Value").fill(shop.api_key)
    reader.locator(".auth-btn-wrapper .authorize").click()
    reader.locator(".auth-btn-wrapper .btn-done").click()
    operation = reader.locator("#operations-Programme-read_programme")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()

    expect(operation.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
    expect(operation.locator(".live-responses-table .response-col_description").last).to_contain_text("time_zone")


@devices
@schemes
def test_the_document_is_shown(reader: Page, shop: Shop) -> None:
    reader.goto(f"{shop.url}/api/docs")

    expect(reader.locator(".opblock")).to_have_count(45)
    assert faults(reader) == []
    assert reader.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@devices
@schemes
def test_a_problems_type_leads_to_what_it_means(reader: Page, shop: Shop) -> None:
    reader.goto(f"{shop.url}/api/problems#card_blocked")

    expect(reader.locator("#card_blocked")).to_be_in_viewport()
    expect(reader.locator("#card_blocked")).to_contain_text("409")
    assert faults(reader) == []
    assert reader.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
