"""From an empty installation through the setting up to the first paid coffee."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests import servers
from tests.factories import PASSWORD
from tests.journeys.conftest import PATIENCE_MS
from tests.journeys.counter import DESKTOP, PHONE, READER, SETTLED, WCAG

pytestmark = pytest.mark.journey


class Empty(NamedTuple):
    """An installation in which nobody is yet."""

    url: str
    code: str
    cards: list[str]
    environment: dict[str, str]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Empty]:
    """The demo's empty twin, as `make demo EMPTY=1` makes it."""
    var = tmp_path_factory.mktemp("empty")
    given = {"DJANGO_SETTINGS_MODULE": "groat.config.settings", "GROAT_DEMO": "1"}
    database = f"sqlite:///{var / 'groat.sqlite3'}"
    making = servers.environment(var=var, database_url=database, **given)
    subprocess.run([str(servers.GROAT), "demo", "--empty", "--prepare"], env=making, check=True)
    told = json.loads((var / "empty" / "demo.json").read_text())
    environment = servers.environment(var=var / "empty", database_url=database, **given)
    with servers.serving(environment, log=var / "server.log") as url:
        yield Empty(url, told["code"], [card["token"] for card in told["cards"]], environment)


def another_code(empty: Empty) -> str:
    """A code of the operator's, for whoever is not the first."""
    said = subprocess.run(
        [str(servers.GROAT), "code"], env=empty.environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return said.stdout.split()[0]


class Merchant(NamedTuple):
    """Somebody who opens a programme, with the device and in the language that they have."""

    device: dict[str, Any]
    locale: str
    name: str
    own_credit: bool
    coffee: str
    balance: str


HANA = Merchant(PHONE, "cs-CZ", "Kavárna U Mlýna", False, "45,00\N{NO-BREAK SPACE}Kč", "155,00\N{NO-BREAK SPACE}Kč")
GRACE = Merchant(DESKTOP, "en-GB", "The Mill Café", True, "4\N{NO-BREAK SPACE}beans", "196\N{NO-BREAK SPACE}beans")


@pytest.mark.parametrize(("number", "who"), list(enumerate([HANA, GRACE])), ids=["czech-phone", "english-desktop"])
def test_ten_minutes_from_nothing_to_the_first_coffee(browser: Browser, empty: Empty, number: int, who: Merchant):
    context = browser.new_context(locale=who.locale, timezone_id="Europe/Prague", service_workers="block", **who.device)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()

    # The first visit leads to the opening; whoever comes later has a link with a code.
    page.goto(empty.url if number == 0 else f"{empty.url}/open/?code={another_code(empty)}")
    page.wait_for_url("**/open/*")
    if number == 0:
        page.fill("[name=code]", empty.code)
    page.fill("[name=name]", "Hana Nová")
    page.fill("[name=email]", f"merchant{number}@example.org")
    page.fill("[name=password]", PASSWORD)
    on(page, "**/open/programme/")

    page.fill("[name=name]", who.name)
    if who.own_credit:
        page.check("[name=unit][value=own]")
        page.fill("[name=credit_name]", "beans")
        page.fill("[name=price]", "0.5")
    expect(page.locator("#example strong").nth(1)).to_have_text(who.coffee)
    on(page, "**/setup/site/")
    on(page, "**/setup/products/")

    page.locator(".opening-sets a").first.click()
    page.wait_for_url("**?set=cafe")
    on(page, "**/setup/till/", press="[value=save]")
    on(page, "**/setup/staff/")
    on(page, "**/setup/card/", press=".opening-on a")
    on(page, "**/setup/ready/", press=f"[name=demo_card][value='{empty.cards[number]}']")
    on(page, "**/till/**", press=".opening-on .button-primary")

    page.locator(".tile:visible", has_text="Espresso").click()
    page.locator("[data-act=charge]").click()
    expect(page.locator("#panel[open][data-panel=waiting]")).to_be_visible()
    page.evaluate(READER, [empty.cards[number], 0])

    expect(page.locator("#panel[open][data-panel=paid]")).to_contain_text(who.balance)
    context.close()


def on(page: Page, to: str, *, press: str = "main form button.button-primary") -> None:
    """Go on to the next step, after axe has found nothing on this one."""
    page.evaluate(SETTLED)
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}}).response["violations"]
    assert [(page.url, fault["id"], fault["nodes"][0]["target"]) for fault in found] == []
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"), page.url
    page.locator(press).first.click()
    page.wait_for_url(to)
