"""Customers who left their card at home: who may find them, what is shown and written down, and how they pay."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from groat.api.limits import Limiter
from groat.cards import actions as cards
from groat.cards.models import CardState
from groat.customers.models import Customer
from groat.programmes import actions as programmes
from groat.programmes.models import AuditEntry, Role
from groat.receipts import queries as receipts
from groat.till import actions, found
from groat.till.models import Checkout, Payment, PaymentState
from groat.till.rules import LookUpNotAllowed, masked, may_look_up
from groat.till.verify import CHECKS
from tests import factories
from tests.rest import Caller, code, told
from tests.till.test_pages import Counter, a_key, signed_in

TAKEN = ("customers.searched", "customer.looked_up", "payment.without_card", "card.reported_lost")


@pytest.fixture(autouse=True)
def nobody_looked_up_yet() -> None:
    found._taken.cache_clear()


@pytest.fixture
def counter(db: None) -> Counter:
    return Counter(role=Role.MANAGER)


def asked(counter: Counter, name: str, typed: Any = None, *, status: int = 200, **of: Any) -> str:
    """A fragment of the page."""
    url = reverse(name, kwargs={"programme": counter.programme.slug, "till": counter.till.public_id, **of})
    answer = counter.client.post(url, typed or {})
    assert answer.status_code == status, answer.content
    return " ".join(answer.content.decode().split())


def search(counter: Counter, text: str, *, status: int = 200) -> str:
    return asked(counter, "till_customers", {"q": text}, status=status)


def looked(counter: Counter, customer: Customer, *, status: int = 200) -> str:
    return asked(counter, "till_customer", customer=customer.public_id, status=status)


def paid(counter: Counter, *, why: str = "forgotten", status: int = 200, key: str = "", **given: Any) -> dict[str, Any]:
    checkout = given.pop("checkout", None) or counter.opened()["id"]
    customer = given.pop("customer", None) or counter.wallet.owner
    body = {"key": key or a_key(), "checkout": checkout, "why": why}
    return counter.ask("till_pay_without_card", body, status=status, customer=customer.public_id)


def noted(counter: Counter) -> list[tuple[str, str, dict[str, Any]]]:
    rows = AuditEntry.objects.filter(programme=counter.programme, action__in=TAKEN).order_by("id")
    return [(row.action, row.actor, row.details) for row in rows]


# ---- Who may ----


@pytest.mark.parametrize(
    ("role", "cashiers_may", "may"),
    [("owner", False, True), ("manager", False, True), ("cashier", False, False), ("cashier", True, True),
     ("accountant", True, False), (None, True, False)],
)  # fmt: skip
def test_owners_and_managers_may_and_cashiers_where_the_programme_says_so(
    role: str | None, cashiers_may: bool, may: bool
) -> None:
    assert may_look_up(role=role, cashiers_may=cashiers_may) == may


@pytest.mark.django_db
def test_a_cashier_may_not_unless_the_programme_says_so() -> None:
    counter = Counter(role=Role.CASHIER)
    assert "Ask a manager" in search(counter, "Jana", status=422)
    assert "Ask a manager" in looked(counter, counter.wallet.owner, status=422)
    card: dict[str, Any] = {"customer": counter.wallet.owner.public_id, "card": counter.card.public_id}
    assert "Ask a manager" in asked(counter, "till_card_lost", status=422, **card)
    assert paid(counter, status=422)["code"] == "look_up_not_allowed"
    assert 'id="customer"' not in counter.client.get(counter.url()).content.decode()
    assert (noted(counter), Payment.objects.count()) == ([], 0)
    counter.card.refresh_from_db()
    assert counter.card.state == CardState.ACTIVE

    programmes.change_programme(programme=counter.programme, cashiers_may_look_up=True, deed=factories.a_deed())
    assert "Jana Nováková" in search(counter, "Jana")
    assert 'id="customer"' in counter.client.get(counter.url()).content.decode()
    assert paid(counter)["checkout"]["state"] == "confirming"


def test_nothing_crosses_programmes(counter: Counter) -> None:
    other = Counter(role=Role.MANAGER)
    theirs = other.wallet.owner
    assert "Nobody found" in search(Counter(role=Role.MANAGER), "zzz")
    looked(counter, theirs, status=404)
    asked(counter, "till_card_lost", status=404, customer=counter.wallet.owner.public_id, card=other.card.public_id)
    assert paid(counter, customer=theirs, status=404)["code"] == "not_found"
    assert paid(counter, checkout=other.opened()["id"], status=404)["code"] == "not_found"
    stranger = signed_in(factories.some_staff(Role.MANAGER))
    assert stranger.post(counter.url("till_customers"), {"q": "Jana"}).status_code == 404
    assert not Payment.objects.exists()


@pytest.mark.django_db
def test_an_integrators_key_cannot_name_a_wallet_in_place_of_a_card() -> None:
    caller = Caller()
    till = factories.a_till(programme=caller.programme)
    wallet = factories.a_wallet(programme=caller.programme)
    factories.funded(wallet, 10_000)
    body = {"till": str(till.public_id), "amount_minor": 100}
    for token in (
        {"kind": "wallet", "value": str(wallet.public_id)},
        {"kind": "customer", "value": str(wallet.owner.public_id)},
        {"kind": "uid", "value": str(wallet.public_id)},
        {"kind": "uid", "value": ""},
    ):
        assert code(caller.post("/api/v1/payments", body | {"token": token})) == (422, "invalid_request")
    assert code(caller.post("/api/v1/payments", body | {"wallet": str(wallet.public_id)})) == (422, "invalid_request")


def test_a_deed_of_a_key_may_not_either(counter: Counter) -> None:
    checkout = Checkout.objects.get(pk=Checkout.key_of(counter.opened()["id"]))
    customer, deed = counter.wallet.owner, factories.a_deed()
    with pytest.raises(LookUpNotAllowed):
        actions.pay_without_card(
            till=counter.till, checkout=checkout, customer=customer, why="lost", key=a_key(), deed=deed
        )


# ---- What is found, shown and written down ----


@pytest.mark.parametrize(
    "text", ["nov", "JANA nováková", "novakova jana", "E-1001", "jana@harb", "601 234 567", "+42060123"]
)
def test_somebody_is_found_by_name_identifier_email_or_phone(counter: Counter, text: str) -> None:
    person = {
        "name": "Jana Nováková",
        "identifier": "E-1001",
        "email": "jana@harbour.example",
        "phone": "+420601234567",
    }
    who = factories.a_customer(programme=counter.programme, **person)
    factories.a_customer(programme=counter.programme, name="Petr Kolář", email="petr@example.org")
    page = search(counter, text)
    assert str(who.public_id) in page
    assert "Petr" not in page
    for secret in ("jana@harbour.example", "601234567", "E-1001"):
        assert secret not in page


@pytest.mark.parametrize("text", ["", "ja", " j a n ", "60"])
def test_three_signs_at_least_are_asked_for(counter: Counter, text: str) -> None:
    assert "at least three" in search(counter, text, status=422)


def test_a_search_shows_eight_at_most_and_writes_down_how_many_and_not_what_was_typed(counter: Counter) -> None:
    for _ in range(9):
        factories.a_customer(programme=counter.programme, name="Karel Veselý")
    page = search(counter, "vesely")
    assert (page.count("Karel Veselý"), "There are more" in page) == (8, True)
    assert "Nobody found" in search(counter, "nobody here")
    me = f"staff:{counter.staff.id}"
    assert noted(counter) == [("customers.searched", me, {"found": 8})]
    assert not AuditEntry.objects.filter(details__icontains="vesel").exists()


def test_people_of_one_name_are_told_apart_by_as_little_as_will_do(counter: Counter) -> None:
    for identifier in ("1985-03-14", "1985-03-24"):
        factories.a_customer(programme=counter.programme, name="Karel Veselý", identifier=identifier)
    for phone in ("+420601234567", "+420601234890"):
        factories.a_customer(programme=counter.programme, name="Eva Malá", email="", phone=phone)
    factories.a_customer(programme=counter.programme, name="Ota Jediný", email="ota@example.org")
    page = search(counter, "vesely")
    assert ("····14" in page, "····24" in page, "1985" in page) == (True, True, False)
    page = search(counter, "eva mala")
    assert ("····567" in page, "····890" in page, "601234" in page) == (True, True, False)
    assert "····" not in search(counter, "jediny")


@given(st.lists(st.text("0123456789-", min_size=1, max_size=8), min_size=1, max_size=6, unique=True))
def test_different_identifiers_look_different_unless_one_ends_as_the_other(identifiers: list[str]) -> None:
    shown = {one: masked(one, others=identifiers) for one in identifiers}
    assert all(one.endswith(told.removeprefix("····")) for one, told in shown.items())
    for one in identifiers:
        if not any(other != one and other.endswith(one) for other in identifiers):
            assert not any(other != one and other.endswith(shown[one].removeprefix("····")) for other in identifiers)
    assert masked("") == ""


def test_an_account_tells_balance_cards_and_payments_and_that_it_was_opened_is_written_down(counter: Counter) -> None:
    counter.paid()
    who = counter.wallet.owner
    page = looked(counter, who)
    for shown in (
        "Jana Nováková",
        "E-1001",
        "55.00",
        counter.card.last_four,
        "Espresso",
        f"?card={counter.card.public_id}",
    ):
        assert shown in page
    assert who.email not in page
    (row,) = AuditEntry.objects.filter(action="customer.looked_up")
    assert (row.subject, row.actor) == (f"customer:{who.id}", f"staff:{counter.staff.id}")


def test_a_lost_card_is_blocked_at_the_till(counter: Counter) -> None:
    card: dict[str, Any] = {"customer": counter.wallet.owner.public_id, "card": counter.card.public_id}
    page = asked(counter, "till_card_lost", **card)
    assert ("Lost: block it" in page, "?card=" in page) == (False, False)
    counter.card.refresh_from_db()
    assert counter.card.state == CardState.LOST
    assert [action for action, *_ in noted(counter)] == ["card.reported_lost", "customer.looked_up"]


def test_who_looks_up_many_has_to_wait(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = Limiter(policy="look_up", clock=lambda: 0.0)
    monkeypatch.setattr(found, "_taken", lambda: limiter)
    statuses = [search(counter, "Jana") for _ in range(found.PER_MINUTE)]
    assert len(statuses) == found.PER_MINUTE
    assert "Wait a minute" in search(counter, "Jana", status=422)
    assert "Wait a minute" in looked(counter, counter.wallet.owner, status=422)
    # Everybody for themselves.
    counter.client = signed_in(factories.some_staff(Role.MANAGER, programme=counter.programme))
    assert "Jana" in search(counter, "Jana")


# ---- Paying ----


def test_paying_without_a_card_always_waits_to_be_compared_and_is_written_down(counter: Counter) -> None:
    told = paid(counter, why="lost")["checkout"]
    payment = told["payment"]
    assert (told["state"], payment["state"], payment["customer"]) == ("confirming", "confirming", "Jana Nováková")
    assert (payment["last_four"], payment["without_card"], payment["asks_pin"]) == ("", "Lost", False)
    assert counter.balance_minor() == 10_000
    done = counter.ask("till_confirm", payment=payment["id"])["checkout"]
    row = Payment.objects.get()
    assert (done["state"], counter.balance_minor()) == ("paid", 5_500)
    assert (row.card, row.without_card, row.customer, row.state) == (
        None,
        "lost",
        counter.wallet.owner,
        PaymentState.PAID,
    )
    assert noted(counter) == [
        ("payment.without_card", f"staff:{counter.staff.id}", {"amount_minor": 4500, "without_card": "lost"})
    ]
    assert AuditEntry.objects.get(action="payment.without_card").subject == f"payment:{row.id}"
    assert "without a card" in counter.client.get(counter.url("till_payments")).content.decode()
    office = counter.client.get(
        reverse("payment", kwargs={"programme": counter.programme.slug, "payment": row.public_id})
    )
    assert "without a card (Lost)" in office.content.decode()
    trail = counter.client.get(reverse("audit", kwargs={"programme": counter.programme.slug})).content.decode()
    assert "Had Jana Nováková pay" in trail


def test_it_is_compared_even_where_a_pin_is_asked_of_cards() -> None: ...


def test_the_receipt_says_that_there_was_no_card(counter: Counter) -> None:
    counter.ask("till_confirm", payment=paid(counter)["checkout"]["payment"]["id"])
    paper = receipts.named(programme_id=counter.programme.id, public_id=Payment.objects.get().public_id)
    address = f"/r/{counter.programme.slug}/{receipts.code_of(paper)}"
    page = " ".join(counter.client.get(address).content.decode().split())
    assert ("Paid with credits" in page, "without a card" in page, "Card ····" in page) == (True, True, False)


def test_the_same_key_pays_once_and_is_written_down_once(counter: Counter) -> None:
    checkout, key = counter.opened()["id"], a_key()
    first, again = (paid(counter, checkout=checkout, key=key)["checkout"]["payment"]["id"] for _ in range(2))
    assert (first == again, Payment.objects.count(), len(noted(counter))) == (True, 1, 1)


def test_without_enough_it_is_declined_and_says_what_is_missing(counter: Counter) -> None:
    told = paid(counter, checkout=counter.opened(3)["id"])["checkout"]
    assert (told["state"], told["refusal"]["missing_minor"]) == ("declined", 3_500)
    assert (Payment.objects.count(), noted(counter)) == (0, [])


def test_it_needs_no_card_that_could_pay(counter: Counter) -> None:
    cards.block(card=counter.card, reason="lost", deed=factories.a_deed())
    assert paid(counter)["checkout"]["state"] == "confirming"


def test_a_reason_is_one_of_three(counter: Counter) -> None:
    assert paid(counter, why="whim", status=422)["code"] == "value_invalid"
    assert not Payment.objects.exists()


def test_cancelled_or_given_back_it_returns_to_the_wallet(counter: Counter) -> None:
    payment = paid(counter)["checkout"]["payment"]["id"]
    counter.ask("till_cancel", payment=payment)
    assert counter.balance_minor() == 10_000
    payment = paid(counter)["checkout"]["payment"]["id"]
    counter.ask("till_confirm", payment=payment)
    counter.ask("till_undo", {"key": a_key()}, payment=payment)
    assert counter.balance_minor() == 10_000


def test_an_integrator_reads_that_there_was_no_card(counter: Counter) -> None:
    payment = paid(counter)["checkout"]["payment"]["id"]
    body = told(Caller(counter.programme).get(f"/api/v1/payments/{payment}"))
    assert (body["card"], body["customer"]) == (None, str(counter.wallet.owner.public_id))


def test_the_database_wants_a_card_or_a_reason(counter: Counter) -> None:
    counter.paid()
    row = Payment.objects.get()
    for changes in ({"card": None}, {"without_card": "lost"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Payment.objects.filter(pk=row.pk).update(**changes)


def test_the_books_agree(counter: Counter) -> None:
    counter.ask("till_confirm", payment=paid(counter)["checkout"]["payment"]["id"])
    assert [check.fault(programme_id=counter.programme.id) for check in CHECKS] == [None] * len(CHECKS)
