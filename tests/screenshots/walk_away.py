"""The till when the network is away: what it takes, keeps, sends, and what is owed then."""

from playwright.sync_api import Browser, Page

from tests.journeys.apps import ready
from tests.screenshots import hands
from tests.screenshots.demo import Demo
from tests.screenshots.gallery import Gallery

TILLS = {"phone": "Terrace", "tablet": "Garden", "desktop": "Foyer"}
"""One for each device: what a till may take without network is shared by all browsers that opened it."""


def visit(browser: Browser, gallery: Gallery, demo: Demo) -> None:
    gallery.chapter = "The till: without network"
    with hands.opened(browser, gallery.device, demo, service_workers="allow") as context:
        page = context.pages[0]
        hands.sign_in(page, demo.login("cashier"))
        till = demo.added["more_tills"][TILLS[gallery.device.name]]
        make_ready(page, f"/till/{demo.told['programme']}/{till}/")
        page.context.set_offline(True)
        page.locator("#offline:not([hidden])").wait_for()
        gallery.take(page, "till-away", "The network is away", dark=True)
        visit_taking(page, gallery, demo)
        visit_limits(page, gallery)
        visit_back(page, gallery)


def make_ready(page: Page, till: str) -> None:
    """Open a till's page and wait until it could do without the network."""
    page.goto(till)
    ready(page, till.split("/")[-2])
    page.locator(".tile:enabled").first.wait_for()
    page.locator("[data-tab='']").click()


def take(page: Page, token: str, *products: str) -> None:
    hands.tap(page, *products)
    hands.charge(page)
    hands.present(page, token)
    hands.panel(page, "kept")


def visit_taking(page: Page, gallery: Gallery, demo: Demo) -> None:
    hands.tap(page, "Menu 1", "Dessert")
    hands.charge(page)
    gallery.take(page, "till-away-waiting", "Waiting for a card without network", dark=True)
    hands.present(page, demo.card("Nearly empty"))
    hands.panel(page, "kept")
    gallery.take(page, "till-away-kept", "Taken without network", dark=True)
    hands.done(page)
    take(page, demo.card("Has plenty"), "Menu 2", "Mineral water")
    hands.press(page, "takeBack")
    page.locator("#panel").wait_for(state="hidden")
    take(page, demo.card("Has plenty"), "Vegetarian menu")
    hands.done(page)
    gallery.take(page, "till-away-taken", "So much is kept on the device")
    hands.open_dialog(page, "offline-taps")
    page.locator(".offline-taps li").nth(1).wait_for()
    gallery.take(page, "till-away-list", "What is kept on the device")
    hands.close_dialog(page, "offline-taps")
    hands.present(page, demo.card("Has plenty"))
    hands.panel(page, "refused")
    gallery.take(page, "till-away-balance", "Without network nobody knows a balance")
    hands.done(page)
    page.locator("[data-open=payments]").click()
    page.locator(".toast", has_text="needs the network").wait_for()
    gallery.take(page, "till-away-needs", "What needs the network says so")
    hands.let_toasts_go(page)


def visit_limits(page: Page, gallery: Gallery) -> None:
    hands.tap(page, "Menu 1", "Menu 1", "Menu 2", "Menu 2")
    page.locator("[data-act=charge]").click()
    page.locator("#panel [data-when=unknown]:visible").first.wait_for()
    gallery.take(page, "till-away-too-much", "Too much to be taken without network")
    hands.done(page, "stop")
    page.locator("[data-act=clear]").evaluate("element => element.click()")
    hands.let_toasts_go(page)


def visit_back(page: Page, gallery: Gallery) -> None:
    page.context.set_offline(False)
    page.locator(".toast", has_text="Booked:").wait_for()
    page.locator("#offline [data-when=owed]:visible").wait_for()
    gallery.take(page, "till-away-back", "The network is back: booked, and what could not be")
    hands.let_toasts_go(page)
    hands.open_dialog(page, "offline-taps")
    gallery.take(page, "till-away-owed", "What could not be booked")
    page.locator("[data-read]").click()
    page.locator("#offline").wait_for(state="hidden")
