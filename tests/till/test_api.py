"""Checkouts, payments and refunds, by REST; and the lane, which answers payments as REST does."""

import json
from collections.abc import Awaitable
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.http import HttpResponse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from groat.cards.actions import block, wait_for_card
from groat.cards.models import Card
from groat.catalogue.actions import withdraw
from groat.catalogue.models import Product
from groat.programmes import actions as programmes
from groat.programmes.deeds import Deed
from groat.programmes.models import Till
from groat.till import actions
from groat.till.lane import Lane
from groat.till.models import Checkout, Payment, Refund
from groat.till.payments import Outcome
from groat.till.rules import Order
from tests.factories import (
    a_card,
    a_category,
    a_customer,
    a_deed,
    a_product,
    a_programme,
    a_till,
    a_token,
    a_wallet,
    funded,
)
from tests.rest import Caller, code, told

pytestmark = pytest.mark.django_db

NOTHING = "0199c0de-0000-700b-8a10-5d1c2b3a4f0b"


def callers_deed() -> Deed:
    """What happens now, for a caller's requests have the clock's time."""
    return a_deed(now=timezone.now())


class Shop:
    """A caller with a till, a product at 4.50 and a customer who has 100.00 on a card."""

    def __init__(self, *, credit_minor: int = 10000, **programme: Any) -> None:
        self.caller = Caller(a_programme(**programme) if programme else None)
        self.till: Till = a_till(programme=self.caller.programme)
        self.product: Product = a_product(category=a_category(programme=self.caller.programme), price_minor=450)
        self.token = a_token()
        self.card: Card = a_card(wallet=a_wallet(programme=self.caller.programme), token=self.token)
        if credit_minor:
            funded(self.card.wallet, credit_minor)

    def asked(self, **given: Any) -> dict[str, Any]:
        """The body of a payment of 10.00."""
        return {
            "till": str(self.till.public_id),
            "token": {"kind": "uid", "value": self.token},
            **(given or {"amount_minor": 1000}),
        }

    def lines(self, *quantities: int) -> list[dict[str, Any]]:
        return [{"product": str(self.product.public_id), "quantity": quantity} for quantity in quantities]

    def pay(self, *, key: str | None = "", **given: Any) -> HttpResponse:
        return self.caller.post("/api/v1/payments", self.asked(**given), key=key)

    def balance(self) -> int:
        wallet = told(self.caller.get(f"/api/v1/wallets/{self.card.wallet.public_id}"))
        return int(wallet["posted_minor"])

    def checkout(self, **given: Any) -> dict[str, Any]:
        body: dict[str, Any] = told(
            self.caller.post(
                "/api/v1/checkouts", {"till": str(self.till.public_id), **(given or {"amount_minor": 1000})}
            ),
            201,
        )
        return body


# ---- Payments ----


def test_a_payment_takes_the_price_of_its_lines():
    shop = Shop()

    answer = shop.pay(lines=shop.lines(2, 1))

    body = told(answer, 201)
    line = {"product": str(shop.product.public_id), "name": "Espresso", "price_minor": 450}
    assert body == {
        "id": body["id"],
        "state": "paid",
        "till": str(shop.till.public_id),
        "wallet": str(shop.card.wallet.public_id),
        "customer": str(shop.card.customer.public_id),
        "card": {"id": str(shop.card.public_id), "last_four": shop.card.last_four},
        "checkout": None,
        "amount_minor": 1350,
        "cash_minor": 0,
        "refunded_minor": 0,
        "balance_minor": 8650,
        "lines": [{**line, "quantity": 2, "amount_minor": 900}, {**line, "quantity": 1, "amount_minor": 450}],
        "at": body["at"],
    }
    assert answer["Location"] == f"/api/v1/payments/{body['id']}"
    assert told(shop.caller.get(answer["Location"])) == body
    assert shop.token not in answer.content.decode()


def test_a_payment_may_be_of_a_free_amount():
    shop = Shop()

    assert told(shop.pay(amount_minor=2500), 201)["amount_minor"] == 2500
    assert shop.balance() == 7500


def test_the_same_request_again_is_answered_again_and_paid_once():
    shop, key = Shop(), str(uuid4())

    first, again = shop.pay(key=key), shop.pay(key=key)

    assert (again.status_code, again.content) == (201, first.content)
    assert ("Idempotency-Replayed" in first, again["Idempotency-Replayed"]) == (False, "true")
    assert shop.balance() == 9000


def test_a_key_belongs_to_one_request():
    shop, key = Shop(), str(uuid4())
    shop.pay(key=key)

    assert code(shop.pay(key=key, amount_minor=2000)) == (422, "idempotency_key_reused")
    assert shop.balance() == 9000


def test_a_refusal_is_answered_again_too():
    shop, key = Shop(credit_minor=0), str(uuid4())
    first = shop.pay(key=key)
    funded(shop.card.wallet, 5000)

    again = shop.pay(key=key)

    assert (again.status_code, again.content) == (402, first.content)
    assert shop.balance() == 5000


def test_a_payment_needs_a_key_that_can_be_used():
    shop = Shop()

    assert code(shop.pay(key=None)) == (400, "idempotency_key_missing")
    assert code(shop.pay(key="two words")) == (400, "idempotency_key_invalid")
    assert code(shop.pay(key="k" * 256)) == (400, "idempotency_key_invalid")
    assert not Payment.objects.exists()


def test_a_wallet_without_enough_is_told_what_is_missing():
    shop = Shop(credit_minor=250)

    answer = shop.pay(amount_minor=380)

    assert code(answer) == (402, "insufficient_credit")
    assert told(answer, 402) == {
        "type": "/api/problems#insufficient_credit",
        "title": "Not enough credit",
        "status": 402,
        "detail": "Not enough credit: 1.30 missing. Top up, or pay less.",
        "code": "insufficient_credit",
        "available_minor": 250,
        "missing_minor": 130,
    }


def test_a_card_that_cannot_pay_is_refused():
    shop = Shop()
    unknown = shop.asked() | {"token": {"kind": "uid", "value": a_token()}}
    random = shop.asked() | {"token": {"kind": "uid", "value": "08A2B911"}}

    assert code(shop.caller.post("/api/v1/payments", unknown)) == (404, "card_unknown")
    assert code(shop.caller.post("/api/v1/payments", random)) == (422, "token_random")
    block(card=shop.card, reason="blocked", deed=a_deed())
    assert code(shop.pay()) == (409, "card_blocked")


def test_a_till_that_is_closed_or_another_programmes_takes_nothing():
    shop = Shop()
    theirs = shop.asked() | {"till": str(a_till().public_id)}

    assert code(shop.caller.post("/api/v1/payments", theirs)) == (404, "not_found")
    assert code(shop.caller.post("/api/v1/payments", shop.asked() | {"till": NOTHING})) == (404, "not_found")
    programmes.close_till(till=shop.till, deed=a_deed())
    assert code(shop.pay()) == (409, "till_closed")


def test_only_what_is_sold_here_can_be_paid():
    shop = Shop()
    free = a_product(category=shop.product.category, price_minor=0)
    theirs = a_product()

    for product, problem in ((theirs, "product_not_sold"), (free, "nothing_to_pay")):
        lines = [{"product": str(product.public_id)}]
        assert code(shop.pay(lines=lines)) == (409, problem)
    withdraw(product=shop.product, deed=a_deed())
    assert code(shop.pay(lines=shop.lines(1))) == (409, "product_not_sold")


def test_more_than_a_till_takes_is_refused():
    shop = Shop()
    dear = a_product(category=shop.product.category, price_minor=10**15)

    answer = shop.pay(lines=[{"product": str(dear.public_id), "quantity": 2}])

    assert code(answer) == (422, "amount_too_large")


@pytest.mark.parametrize(
    "wrong",
    [
        {"till": 1},
        {"till": "counter"},
        {"token": "04A2B9117E5D80"},
        {"token": {"kind": "qr", "value": "04A2B9117E5D80"}},
        {"token": {"kind": "uid", "value": "04A2B9117E5D80", "pin": "1234"}},
        {"amount_minor": 0},
        {"amount_minor": 10.5},
        {"amount_minor": "10"},
        {"amount_minor": None},
        {"lines": []},
        {"lines": [{"product": NOTHING, "quantity": 0}]},
        {"lines": [{"product": NOTHING, "quantity": True}]},
        {"amount_minor": 1, "lines": [{"product": NOTHING}]},
        {"tip_minor": 1},
    ],
)
def test_a_payment_that_cannot_be_is_refused(wrong: dict[str, object]):
    shop = Shop(credit_minor=0)
    body = shop.asked() if not {"lines", "amount_minor"} & wrong.keys() else shop.asked(**wrong)

    assert code(shop.caller.post("/api/v1/payments", body | wrong)) == (422, "invalid_request")


def test_what_is_wrong_is_said_with_its_place():
    shop = Shop(credit_minor=0)

    answer = shop.pay(lines=[{"product": str(shop.product.public_id)}, {"product": "x", "quantity": 0}])

    assert [(error["in"], error["pointer"]) for error in told(answer, 422)["errors"]] == [
        ("body", "/lines/1/product"),
        ("body", "/lines/1/quantity"),
    ]


def test_payments_are_listed_newest_first_by_till_and_by_wallet():
    shop = Shop()
    first, second = told(shop.pay(), 201), told(shop.pay(amount_minor=1), 201)
    other = Shop()
    told(other.pay(), 201)

    def ids(**query: Any) -> list[str]:
        return [item["id"] for item in told(shop.caller.get("/api/v1/payments", **query))["items"]]

    assert ids() == ids(till=str(shop.till.public_id)) == ids(wallet=str(shop.card.wallet.public_id))
    assert ids() == [second["id"], first["id"]]
    assert ids(till=str(a_till(programme=shop.caller.programme).public_id)) == []
    page = told(shop.caller.get("/api/v1/payments", limit=1))
    rest = told(shop.caller.get("/api/v1/payments", limit=1, cursor=page["next_cursor"]))
    assert [item["id"] for item in page["items"] + rest["items"]] == ids()
    assert code(shop.caller.get("/api/v1/payments", till=str(other.till.public_id))) == (404, "not_found")
    assert code(shop.caller.get("/api/v1/payments", wallet=str(other.card.wallet.public_id))) == (404, "not_found")


@pytest.mark.parametrize("many", [1, 50])
def test_a_list_costs_the_same_however_long(many: int, django_assert_num_queries: DjangoAssertNumQueries):
    shop = Shop(credit_minor=100_000)
    for _ in range(many):
        told(shop.pay(), 201)

    with django_assert_num_queries(1):
        assert len(told(shop.caller.get("/api/v1/payments", limit=50))["items"]) == many


# ---- Confirmation ----


def test_a_large_payment_waits_until_it_is_confirmed():
    shop = Shop(confirm_from_minor=1000)

    waiting = told(shop.pay(), 202)
    wallet = told(shop.caller.get(f"/api/v1/wallets/{shop.card.wallet.public_id}"))
    paid = told(shop.caller.post(f"/api/v1/payments/{waiting['id']}/confirm"))
    again = told(shop.caller.post(f"/api/v1/payments/{waiting['id']}/confirm"))

    assert waiting["state"] == "confirming"
    assert (wallet["posted_minor"], wallet["held_minor"], wallet["available_minor"]) == (10000, 1000, 9000)
    assert (paid["state"], paid["balance_minor"], again) == ("paid", 9000, paid)
    line = told(shop.caller.get(f"/api/v1/wallets/{shop.card.wallet.public_id}/statement"))["items"][0]
    assert (line["kind"], line["payment"]) == ("capture", waiting["id"])


def test_a_waiting_payment_can_be_let_go():
    shop = Shop(confirm_from_minor=1000)
    waiting = told(shop.pay(), 202)
    path = f"/api/v1/payments/{waiting['id']}"

    cancelled = told(shop.caller.post(f"{path}/cancel"))

    assert cancelled["state"] == "cancelled"
    assert shop.balance() == 10000
    assert code(shop.caller.post(f"{path}/cancel")) == (409, "payment_not_waiting")
    assert code(shop.caller.post(f"{path}/confirm")) == (409, "payment_not_waiting")
    assert code(shop.caller.post(f"{path}/refunds", {})) == (409, "payment_not_paid")


# ---- Refunds ----


def test_a_payment_is_given_back_in_parts():
    shop = Shop()
    payment = told(shop.pay(), 201)
    path = f"/api/v1/payments/{payment['id']}/refunds"

    part = told(shop.caller.post(path, {"amount_minor": 300, "reason": "Cold coffee"}), 201)
    beyond = shop.caller.post(path, {"amount_minor": 701})
    rest = told(shop.caller.post(path, {}), 201)
    again = shop.caller.post(path, {})

    assert part == {
        "id": part["id"],
        "payment": payment["id"],
        "amount_minor": 300,
        "cash_minor": 0,
        "reason": "Cold coffee",
        "at": part["at"],
    }
    assert rest["amount_minor"] == 700
    assert (code(beyond), told(beyond, 409)["left_minor"]) == ((409, "more_than_left_to_refund"), 700)
    assert code(again) == (409, "more_than_left_to_refund")
    assert told(shop.caller.get(path)) == {"items": [part, rest]}
    assert told(shop.caller.get(f"/api/v1/payments/{payment['id']}"))["refunded_minor"] == 1000
    assert shop.balance() == 10000


def test_the_same_refund_again_gives_back_once():
    shop, key = Shop(), str(uuid4())
    payment = told(shop.pay(), 201)
    path = f"/api/v1/payments/{payment['id']}/refunds"

    first = shop.caller.post(path, {"amount_minor": 300}, key=key)
    again = shop.caller.post(path, {"amount_minor": 300}, key=key)

    assert (again.status_code, again.content, again["Location"]) == (201, first.content, first["Location"])
    assert again["Idempotency-Replayed"] == "true"
    assert Refund.objects.count() == 1


def test_refunding_needs_a_key_and_a_scope_of_its_own():
    shop = Shop()
    payment = told(shop.pay(), 201)
    path = f"/api/v1/payments/{payment['id']}/refunds"
    taker = Caller(shop.caller.programme, scopes=["payments:write"])

    assert code(shop.caller.post(path, {}, key=None)) == (400, "idempotency_key_missing")
    assert code(taker.post(path, {})) == (403, "scope_missing")


def test_another_programmes_payment_is_not_there():
    shop, caller = Shop(), Caller()
    path = f"/api/v1/payments/{told(shop.pay(), 201)['id']}"

    for answer in (
        caller.get(path),
        caller.get(f"{path}/refunds"),
        caller.post(f"{path}/refunds", {}),
        caller.post(f"{path}/confirm"),
        caller.post(f"{path}/cancel"),
        caller.get(f"/api/v1/payments/{NOTHING}"),
    ):
        assert code(answer) == (404, "not_found")


# ---- Checkouts ----


def test_a_checkout_waits_for_a_card_and_is_paid():
    shop = Shop()

    opened = shop.checkout(lines=shop.lines(2))
    paid = told(shop.caller.post(f"/api/v1/checkouts/{opened['id']}/token", {"token": shop.asked()["token"]}), 201)

    checkout = Checkout.objects.get()
    assert opened == {
        "id": str(checkout.public_id),
        "till": str(shop.till.public_id),
        "state": "waiting",
        "amount_minor": 900,
        "cash_minor": 0,
        "note": "",
        "lines": [
            {
                "product": str(shop.product.public_id),
                "name": "Espresso",
                "quantity": 2,
                "price_minor": 450,
                "amount_minor": 900,
            }
        ],
        "payment": None,
        "declined": None,
        "created_at": opened["created_at"],
        "changed_at": opened["created_at"],
    }
    assert (paid["checkout"], paid["amount_minor"]) == (opened["id"], 900)
    ended = told(shop.caller.get(f"/api/v1/checkouts/{opened['id']}"))
    assert (ended["state"], ended["payment"]) == ("paid", paid["id"])
    again = shop.caller.post(f"/api/v1/checkouts/{opened['id']}/token", {"token": shop.asked()["token"]})
    assert code(again) == (409, "checkout_closed")


def test_a_part_of_a_checkout_is_paid_in_cash():
    shop = Shop()

    opened = shop.checkout(lines=shop.lines(2), cash_minor=250, note="without onion")
    path = f"/api/v1/checkouts/{opened['id']}"
    paid = told(shop.caller.post(f"{path}/token", {"token": shop.asked()["token"]}), 201)
    part = told(shop.caller.post(f"/api/v1/payments/{paid['id']}/refunds", {"amount_minor": 100}), 201)
    rest = told(shop.caller.post(f"/api/v1/payments/{paid['id']}/refunds", {}), 201)

    assert (opened["amount_minor"], opened["cash_minor"], opened["note"]) == (900, 250, "without onion")
    assert (paid["amount_minor"], paid["cash_minor"], paid["balance_minor"]) == (650, 250, 9350)
    assert sum(line["amount_minor"] for line in paid["lines"]) == 900
    # The cash goes back with the last of the credits.
    assert (part["amount_minor"], part["cash_minor"]) == (100, 0)
    assert (rest["amount_minor"], rest["cash_minor"]) == (550, 250)
    assert told(shop.caller.get(f"/api/v1/payments/{paid['id']}"))["cash_minor"] == 250


def test_something_of_a_checkout_is_left_for_the_card():
    shop = Shop()
    asked = {"till": str(shop.till.public_id), "amount_minor": 900}

    assert code(shop.caller.post("/api/v1/checkouts", {**asked, "cash_minor": 900})) == (422, "cash_not_part")
    assert code(shop.caller.post("/api/v1/checkouts", {**asked, "cash_minor": -1})) == (422, "invalid_request")
    assert Checkout.objects.count() == 0


def test_a_declined_checkout_waits_for_another_card():
    shop = Shop(credit_minor=0)
    opened = shop.checkout()
    path = f"/api/v1/checkouts/{opened['id']}"

    assert code(shop.caller.post(f"{path}/token", {"token": shop.asked()["token"]})) == (402, "insufficient_credit")
    declined = told(shop.caller.get(path))
    funded(shop.card.wallet, 1000)
    told(shop.caller.post(f"{path}/token", {"token": shop.asked()["token"]}), 201)

    assert (declined["state"], declined["declined"]) == (
        "declined",
        {"code": "insufficient_credit", "facts": {"available_minor": 0, "missing_minor": 1000}},
    )
    assert told(shop.caller.get(path))["declined"] is None


def test_a_new_checkout_takes_the_place_of_the_one_before():
    shop = Shop()
    before, after = shop.checkout(), shop.checkout()

    states = [told(shop.caller.get(f"/api/v1/checkouts/{one['id']}"))["state"] for one in (before, after)]

    assert states == ["abandoned", "waiting"]


def test_a_checkout_can_be_abandoned_until_it_is_paid():
    shop = Shop()
    opened = shop.checkout()
    path = f"/api/v1/checkouts/{opened['id']}"

    states = [told(shop.caller.post(f"{path}/abandon"))["state"] for _ in range(2)]
    late = shop.caller.post(f"{path}/token", {"token": shop.asked()["token"]})

    assert states == ["abandoned", "abandoned"]
    assert code(late) == (409, "checkout_closed")
    paid = shop.checkout()
    told(shop.caller.post(f"/api/v1/checkouts/{paid['id']}/token", {"token": shop.asked()["token"]}), 201)
    assert code(shop.caller.post(f"/api/v1/checkouts/{paid['id']}/abandon")) == (409, "checkout_closed")


def test_a_till_with_a_payment_to_confirm_opens_no_other_checkout():
    shop = Shop(confirm_from_minor=1000)
    opened = shop.checkout()
    told(shop.caller.post(f"/api/v1/checkouts/{opened['id']}/token", {"token": shop.asked()["token"]}), 202)

    answer = shop.caller.post("/api/v1/checkouts", {"till": str(shop.till.public_id), "amount_minor": 1})

    assert code(answer) == (409, "till_busy")


def test_a_checkout_that_cannot_be_is_refused():
    shop = Shop()
    till = {"till": str(shop.till.public_id)}

    def opened(body: dict[str, Any]) -> tuple[int, str]:
        return code(shop.caller.post("/api/v1/checkouts", body))

    assert opened(till) == (422, "invalid_request")
    assert opened({"till": str(a_till().public_id), "amount_minor": 1}) == (404, "not_found")
    assert opened(till | {"lines": [{"product": NOTHING}]}) == (409, "product_not_sold")
    programmes.close_till(till=shop.till, deed=a_deed())
    assert opened(till | {"amount_minor": 1}) == (409, "till_closed")


def test_another_programmes_checkout_is_not_there():
    shop, caller = Shop(), Caller()
    path = f"/api/v1/checkouts/{shop.checkout()['id']}"

    for answer in (
        caller.get(path),
        caller.post(f"{path}/abandon"),
        caller.post(f"{path}/token", {"token": shop.asked()["token"]}),
    ):
        assert code(answer) == (404, "not_found")


# ---- What a reader calls ----


def test_a_card_at_a_till_pays_the_checkout_that_waits_there():
    shop, key = Shop(), str(uuid4())
    opened = shop.checkout()
    path, body = f"/api/v1/tills/{shop.till.public_id}/presentations", {"token": shop.asked()["token"]}

    first = shop.caller.post(path, body, key=key)
    again = shop.caller.post(path, body, key=key)

    payment = told(first)["payment"]
    assert (payment["checkout"], payment["state"], told(first)["card"]) == (opened["id"], "paid", None)
    assert (told(again), again["Idempotency-Replayed"]) == (told(first), "true")
    assert shop.balance() == 9000


def test_a_card_at_a_till_is_paired_when_a_pairing_waits_there():
    shop, token = Shop(), a_token()
    wallet = a_customer(programme=shop.caller.programme).wallets.get()
    wait_for_card(wallet=wallet, till=shop.till, deed=callers_deed())

    body = told(
        shop.caller.post(
            f"/api/v1/tills/{shop.till.public_id}/presentations", {"token": {"kind": "uid", "value": token}}
        )
    )

    assert (body["card"]["wallet"], body["payment"]) == (str(wallet.public_id), None)


def test_a_card_paired_at_a_till_is_told_again_under_its_key_whatever_waits_by_then():
    shop, token, key = Shop(), a_token(), str(uuid4())
    wallets = [a_customer(programme=shop.caller.programme).wallets.get() for _ in range(2)]
    path, body = f"/api/v1/tills/{shop.till.public_id}/presentations", {"token": {"kind": "uid", "value": token}}
    wait_for_card(wallet=wallets[0], till=shop.till, deed=callers_deed())

    first = shop.caller.post(path, body, key=key)
    again = [shop.caller.post(path, body, key=key)]
    shop.checkout()
    again.append(shop.caller.post(path, body, key=key))
    next_one = wait_for_card(wallet=wallets[1], till=shop.till, deed=callers_deed())
    again.append(shop.caller.post(path, body, key=key))

    assert told(first)["card"]["wallet"] == str(wallets[0].public_id)
    assert "Idempotency-Replayed" not in first
    assert [(told(answer), answer["Idempotency-Replayed"]) for answer in again] == [(told(first), "true")] * 3
    next_one.refresh_from_db()
    assert next_one.state == "waiting"


def test_a_card_refused_by_a_pairing_is_refused_again_under_its_key():
    shop, key = Shop(), str(uuid4())
    path, body = f"/api/v1/tills/{shop.till.public_id}/presentations", {"token": shop.asked()["token"]}
    wallet = a_customer(programme=shop.caller.programme).wallets.get()
    wait_for_card(wallet=wallet, till=shop.till, deed=callers_deed())

    answers = [shop.caller.post(path, body, key=key) for _ in range(2)]

    assert [code(answer) for answer in answers] == [(409, "card_taken")] * 2
    assert ["Idempotency-Replayed" in answer for answer in answers] == [False, True]


def test_the_key_of_a_paired_card_is_for_no_other_card():
    shop, key = Shop(), str(uuid4())
    path = f"/api/v1/tills/{shop.till.public_id}/presentations"
    wallet = a_customer(programme=shop.caller.programme).wallets.get()
    wait_for_card(wallet=wallet, till=shop.till, deed=callers_deed())

    shop.caller.post(path, {"token": {"kind": "uid", "value": a_token()}}, key=key)
    other = shop.caller.post(path, {"token": {"kind": "uid", "value": a_token()}}, key=key)

    assert code(other) == (422, "idempotency_key_reused")


def test_a_card_of_somebody_else_is_not_paired():
    shop = Shop()
    wallet = a_customer(programme=shop.caller.programme).wallets.get()
    wait_for_card(wallet=wallet, till=shop.till, deed=callers_deed())

    answer = shop.caller.post(f"/api/v1/tills/{shop.till.public_id}/presentations", {"token": shop.asked()["token"]})

    assert code(answer) == (409, "card_taken")


def test_a_card_at_a_till_where_nothing_waits_is_refused():
    shop = Shop()
    path = f"/api/v1/tills/{shop.till.public_id}/presentations"

    assert code(shop.caller.post(path, {"token": shop.asked()["token"]})) == (409, "nothing_waits")
    assert code(Caller().post(path, {"token": shop.asked()["token"]})) == (404, "not_found")


def test_a_declined_card_at_a_till_is_told_why():
    shop = Shop(credit_minor=0)
    shop.checkout()

    answer = shop.caller.post(f"/api/v1/tills/{shop.till.public_id}/presentations", {"token": shop.asked()["token"]})

    assert code(answer) == (402, "insufficient_credit")


# ---- The lane ----


class Directly:
    """Takes the place of the group commit: books in the test's own transaction."""

    def expecting(self) -> AbstractContextManager[None]:
        return nullcontext()

    def put(self, order: Order) -> Awaitable[Outcome]:
        return sync_to_async(actions.take_payment)(order=order, deed=callers_deed())


def by_lane(caller: Caller, body: bytes, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """What the lane answers to a payment."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    async def elsewhere(*_: Any) -> None:
        raise AssertionError("the lane handed a payment on")

    lane = Lane(elsewhere)
    lane._payments = Directly()  # type: ignore[assignment]
    given = {"authorization": f"Bearer {caller.secret}", "content_type": "application/json", **headers}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/payments",
        "client": ("127.0.0.1", 50000),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()],
    }
    async_to_sync(lane)(scope, receive, send)
    start, end = sent
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, end["body"]


def by_django(caller: Caller, body: bytes, **headers: str) -> tuple[int, dict[str, str], bytes]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    content_type = given.pop("content-type", "application/json")
    answer = caller.call("POST", "/api/v1/payments", body, headers=given, content_type=content_type)
    return answer.status_code, {name.lower(): value for name, value in answer.items()}, answer.content


COUNTED = {"ratelimit", "idempotency-replayed", "content-length"}
DJANGOS = {"x-frame-options", "vary", "cross-origin-opener-policy", "referrer-policy", "x-content-type-options"} | {
    "content-language",
    "content-security-policy",
}


def alike(one: tuple[int, dict[str, str], bytes], other: tuple[int, dict[str, str], bytes]) -> bool:
    """Whether two answers are the same, but for what counts requests and what Django adds to a page."""
    left, right = (
        (status, {name: value for name, value in headers.items() if name not in COUNTED | DJANGOS}, body)
        for status, headers, body in (one, other)
    )
    assert left == right
    return True


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"amount_minor": 10_000_000},
        {"amount_minor": 0},
        {"lines": []},
        {"lines": [{"product": NOTHING}]},
        {"amount_minor": 1, "till": NOTHING},
        {"amount_minor": 1, "token": {"kind": "uid", "value": "04FFFFFFFFFFFF"}},
        {"amount_minor": 1, "token": {"kind": "uid", "value": "08FFFFFF"}},
        {"amount_minor": 1, "surprise": True},
    ],
)
def test_the_lane_answers_a_payment_as_the_documented_operation_does(given: dict[str, Any]):
    shop, key = Shop(), str(uuid4())
    body = json.dumps(shop.asked(**given)).encode()

    assert alike(by_django(shop.caller, body, idempotency_key=key), by_lane(shop.caller, body, idempotency_key=key))
    assert shop.balance() == (10000 if given else 9000)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"{", {"idempotency_key": "k"}),
        (b"", {"idempotency_key": "k"}),
        (b"\xff", {"idempotency_key": "k"}),
        (b"[" * 30_000, {"idempotency_key": "k"}),
        (b" " * 70_000, {"idempotency_key": "k"}),
        (b"{}", {"idempotency_key": "k", "content_type": "text/plain"}),
        (b"{}", {"idempotency_key": "k", "content_type": "application/json; charset=utf-8"}),
        (b"{}", {}),
        (b"{}", {"idempotency_key": "a key"}),
        (b"{}", {"idempotency_key": "k", "authorization": "Bearer groat_wrong"}),
        (b"{}", {"idempotency_key": "k", "authorization": "Basic Zm9vOmJhcg=="}),
    ],
)
def test_the_lane_refuses_what_cannot_be_read_as_the_documented_operation_does(body: bytes, headers: dict[str, str]):
    shop = Shop(credit_minor=0)

    assert alike(by_django(shop.caller, body, **headers), by_lane(shop.caller, body, **headers))


def test_the_lane_asks_for_the_scope_too():
    caller = Caller(scopes=["programme:read"])
    caller.get("/api/v1/programme")

    assert alike(by_django(caller, b"{}", idempotency_key="k"), by_lane(caller, b"{}", idempotency_key="k"))
