"""What is on offer to those who top up, by REST."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from groat.topups import offering
from groat.topups.models import TopUp
from groat.topups.offers import Tier
from tests.factories import a_bonus, a_deed, a_package, a_till, a_wallet
from tests.rest import Caller, code, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller() -> Caller:
    return Caller()


def test_offers_are_listed_with_all_that_they_say(caller: Caller):
    package = a_package(programme=caller.programme, at_till=False)
    bonus = a_bonus(
        programme=caller.programme, unit="credits", basis="days", period_days=30, tiers=[Tier(100, 5)], first_only=True
    )
    a_bonus()
    both: dict[str, Any] = {
        "on_packages": False,
        "adds_up": False,
        "group": None,
        "starts_at": None,
        "ends_at": None,
        "withdrawn_at": None,
    }

    assert told(caller.get("/api/v1/offers"))["items"] == [
        both
        | {
            "id": str(package.public_id),
            "kind": "package",
            "name": "Ten entries",
            "bought_minor": 100_000,
            "paid_minor": 90_000,
            "bonus_minor": 5_000,
            "basis": "single",
            "period_days": None,
            "steps": [],
            "first_only": False,
            "sold": ["office", "online"],
        },
        both
        | {
            "id": str(bonus.public_id),
            "kind": "bonus",
            "name": "Spring",
            "bought_minor": None,
            "paid_minor": None,
            "bonus_minor": 0,
            "basis": "days",
            "period_days": 30,
            "steps": [{"from_minor": 100, "percent_hundredths": None, "bonus_minor": 5}],
            "first_only": True,
            "sold": ["till", "office", "online"],
        },
    ]


def test_a_top_up_gets_what_was_quoted(caller: Caller):
    bonus = a_bonus(programme=caller.programme, online=False, lasts="days", lasts_number=1)
    wallet, till = a_wallet(programme=caller.programme), a_till(programme=caller.programme)
    here = f"/api/v1/wallets/{wallet.public_id}/quote"

    online = told(caller.get(here, bought_minor=50_000))
    at_till = told(caller.get(here, bought_minor=50_000, till=str(till.public_id)))
    made = told(
        caller.post(
            "/api/v1/top-ups",
            {
                "wallet": str(wallet.public_id),
                "bought_minor": 50_000,
                "till": str(till.public_id),
                "shown": {name: at_till[name] for name in ("paid_minor", "bonus_minor")},
            },
        ),
        201,
    )

    assert (online["bonus_minor"], online["bonuses"], online["bonus_expires_at"]) == (0, [], None)
    assert at_till["bonuses"] == [{"offer": str(bonus.public_id), "name": "Spring", "bonus_minor": 2_500}]
    same = ("offer", "bought_minor", "paid_minor", "bonus_minor", "expires_at", "bonus_expires_at")
    assert {name: made[name] for name in same} == {name: at_till[name] for name in same}


def test_a_package_is_found_quoted_and_bought(caller: Caller):
    package = a_package(programme=caller.programme)
    a_package(programme=caller.programme, online=False)
    wallet = a_wallet(programme=caller.programme)

    (found,) = told(caller.get(f"/api/v1/wallets/{wallet.public_id}/packages"))["items"]
    made = told(
        caller.post("/api/v1/top-ups", {"wallet": str(wallet.public_id), "offer": found["offer"], "means": "card"}), 201
    )

    own = {"offer": str(package.public_id), "name": "Ten entries", "bonus_minor": 5_000}
    assert found == own | {
        "bought_minor": 100_000,
        "paid_minor": 90_000,
        "expires_at": None,
        "bonus_expires_at": None,
        "bonuses": [own],
    }
    assert (made["offer"], made["bought_minor"], made["paid_minor"], made["bonus_minor"]) == (
        str(package.public_id),
        100_000,
        90_000,
        5_000,
    )


def test_a_bonus_that_is_named_takes_the_place_of_the_offers(caller: Caller):
    a_bonus(programme=caller.programme)
    wallet = a_wallet(programme=caller.programme)
    body = {"wallet": str(wallet.public_id), "bought_minor": 50_000}

    bonuses = [
        told(caller.post("/api/v1/top-ups", body | more), 201)["bonus_minor"] for more in ({}, {"bonus_minor": 0})
    ]

    assert bonuses == [2_500, 0]


def test_what_is_not_on_offer_is_refused(caller: Caller):
    over = a_package(programme=caller.programme, ends_at=timezone.now() - timedelta(hours=1))
    wallet = a_wallet(programme=caller.programme)
    offering.limit_amounts(programme=caller.programme, are_sold=True, least_minor=500, most_minor=900, deed=a_deed())
    named = {"wallet": str(wallet.public_id)}
    wrongs: list[tuple[dict[str, Any], int, str]] = [
        ({"offer": str(over.public_id)}, 409, "offer_not_open"),
        ({"offer": str(a_package().public_id)}, 404, "not_found"),
        ({"bought_minor": 499}, 409, "top_up_too_small"),
        ({"bought_minor": 901}, 409, "top_up_too_large"),
        ({"bought_minor": 600, "shown": {"paid_minor": 600, "bonus_minor": 60}}, 409, "quote_changed"),
        ({"bought_minor": 600, "offer": str(over.public_id)}, 422, "invalid_request"),
        ({}, 422, "invalid_request"),
    ]

    answers = [caller.post("/api/v1/top-ups", named | body) for body, _status, _code in wrongs]

    assert [code(answer) for answer in answers] == [wrong[1:] for wrong in wrongs]
    assert code(caller.get(f"/api/v1/wallets/{wallet.public_id}/quote", bought_minor=499)) == (409, "top_up_too_small")
    assert not TopUp.objects.exists()


@pytest.mark.parametrize("count", [1, 50])
def test_a_list_of_offers_takes_as_many_queries_however_long(
    caller: Caller, count: int, django_assert_num_queries: DjangoAssertNumQueries
):
    for _ in range(count):
        a_bonus(programme=caller.programme)
    caller.get("/api/v1/offers")

    with django_assert_num_queries(1):
        assert len(told(caller.get("/api/v1/offers", limit=100))["items"]) == count
