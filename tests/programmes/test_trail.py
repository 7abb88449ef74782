"""The audit trail's chain: linked by the worker, and whoever changes what is linked is found."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from groat.ledger.verify import Fault
from groat.programmes import trail
from groat.programmes.models import AuditEntry, Programme, TrailLink
from tests import factories
from tests.ledger.books import execute, past_the_triggers

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme() -> Programme:
    """With some things that were done in it, all of them linked."""
    row = factories.a_programme()
    factories.a_till(programme=row)
    trail.link_all(now=timezone.now())
    return row


def broken(programme: Programme, entry: AuditEntry, number: int) -> Fault:
    what = f"Entry {entry.id} of the audit trail, its number {number}, is not what was linked there."
    return Fault("trail_chain_broken", programme.id, what)


def entries(programme: Programme) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(programme=programme).order_by("id"))


def test_everything_that_is_noted_is_linked_once(programme: Programme):
    factories.a_site(programme=programme, name="Annex")
    last = entries(programme)[-1]

    assert trail.link_all(now=timezone.now()) == 1
    assert trail.link_all(now=timezone.now()) == 0

    linked = TrailLink.objects.filter(programme=programme.id).order_by("number")
    assert [one.entry for one in linked] == [one.id for one in entries(programme)]
    assert [one.number for one in linked] == list(range(1, len(linked) + 1))
    assert trail.linked(programme_id=programme.id) == len(linked)
    assert trail.fault(programme_id=programme.id) is None
    assert trail.head(programme_id=programme.id) == linked.get(entry=last.id)


def test_what_was_committed_late_is_linked_after_what_came_before_it(programme: Programme):
    """A long action notes something, and others commit before it does."""
    early = entries(programme)[0]
    with transaction.atomic():
        late = AuditEntry.objects.create(
            id=early.id + 1,
            programme=programme,
            at=early.at,
            actor="system",
            actor_name="",
            action="x.y",
            subject="x:1",
        )

    assert trail.link_all(now=timezone.now()) == 1

    assert TrailLink.objects.get(entry=late.id).number == len(entries(programme))
    assert trail.fault(programme_id=programme.id) is None


def test_a_history_that_was_there_before_the_chain_is_linked_from_its_beginning(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(trail, "CHUNK", 2)
    row = factories.a_programme()
    for number in range(5):
        factories.a_site(programme=row, name=f"Site {number}")

    # Months later, so that nothing of it is young any more.
    trail.link_all(now=timezone.now() + timedelta(days=200))

    assert trail.linked(programme_id=row.id) == len(entries(row))
    assert trail.fault(programme_id=row.id) is None


def test_what_belongs_to_no_programme_has_a_chain_of_its_own():
    AuditEntry.objects.create(
        id=factories.a_deed().mint(), at=timezone.now(), actor="anonymous", actor_name="", action="sign_in.failed",
        subject="user:1", subject_name="",
    )  # fmt: skip

    trail.link_all(now=timezone.now())

    assert trail.linked(programme_id=trail.OF_NO_PROGRAMME) == 1
    assert trail.fault(programme_id=trail.OF_NO_PROGRAMME) is None


@pytest.mark.parametrize(
    ("column", "value"),
    [("actor", "staff:1"), ("action", "a.b"), ("subject", "x:2"), ("details", '{"a": 1}'), ("address", "192.0.2.99")],
)
def test_an_entry_that_was_changed_is_named(programme: Programme, column: str, value: Any):
    entry = entries(programme)[1]
    with past_the_triggers():
        execute(f"UPDATE groat_auditentry SET {column} = %s WHERE id = %s", value, entry.id)
        assert trail.fault(programme_id=programme.id) == broken(programme, entry, 2)


def test_an_entry_that_was_taken_away_is_named_even_with_its_link(programme: Programme):
    gone, following = entries(programme)[1:3]
    with past_the_triggers():
        execute("DELETE FROM groat_auditentry WHERE id = %s", gone.id)
        assert trail.fault(programme_id=programme.id) == broken(programme, gone, 2)
        execute("DELETE FROM groat_traillink WHERE entry = %s", gone.id)
        assert trail.fault(programme_id=programme.id) == broken(programme, following, 2)


def test_a_name_may_go_and_what_was_done_stays_proved(programme: Programme):
    with past_the_triggers():
        execute("UPDATE groat_auditentry SET subject_name = '', actor_name = '' WHERE programme_id = %s", programme.id)
        assert trail.fault(programme_id=programme.id) is None


def test_a_chain_that_was_written_anew_does_not_have_the_head_that_was_kept(programme: Programme):
    kept = trail.head(programme_id=programme.id)
    assert kept
    look = partial(trail.head_fault, programme_id=programme.id, number=kept.number, hash_hex=bytes(kept.hash).hex())
    assert look() is None
    with past_the_triggers():
        execute("UPDATE groat_auditentry SET actor = 'staff:1' WHERE id = %s", entries(programme)[0].id)
        execute("DELETE FROM groat_traillink WHERE programme = %s", programme.id)
        trail.link_all(now=timezone.now())
        assert trail.fault(programme_id=programme.id) is None
        fault = look()
    assert fault == Fault(
        "trail_head_differs", programme.id, f"Link {kept.number} of the audit trail is not the one that was kept."
    )


@pytest.mark.parametrize(
    "statement", ["UPDATE groat_traillink SET number = number + 100", "DELETE FROM groat_traillink"]
)
@pytest.mark.usefixtures("programme")
def test_nobody_changes_the_chain(statement: str):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_two_workers_at_once_link_everything_once(programme: Programme, monkeypatch: pytest.MonkeyPatch):
    """The other one is faster, after this one has looked."""
    factories.a_site(programme=programme, name="Annex")
    look = trail.head

    def late(**named: Any) -> TrailLink | None:
        found = look(**named)
        monkeypatch.setattr(trail, "head", look)
        trail.link(programme_id=programme.id, now=timezone.now())
        return found

    monkeypatch.setattr(trail, "head", late)

    assert trail.link(programme_id=programme.id, now=timezone.now()) == 0
    assert trail.linked(programme_id=programme.id) == len(entries(programme))
    assert trail.fault(programme_id=programme.id) is None
