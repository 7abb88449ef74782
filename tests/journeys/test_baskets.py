"""Baskets that are put aside, favourites, search and notes: at a till in a browser."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.conftest import sign_in
from tests.journeys.counter import DESKTOP, PHONE, Counter, Opens
from tests.journeys.shop import Person, Shop

pytestmark = pytest.mark.journey

KC = "\N{NO-BREAK SPACE}Kč"
devices = pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])


def put_aside(till: Counter, name: str) -> None:
    till.page.get_by_role("button", name="Put it aside").first.click()
    asked = till.page.locator("#park")
    asked.get_by_label("Name or table").fill(name)
    asked.get_by_role("button", name="Put it aside").click()
    expect(asked).to_be_hidden()
    till.expect_basket(total=f"0.00{KC}")


def list_of(till: Counter) -> None:
    till.page.locator("[data-open=parked]").click()
    till.page.locator("#parked-list :is(li, .empty)").first.wait_for()


def take_up(till: Counter, name: str) -> None:
    till.page.get_by_role("button", name=f"Take up {name}").click()
    expect(till.page.locator("#parked")).to_be_hidden()


@devices
def test_a_basket_is_put_aside_and_taken_up_on_another_device(opens: Opens, jana: Person, device: dict) -> None:
    till, other = opens(device), opens(DESKTOP)
    till.tap("Croissant", "Croissant", "Espresso")
    put_aside(till, "Table 4")
    expect(till.page.locator(".toast", has_text="Table 4")).to_be_visible()
    for page in (till, other):
        expect(page.page.locator("[data-open=parked] .badge")).to_have_text("1")
    list_of(till)
    expect(till.page.locator(".till-parked")).to_contain_text("2× Croissant, Espresso")
    assert till.faults() == []
    list_of(other)
    take_up(other, "Table 4")
    other.expect_basket("2× Croissant", "1× Espresso", total=f"145.00{KC}")
    # Whoever still has the list open sees that it is gone.
    expect(till.page.locator("#parked-list")).to_contain_text("Nothing is put aside")
    assert till.faults() == []
    other.read(jana.token)
    other.expect_panel("paid", f"145.00{KC}")


@devices
def test_what_is_in_the_basket_changes_places_with_what_is_taken_up(opens: Opens, device: dict) -> None:
    till = opens(device)
    till.tap("Espresso")
    put_aside(till, "Table 4")
    till.tap("Croissant")
    list_of(till)
    take_up(till, "Table 4")
    till.expect_basket("1× Espresso", total=f"55.00{KC}")
    list_of(till)
    expect(till.page.locator(".till-parked > li")).to_have_count(1)
    expect(till.page.locator(".till-parked")).to_contain_text("Croissant")


def test_a_deleted_basket_is_brought_back(opens: Opens) -> None:
    till = opens()
    till.tap("Espresso")
    put_aside(till, "Table 4")
    list_of(till)
    till.page.get_by_role("button", name="Delete Table 4").click()
    expect(till.page.locator("#parked-list")).to_contain_text("Nothing is put aside")
    till.page.locator(".toast", has_text="Deleted").get_by_role("button", name="Undo").click()
    expect(till.page.locator(".till-parked")).to_contain_text("Table 4")


def test_baskets_are_put_aside_by_keyboard(opens: Opens, jana: Person) -> None:
    till = opens()
    keys = till.page.keyboard
    till.tap("Espresso")
    keys.press("p")
    expect(till.page.locator("#park")).to_be_visible()
    keys.type("Table", delay=150)
    keys.press("Enter")
    till.expect_basket(total=f"0.00{KC}")
    till.page.wait_for_timeout(200)
    keys.press("b")
    expect(till.page.locator(".till-parked")).to_contain_text("Table")
    keys.press("Escape")
    till.page.wait_for_timeout(200)
    keys.press("?")
    expect(till.page.locator("#shortcuts")).to_contain_text("Put aside")


@devices
def test_a_note_goes_with_the_basket_to_its_payment(
    opens: Opens, browser: Browser, shop: Shop, jana: Person, device: dict
) -> None:
    till = opens(device)
    till.tap("Espresso")
    if device is PHONE:
        till.page.locator(".till-handle").click()
    note = till.page.get_by_label("Note on the basket")
    note.fill("without sugar")
    note.press("Enter")
    till.expect_free()
    put_aside(till, "Table 4")
    list_of(till)
    take_up(till, "Table 4")
    till.page.reload()
    expect(note).to_have_value("without sugar")
    till.read(jana.token)
    till.expect_panel("paid")
    till.press("Next customer")
    expect(note).to_have_value("")
    till.page.get_by_role("button", name="Last payments").click()
    expect(till.page.locator(".till-paid > li", has_text=jana.name).first).to_contain_text("without sugar")
    with browser.new_context(**DESKTOP, locale="en-GB") as context:
        office = context.new_page()
        sign_in(office, shop, "manager")
        office.goto(f"{shop.url}/office/{shop.programme}/payments/")
        expect(office.locator("tbody tr", has_text=jana.name).first).to_contain_text("without sugar")


@contextmanager
def a_favourite(till: Counter, name: str) -> Iterator[None]:
    """A product that the tills show first, for a while."""
    product = next(one for one in till.rest("GET", "products")["items"] if one["name"] == name)
    till.rest("PATCH", f"products/{product['id']}", {"is_favourite": True})
    try:
        yield
    finally:
        till.rest("PATCH", f"products/{product['id']}", {"is_favourite": False})


@devices
def test_favourites_come_first_and_search_finds_each_product_once(opens: Opens, device: dict) -> None:
    till = opens(device)
    with a_favourite(till, "Větrník"):
        till.page.reload()
        shown = till.page.locator(".tile:visible")
        expect(shown).to_have_count(1)
        expect(till.page.get_by_role("button", name="Favourites")).to_have_attribute("aria-pressed", "true")
        assert till.faults() == []
        shown.click()
        expect(shown.locator(".count")).to_have_text("1")
        till.page.keyboard.press("/")
        search = till.page.get_by_label("Search the products")
        expect(search).to_be_focused()
        search.fill("VETR")
        expect(shown).to_have_count(1)
        search.press("Enter")
        till.expect_basket("2× Větrník", total=f"131.80{KC}")
        till.page.get_by_role("button", name="All", exact=True).click()
        expect(shown).to_have_count(6)


@devices
def test_a_card_that_is_read_while_searching_pays_and_is_not_searched_for(
    opens: Opens, jana: Person, device: dict
) -> None:
    till = opens(device)
    till.tap("Espresso")
    search = till.page.get_by_label("Search the products")
    search.fill("cro")
    till.read(jana.token)
    till.expect_panel("paid", f"55.00{KC}")
    expect(search).to_have_value("cro")
