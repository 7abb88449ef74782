"""The office's pages about payments."""

from uuid import uuid4

import pytest
from django.utils import timezone

from groat.customers.queries import wallet_of
from groat.ledger import queries as ledger
from groat.programmes import actions as programmes
from groat.till import actions
from groat.till import office as till_office
from groat.till.models import Payment, PaymentState, Refund
from tests import factories
from tests.offices import Office, just_now, paid, queries_of, text, toasts

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    return Office()


# ---- The list ----


def test_payments_are_chosen_by_till_by_day_and_by_state(office: Office):
    bar, terrace = (factories.a_till(programme=office.programme, name=name) for name in ("Bar", "Terrace"))
    office.a_payment(office.a_customer(name="Adam", credit_minor=9_000), till=bar)
    back = office.a_payment(office.a_customer(name="Berta", credit_minor=9_000), till=terrace)
    Payment.objects.filter(pk=back.pk).update(state=PaymentState.CANCELLED)
    today = timezone.localdate(timezone=timezone.get_fixed_timezone(60)).isoformat()

    def shown(**query: str) -> list[str]:
        rows = text(office.get("payments", query))
        return [name for name in ("Adam", "Berta") if name in rows]

    assert shown() == ["Adam", "Berta"]
    assert shown(till=str(bar.public_id)) == ["Adam"]
    assert shown(state="cancelled") == ["Berta"]
    assert shown(day="2026-01-01") == []
    assert shown(day=today, till=str(terrace.public_id)) == ["Berta"]
    assert shown(till="nonsense", day="nonsense", state="nonsense") == ["Adam", "Berta"]


def test_a_day_of_payments_is_a_day_at_the_merchants_place():
    office = Office(programme=factories.a_programme(time_zone="Pacific/Auckland"))
    payment = office.a_payment(office.a_customer(name="Adam", credit_minor=9_000))
    # 11:30 in the evening of the 14th in UTC is the 15th there.
    Payment.objects.filter(pk=payment.pk).update(at=factories.NOW.replace(hour=23))

    assert "Adam" in text(office.get("payments", {"day": "2026-03-15"}))
    assert "No such payment" in text(office.get("payments", {"day": "2026-03-14"}))


def test_fifty_payments_take_as_many_queries_as_one_and_the_next_page_has_the_rest(office: Office):
    jana, till, token = (
        office.a_customer(credit_minor=900_000),
        factories.a_till(programme=office.programme),
        "04A1B2C3D4E5F6",
    )
    factories.a_card(wallet=wallet_of(jana), token=token)
    paid(wallet=wallet_of(jana), token=token, till=till, amount_minor=100)
    alone = queries_of(lambda: office.get("payments"))
    for number in range(50):
        paid(wallet=wallet_of(jana), token=token, till=till, amount_minor=101 + number)

    assert queries_of(lambda: office.get("payments")) == alone
    first = office.get("payments")
    assert text(first).count("row-link") == 50
    rest = office.get("payments", {"cursor": first.context["next_cursor"]}, fragment="rows")
    assert text(rest).count("row-link") == 1
    assert "1.00 Kč" in text(rest)


# ---- One payment ----


def test_a_payment_says_what_was_bought_by_whom_and_what_came_back(office: Office):
    jana = office.a_customer(name="Jana", credit_minor=9_000)
    payment = office.a_payment(jana)
    actions.refund(payment=payment, amount_minor=1_000, reason="half cold", deed=just_now(office.staff))

    page = text(office.get("payment", payment=payment))

    for said in (
        "Espresso",
        "45.00 Kč",
        "Jana",
        "Counter",
        "Partly refunded",
        "10.00 Kč",
        "half cold",
        "Marta Manager",
    ):
        assert said in page


def test_a_free_amount_is_called_so(office: Office):
    payment = office.a_payment(office.a_customer(credit_minor=9_000), amount_minor=700)

    assert "Free amount" in text(office.get("payment", payment=payment))
    assert till_office.bought(payment.lines) == ""


# ---- Refunds ----


def test_a_payment_is_given_back_into_the_wallet(office: Office):
    jana = office.a_customer(name="Jana", credit_minor=9_000)
    payment = office.a_payment(jana)

    response = office.post("payment_refund", {"amount": "45", "reason": "cold"}, payment=payment)

    assert response["Location"] == office.url("payment", payment=payment)
    assert toasts(response) == ["The credits are back in the wallet of Jana."]
    assert office.balance(jana) == 9_000
    refund = Refund.objects.get(payment=payment)
    assert (refund.amount_minor, refund.reason, refund.actor) == (4_500, "cold", f"staff:{office.staff.id}")
    page = text(office.get("payment", payment=payment))
    assert "Refunded" in page
    assert office.url("payment_refund", payment=payment) not in page


def test_a_refund_by_a_double_click_is_made_once(office: Office):
    jana = office.a_customer(credit_minor=9_000)
    payment, key = office.a_payment(jana), str(uuid4())

    for _click in range(2):
        response = office.post("payment_refund", {"amount": "10"}, key=key, payment=payment)
        assert response.status_code == 302

    assert office.balance(jana) == 9_000 - 4_500 + 1_000


@pytest.mark.parametrize(
    ("typed", "said"), [("46", "Enter at most 45.00 Kč."), ("0", "Enter at least"), ("", "required")]
)
def test_no_more_is_given_back_than_was_paid(office: Office, typed: str, said: str):
    jana = office.a_customer(credit_minor=9_000)
    payment = office.a_payment(jana)

    response = office.post("payment_refund", {"amount": typed}, payment=payment)

    assert response.status_code == 422
    assert said in text(response)
    assert office.balance(jana) == 4_500


def test_a_payment_that_waits_for_confirmation_cannot_be_given_back():
    office = Office(
        programme=programmes.change_programme(
            programme=factories.a_programme(), confirm_from_minor=1_000, deed=just_now()
        )
    )
    payment = office.a_payment(office.a_customer(credit_minor=9_000))

    response = office.post("payment_refund", {"amount": "45"}, payment=payment)

    assert payment.state == PaymentState.CONFIRMING
    assert response.status_code == 422
    assert "This payment was not made." in text(response)
    assert "Refund" not in text(office.get("payment", payment=payment))


def test_a_confirmed_payment_is_told_on_the_statement_like_any_other():
    programme = programmes.change_programme(
        programme=factories.a_programme(), confirm_from_minor=1_000, deed=just_now()
    )
    office = Office(programme=programme)
    jana = office.a_customer(credit_minor=9_000)
    payment = actions.confirm(payment=office.a_payment(jana), deed=just_now(office.staff))
    actions.refund(payment=payment, amount_minor=500, deed=just_now(office.staff))

    lines = ledger.statement(programme_id=programme.id, wallet=wallet_of(jana).id)
    told = till_office.tell(programme, lines)

    assert [told[line.entry_id].title for line in lines[:2]] == ["Refund: Espresso", "Espresso"]
    assert told[lines[1].entry_id].undo_url == office.url("payment_refund", payment=payment)
