"""Statements and reminders by e-mail."""

from datetime import timedelta

import pytest
from django.conf import LazySettings

from groat.notifications.models import Letter
from groat.programmes.models import Programme
from groat.settlements import actions, mailing
from groat.settlements.models import Statement
from groat.settlements.rules import Terms
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _sends_mail(settings: LazySettings) -> None:
    settings.SENDS_MAIL = True


def agreed(terms: Terms) -> Programme:
    """A programme with these terms for everybody."""
    programme = factories.a_programme(language="en")
    actions.agree_on_terms(programme=programme, terms=terms, deed=factories.a_deed())
    return programme


def send(days: int = 0) -> int:
    """How many letters are written so many days after the statements were made."""
    return mailing.send(deed=factories.a_deed(now=factories.NOW + timedelta(days=days)))


def test_a_statement_is_sent_once_and_says_all_itself():
    statement = factories.some_statements(programme=agreed(Terms(sends_statements=True))).statements.get()

    assert (send(), send()) == (1, 0)

    letter = Letter.objects.get()
    assert letter.address == statement.wallet.owner.email
    assert letter.subject == f"Statement for February 2026 at {statement.programme.name}"
    assert "To be settled" in letter.text
    assert "CZK\N{NO-BREAK SPACE}45.00" in letter.text
    assert "<script" not in letter.html
    assert letter.about == f"statement:{statement.id}"


def test_nobody_is_written_to_who_has_left_no_address():
    programme = agreed(Terms(sends_statements=True))
    wallet = factories.a_wallet(programme=programme, floor_minor=-9_000, email="", phone="+420601234567")
    factories.a_debt(wallet, 4_000, now=factories.NOW - timedelta(days=20))
    factories.some_statements(programme=programme)

    send()

    assert Letter.objects.count() == 1
    assert not Statement.objects.filter(is_to_be_sent=True).exists()


def test_reminders_come_on_their_days_and_only_while_something_is_unpaid():
    run = factories.some_statements(programme=agreed(Terms(due_days=14, reminder_days=(-3, 7))))

    assert [send(day) for day in (0, 10, 11, 11, 12)] == [0, 0, 1, 0, 0]
    assert "Reminder for February 2026" in Letter.objects.get().subject
    actions.settle(run=run, way="bank", deed=factories.a_deed())
    assert send(21) == 0


def test_where_no_mail_is_set_nothing_counts_as_sent(settings: LazySettings):
    settings.SENDS_MAIL = False
    factories.some_statements(programme=agreed(Terms(sends_statements=True)))

    assert send() == 0
    assert Statement.objects.filter(is_to_be_sent=True).count() == 1
