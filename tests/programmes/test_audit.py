"""The audit trail."""

import pytest
from django.db import DatabaseError, connection, transaction

from groat.programmes import audit, queries, writing
from groat.programmes.models import AuditEntry
from tests.factories import NOW, a_deed, a_programme, a_site, some_staff, the_owner

pytestmark = pytest.mark.django_db


def test_an_entry_says_who_what_when_and_from_where():
    programme = a_programme()
    owner = the_owner(programme)
    site = a_site(programme=programme, name="Café")

    entry = audit.write(
        programme_id=programme.id,
        deed=a_deed(by=owner),
        action="site.painted",
        subject=site,
        subject_name=site.name,
        details={"colour": "red"},
    )

    kept = AuditEntry.objects.values().get(pk=entry.id)
    assert kept == {
        "id": entry.id,
        "programme_id": programme.id,
        "at": NOW,
        "actor": f"staff:{owner.id}",
        "actor_name": owner.user.name,
        "action": "site.painted",
        "subject": f"site:{site.id}",
        "subject_name": "Café",
        "address": "192.0.2.7",
        "details": {"colour": "red"},
    }


@pytest.mark.django_db(transaction=True)
def test_an_entry_is_written_only_in_the_transaction_of_what_it_tells():
    programme = a_programme()

    with pytest.raises(writing.NoTransaction):
        audit.write(programme_id=programme.id, deed=a_deed(), action="x.y", subject=programme, subject_name="x")


def test_nobody_changes_the_trail():
    a_programme()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEntry.objects.update(actor_name="Somebody else")


def test_nobody_deletes_from_the_trail():
    a_programme()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEntry.objects.all().delete()


@pytest.mark.postgresql_only
def test_nobody_empties_the_trail():
    a_programme()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE groat_auditentry")


def test_the_trail_is_read_newest_first_and_page_by_page():
    programme = a_programme()
    for number in range(5):
        a_site(programme=programme, name=f"Site {number}")

    first = queries.trail(programme_id=programme.id, limit=3)
    rest = queries.trail(programme_id=programme.id, before=first[-1].id)

    assert [entry.subject_name for entry in first] == ["Site 4", "Site 3", "Site 2"]
    assert [entry.subject_name for entry in rest[:2]] == ["Site 1", "Site 0"]
    assert len(rest) == 4  # and the owner, and the programme itself


def test_the_trail_is_searched_by_who_what_and_whom():
    programme = a_programme(owner_name="Olga")
    a_site(programme=programme, name="Roof terrace")
    some_staff("cashier", programme=programme, name="Petr")

    def found(text: str) -> list[str]:
        return [entry.subject_name for entry in queries.trail(programme_id=programme.id, text=text)]

    assert found("terrace site") == ["Roof terrace"]
    assert found("engaged") == ["Petr", "Olga"]
    assert found("nothing of it") == []


def test_a_programme_does_not_see_the_trail_of_another():
    mine, other = a_programme(), a_programme()
    a_site(programme=other, name="Elsewhere")

    assert {entry.programme_id for entry in queries.trail(programme_id=mine.id)} == {mine.id}
