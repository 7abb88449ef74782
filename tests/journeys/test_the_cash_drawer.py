"""A cashier's day with the cash: the drawer is opened, a card topped up and paid with, the drawer counted."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import sign_in
from tests.journeys.counter import DECLINED_HZ, DESKTOP, PAID_HZ, PHONE, Counter, Opens
from tests.journeys.shop import Person, Shop

pytestmark = pytest.mark.journey

NBSP = "\N{NO-BREAK SPACE}"
KC = f"{NBSP}Kč"
CZK = f"CZK{NBSP}"
devices = pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])


def fill(page: Page, **typed: str) -> None:
    for name, value in typed.items():
        page.fill(f"[name={name}]", value)


def expect_line(page: Page, name: str, amount: str) -> None:
    """A line of the report on the screen."""
    expect(page.locator(".slip dl > div", has_text=name).locator("dd").first).to_have_text(amount)


def menu(till: Counter, name: str) -> None:
    till.page.get_by_label("Menu").click()
    till.page.get_by_role("link", name=name).click()


def hold(till: Counter, person: Person) -> None:
    """Hold a card to a reader of the page that asks for one, once it listens."""
    expect(till.page.get_by_role("heading", name="Hold the card to the reader")).to_be_visible()
    expect(till.page.locator("#readers-list [data-reader=nfc] [data-when]:visible").first).to_be_visible()
    till.read(person.token)


@devices
def test_the_day_of_a_drawer(opens: Opens, jana: Person, device: dict) -> None:
    till = opens(device)
    page = till.page
    # What the card lacks is bought in cash: the drawer is opened on the way.
    till.tap("Menu of the day", "Espresso")
    till.read(jana.token)
    till.expect_panel("declined", f"24.00{KC}")
    till.panel.get_by_role("link", name="Top up in cash").click()
    expect(page.get_by_role("heading", name="The cash drawer is not open")).to_be_visible()
    assert till.faults() == []
    page.get_by_role("link", name="Open the cash drawer").click()
    fill(page, float="1500")
    assert till.faults() == []
    page.get_by_role("button", name="Open the drawer").click()
    expect(page.locator("[name=bought]")).to_have_value("24.00")
    expect(page.locator("#sees")).to_contain_text(f"{CZK}24.00")
    assert till.faults() == []
    page.get_by_role("button", name="500").click()
    expect(page.locator("#sees")).to_contain_text(f"700.00{KC}")
    page.get_by_role("button", name="Cash taken: top up").click()
    expect(page.locator(".outcome h2")).to_have_text("Topped up")
    expect(page.locator(".outcome")).to_contain_text(f"700.00{KC}")
    assert PAID_HZ in till.heard()
    assert till.faults() == []
    assert till.balance_minor(jana) == 70_000
    # The basket waits for the card as it was.
    page.get_by_role("link", name="Back to the basket").click()
    till.expect_panel("waiting", f"224.00{KC}")
    till.read(jana.token)
    till.expect_panel("confirming")
    till.press("Confirm")
    till.expect_panel("paid", f"476.00{KC}")
    till.press("Next customer")
    # Money goes out, and the drawer is counted.
    menu(till, "Cash drawer")
    assert till.faults() == []
    page.get_by_role("link", name="Take out").click()
    fill(page, amount="300", reason="To the safe")
    assert till.faults() == []
    page.get_by_role("button", name="Take cash out").click()
    expect_line(page, "Should be there", f"{CZK}1,700.00")
    page.get_by_role("link", name="Count and close").click()
    fill(page, counted="1690", note="A coin rolled away")
    assert till.faults() == []
    page.get_by_role("button", name="Close the drawer").click()
    expect(page.get_by_role("heading", name="Report Z 1").first).to_be_visible()
    expect_line(page, "Payments (1)", f"224.00{KC}")
    expect_line(page, "Cash (1)", f"{CZK}500.00")
    expect_line(page, "Taken out", f"\N{MINUS SIGN}{CZK}300.00")
    expect_line(page, "Difference", f"\N{MINUS SIGN}{CZK}10.00")
    expect(page.locator(".slip-note")).to_have_text("A coin rolled away")
    assert till.faults() == []


def test_a_top_up_by_mistake_is_undone(opens: Opens, jana: Person) -> None:
    till = opens()
    page = till.page
    menu(till, "Cash drawer")
    fill(page, float="0")
    page.get_by_role("button", name="Open the drawer").click()
    page.get_by_role("link", name="Top up in cash").click()
    expect(page.get_by_role("heading", name="Hold the card to the reader")).to_be_visible()
    assert till.faults() == []
    hold(till, jana)
    fill(page, bought="0.30")
    page.keyboard.press("Enter")
    expect(page.locator(".errors")).to_contain_text("less than the smallest coin")
    fill(page, bought="99.70")
    expect(page.locator("#sees")).to_contain_text(f"{CZK}100.00")
    page.keyboard.press("Enter")
    expect(page.locator(".outcome")).to_contain_text(f"299.70{KC}")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".outcome h2")).to_have_text("Taken back")
    expect(page.locator(".outcome")).to_contain_text(f"200.00{KC}")
    assert till.balance_minor(jana) == 20_000
    page.get_by_role("link", name="Next customer").click()
    menu(till, "Cash drawer")
    expect_line(page, "Should be there", f"{CZK}0.00")


def test_what_is_spent_is_not_undone(opens: Opens, jana: Person) -> None:
    till = opens()
    page = till.page
    menu(till, "Cash drawer")
    fill(page, float="0")
    page.get_by_role("button", name="Open the drawer").click()
    page.get_by_role("link", name="Top up in cash").click()
    hold(till, jana)
    fill(page, bought="100")
    page.keyboard.press("Enter")
    expect(page.locator(".outcome")).to_contain_text(f"300.00{KC}")
    beside = opens(PHONE)
    beside.tap("Menu of the day", "Espresso")
    beside.read(jana.token)
    beside.expect_panel("confirming")
    beside.press("Confirm")
    beside.expect_panel("paid", f"76.00{KC}")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".outcome .note")).to_contain_text("Some of it is spent already")
    assert DECLINED_HZ in till.heard()
    assert till.balance_minor(jana) == 7_600


def test_a_manager_sees_the_difference_and_prints_the_report(
    opens: Opens, browser: Browser, shop: Shop, place: tuple[str, str]
) -> None:
    till = opens()
    menu(till, "Cash drawer")
    fill(till.page, float="100")
    till.page.get_by_role("button", name="Open the drawer").click()
    till.page.get_by_role("link", name="Count and close").click()
    fill(till.page, counted="105")
    till.page.get_by_role("button", name="Close the drawer").click()
    expect(till.page.get_by_role("heading", name="Report Z 1").first).to_be_visible()
    with browser.new_context(**DESKTOP, locale="en-GB") as context:
        page = context.new_page()
        sign_in(page, shop, "manager")
        page.goto(f"{shop.url}/office/{shop.programme}/drawers/")
        office = Counter(page, shop, *place)
        row = page.locator("tr", has=page.get_by_role("link", name=f"{place[0]} Z 1", exact=True))
        expect(row.locator(".figure")).to_have_text(f"{CZK}5.00")
        assert office.faults() == []
        row.get_by_role("link").click()
        expect_line(page, "Difference", f"+{CZK}5.00")
        assert office.faults() == []
        # One page, 80 mm wide and as long as it takes: 72 points are an inch.
        printed = page.pdf(prefer_css_page_size=True)
        (box,) = re.findall(rb"/MediaBox *\[0 0 ([0-9.]+) ([0-9.]+)\]", printed)
        width_mm, length_mm = (float(side) * 25.4 / 72 for side in box)
        assert (round(width_mm), 100 < length_mm < 250) == (80, True)
