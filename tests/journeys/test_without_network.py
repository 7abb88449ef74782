"""The network goes away, and the till goes on: in a browser, with a service worker, against the real server."""

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.journeys.apps import ready
from tests.journeys.conftest import sign_in
from tests.journeys.counter import PHONE, Counter, Opens
from tests.journeys.shop import Person, Shop

pytestmark = pytest.mark.journey

KC = "\N{NO-BREAK SPACE}Kč"
APP = {"service_workers": "allow"}


def away(till: Counter) -> None:
    till.page.context.set_offline(True)
    expect(till.page.locator("#offline")).to_contain_text("No network.")


def back(till: Counter) -> None:
    till.page.context.set_offline(False)
    expect(till.page.locator("#offline [data-when*=away]").first).to_be_hidden()


def take(till: Counter, token: str, *products: str) -> None:
    till.tap(*products)
    till.page.locator("[data-act=charge]").click()
    till.expect_panel("waiting", "Hold the card to the reader", "Without network.")
    till.read(token)
    till.expect_panel("kept", "Taken without network")


def expect_booked(till: Counter, how: str) -> None:
    expect(till.page.locator(".toast", has_text="Booked:")).to_contain_text(how)


def test_a_till_goes_on_without_network_and_everything_is_booked_once(opens: Opens, jana: Person) -> None:
    till = opens(PHONE, **APP)
    ready(till.page, till.id)
    away(till)
    assert till.faults() == []
    take(till, jana.token, "Espresso")
    expect(till.panel).not_to_contain_text("145")
    assert till.faults() == []
    till.press("Next customer")
    till.expect_basket(total=f"0.00{KC}")

    # The app opens again, out of the device.
    till.page.reload()
    expect(till.page.locator("body[data-kept]")).to_be_attached()
    expect(till.page.locator("#offline")).to_contain_text(f"Kept: 1 · 55.00{KC}")
    # Nobody knows a balance, so none is shown.
    till.read(jana.token)
    till.expect_panel("refused", "Without network nobody knows the balance.")
    till.press("Back")
    take(till, jana.token, "Croissant")
    till.press("Undo")
    till.expect_free()
    take(till, jana.token, "Croissant")
    till.press("Next customer")

    till.page.get_by_role("button", name="Show").click()
    rows = till.page.locator(".offline-taps li")
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_contain_text("taken back")
    assert till.faults() == []
    till.page.keyboard.press("Escape")
    # What needs the server says so instead of failing.
    till.page.locator("[data-open=payments]").click()
    expect(till.page.locator(".toast", has_text="This needs the network.")).to_be_visible()

    back(till)
    expect_booked(till, f"2 · 100.00{KC}")
    assert till.balance_minor(jana) == 10_000
    assert [amount for _, amount, _ in till.statement(jana)[:2]] == [-4500, -5500]
    till.page.reload()
    take_online(till, jana)


def take_online(till: Counter, person: Person) -> None:
    till.tap("Espresso")
    till.read(person.token)
    till.expect_panel("paid", f"45.00{KC}")


def test_a_network_that_breaks_between_the_tap_and_its_answer_books_the_tap_once(opens: Opens, jana: Person) -> None:
    till = opens(**APP)
    ready(till.page, till.id)
    asked: list[str] = []

    # The server does what it is asked; then nothing gets through any more.
    def cut(route: Route) -> None:
        asked.append(route.fetch().text())
        till.page.context.set_offline(True)
        route.abort("connectionreset")

    till.page.route("**/present/", cut, times=1)
    till.tap("Espresso")
    till.charge()
    till.read(jana.token)
    till.expect_panel("kept", f"55.00{KC}")
    assert '"paid"' in asked[0]
    till.press("Next customer")
    back(till)
    expect_booked(till, f"1 · 55.00{KC}")
    assert till.balance_minor(jana) == 14_500
    assert len(till.statement(jana)) == 3


def test_limits_hold_without_network_and_what_cannot_be_booked_is_owed_by_name(
    opens: Opens, jana: Person, browser: Browser, shop: Shop
) -> None:
    till = opens(PHONE, **APP)
    ready(till.page, till.id)
    away(till)
    # What would have to be confirmed (from 150,00) needs the server.
    till.tap("Menu of the day")
    till.page.locator("[data-act=charge]").click()
    till.expect_panel("waiting", "This is more than may be taken at once without network")
    till.press("Back to the basket")
    till.page.keyboard.press("Delete")
    for _ in range(2):
        take(till, jana.token, "Espresso", "Flat white")
        till.press("Next customer")
    till.tap("Espresso", "Flat white")
    till.charge()
    till.read(jana.token)
    till.expect_panel("refused", "This card has paid as much as it may without network.")
    till.press("Back")
    till.press("Back to the basket")
    back(till)
    expect_booked(till, f"1 · 140.00{KC}")
    bar = till.page.locator("#offline")
    expect(bar).to_contain_text("Could not be booked: 1")
    bar.get_by_role("button", name="Show").click()
    expect(till.page.locator(".offline-taps li").first).to_contain_text("Jana: Not enough credit: 80.00")
    till.page.get_by_role("button", name="Read: the office sees to it").click()
    expect(bar).to_be_hidden()

    with browser.new_context(locale="en-GB") as context:
        page = context.new_page()
        sign_in(page, shop, "manager")
        office = Counter(page, shop, *(till.name, till.id))
        page.goto(f"{shop.url}/office/{shop.programme}/offline/?state=owed&till={till.id}")
        rows = page.locator("#rows tbody tr")
        expect(rows).to_have_count(1)
        expect(rows.first).to_contain_text(jana.name)
        assert office.faults() == []
        rows.first.get_by_role("button", name="Try again").click()
        expect(page.locator(".toast")).to_contain_text("80.00")
        page.goto(f"{shop.url}/office/{shop.programme}/offline/?state=owed&till={till.id}")
        rows.first.get_by_role("link", name="Settle").click()
        assert office.faults() == []
        page.goto(f"{shop.url}/office/{shop.programme}/customers/{jana.customer}/")
        owes = page.get_by_role("region", name="Owed from payments without network")
        expect(owes).to_contain_text("140.00")
        owes.get_by_role("link", name="Settle it").click()
        page.locator("#rows tbody tr", has_text=jana.name).get_by_role("link", name="Settle").click()
        page.fill("[name=reason]", "Paid at the desk")
        page.get_by_role("button", name="Settle it").click()
        expect(page.locator(".toast")).to_contain_text("The debt is settled.")
        page.goto(f"{shop.url}/office/{shop.programme}/customers/{jana.customer}/")
        expect(owes).to_have_count(0)
