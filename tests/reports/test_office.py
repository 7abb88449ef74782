"""The office's start page and its audit trail."""

import ast
import csv
import re
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.utils import timezone
from openpyxl import load_workbook

import groat
from groat.catalogue import actions as catalogue
from groat.customers import actions as customers
from groat.customers.queries import wallet_of
from groat.programmes.models import Role
from groat.reports import queries, traces
from groat.till import actions as till
from groat.topups import actions as topups
from tests import factories
from tests.offices import Office, just_now, paid, queries_of, text

pytestmark = pytest.mark.django_db


# ---- Today ----


def test_a_new_programme_is_led_to_its_first_payment_step_by_step():
    office = Office()
    steps = []

    def step() -> None:
        page = text(office.get("office"))
        steps.append((page.count('class="is-done"'), "button-primary" in page))

    step()
    site = factories.a_site(programme=office.programme)
    step()
    factories.a_till(site=site)
    step()
    factories.a_product(category=factories.a_category(programme=office.programme))
    step()
    jana = office.a_customer()
    step()
    assert steps == [(0, True), (1, True), (2, True), (3, True), (4, True)]

    factories.a_card(wallet=wallet_of(jana))
    assert "All is ready for the first payment" in text(office.get("office"))


def test_who_only_reads_is_not_asked_to_set_anything_up():
    office = Office(role=Role.ACCOUNTANT)

    page = text(office.get("office"))

    assert "The programme is being set up." in page
    assert office.url("site_new") not in page


def test_a_cashier_is_sent_to_the_till():
    office = Office(role=Role.CASHIER)

    assert office.get("office")["Location"] == office.url("tills")


@pytest.fixture
def open_office() -> Office:
    """The office of a programme that has all it needs."""
    office = Office()
    factories.a_product(category=factories.a_category(programme=office.programme))
    factories.a_till(programme=office.programme)
    return office


def test_the_start_page_counts_today_and_what_is_owed(open_office: Office):
    jana = open_office.a_customer(name="Jana", credit_minor=50_000)
    debtor = open_office.a_customer(name="Petr", floor_minor=-50_000)
    payment = open_office.a_payment(jana, amount_minor=4_000)
    open_office.a_payment(debtor, amount_minor=7_000)
    till.refund(payment=payment, amount_minor=1_000, deed=just_now())
    topups.top_up(wallet=wallet_of(jana), bought_minor=20_000, paid_minor=19_000, deed=just_now())

    page = text(open_office.get("office"))

    assert "100.00 Kč" in page  # 40 and 70 paid, 10 given back
    assert "2 payments" in page
    assert "CZK 190.00" in page
    assert "1 top-up" in page
    assert "670.00 Kč" in page  # Jana's
    assert "70.00 Kč" in page  # Petr's debt
    assert "Partly refunded" in page


def test_a_busy_day_takes_as_many_queries_as_a_quiet_one(open_office: Office):
    jana, token = open_office.a_customer(credit_minor=500_000), factories.a_token()
    factories.a_card(wallet=wallet_of(jana), token=token)
    counter = factories.a_till(programme=open_office.programme)
    paid(wallet=wallet_of(jana), token=token, till=counter, amount_minor=100)
    quiet = queries_of(lambda: open_office.get("office"))
    for _again in range(10):
        paid(wallet=wallet_of(jana), token=token, till=counter, amount_minor=100)
        topups.top_up(wallet=wallet_of(open_office.a_customer()), bought_minor=100, deed=just_now())

    assert queries_of(lambda: open_office.get("office")) == quiet


# ---- The audit trail ----


def noted_by(call: ast.Call) -> set[str]:
    """What stands as a text in the call of something that notes, and is a noun and what was done to it."""
    name = ast.unparse(call.func)
    if "audit" not in name and "note" not in name:
        return set()
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    texts = [node.value for one in given for node in ast.walk(one) if isinstance(node, ast.Constant)]
    return {text for text in texts if isinstance(text, str) and re.fullmatch(r"[a-z_]+\.[a-z_]+", text)}


def test_every_action_that_is_noted_has_its_words():
    trees = [ast.parse(file.read_text()) for file in Path(groat.__file__).parent.rglob("*.py")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    noted = set().union(*map(noted_by, calls))

    assert len(noted) > 40
    assert noted <= traces.ACTIONS


def test_the_trail_says_who_did_what_when_and_from_where():
    office = Office()
    jana = office.a_customer(name="Jana", credit_minor=50_000)
    payment = office.a_payment(jana)
    till.refund(payment=payment, deed=just_now(office.staff))
    office.client.post(
        office.url("adjust", customer=jana),
        {"request_key": "some-key-1", "direction": "give", "amount": "5", "reason": "Apology"},
        REMOTE_ADDR="203.0.113.9",
    )

    page = text(office.get("audit"))

    assert "Opened an account for Jana" in page
    assert "Topped up Jana by 500.00 Kč" in page
    assert "Took a payment of 45.00 Kč from Jana at Counter" in page
    assert "Gave back 45.00 Kč of a payment of Jana at Counter" in page
    assert "Adjusted the balance of Jana by 5.00 Kč: “Apology”" in page
    assert "Marta Manager" in page
    assert "203.0.113.9" in page
    assert "192.0.2.7" in page
    assert (
        page.index("Adjusted")
        < page.index("Gave back")
        < page.index("Took a payment")
        < page.index("Opened an account")
    )


@pytest.mark.parametrize(("language", "quoted"), [("en", "“Apology”"), ("cs", "„Apology“"), ("sk", "„Apology“")])
def test_a_reason_is_quoted_as_the_language_quotes(language: str, quoted: str):
    office = Office()
    jana = office.a_customer()
    customers.adjust(wallet=wallet_of(jana), amount_minor=500, reason="Apology", deed=just_now(office.staff))

    pages = [office.url("audit"), office.url("customer", customer=jana)]
    shown = [text(office.client.get(page, headers={"Accept-Language": language})) for page in pages]

    assert [quoted in page for page in shown] == [True, True]


def test_the_trail_words_details():
    office = Office(role=Role.OWNER)
    jana = office.a_customer(name="Jana")
    customers.set_floor(wallet=wallet_of(jana), floor_minor=-15_000, deed=just_now(office.staff))
    product = factories.a_product(category=factories.a_category(programme=office.programme), name="100% juice")
    catalogue.withdraw(product=product, deed=just_now(office.staff))
    eva = factories.some_staff("cashier", programme=office.programme, name="Eva")
    office.post("staff_role", {"role": "accountant"}, member=eva)

    page = text(office.get("audit"))

    assert "Set the minimum balance of Jana to −150.00 Kč" in page
    assert "Took 100% juice off the tills" in page
    assert "Took Eva onto the staff (Cashier)" in page
    assert "Changed the role of Eva (now Accountant)" in page


def test_the_trail_is_searched_by_names_of_both_sides():
    office = Office()
    jana, petr = office.a_customer(name="Jana", credit_minor=50_000), office.a_customer(name="Petr")
    office.a_payment(jana)
    customers.adjust(wallet=wallet_of(petr), amount_minor=100, reason="x", deed=just_now(office.staff))

    def found(text_typed: str) -> str:
        return text(office.get("audit", {"q": text_typed}, fragment="rows"))

    assert "Took a payment" in found("jana")
    assert "Petr" not in found("jana")
    assert "Adjusted the balance of Petr" in found("marta")
    assert "Took a payment" not in found("marta")
    assert "Nothing of that kind" in found("nobody-at-all")


def test_the_trail_is_narrowed_to_a_kind_and_to_days():
    office = Office()
    jana = office.a_customer(name="Jana", credit_minor=50_000)
    office.a_payment(jana)
    factories.a_site(programme=office.programme, name="Annex")
    # Whatever day it is where the programme is.
    yesterday, soon = timezone.localdate() - timedelta(days=1), timezone.localdate() + timedelta(days=2)

    def found(**asked: object) -> str:
        return text(office.get("audit", {key: str(value) for key, value in asked.items()}, fragment="rows"))

    assert "Took a payment" in found(topic="money")
    assert "Annex" not in found(topic="money")
    assert "Added the site Annex" in found(topic="programme")
    assert "Took a payment" not in found(topic="programme")
    assert "Opened an account for Jana" in found(topic="customers")
    assert "Took a payment" in found(since=yesterday, until=soon)
    assert "Nothing of that kind" in found(since=soon)
    assert "Took a payment" in found(topic="no such thing", since="yesterday or so")


def test_each_action_belongs_to_one_kind():
    nouns = [noun for found in traces.NOUNS.values() for noun in found]

    assert sorted(nouns) == sorted({action.partition(".")[0] for action in traces.ACTIONS})


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_the_trail_is_taken_along_as_a_file(file_format: str):
    office = Office()
    factories.a_site(programme=office.programme, name="Annex")

    answer = office.get("audit_file", {"q": "Annex"}, file_format=file_format)

    assert answer.headers["Content-Disposition"].startswith('attachment; filename="audit-')
    if file_format == "xlsx":
        sheet = load_workbook(BytesIO(answer.content)).active
        assert sheet is not None
        lines: list[list[object]] = [[cell.value for cell in row] for row in sheet.iter_rows()]
    else:
        lines = [list(row) for row in csv.reader(StringIO(answer.content.decode("utf-8-sig")))]
    assert lines[0] == ["When", "Who", "What", "From which address"]
    assert [line[2] for line in lines[1:]] == ["Added the site Annex"]


def test_the_trail_is_no_pdf():
    assert Office().get("audit_file", file_format="pdf").status_code == 404


def test_nothing_of_another_programme_is_in_the_trail():
    office, other = Office(), Office()
    jana = other.a_customer(name="Jana Odjinud", credit_minor=50_000)
    till.refund(payment=other.a_payment(jana), deed=just_now())

    assert "Odjinud" not in text(office.get("audit"))


def test_the_trail_goes_on_page_by_page_with_nothing_lost_and_nothing_twice():
    office = Office()
    jana = office.a_customer(credit_minor=900_000)
    for _again in range(20):
        till.refund(payment=office.a_payment(jana, amount_minor=100), deed=just_now())

    everything = queries.trail(programme_id=office.programme.id, before=None, limit=10_000)
    seen: list[int] = []
    before = None
    while page := queries.trail(programme_id=office.programme.id, before=before, limit=7):
        seen += [trace.id for trace in page]
        before = seen[-1]

    assert seen == [trace.id for trace in everything]
    assert len(seen) == len(set(seen)) > 60
    assert queries_of(lambda: office.get("audit")) <= 9
    cursor = office.get("audit").context["next_cursor"]
    assert office.get("audit", {"cursor": cursor}).status_code == 200
    assert timezone.now() > everything[-1].at
