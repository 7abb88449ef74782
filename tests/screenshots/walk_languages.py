"""The same in Czech and in Slovak."""

from playwright.sync_api import Browser, Page

from tests.screenshots import hands
from tests.screenshots.demo import Demo
from tests.screenshots.gallery import TABLET, Gallery
from tests.screenshots.walk_till import COUNTER

LANGUAGES = (("czech", "Czech", "cs-CZ"), ("slovak", "Slovak", "sk-SK"))


def visit(browser: Browser, gallery: Gallery, demo: Demo) -> None:
    for name, language, locale in LANGUAGES:
        gallery.chapter = f"In {language}"
        with hands.opened(browser, gallery.device, demo, language=locale) as context:
            hands.sign_in(context.pages[0], demo.login("cashier"))
            visit_till(context.pages[0], gallery, demo, name, language)
        if gallery.device is not TABLET:
            with hands.opened(browser, gallery.device, demo, language=locale) as context:
                hands.sign_in(context.pages[0], demo.login("owner"))
                gallery.take(context.pages[0], f"{name}-office", f"The office in {language}")
                context.pages[0].goto(f"{demo.office}/offline/")
                gallery.take(context.pages[0], f"{name}-offline", f"Without network, in {language}")


def visit_till(page: Page, gallery: Gallery, demo: Demo, name: str, language: str) -> None:
    hands.open_till(page, demo.till(COUNTER))
    hands.tap(page, "Cappuccino")
    gallery.take(page, f"{name}-till", f"The till in {language}")
    page.locator("details.menu summary").first.click()
    gallery.take(page, f"{name}-menu", f"The menu in {language}")
    page.keyboard.press("Escape")
    hands.charge(page)
    gallery.take(page, f"{name}-waiting", f"Waiting for a card, in {language}")
    hands.present(page, demo.card("Nearly empty"))
    hands.panel(page, "declined")
    gallery.take(page, f"{name}-declined", f"Declined, in {language}")
    hands.press(page, "again")
    page.locator(hands.WAITING).wait_for()
    hands.present(page, demo.card("Has plenty"))
    hands.panel(page, "paid")
    gallery.take(page, f"{name}-paid", f"Paid, in {language}")
    hands.done(page)
    hands.open_dialog(page, "readers")
    gallery.take(page, f"{name}-readers", f"The readers in {language}")
    hands.close_dialog(page, "readers")
    page.goto(f"{demo.till(COUNTER)}drawer/")
    gallery.take(page, f"{name}-drawer", f"The cash drawer in {language}")
