"""The office's reports: on the page, as files, and what is behind their figures."""

import csv
from functools import partial
from io import BytesIO, StringIO
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from groat.customers import actions as customers
from groat.customers.queries import wallet_of
from groat.drawers import actions as drawers
from groat.ledger.core.accounts import Tally
from groat.programmes import actions as programmes
from groat.programmes.models import Role
from groat.reports.told import REPORTS
from groat.till import actions as till
from groat.topups import actions as topups
from tests import factories
from tests.offices import Answer, Office, just_now, queries_of, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    """The office of an accountant, in a programme in which a little of everything happened today."""
    office = Office(role=Role.ACCOUNTANT)
    jana, petr = office.a_customer(name="=Jana"), office.a_customer(name="Petr", floor_minor=-50_000)
    topups.top_up(wallet=wallet_of(jana), bought_minor=20_000, bonus_minor=2_000, paid_minor=20_000, deed=just_now())
    payment = office.a_payment(jana)
    office.a_payment(petr, amount_minor=700)
    till.refund(payment=payment, amount_minor=1_000, deed=just_now())
    customers.adjust(wallet=wallet_of(jana), amount_minor=500, reason="sorry", deed=just_now())
    return office


def cells(response: Answer) -> list[list[str]]:
    """The table of a page, as it is read."""
    return [[cell["text"].replace("\N{NO-BREAK SPACE}", " ") for cell in line] for line in response.context["lines"]]


def totals(response: Answer) -> list[str]:
    return [cell["text"].replace("\N{NO-BREAK SPACE}", " ") for cell in response.context["totals"]]


def test_every_report_is_one_click_from_their_list(office: Office) -> None:
    programmes.change_programme(programme=office.programme, vat_rate=2_100, deed=factories.a_deed())
    page = text(office.get("reports"))
    assert [slug for slug in REPORTS if office.url("report", report=slug) not in page] == []


@pytest.mark.parametrize("slug", list(REPORTS))
def test_a_report_tells_its_period_and_says_when_there_is_nothing_in_it(office: Office, slug: str) -> None:
    nothing = {"period": "dates", "since": "2020-01-01", "until": "2020-01-31"}
    assert office.get("report", {"period": "today"}, report=slug).status_code == 200
    page = text(office.get("report", nothing, report=slug))
    assert "Jan. 1, 2020 – Jan. 31, 2020" in page or "1 January 2020" in page
    assert slug == "liability" or "Nothing in this period" in page


def test_sales_by_product_sum_to_what_was_paid_less_what_was_given_back(office: Office) -> None:
    page = office.get("report", {"period": "today"}, report="sales-by-product")
    assert cells(page) == [
        ["Espresso", "1", "10.00 Kč", "0.00 Kč", "35.00 Kč", "CZK 31.82"],
        ["Free amount", "1", "0.00 Kč", "0.00 Kč", "7.00 Kč", "CZK 7.00"],
    ]
    assert totals(page) == ["Together", "2", "10.00 Kč", "0.00 Kč", "42.00 Kč", "CZK 38.82"]


@pytest.mark.parametrize("slug", [slug for slug in REPORTS if slug.startswith("sales-by-")])
def test_however_sales_are_grouped_they_sum_to_the_same(office: Office, slug: str) -> None:
    page = office.get("report", {"period": "today"}, report=slug)
    assert totals(page)[1:] == ["2", "10.00 Kč", "0.00 Kč", "42.00 Kč", "CZK 38.82"]


def test_a_figure_opens_what_is_behind_it(office: Office) -> None:
    for slug in (slug for slug in REPORTS if slug.startswith("sales-by-")):
        page = office.get("report", {"period": "today"}, report=slug)
        line = page.context["lines"][0]
        (url,) = {cell["url"] for cell in line if cell["url"]}
        behind: Answer = office.client.get(url)
        amounts = [row.values[5] for row in behind.context["table"].lines]
        assert sum(amounts) == page.context["table"].lines[0].values[4], slug


def test_top_ups_are_told_by_how_they_were_paid(office: Office) -> None:
    jana = office.a_customer()
    made = topups.top_up(wallet=wallet_of(jana), bought_minor=1_000, paid_minor=1_000, means="card", deed=just_now())
    topups.reverse_top_up(top_up=made, amount_minor=400, reason="a slip", deed=just_now())
    page = office.get("report", {"period": "today"}, report="top-ups")
    assert cells(page) == [
        ["Cash", "1", "200.00", "0", "0.00", "200.00", "200.00", "20.00"],
        ["Payment card", "1", "10.00", "1", "4.00", "6.00", "6.00", "0.00"],
    ]


def test_liability_goes_from_opening_to_closing(office: Office) -> None:
    page = office.get("report", {"period": "today"}, report="liability")
    ((_name, opening, sold, bonus, right, off, spent, expired, closing),) = cells(page)
    assert [opening, sold, bonus, right, off, spent, expired, closing] == [
        "0.00",
        "200.00",
        "20.00",
        "5.00",
        "0.00",
        "−42.00",
        "0.00",
        "183.00",
    ]


def test_a_year_of_liability_is_told_by_months(office: Office) -> None:
    page = office.get("report", {"since": "2025-11-15", "until": "2026-02-03"}, report="liability")
    assert len(page.context["lines"]) == 4


def test_vat_is_told_by_rate(office: Office) -> None:
    programmes.change_programme(programme=office.programme, vat_rate=2_100, deed=factories.a_deed())
    office.a_payment(office.a_customer(credit_minor=20_000), amount_minor=12_100)
    page = office.get("report", {"period": "today"}, report="vat")
    assert cells(page) == [
        ["21 %", "CZK 121.00", "CZK 100.00", "CZK 21.00"],
        ["No VAT charged", "CZK 38.82", "CZK 38.82", "CZK 0.00"],
    ]


def test_the_cash_book_says_which_drawers_were_wrong(office: Office) -> None:
    drawer = drawers.open_drawer(till=factories.a_till(programme=office.programme), float_minor=5_000, deed=just_now())
    drawers.close_drawer(till=drawer.till, counted_minor=4_900, deed=just_now())
    page = office.get("report", {"period": "today"}, report="cash-book")
    assert totals(page)[-1] == "−1.00"


def test_a_report_answers_to_what_it_is_narrowed_to(office: Office) -> None:
    site = factories.a_site(programme=office.programme, sector="gym")
    elsewhere = factories.a_till(site=site)
    office.a_payment(office.a_customer(credit_minor=9_000), till=elsewhere, amount_minor=300)
    for place in (f"site-{site.public_id}", "sector-gym", f"till-{elsewhere.public_id}"):
        page = office.get("report", {"period": "today", "place": place}, report="sales-by-product")
        assert totals(page)[4] == "3.00 Kč"
    nobody = factories.some_staff(programme=office.programme)
    page = office.get("report", {"period": "today", "who": str(nobody.public_id)}, report="sales-by-product")
    assert cells(page) == []
    page = office.get("report", {"period": "today", "what": "product-none"}, report="sales-by-site")
    assert sorted(line[4] for line in cells(page)) == ["3.00 Kč", "7.00 Kč"]


def test_nonsense_in_the_address_filters_nothing(office: Office) -> None:
    page = office.get(
        "report", {"period": "x", "since": "y", "place": "site-1", "what": "z", "who": "%"}, report="sales-by-product"
    )
    assert totals(page)[4] == "42.00 Kč"


def test_an_unknown_report_or_format_or_account_is_not_found(office: Office) -> None:
    assert office.get("report", report="nonsense").status_code == 404
    assert office.get("report_file", report="vat", file_format="exe").status_code == 404
    assert office.get("entries_file", file_format="exe").status_code == 404
    assert office.get("entries", {"account": "7"}).status_code == 404
    others = factories.a_wallet()
    assert office.get("entries", {"account": str(others.public_id)}).status_code == 404


# ---- Statements ----


def test_the_statement_of_a_tally_opens_and_closes(office: Office) -> None:
    page = office.get("entries", {"account": str(int(Tally.REVENUE)), "period": "today"})
    assert [line[5:] for line in cells(page)] == [
        ["−10.00 Kč", "42.00 Kč"],
        ["7.00 Kč", "52.00 Kč"],
        ["45.00 Kč", "45.00 Kč"],
    ]
    assert [value.replace("\N{NO-BREAK SPACE}", " ") for _name, value in page.context["table"].tops] == [
        "0.00 Kč",
        "42.00 Kč",
        "42.00 Kč",
    ]


def test_the_statement_of_a_wallet_tells_its_movements(office: Office) -> None:
    jana = office.a_customer(name="Jana", credit_minor=1_000)
    office.a_payment(jana, amount_minor=300)
    page = office.get("entries", {"account": str(wallet_of(jana).public_id), "period": "year"})
    assert "Statement: Jana" in text(page)
    assert [line[5] for line in cells(page)] == ["−3.00 Kč", "10.00 Kč"]


def test_a_long_statement_is_paged(office: Office) -> None:
    jana = office.a_customer(credit_minor=1_000)
    for _number in range(51):
        office.a_payment(jana, amount_minor=1)
    page = office.get("entries", {"period": "today"})
    assert (len(page.context["lines"]), page.context["next_cursor"] is None) == (50, False)
    rest = office.get("entries", {"period": "today", "cursor": page.context["next_cursor"]}, fragment="rows")
    assert len(rest.context["lines"]) == 4


def test_queries_do_not_depend_on_the_rows(office: Office) -> None:
    def counts() -> dict[str, int]:
        asked: dict[str, Any] = {"period": "today"}
        found = {slug: queries_of(partial(office.get, "report", asked, report=slug)) for slug in REPORTS}
        return found | {"entries": queries_of(partial(office.get, "entries", asked))}

    few = counts()
    jana = office.a_customer(credit_minor=9_000)
    for number in range(5):
        payment = office.a_payment(jana, till=factories.a_till(programme=office.programme, name=f"Till {number}"))
        till.refund(payment=payment, deed=just_now())
    assert counts() == few


# ---- Files ----


def test_a_csv_has_the_lines_of_the_page_and_computes_nothing(office: Office) -> None:
    answer = office.get("entries_file", {"period": "today", "account": "2"}, file_format="csv")
    rows = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))
    assert answer["Content-Disposition"].startswith('attachment; filename="entries-')
    assert rows[0][:3] == ["When", "What", "Customer, reason"]
    assert rows[1][2:7] == ["'=Jana", "", "The system itself", "200.00", "200.00"]


def test_a_csv_in_czech_is_as_a_czech_spreadsheet_wants_it(office: Office) -> None:
    answer = office.client.get(
        office.url("report_file", report="top-ups", file_format="csv"), headers={"Accept-Language": "cs"}
    )
    assert ";200,00;" in answer.content.decode("utf-8-sig")


def test_a_workbook_has_numbers_for_numbers(office: Office) -> None:
    answer = office.get("report_file", {"period": "today"}, report="sales-by-product", file_format="xlsx")
    sheet = load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[1] == ("Espresso", 1, 10, 0, 35, 31.82)
    assert rows[-1] == ("Together", 2, 10, 0, 42, 38.82)


def test_a_pdf_tells_the_same(office: Office) -> None:
    answer = office.get("report_file", {"period": "today"}, report="sales-by-product", file_format="pdf")
    said = PdfReader(BytesIO(answer.content)).pages[0].extract_text()
    assert ("Sales by product" in said, "Espresso" in said, "42.00" in said) == (True, True, True)


def test_a_file_of_an_empty_period_says_so(office: Office) -> None:
    nothing = {"period": "dates", "since": "2020-01-01", "until": "2020-01-31"}
    answer = office.get("report_file", nothing, report="sales-by-product", file_format="pdf")
    assert "Nothing was sold" in PdfReader(BytesIO(answer.content)).pages[0].extract_text()
