"""Cash at the till: the drawer through its day, and a card topped up."""

from playwright.sync_api import Browser, Page

from tests.screenshots import hands
from tests.screenshots.demo import Demo
from tests.screenshots.gallery import Gallery
from tests.screenshots.walk_till import COUNTER


def visit(browser: Browser, gallery: Gallery, demo: Demo) -> None:
    gallery.chapter = "The till: cash"
    with hands.opened(browser, gallery.device, demo) as context:
        page = context.pages[0]
        hands.sign_in(page, demo.login("cashier"))
        visit_opening(page, gallery, demo)
        visit_top_up(page, gallery, demo)
        visit_drawer(page, gallery, demo)


def visit_opening(page: Page, gallery: Gallery, demo: Demo) -> None:
    hands.open_till(page, demo.till(COUNTER))
    hands.tap(page, "Ham sandwich", "Cappuccino")
    hands.present(page, demo.card("Nearly empty"))
    hands.panel(page, "declined")
    page.locator("#panel [data-top-up]").click()
    page.get_by_role("link", name="Open the cash drawer").wait_for()
    gallery.take(page, "drawer-not-open", "Cash is taken while the drawer is open")
    page.get_by_role("link", name="Open the cash drawer").click()
    page.fill("[name=float]", "1500")
    gallery.take(page, "drawer-open", "Opening the drawer")
    page.get_by_role("button", name="Open the drawer").click()


def visit_top_up(page: Page, gallery: Gallery, demo: Demo) -> None:
    page.locator("[name=bought]").wait_for()
    hands.let_toasts_go(page)
    gallery.take(page, "till-top-up", "What is missing is bought in cash", dark=True)
    page.get_by_role("button", name="500").click()
    page.locator("#sees", has_text="500").wait_for()
    gallery.take(page, "till-top-up-more", "And more than that")
    page.get_by_role("button", name="Cash taken: top up").click()
    page.locator(".outcome h2").wait_for()
    gallery.take(page, "till-top-up-made", "Topped up; the basket waits")
    page.locator("[data-open=receipt]").click()
    page.locator("#receipt .slip").wait_for()
    gallery.take(page, "till-top-up-receipt", "The receipt of a top-up")
    hands.close_dialog(page, "receipt")
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("heading", name="Taken back").wait_for()
    gallery.take(page, "till-top-up-undone", "Taken back")
    page.goto(f"{demo.till(COUNTER)}top-up/")
    page.locator("#readers-list [data-reader=nfc] [data-when]:visible").first.wait_for()
    gallery.take(page, "till-top-up-card", "Which card is topped up?")


def visit_drawer(page: Page, gallery: Gallery, demo: Demo) -> None:
    drawer = f"{demo.till(COUNTER)}drawer/"
    for way, amount, reason in (("put-in", "200", "Change from the bank"), ("take-out", "300", "To the safe")):
        page.goto(f"{drawer}{way}/")
        page.fill("[name=amount]", amount)
        page.fill("[name=reason]", reason)
        if way == "take-out":
            gallery.take(page, "drawer-take-out", "Cash is taken out")
        page.locator("form .button-primary").click()
        page.locator(".drawer-list").first.wait_for()
        hands.let_toasts_go(page)
    gallery.take(page, "drawer", "The open drawer: the X report, and what went in and out")
    page.locator(".drawer-list").first.evaluate("element => element.scrollIntoView({ block: 'center' })")
    gallery.take(page, "drawer-moves", "What went in and out")
    page.goto(f"{drawer}close/")
    page.fill("[name=counted]", "1390")
    page.fill("[name=note]", "A coin rolled under the counter")
    gallery.take(page, "drawer-close", "The drawer is counted")
    page.get_by_role("button", name="Close the drawer").click()
    page.get_by_role("heading", name="Report Z").first.wait_for()
    hands.let_toasts_go(page)
    gallery.take(page, "drawer-report", "The Z report")
