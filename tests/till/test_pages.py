"""The till's page and what its script asks of it."""

import json
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from groat import ids
from groat.cards import actions as cards
from groat.cards.models import Card, Pairing
from groat.ledger import queries as ledger
from groat.programmes import actions as programmes
from groat.programmes.models import Programme, Role, Staff, Till
from groat.till import actions
from groat.till.models import Checkout, Payment, Refund
from tests import factories

pytestmark = pytest.mark.django_db


@dataclass
class Counter:
    """A till with somebody at it, a product, and a customer who has 100,00 Kč on a card."""

    programme: Programme = field(default_factory=factories.a_programme)
    role: str = Role.CASHIER

    def __post_init__(self) -> None:
        self.staff: Staff = factories.some_staff(self.role, programme=self.programme, name="Klára")
        self.till: Till = factories.a_till(programme=self.programme)
        self.product = factories.a_product(category=factories.a_category(programme=self.programme, name="Coffee"))
        self.wallet = factories.a_wallet(programme=self.programme, name="Jana Nováková", identifier="E-1001")
        self.token = factories.a_token()
        self.card: Card = factories.a_card(wallet=self.wallet, token=self.token)
        factories.funded(self.wallet, 10_000)
        self.client = signed_in(self.staff)

    def ask(self, name: str, body: dict[str, Any] | None = None, *, status: int = 200, **of: Any) -> dict[str, Any]:
        """POST to the till; the answer, whose status is checked."""
        url = reverse(name, kwargs={"programme": self.programme.slug, "till": self.till.public_id, **of})
        answer = self.client.post(url, {} if body is None else body, content_type="application/json")
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/json"), answer.content
        told: dict[str, Any] = answer.json()
        return told

    def opened(self, quantity: int = 1) -> dict[str, Any]:
        lines = [{"product": str(self.product.public_id), "quantity": quantity}]
        checkout: dict[str, Any] = self.ask("till_checkouts", {"key": a_key(), "lines": lines})["checkout"]
        return checkout

    def presented(self, checkout: dict[str, Any], token: str = "") -> dict[str, Any]:
        body = {"key": a_key(), "checkout": checkout["id"], "token": token or self.token}
        return self.ask("till_present", body)

    def paid(self, quantity: int = 1) -> dict[str, Any]:
        """A payment that was just made."""
        payment: dict[str, Any] = self.presented(self.opened(quantity))["checkout"]["payment"]
        return payment

    def balance_minor(self) -> int:
        return ledger.balance(programme_id=self.programme.id, wallet=self.wallet.id, now=timezone.now()).posted_minor

    def url(self, name: str = "till") -> str:
        return reverse(name, kwargs={"programme": self.programme.slug, "till": self.till.public_id})


def signed_in(staff: Staff) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(staff.user)
    return client


def a_key() -> str:
    return str(uuid4())


@pytest.fixture
def counter() -> Counter:
    return Counter()


# ---- Who comes in ----


def test_who_is_not_signed_in_is_sent_to_do_so(counter: Counter) -> None:
    answer = Client().get(counter.url())
    assert (answer.status_code, answer["Location"]) == (302, f"/account/login/?next={counter.url()}")


def test_an_accountant_takes_no_payments(counter: Counter) -> None:
    accountant = signed_in(factories.some_staff(Role.ACCOUNTANT, programme=counter.programme))
    assert accountant.get(counter.url()).status_code == 403
    assert accountant.post(counter.url("till_checkouts"), {}, content_type="application/json").status_code == 403


@pytest.mark.parametrize("name", ["till", "till_state", "till_payments"])
def test_a_till_of_another_programme_does_not_exist(counter: Counter, name: str) -> None:
    assert signed_in(factories.some_staff()).get(counter.url(name)).status_code == 404


def test_another_programmes_till_cannot_be_reached_through_ones_own(counter: Counter) -> None:
    counter.till = factories.a_till()
    counter.ask("till_checkouts", {"key": a_key(), "amount_minor": 100}, status=404)


def test_what_moves_money_needs_the_pages_own_token(counter: Counter) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(counter.staff.user)
    assert client.post(counter.url("till_checkouts"), {}, content_type="application/json").status_code == 403


# ---- Which till ----


def test_the_only_till_is_not_asked_for(counter: Counter) -> None:
    answer = counter.client.get(f"/till/{counter.programme.slug}/")
    assert (answer.status_code, answer["Location"]) == (302, counter.url())


def test_of_several_tills_one_is_chosen(counter: Counter) -> None:
    factories.a_till(programme=counter.programme, name="Terrace")
    closed = factories.a_till(programme=counter.programme, name="Cellar")
    programmes.close_till(till=closed, deed=factories.a_deed())
    page = counter.client.get(f"/till/{counter.programme.slug}/").content.decode()
    assert re.findall(r"<strong>(\w+)</strong>", page) == ["Counter", "Terrace"]


def test_a_programme_without_a_till_says_what_to_do() -> None:
    programme = factories.a_programme()
    address = f"/till/{programme.slug}/"
    cashier = signed_in(factories.some_staff(programme=programme)).get(address).content.decode()
    owner = signed_in(factories.the_owner(programme)).get(address).content.decode()
    sites = f'href="/office/{programme.slug}/sites/"'
    assert ("No till yet" in cashier, sites in cashier) == (True, False)
    assert ("No till yet" in owner, sites in owner) == (True, True)


def test_a_closed_till_says_so_and_takes_nothing(counter: Counter) -> None:
    programmes.close_till(till=counter.till, deed=factories.a_deed())
    page = counter.client.get(counter.url()).content.decode()
    assert ("This till is closed" in page, 'id="till"' in page) == (True, False)
    refused = counter.ask("till_checkouts", {"key": a_key(), "amount_minor": 100}, status=422)
    assert refused["code"] == "till_closed"


# ---- The page ----


def test_the_page_shows_what_is_sold_by_category(counter: Counter) -> None:
    factories.a_product(category=factories.a_category(programme=counter.programme, name="Bakery"), name="Croissant")
    page = counter.client.get(counter.url()).content.decode()
    tiles = re.findall(r'data-name="([^"]+)" data-price-minor="(\d+)"', page)
    assert tiles == [("Croissant", "4500"), ("Espresso", "4500")]


def test_the_page_asks_for_no_more_as_products_grow(counter: Counter) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            counter.client.get(counter.url())
        return len(asked)

    queries()  # the first visit of a browser is noted
    before = queries()
    for name in ("Tea", "Cake", "Lunch"):
        category = factories.a_category(programme=counter.programme, name=name)
        for number in range(5):
            factories.a_product(category=category, name=f"{name} {number}")
    assert queries() == before


def test_without_products_an_amount_can_still_be_charged() -> None:
    programme = factories.a_programme()
    till = factories.a_till(programme=programme)
    page = signed_in(factories.the_owner(programme)).get(f"/till/{programme.slug}/{till.public_id}/").content.decode()
    assert ("No products yet" in page, 'id="keypad"' in page) == (True, True)


def test_there_is_no_inline_script_or_style(counter: Counter) -> None:
    answer = counter.client.get(counter.url())
    page = answer.content.decode()
    scripts = re.findall(r"<script([^>]*)>", page)
    assert [script for script in scripts if "src=" not in script] == [' id="till-about" type="application/json"']
    assert re.findall(r"\sstyle=|\son\w+=|<style", page) == []
    assert "script-src 'self'" in answer["Content-Security-Policy"]


def test_cards_to_play_with_exist_in_the_demo_alone(
    counter: Counter, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = {"name": "Adéla Horáková", "token": counter.token}
    monkeypatch.setattr("groat.demo.tray", lambda programme: [card] if programme == counter.programme else [])
    assert "data-demo-token" not in counter.client.get(counter.url()).content.decode()
    settings.DEMO = True
    page = counter.client.get(counter.url()).content.decode()
    assert set(re.findall(r'data-demo-token="(\w+)"', page)) == {counter.token}


# ---- Paying ----


def test_a_card_pays_a_basket(counter: Counter) -> None:
    checkout = counter.opened(quantity=2)
    assert (checkout["state"], checkout["amount_minor"], checkout["payment"]) == ("waiting", 9000, None)
    told = counter.presented(checkout)["checkout"]
    payment = Payment.objects.get()
    left = told["payment"].pop("undo_seconds_left")
    del told["changed_at"], told["payment"]["expires_in_seconds"]
    assert told == {
        "id": checkout["id"],
        "state": "paid",
        "amount_minor": 9000,
        "cash_minor": 0,
        "note": "",
        "payment": {
            "id": str(payment.public_id),
            "state": "paid",
            "amount_minor": 9000,
            "cash_minor": 0,
            "balance_minor": 1000,
            "customer": "Jana Nováková",
            "first_name": "Jana",
            "identifier": "E-1001",
            "last_four": counter.card.last_four,
            "asks_pin": False,
            "without_card": "",
        },
        "refusal": None,
    }
    assert 290 < left <= 300
    assert (payment.actor, counter.balance_minor()) == (f"staff:{counter.staff.id}", 1000)


def test_a_free_amount_is_paid(counter: Counter) -> None:
    checkout = counter.ask("till_checkouts", {"key": a_key(), "amount_minor": 1234})["checkout"]
    assert counter.presented(checkout)["checkout"]["payment"]["balance_minor"] == 10_000 - 1234


def test_a_basket_asked_for_twice_is_opened_once(counter: Counter) -> None:
    body = {"key": a_key(), "amount_minor": 100}
    first, again = (counter.ask("till_checkouts", body)["checkout"] for _ in range(2))
    assert (first, Checkout.objects.count()) == (again, 1)


def test_a_basket_asked_for_again_after_it_was_paid_is_told_as_paid(counter: Counter) -> None:
    body = {"key": a_key(), "amount_minor": 100}
    counter.presented(counter.ask("till_checkouts", body)["checkout"])
    assert counter.ask("till_checkouts", body)["checkout"]["state"] == "paid"


def test_a_key_names_one_basket(counter: Counter) -> None:
    key = a_key()
    counter.ask("till_checkouts", {"key": key, "amount_minor": 100})
    refused = counter.ask("till_checkouts", {"key": key, "amount_minor": 200}, status=422)
    assert refused["code"] == "idempotency_key_reused"


def test_a_card_presented_twice_under_one_key_pays_once(counter: Counter) -> None:
    checkout = counter.opened()
    body = {"key": a_key(), "checkout": checkout["id"], "token": counter.token}
    first, again = (counter.ask("till_present", body)["checkout"]["payment"]["id"] for _ in range(2))
    assert (first, counter.balance_minor()) == (again, 10_000 - 4500)


def test_a_paid_basket_takes_no_second_card(counter: Counter) -> None:
    checkout = counter.opened()
    counter.presented(checkout)
    assert counter.presented(checkout)["checkout"]["state"] == "paid"
    assert counter.balance_minor() == 10_000 - 4500


def test_only_the_basket_that_is_shown_is_paid(counter: Counter) -> None:
    mine = counter.opened()
    counter.ask("till_checkouts", {"key": a_key(), "amount_minor": 9999})
    assert counter.presented(mine)["checkout"]["state"] == "abandoned"
    assert counter.balance_minor() == 10_000


def test_a_basket_of_another_till_is_not_paid_here(counter: Counter) -> None:
    checkout = counter.opened()
    counter.till = factories.a_till(programme=counter.programme)
    counter.ask("till_present", {"key": a_key(), "checkout": checkout["id"], "token": counter.token}, status=404)


def test_too_little_credit_is_declined_with_what_is_missing(counter: Counter) -> None:
    told = counter.presented(counter.opened(quantity=3))["checkout"]
    assert (told["state"], told["payment"], told["refusal"]) == (
        "declined",
        None,
        {
            "code": "insufficient_credit",
            "sentence": "Not enough credit: 35.00\N{NO-BREAK SPACE}Kč missing. Top up, or pay less.",
            "missing_minor": 3500,
            "available_minor": 10_000,
            "card": str(counter.card.public_id),
        },
    )


def test_another_card_pays_what_was_declined(counter: Counter) -> None:
    checkout = counter.opened(quantity=3)
    counter.presented(checkout)
    rich = factories.a_wallet(programme=counter.programme)
    factories.funded(rich, 50_000)
    token = factories.a_token()
    factories.a_card(wallet=rich, token=token)
    assert counter.presented(checkout, token)["checkout"]["state"] == "paid"


# ---- A part in cash ----


def test_what_is_missing_is_paid_in_cash(counter: Counter) -> None:
    declined = counter.presented(counter.opened(quantity=3))["checkout"]
    split = counter.ask("till_split", {"cash_minor": 3500}, checkout=declined["id"])["checkout"]
    assert (split["state"], split["amount_minor"], split["cash_minor"], split["refusal"]) == (
        "waiting",
        13_500,
        3500,
        None,
    )
    paid = counter.presented(split)["checkout"]
    assert (paid["id"], paid["state"], paid["amount_minor"], paid["cash_minor"]) == (
        declined["id"],
        "paid",
        13_500,
        3500,
    )
    assert (paid["payment"]["amount_minor"], paid["payment"]["cash_minor"], counter.balance_minor()) == (
        10_000,
        3500,
        0,
    )
    page = counter.client.get(counter.url("till_payments")).content.decode()
    assert "+ 35.00\N{NO-BREAK SPACE}Kč in cash" in page


def test_the_cash_is_handed_back_with_the_credits(counter: Counter) -> None:
    split = counter.ask("till_split", {"cash_minor": 1500}, checkout=counter.opened()["id"])["checkout"]
    paid = counter.presented(split)["checkout"]["payment"]
    told = counter.ask("till_undo", {"key": a_key()}, payment=paid["id"])["refund"]
    assert (told["amount_minor"], told["cash_minor"], told["balance_minor"]) == (3000, 1500, 10_000)


def test_a_card_pays_it_all_again(counter: Counter) -> None:
    split = counter.ask("till_split", {"cash_minor": 1500}, checkout=counter.opened()["id"])["checkout"]
    whole = counter.ask("till_split", {"cash_minor": 0}, checkout=split["id"])["checkout"]
    assert counter.presented(whole)["checkout"]["payment"]["amount_minor"] == 4500


@pytest.mark.parametrize("cash_minor", [-1, 4500, 9999])
def test_the_cash_is_a_part_of_the_basket(counter: Counter, cash_minor: int) -> None:
    checkout = counter.opened()
    refused = counter.ask("till_split", {"cash_minor": cash_minor}, status=422, checkout=checkout["id"])
    assert (refused["code"], Checkout.objects.get().cash_minor) == ("cash_not_part", 0)


@pytest.mark.parametrize("body", [{}, {"cash_minor": True}, {"cash_minor": "100"}])
def test_cash_is_an_amount(counter: Counter, body: Any) -> None:
    told = counter.ask("till_split", body, status=400, checkout=counter.opened()["id"])
    assert told["code"] == "request_invalid"


def test_a_paid_basket_is_not_split(counter: Counter) -> None:
    checkout = counter.opened()
    counter.presented(checkout)
    refused = counter.ask("till_split", {"cash_minor": 100}, status=422, checkout=checkout["id"])
    assert refused["code"] == "checkout_closed"


def test_a_basket_of_another_till_is_not_split_here(counter: Counter) -> None:
    checkout = counter.opened()
    counter.till = factories.a_till(programme=counter.programme)
    counter.ask("till_split", {"cash_minor": 100}, status=404, checkout=checkout["id"])


def test_a_basket_that_another_replaced_is_not_split(counter: Counter) -> None:
    declined = counter.presented(counter.opened(quantity=3))["checkout"]
    counter.opened()
    refused = counter.ask("till_split", {"cash_minor": 3500}, status=422, checkout=declined["id"])
    assert refused["code"] == "checkout_closed"


def test_a_basket_is_not_split_while_a_customer_is_compared(careful: Counter) -> None:
    checkout = careful.presented(careful.opened())["checkout"]
    refused = careful.ask("till_split", {"cash_minor": 100}, status=422, checkout=checkout["id"])
    assert (checkout["state"], refused["code"]) == ("confirming", "checkout_closed")


def test_only_what_the_card_pays_makes_a_payment_large(careful: Counter) -> None:
    split = careful.ask("till_split", {"cash_minor": 1000}, checkout=careful.opened()["id"])["checkout"]
    assert careful.presented(split)["checkout"]["state"] == "paid"


@pytest.mark.parametrize("reason", ["blocked", "lost"])
def test_a_blocked_card_is_declined(counter: Counter, reason: Any) -> None:
    cards.block(card=counter.card, reason=reason, deed=factories.a_deed())
    assert counter.presented(counter.opened())["checkout"]["refusal"]["code"] == "card_blocked"


def test_an_unknown_card_is_declined(counter: Counter) -> None:
    assert counter.presented(counter.opened(), factories.a_token())["checkout"]["refusal"]["code"] == "card_unknown"


def test_what_is_no_card_number_leaves_the_basket_waiting(counter: Counter) -> None:
    checkout = counter.opened()
    body = {"key": a_key(), "checkout": checkout["id"], "token": "0x"}
    assert counter.ask("till_present", body, status=422)["code"] == "token_invalid"
    assert Checkout.objects.get().state == "waiting"


def test_what_is_sold_no_longer_cannot_be_charged(counter: Counter) -> None:
    other = factories.a_product(name="Theirs")
    body = {"key": a_key(), "lines": [{"product": str(other.public_id), "quantity": 1}]}
    assert counter.ask("till_checkouts", body, status=422)["code"] == "product_not_sold"


def test_a_basket_is_let_go(counter: Counter) -> None:
    checkout = counter.opened()
    assert counter.ask("till_abandon", checkout=checkout["id"])["checkout"]["state"] == "abandoned"
    assert state(counter) == {
        "checkout": None,
        "pairing": None,
        "parked": 0,
        "soldOut": {},
        "readers": [],
        "looked": None,
    }


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"amount_minor": 100},
        {"key": "short", "amount_minor": 100},
        {"key": "k" * 20},
        {"key": "k" * 20, "amount_minor": 1.5},
        {"key": "k" * 20, "amount_minor": True},
        {"key": "k" * 20, "amount_minor": 100, "note": "two\nlines"},
        {"key": "k" * 20, "amount_minor": 100, "note": "n" * 201},
        {"key": "k" * 20, "amount_minor": 100, "note": 1},
        {"key": "k" * 20, "amount_minor": 100, "lines": []},
        {"key": "k" * 20, "lines": [{"product": "espresso", "quantity": 1}]},
        {"key": "k" * 20, "lines": [{"product": str(uuid4()), "quantity": 0}]},
        {"key": "k" * 20, "lines": [{"product": str(uuid4()), "quantity": 1}] * 101},
        {"key": "k" * 20, "lines": ["espresso"]},
    ],
)
def test_what_the_page_never_asks_is_not_understood(counter: Counter, body: Any) -> None:
    answer = counter.client.post(counter.url("till_checkouts"), json.dumps(body), content_type="application/json")
    assert (answer.status_code, answer.json()["code"], Checkout.objects.count()) == (400, "request_invalid", 0)


def test_broken_json_is_not_understood(counter: Counter) -> None:
    answer = counter.client.post(counter.url("till_checkouts"), "{", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "request_invalid")


# ---- Comparing the customer ----


@pytest.fixture
def careful() -> Counter:
    """A till of a programme that asks for confirmation from 40,00 Kč."""
    return Counter(programme=factories.a_programme(confirm_from_minor=4000))


def test_a_large_payment_waits_for_the_cashier(careful: Counter) -> None:
    told = careful.presented(careful.opened())["checkout"]
    payment = told["payment"]
    assert (told["state"], payment["customer"], payment["identifier"]) == ("confirming", "Jana Nováková", "E-1001")
    assert 170 < payment["expires_in_seconds"] <= 180
    assert (state(careful)["checkout"]["state"], careful.balance_minor()) == ("confirming", 10_000)


def test_a_confirmed_payment_is_paid(careful: Counter) -> None:
    waiting = careful.presented(careful.opened())["checkout"]["payment"]
    paid = careful.ask("till_confirm", payment=waiting["id"])["checkout"]
    assert (paid["state"], paid["payment"]["balance_minor"]) == ("paid", 5500)
    assert careful.ask("till_confirm", payment=waiting["id"])["checkout"]["state"] == "paid"
    assert careful.balance_minor() == 5500


def test_a_payment_that_is_not_confirmed_takes_nothing(careful: Counter) -> None:
    waiting = careful.presented(careful.opened())["checkout"]["payment"]
    assert careful.ask("till_cancel", payment=waiting["id"])["checkout"]["state"] == "abandoned"
    standing = ledger.balance(programme_id=careful.programme.id, wallet=careful.wallet.id, now=timezone.now())
    assert (standing.posted_minor, standing.held_minor) == (10_000, 0)
    assert careful.ask("till_confirm", payment=waiting["id"], status=422)["code"] == "payment_not_waiting"


def test_the_till_is_busy_while_a_customer_is_compared(careful: Counter) -> None:
    careful.presented(careful.opened())
    refused = careful.ask("till_checkouts", {"key": a_key(), "amount_minor": 100}, status=422)
    assert refused["code"] == "till_busy"


# ---- Giving back ----


def test_a_payment_is_given_back_whole_and_once(counter: Counter) -> None:
    payment = counter.paid()
    before = lots(counter)
    body = {"key": a_key(), "reason": "Cold soup"}
    first, again = (counter.ask("till_undo", body, payment=payment["id"]) for _ in range(2))
    assert list(Refund.objects.values_list("reason", flat=True)) == ["Cold soup"]
    given = {"amount_minor": 4500, "cash_minor": 0, "balance_minor": 10_000, "first_name": "Jana"}
    assert first == again == {"refund": given}
    assert (before, lots(counter)) == ([(10_000, 5500)], [(10_000, 10_000)])
    refused = counter.ask("till_undo", {"key": a_key()}, payment=payment["id"], status=422)
    assert refused["code"] == "more_than_left_to_refund"


@pytest.mark.parametrize(("role", "status"), [(Role.CASHIER, 422), (Role.MANAGER, 200), (Role.OWNER, 200)])
def test_after_a_while_only_a_manager_gives_back(role: str, status: int) -> None:
    counter = Counter(role=role)
    payment = an_old_payment(counter)
    told = counter.ask("till_undo", {"key": a_key()}, payment=payment.public_id, status=status)
    assert told.get("code", "") == ("undo_too_late" if status == 422 else "")


def test_a_payment_of_another_till_is_not_given_back_here(counter: Counter) -> None:
    payment = counter.paid()
    counter.till = factories.a_till(programme=counter.programme)
    counter.ask("till_undo", {"key": a_key()}, payment=payment["id"], status=404)


def test_the_last_payments_say_what_may_be_undone(counter: Counter) -> None:
    old, new = an_old_payment(counter), counter.paid()
    page = counter.client.get(counter.url("till_payments")).content.decode()
    assert re.findall(r'data-undo="([^"]+)"', page) == [new["id"]]
    assert page.count("Jana Nováková</strong>") == 2
    counter.ask("till_undo", {"key": a_key()}, payment=new["id"])
    page = counter.client.get(counter.url("till_payments")).content.decode()
    assert ("data-undo" in page, "Given back" in page, old.state) == (False, True, "paid")


def test_a_till_without_payments_says_so(counter: Counter) -> None:
    assert "No payments yet" in counter.client.get(counter.url("till_payments")).content.decode()


# ---- A card with nothing to pay ----


def test_a_card_tells_its_balance(counter: Counter) -> None:
    assert counter.ask("till_look", {"token": counter.token}) == {
        "card": {
            "card": str(counter.card.public_id),
            "first_name": "Jana",
            "last_four": counter.card.last_four,
            "balance_minor": 10_000,
            "available_minor": 10_000,
            "state": "",
            "expiring_minor": None,
            "expires_on": "",
        }
    }


def test_a_balance_says_what_expires_first(counter: Counter) -> None:
    factories.funded(counter.wallet, 2500, expires_at=timezone.now() + timedelta(days=3))
    card = counter.ask("till_look", {"token": counter.token})["card"]
    assert (card["balance_minor"], card["expiring_minor"], card["expires_on"] != "") == (12_500, 2500, True)


def test_looking_at_a_card_pays_nothing_that_was_declined_before(counter: Counter) -> None:
    counter.presented(counter.opened(quantity=3))
    factories.funded(counter.wallet, 50_000)
    assert counter.ask("till_look", {"token": counter.token})["card"]["balance_minor"] == 60_000


def test_an_unknown_card_tells_nothing(counter: Counter) -> None:
    assert counter.ask("till_look", {"token": factories.a_token()}, status=422)["code"] == "card_unknown"


def test_another_programmes_card_is_unknown(counter: Counter) -> None:
    token = factories.a_token()
    factories.a_card(token=token)
    assert counter.ask("till_look", {"token": token}, status=422)["code"] == "card_unknown"


# ---- A card that the office waits for ----


@pytest.fixture
def waiting(counter: Counter) -> Pairing:
    """The office waits at this till for a card of Petr's."""
    wallet = factories.a_wallet(programme=counter.programme, name="Petr Svoboda")
    deed = factories.a_deed(now=timezone.now())
    return cards.wait_for_card(wallet=wallet, till=counter.till, deed=deed)


@pytest.mark.usefixtures("waiting")
def test_the_till_knows_that_the_office_waits(counter: Counter) -> None:
    assert state(counter)["pairing"] == {"state": "waiting", "customer": "Petr Svoboda", "sentence": ""}


def test_a_card_with_nothing_to_pay_goes_to_the_office(counter: Counter, waiting: Pairing) -> None:
    told = counter.ask("till_look", {"token": factories.a_token()})
    assert told == {"pairing": {"state": "paired", "customer": "Petr Svoboda", "sentence": ""}}
    waiting.refresh_from_db()
    assert waiting.state == "paired"


@pytest.mark.usefixtures("waiting")
def test_a_card_goes_to_the_office_before_it_pays(counter: Counter) -> None:
    checkout = counter.opened()
    told = counter.presented(checkout, factories.a_token())
    assert told == {"pairing": {"state": "paired", "customer": "Petr Svoboda", "sentence": ""}}
    assert (Checkout.objects.get().state, counter.balance_minor()) == ("waiting", 10_000)


@pytest.mark.usefixtures("waiting")
def test_a_card_of_somebody_else_is_refused_to_the_office(counter: Counter) -> None:
    told = counter.ask("till_look", {"token": counter.token})
    assert told == {
        "pairing": {
            "state": "refused",
            "customer": "Petr Svoboda",
            "sentence": "This card already belongs to somebody.",
        }
    }


# ---- What the page asks each second ----


def test_a_payment_by_another_reader_shows(counter: Counter) -> None:
    checkout = counter.opened()
    deed = factories.a_deed(now=timezone.now())
    actions.present(till=counter.till, token=counter.token, key=a_key(), deed=deed)
    assert state(counter, checkout=checkout["id"])["checkout"]["state"] == "paid"


def test_a_basket_that_somebody_else_opened_shows(counter: Counter) -> None:
    opened = actions.open_checkout(till=counter.till, amount_minor=700, deed=factories.a_deed(now=timezone.now()))
    assert state(counter)["checkout"]["id"] == str(opened.public_id)


def test_a_basket_that_has_waited_long_is_not_put_before_the_next_customer(counter: Counter) -> None:
    earlier = factories.a_deed(now=timezone.now() - timedelta(minutes=2))
    actions.open_checkout(till=counter.till, amount_minor=700, deed=earlier)
    assert state(counter)["checkout"] is None


def test_a_basket_that_is_not_there_is_not_found(counter: Counter) -> None:
    answer = counter.client.get(counter.url("till_state"), {"checkout": str(ids.public("checkout", 7))})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def state(counter: Counter, **asked: str) -> dict[str, Any]:
    told: dict[str, Any] = counter.client.get(counter.url("till_state"), asked).json()
    return told


def lots(counter: Counter) -> list[tuple[int, int]]:
    """(granted, remaining) of the wallet's live lots."""
    found = ledger.lots(programme_id=counter.programme.id, wallet=counter.wallet.id, now=timezone.now())
    return [(lot.granted_minor, lot.remaining_minor) for lot in found]


def an_old_payment(counter: Counter) -> Payment:
    """A payment of 1,00 Kč made six minutes ago."""
    deed = factories.a_deed(now=timezone.now() - timedelta(minutes=6))
    asked = actions.order(
        programme_id=counter.programme.id,
        till=counter.till,
        token=counter.token,
        key=a_key(),
        amount_minor=100,
        actor=deed.actor,
    )
    made = actions.take_payment(order=asked, deed=deed).payment
    assert made is not None
    return Payment.named(programme_id=counter.programme.id, public_id=made["id"])
