"""The till as a cashier has it on an ordinary day: products, baskets, cards, outcomes."""

from playwright.sync_api import Browser, Page, Route

from tests.screenshots import hands
from tests.screenshots.demo import Demo
from tests.screenshots.gallery import PHONE, Gallery

COUNTER = "Café counter"
NOBODYS = "04A1B2C3D4E5F6"
"""The number of a card that nobody has."""
COPIED = f"https://groat.example/t/harbour-court?p={'0' * 32}&m={'0' * 16}"
"""What a chip did not write."""


def visit(browser: Browser, gallery: Gallery, demo: Demo) -> None:
    with hands.opened(browser, gallery.device, demo) as context:
        walk(context.pages[0], gallery, demo)


def walk(page: Page, gallery: Gallery, demo: Demo) -> None:
    gallery.chapter = "The till: products and baskets"
    hands.sign_in(page, demo.login("cashier"))
    gallery.take(page, "till-choose", "Which till is this?")
    visit_products(page, gallery, demo)
    visit_choices(page, gallery)
    visit_baskets(page, gallery)
    gallery.chapter = "The till: payments"
    visit_payment(page, gallery, demo)
    visit_receipt(page, gallery)
    visit_payments(page, gallery)
    visit_balance_and_refusals(page, gallery, demo)
    visit_split(page, gallery, demo)
    visit_confirming(page, gallery, demo)
    gallery.chapter = "The till: when something is in the way"
    visit_troubles(page, gallery, demo)
    gallery.chapter = "The till: readers"
    visit_readers(page, gallery)
    visit_camera(page, gallery)
    gallery.chapter = "The till: beside it"
    visit_beside(page, gallery, demo)


def visit_products(page: Page, gallery: Gallery, demo: Demo) -> None:
    page.goto(demo.till(COUNTER))
    page.locator(".tile:enabled").first.wait_for()
    gallery.take(page, "till-favourites", "Favourites")
    hands.open_till(page, demo.till(COUNTER))
    gallery.take(page, "till-products", "All products", dark=True)
    search = page.get_by_label("Search the products")
    search.fill("es")
    gallery.take(page, "till-search", "Searched for")
    search.fill("pizza")
    gallery.take(page, "till-search-nothing", "Searched for in vain")
    search.fill("")
    page.locator(".till-free").click()
    for digit in ("4", "9", "0"):
        page.locator(f"#keypad [data-digit='{digit}']").click()
    gallery.take(page, "till-amount", "A free amount")
    hands.close_dialog(page, "keypad")


def visit_choices(page: Page, gallery: Gallery) -> None:
    hands.tap(page, "Personal training")
    page.locator("#choosing[open]").wait_for()
    gallery.take(page, "till-choosing-one", "What must be chosen is asked")
    hands.close_dialog(page, "choosing")
    hands.tap(page, "Carrot cake", "Carrot cake", "Cappuccino")
    gallery.take(page, "till", "A basket", dark=True)
    spread(page, gallery)
    page.locator("[data-rechoose]:visible").first.click()
    page.locator("#choosing[open]").wait_for()
    for name in ("Oat milk", "Extra shot", "Decaf"):
        page.locator("#choosing").get_by_text(name).click()
    gallery.take(page, "till-choosing", "Choices of a product", dark=True)
    page.locator("#choosing form button.button-primary").click()
    page.locator("#choosing").wait_for(state="hidden")
    page.get_by_label("Note on the basket").fill("Cake without cream, please")
    page.get_by_label("Note on the basket").press("Enter")
    gallery.take(page, "till-basket", "Choices and a note in the basket", dark=True)


def spread(page: Page, gallery: Gallery) -> None:
    """All of the basket, which a phone shows when it is touched."""
    handle = page.locator("[data-toggle]")
    if gallery.device is PHONE and handle.get_attribute("aria-expanded") == "false":
        handle.click()


def visit_baskets(page: Page, gallery: Gallery) -> None:
    page.locator("[data-open=park]:visible").click()
    page.locator("#park[open]").wait_for()
    page.locator("#park").get_by_label("Name or table").fill("Table by the window")
    gallery.take(page, "till-park", "A basket is put aside")
    page.locator("#park").get_by_role("button", name="Put it aside").click()
    page.locator("#park").wait_for(state="hidden")
    page.locator("[data-open=parked] .badge:not([hidden])").wait_for()
    gallery.take(page, "till-parked-one", "It waits, and the till is free")
    hands.let_toasts_go(page)
    hands.tap(page, "Espresso", "Butter croissant")
    page.locator("[data-open=park]:visible").click()
    page.locator("#park").get_by_label("Name or table").fill("Terrace 2")
    page.locator("#park").get_by_role("button", name="Put it aside").click()
    page.locator("#park").wait_for(state="hidden")
    page.locator(".toast").first.wait_for()
    hands.let_toasts_go(page)
    hands.open_dialog(page, "parked")
    page.locator(".till-parked > li").nth(1).wait_for()
    gallery.take(page, "till-parked", "Baskets put aside", dark=True)
    page.get_by_role("button", name="Delete Terrace 2").click()
    page.locator(".toast", has_text="Deleted").wait_for()
    page.locator(".till-parked > li").nth(1).wait_for(state="detached")
    gallery.take(page, "till-parked-deleted", "A deleted basket can be brought back")
    page.get_by_role("button", name="Take up Table by the window").click()
    page.locator("#parked").wait_for(state="hidden")
    hands.let_toasts_go(page)


def visit_payment(page: Page, gallery: Gallery, demo: Demo) -> None:
    hands.charge(page)
    gallery.take(page, "till-waiting", "Waiting for a card", dark=True)
    page.locator("#panel summary").click()
    page.locator("#number").fill(NOBODYS)
    page.locator("#panel .disclosure").evaluate("element => element.scrollIntoView()")
    gallery.take(page, "till-waiting-typed", "A card’s number is typed")
    page.locator("#number").fill("")
    hands.present(page, NOBODYS)
    hands.panel(page, "declined")
    gallery.take(page, "till-declined-unknown", "A card that nobody knows")
    hands.press(page, "again")
    page.locator(hands.WAITING).wait_for()
    hands.present(page, demo.card("Has plenty"))
    hands.panel(page, "paid")
    gallery.take(page, "till-paid", "Paid, with the receipt to scan", dark=True)


def visit_receipt(page: Page, gallery: Gallery) -> None:
    page.locator("#panel .till-receipt").click()
    page.locator("#receipt .slip").wait_for()
    gallery.take(page, "till-receipt", "The receipt: to scan, to print, by e-mail")
    address = page.locator("#receipt").get_by_label("e-mail address", exact=False).last
    address.fill("monika@example")
    page.locator("#receipt").get_by_role("button", name="Send", exact=True).click()
    page.locator("#receipt .errors").wait_for()
    page.locator(".receipt-mail").evaluate("element => element.scrollIntoView()")
    gallery.take(page, "till-receipt-wrong", "An e-mail address with a mistake")
    address.fill("monika@example.org")
    page.locator("#receipt").get_by_role("button", name="Send", exact=True).click()
    page.locator("#receipt .receipt-letters").wait_for()
    page.locator(".receipt-mail").evaluate("element => element.scrollIntoView()")
    gallery.take(page, "till-receipt-sent", "The receipt is on its way by e-mail")
    hands.close_dialog(page, "receipt")
    hands.done(page)


def visit_payments(page: Page, gallery: Gallery) -> None:
    hands.open_dialog(page, "payments")
    page.locator("#payments-list [data-undo]").first.wait_for()
    gallery.take(page, "till-payments", "The last payments")
    page.locator("#payments-list [data-undo]").first.click()
    page.locator("#undo-ask").wait_for()
    gallery.take(page, "till-undo", "Giving a payment back")
    page.locator("[data-undo-yes]").click()
    hands.panel(page, "undone")
    gallery.take(page, "till-undone", "Given back")
    hands.done(page)


def visit_balance_and_refusals(page: Page, gallery: Gallery, demo: Demo) -> None:
    hands.present(page, demo.card("Nearly empty"))
    hands.panel(page, "balance")
    gallery.take(page, "till-balance", "A card with nothing to pay tells its balance")
    hands.done(page)
    hands.present(page, demo.card("Pays later"))
    hands.panel(page, "balance")
    gallery.take(page, "till-balance-postpaid", "The balance of a customer who pays later")
    hands.done(page)
    hands.present(page, NOBODYS)
    hands.panel(page, "refused")
    gallery.take(page, "till-refused-unknown", "A card that nobody knows tells nothing")
    hands.done(page)
    hands.tap(page, "Green tea")
    hands.present(page, demo.card("Reported lost"))
    hands.panel(page, "declined")
    gallery.take(page, "till-declined-lost", "A card that was reported lost")
    hands.press(page, "again")
    page.locator(hands.WAITING).wait_for()
    if gallery.device.options:
        page.locator("#panel [data-nfc=start]").click()
        page.locator("#panel [data-when=nfc-on]:visible").wait_for()
        gallery.take(page, "till-waiting-phone", "Waiting for a card, which this device reads too")
        hands.feel(page, COPIED)
        hands.panel(page, "declined")
        gallery.take(page, "till-declined-copy", "A chip that could not prove that it is genuine")
        hands.press(page, "again")
        page.locator(hands.WAITING).wait_for()
    hands.done(page, "back")
    page.locator("[data-act=clear]").evaluate("element => element.click()")
    page.locator("[data-bring-back]").wait_for()
    gallery.take(page, "till-cleared", "An emptied basket can be brought back")
    hands.let_toasts_go(page)


def visit_split(page: Page, gallery: Gallery, demo: Demo) -> None:
    poor = demo.card("Nearly empty")
    hands.tap(page, "Cappuccino", "Ham sandwich")
    hands.present(page, poor)
    hands.panel(page, "declined")
    gallery.take(page, "till-declined", "Declined: what is missing, and what can be done", dark=True)
    hands.press(page, "split")
    page.locator(hands.WAITING).wait_for()
    gallery.take(page, "till-split", "A part by card, the rest in cash", dark=True)
    hands.present(page, poor)
    hands.panel(page, "paid")
    gallery.take(page, "till-split-paid", "Paid, a part of it in cash")
    hands.press(page, "undo")
    page.locator("#undo-ask[open], #panel[data-panel=undone]").first.wait_for()
    if page.locator("#undo-ask[open]").count():
        page.locator("[data-undo-yes]").click()
    hands.panel(page, "undone")
    gallery.take(page, "till-split-undone", "Given back, the cash too")
    hands.done(page)


def visit_confirming(page: Page, gallery: Gallery, demo: Demo) -> None:
    hands.tap(page, "Personal training")
    page.locator("#choosing form button.button-primary").click()
    page.locator("#choosing").wait_for(state="hidden")
    hands.present(page, demo.card("Has plenty"))
    hands.panel(page, "confirming")
    gallery.take(page, "till-confirming", "Compare the customer, above an amount that the programme sets", dark=True)
    hands.press(page, "confirm")
    hands.panel(page, "paid")
    hands.done(page)


def visit_troubles(page: Page, gallery: Gallery, demo: Demo) -> None:
    tea = next(one for one in demo.rest("GET", "products")["items"] if one["name"] == "Green tea")
    hands.tap(page, "Green tea")
    demo.rest("PATCH", f"products/{tea['id']}", {"price_minor": tea["price_minor"] + 500})
    hands.charge(page)
    page.locator("#panel [data-when=repriced]:visible").wait_for()
    gallery.take(page, "till-repriced", "A price has changed meanwhile")
    demo.rest("PATCH", f"products/{tea['id']}", {"price_minor": tea["price_minor"]})

    def cut(route: Route) -> None:
        route.abort("connectionreset")

    page.route("**/present/", cut)
    hands.present(page, demo.card("Has plenty"))
    page.locator("#panel [data-when=unknown]:visible").first.wait_for()
    gallery.take(page, "till-unknown", "Nobody answers: not known yet, and asked again")
    page.unroute("**/present/")
    hands.panel(page, "paid")
    hands.done(page)


def visit_readers(page: Page, gallery: Gallery) -> None:
    hands.open_dialog(page, "readers")
    page.locator("#readers-list [data-reader=nfc] [data-when]:visible").first.wait_for()
    gallery.take(page, "till-readers", "The readers of the till", dark=True)
    hands.close_dialog(page, "readers")


def visit_camera(page: Page, gallery: Gallery) -> None:
    """While a card is awaited; the code before the camera is out of focus, and so remains unread."""
    hands.tap(page, "Espresso")
    hands.charge(page)
    page.locator("#panel [data-open=camera]").click()
    page.locator("#camera[data-state=looking]").wait_for()
    gallery.take(page, "till-camera", "The camera looks for a QR code", dark=True)
    page.keyboard.press("Escape")
    for state, fault, title in (
        ("denied", "NotAllowedError", "The camera was not allowed"),
        ("busy", "NotReadableError", "Another program has the camera"),
        ("none", "NotFoundError", "There is no camera"),
    ):
        page.evaluate(
            "(name) => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', name); } }",
            fault,
        )
        page.locator("#panel [data-open=camera]").click()
        page.locator(f"#camera[data-state={state}]").wait_for()
        gallery.take(page, f"till-camera-{state}", title)
        page.keyboard.press("Escape")
    hands.done(page, "back")


def visit_beside(page: Page, gallery: Gallery, demo: Demo) -> None:
    page.locator("details.menu summary").first.click()
    gallery.take(page, "till-menu", "The menu")
    if gallery.device is not PHONE:
        page.keyboard.press("Escape")
    hands.open_dialog(page, "tray")
    gallery.take(page, "till-tray", "The demo’s cards, in the demo alone")
    hands.close_dialog(page, "tray")
    page.keyboard.press("?")
    page.locator("#shortcuts").wait_for()
    gallery.take(page, "till-keys", "What the keyboard does")
    page.keyboard.press("Escape")
    page.goto(f"/till/{demo.told['programme']}/{demo.added['closed_till']}/")
    gallery.take(page, "till-closed", "A closed till")
