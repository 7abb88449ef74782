"""Who pays without a card, with a PIN or a new card; and cashiers who share a till."""

from playwright.sync_api import Browser, Page

from tests.screenshots import hands
from tests.screenshots.demo import Demo
from tests.screenshots.gallery import DESKTOP, Gallery
from tests.screenshots.walk_till import COUNTER

WRONG_PIN = "1739"
SHARED = "Gym reception"


def visit(browser: Browser, gallery: Gallery, demo: Demo) -> None:
    gallery.chapter = "The till: customers without a card, PINs, new cards"
    with hands.opened(browser, gallery.device, demo) as context:
        hands.sign_in(context.pages[0], demo.login("manager"))
        visit_customer(context.pages[0], gallery, demo)
        visit_pairing(browser, context.pages[0], gallery, demo)
    with hands.opened(browser, gallery.device, demo) as context:
        visit_pin(context.pages[0], gallery, demo)
    gallery.chapter = "The till: shared by cashiers"
    with hands.opened(browser, gallery.device, demo) as context:
        hands.sign_in(context.pages[0], demo.login("manager"))
        visit_shared(context.pages[0], gallery, demo)
    gallery.chapter = "The till: when something is in the way"
    with hands.opened(browser, gallery.device, demo) as context:
        hands.sign_in(context.pages[0], demo.added["attic"]["login"])
        context.pages[0].goto(demo.added["attic"]["till"])
        context.pages[0].locator(".till-shelf .empty:visible").first.wait_for()
        gallery.take(context.pages[0], "till-empty", "A till with nothing to sell yet")


def visit_customer(page: Page, gallery: Gallery, demo: Demo) -> None:
    hands.open_till(page, demo.till(COUNTER))
    hands.tap(page, "Cappuccino", "Butter croissant")
    hands.charge(page)
    page.locator("#panel [data-open=customer]").click()
    page.locator("#customer[open]").wait_for()
    gallery.take(page, "till-customer", "Somebody has no card with them")
    asked = page.locator("#customer").get_by_label("Name, identifier, e-mail or phone")
    asked.fill("xyzzy")
    asked.press("Enter")
    page.locator("#customer .empty").wait_for()
    gallery.take(page, "till-customer-nobody", "Nobody of that name")
    asked.fill("mar")
    asked.press("Enter")
    page.locator(".till-people li").first.wait_for()
    gallery.take(page, "till-customer-found", "Who it may be")
    asked.fill("hudak")
    asked.press("Enter")
    page.locator(".till-people li", has_text="Hudák").locator("button").click()
    page.locator("#customer-name").wait_for()
    page.locator("#customer").get_by_text("Forgotten").click()
    gallery.take(page, "till-customer-account", "The account, and paying without a card", dark=True)
    page.get_by_role("button", name="Pay without a card").click()
    hands.panel(page, "confirming")
    gallery.take(page, "till-customer-confirming", "Compare who pays without a card")
    hands.press(page, "cancel")
    page.locator("#panel").wait_for(state="hidden")
    page.locator("[data-act=clear]").evaluate("element => element.click()")
    hands.let_toasts_go(page)


def visit_pairing(browser: Browser, page: Page, gallery: Gallery, demo: Demo) -> None:
    """The office waits at this till for a card."""
    with hands.opened(browser, DESKTOP, demo) as context:
        office = context.pages[0]
        hands.sign_in(office, demo.login("manager"))
        office.goto(f"{demo.office}/customers/?q=Hudák")
        office.goto(f"{hands.link(office, f'/customers/{hands.UUID}/')}pair/")
        office.locator("button[name=till]", has_text=COUNTER).click()
        office.locator("#state").wait_for()
        page.locator("#awaited:not([hidden])").wait_for()
        gallery.take(page, "till-awaited", "The office waits here for a card")
        hands.present(page, f"04{abs(hash((gallery.device.name, demo.url))) % 16**12:012X}")
        hands.panel(page, "paired")
        gallery.take(page, "till-paired", "The card is paired")
        hands.done(page)


def visit_pin(page: Page, gallery: Gallery, demo: Demo) -> None:
    boathouse = demo.added["boathouse"]
    hands.sign_in(page, boathouse["login"])
    hands.open_till(page, boathouse["till"])
    hands.tap(page, "Rowing boat")
    hands.present(page, boathouse["token"])
    hands.panel(page, "pin")
    type_digits(page, boathouse["pin"][:3], "#panel")
    gallery.take(page, "till-pin", "The customer confirms by the PIN of the card", dark=True)
    type_digits(page, "9", "#panel")
    page.locator("#panel").get_by_role("button", name="Done").click()
    page.locator("#panel [data-fill=wrong]", has_text="wrong").wait_for()
    gallery.take(page, "till-pin-wrong", "A wrong PIN")
    type_digits(page, boathouse["pin"], "#panel")
    page.locator("#panel").get_by_role("button", name="Done").click()
    hands.panel(page, "paid")
    hands.done(page)


def type_digits(page: Page, digits: str, where: str) -> None:
    for digit in digits:
        page.locator(f"{where} [data-digit='{digit}']:visible").click()


def visit_shared(page: Page, gallery: Gallery, demo: Demo) -> None:
    page.goto(f"/till/{demo.told['programme']}/pin/")
    gallery.take(page, "till-my-pin", "One’s own PIN")
    hands.open_till(page, demo.till(SHARED))
    hands.tap(page, "Single entry", "Towel")
    page.locator("details.menu summary").first.click()
    page.get_by_role("button", name="Share this till").click()
    gallery.take(page, "till-share", "Sharing a till")
    page.get_by_role("dialog").get_by_role("button", name="Share this till").click()
    page.get_by_role("heading", name="Who works?").wait_for()
    page.locator("#readers-list [data-reader=nfc][data-tone]").wait_for(state="attached")
    gallery.take(page, "till-locked", "Who works?", dark=True)
    page.locator(".lock-person", has_text="Marek").click()
    type_digits(page, WRONG_PIN[:2], "#lock")
    gallery.take(page, "till-locked-pin", "A cashier’s PIN")
    type_digits(page, WRONG_PIN[2:], "#lock")
    page.locator("#lock").get_by_role("button", name="Done").click()
    page.locator("[data-step=pin] [data-fill=said]", has_text="wrong").wait_for()
    gallery.take(page, "till-locked-wrong", "A wrong PIN does not open")
    type_digits(page, demo.added["pins"]["manager"], "#lock")
    page.locator("#lock").get_by_role("button", name="Done").click()
    page.locator("#switch").wait_for()
    gallery.take(page, "till-shared", "In: the basket is where it was")
