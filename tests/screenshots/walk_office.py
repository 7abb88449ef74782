"""The office, as an owner has it; and what integrators read."""

from playwright.sync_api import Browser, Page

from tests.screenshots import hands
from tests.screenshots.demo import NOWHERE, Demo
from tests.screenshots.gallery import PHONE, Gallery
from tests.screenshots.hands import UUID, link
from tests.screenshots.walk_till import COUNTER


def visit(browser: Browser, gallery: Gallery, demo: Demo) -> None:
    with hands.opened(browser, gallery.device, demo) as context:
        page, office = context.pages[0], demo.office
        gallery.chapter = "The office"
        hands.sign_in(page, demo.login("owner"))
        gallery.take(page, "office", "Overview", dark=True)
        if gallery.device is PHONE:
            page.locator("[popovertarget=sidebar]").click()
            gallery.take(page, "office-menu", "The menu")
        visit_customers(page, gallery, office)
        visit_cards(page, gallery, office)
        visit_payments(page, gallery, demo)
        visit_tills(page, gallery, demo)
        visit_programme(page, gallery, office)
        visit_docs(page, gallery)


def visit_sign_in(browser: Browser, gallery: Gallery, demo: Demo) -> None:
    gallery.chapter = "Signing in"
    with hands.opened(browser, gallery.device, demo) as context:
        page = context.pages[0]
        page.goto("/account/login/")
        gallery.take(page, "sign-in", "Sign in", dark=True)
        page.locator("#id_login").fill("cashier@harbour.example")
        page.locator("#id_password").fill("not the password")
        page.locator("#id_password").press("Enter")
        page.locator("[role=alert], .errorlist, .note").first.wait_for()
        gallery.take(page, "sign-in-wrong", "A wrong password")


def visit_customers(page: Page, gallery: Gallery, office: str) -> None:
    gallery.chapter = "The office: customers"
    page.goto(f"{office}/customers/")
    gallery.take(page, "customers", "Customers", dark=True)
    page.goto(f"{office}/customers/?q=kov")
    gallery.take(page, "customers-search", "Customers, searched")
    page.goto(f"{office}/customers/new/")
    gallery.take(page, "customer-new", "A new account with its first deposit")
    page.goto(f"{office}/customers/?q=Valentova")
    customer = link(page, f"/customers/{UUID}/")
    page.goto(customer)
    gallery.take(page, "customer", "A customer: balance, lots, cards", dark=True)
    page.locator(".statement").first.evaluate("element => element.scrollIntoView()")
    gallery.take(page, "customer-statement", "A customer's statement")
    for path, name, title in (
        ("edit", "customer-edit", "What is known of a customer"),
        ("top-up", "top-up", "Top up"),
        ("minimum-balance", "customer-floor", "Minimum balance: prepaid or postpaid"),
        ("adjust", "customer-adjust", "Put a balance right by hand"),
        ("extend", "customer-extend", "Extend credits"),
        ("transfer", "customer-transfer", "Move credits to another customer"),
    ):
        page.goto(f"{customer}{path}/")
        gallery.take(page, name, title)
    page.goto(customer)
    page.goto(link(page, f"/customers/top-ups/{UUID}/"))
    gallery.take(page, "top-up-made", "A top-up")
    page.goto(f"{page.url}reverse/")
    gallery.take(page, "top-up-reverse", "Take a top-up back, or a part of it")
    page.goto(f"{office}/customers/?q=Horakova")
    postpaid = link(page, f"/customers/{UUID}/")
    page.goto(postpaid)
    gallery.take(page, "customer-postpaid", "A customer who pays later")
    page.goto(f"{postpaid}write-off/")
    gallery.take(page, "customer-write-off", "Write off a debt")


def visit_cards(page: Page, gallery: Gallery, office: str) -> None:
    gallery.chapter = "The office: cards"
    page.goto(f"{office}/cards/")
    gallery.take(page, "cards", "Cards")
    page.goto(f"{office}/customers/?q=Mrazova")
    customer = link(page, f"/customers/{UUID}/")
    page.goto(f"{customer}pair/")
    gallery.take(page, "pair", "Pair a card")
    page.locator("button[name=till]").first.click()
    page.locator("#state").wait_for()
    gallery.take(page, "pair-at-till", "A card is awaited at a till")
    page.locator("#state form button").click()
    page.goto(f"{customer}pair/")
    page.locator("form[action$='/code/'] button").click()
    page.locator(".printed-code").wait_for()
    gallery.take(page, "pair-code", "A printed code, shown once")
    page.goto(customer)
    page.goto(link(page, f"/cards/{UUID}/pin/"))
    gallery.take(page, "card-pin", "The PIN of a card")


def visit_payments(page: Page, gallery: Gallery, demo: Demo) -> None:
    gallery.chapter = "The office: payments"
    office = demo.office
    page.goto(f"{office}/payments/")
    gallery.take(page, "payments", "Payments", dark=True)
    page.goto(link(page, f"/payments/{UUID}/"))
    gallery.take(page, "payment", "A payment")
    payment = page.url
    page.goto(f"{payment}refund/")
    gallery.take(page, "payment-refund", "Refund a payment, or a part of it")
    page.goto(payment)
    page.goto(link(page, f"/receipts/{UUID}/"))
    gallery.take(page, "receipt", "The receipt of a payment")
    send = f"{page.url}send/"
    for address in ("reception@harbour.example", NOWHERE):
        page.goto(send)
        page.locator("[name=address]").fill(address)
        page.locator("[name=address]").press("Enter")
        page.locator(".receipt-letters, .toast, .letter-state").first.wait_for()
    demo.work()
    page.goto(f"{office}/letters/")
    gallery.take(page, "letters", "E-mails")
    page.goto(f"{office}/offline/")
    gallery.take(page, "offline", "Without network: what was taken, and what is owed", dark=True)
    page.goto(f"{office}/offline/?state=owed")
    page.goto(link(page, f"/offline/taps/{UUID}/settle/"))
    gallery.take(page, "offline-settle", "A debt from a payment without network is settled")
    page.goto(f"{office}/offline/terms/")
    gallery.take(page, "offline-terms", "How much may be taken without network")
    page.goto(f"{office}/customers/?q=Sedlackova")
    page.goto(link(page, f"/customers/{UUID}/"))
    gallery.take(page, "customer-owes", "A customer who owes from payments without network")


def visit_tills(page: Page, gallery: Gallery, demo: Demo) -> None:
    gallery.chapter = "The office: tills"
    office = demo.office
    page.goto(f"{office}/drawers/")
    gallery.take(page, "drawers", "Cash drawers")
    page.goto(link(page, f"/drawers/{UUID}/"))
    gallery.take(page, "drawer-one", "One day of a cash drawer")
    page.goto(f"{office}/cashiers/")
    gallery.take(page, "cashiers", "Cashiers: PINs, cards, shared tills")
    page.goto(link(page, f"/cashiers/{UUID}/card/"))
    gallery.take(page, "cashier-card", "A cashier’s own card")
    page.goto(f"{office}/cashiers/")
    page.get_by_role("button", name="New PIN for Klára Harbour").click()
    page.get_by_role("button", name="Draw a new PIN").click()
    page.locator("[data-copy], input[readonly]").first.wait_for()
    gallery.take(page, "cashier-pin", "A new PIN, shown once")
    page.goto(f"{office}/sites/")
    gallery.take(page, "sites", "Sites and tills")
    till, site = link(page, f"/sites/tills/{UUID}/"), link(page, f"/sites/{UUID}/")
    readers = f"{office}/sites/tills/{demo.till(COUNTER).split('/')[-2]}/readers/"
    page.goto(readers)
    gallery.take(page, "readers", "Readers of a till")
    page.locator("form[action$='/readers/new/'] button").first.click()
    page.locator(".steps").wait_for()
    gallery.take(page, "reader-new", "A USB reader, with its pairing code")
    for path, name, title in (
        (site, "site-edit", "A site"),
        (f"{office}/sites/new/", "site-new", "A new site"),
        (till, "till-edit", "A till"),
        (f"{site}tills/new/", "till-new", "A new till"),
    ):
        page.goto(path)
        gallery.take(page, name, title)


def visit_programme(page: Page, gallery: Gallery, office: str) -> None:
    gallery.chapter = "The office: programme"
    page.goto(f"{office}/products/")
    gallery.take(page, "products", "Products")
    category = link(page, f"/products/categories/{UUID}/")
    page.get_by_role("link", name="Cappuccino").first.click()
    page.locator("#choices").wait_for()
    gallery.take(page, "product-edit", "A product with choices")
    page.locator("#choices").evaluate("element => element.scrollIntoView()")
    gallery.take(page, "product-choices", "What is left to choose")
    page.locator("#choices").get_by_role("link", name="Milk").click()
    page.locator("[data-row]").first.wait_for()
    gallery.take(page, "choice-group", "A group of choices")
    page.goto(f"{office}/staff/")
    gallery.take(page, "staff", "Staff")
    role = link(page, f"/staff/{UUID}/role/")
    for path, name, title in (
        (f"{office}/products/new/", "product-new", "A new product"),
        (category, "category-edit", "A category"),
        (f"{office}/products/categories/new/", "category-new", "A new category"),
        (role, "staff-role", "A role"),
        (f"{office}/staff/new/", "staff-new", "A new member of staff"),
        (f"{office}/api-keys/", "api-keys", "API keys"),
        (f"{office}/programme/", "programme", "Settings of the programme"),
        (f"{office}/audit/", "audit", "Audit trail"),
        (f"{office}/api-keys/new/", "api-key-new", "A new API key"),
    ):
        page.goto(path)
        gallery.take(page, name, title, dark=name == "audit")
    page.locator("input[name=name]").fill(f"Shop on {gallery.device.name}")
    page.locator("input[name=scopes]").first.check()
    page.locator("input[name=name]").press("Enter")
    page.locator("[data-copy], input[readonly]").first.wait_for()
    gallery.take(page, "api-key-issued", "A new key is shown once")
    page.goto("/account/password/")
    gallery.take(page, "password", "Change the password")
    page.goto("/office/nowhere/")
    gallery.take(page, "not-found", "Nothing here")


def visit_docs(page: Page, gallery: Gallery) -> None:
    gallery.chapter = "For integrators"
    page.goto("/api/docs")
    page.locator(".opblock").first.wait_for()
    gallery.take(page, "api-docs", "The interactive documentation", dark=True)
    page.goto("/api/problems")
    gallery.take(page, "api-problems", "What may go wrong")


def visit_new(browser: Browser, gallery: Gallery, demo: Demo) -> None:
    """A programme in which nothing has happened yet."""
    gallery.chapter = "The office: nothing yet"
    with hands.opened(browser, gallery.device, demo) as context:
        page = context.pages[0]
        hands.sign_in(page, demo.added["attic"]["login"])
        for path, name, title in (
            ("", "new-office", "The overview of a new programme"),
            ("offline/", "new-offline", "Tills wait when the network is away"),
            ("drawers/", "new-drawers", "No cash drawer yet"),
            ("letters/", "new-letters", "No e-mail yet"),
            ("cashiers/", "new-cashiers", "No shared till yet"),
        ):
            page.goto(f"/office/attic/{path}")
            gallery.take(page, name, title)
