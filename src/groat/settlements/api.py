"""Statements of those who pay later, by REST: to be read."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router

from groat import ids
from groat.api import examples
from groat.api.bodies import Id
from groat.api.cursors import Listing, Page, PageIn
from groat.api.http import ApiRequest, response
from groat.api.operations import At, Out
from groat.customers.models import Customer, Group, Wallet
from groat.programmes import rest
from groat.programmes.models import Scope
from groat.settlements import queries
from groat.settlements.models import Statement, StatementRun

router = Router(tags=["Statements"])


class StatementRunOut(Out):
    """The statements of one month, made at once. They never change."""

    id: UUID
    number: int
    """Of the programme, without gaps."""
    month: date
    """Its first day."""
    group: UUID | None
    """Whose statements these are; null: of all who pay later and had none of that month yet."""
    statements: int
    spent_minor: int
    """Minor units of credit."""
    owed_minor: int
    at: At


class StatementOut(Out):
    """A wallet's month. Amounts are minor units of credit."""

    id: UUID
    wallet: UUID
    customer: UUID
    group: UUID | None
    opening_minor: int
    spent_minor: int
    topped_up_minor: int
    corrected_minor: int
    """What was put right by hand, forgiven, transferred or has expired."""
    closing_minor: int
    """Opening less spent, with what was topped up and corrected; negative when the customer owed."""
    due_on: date
    unpaid_minor: int
    """What is left of the debt now."""


RUN: dict[str, Any] = {
    "id": examples.STATEMENT_RUN,
    "number": 2,
    "month": "2026-02-01",
    "group": examples.GROUP,
    "statements": 1,
    "spent_minor": 12500,
    "owed_minor": 12500,
    "at": examples.AT,
}
STATEMENT: dict[str, Any] = {
    "id": examples.STATEMENT,
    "wallet": examples.WALLET,
    "customer": examples.CUSTOMER,
    "group": examples.GROUP,
    "opening_minor": 0,
    "spent_minor": 12500,
    "topped_up_minor": 0,
    "corrected_minor": 0,
    "closing_minor": -12500,
    "due_on": "2026-03-16",
    "unpaid_minor": 12500,
}


@router.get(
    "/statement-runs",
    **rest.operation(
        scope=Scope.CUSTOMERS_READ,
        summary="List runs of statements",
        description="The months of which statements were made, newest first.",
        answers={200: (Page[StatementRunOut], examples.page(RUN))},
        refusals=("cursor_invalid",),
    ),
)
def list_statement_runs(request: ApiRequest, page: Query[PageIn]) -> HttpResponse:
    programme_id = request.auth.caller.programme_id
    listing = Listing("statement-runs", programme_id)
    found = queries.runs(programme_id=programme_id, before=listing.position(page), limit=page.limit + 1)
    shown, position = listing.page_of(found, page, at=lambda run: run.id)
    return response(rest.done(listing.page([_run(one) for one in shown], next_position=position)))


@router.get(
    "/statement-runs/{statement_run}/statements",
    **rest.operation(
        scope=Scope.CUSTOMERS_READ,
        summary="List the statements of a run",
        description="Each customer's month, in the order in which they were made, with what is unpaid of it now.",
        answers={200: (Page[StatementOut], examples.page(STATEMENT))},
        refusals=("cursor_invalid", "not_found"),
    ),
)
def list_statements(request: ApiRequest, statement_run: Id, page: Query[PageIn]) -> HttpResponse:
    programme_id = request.auth.caller.programme_id
    run = StatementRun.named(programme_id=programme_id, public_id=statement_run)
    listing = Listing("statements", programme_id, run=run.id)
    found = queries.statements(run=run, after=listing.position(page), limit=page.limit + 1)
    shown, position = listing.page_of(found, page, at=lambda statement: statement.id)
    left = queries.unpaid(shown)
    rows = [_statement(one, left[one.id]) for one in shown]
    return response(rest.done(listing.page(rows, next_position=position)))


def _run(run: StatementRun) -> StatementRunOut:
    return StatementRunOut.model_validate(
        {
            "id": run.public_id,
            "number": run.number,
            "month": run.month,
            "group": run.group_id and ids.public(Group.kind, run.group_id),
            "statements": run.statements_count,
            "spent_minor": run.spent_minor,
            "owed_minor": run.owed_minor,
            "at": run.at,
        }
    )


def _statement(statement: Statement, unpaid_minor: int) -> StatementOut:
    return StatementOut.model_validate(
        {
            "id": statement.public_id,
            "wallet": ids.public(Wallet.kind, statement.wallet_id),
            "customer": ids.public(Customer.kind, statement.wallet.owner_id),
            "group": statement.group_id and ids.public(Group.kind, statement.group_id),
            "opening_minor": statement.opening_minor,
            "spent_minor": statement.spent_minor,
            "topped_up_minor": statement.topped_up_minor,
            "corrected_minor": statement.corrected_minor,
            "closing_minor": statement.closing_minor,
            "due_on": statement.due_on,
            "unpaid_minor": unpaid_minor,
        }
    )
