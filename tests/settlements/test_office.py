"""The office's pages about customers who pay later."""

from datetime import timedelta

import pytest
from django.utils import timezone

from groat.customers import groups
from groat.customers.queries import wallet_of
from groat.programmes.models import Role
from groat.settlements import queries
from groat.settlements.models import AccountTerms, Settlement, Statement, StatementRun
from groat.settlements.rules import Month, Terms
from tests import factories
from tests.offices import Office, just_now, queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    return Office()


def last_month() -> Month:
    """As the form offers it first."""
    return Month.of(timezone.localdate()).before()


def test_an_office_where_nobody_pays_later_is_told_what_that_is(office: Office):
    page = office.get("accounts").content.decode()

    assert "Nobody pays later yet" in page
    assert office.url("groups") in page


def test_the_month_so_far_is_told_by_group(office: Office):
    acme = groups.add_group(programme=office.programme, name="Acme", floor_minor=-100_000, deed=just_now())
    wallet = factories.a_wallet(programme=office.programme, group=acme)
    factories.a_debt(wallet, 12_345, now=timezone.now())

    answer = office.get("accounts")

    assert answer.context["so_far"] == [{"group": acme, "people": 1, "spent_minor": 12_345, "owed_minor": 12_345}]
    assert "123.45" in answer.content.decode()


def test_statements_of_a_month_are_made_once_and_shown(office: Office):
    customer = office.a_customer(floor_minor=-100_000)
    _start, end = last_month().span(time_zone=office.programme.time_zone)
    factories.a_debt(wallet_of(customer), 5_000, now=end - timedelta(days=3))
    assert office.get("accounts").context["missing"] == 1
    typed = {"month": last_month().first.isoformat()[:7], "group": ""}

    answers = [office.post("statements_make", typed, key="same-form-twice") for _turn in range(2)]

    run = StatementRun.objects.get()
    assert [answer.headers["Location"] for answer in answers] == [office.url("statement_run", run=run)] * 2
    page = office.get("statement_run", run=run)
    assert [(row["customer"], row["unpaid_minor"]) for row in page.context["rows"]] == [(customer, 5_000)]
    assert office.get("accounts").context["missing"] == 0
    again = office.post("statements_make", typed)
    assert again.status_code == 422
    assert "No statement of that month is missing" in again.content.decode()


def test_debts_are_settled_all_at_once_and_taken_back(office: Office):
    run = factories.some_statements(programme=office.programme, owing=3)
    assert office.get("run_settle", run=run).context["unpaid_minor"] == 13_500

    answers = [
        office.post("run_settle", {"way": "wages", "note": "October’s wages"}, key="same-form-twice", run=run)
        for _turn in range(2)
    ]

    settlement = Settlement.objects.get()
    assert {answer.headers["Location"] for answer in answers} == {office.url("settlement", settlement=settlement)}
    assert (settlement.paid_minor, settlement.people, settlement.note) == (13_500, 3, "October’s wages")
    assert "Deducted from wages" in office.get("statement_run", run=run).content.decode()
    assert office.get("settlement_undo", settlement=settlement).status_code == 200
    office.post("settlement_undo", {"reason": "Wrong month"}, settlement=settlement)
    assert office.get("run_settle", run=run).context["unpaid_minor"] == 13_500


def test_one_person_settles_a_part(office: Office):
    run = factories.some_statements(programme=office.programme, owing=2)
    first, second = run.statements.order_by("id")
    query = f"?statement={first.public_id}"
    form = office.get("run_settle", {"statement": str(first.public_id)}, run=run).context["form"]
    assert form.fields["amount"].initial == 4_500

    too_much = {"statement": str(first.public_id), "way": "bank", "amount": "45.01"}
    refused = office.post("run_settle", too_much, query=query, run=run)
    assert refused.status_code == 422
    assert "Only 45.00" in refused.content.decode()
    office.post("run_settle", too_much | {"amount": "20"}, query=query, run=run)

    left = queries.unpaid([first, second])
    assert left == {first.id: 2_500, second.id: 4_500}


def test_a_statement_of_elsewhere_cannot_be_chosen(office: Office):
    run = factories.some_statements(programme=office.programme)
    other = factories.some_statements().statements.get()

    answer = office.post("run_settle", {"statement": str(other.public_id), "way": "bank"}, run=run)

    assert answer.status_code == 422
    assert not Settlement.objects.exists()


def test_a_statement_tells_what_was_bought_day_by_day(office: Office):
    customer = office.a_customer(floor_minor=-100_000)
    payment = office.a_payment(customer)
    run = factories.some_statements(programme=office.programme)
    statement = run.statements.get()
    Statement.objects.filter(pk=statement.pk).delete()
    own = Statement.objects.create(
        id=statement.id,
        programme=office.programme,
        run=run,
        month=run.month,
        wallet=wallet_of(customer),
        since_sequence=0,
        until_sequence=1,
        opening_minor=0,
        spent_minor=payment.amount_minor,
        topped_up_minor=0,
        corrected_minor=0,
        closing_minor=-payment.amount_minor,
        due_on=statement.due_on,
        is_open=True,
    )

    slip = office.get("statement", statement=own).context["slip"]

    assert slip.place == customer.name
    (line,) = slip.parts[1].lines
    assert (line.name, line.value) == ("Espresso", "−45.00\N{NO-BREAK SPACE}Kč")
    assert line.detail.endswith(payment.till.site.name)
    pdf = office.get("statement_pdf", statement=own)
    assert pdf.content.startswith(b"%PDF")
    assert pdf.headers["Content-Disposition"].startswith('attachment; filename="jana-novakova')


def test_the_payroll_gets_what_is_unpaid_by_now_with_formulas_defused(office: Office):
    first = office.a_customer(name="=HYPERLINK(1)", identifier="@12", floor_minor=-100_000)
    factories.a_debt(wallet_of(first), 125_50, now=factories.NOW - timedelta(days=20))
    run = factories.some_statements(programme=office.programme)

    table = office.get("run_payroll", run=run).content.decode("utf-8-sig").splitlines()
    with_points = office.get("run_payroll", {"decimals": "point"}, run=run).content.decode("utf-8-sig").splitlines()

    assert table[:2] == ["identifier;name;month;amount", "'@12;'=HYPERLINK(1);2026-02;125,50"]
    assert with_points[1] == "'@12,'=HYPERLINK(1),2026-02,125.50"
    assert len(table) == 3
    assert office.get("run_pdf", run=run).content.startswith(b"%PDF")


def test_terms_are_agreed_for_everybody_and_for_a_group(office: Office):
    acme = groups.add_group(programme=office.programme, name="Acme", floor_minor=-100_000, deed=just_now())
    office.post("account_terms_all", {"due_days": "10", "reminder_days": "7 0;−3"})
    office.post(
        "account_terms_group", {"due_days": "30", "block_days": "5", "sends_statements": "on"}, customer_group=acme
    )

    assert queries.all_terms(programme_id=office.programme.id) == {
        None: Terms(10, None, (-3, 0, 7)),
        acme.pk: Terms(30, 5, (), True),
    }
    page = office.get("account_terms").content.decode()
    assert "-3, 0, 7" in page
    refused = office.post("account_terms_all", {"due_days": "10", "reminder_days": "soon"})
    assert "Write whole numbers" in refused.content.decode()
    assert AccountTerms.objects.count() == 2


def test_a_customers_page_tells_of_statements_and_of_what_is_overdue(office: Office):
    run = factories.some_statements(programme=office.programme)
    statement = run.statements.get()

    page = office.get("customer", customer=statement.wallet.owner).content.decode()

    assert office.url("statement", statement=statement) in page
    assert "unpaid, due on" in page


def test_an_accountant_reads_and_is_offered_nothing_to_do():
    office = Office(role=Role.ACCOUNTANT)
    run = factories.some_statements(programme=office.programme)

    pages = [office.get("accounts"), office.get("statement_run", run=run)]

    assert [page.status_code for page in pages] == [200, 200]
    assert not any(office.url("run_settle", run=run) in page.content.decode().split("<form")[0] for page in pages)
    assert office.get("run_settle", run=run).status_code == 403


@pytest.mark.parametrize("name", ["accounts", "statement_run"])
def test_a_page_asks_as_much_for_fifty_as_for_one(office: Office, name: str):
    few = Office()
    one = factories.some_statements(programme=few.programme)
    many = factories.some_statements(programme=office.programme, owing=50)

    def asks(place: Office, run: StatementRun) -> int:
        return queries_of(lambda: place.get(name, run=run) if name == "statement_run" else place.get(name))

    assert asks(few, one) == asks(office, many)
