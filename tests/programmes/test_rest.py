"""Things that happen once, however often they are asked for."""

from uuid import uuid4

import pytest

from groat.cards.models import Card
from groat.customers.models import Customer
from groat.ledger.models import Request
from groat.programmes import actions, callers
from groat.topups.models import TopUp
from tests.factories import a_deed, a_token, a_wallet
from tests.rest import Caller, code, told

pytestmark = pytest.mark.django_db


def test_the_same_request_again_gets_the_same_answer_to_the_byte():
    caller, key = Caller(), str(uuid4())
    body = {"wallet": str(a_wallet(programme=caller.programme).public_id), "bought_minor": 500}

    first = caller.post("/api/v1/top-ups", body, key=key)
    again = caller.post("/api/v1/top-ups", dict(reversed(body.items())), key=key)

    assert (again.status_code, again.content, again["Location"]) == (201, first.content, first["Location"])
    assert ("Idempotency-Replayed" in first, again["Idempotency-Replayed"]) == (False, "true")
    assert TopUp.objects.count() == 1


def test_another_request_under_the_key_is_refused():
    caller, key = Caller(), str(uuid4())
    body = {"wallet": str(a_wallet(programme=caller.programme).public_id), "bought_minor": 500}
    caller.post("/api/v1/top-ups", body, key=key)

    for path, other in (("/api/v1/top-ups", body | {"bought_minor": 501}), ("/api/v1/customers", {})):
        answer = caller.post(path, other, key=key)
        assert (code(answer), "Idempotency-Replayed" in answer) == ((422, "idempotency_key_reused"), False)
    assert TopUp.objects.count() == 1


def test_a_refusal_is_given_again_even_when_it_would_pass_now():
    caller, key = Caller(), str(uuid4())
    first = caller.post("/api/v1/categories", {"name": "Tea"}, key=None)
    taken = caller.post("/api/v1/categories", {"name": "Tea"}, key=key)
    told(caller.patch(f"/api/v1/categories/{told(first, 201)['id']}", {"name": "Coffee"}))

    again = caller.post("/api/v1/categories", {"name": "Tea"}, key=key)

    assert (code(again), again.content, again["Idempotency-Replayed"]) == ((409, "name_taken"), taken.content, "true")


def test_what_cannot_be_read_uses_up_no_key():
    caller, key = Caller(), str(uuid4())

    assert code(caller.post("/api/v1/customers", {"floor_minor": 1}, key=key)) == (422, "invalid_request")
    told(caller.post("/api/v1/customers", {}, key=key), 201)


def test_where_a_key_is_optional_none_is_needed_and_each_request_counts():
    caller = Caller()

    for _ in range(2):
        told(caller.post("/api/v1/customers", {}, key=None), 201)

    assert Customer.objects.count() == 2
    assert not Request.objects.exists()


@pytest.mark.parametrize("key", ["two words", "žluťoučký", "k" * 256])
def test_a_key_that_cannot_be_used_is_refused_where_it_is_optional_too(key: str):
    assert code(Caller().post("/api/v1/customers", {}, key=key)) == (400, "idempotency_key_invalid")


def test_two_callers_may_choose_the_same_key():
    one = Caller()
    other = Caller(one.programme)

    told(one.post("/api/v1/customers", {}, key="1"), 201)
    told(other.post("/api/v1/customers", {}, key="1"), 201)

    assert Customer.objects.count() == 2


def test_no_card_number_can_be_tried_out_against_what_is_stored():
    caller = Caller()
    body = {"wallet": str(a_wallet(programme=caller.programme).public_id), "token": {"kind": "uid", "value": a_token()}}
    caller.post("/api/v1/cards", body)

    stored = Request.objects.get()

    assert body["token"]["value"] not in stored.outcome  # type: ignore[index]
    assert len(bytes(stored.fingerprint)) == 32
    assert Card.objects.count() == 1


def test_a_revoked_key_is_refused_once_it_is_forgotten():
    caller = Caller()
    told(caller.get("/api/v1/programme"))
    actions.revoke_key(key=caller.key, deed=a_deed())

    remembered = caller.get("/api/v1/programme")
    callers.gate().ring.forget()

    assert remembered.status_code == 200
    assert code(caller.get("/api/v1/programme")) == (401, "key_invalid")
