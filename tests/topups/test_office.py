"""The office's pages about selling credits."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from groat.customers.models import Customer
from groat.customers.queries import wallet_of
from groat.ledger import queries as ledger
from groat.topups.expiry.rules import Life, Rule
from groat.topups.models import TopUp
from tests import factories
from tests.offices import Office, text, toasts

pytestmark = pytest.mark.django_db

PERSON = {"name": "Jana Nová", "email": "jana@example.org", "means": "cash"}


@pytest.fixture
def office() -> Office:
    return Office()


# ---- New accounts ----


def test_an_account_is_opened_with_its_first_deposit_and_a_card_is_asked_for_at_once(office: Office):
    typed = PERSON | {"identifier": "E-7", "phone": "601123456", "deposit": "250", "means": "bank", "below": "100"}

    response = office.post("customer_new", typed)

    customer = Customer.objects.get(programme=office.programme)
    assert (customer.name, customer.identifier, customer.phone) == ("Jana Nová", "E-7", "+420601123456")
    assert (office.balance(customer), office.standing(customer).floor_minor) == (25_000, -10_000)
    top_up = TopUp.objects.get(programme=office.programme)
    assert (top_up.bought_minor, top_up.paid_minor, top_up.means) == (25_000, 25_000, "bank")
    assert response["Location"] == office.url("pair", customer=customer) + "?new=1"


def test_an_account_opened_by_a_double_click_is_opened_once(office: Office):
    key = str(uuid4())

    first = office.post("customer_new", PERSON | {"deposit": "250"}, key=key)
    second = office.post("customer_new", PERSON | {"deposit": "250"}, key=key)

    assert first["Location"] == second["Location"]
    assert Customer.objects.filter(programme=office.programme).count() == 1
    assert TopUp.objects.filter(programme=office.programme).count() == 1


def test_an_anonymous_customer_is_known_by_nothing(office: Office):
    office.post("customer_new", PERSON | {"anonymous": "on", "phone": "nonsense", "deposit": "10"})

    customer = Customer.objects.get(programme=office.programme)
    assert (customer.name, customer.email, customer.phone) == ("", "", "")
    assert office.balance(customer) == 1_000


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": ""}, "Enter a name, or tick that the customer is anonymous."),
        ({"email": ""}, "A customer with a name needs an e-mail address or a phone number."),
        ({"phone": "12"}, "“12” is no phone number."),
        ({"deposit": "abc"}, "Enter an amount such as"),
        ({"below": "-5"}, "Enter at least 0.00 Kč."),
        ({"means": "shells"}, "Select a valid choice."),
    ],
)
def test_an_account_that_cannot_be_is_not_opened_and_what_was_typed_stays(
    office: Office, typed: dict[str, str], said: str
):
    response = office.post("customer_new", PERSON | {"note": "window seat", "deposit": "250"} | typed)

    assert response.status_code == 422
    assert said in text(response)
    assert "window seat" in text(response)
    assert not Customer.objects.filter(programme=office.programme).exists()


# ---- Prices while one types ----


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("100", "CZK 110.00"), ("12,5", "CZK 13.75"), ("0.01", "CZK 0.01"), ("", "CZK 1.10"), ("x", "CZK 1.10")],
)
def test_the_price_follows_what_is_typed(typed: str, shown: str):
    office = Office(programme=factories.a_programme(price_minor=110))

    assert shown in text(office.get("price", {"bought": typed}))


# ---- Top-ups ----


def test_a_top_up_in_cash_costs_the_usual_price_and_lasts_as_the_programme_says():
    office = Office(programme=factories.a_programme(expiry=Rule(Life.MONTHS, months=12)))
    jana = office.a_customer()

    response = office.post("top_up", {"bought": "100", "means": "cash", "expires_on": _in_a_year()}, customer=jana)

    top_up = TopUp.objects.get(programme=office.programme)
    assert (top_up.bought_minor, top_up.bonus_minor, top_up.paid_minor, top_up.means) == (10_000, 0, 10_000, "cash")
    assert top_up.expires_at is not None
    assert 360 < (top_up.expires_at - timezone.now()).days < 368
    assert toasts(response) == ["100.00 Kč were added."]


def _in_a_year() -> str:
    today = timezone.localdate()
    return (today.replace(year=today.year + 1) if (today.month, today.day) != (2, 29) else today).isoformat()


def test_a_manager_adds_a_bonus_another_price_and_another_expiry(office: Office):
    jana = office.a_customer()

    office.post(
        "top_up",
        {"bought": "100", "means": "card", "bonus": "10", "paid": "95", "expires_on": "2031-07-01"},
        customer=jana,
    )

    top_up = TopUp.objects.get(programme=office.programme)
    assert (top_up.bought_minor, top_up.bonus_minor, top_up.paid_minor) == (10_000, 1_000, 9_500)
    assert top_up.expires_at == datetime(2031, 7, 1, 21, 59, 59, tzinfo=UTC)
    assert office.balance(jana) == 11_000


def test_without_a_day_the_credits_do_not_expire():
    office = Office(programme=factories.a_programme(expiry=Rule(Life.MONTHS, months=12)))

    office.post("top_up", {"bought": "100", "means": "cash", "expires_on": ""}, customer=office.a_customer())

    assert TopUp.objects.get(programme=office.programme).expires_at is None


def test_a_top_up_by_a_double_click_is_made_once(office: Office):
    jana, key = office.a_customer(), str(uuid4())

    for _click in range(2):
        office.post("top_up", {"bought": "100", "means": "cash"}, key=key, customer=jana)

    assert office.balance(jana) == 10_000


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"bought": "0"}, "Enter at least 0.01 Kč."),
        ({"bought": ""}, "This field is required."),
        ({"expires_on": "2020-01-01"}, "must lie in the future"),
        ({"paid": "-1"}, "Enter at least"),
        ({"bonus": "much"}, "Enter an amount such as"),
    ],
)
def test_a_top_up_that_makes_no_sense_is_refused(office: Office, typed: dict[str, str], said: str):
    jana = office.a_customer()

    response = office.post("top_up", {"bought": "100", "means": "cash"} | typed, customer=jana)

    assert response.status_code == 422
    assert said in text(response)
    assert office.balance(jana) == 0


def test_an_expiry_in_the_past_is_told_at_its_field(office: Office):
    response = office.post(
        "top_up", {"bought": "100", "means": "cash", "expires_on": "2020-01-01"}, customer=office.a_customer()
    )

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["expires_on"]
    assert not TopUp.objects.exists()


def test_a_top_up_is_undone_from_its_toast(office: Office):
    jana = office.a_customer()
    office.post("top_up", {"bought": "100", "bonus": "10", "means": "cash"}, customer=jana)
    top_up = TopUp.objects.get(programme=office.programme)
    assert office.url("top_up_undo", top_up=top_up) in text(office.get("customer", customer=jana))

    response = office.post("top_up_undo", top_up=top_up)

    assert toasts(response) == ["The top-up was undone."]
    assert office.balance(jana) == 0
    assert toasts(office.post("top_up_undo", top_up=top_up))[-1] == "This top-up was already taken back."
    assert office.balance(jana) == 0


def test_a_part_of_a_top_up_is_taken_back_with_its_part_of_the_bonus(office: Office):
    jana = office.a_customer()
    top_up = factories.funded(wallet_of(jana), 10_000, bonus_minor=1_000)

    refused = office.post("top_up_reverse", {"amount": "101", "reason": "Moved away"}, top_up=top_up)
    office.post("top_up_reverse", {"amount": "40", "reason": "Moved away"}, top_up=top_up)

    top_up.refresh_from_db()
    assert refused.status_code == 422
    assert "Enter at most 100.00 Kč." in text(refused)
    assert (top_up.reversed_minor, office.balance(jana)) == (4_000, 11_000 - 4_400)
    assert "Partly taken back" in text(office.get("top_up_made", top_up=top_up))


def test_taking_back_what_was_spent_makes_debt(office: Office):
    jana = office.a_customer()
    top_up = factories.funded(wallet_of(jana), 10_000)
    office.a_payment(jana, amount_minor=7_000)

    office.post("top_up_reverse", {"amount": "100", "reason": "Card payment bounced"}, top_up=top_up)

    assert office.balance(jana) == -7_000
    assert "Top-up taken back" in text(office.get("customer", customer=jana))


def test_a_top_up_says_everything_about_itself(office: Office):
    jana = office.a_customer(name="Jana")
    top_up = factories.funded(wallet_of(jana), 10_000, bonus_minor=500, means="bank")

    page = text(office.get("top_up_made", top_up=top_up))

    for said in ("Jana", "100.00 Kč", "5.00 Kč", "CZK 100.00", "Bank transfer", "no expiry"):
        assert said in page


def test_credits_sold_here_are_in_the_books(office: Office):
    jana = office.a_customer()
    office.post("top_up", {"bought": "100", "means": "cash"}, customer=jana)

    (line,) = ledger.statement(programme_id=office.programme.id, wallet=wallet_of(jana).id)
    assert (line.amount_minor, line.actor) == (10_000, f"staff:{office.staff.id}")
    assert abs(line.at - timezone.now()) < timedelta(minutes=1)
