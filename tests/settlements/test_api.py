"""Statements, by REST."""

import pytest

from groat import ids
from groat.customers.models import Customer, Wallet
from groat.settlements import actions
from tests import factories
from tests.rest import Caller, code, told

pytestmark = pytest.mark.django_db


def test_runs_and_their_statements_are_read_with_what_is_unpaid():
    programme = factories.a_programme()
    caller = Caller(programme)
    run = factories.some_statements(programme=programme)
    statement = run.statements.get()
    actions.settle(run=run, chosen=[statement], amount_minor=1_000, way="bank", deed=factories.a_deed())

    (made,) = told(caller.get("/api/v1/statement-runs"))["items"]
    (line,) = told(caller.get(f"/api/v1/statement-runs/{run.public_id}/statements"))["items"]

    assert made == {
        "id": str(run.public_id),
        "number": 1,
        "month": "2026-02-01",
        "group": None,
        "statements": 1,
        "spent_minor": 4_500,
        "owed_minor": 4_500,
        "at": made["at"],
    }
    assert line == {
        "id": str(statement.public_id),
        "wallet": str(ids.public(Wallet.kind, statement.wallet_id)),
        "customer": str(ids.public(Customer.kind, statement.wallet.owner_id)),
        "group": None,
        "opening_minor": 0,
        "spent_minor": 4_500,
        "topped_up_minor": 0,
        "corrected_minor": 0,
        "closing_minor": -4_500,
        "due_on": "2026-03-28",
        "unpaid_minor": 3_500,
    }


def test_another_programmes_run_is_not_found():
    run = factories.some_statements()

    answer = Caller(factories.a_programme()).get(f"/api/v1/statement-runs/{run.public_id}/statements")

    assert code(answer) == (404, "not_found")
