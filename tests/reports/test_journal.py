"""The journal for bookkeeping, and the same for Pohoda."""

import csv
from datetime import timedelta
from io import StringIO
from xml.etree.ElementTree import fromstring

import pytest
from django.utils import timezone

from groat.customers import actions as customers
from groat.customers.queries import wallet_of
from groat.drawers import actions as drawers
from groat.ledger import sweep
from groat.programmes import actions as programmes
from groat.programmes.models import Role
from groat.reports.models import Bookkeeping
from groat.till import actions as till
from groat.topups import actions as topups
from tests import factories
from tests.offices import Answer, Office, just_now, text

pytestmark = pytest.mark.django_db

TODAY = {"period": "today"}
NS = {
    "dat": "http://www.stormware.cz/schema/version_2/data.xsd",
    "int": "http://www.stormware.cz/schema/version_2/intDoc.xsd",
    "typ": "http://www.stormware.cz/schema/version_2/type.xsd",
}


@pytest.fixture
def office() -> Office:
    """A programme that charges VAT, in which a little of everything happened today."""
    office = Office()
    programmes.change_programme(programme=office.programme, vat_rate=2_100, deed=factories.a_deed())
    jana, petr = office.a_customer(name="Jana"), office.a_customer(name="Petr", floor_minor=-50_000)
    topups.top_up(wallet=wallet_of(jana), bought_minor=22_000, bonus_minor=2_200, paid_minor=22_000, deed=just_now())
    topups.top_up(wallet=wallet_of(jana), bought_minor=1_000, paid_minor=1_000, means="bank", deed=just_now())
    payment = office.a_payment(jana, amount_minor=13_310)
    till.refund(payment=payment, amount_minor=1_210, deed=just_now())
    office.a_payment(petr, amount_minor=700)
    customers.write_off(wallet=wallet_of(petr), amount_minor=200, reason="old", deed=just_now())
    drawer = drawers.open_drawer(till=factories.a_till(programme=office.programme), float_minor=5_000, deed=just_now())
    drawers.close_drawer(till=drawer.till, counted_minor=4_900, deed=just_now())
    return office


def journal(office: Office) -> list[dict[str, str]]:
    answer = office.get("report_file", TODAY, report="journal", file_format="csv")
    return list(csv.DictReader(StringIO(answer.content.decode())))


def data_pack(office: Office) -> Answer:
    return office.get("report_file", TODAY, report="journal", file_format="xml")


def test_a_day_is_booked_by_kinds_at_what_was_paid_for_the_credits(office: Office) -> None:
    lines = [(one["kind"], one["debit"], one["credit"], one["amount"], one["vat_rate"]) for one in journal(office)]
    assert lines == [
        ("top_up_cash", "211", "324", "220.00", ""),
        ("top_up_bank", "221", "324", "10.00", ""),
        ("sale", "324", "602", "105.79", "21.00"),
        ("sale", "324", "343", "22.21", "21.00"),
        ("refund", "324", "602", "-9.09", "21.00"),
        ("refund", "324", "343", "-1.91", "21.00"),
        ("written_off", "546", "324", "2.00", ""),
        ("cash_short", "569", "211", "1.00", ""),
    ]


def test_what_expires_is_earned_at_what_was_paid_for_it(office: Office) -> None:
    wallet = factories.a_wallet(programme=office.programme)
    topups.top_up(
        wallet=wallet,
        bought_minor=1_000,
        bonus_minor=1_000,
        paid_minor=900,
        expires_at=timezone.now() + timedelta(seconds=1),
        deed=just_now(),
    )
    sweep.sweep(now=timezone.now() + timedelta(seconds=2), mint=just_now().mint)
    assert [one["amount"] for one in journal(office) if one["kind"] == "expired"] == ["9.00"]


def test_a_documents_number_is_the_same_each_time(office: Office) -> None:
    first = [one["document"] for one in journal(office)]
    assert first == [one["document"] for one in journal(office)]
    assert len(set(first)) == 6


def test_accounts_are_as_the_accountant_wants_them(office: Office) -> None:
    page = text(office.get("bookkeeping"))
    assert 'value="324"' in page
    typed = {
        "company_id": "12345678",
        "eur_rate": "24.5",
        "vat": "343200",
        "sale_credit": "602100",
        "sale_code": "KRED",
    }
    assert office.post("bookkeeping", typed).status_code == 302
    kept = Bookkeeping.objects.get()
    assert kept.accounts == {"vat": ["343200"], "sale": ["", "602100", "KRED"]}
    sale = [(one["debit"], one["credit"]) for one in journal(office) if one["kind"] == "sale"]
    assert sale == [("324", "602100"), ("324", "343200")]
    pack = fromstring(data_pack(office).content)
    assert pack.get("ico") == "12345678"
    assert [code.text for code in pack.iterfind(".//int:accounting/typ:ids", NS)] == ["KRED"]
    wrong = office.post("bookkeeping", {"vat": "<b>", "eur_rate": "-1"})
    assert (wrong.status_code, Bookkeeping.objects.get().accounts) == (422, kept.accounts)


def test_pohoda_gets_internal_documents_in_the_order_of_its_schema(office: Office) -> None:
    answer = data_pack(office)
    assert answer.content.startswith(b'<?xml version="1.0" encoding="windows-1250"?>')
    pack = fromstring(answer.content)
    assert (pack.tag, pack.get("version")) == (f"{{{NS['dat']}}}dataPack", "2.0")
    items = pack.findall("dat:dataPackItem", NS)
    assert len({item.get("id") for item in items}) == len(items) == 6
    sale = items[2].find("int:intDoc", NS)
    assert sale is not None
    header, summary = sale
    assert [child.tag.partition("}")[2] for child in header] == [
        "number",
        "symVar",
        "date",
        "dateTax",
        "dateAccounting",
        "text",
    ]
    home = summary.find("int:homeCurrency", NS)
    assert home is not None
    assert [(child.tag.partition("}")[2], child.text) for child in home] == [
        ("priceNone", "0.00"),
        ("priceHigh", "105.79"),
        ("priceHighVAT", "22.21"),
    ]
    top_up = items[0].find("int:intDoc/int:intDocHeader/int:classificationVAT/typ:classificationVATType", NS)
    assert top_up is not None
    assert top_up.text == "nonSubsume"


def test_names_beyond_windows_1250_are_written_as_references(office: Office) -> None:
    programmes.change_programme(programme=office.programme, name="Fit 健身 & <co>", deed=factories.a_deed())
    pack = fromstring(data_pack(office).content)
    assert "Fit 健身 & <co>" in (pack.get("note") or "")


def test_a_rate_that_pohoda_does_not_know_is_refused_with_a_reason(office: Office) -> None:
    programmes.change_programme(programme=office.programme, vat_rate=1_700, deed=factories.a_deed())
    office.a_payment(office.a_customer(credit_minor=5_000), amount_minor=1_000)
    answer = data_pack(office)
    assert answer.status_code == 302
    assert "Pohoda knows only the rates" in text(office.client.get(answer["Location"]))


def test_an_accountant_reads_the_journal_and_changes_no_account(office: Office) -> None:
    accountant = Office(programme=office.programme, role=Role.ACCOUNTANT)
    page = text(accountant.get("report", TODAY, report="journal"))
    assert ("343" in page, accountant.url("bookkeeping") in page) == (True, False)
    assert accountant.get("bookkeeping").status_code == 403
