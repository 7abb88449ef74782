"""Customers and wallets, by REST."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from groat.customers.actions import change_customer
from groat.customers.groups import add_group
from groat.customers.models import Customer
from groat.programmes.models import AuditEntry
from tests.factories import a_card, a_customer, a_deed, a_programme, a_wallet, funded
from tests.rest import Caller, code, told

pytestmark = pytest.mark.django_db

NOBODY = "0199c0de-0000-7004-8a10-5d1c2b3a4f04"


def test_a_customer_is_created_with_an_empty_wallet():
    caller = Caller()

    answer = caller.post("/api/v1/customers", {"name": "Jana Nováková", "identifier": "E-1042", "phone": "601 234 567"})

    body = told(answer, 201)
    customer = Customer.objects.get()
    assert body == {
        "id": str(customer.public_id),
        "wallet": str(customer.wallets.get().public_id),
        "name": "Jana Nováková",
        "identifier": "E-1042",
        "email": "",
        "phone": "+420601234567",
        "language": "",
        "note": "",
        "group": None,
        "created_at": customer.created_at.isoformat().replace("+00:00", "Z"),
    }
    assert answer["Location"] == f"/api/v1/customers/{body['id']}"
    assert told(caller.get(f"/api/v1/wallets/{body['wallet']}"))["posted_minor"] == 0


def test_what_a_key_does_is_noted_with_the_key_and_where_it_came_from():
    caller = Caller()

    caller.post("/api/v1/customers", {})

    noted = AuditEntry.objects.get(action="customer.opened")
    assert (noted.actor, noted.actor_name, noted.address) == (f"key:{caller.key.id}", "Kiosk", "127.0.0.1")


def test_an_anonymous_customer_needs_nothing():
    assert told(Caller().post("/api/v1/customers", {}), 201)["name"] == ""


def test_a_customer_may_be_created_with_a_floor_below_zero():
    caller = Caller()

    wallet = told(caller.post("/api/v1/customers", {"floor_minor": -50000}), 201)["wallet"]

    body = told(caller.get(f"/api/v1/wallets/{wallet}"))
    assert (body["floor_minor"], body["available_minor"]) == (-50000, 50000)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"name": "Jana"}, "customer_needs_contact"),
        ({"identifier": "E-1042"}, "customer_needs_name"),
        ({"name": "Jana", "phone": "12"}, "phone_invalid"),
        ({"name": "Jana", "email": "jana@nowhere"}, "value_invalid"),
        ({"name": "Jana", "email": "jana"}, "value_invalid"),
        ({"name": "Jana\u0000", "email": "jana@example.org"}, "invalid_request"),
        ({"name": "\ud800", "email": "jana@example.org"}, "invalid_request"),
        ({"name": None}, "invalid_request"),
        ({"floor_minor": 1}, "invalid_request"),
        ({"floor_minor": "0"}, "invalid_request"),
        ({"nickname": "J"}, "invalid_request"),
        ([], "invalid_request"),
    ],
)
def test_a_customer_who_cannot_be_is_refused(body: object, problem: str):
    assert code(Caller().post("/api/v1/customers", body)) == (422, problem)
    assert not Customer.objects.exists()


def test_a_customer_is_read_by_id():
    caller = Caller()
    customer = a_customer(programme=caller.programme, name="Petr")

    body = told(caller.get(f"/api/v1/customers/{customer.public_id}"))

    assert (body["name"], body["wallet"]) == ("Petr", str(customer.wallets.get().public_id))


def test_nobody_another_programmes_and_another_kind_answer_alike():
    caller = Caller()
    theirs = a_customer()

    answers = [
        caller.get(f"/api/v1/customers/{public_id}")
        for public_id in (NOBODY, theirs.public_id, a_wallet(programme=caller.programme).public_id)
    ]

    assert [code(answer) for answer in answers] == [(404, "not_found")] * 3
    assert len({answer.content for answer in answers}) == 1


def test_what_is_no_id_is_an_invalid_request():
    assert code(Caller().get("/api/v1/customers/42")) == (422, "invalid_request")


def test_a_change_leaves_what_it_does_not_name():
    caller = Caller()
    customer = a_customer(programme=caller.programme, name="Petr", email="petr@example.org", phone="+420601234567")

    answer = caller.patch(f"/api/v1/customers/{customer.public_id}", {"phone": "", "note": "Likes\nwindows"})

    body = told(answer)
    assert (body["name"], body["email"], body["phone"], body["note"]) == (
        "Petr",
        "petr@example.org",
        "",
        "Likes\nwindows",
    )


def test_of_two_changes_at_once_neither_is_lost(monkeypatch: pytest.MonkeyPatch):
    caller = Caller()
    customer = a_customer(programme=caller.programme, email="petr@example.org", phone="")
    read = Customer.named

    def read_before_the_other_change(**named: Any) -> Customer:
        found = read(**named)
        change_customer(customer=found, note="Likes windows", deed=a_deed())
        return found

    monkeypatch.setattr(Customer, "named", read_before_the_other_change)
    body = told(caller.patch(f"/api/v1/customers/{customer.public_id}", {"phone": "+420601234567"}))

    assert (body["note"], body["phone"]) == ("Likes windows", "+420601234567")
    assert Customer.objects.values_list("note", "phone").get() == ("Likes windows", "+420601234567")


def test_a_named_customer_stays_reachable():
    caller = Caller()
    customer = a_customer(programme=caller.programme, email="petr@example.org")

    answer = caller.patch(f"/api/v1/customers/{customer.public_id}", {"email": ""})

    assert code(answer) == (422, "customer_needs_contact")


def test_another_programmes_customer_cannot_be_changed():
    answer = Caller().patch(f"/api/v1/customers/{a_customer().public_id}", {"note": "x"})

    assert code(answer) == (404, "not_found")


def test_customers_are_found_by_name_and_by_their_cards_last_four():
    caller = Caller()
    found = a_customer(programme=caller.programme, name="Žaneta Černá")
    a_card(wallet=found.wallets.get(), token="04A2B9117EBEEF")
    a_customer(programme=caller.programme)
    a_customer(name="Žaneta Cizí")

    for search in ("zaneta", "BEEF"):
        items = told(caller.get("/api/v1/customers", search=search))["items"]
        assert [item["id"] for item in items] == [str(found.public_id)]


def test_pages_follow_each_other_without_gap_or_repetition():
    caller = Caller()
    everybody = [a_customer(programme=caller.programme) for _ in range(5)]

    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        body = told(caller.get("/api/v1/customers", limit=2, **cursor))
        seen += [item["id"] for item in body["items"]]
        if body["next_cursor"] is None:
            break
        cursor = {"cursor": body["next_cursor"]}

    assert seen == [str(one.public_id) for one in sorted(everybody, key=lambda one: one.search)]


def test_a_cursor_fits_only_the_list_that_gave_it():
    caller = Caller()
    for _ in range(2):
        a_customer(programme=caller.programme)
    cursor = told(caller.get("/api/v1/customers", limit=1))["next_cursor"]

    for path, query in (
        ("/api/v1/customers", {"cursor": cursor + "x"}),
        ("/api/v1/customers", {"cursor": "{}"}),
        ("/api/v1/customers", {"cursor": cursor, "search": "jana"}),
        ("/api/v1/cards", {"cursor": cursor}),
    ):
        assert code(caller.get(path, **query)) == (400, "cursor_invalid")
    assert code(Caller().get("/api/v1/customers", cursor=cursor)) == (400, "cursor_invalid")


@pytest.mark.parametrize("limit", ["0", "101", "ten", "-1"])
def test_a_page_has_one_to_a_hundred_items(limit: str):
    assert code(Caller().get("/api/v1/customers", limit=limit)) == (422, "invalid_request")


@pytest.mark.parametrize("many", [1, 50])
def test_a_list_costs_the_same_however_long(many: int, django_assert_num_queries: DjangoAssertNumQueries):
    caller = Caller()
    for _ in range(many):
        a_customer(programme=caller.programme)
    caller.get("/api/v1/programme")

    with django_assert_num_queries(4):
        assert len(told(caller.get("/api/v1/customers", limit=50))["items"]) == many


def test_a_wallet_tells_its_balance_and_its_lots():
    caller = Caller()
    wallet = a_wallet(programme=caller.programme, floor_minor=-1000)
    funded(wallet, 10000, bonus_minor=500)

    assert told(caller.get(f"/api/v1/wallets/{wallet.public_id}")) == {
        "id": str(wallet.public_id),
        "customer": str(wallet.owner.public_id),
        "posted_minor": 10500,
        "held_minor": 0,
        "available_minor": 11500,
        "floor_minor": -1000,
        "lots": [
            {"origin": "bonus", "remaining_minor": 500, "held_minor": 0, "expires_at": None},
            {"origin": "purchased", "remaining_minor": 10000, "held_minor": 0, "expires_at": None},
        ],
    }


def test_a_wallets_floor_can_be_agreed_anew():
    caller = Caller()
    wallet = a_wallet(programme=caller.programme)

    body = told(caller.patch(f"/api/v1/wallets/{wallet.public_id}", {"floor_minor": -2000}))

    assert (body["floor_minor"], body["available_minor"]) == (-2000, 2000)


@pytest.mark.parametrize("floor", [1, True, 1.5, "0", -(10**15) - 1])
def test_a_floor_is_a_whole_number_not_above_zero(floor: object):
    caller = Caller()
    wallet = a_wallet(programme=caller.programme)

    answer = caller.patch(f"/api/v1/wallets/{wallet.public_id}", {"floor_minor": floor})

    assert code(answer) == (422, "invalid_request")


def test_a_customer_is_put_into_a_group_and_follows_its_floor():
    caller = Caller()
    group = add_group(programme=caller.programme, name="Acme staff", floor_minor=-50_000, deed=a_deed())
    listed = told(caller.get("/api/v1/customer-groups"))
    assert listed == {
        "items": [
            {"id": str(group.public_id), "name": "Acme staff", "floor_minor": -50_000, "is_withdrawn": False},
        ]
    }

    made = told(caller.post("/api/v1/customers", {"group": str(group.public_id)}), 201)
    wallet = f"/api/v1/wallets/{made['wallet']}"
    assert made["group"] == str(group.public_id)
    assert told(caller.get(wallet))["floor_minor"] == -50_000
    assert told(caller.patch(wallet, {"floor_minor": -2000}))["floor_minor"] == -2000
    assert told(caller.patch(wallet, {"floor_minor": None}))["floor_minor"] == -50_000

    changed = told(caller.patch(f"/api/v1/customers/{made['id']}", {"group": None}))
    assert changed["group"] is None
    assert told(caller.get(wallet))["floor_minor"] == 0


def test_another_programmes_group_is_not_there():
    caller = Caller()
    theirs = add_group(programme=a_programme(), name="Acme staff", deed=a_deed())

    assert code(caller.post("/api/v1/customers", {"group": str(theirs.public_id)})) == (404, "not_found")
    assert told(caller.get("/api/v1/customer-groups")) == {"items": []}


def test_another_programmes_wallet_is_not_there():
    caller, theirs = Caller(), a_wallet()

    assert code(caller.get(f"/api/v1/wallets/{theirs.public_id}")) == (404, "not_found")
    assert code(caller.get(f"/api/v1/wallets/{theirs.public_id}/statement")) == (404, "not_found")
    assert code(caller.patch(f"/api/v1/wallets/{theirs.public_id}", {"floor_minor": 0})) == (404, "not_found")


def test_a_statement_tells_each_movement_newest_first():
    caller = Caller()
    wallet = a_wallet(programme=caller.programme)
    first, second = funded(wallet, 1000), funded(wallet, 500, bonus_minor=50)

    items = told(caller.get(f"/api/v1/wallets/{wallet.public_id}/statement"))["items"]

    assert [(item["kind"], item["amount_minor"], item["balance_minor"], item["top_up"]) for item in items] == [
        ("top_up", 550, 1550, str(second.public_id)),
        ("top_up", 1000, 1000, str(first.public_id)),
    ]
    assert [(use["origin"], use["amount_minor"]) for use in items[0]["uses"]] == [("purchased", 500), ("bonus", 50)]
    assert items[0]["payment"] is None


def test_a_statement_comes_in_pages():
    caller = Caller()
    wallet = a_wallet(programme=caller.programme)
    for minor in (100, 200, 300):
        funded(wallet, minor)
    path = f"/api/v1/wallets/{wallet.public_id}/statement"

    page = told(caller.get(path, limit=2))
    rest = told(caller.get(path, limit=2, cursor=page["next_cursor"]))

    assert [line["amount_minor"] for line in page["items"] + rest["items"]] == [300, 200, 100]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("many", [1, 50])
def test_a_statement_costs_the_same_however_long(many: int, django_assert_num_queries: DjangoAssertNumQueries):
    caller = Caller()
    wallet = a_wallet(programme=caller.programme)
    for _ in range(many):
        funded(wallet, 100)
    path = f"/api/v1/wallets/{wallet.public_id}/statement"
    caller.get("/api/v1/programme")

    with django_assert_num_queries(5):
        assert len(told(caller.get(path, limit=100))["items"]) == many


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "customers"), ("PATCH", f"customers/{NOBODY}"), ("PATCH", f"wallets/{NOBODY}")],
)
def test_reading_is_not_writing(method: str, path: str):
    reader = Caller(scopes=["customers:read"])

    assert code(reader.call(method, f"/api/v1/{path}", {"floor_minor": 0})) == (403, "scope_missing")
    assert told(reader.get("/api/v1/customers"))["items"] == []
