"""Cashiers switch at one till, by PIN and by card; and a customer types the PIN of a card."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import sign_in
from tests.journeys.counter import DESKTOP, PHONE, Counter
from tests.journeys.opening import PINS
from tests.journeys.shop import Person, Shop

pytestmark = pytest.mark.journey

KEY_MS = 60
"""Between a person's keys; a reader's come faster than 35."""


type Opens = Callable[..., Counter]


@pytest.fixture
def opens(browser: Browser, shop: Shop, place: tuple[str, str]) -> Iterator[Opens]:
    """Open the test's till signed in anew: to share it ends the session that it was shared from."""
    contexts = []

    def open_it(device: dict[str, Any], role: str = "cashier") -> Counter:
        context = browser.new_context(locale="en-GB", **device)
        contexts.append(context)
        page = context.new_page()
        sign_in(page, shop, role)
        page.goto(f"{shop.url}/till/{shop.programme}/{place[1]}/")
        return Counter(page, shop, *place)

    yield open_it
    for context in contexts:
        context.close()


def share(till: Counter) -> None:
    till.page.get_by_label("Menu").click()
    till.page.get_by_role("button", name="Share this till").click()
    assert till.faults() == []
    till.page.get_by_role("dialog").get_by_role("button", name="Share this till").click()
    expect_lock(till)
    assert till.faults() == []


def expect_lock(till: Counter) -> None:
    expect(till.page.get_by_role("heading", name="Who works?")).to_be_visible()
    # Ready to read: its readers say how they are.
    expect(till.page.locator("#readers-list [data-reader=nfc][data-tone]")).to_have_count(1)


def expect_in(till: Counter, name: str) -> None:
    expect(till.page.get_by_role("button", name=f"Switch, now {name}")).to_be_visible()
    expect(till.page.locator("[data-act=charge]")).to_be_visible()


def kept_session(page: Page) -> dict[str, Any]:
    return {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}


def test_cashiers_switch_by_pin_and_by_their_own_card(opens: Opens, jana: Person) -> None:
    till = opens(PHONE)
    page = till.page
    till.tap("Espresso", "Croissant")
    share(till)
    assert "sessionid" not in kept_session(page)
    # A wrong PIN says so; the right one opens, and the basket is where it was.
    page.get_by_role("button", name="Manager").click()
    expect(page.get_by_role("heading", name="Manager")).to_be_visible()
    assert till.faults() == []
    page.keyboard.type("1739", delay=KEY_MS)
    page.keyboard.press("Enter")
    expect(page.locator("[data-step=pin] [data-fill=said]")).to_have_text("This PIN is wrong.")
    for digit in PINS["manager"]:
        page.locator(f"[data-digit='{digit}']").click()
    page.get_by_role("button", name="Done").click()
    expect_in(till, "Manager")
    assert till.faults() == []
    till.expect_basket("1× Espresso", "1× Croissant", total="100.00\N{NO-BREAK SPACE}Kč")
    # A manager by PIN is a cashier: no office, no sign-out.
    page.get_by_label("Menu").click()
    expect(page.get_by_role("link", name="Cash drawer")).to_be_visible()
    expect(page.get_by_role("link", name="Office")).to_have_count(0)
    page.keyboard.press("Escape")
    before = kept_session(page)["groat_till"]
    page.keyboard.press("s")
    expect_lock(till)
    # The cashier holds their own card to a reader that types.
    till.read(till.shop.own_card)
    expect_in(till, "Cashier")
    assert kept_session(page)["groat_till"] != before
    till.expect_basket("1× Espresso", "1× Croissant", total="100.00\N{NO-BREAK SPACE}Kč")
    till.read(jana.token)
    till.expect_panel("paid", "100.00")
    till.press("Next customer")
    # Nothing but this till opens.
    for path in (f"/office/{till.shop.programme}/", "/account/password/"):
        page.goto(till.shop.url + path)
        expect(page).to_have_url(re.compile("/account/login/"))


def test_a_till_that_nobody_touches_locks_but_not_during_a_charge(opens: Opens) -> None:
    till = opens(DESKTOP)
    page = till.page
    share(till)
    page.get_by_role("button", name="Cashier").click()
    page.keyboard.type(PINS["cashier"], delay=KEY_MS)
    page.keyboard.press("Enter")
    expect_in(till, "Cashier")
    till.tap("Espresso")
    till.charge()
    last_touched(page, minutes=6)
    till.expect_panel("waiting")
    till.press("Back to the basket")
    last_touched(page, minutes=4)
    expect_in(till, "Cashier")
    page.get_by_label("Menu").click()
    page.get_by_role("link", name="Cash drawer").click()
    expect(page.get_by_role("button", name="Switch, now Cashier")).to_be_visible()
    last_touched(page, minutes=6)
    expect_lock(till)


def last_touched(page: Page, *, minutes: int) -> None:
    """As if nobody had touched the till for so long, and the page looked."""
    page.evaluate("ms => localStorage.setItem('groat-till-active', String(Date.now() - ms))", minutes * 60_000)
    page.wait_for_timeout(1500)


def test_a_customer_types_the_pin(browser: Browser, shop: Shop) -> None:
    slug, till_id, petra = shop.quay
    with browser.new_context(locale="en-GB", **DESKTOP) as context:
        page = context.new_page()
        sign_in(page, shop, "quay")
        till = Counter(page, shop, "Quay", till_id)
        pay = f"{shop.url}/till/{slug}/{till_id}/"
        page.goto(pay)
        till.tap("Mooring")
        till.read(petra.token)
        till.expect_panel("declined", "So much needs a PIN")
        set_pin(page, f"{shop.url}/office/{slug}/customers/{petra.customer}/", "4821")
        page.goto(pay)
        # The charge goes on where it was.
        till.press("Another card")
        till.read(petra.token)
        till.expect_panel("pin", "Type your PIN", "Turn the screen to the customer")
        assert till.faults() == []
        page.keyboard.type("1739", delay=KEY_MS)
        expect(till.panel.locator("[data-dots]")).to_have_attribute("aria-label", "Digits typed: 4")
        assert "1739" not in page.content()
        page.keyboard.press("Enter")
        expect(till.panel).to_contain_text("This PIN is wrong. Tries left: 2.")
        for digit in "4821":
            till.panel.locator(f"[data-digit='{digit}']").click()
        till.press("Done")
        till.expect_panel("paid", "169.00")


def set_pin(page: Page, customer: str, pin: str) -> None:
    page.goto(customer)
    page.get_by_label("More for").first.click()
    page.get_by_role("link", name="Set PIN").click()
    page.fill("[name=pin]", pin)
    page.fill("[name=again]", pin)
    page.get_by_role("button", name="Set the PIN").click()
    expect(page.get_by_text("PIN set")).to_be_visible()
