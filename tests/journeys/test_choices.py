"""Products that leave something to choose: kept in the office, chosen at a till in a browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.conftest import sign_in
from tests.journeys.counter import DESKTOP, PHONE, Counter, Opens
from tests.journeys.shop import Person, Shop

pytestmark = pytest.mark.journey

KC = "\N{NO-BREAK SPACE}Kč"
numbers = count(1)
SIZE = {
    "name": "Size",
    "pick": "one",
    "choices": [{"name": "Small"}, {"name": "Large", "price_minor": 2000}],
}
EXTRAS = {
    "name": "Extras",
    "pick": "any",
    "choices": [{"name": "Extra shot", "price_minor": 1500}, {"name": "Own cup", "price_minor": -500}],
}


@contextmanager
def a_latte(till: Counter) -> Iterator[tuple[str, str]]:
    """A product for 60,00 with choices, for a while: its name and id."""
    name = f"Latte {next(numbers)}"
    category = till.rest("GET", "products")["items"][0]["category"]
    body = {"category": category, "name": name, "price_minor": 6000, "choice_groups": [SIZE, EXTRAS]}
    product = till.rest("POST", "products", body)["id"]
    try:
        till.page.reload()
        yield name, product
    finally:
        till.rest("POST", f"products/{product}/withdraw")


def chosen(till: Counter) -> list[str]:
    return [text for text in till.page.locator(".till-basket .lines [data-fill=chosen]").all_text_contents() if text]


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_choices_are_made_changed_put_aside_and_paid(opens: Opens, jana: Person, device: dict) -> None:
    till = opens(device)
    with a_latte(till) as (latte, _):
        sheet = till.page.locator("#choosing")
        till.tap(latte)
        expect(sheet.get_by_role("heading", name=latte)).to_be_visible()
        expect(sheet.get_by_label("Small")).to_be_checked()
        assert till.faults() == []
        sheet.get_by_text("Extra shot").click()
        sheet.get_by_role("button", name="Add").click()
        till.expect_basket(f"1× {latte}", total=f"75.00{KC}")
        # With others it is another line; by keyboard: what is preselected is taken by Enter, others by their number.
        till.tap(latte)
        till.page.keyboard.press("Enter")
        till.tap(latte)
        till.page.wait_for_timeout(100)
        till.page.keyboard.press("2")
        expect(sheet.get_by_label("Large")).to_be_checked()
        till.page.keyboard.press("Enter")
        expect(sheet).to_be_hidden()
        till.expect_basket(f"1× {latte}", f"1× {latte}", f"1× {latte}", total=f"215.00{KC}")
        assert chosen(till) == ["Small, Extra shot", "Small", "Large"]
        expect(till.page.locator(".tile", has_text=latte).first.locator(".count")).to_have_text("3")
        # A line is changed by tapping it, and joins the one that is the same then.
        if device is PHONE:
            till.page.locator(".till-handle").click()
        till.page.locator(".till-line", has_text="Large").click()
        sheet.get_by_text("Small").click()
        sheet.get_by_role("button", name="Change it").click()
        till.expect_basket(f"1× {latte}", f"2× {latte}", total=f"195.00{KC}")
        till.page.locator(".till-line", has_text="Extra shot").click()
        sheet.get_by_text("Own cup").click()
        sheet.get_by_role("button", name="Change it").click()
        till.expect_basket(f"1× {latte}", f"2× {latte}", total=f"190.00{KC}")
        assert till.faults() == []
        # It stays through a reload, and through being put aside.
        till.page.reload()
        till.expect_basket(f"1× {latte}", f"2× {latte}", total=f"190.00{KC}")
        till.page.get_by_role("button", name="Put it aside").first.click()
        till.page.locator("#park").get_by_role("button", name="Put it aside").click()
        till.expect_basket(total=f"0.00{KC}")
        till.page.locator("[data-open=parked]").click()
        expect(till.page.locator(".till-parked")).to_contain_text(f"{latte} (Small, Extra shot, Own cup)")
        till.page.locator("#parked-list [data-take-up]").click()
        till.expect_basket(f"1× {latte}", f"2× {latte}", total=f"190.00{KC}")
        assert chosen(till) == ["Small, Extra shot, Own cup", "Small"]
        till.read(jana.token)
        till.expect_panel("confirming", f"190.00{KC}")
        till.press("Confirm")
        till.expect_panel("paid", f"190.00{KC}")
        till.press("Next customer")
        till.page.get_by_role("button", name="Last payments").click()
        row = till.page.locator(".till-paid > li", has_text=jana.name).first
        expect(row).to_contain_text(f"{latte} (Small, Extra shot, Own cup), 2× {latte} (Small)")


def test_a_card_that_comes_while_choosing_pays_what_stands_there(opens: Opens, jana: Person) -> None:
    till = opens()
    with a_latte(till) as (latte, _):
        till.tap(latte)
        expect(till.page.locator("#choosing")).to_be_visible()
        till.read(jana.token)
        till.expect_panel("paid", f"60.00{KC}")


def test_a_manager_keeps_what_can_be_chosen(opens: Opens, browser: Browser, shop: Shop) -> None:
    till = opens()
    with a_latte(till) as (_, product), browser.new_context(**PHONE, locale="en-GB") as context:
        page = context.new_page()
        sign_in(page, shop, "manager")
        page.goto(f"{shop.url}/office/{shop.programme}/products/{product}/")
        page.locator("#choices").get_by_role("link", name="Size").click()
        page.get_by_role("button", name="Another choice").click()
        page.keyboard.type("Huge")
        rows = page.locator("[data-row]:not([hidden])")
        rows.nth(2).get_by_label("Difference").fill("35")
        rows.nth(2).get_by_role("button", name="Move up").click()
        rows.nth(0).get_by_role("button", name="Leave out").click()
        page.get_by_role("button", name="Save").click()
        said = page.locator("#choices")
        expect(said).to_contain_text(f"Huge +35.00{KC}, Large +20.00{KC}")
        page.get_by_role("button", name="Move Extras up").click()
        expect(said.locator("li").first).to_contain_text("Extras")
        page.get_by_role("button", name="Remove Extras").click()
        expect(said.locator("li")).to_have_count(1)
        page.locator(".toast", has_text="Extras was removed").get_by_role("button", name="Undo").click()
        expect(said.locator("li")).to_have_count(2)
        groups = till.rest("GET", f"products/{product}")["choice_groups"]
        assert [(one["name"], [choice["name"] for choice in one["choices"]]) for one in groups] == [
            ("Extras", ["Extra shot", "Own cup"]),
            ("Size", ["Huge", "Large"]),
        ]
