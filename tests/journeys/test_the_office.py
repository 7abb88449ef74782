"""A manager's morning in the office, in a browser, against a real server."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import PATIENCE_MS, sign_in
from tests.journeys.counter import DESKTOP, PHONE, READER
from tests.journeys.shop import Person, Shop

pytestmark = pytest.mark.journey

KC = "\N{NO-BREAK SPACE}Kč"
devices = pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])


@pytest.fixture(scope="module")
def _signed_in(browser: Browser, shop: Shop) -> Any:
    """What a browser keeps of a manager who has signed in."""
    with browser.new_context() as context:
        sign_in(context.new_page(), shop, "manager")
        return context.storage_state()


@pytest.fixture
def office(browser: Browser, shop: Shop, _signed_in: Any, device: Any) -> Iterator[Page]:
    """The office's start page on a device, with the manager signed in. No page may complain."""
    complaints: list[str] = []
    with browser.new_context(storage_state=_signed_in, locale="en-GB", reduced_motion="reduce", **device) as context:
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if _is_complaint(said) else None)
        page.goto(f"{shop.url}/office/{shop.programme}/")
        yield page
    assert complaints == []


def _is_complaint(said: Any) -> bool:
    # A form that was refused is answered with a status that browsers report.
    return said.type in {"error", "warning"} and "Failed to load resource" not in said.text


def address(shop: Shop, page: str, of: str = "") -> str:
    """Where a page of the office, or of one customer, is."""
    return f"{shop.url}/office/{shop.programme}/{f'customers/{of}/' if of else ''}{page}"


@devices
def test_a_customer_is_found_while_typing_and_tops_up_in_cash(office: Page, shop: Shop, jana: Person) -> None:
    office.goto(address(shop, "customers/"))
    office.get_by_role("searchbox").press_sequentially(jana.identifier, delay=20)
    expect(office.locator("tbody tr")).to_have_count(1)
    assert f"q={jana.identifier}" in office.url
    office.get_by_role("link", name=jana.name).click()
    office.get_by_role("link", name="Top up").click()
    office.get_by_label("Credits bought").press_sequentially("250")
    expect(office.locator("#price")).to_contain_text(re.compile("To be paid.*250.00"))
    office.get_by_role("button", name="500").click()
    expect(office.locator("#price")).to_contain_text(re.compile("To be paid.*500.00"))
    office.locator("main").get_by_role("button", name="Top up", exact=True).click()
    expect(office.locator(".purse .figure")).to_have_text(f"700.00{KC}")

    # It was a mistake: the news of it takes it back.
    office.locator(".toast").get_by_role("button", name="Undo").click()
    expect(office.locator(".toast")).to_contain_text("The top-up was undone.")
    expect(office.locator(".purse .figure")).to_have_text(f"200.00{KC}")
    expect(office.locator(".statement > li:not(.day)").first).to_contain_text("500.00 from the credits bought on")


@devices
def test_what_is_typed_wrong_is_said_where_it_was_typed(office: Page, shop: Shop, jana: Person) -> None:
    office.goto(address(shop, "adjust/", jana.customer))
    office.get_by_label("Take credits").check()
    office.get_by_label("Credits", exact=True).fill("900")
    office.get_by_label("Reason").fill("Miscounted")
    office.get_by_role("button", name="Adjust the balance").click()

    expect(office.locator(".errors")).to_have_text(f"Not enough credit: 700.00{KC} missing. Top up, or pay less.")
    expect(office.get_by_label("Credits", exact=True)).to_be_focused()
    expect(office.get_by_label("Credits", exact=True)).to_have_value("900")
    expect(office.get_by_label("Reason")).to_have_value("Miscounted")


@devices
def test_a_new_customer_is_opened_and_their_card_read_wherever_the_focus_is(office: Page, shop: Shop) -> None:
    office.goto(address(shop, "customers/new/"))
    name = f"Nová Zákaznice {uuid4().hex[:6]}"
    office.get_by_label("Name", exact=True).fill(name)
    office.get_by_label("Phone").fill("601 123 456")
    office.get_by_role("textbox", name="Credits").fill("100")
    office.get_by_role("button", name="Open the account").click()
    expect(office.get_by_role("heading", name="Hold the card to the reader")).to_be_visible()

    # Not one of the factories' numbers: the shop, in its own process, has them too.
    token = f"04{uuid4().hex[:12]}".upper()
    office.wait_for_load_state()
    office.evaluate(READER, [token, 0])

    expect(office.get_by_role("heading", level=1)).to_contain_text(name)
    expect(office.locator(".card-strip")).to_contain_text(f"…{token[-4:]}")
    expect(office.locator(".purse .figure")).to_have_text(f"100.00{KC}")


@devices
def test_a_card_is_blocked_and_the_news_of_it_unblocks_it(office: Page, shop: Shop, jana: Person) -> None:
    office.goto(address(shop, "", jana.customer))
    office.locator(".card-strip summary").click()
    office.get_by_role("button", name="Block", exact=True).click()
    expect(office.locator(".card-strip")).to_contain_text("Blocked")

    office.locator(".toast").get_by_role("button", name="Undo").click()

    expect(office.locator(".card-strip")).to_contain_text("Active")


@devices
def test_credits_go_to_somebody_looked_for_by_name(office: Page, shop: Shop, jana: Person, petr: Person) -> None:
    office.goto(address(shop, "transfer/", jana.customer))
    office.get_by_label("To whom").first.press_sequentially(petr.identifier, delay=20)
    office.get_by_role("radio").check()
    office.get_by_label("Credits", exact=True).fill("30")
    office.get_by_label("Reason").fill("Lunch")
    office.get_by_role("button", name="Transfer").click()

    expect(office.locator(".purse .figure")).to_have_text(f"170.00{KC}")
    expect(office.locator(".statement > li:not(.day)").first).to_contain_text(f"Transfer to {petr.name}")


@pytest.mark.parametrize(
    "device", [PHONE | {"color_scheme": "dark"}, DESKTOP], ids=["phone by night", "desktop by day"]
)
def test_anybody_can_use_every_page(office: Page, shop: Shop, jana: Person) -> None:
    pages = (
        "", "customers/", "customers/new/", "cards/", "payments/", "products/", "products/new/",
        "products/categories/new/", "sites/", "sites/new/", "audit/",
    )  # fmt: skip
    of_jana = ("", "edit/", "top-up/", "pair/", "transfer/", "adjust/", "extend/", "minimum-balance/")
    addresses = [address(shop, page) for page in pages] + [address(shop, page, jana.customer) for page in of_jana]

    assert [fault for url in addresses for fault in faults(office, url)] == []


def faults(page: Page, url: str) -> list[str]:
    """What axe finds on a page, and whether it is wider than its window."""
    page.goto(url)
    found = [f"{url}: {fault['id']} {fault['nodes'][0]['target']}" for fault in Axe().run(page).response["violations"]]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append(f"{url}: wider than the window")
    return found
