"""Cards, by REST."""

import pytest
from pytest_django import DjangoAssertNumQueries

from groat.cards.models import Card
from tests.factories import a_card, a_token, a_wallet
from tests.rest import Caller, code, told

pytestmark = pytest.mark.django_db


def uid(value: str) -> dict[str, str]:
    return {"kind": "uid", "value": value}


def test_a_card_is_paired_and_its_number_never_told():
    caller = Caller()
    wallet = a_wallet(programme=caller.programme)

    answer = caller.post("/api/v1/cards", {"wallet": str(wallet.public_id), "token": uid("04:a2:b9:11:7e:5d:80")})

    card = Card.objects.get()
    assert told(answer, 201) == {
        "id": str(card.public_id),
        "wallet": str(wallet.public_id),
        "customer": str(wallet.owner.public_id),
        "kind": "uid",
        "last_four": "5D80",
        "state": "active",
        "replaced_by": None,
        "paired_at": card.paired_at.isoformat().replace("+00:00", "Z"),
        "ended_at": None,
    }
    assert answer["Location"] == f"/api/v1/cards/{card.public_id}"
    assert "04A2B9" not in answer.content.decode().upper()


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("hello", "invalid_request"),
        ("04A2B9", "invalid_request"),
        ("", "invalid_request"),
        ("00000000", "token_invalid"),
        ("08A2B911", "token_random"),
    ],
)
def test_what_is_no_cards_number_is_refused_and_not_repeated(value: str, problem: str):
    caller = Caller()
    wallet = a_wallet(programme=caller.programme)

    answer = caller.post("/api/v1/cards", {"wallet": str(wallet.public_id), "token": uid(value)})

    assert code(answer) == (422, problem)
    assert not value or value not in answer.content.decode()


def test_a_card_belongs_to_one_wallet():
    caller, token = Caller(), a_token()
    a_card(wallet=a_wallet(programme=caller.programme), token=token)
    wallet = a_wallet(programme=caller.programme)

    answer = caller.post("/api/v1/cards", {"wallet": str(wallet.public_id), "token": uid(token)})

    assert code(answer) == (409, "card_taken")


def test_a_card_replaces_another():
    caller = Caller()
    old = a_card(wallet=a_wallet(programme=caller.programme))
    body = {"wallet": str(old.wallet.public_id), "token": uid(a_token()), "replaces": str(old.public_id)}

    new = told(caller.post("/api/v1/cards", body), 201)

    ended = told(caller.get(f"/api/v1/cards/{old.public_id}"))
    assert (ended["state"], ended["replaced_by"]) == ("replaced", new["id"])
    assert code(caller.post("/api/v1/cards", body | {"token": uid(a_token())})) == (409, "card_replaced")
    assert code(caller.post(f"/api/v1/cards/{old.public_id}/unblock")) == (409, "card_replaced")


def test_nothing_of_another_programme_can_be_paired():
    caller, theirs = Caller(), a_card()
    mine = a_wallet(programme=caller.programme)

    for body in (
        {"wallet": str(theirs.wallet.public_id), "token": uid(a_token())},
        {"wallet": str(mine.public_id), "token": uid(a_token()), "replaces": str(theirs.public_id)},
    ):
        assert code(caller.post("/api/v1/cards", body)) == (404, "not_found")


def test_a_card_is_blocked_reported_lost_and_unblocked():
    caller = Caller()
    card = a_card(wallet=a_wallet(programme=caller.programme))
    path = f"/api/v1/cards/{card.public_id}"

    states = [
        told(caller.post(f"{path}/block"))["state"],
        told(caller.post(f"{path}/block", {"reason": "lost"}))["state"],
        told(caller.post(f"{path}/unblock"))["state"],
    ]

    assert states == ["blocked", "lost", "active"]
    assert code(caller.post(f"{path}/block", {"reason": "stolen"})) == (422, "invalid_request")


def test_another_programmes_card_is_not_there():
    caller, theirs = Caller(), a_card()

    for answer in (
        caller.get(f"/api/v1/cards/{theirs.public_id}"),
        caller.post(f"/api/v1/cards/{theirs.public_id}/block"),
        caller.post(f"/api/v1/cards/{theirs.public_id}/unblock"),
    ):
        assert code(answer) == (404, "not_found")


def test_cards_are_listed_by_wallet_and_found_by_their_last_four():
    caller = Caller()
    wallet = a_wallet(programme=caller.programme)
    older, newer = a_card(wallet=wallet, token="04A2B9117EBEEF"), a_card(wallet=wallet)
    a_card(wallet=a_wallet(programme=caller.programme, name="Beefeater"))
    a_card()

    def ids(**query: str) -> list[str]:
        return [card["id"] for card in told(caller.get("/api/v1/cards", **query))["items"]]

    assert ids(wallet=str(wallet.public_id)) == [str(newer.public_id), str(older.public_id)]
    assert ids(last_four="beef") == [str(older.public_id)]
    assert len(ids()) == 3
    assert code(caller.get("/api/v1/cards", wallet=str(a_wallet().public_id))) == (404, "not_found")


@pytest.mark.parametrize("many", [1, 50])
def test_a_list_costs_the_same_however_long(many: int, django_assert_num_queries: DjangoAssertNumQueries):
    caller = Caller()
    wallet = a_wallet(programme=caller.programme)
    for _ in range(many):
        a_card(wallet=wallet)
    caller.get("/api/v1/programme")

    with django_assert_num_queries(1):
        assert len(told(caller.get("/api/v1/cards", limit=50))["items"]) == many
