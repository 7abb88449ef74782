"""A customer taps a card and pays: the main job, in a browser, against a real server."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.journeys.conftest import sign_in
from tests.journeys.counter import DECLINED_HZ, DESKTOP, EARS, PAID_HZ, PHONE, Counter, Opens
from tests.journeys.shop import Person, Shop

pytestmark = pytest.mark.journey

KC = "\N{NO-BREAK SPACE}Kč"
devices = pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])


@devices
def test_a_cashier_signs_in_and_a_customer_pays(
    browser: Browser, shop: Shop, place: tuple[str, str], jana: Person, device: dict
) -> None:
    context = browser.new_context(**device, locale="en-GB")
    context.add_init_script(EARS)
    page = context.new_page()
    sign_in(page, shop, "cashier")
    page.get_by_role("link", name=f"{place[0]} Café", exact=True).click()
    till = Counter(page, shop, *place)
    till.tap("Espresso", "Croissant")
    expect(till.total).to_have_text(f"100.00{KC}")
    till.read(jana.token)
    till.expect_panel("paid", "Paid", f"100.00{KC}", jana.first_name, "New balance")
    expect(till.panel.locator("[data-fill=balance]")).to_have_text(f"100.00{KC}")
    assert PAID_HZ in till.heard()
    # What expires first was used first; every face says the same.
    assert till.balance_minor(jana) == 10_000
    assert till.lots(jana) == [(10_000, False)]
    assert till.statement(jana)[0] == ("spend", -10_000, 10_000)
    context.close()
    the_office_agrees(browser, shop, jana)


def the_office_agrees(browser: Browser, shop: Shop, jana: Person) -> None:
    with browser.new_context(**DESKTOP, locale="en-GB") as context:
        page = context.new_page()
        sign_in(page, shop, "manager")
        page.goto(f"{shop.url}/office/{shop.programme}/customers/{jana.customer}/")
        expect(page.locator("main")).to_contain_text(f"100.00{KC}")
        expect(page.locator(".statement > li:not(.day)").first).to_contain_text(f"\N{MINUS SIGN}100.00{KC}")


@devices
def test_charge_waits_for_a_card_and_the_next_customer_follows(opens: Opens, jana: Person, device: dict) -> None:
    till = opens(device)
    till.tap("Espresso")
    till.charge()
    till.expect_panel("waiting", f"55.00{KC}")
    till.read(jana.token)
    till.expect_panel("paid")
    till.press("Next customer")
    till.expect_free()
    till.expect_basket(total=f"0.00{KC}")


def test_the_panel_leaves_by_itself_unless_told_to_stay(opens: Opens, jana: Person) -> None:
    till = opens()
    till.tap("Espresso")
    till.read(jana.token)
    till.expect_panel("paid")
    expect(till.panel).to_be_hidden(timeout=9000)
    till.tap("Espresso")
    till.read(jana.token)
    till.expect_panel("paid")
    till.press("Stay here")
    till.page.wait_for_timeout(7000)
    till.expect_panel("paid")


def test_a_card_left_on_its_reader_pays_once(opens: Opens, jana: Person) -> None:
    till = opens()
    till.tap("Espresso")
    for _ in range(3):
        till.read(jana.token)
    till.expect_panel("paid")
    till.read(jana.token)
    till.expect_panel("paid")
    assert till.balance_minor(jana) == 14_500


def test_a_number_typed_by_hand_pays(opens: Opens, jana: Person) -> None:
    till = opens()
    till.tap("Espresso")
    till.charge()
    till.panel.get_by_text("Type the number").click()
    till.panel.get_by_label("Number of the card").fill(jana.token)
    till.press("Present")
    till.expect_panel("paid")


def test_a_slow_reader_pays(opens: Opens, jana: Person) -> None:
    till = opens()
    till.tap("Espresso")
    till.charge()
    till.read(jana.token, pause_ms=60)
    till.expect_panel("paid")


def test_a_slow_reader_pays_though_the_till_is_still_opening_the_basket(opens: Opens, jana: Person) -> None:
    till = opens()
    opening: list[Route] = []

    def hold_back(route: Route) -> None:
        opening.append(route)

    till.page.route("**/checkouts/", hold_back)
    till.tap("Espresso")
    with till.page.expect_request("**/checkouts/"):
        till.page.locator("[data-act=charge]").click()
    till.read(jana.token, pause_ms=60)
    opening[0].continue_()
    till.expect_panel("paid")


def test_a_card_of_the_demos_tray_pays(opens: Opens, shop: Shop) -> None:
    till = opens()
    till.tap("Espresso")
    till.charge()
    anna = shop.people[0]
    before = till.balance_minor(anna)
    till.panel.get_by_role("button", name=anna.name).click()
    till.expect_panel("paid" if before >= 5500 else "declined")
    assert till.balance_minor(anna) == (before - 5500 if before >= 5500 else before)


# ---- Declined ----


@devices
def test_a_declined_card_says_what_is_missing_and_another_one_pays(
    opens: Opens, jana: Person, petr: Person, device: dict
) -> None:
    till = opens(device)
    till.tap("Flat white", "Espresso")
    till.read(jana.token)
    till.expect_panel("paid")
    till.press("Next customer")
    till.tap("Cappuccino")
    till.read(jana.token)
    till.expect_panel("declined", "Declined", f"15.50{KC} missing", f"60.00{KC} by card")
    assert till.heard().count(DECLINED_HZ) == 1
    till.press("Another card")
    till.expect_panel("waiting", f"75.50{KC}")
    till.read(petr.token)
    till.expect_panel("paid")
    assert (till.balance_minor(jana), till.balance_minor(petr)) == (6_000, 20_000 - 7_550)


def test_another_card_may_be_held_straight_to_a_declined_basket(opens: Opens, jana: Person, petr: Person) -> None:
    till = opens()
    block(till, jana)
    till.tap("Espresso")
    till.read(jana.token)
    till.expect_panel("declined", "This card is blocked")
    till.read(petr.token)
    till.expect_panel("paid")


@devices
def test_what_the_card_cannot_pay_is_paid_in_cash(opens: Opens, jana: Person, device: dict) -> None:
    till = opens(device)
    amount(till, "140")
    till.read(jana.token)
    till.expect_panel("paid")
    till.press("Next customer")
    till.tap("Cappuccino")
    till.read(jana.token)
    till.expect_panel("declined", f"15.50{KC} missing", f"60.00{KC} by card, 15.50{KC} in cash")
    till.press("Part in cash")
    till.expect_panel("waiting", f"60.00{KC}", f"and in cash 15.50{KC}")
    till.page.reload()
    till.expect_panel("waiting", f"and in cash 15.50{KC}")
    till.read(jana.token)
    till.expect_panel("paid", f"60.00{KC}", f"15.50{KC} in cash")
    assert till.balance_minor(jana) == 0
    # The cash has to be taken, so it does not go on by itself.
    till.page.wait_for_timeout(7000)
    till.expect_panel("paid")
    assert till.faults() == []
    till.press("Undo")
    till.expect_panel("undone", f"60.00{KC}", f"Hand back in cash: 15.50{KC}")
    till.press("Next customer")
    till.expect_basket(total=f"0.00{KC}")
    assert till.balance_minor(jana) == 6_000


def test_a_split_basket_is_paid_whole_by_another_card(opens: Opens, jana: Person, petr: Person) -> None:
    till = opens()
    amount(till, "140")
    till.read(jana.token)
    till.expect_panel("paid")
    till.press("Next customer")
    till.tap("Cappuccino")
    till.read(jana.token)
    till.expect_panel("declined")
    till.press("Part in cash")
    till.press("All of it by card")
    till.expect_panel("waiting", f"75.50{KC}")
    expect(till.panel.locator("[data-fill=cash]")).to_be_hidden()
    till.read(petr.token)
    till.expect_panel("paid", f"75.50{KC}")
    assert (till.balance_minor(jana), till.balance_minor(petr)) == (6_000, 20_000 - 7_550)


def test_a_declined_basket_is_still_there_to_change(opens: Opens, jana: Person) -> None:
    till = opens()
    block(till, jana)
    till.tap("Espresso", "Croissant")
    till.read(jana.token)
    till.expect_panel("declined")
    till.page.keyboard.press("Escape")
    till.expect_free()
    till.expect_basket("1× Espresso", "1× Croissant", total=f"100.00{KC}")


def test_an_unknown_card_says_so(opens: Opens) -> None:
    till = opens()
    till.tap("Espresso")
    till.read("04FFFFFFFFFFFF")
    till.expect_panel("declined", "This card is not known here.")


def block(till: Counter, person: Person) -> None:
    till.rest("POST", f"cards/{person.card}/block", {"reason": "blocked"}, key=str(uuid4()))


# ---- Undo ----


@devices
def test_undo_restores_the_exact_lots(opens: Opens, jana: Person, device: dict) -> None:
    till = opens(device)
    before = till.rest("GET", f"wallets/{jana.wallet}")
    till.tap("Espresso", "Croissant")
    till.read(jana.token)
    till.expect_panel("paid")
    assert till.lots(jana) == [(10_000, False)]
    expect(till.panel.locator("[data-do=undo]")).to_have_text(re.compile(r"Undo\s+[45]:\d\d"))
    till.press("Undo")
    till.expect_panel("undone", "Given back", f"100.00{KC}")
    assert till.rest("GET", f"wallets/{jana.wallet}") == before
    assert [amount for _, amount, _ in till.statement(jana)[:2]] == [10_000, -10_000]


def test_a_payment_of_the_list_is_given_back(opens: Opens, jana: Person) -> None:
    till = opens()
    till.tap("Espresso")
    till.read(jana.token)
    till.expect_panel("paid")
    till.press("Next customer")
    till.page.get_by_role("button", name="Last payments").click()
    line = till.page.locator(".till-paid > li", has_text=jana.name).first
    expect(line).to_contain_text("Espresso")
    line.get_by_role("button", name="Undo").click()
    till.page.get_by_role("button", name="Give back").click()
    till.expect_panel("undone", f"200.00{KC}")
    till.press("Next customer")
    till.page.get_by_role("button", name="Last payments").click()
    expect(line).to_contain_text("Given back")
    assert till.balance_minor(jana) == 20_000


# ---- Comparing the customer ----


@devices
def test_a_large_payment_is_confirmed(opens: Opens, jana: Person, device: dict) -> None:
    till = opens(device)
    till.tap("Menu of the day")
    till.read(jana.token)
    till.expect_panel("confirming", "Is it this customer?", jana.name, jana.identifier, jana.token[-4:], f"169.00{KC}")
    expect(till.panel.locator("[data-clock]")).to_have_text(re.compile(r"2:5\d"))
    wallet = till.rest("GET", f"wallets/{jana.wallet}")
    assert (wallet["posted_minor"], wallet["available_minor"]) == (20_000, 3_100)
    till.press("Confirm")
    till.expect_panel("paid", f"31.00{KC}")
    assert till.balance_minor(jana) == 3_100


def test_a_large_payment_of_somebody_else_is_cancelled(opens: Opens, jana: Person) -> None:
    till = opens()
    till.tap("Menu of the day")
    till.read(jana.token)
    till.expect_panel("confirming")
    till.page.keyboard.press("Escape")
    till.expect_free()
    till.expect_basket("1× Menu of the day", total=f"169.00{KC}")
    wallet = till.rest("GET", f"wallets/{jana.wallet}")
    assert (wallet["posted_minor"], wallet["held_minor"]) == (20_000, 0)


def test_a_page_opened_meanwhile_shows_who_waits_to_be_confirmed(opens: Opens, jana: Person) -> None:
    till = opens()
    till.tap("Menu of the day")
    till.read(jana.token)
    till.expect_panel("confirming")
    other = opens(PHONE)
    other.expect_panel("confirming", jana.name)
    other.press("Confirm")
    other.expect_panel("paid")
    till.expect_panel("paid")
    assert till.balance_minor(jana) == 3_100


# ---- Without a network, and with others at the till ----


def test_a_lost_answer_is_asked_for_again_and_pays_once(opens: Opens, jana: Person) -> None:
    till = opens()
    lost = lose_answers(till.page, "**/present/", 2)
    till.tap("Espresso")
    till.read(jana.token)
    till.expect_panel("waiting", "Not known yet", "asking again")
    till.expect_panel("paid", f"145.00{KC}")
    assert (len(lost), till.balance_minor(jana), len(till.statement(jana))) == (2, 14_500, 3)


def test_a_lost_basket_is_opened_once(opens: Opens, jana: Person) -> None:
    till = opens()
    lost = lose_answers(till.page, "**/checkouts/", 1)
    till.tap("Espresso")
    till.page.locator("[data-act=charge]").click()
    till.expect_panel("waiting", "Not known yet")
    till.expect_panel("waiting", "Hold the card to the reader")
    till.read(jana.token)
    till.expect_panel("paid")
    assert (len(lost), till.balance_minor(jana)) == (1, 14_500)


def test_a_lost_undo_gives_back_once(opens: Opens, jana: Person) -> None:
    till = opens()
    till.tap("Espresso")
    till.read(jana.token)
    till.expect_panel("paid")
    lost = lose_answers(till.page, "**/undo/", 1)
    till.press("Undo")
    till.expect_panel("undone", f"200.00{KC}")
    assert (len(lost), till.balance_minor(jana), len(till.statement(jana))) == (1, 20_000, 4)


def lose_answers(page: Page, what: str, times: int) -> list[int]:
    """Let the server do what it is asked, but lose its answers on the way; what was lost is listed."""
    lost: list[int] = []

    def answer(route: Route) -> None:
        if len(lost) == times:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort("connectionreset")

    page.route(what, answer)
    return lost


def test_a_reload_while_waiting_goes_on_where_it_was(opens: Opens, jana: Person) -> None:
    till = opens()
    till.tap("Espresso", "Espresso")
    till.charge()
    till.page.reload()
    till.expect_panel("waiting", "Hold the card to the reader", f"110.00{KC}")
    till.read(jana.token)
    till.expect_panel("paid")
    assert till.balance_minor(jana) == 9_000


def test_a_reload_keeps_the_basket(opens: Opens) -> None:
    till = opens()
    till.tap("Espresso", "Větrník", "Espresso")
    till.page.reload()
    till.expect_basket("2× Espresso", "1× Větrník", total=f"175.90{KC}")


def test_a_card_at_another_reader_of_the_till_shows_here(opens: Opens, jana: Person) -> None:
    till = opens()
    till.tap("Espresso")
    till.charge()
    presented(till, jana)
    till.expect_panel("paid", f"145.00{KC}")
    till.press("Next customer")
    till.expect_basket(total=f"0.00{KC}")


def test_a_basket_that_an_integrator_opens_shows_here(opens: Opens, jana: Person) -> None:
    till = opens()
    expect(till.page.locator(".tile").first).to_be_visible()
    asked = {"till": till.id, "amount_minor": 4_200}
    till.rest("POST", "checkouts", asked, key=str(uuid4()))
    till.expect_panel("waiting", f"42.00{KC}")
    till.read(jana.token)
    till.expect_panel("paid", f"158.00{KC}")


def presented(till: Counter, person: Person) -> None:
    token = {"kind": "uid", "value": person.token}
    till.rest("POST", f"tills/{till.id}/presentations", {"token": token}, key=str(uuid4()))


# ---- A card with nothing to pay ----


def test_a_card_tells_its_balance(opens: Opens, jana: Person) -> None:
    till = opens()
    till.read(jana.token)
    till.expect_panel("balance", jana.first_name, f"200.00{KC}", f"80.00{KC} of it until")
    till.press("Done")
    till.expect_free()
    assert till.balance_minor(jana) == 20_000


def test_a_card_that_the_office_waits_for_is_paired(opens: Opens, browser: Browser, shop: Shop, jana: Person) -> None:
    till = opens()
    with browser.new_context(**DESKTOP, locale="en-GB") as context:
        office = context.new_page()
        sign_in(office, shop, "manager")
        office.goto(f"{shop.url}/office/{shop.programme}/customers/{jana.customer}/")
        office.get_by_role("link", name="Pair a card").first.click()
        office.get_by_role("button", name=f"{till.name} Café", exact=True).click()
        expect(till.page.locator("#awaited")).to_contain_text(jana.name)
        till.read("04C0FFEE123456")
        till.expect_panel("paired", "Card paired", jana.name)
        expect(office.locator("main")).to_contain_text("3456")


# ---- Products, basket, amounts ----


def test_the_basket_counts(opens: Opens) -> None:
    till = opens()
    till.tap("Espresso", "Cappuccino", "Espresso", "Větrník")
    till.expect_basket("2× Espresso", "1× Cappuccino", "1× Větrník", total=f"251.40{KC}")
    page = till.page
    page.get_by_role("button", name="One more: Cappuccino").click()
    page.get_by_role("button", name="One less: Espresso").click()
    till.expect_basket("1× Espresso", "2× Cappuccino", "1× Větrník", total=f"271.90{KC}")
    page.get_by_role("button", name="One less: Espresso").click()
    till.expect_basket("2× Cappuccino", "1× Větrník", total=f"216.90{KC}")
    expect(page.locator(".tile", has_text="Cappuccino").locator(".count")).to_have_text("2")
    page.get_by_role("button", name="Empty it").click()
    till.expect_basket(total=f"0.00{KC}")
    expect(page.locator("[data-act=charge]")).to_be_disabled()
    page.get_by_role("button", name="Bring it back").click()
    till.expect_basket("2× Cappuccino", "1× Větrník", total=f"216.90{KC}")


def test_products_are_found_by_category_and_by_name(opens: Opens) -> None:
    till = opens()
    shown = till.page.locator(".tile:visible")
    till.page.get_by_role("button", name="Bakery").click()
    expect(shown).to_have_count(2)
    search = till.page.get_by_label("Search the products")
    search.fill("vetrnik")
    expect(shown).to_have_count(1)
    search.press("Enter")
    till.expect_basket("1× Větrník", total=f"65.90{KC}")
    search.fill("nothing of that name")
    expect(till.page.get_by_text("Nothing of that name")).to_be_visible()
    search.press("Escape")
    expect(shown).to_have_count(2)


@devices
def test_a_free_amount_is_charged(opens: Opens, jana: Person, device: dict) -> None:
    till = opens(device)
    till.page.get_by_role("button", name="Amount").click()
    keypad = till.page.locator("#keypad")
    for key in ("1", "2", "Decimals", "3", "0", "7", "Delete the last digit"):
        keypad.get_by_role("button", name=key, exact=True).click()
    expect(keypad.locator("[data-amount]")).to_have_text(f"12.30{KC}")
    keypad.get_by_role("button", name="Charge").click()
    till.expect_panel("waiting", f"12.30{KC}")
    till.read(jana.token)
    till.expect_panel("paid", f"187.70{KC}")


def test_a_card_pays_the_amount_that_stands_there_and_not_its_own_number(opens: Opens, jana: Person) -> None:
    till = opens()
    till.page.keyboard.press("k")
    till.page.locator("#keypad").wait_for()
    till.page.keyboard.type("12,5", delay=150)
    till.page.wait_for_timeout(200)
    till.read(jana.token)
    till.expect_panel("paid", f"12.50{KC}", f"187.50{KC}")


def amount(till: Counter, typed: str) -> None:
    till.page.keyboard.press("k")
    till.page.locator("#keypad").wait_for()
    till.page.keyboard.type(typed, delay=150)
    till.page.keyboard.press("Enter")
    till.expect_panel("waiting", "Hold the card to the reader")


# ---- Keys, thumb, ears ----


def test_everything_is_done_by_keyboard(opens: Opens, jana: Person) -> None:
    till = opens()
    keys = till.page.keyboard
    expect(till.page.locator(".tile").first).to_be_visible()
    for key in ("1", "2", "+"):
        keys.press(key)
        till.page.wait_for_timeout(150)  # a person; what follows at once is a card reader's
    till.expect_basket("1× Croissant", "2× Větrník", total=f"176.80{KC}")
    keys.press("-")
    till.page.wait_for_timeout(150)
    keys.press("Enter")
    till.expect_panel("waiting", f"110.90{KC}")
    keys.press("Escape")
    till.expect_free()
    keys.press("Delete")
    till.expect_basket("1× Croissant", total=f"45.00{KC}")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    keys.press("ArrowRight")
    keys.press("Space")
    till.expect_basket("1× Croissant", "1× Espresso", total=f"100.00{KC}")
    keys.press("Enter")
    till.expect_panel("waiting", "Hold the card to the reader")
    till.read(jana.token)
    till.expect_panel("paid")
    till.page.wait_for_timeout(400)
    keys.press("Enter")
    till.expect_free()
    till.page.wait_for_timeout(150)
    keys.press("?")
    expect(till.page.get_by_role("heading", name="Keyboard")).to_be_visible()


def test_a_number_key_after_an_outcome_serves_the_next_customer(opens: Opens, jana: Person) -> None:
    till = opens()
    till.tap("Espresso")
    till.read(jana.token)
    till.expect_panel("paid")
    till.page.keyboard.press("1")
    till.expect_free()
    till.expect_basket("1× Croissant", total=f"45.00{KC}")


def test_a_cards_number_presses_no_key_of_the_till(opens: Opens, jana: Person) -> None:
    till = opens()
    till.tap("Espresso")
    till.read(jana.token)
    till.expect_panel("paid", f"55.00{KC}")
    till.press("Next customer")
    till.page.wait_for_timeout(200)
    till.expect_basket(total=f"0.00{KC}")


def test_one_thumb_reaches_everything_on_a_phone(opens: Opens, jana: Person) -> None:
    till = opens(PHONE)
    till.tap("Espresso")
    height, width = 844, 390
    for name in ("[data-act=charge]", ".till-free", ".till-tabs", ".stepper button", ".till-handle"):
        box = till.page.locator(f"{name}:visible").first.bounding_box()
        assert box is not None
        assert box["y"] > height / 2, name
        assert box["height"] >= 44, name
    assert till.page.evaluate("document.documentElement.scrollWidth") == width
    till.charge()
    box = till.panel.get_by_role("button", name="Back to the basket").bounding_box()
    assert box is not None
    assert box["y"] > height * 2 / 3


def test_the_sound_is_switched_off_and_stays_so(opens: Opens, jana: Person) -> None:
    till = opens()
    till.page.get_by_role("button", name="Sound").click()
    till.page.reload()
    expect(till.page.get_by_role("button", name="Sound")).to_have_attribute("aria-pressed", "false")
    till.tap("Espresso")
    till.read(jana.token)
    till.expect_panel("paid")
    assert till.heard() == []


# ---- For everybody's eyes ----


@pytest.mark.parametrize("scheme", ["light", "dark"])
@devices
def test_axe_finds_nothing_in_any_state(opens: Opens, jana: Person, device: dict, scheme: str) -> None:
    till = opens(device, color_scheme=scheme)
    found = {"empty": till.faults()}
    till.tap("Menu of the day")
    found["basket"] = till.faults()
    till.charge()
    found["waiting"] = till.faults()
    till.read(jana.token)
    till.expect_panel("confirming")
    found["confirming"] = till.faults()
    till.press("Confirm")
    till.expect_panel("paid")
    till.press("Stay here")
    found["paid"] = till.faults()
    till.press("Next customer")
    till.tap("Espresso")
    till.read(jana.token)
    till.expect_panel("declined")
    found["declined"] = till.faults()
    till.press("Back to the basket")
    till.page.locator("[data-open=payments]").click()
    till.page.locator(".till-paid").wait_for()
    found["payments"] = till.faults()
    till.page.keyboard.press("Escape")
    till.page.locator("[data-open=keypad]").first.click()
    found["keypad"] = till.faults()
    assert {state: faults for state, faults in found.items() if faults} == {}
