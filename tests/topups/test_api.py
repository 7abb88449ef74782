"""Top-ups, by REST."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from groat.programmes import actions
from groat.topups.models import TopUp
from tests.factories import a_deed, a_till, a_wallet, funded
from tests.rest import Caller, code, told

pytestmark = pytest.mark.django_db

NOTHING = "0199c0de-0000-7009-8a10-5d1c2b3a4f09"


def test_a_top_up_brings_credits_at_the_programmes_price():
    caller = Caller()
    wallet = a_wallet(programme=caller.programme)

    answer = caller.post("/api/v1/top-ups", {"wallet": str(wallet.public_id), "bought_minor": 10000})

    top_up = TopUp.objects.get()
    assert told(answer, 201) == {
        "id": str(top_up.public_id),
        "wallet": str(wallet.public_id),
        "till": None,
        "bought_minor": 10000,
        "bonus_minor": 0,
        "paid_minor": 10000,
        "offer": None,
        "means": "cash",
        "expires_at": None,
        "bonus_expires_at": None,
        "at": top_up.at.isoformat().replace("+00:00", "Z"),
        "reversed_minor": 0,
    }
    assert answer["Location"] == f"/api/v1/top-ups/{top_up.public_id}"
    assert told(caller.get(f"/api/v1/wallets/{wallet.public_id}"))["posted_minor"] == 10000
    assert told(caller.get(f"/api/v1/top-ups/{top_up.public_id}")) == told(answer, 201)


def test_a_top_up_may_bring_a_bonus_and_an_expiry():
    caller = Caller()
    till = a_till(programme=caller.programme)
    wallet = a_wallet(programme=caller.programme)
    expires = (timezone.now() + timedelta(days=30)).replace(microsecond=0)

    body = told(
        caller.post(
            "/api/v1/top-ups",
            {
                "wallet": str(wallet.public_id),
                "bought_minor": 10000,
                "bonus_minor": 1000,
                "paid_minor": 9900,
                "means": "card",
                "till": str(till.public_id),
                "expires_at": expires.isoformat(),
            },
        ),
        201,
    )

    told_time = expires.isoformat().replace("+00:00", "Z")
    assert (body["bonus_minor"], body["paid_minor"], body["till"]) == (1000, 9900, str(till.public_id))
    assert body["expires_at"] == told_time
    lots = told(caller.get(f"/api/v1/wallets/{wallet.public_id}"))["lots"]
    assert [(lot["origin"], lot["remaining_minor"], lot["expires_at"]) for lot in lots] == [
        ("bonus", 1000, told_time),
        ("purchased", 10000, told_time),
    ]


def test_a_top_up_without_a_key_is_refused():
    caller = Caller()
    wallet = a_wallet(programme=caller.programme)

    answer = caller.post("/api/v1/top-ups", {"wallet": str(wallet.public_id), "bought_minor": 1}, key=None)

    assert code(answer) == (400, "idempotency_key_missing")


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"bought_minor": 0}, "invalid_request"),
        ({"bought_minor": -1}, "invalid_request"),
        ({"bought_minor": 1.5}, "invalid_request"),
        ({"bought_minor": 10**15 + 1}, "invalid_request"),
        ({"bonus_minor": -1}, "invalid_request"),
        ({"means": "promise"}, "invalid_request"),
        ({"till": None}, "invalid_request"),
        ({"expires_at": 1893456000}, "invalid_request"),
        ({"expires_at": "2030-02-30T00:00:00Z"}, "invalid_request"),
        ({"expires_at": "2030-01-01T00:00:00"}, "invalid_request"),
        ({"expires_at": "0001-01-01T00:00:00+14:00"}, "invalid_request"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expiry_in_the_past"),
    ],
)
def test_a_top_up_that_cannot_be_is_refused(wrong: dict[str, object], problem: str):
    caller = Caller()
    body = {"wallet": str(a_wallet(programme=caller.programme).public_id), "bought_minor": 100} | wrong

    assert code(caller.post("/api/v1/top-ups", body)) == (422, problem)
    assert not TopUp.objects.exists()


def test_a_closed_till_sells_no_credits():
    caller = Caller()
    till = a_till(programme=caller.programme)
    actions.close_till(till=till, deed=a_deed())
    wallet = a_wallet(programme=caller.programme)

    answer = caller.post(
        "/api/v1/top-ups",
        {"wallet": str(wallet.public_id), "bought_minor": 100, "till": str(till.public_id)},
    )

    assert code(answer) == (409, "till_closed")


def test_a_top_up_is_taken_back_in_parts():
    caller = Caller()
    wallet = a_wallet(programme=caller.programme)
    top_up = funded(wallet, 1000)
    path = f"/api/v1/top-ups/{top_up.public_id}/reversals"

    part = told(caller.post(path, {"amount_minor": 400, "reason": "Wrong amount"}), 201)
    beyond = caller.post(path, {"amount_minor": 601, "reason": "Too much"})
    rest = told(caller.post(path, {"reason": "Wrong customer"}), 201)
    again = caller.post(path, {"reason": "Once more"})

    assert (part["reversed_minor"], rest["reversed_minor"]) == (400, 1000)
    assert (code(beyond), told(beyond, 409)["left_minor"]) == ((409, "more_than_left_to_refund"), 600)
    assert code(again) == (409, "top_up_reversed")
    assert told(caller.get(f"/api/v1/wallets/{wallet.public_id}"))["posted_minor"] == 0


def test_a_reversal_says_why():
    caller = Caller()
    top_up = funded(a_wallet(programme=caller.programme), 1000)

    for body in ({}, {"reason": "  "}):
        answer = caller.post(f"/api/v1/top-ups/{top_up.public_id}/reversals", body)
        assert code(answer) == (422, "invalid_request")


def test_what_is_another_programmes_is_not_there():
    caller, theirs = Caller(), funded(a_wallet(), 1000)
    mine = a_wallet(programme=caller.programme)
    till = a_till()

    for answer in (
        caller.get(f"/api/v1/top-ups/{theirs.public_id}"),
        caller.get(f"/api/v1/top-ups/{NOTHING}"),
        caller.get("/api/v1/top-ups", wallet=str(theirs.wallet.public_id)),
        caller.post(f"/api/v1/top-ups/{theirs.public_id}/reversals", {"reason": "Mischief"}),
        caller.post("/api/v1/top-ups", {"wallet": str(theirs.wallet.public_id), "bought_minor": 1}),
        caller.post("/api/v1/top-ups", {"wallet": str(mine.public_id), "bought_minor": 1, "till": str(till.public_id)}),
    ):
        assert code(answer) == (404, "not_found")


def test_top_ups_are_listed_newest_first_by_wallet_in_pages():
    caller = Caller()
    wallet = a_wallet(programme=caller.programme)
    for minor in (100, 200, 300):
        funded(wallet, minor)
    funded(a_wallet(programme=caller.programme), 999)
    query = {"wallet": str(wallet.public_id), "limit": 2}

    first = told(caller.get("/api/v1/top-ups", **query))
    second = told(caller.get("/api/v1/top-ups", **query, cursor=first["next_cursor"]))

    assert [item["bought_minor"] for item in first["items"] + second["items"]] == [300, 200, 100]


@pytest.mark.parametrize("many", [1, 50])
def test_a_list_costs_the_same_however_long(many: int, django_assert_num_queries: DjangoAssertNumQueries):
    caller = Caller()
    wallet = a_wallet(programme=caller.programme)
    for _ in range(many):
        funded(wallet, 100)
    caller.get("/api/v1/programme")

    with django_assert_num_queries(1):
        assert len(told(caller.get("/api/v1/top-ups", limit=50))["items"]) == many
