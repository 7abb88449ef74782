"""Somebody left their card at home: found, compared and paid for at a till in a browser."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import sign_in
from tests.journeys.counter import DESKTOP, PHONE, Counter
from tests.journeys.shop import Person, Shop

pytestmark = pytest.mark.journey

KC = "\N{NO-BREAK SPACE}Kč"


@contextmanager
def as_manager(browser: Browser, shop: Shop, place: tuple[str, str], device: dict) -> Iterator[Counter]:
    """The till with somebody at it who may look customers up."""
    complaints: list[str] = []
    with browser.new_context(**device, locale="en-GB", reduced_motion="reduce") as context:
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        sign_in(page, shop, "manager")
        page.goto(f"{shop.url}/till/{shop.programme}/{place[1]}/")
        yield Counter(page, shop, *place)
    assert complaints == []


def found(page: Page, jana: Person) -> None:
    """Search for somebody, and open the account."""
    asked = page.locator("#customer")
    asked.get_by_label("Name, identifier, e-mail or phone").fill(f"novakova {jana.identifier}")
    page.keyboard.press("Enter")
    expect(asked.locator(".till-people li")).to_have_count(1)
    expect(asked).not_to_contain_text(jana.identifier)
    asked.get_by_role("button", name=jana.name).click()
    expect(asked.get_by_role("heading", name=jana.name)).to_be_visible()


def test_a_customer_without_a_card_is_found_compared_and_pays(
    browser: Browser, shop: Shop, place: tuple[str, str], jana: Person
) -> None:
    with as_manager(browser, shop, place, PHONE) as till:
        page, asked = till.page, till.page.locator("#customer")
        till.tap("Espresso")
        page.locator("details.menu summary").first.click()
        page.get_by_role("button", name="Customer without a card").click()
        found(page, jana)
        expect(asked).to_contain_text(f"200.00{KC}")
        assert till.faults() == []
        asked.get_by_text("Forgotten").click()
        asked.get_by_role("button", name="Pay without a card").click()
        till.expect_panel("confirming", jana.name, jana.identifier, "Without a card: Forgotten", f"55.00{KC}")
        assert till.faults() == []
        assert till.balance_minor(jana) == 20_000
        till.press("Confirm")
        till.expect_panel("paid", f"145.00{KC}")
        till.press("Next customer")
        till.expect_basket(total=f"0.00{KC}")
        assert till.balance_minor(jana) == 14_500


def test_by_keyboard_from_a_basket_that_waits_and_the_lost_card_is_blocked(
    browser: Browser, shop: Shop, place: tuple[str, str], jana: Person
) -> None:
    with as_manager(browser, shop, place, DESKTOP) as till:
        page, asked = till.page, till.page.locator("#customer")
        page.wait_for_timeout(200)
        page.keyboard.press("c")
        expect(asked).to_be_visible()
        found(page, jana)
        expect(asked.get_by_role("button", name="Pay without a card")).to_be_hidden()
        asked.get_by_role("button", name="lost: block it").click()
        expect(asked.locator(".till-cards .badge", has_text="Lost")).to_be_visible()
        page.keyboard.press("Escape")
        expect(asked).to_be_hidden()
        expect(page.locator("#customer-found")).to_be_empty()
        till.tap("Croissant")
        till.charge()
        till.read(jana.token)
        till.expect_panel("declined", "This card is blocked")
        till.press("Another card")
        till.panel.get_by_role("button", name="Without a card").click()
        found(page, jana)
        page.wait_for_timeout(100)
        page.keyboard.press("2")
        expect(asked.locator("input[value=lost]")).to_be_checked()
        page.keyboard.press("Enter")
        till.expect_panel("confirming", jana.name, "Without a card: Lost", f"45.00{KC}")
        page.wait_for_timeout(400)
        page.keyboard.press("Enter")
        till.expect_panel("paid", f"155.00{KC}")
        page.goto(f"{shop.url}/office/{shop.programme}/audit/")
        for said in (
            f"Had {jana.name} pay 45.00{KC} without a card (Lost)",
            f"Looked {jana.name} up at a till",
            f"Searched customers at the till {place[0]} (1 found)",
        ):
            expect(page.locator("main")).to_contain_text(said)
