"""Bringing customers, and what they did before Groat, along from elsewhere."""

import io
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from groat.customers import groups, import_rules, imports
from groat.customers.import_rules import Kind
from groat.customers.models import Customer, Import, ImportFault, ImportPart, ImportState, PastMovement
from groat.customers.queries import wallet_of
from groat.errors import Refusal
from groat.ledger import queries as ledger
from groat.programmes.models import Programme
from tests import factories
from tests.factories import a_deed
from tests.offices import Office, text

pytestmark = pytest.mark.django_db

PEOPLE = """Jméno;Číslo;E-mail;Telefon;Skupina;Zůstatek;Platnost do
Žaneta Nová;E-1;zaneta@example.org;601 234 567;;450,00;31.12.2027
Petr Dvořák;E-2;;+420602345678;Acme;-120,50;
Jana Malá;E-3;jana@example.org;;;;
"""


def taken(programme: Programme, text: str | bytes, what: str = Kind.CUSTOMERS) -> Import:
    content = text.encode() if isinstance(text, str) else text
    return imports.take_apart(
        programme=programme,
        what=what,
        file=io.BytesIO(content),
        file_name="people.csv",
        size=len(content),
        deed=a_deed(),
    )


def checked(programme: Programme, text: str | bytes, what: str = Kind.CUSTOMERS) -> Import:
    row = taken(programme, text, what)
    imports.check(row=row, mapping=row.mapping, deed=a_deed())
    imports.go_on(deed=a_deed())
    return Import.objects.get(pk=row.pk)


def imported(programme: Programme, text: str | bytes, what: str = Kind.CUSTOMERS) -> Import:
    row = checked(programme, text, what)
    imports.confirm(row=row, deed=a_deed())
    imports.go_on(deed=a_deed())
    return Import.objects.get(pk=row.pk)


def counts(row: Import) -> tuple[int, int, int, int]:
    return row.made, row.changed, row.unchanged, row.refused


def faults(row: Import) -> list[tuple[int, str, str]]:
    return list(ImportFault.objects.filter(of=row).order_by("row").values_list("row", "column", "refusal"))


def balance(customer: Customer) -> int:
    wallet = wallet_of(customer)
    return ledger.balance(programme_id=wallet.programme_id, wallet=wallet.id, now=factories.NOW).posted_minor


def the(identifier: str) -> Customer:
    return Customer.objects.get(identifier=identifier)


@pytest.fixture
def programme() -> Programme:
    programme = factories.a_programme()
    groups.add_group(programme=programme, name="Acme", floor_minor=-50_000, deed=a_deed())
    return programme


# ---- Customers ----


def test_a_table_of_customers_is_checked_without_changing_anything_and_then_imported(programme: Programme):
    row = checked(programme, PEOPLE)
    assert row.mapping == ["name", "identifier", "email", "phone", "group", "opening", "expires_on"]
    assert (row.state, counts(row)) == (ImportState.CHECKED, (3, 0, 0, 0))
    assert not Customer.objects.exists()

    imports.confirm(row=row, deed=a_deed())
    imports.go_on(deed=a_deed())

    row.refresh_from_db()
    assert (row.state, counts(row)) == (ImportState.DONE, (3, 0, 0, 0))
    assert not ImportPart.objects.exists()
    zaneta, petr = the("E-1"), the("E-2")
    assert (zaneta.name, zaneta.phone, zaneta.search) == (
        "Žaneta Nová",
        "+420601234567",
        "zaneta nova e-1 zaneta@example.org +420601234567",
    )
    assert [balance(one) for one in (zaneta, petr, the("E-3"))] == [45_000, -12_050, 0]
    (lot,) = ledger.lots(programme_id=programme.id, wallet=wallet_of(zaneta).id, now=factories.NOW)
    assert (lot.origin, lot.expires_at) == ("purchased", datetime(2027, 12, 31, 22, 59, 59, tzinfo=UTC))
    assert petr.group is not None


def test_the_same_file_twice_changes_nothing(programme: Programme):
    imported(programme, PEOPLE)
    before = list(Customer.objects.order_by("pk").values())

    again = imported(programme, PEOPLE)

    assert counts(again) == (0, 0, 3, 0)
    assert list(Customer.objects.order_by("pk").values()) == before
    assert balance(the("E-1")) == 45_000


def test_a_later_file_changes_what_it_tells_and_leaves_what_it_does_not(programme: Programme):
    imported(programme, PEOPLE)

    row = imported(
        programme, "name,id,e-mail,phone,group\nŽaneta Stará,E-1,,,Acme\nNová Osoba,E-9,nova@example.org,,\n"
    )

    assert counts(row) == (1, 1, 0, 0)
    zaneta = the("E-1")
    assert (zaneta.name, zaneta.email, zaneta.phone) == ("Žaneta Stará", "zaneta@example.org", "+420601234567")
    wallet = wallet_of(zaneta)
    assert ledger.balance(programme_id=programme.id, wallet=wallet.id, now=factories.NOW).floor_minor == -50_000


def test_an_own_minimum_balance_is_set_once(programme: Programme):
    table = "name;id;e-mail;minimum balance;opening balance\nOta;E-1;ota@example.org;500,00;-499,99\n"

    assert counts(imported(programme, table)) == (1, 0, 0, 0)
    assert counts(imported(programme, table)) == (0, 0, 1, 0)

    wallet = wallet_of(the("E-1"))
    stands = ledger.balance(programme_id=programme.id, wallet=wallet.id, now=factories.NOW)
    assert (stands.posted_minor, stands.floor_minor, wallet.has_own_floor) == (-49_999, -50_000, True)


def test_families_share_an_e_mail_and_stay_two(programme: Programme):
    table = "name;e-mail\nJana Nová;nova@example.org\nPetr Nový;nova@example.org\n"

    assert counts(imported(programme, table)) == (2, 0, 0, 0)
    assert counts(imported(programme, table)) == (0, 0, 2, 0)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("Adam;E-5;;;;;", ("email", "customer_needs_contact")),
        (";E-5;a@example.org;;;;", ("name", "customer_needs_name")),
        ("Adam;;;;;;", ("", "nobody_named")),
        ("Adam;E-5;no mail;;;;", ("email", "value_invalid")),
        ("Adam;E-5;;12;;;", ("phone", "phone_invalid")),
        ("Adam;E-5;a@example.org;;Nowhere;;", ("group", "no_such_group")),
        ("Adam;E-5;a@example.org;;;many;", ("opening", "cell_unreadable")),
        ("Adam;E-5;a@example.org;;;-0,01;", ("opening", "opening_below_floor")),
        ("Adam;E-5;a@example.org;;;1,00;31.2.2027", ("expires_on", "cell_unreadable")),
        ("Adam;E-5;a@example.org;;;1,00;1.1.2020", ("expires_on", "cell_unreadable")),
        (f"{'A' * 121};E-5;a@example.org;;;;", ("name", "value_invalid")),
    ],
)
def test_a_bad_row_is_named_with_column_and_reason_and_the_others_are_imported(
    programme: Programme, row: str, fault: tuple[str, str]
):
    table = PEOPLE + row + "\n"

    assert faults(checked(programme, table)) == [(5, *fault)]
    done = imported(programme, table)

    assert faults(done) == [(5, *fault)]
    assert (done.made, done.refused) == (3, 1)
    assert Customer.objects.count() == 3


def test_two_who_go_by_the_same_are_not_guessed_at(programme: Programme):
    for _ in range(2):
        factories.a_customer(programme=programme, identifier="E-1")

    row = imported(programme, PEOPLE)

    assert faults(row) == [(2, "", "several_found")]


def test_another_opening_balance_is_refused(programme: Programme):
    imported(programme, PEOPLE)

    row = imported(programme, PEOPLE.replace("450,00", "451,00"))

    assert faults(row) == [(2, "opening", "opening_differs")]
    assert balance(the("E-1")) == 45_000


def test_another_programmes_customers_are_left_alone(programme: Programme):
    other = factories.a_programme()
    theirs = factories.a_customer(programme=other, identifier="E-1", name="Someone Else")

    assert imported(programme, PEOPLE).made == 3
    theirs.refresh_from_db()
    assert theirs.name == "Someone Else"


# ---- Files ----


def spreadsheet(rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        PEOPLE.encode("utf-8"),
        PEOPLE.encode("utf-8-sig"),
        PEOPLE.encode("cp1250"),
        PEOPLE.encode("utf-16"),
        PEOPLE.replace(";", "\t").encode(),
        "\r\n".join(PEOPLE.splitlines()).encode(),
        spreadsheet(
            [
                PEOPLE.splitlines()[0].split(";"),
                ["Žaneta Nová", "E-1", "zaneta@example.org", "601 234 567", None, 450, date(2027, 12, 31)],
                ["Petr Dvořák", "E-2", None, "+420602345678", "Acme", -120.5, None],
                [],
                ["Jana Malá", "E-3", "jana@example.org", None, None, None, None],
            ]
        ),
    ],
    ids=["utf-8", "with a mark", "windows-1250", "utf-16", "tabs", "windows lines", "xlsx"],
)
def test_a_table_is_read_however_it_was_saved(programme: Programme, content: bytes):
    row = imported(programme, content)

    assert counts(row) == (3, 0, 0, 0)
    assert the("E-1").name == "Žaneta Nová"
    assert [balance(the(name)) for name in ("E-1", "E-2", "E-3")] == [45_000, -12_050, 0]


@pytest.mark.parametrize("content", [b"", b"name;id\n", b"PK\x03\x04 nonsense", b"\n\n\n"])
def test_what_is_no_table_is_refused(programme: Programme, content: bytes):
    with pytest.raises(import_rules.FileUnreadable):
        taken(programme, content)
    assert not Import.objects.exists()


def test_a_file_that_is_too_large_is_refused(programme: Programme, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(import_rules, "MOST_ROWS", 2)
    with pytest.raises(import_rules.FileTooLarge):
        taken(programme, PEOPLE)


@pytest.mark.parametrize(
    ("kind", "mapping", "refusal"),
    [
        (Kind.CUSTOMERS, ["name", "", ""], import_rules.ColumnMissing("identifier")),
        (Kind.CUSTOMERS, ["email", "email", ""], import_rules.ColumnTwice("email")),
        (Kind.MOVEMENTS, ["identifier", "at", ""], import_rules.ColumnMissing("amount")),
    ],
)
def test_columns_that_say_nothing_together_are_refused(kind: Kind, mapping: list[str], refusal: Refusal):
    with pytest.raises(type(refusal)) as refused:
        import_rules.checked_mapping(kind, mapping)
    assert refused.value == refusal


# ---- Going on ----


def test_an_import_that_was_cut_off_goes_on_where_it_was(programme: Programme, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(imports, "PART", 1)
    row = checked(programme, PEOPLE)
    imports.confirm(row=row, deed=a_deed())
    assert imports.step(name=row.pk, deed=a_deed())
    row.refresh_from_db()
    assert (row.state, row.parts, row.parts_done, Customer.objects.count()) == ("running", 3, 1, 1)

    def fails(*_args: Any, **_named: Any) -> None:
        raise ValueError("cut off")

    with monkeypatch.context() as broken:
        broken.setattr(imports, "_keep_faults", fails)
        with pytest.raises(ValueError, match="cut off"):
            imports.step(name=row.pk, deed=a_deed())
    row.refresh_from_db()
    assert (row.parts_done, Customer.objects.count()) == (1, 1)

    imports.go_on(deed=a_deed())
    row.refresh_from_db()
    assert (row.state, counts(row)) == (ImportState.DONE, (3, 0, 0, 0))


def test_one_import_runs_at_a_time_and_none_twice(programme: Programme):
    first, second = checked(programme, PEOPLE), checked(programme, PEOPLE)
    imports.confirm(row=first, deed=a_deed())

    with pytest.raises(import_rules.ImportRuns):
        imports.confirm(row=second, deed=a_deed())
    with pytest.raises(import_rules.ImportNotReady):
        imports.confirm(row=first, deed=a_deed())
    with pytest.raises(import_rules.ImportNotReady):
        imports.discard(row=first, deed=a_deed())


def test_what_is_discarded_or_left_is_forgotten(programme: Programme):
    left, discarded = taken(programme, PEOPLE), taken(programme, PEOPLE)

    imports.discard(row=discarded, deed=a_deed())
    assert ImportPart.objects.filter(of=discarded).count() == 0
    imports.forget(deed=a_deed(now=factories.NOW + imports.KEPT / 2))
    assert ImportPart.objects.filter(of=left).count() == 1
    imports.forget(deed=a_deed(now=factories.NOW + imports.KEPT * 2))
    left.refresh_from_db()
    assert (left.state, ImportPart.objects.count()) == (ImportState.DISCARDED, 0)


# ---- What was before Groat ----

PAST = """číslo;datum;částka;popis
E-1;3.5.2026 14:30;-45,00;Espresso
E-1;3.5.2026 14:30;-45,00;Espresso
E-1;2026-05-01;500,00;Dobití
E-3;1/5/2026 9:00;100,00;Dobití
"""


def test_past_movements_are_kept_beside_the_book_each_once(programme: Programme):
    imported(programme, PEOPLE)
    before = balance(the("E-1"))

    assert counts(imported(programme, PAST, Kind.MOVEMENTS)) == (4, 0, 0, 0)
    assert counts(imported(programme, PAST, Kind.MOVEMENTS)) == (0, 0, 4, 0)
    more = PAST + "E-1;3.5.2026 14:30;-45,00;Espresso\nE-3;2.5.2026;-1,00;\n"
    assert counts(imported(programme, more, Kind.MOVEMENTS)) == (2, 0, 4, 0)

    wallet = wallet_of(the("E-1"))
    kept = PastMovement.objects.filter(wallet=wallet).order_by("at", "ordinal")
    assert list(kept.values_list("at", "amount_minor", "text", "ordinal")) == [
        (datetime(2026, 4, 30, 22, tzinfo=UTC), 50_000, "Dobití", 0),
        (datetime(2026, 5, 3, 12, 30, tzinfo=UTC), -4_500, "Espresso", 0),
        (datetime(2026, 5, 3, 12, 30, tzinfo=UTC), -4_500, "Espresso", 1),
        (datetime(2026, 5, 3, 12, 30, tzinfo=UTC), -4_500, "Espresso", 2),
    ]
    assert balance(the("E-1")) == before


def test_alike_movements_in_different_parts_are_told_apart(programme: Programme, monkeypatch: pytest.MonkeyPatch):
    imported(programme, PEOPLE)
    monkeypatch.setattr(imports, "PART", 1)

    assert counts(imported(programme, PAST, Kind.MOVEMENTS)) == (4, 0, 0, 0)
    assert counts(imported(programme, PAST, Kind.MOVEMENTS)) == (0, 0, 4, 0)
    assert PastMovement.objects.count() == 4


def test_a_reference_is_told_once(programme: Programme):
    imported(programme, PEOPLE)
    table = "id;date;amount;reference\nE-1;2026-05-01;1,00;R-1\nE-1;2026-05-02;2,00;R-1\nE-1;2026-05-01;1,00;R-2\n"

    assert counts(imported(programme, table, Kind.MOVEMENTS)) == (2, 0, 1, 0)
    assert counts(imported(programme, table, Kind.MOVEMENTS)) == (0, 0, 3, 0)


def test_a_movement_of_nobody_or_without_a_day_is_refused(programme: Programme):
    imported(programme, PEOPLE)
    table = "id;date;amount\nE-9;2026-05-01;1,00\nE-1;;1,00\nE-1;yesterday;1,00\nE-1;2026-05-01;\n"

    assert faults(imported(programme, table, Kind.MOVEMENTS)) == [
        (2, "", "nobody_found"),
        (3, "at", "cell_unreadable"),
        (4, "at", "cell_unreadable"),
        (5, "amount", "cell_unreadable"),
    ]


@pytest.mark.parametrize("kind", list(Kind))
def test_the_sample_is_read_and_guessed_whole(kind: Kind):
    headings, *rows = import_rules.rows_of_csv(iter(import_rules.sample(kind).removeprefix("\ufeff").splitlines(True)))

    assert len(rows) == 2
    assert "" not in import_rules.guessed(kind, headings)


# ---- The office ----


def sent(office: Office, text: str, what: str = Kind.CUSTOMERS) -> Import:
    file = SimpleUploadedFile("people.csv", text.encode(), "text/csv")
    answer = office.post("imports", {"what": what, "file": file})
    assert answer.status_code == 302, answer.content
    return Import.objects.latest("id")


def test_the_office_imports_a_table_step_by_step():
    office = Office()
    row = sent(office, PEOPLE.replace("Acme", "") + "Adam;E-5;;12;;;\n")

    columns = text(office.get("import", of=row))
    assert "Žaneta Nová · Petr Dvořák · Jana Malá" in columns
    assert '<option value="opening" selected>Opening balance</option>' in columns
    office.post("import_check", {"column": row.mapping}, of=row)
    told = text(office.get("import", of=row))
    assert "This is what would be done" in told
    assert "“12” is no phone number" in told
    assert "The opening balance is below what this customer may owe" in told
    assert not Customer.objects.exists()

    office.post("import_confirm", of=row)
    assert "This was done" in text(office.get("import", of=row))
    assert Customer.objects.count() == 2
    refused = b"".join(office.get("import_faults", of=row)).decode()
    assert refused.startswith("\ufeffRow;Column;Why\r\n3;Opening balance;")
    assert "people.csv" in text(office.get("imports"))


def test_columns_that_do_not_do_are_said_and_can_be_chosen_again():
    office = Office()
    row = sent(office, PEOPLE)

    office.post("import_check", {"column": ["", "", "", "", "", "opening", ""]}, of=row)
    assert "Choose a column for “Identifier”." in text(office.get("import", of=row))
    office.post("import_check", {"column": row.mapping}, of=row)
    office.post("import_back", of=row)
    assert "Which column is what?" in text(office.get("import", of=row))


def test_a_large_import_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(imports, "PART", 1)
    office = Office()
    row = sent(office, PEOPLE)

    office.post("import_check", {"column": row.mapping}, of=row)

    page = text(office.get("import", of=row))
    assert '<progress id="progress" value="0" max="3">' in page
    assert 'hx-trigger="every 1s"' in page
    imports.go_on(deed=a_deed())
    assert "This is what would be done" in text(office.get("import", of=row))


def test_a_file_that_cannot_be_read_is_said_at_the_field():
    office = Office()

    answer = office.post("imports", {"what": "customers", "file": SimpleUploadedFile("x.xlsx", b"PK\x03\x04 nonsense")})

    assert answer.status_code == 422
    assert "This file cannot be read" in text(answer)
    assert Import.objects.count() == 0


def test_what_is_discarded_is_not_imported():
    office = Office()
    row = sent(office, PEOPLE)

    office.post("import_discard", of=row)

    assert "Nothing of people.csv was imported" in text(office.get("imports"))
    assert "discarded" in text(office.get("import", of=row))
    assert b"name;identifier" in office.get("import_sample", {"what": "customers"}).content
