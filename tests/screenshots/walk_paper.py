"""What a customer sees on their own phone: a receipt, a chip's balance, a printed code."""

from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from tests.screenshots import hands
from tests.screenshots.demo import Demo
from tests.screenshots.gallery import Gallery


def visit(browser: Browser, gallery: Gallery, demo: Demo) -> None:
    gallery.chapter = "On the customer’s own phone"
    with hands.opened(browser, gallery.device, demo) as context:
        page = context.pages[0]
        page.goto(demo.added["receipt"])
        gallery.take(page, "receipt-page", "The receipt that was scanned", dark=True)
        visit_tap(page, gallery, demo)
        page.goto(f"/t/{demo.told['programme']}/AB2C-YZ34-WXY9-HJKM")
        gallery.take(page, "tap-code", "A printed code, photographed")


def visit_tap(page: Page, gallery: Gallery, demo: Demo) -> None:
    tap, *_ = demo.added["taps"]
    address = urlsplit(tap)
    page.goto(f"{address.path}?{address.query}")
    gallery.take(page, "tap", "A chip held to a phone tells its balance", dark=True)
    page.reload()
    gallery.take(page, "tap-again", "The same tap opens nothing twice")
    page.goto(f"{address.path}?p={'0' * 32}&m={'0' * 16}")
    gallery.take(page, "tap-doubtful", "A chip that could not prove that it is genuine")
