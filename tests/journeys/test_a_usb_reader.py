"""A manager pairs a USB reader, and what is read there shows at once on the till's page: in a browser, on a server."""

import json
import re
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import sign_in
from tests.journeys.counter import DESKTOP, PHONE, WCAG, Counter, Opens
from tests.journeys.shop import Person, Shop

pytestmark = pytest.mark.journey

devices = pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])


class Program:
    """What runs beside a reader, as the wire knows it."""

    def __init__(self, shop: Shop, code: str) -> None:
        self._shop, self._token = shop, ""
        self._token = self.ask("POST", "pair", {"code": code, "device": "ACS ACR1222L", "version": "1"})["token"]
        self.is_ready()

    def is_ready(self) -> None:
        self.ask("PUT", "state", {"state": "ready", "device": "ACS ACR1222L"})

    def presents(self, token: str) -> tuple[str, list[str]]:
        told = self.ask("POST", "presentations", {"token": token})
        return told["state"], told["lines"]

    def shows(self) -> tuple[str, list[str]]:
        told = self.ask("GET", "display")
        return told["state"], told["lines"]

    def ask(self, method: str, name: str, body: Any = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": str(uuid4())}
        if body is not None:
            headers["Content-Type"] = "application/json"
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self._shop.url}/api/v1/reader/{name}", data, headers, method=method)
        with urlopen(request, timeout=30) as answer:
            said = answer.read()
        told: dict[str, Any] = json.loads(said) if said else {}
        return told


@pytest.fixture
def office(browser: Browser, shop: Shop, device: Any) -> Any:
    """The page about the readers of a till, with the manager signed in."""
    with browser.new_context(locale="en-GB", **device) as context:
        page = context.new_page()
        sign_in(page, shop, "manager")
        yield page


def paired(office: Page, shop: Shop, place: tuple[str, str]) -> Program:
    """A reader at the till, paired by the code that the office shows."""
    office.goto(f"{shop.url}/office/{shop.programme}/sites/tills/{place[1]}/readers/")
    faultless(office)
    office.get_by_role("button", name="Add a USB reader").click()
    expect(office.get_by_role("heading", name="Add a USB reader")).to_be_visible()
    faultless(office)
    code = re.findall(r"--pair ([2-9A-Z]{4}-[2-9A-Z]{4})", office.content())[0]
    program = Program(shop, code)
    office.get_by_role("link", name="Done").click()
    expect(office.locator("tbody")).to_contain_text("Ready")
    faultless(office)
    return program


def faultless(page: Page) -> None:
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
    assert [violation["id"] for violation in found.response["violations"]] == []


@devices
def test_a_card_on_a_usb_reader_pays_what_the_till_charges(
    office: Page, opens: Opens, shop: Shop, place: tuple[str, str], jana: Person, device: Any
) -> None:
    program = paired(office, shop, place)
    till: Counter = opens(device)
    till.page.locator("[data-open=readers]").click()
    row = till.page.locator("[data-reader=usb]")
    expect(row).to_contain_text("ACS ACR1222L")
    expect(row).to_have_attribute("data-tone", "good")
    assert till.faults() == []
    till.page.keyboard.press("Escape")

    till.tap("Espresso")
    till.charge()
    assert program.shows()[0] == "waiting"
    state, lines = program.presents(jana.token)

    assert (state, lines[0].split()[0]) == ("paid", "Zaplaceno")
    till.expect_panel("paid", jana.first_name)


def test_a_card_on_a_usb_reader_with_nothing_to_pay_shows_its_balance_on_the_till(
    browser: Browser, opens: Opens, shop: Shop, place: tuple[str, str], jana: Person
) -> None:
    with browser.new_context(locale="en-GB", **DESKTOP) as context:
        page = context.new_page()
        sign_in(page, shop, "manager")
        program = paired(page, shop, place)
    till: Counter = opens(DESKTOP)
    # The page has seen the reader: it hears what is read there from now on.
    expect(till.page.locator("[data-open=readers]")).to_have_attribute("data-tone", "good")

    assert program.presents(jana.token)[0] == "balance"

    till.expect_panel("balance", "200.00")


def test_with_a_basket_not_charged_yet_a_card_on_a_usb_reader_charges_it_and_comes_once_more(
    browser: Browser, opens: Opens, shop: Shop, place: tuple[str, str], petr: Person
) -> None:
    with browser.new_context(locale="en-GB", **DESKTOP) as context:
        page = context.new_page()
        sign_in(page, shop, "manager")
        program = paired(page, shop, place)
    till: Counter = opens(DESKTOP)
    expect(till.page.locator("[data-open=readers]")).to_have_attribute("data-tone", "good")
    till.tap("Espresso")

    program.presents(petr.token)
    till.expect_panel("waiting", "Hold the card to the reader")
    assert program.presents(petr.token)[0] == "paid"

    till.expect_panel("paid", petr.first_name)
