"""Row-level security by programme, on PostgreSQL: what holds when a query forgets whose rows it is about."""

import logging

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path, reverse

from groat import walls
from groat.customers.models import Customer
from groat.ledger.models import Posting
from groat.programmes import access
from groat.programmes.models import AuditEntry, Programme, Staff
from tests import factories
from tests.offices import signed_in
from tests.rest import Caller

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql_only]

OF_NO_PROGRAMME = {"groat_cache", "groat_signedin", "groat_user", "groat_worker"}
"""Tables whose rows belong to the installation. A new one must be entered here."""
OF_LIBRARIES = ("account_", "auth_", "django_", "mfa_", "usersessions_")
"""People and their sign-in, which are the installation's too."""


@pytest.fixture
def mine() -> Programme:
    return _with_somebody(factories.a_programme())


@pytest.fixture(autouse=True)
def theirs() -> Programme:
    return _with_somebody(factories.a_programme())


def _with_somebody(programme: Programme) -> Programme:
    factories.funded(factories.a_wallet(programme=programme), 10_000)
    return programme


def test_a_query_that_forgets_its_filter_sees_ones_own_rows_alone(mine: Programme):
    assert Customer.objects.count() == 2

    with walls.inside(mine.id):
        seen = {row.programme_id for row in Customer.objects.all()}
        posted = set(Posting.objects.values_list("programme", flat=True))
        programmes = list(Programme.objects.values_list("pk", flat=True))

    assert (seen, posted, programmes) == ({mine.id}, {mine.id}, [mine.id])
    assert Customer.objects.count() == 2


def test_nor_does_it_change_or_delete_anybody_elses(mine: Programme, theirs: Programme):
    with walls.inside(mine.id):
        assert Customer.objects.update(note="Seen") == 1
        assert Staff.objects.filter(programme=theirs).delete()[0] == 0

    assert set(Customer.objects.values_list("programme_id", "note")) == {(mine.id, "Seen"), (theirs.id, "")}


def test_nothing_is_written_into_another_programme(mine: Programme, theirs: Programme):
    row = factories.a_customer(programme=mine)

    with walls.inside(mine.id), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        Customer.objects.filter(pk=row.pk).update(programme=theirs)


def test_who_forgets_to_say_which_programme_is_told(mine: Programme):
    """The role without the setting: nothing is shown by mistake."""
    with walls.inside(mine.id), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, '', true)", ["groat.programme"])
        with pytest.raises(DatabaseError, match="bigint"):
            cursor.execute("SELECT count(*) FROM groat_customer")
        transaction.set_rollback(True)


def test_inside_stays_inside_and_ends_where_it_began(mine: Programme, theirs: Programme):
    with walls.inside(mine.id):
        with walls.inside(mine.id):
            assert Customer.objects.count() == 1
        assert Customer.objects.count() == 1
        with walls.outside():
            assert Customer.objects.count() == 2
        with walls.inside(theirs.id):
            assert set(Customer.objects.values_list("programme_id", flat=True)) == {theirs.id}
        assert walls.where() == mine.id
    assert walls.where() is None


def test_what_fails_inside_ends_outside(mine: Programme):
    with pytest.raises(DatabaseError), transaction.atomic(), walls.inside(mine.id), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")

    assert (walls.where(), Customer.objects.count()) == (None, 2)


def test_every_table_of_a_programme_has_its_wall():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, c.relrowsecurity AND p.polname IS NOT NULL FROM pg_class c"
            " LEFT JOIN pg_policy p ON p.polrelid = c.oid"
            " WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace"
        )
        walled = {table: has_wall for table, has_wall in cursor.fetchall() if not table.startswith(OF_LIBRARIES)}

    assert {table for table, has_wall in walled.items() if not has_wall} == OF_NO_PROGRAMME
    assert {table for table, has_wall in walled.items() if has_wall} == set(walls.tables())


# ---- At the faces ----


@access.staff_required(*access.OFFICE)
def forgets(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    del request, programme
    return HttpResponse(f"{Customer.objects.count()} of {AuditEntry.objects.values('programme').distinct().count()}")


urlpatterns = [path("office/<slug:programme>/forgets/", forgets, name="forgets")]


@pytest.mark.urls("tests.test_walls")
def test_a_page_that_forgets_its_filter_shows_ones_own_rows_alone(mine: Programme):
    owner = factories.the_owner(mine)

    answer = signed_in(owner).get(reverse("forgets", kwargs={"programme": mine.slug}))

    assert answer.content == b"1 of 1"
    assert walls.where() is None


def test_the_integrators_key_is_inside_while_it_is_served_and_no_longer(mine: Programme):
    caller = Caller(mine)

    answer = caller.get("/api/v1/customers")

    assert answer.status_code == 200
    assert walls.where() is None
    assert Client().get("/api/v1/customers").status_code == 401


# ---- Building them ----


@pytest.mark.django_db(transaction=True)
def test_who_may_make_no_role_is_told_what_to_ask_for(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """A database user without the right to make roles: the walls rest, and everything else works."""
    monkeypatch.setattr(walls, "ROLE", "groat_nobody_made_this")
    connection.close()  # what was known of it
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE groat_poor LOGIN; SET ROLE groat_poor")
    try:
        with caplog.at_level(logging.WARNING):
            walls.build()
        with walls.inside(1):
            assert walls.where() is None
    finally:
        connections.close_all()
        with connection.cursor() as cursor:
            cursor.execute("DROP ROLE groat_poor")

    (told,) = caplog.messages
    assert "CREATE ROLE groat_nobody_made_this" in told


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_lost_inside_is_outside_when_it_is_back(mine: Programme):
    with walls.inside(mine.id):
        assert connection.connection
        connection.connection.close()

    assert (walls.where(), Customer.objects.count()) == (None, 2)
