"""The lane beside the rest of a server process."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest

from groat.ledger.group_commit import GroupCommit
from groat.programmes import minting
from groat.till.lane import Lane
from groat.till.payments import Outcome
from groat.till.rules import Order
from tests.factories import a_card, a_till, a_token, a_wallet, funded
from tests.rest import Caller


@pytest.mark.django_db(transaction=True)
def test_a_process_that_has_only_read_so_far_takes_a_payment():
    """It knows the key from reading, and has minted no id yet."""
    caller, token = Caller(), a_token()
    till, card = a_till(programme=caller.programme), a_card(wallet=a_wallet(programme=caller.programme), token=token)
    funded(card.wallet, 10000)
    assert caller.get("/api/v1/programme").status_code == 200
    minting.forget()

    body = {"till": str(till.public_id), "token": {"kind": "uid", "value": token}, "amount_minor": 450}
    status, answer = paid(caller, json.dumps(body).encode())

    assert (status, answer.get("state"), answer.get("balance_minor")) == (201, "paid", 9550)


def paid(caller: Caller, body: bytes) -> tuple[int, dict[str, Any]]:
    """What the lane answers to a payment, through a group commit of its own."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    async def elsewhere(*_: Any) -> None:
        raise AssertionError("the lane handed a payment on")

    lane = Lane(elsewhere)
    given = {"authorization": f"Bearer {caller.secret}", "content-type": "application/json"}
    headers = given | {"idempotency-key": str(uuid4())}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/payments",
        "client": ("127.0.0.1", 50000),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    try:
        asyncio.run(lane(scope, receive, send))
    finally:
        close(lane._payments)
    start, end = sent
    return start["status"], json.loads(end["body"])


def close(payments: GroupCommit[Order, Outcome]) -> None:
    """Let the database go, so that the next test can empty it."""
    payments._drop_link()
