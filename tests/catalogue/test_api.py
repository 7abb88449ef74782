"""Products and categories, by REST."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from groat.catalogue import actions, shelf
from tests.factories import a_category, a_deed, a_product, a_site
from tests.rest import Caller, code, told

pytestmark = pytest.mark.django_db


def test_a_category_is_added_renamed_and_listed():
    caller = Caller()

    added = told(caller.post("/api/v1/categories", {"name": "Coffee"}), 201)
    changed = told(caller.patch(f"/api/v1/categories/{added['id']}", {"position": 3}))

    assert changed == {"id": added["id"], "name": "Coffee", "position": 3}
    assert told(caller.get(f"/api/v1/categories/{added['id']}")) == changed
    assert told(caller.get("/api/v1/categories")) == {"items": [changed], "next_cursor": None}


def test_two_categories_cannot_have_one_name():
    caller = Caller()
    tea = a_category(programme=caller.programme, name="Tea")
    coffee = a_category(programme=caller.programme, name="Coffee")

    answers = [
        caller.post("/api/v1/categories", {"name": "coffee"}),
        caller.patch(f"/api/v1/categories/{tea.public_id}", {"name": coffee.name}),
    ]

    assert [code(answer) for answer in answers] == [(409, "name_taken")] * 2


def test_a_product_is_added_with_its_price():
    caller = Caller()
    category = a_category(programme=caller.programme)

    answer = caller.post(
        "/api/v1/products", {"category": str(category.public_id), "name": "Flat white", "price_minor": 380}
    )

    body = told(answer, 201)
    assert body == {
        "id": body["id"],
        "category": str(category.public_id),
        "name": "Flat white",
        "price_minor": 380,
        "swatch": "stone",
        "picture": None,
        "position": 0,
        "is_favourite": False,
        "vat_rate": None,
        "sites": None,
        "is_sold_out": False,
        "prices": [],
        "choice_groups": [],
        "withdrawn_at": None,
    }
    assert answer["Location"] == f"/api/v1/products/{body['id']}"
    assert told(caller.get(f"/api/v1/products/{body['id']}")) == body


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "  "},
        {"name": "x" * 81},
        {"price_minor": -1},
        {"price_minor": 3.8},
        {"price_minor": "380"},
        {"price_minor": 10**15 + 1},
        {"swatch": "red"},
        {"position": -1},
        {"category": "coffee"},
        {"category": None},
    ],
)
def test_a_product_that_cannot_be_is_refused(wrong: dict[str, object]):
    caller = Caller()
    category = a_category(programme=caller.programme)
    body = {"category": str(category.public_id), "name": "Tea", "price_minor": 200} | wrong

    assert code(caller.post("/api/v1/products", body)) == (422, "invalid_request")


def test_a_product_changes_in_what_is_told():
    caller = Caller()
    product = a_product(category=a_category(programme=caller.programme), name="Espresso", price_minor=300)
    other = a_category(programme=caller.programme)

    body = told(
        caller.patch(f"/api/v1/products/{product.public_id}", {"price_minor": 320, "category": str(other.public_id)})
    )

    assert (body["name"], body["price_minor"], body["category"]) == ("Espresso", 320, str(other.public_id))


def test_a_product_is_withdrawn_and_put_back():
    caller = Caller()
    product = a_product(category=a_category(programme=caller.programme))
    path = f"/api/v1/products/{product.public_id}"

    withdrawn = told(caller.post(f"{path}/withdraw"))
    again = told(caller.post(f"{path}/withdraw"))
    restored = told(caller.post(f"{path}/restore"))

    assert withdrawn["withdrawn_at"] is not None
    assert again == withdrawn
    assert restored["withdrawn_at"] is None


def test_what_is_another_programmes_is_not_there():
    caller, theirs = Caller(), a_product()
    mine = a_product(category=a_category(programme=caller.programme))
    product, category = f"/api/v1/products/{theirs.public_id}", f"/api/v1/categories/{theirs.category.public_id}"
    told_theirs = {"category": str(theirs.category.public_id)}

    for answer in (
        caller.get(product),
        caller.patch(product, {"price_minor": 1}),
        caller.post(f"{product}/withdraw"),
        caller.post(f"{product}/restore"),
        caller.get(category),
        caller.patch(category, {"name": "Mine"}),
        caller.get("/api/v1/products", **told_theirs),
        caller.post("/api/v1/products", {"name": "Tea", "price_minor": 1, **told_theirs}),
        caller.patch(f"/api/v1/products/{mine.public_id}", told_theirs),
    ):
        assert code(answer) == (404, "not_found")


def test_products_are_listed_by_category_in_pages_withdrawn_ones_too():
    caller = Caller()
    category = a_category(programme=caller.programme)
    products = [a_product(category=category, name=name) for name in ("C", "A", "B")]
    actions.withdraw(product=products[1], deed=a_deed())
    a_product(category=a_category(programme=caller.programme))
    query = {"category": str(category.public_id), "limit": 2}

    first = told(caller.get("/api/v1/products", **query))
    second = told(caller.get("/api/v1/products", **query, cursor=first["next_cursor"]))

    assert [item["name"] for item in first["items"] + second["items"]] == ["C", "A", "B"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize("many", [1, 50])
@pytest.mark.parametrize("path", ["products", "categories"])
def test_a_list_costs_the_same_however_long(path: str, many: int, django_assert_num_queries: DjangoAssertNumQueries):
    caller = Caller()
    for _ in range(many):
        a_product(category=a_category(programme=caller.programme))
    caller.get("/api/v1/programme")

    with django_assert_num_queries(1):
        assert len(told(caller.get(f"/api/v1/{path}", limit=50))["items"]) == many


def test_reading_products_is_not_changing_them():
    reader = Caller(scopes=["products:read"])

    assert code(reader.post("/api/v1/categories", {"name": "Tea"})) == (403, "scope_missing")
    assert told(reader.get("/api/v1/categories"))["items"] == []


def test_a_product_tells_what_it_costs_now_where_it_is_sold_and_what_it_will_cost():
    caller = Caller()
    product = a_product(category=a_category(programme=caller.programme), price_minor=4500)
    site, now = a_site(programme=caller.programme), timezone.now()
    past, ahead = now - timedelta(hours=1), now + timedelta(days=1)
    shelf.plan_price(product=product, price_minor=5000, at=past, deed=a_deed(now=now - timedelta(hours=2)))
    shelf.plan_price(product=product, price_minor=5500, at=ahead, deed=a_deed(now=now))
    shelf.sell_at(product=product, sites=[site], hours=[], deed=a_deed(now=now))
    shelf.sell_out(product=product, until=None, deed=a_deed(now=now))

    body = told(caller.get(f"/api/v1/products/{product.public_id}"))

    assert (body["price_minor"], body["is_sold_out"], body["sites"]) == (5000, True, [str(site.public_id)])
    assert [price["price_minor"] for price in body["prices"]] == [5500]
