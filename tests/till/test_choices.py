"""What is chosen of a product: what it costs, what fits, and that the payment tells it."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from groat.catalogue import actions as catalogue
from groat.catalogue.models import Product
from groat.catalogue.queries import on_sale
from groat.catalogue.rules import ANY, AT_MOST_ONE, ONE, PICKS, Choice, ChoiceGroup
from groat.till import office, parking, shown
from groat.till.models import Checkout, Payment
from groat.till.rules import ChoicesDoNotFit, Order, OrderLine, ProductFacts, ProductNotSold, TillFacts, product_line
from tests import factories
from tests.rest import code, told
from tests.till import test_lane
from tests.till.test_api import Shop
from tests.till.test_pages import Counter, a_key

OAT, SOY, SHOT, CUP = (str(uuid4()) for _ in range(4))
COUNTER = TillFacts(1, "Counter", False, None, None)


def a_coffee(pick: str = AT_MOST_ONE, *, price_minor: int = 6500, soy_is_sold: bool = True) -> ProductFacts:
    milk = ChoiceGroup("m", "Milk", pick, (Choice(OAT, "Oat milk", 1000), Choice(SOY, "Soy milk", 500, soy_is_sold)))
    extras = ChoiceGroup("e", "Extras", ANY, (Choice(SHOT, "Extra shot", 1500), Choice(CUP, "Own cup", -700)))
    return ProductFacts(1, "Cappuccino", price_minor, True, uuid4(), (milk, extras))


def chosen(product: ProductFacts, *choices: str, quantity: int = 1) -> dict[str, Any]:
    return product_line(product, OrderLine(7, quantity, choices), till=COUNTER, now=factories.NOW)


# ---- What it costs, and what fits ----


def test_a_line_costs_the_product_and_what_was_chosen_and_tells_it_in_the_products_order() -> None:
    coffee = a_coffee()
    assert chosen(coffee, CUP, OAT, SHOT, quantity=2) == {
        "product": str(coffee.public_id),
        "name": "Cappuccino",
        "quantity": 2,
        "price_minor": 8300,
        "amount_minor": 16600,
        "choices": [
            {"id": OAT, "name": "Oat milk", "price_minor": 1000},
            {"id": SHOT, "name": "Extra shot", "price_minor": 1500},
            {"id": CUP, "name": "Own cup", "price_minor": -700},
        ],
    }


def test_nothing_need_be_chosen_where_nothing_must() -> None:
    assert "choices" not in chosen(a_coffee())
    assert chosen(a_coffee())["price_minor"] == 6500


def test_nobody_is_paid_for_a_choice() -> None:
    assert chosen(a_coffee(price_minor=600), CUP)["amount_minor"] == 0


@pytest.mark.parametrize(("pick", "choices"), [(ONE, ()), (ONE, (OAT, SOY)), (AT_MOST_ONE, (OAT, SOY))])
def test_one_of_a_group_is_one(pick: str, choices: tuple[str, ...]) -> None:
    with pytest.raises(ChoicesDoNotFit) as refused:
        chosen(a_coffee(pick), *choices)
    assert refused.value.facts() == {"product": "Cappuccino", "group": "Milk"}


def test_what_is_not_the_products_or_sold_no_more_or_asked_for_twice_is_not_sold() -> None:
    for coffee, choices in (
        (a_coffee(), [str(uuid4())]),
        (a_coffee(soy_is_sold=False), [SOY]),
        (a_coffee(), [SHOT, SHOT]),
    ):
        with pytest.raises(ProductNotSold):
            chosen(coffee, *choices)


def test_of_a_group_with_nothing_on_sale_nothing_must_be_chosen() -> None:
    coffee = ProductFacts(
        1, "Tea", 100, True, uuid4(), (ChoiceGroup("m", "Milk", ONE, (Choice(OAT, "Oat", 1, False),)),)
    )
    assert chosen(coffee)["price_minor"] == 100


groups = st.lists(
    st.tuples(st.sampled_from(PICKS), st.lists(st.tuples(st.integers(-3000, 3000), st.booleans()), max_size=4)),
    max_size=4,
)


@given(groups, st.integers(0, 5000), st.integers(1, 999), st.data())
def test_whatever_is_chosen_a_line_is_refused_or_costs_the_sum_and_never_less_than_nothing(
    kinds: list[tuple[str, list[tuple[int, bool]]]], price_minor: int, quantity: int, data: st.DataObject
) -> None:
    made = tuple(
        ChoiceGroup(
            f"{at}", f"Group {at}", pick, tuple(Choice(f"{at}.{n}", "…", *one) for n, one in enumerate(choices))
        )
        for at, (pick, choices) in enumerate(kinds)
    )
    everything = {choice.id: choice for group in made for choice in group.choices}
    picked = data.draw(st.lists(st.sampled_from(sorted(everything)), max_size=6)) if everything else []
    product = ProductFacts(1, "Cappuccino", price_minor, True, uuid4(), made)
    try:
        line = chosen(product, *picked, quantity=quantity)
    except (ChoicesDoNotFit, ProductNotSold):
        fits = len(set(picked)) == len(picked) and all(everything[one].is_sold for one in picked)
        for group in made:
            of_group = sum(choice.id in picked for choice in group.sold)
            fits &= of_group <= 1 or group.pick == ANY
            fits &= of_group >= 1 or not group.must_choose
        assert not fits
        return
    each = max(0, price_minor + sum(everything[one].price_minor for one in picked))
    assert (line["price_minor"], line["amount_minor"]) == (each, each * quantity)
    assert {one["id"] for one in line.get("choices", [])} == set(picked)


def test_orders_are_told_apart_by_what_was_chosen_and_without_choices_as_they_always_were() -> None:
    def fingerprint(*lines: OrderLine) -> bytes:
        return Order(1, "key:1", "k", 2, b"token", lines).fingerprint()

    prints = {fingerprint(OrderLine(7, 1)), fingerprint(OrderLine(7, 1, (OAT,))), fingerprint(OrderLine(7, 1, (SOY,)))}
    assert len(prints) == 3
    assert fingerprint(OrderLine(7, 1)).hex() == "3bfc1eada80abc620c9812b6a6b6debf"


# ---- Paid by REST, and by the lane ----


def a_latte(shop: Shop | Counter, **given: Any) -> Product:
    """80,00, in a size that must be chosen and with a milk that may be."""
    return factories.a_product(
        category=shop.product.category,
        name="Latte",
        price_minor=800,
        choice_groups=[
            factories.SIZE | {"choices": [{"name": "Small", "price_minor": -100}, {"name": "Large"}]},
            factories.MILK,
        ],
        **given,
    )


def ids_of(product: Product) -> dict[str, str]:
    return {choice.name: choice.id for group in product.choices for choice in group.choices}


@pytest.mark.django_db
def test_a_payment_takes_and_tells_what_was_chosen() -> None:
    shop = Shop()
    latte = a_latte(shop)
    ids = ids_of(latte)
    line = {"product": str(latte.public_id), "quantity": 2, "choices": [ids["Oat milk"], ids["Small"]]}

    body = told(shop.pay(lines=[line]), 201)

    assert body["amount_minor"] == 3400
    assert body["lines"] == [
        {
            "product": str(latte.public_id),
            "name": "Latte",
            "quantity": 2,
            "price_minor": 1700,
            "amount_minor": 3400,
            "choices": [
                {"id": ids["Small"], "name": "Small", "price_minor": -100},
                {"id": ids["Oat milk"], "name": "Oat milk", "price_minor": 1000},
            ],
        }
    ]
    # As they were, whatever becomes of them.
    catalogue.change_product(product=latte, choice_groups=[], deed=factories.a_deed())
    assert told(shop.caller.get(f"/api/v1/payments/{body['id']}"))["lines"] == body["lines"]
    assert office.bought(Payment.objects.get().lines) == "2 × Latte (Small, Oat milk)"


@pytest.mark.django_db
def test_what_does_not_fit_is_refused_and_takes_nothing() -> None:
    shop = Shop()
    latte, other = a_latte(shop), a_latte(shop)
    ids = ids_of(latte)

    def paid(*choices: str) -> tuple[int, str]:
        return code(shop.pay(lines=[{"product": str(latte.public_id), "choices": list(choices)}]))

    assert paid() == (409, "choices_do_not_fit")
    assert paid(ids["Small"], ids["Large"]) == (409, "choices_do_not_fit")
    assert paid(ids["Small"], ids_of(other)["Oat milk"]) == (409, "product_not_sold")
    groups = latte.choice_groups
    groups[1]["choices"][0]["is_sold"] = False
    catalogue.change_product(product=latte, choice_groups=groups, deed=factories.a_deed())
    assert paid(ids["Small"], ids["Oat milk"]) == (409, "product_not_sold")
    assert not Payment.objects.exists()
    line = {"product": str(latte.public_id), "choices": [ids["Small"], ids["Lactose-free milk"]]}
    assert told(shop.pay(lines=[line]), 201)["amount_minor"] == 1500


@pytest.mark.django_db
def test_the_same_key_with_other_choices_is_another_request() -> None:
    shop, key = Shop(), str(uuid4())
    latte = a_latte(shop)
    ids = ids_of(latte)
    first = shop.pay(key=key, lines=[{"product": str(latte.public_id), "choices": [ids["Small"]]}])
    other = shop.pay(key=key, lines=[{"product": str(latte.public_id), "choices": [ids["Large"]]}])
    assert (first.status_code, code(other)) == (201, (422, "idempotency_key_reused"))


@pytest.mark.django_db(transaction=True)
def test_the_lane_takes_choices_as_the_documented_operation_does() -> None:
    shop = Shop()
    latte = a_latte(shop)
    line = {"product": str(latte.public_id), "choices": [ids_of(latte)["Large"]]}
    status, body = test_lane.paid(shop.caller, json.dumps(shop.asked(lines=[line])).encode())
    assert (status, body["amount_minor"], body["lines"][0]["choices"][0]["name"]) == (201, 800, "Large")


# ---- At the till's page ----


@pytest.fixture
def counter(db: None) -> Counter:
    return Counter()


def test_the_page_knows_what_can_be_chosen_of_what_is_sold(counter: Counter) -> None:
    latte = a_latte(counter)
    groups = latte.choice_groups
    groups[0]["choices"][1]["is_sold"] = False
    latte = catalogue.change_product(product=latte, choice_groups=groups, deed=factories.a_deed())
    ids = ids_of(latte)
    about = counter.client.get(counter.url()).context["about"]
    size, milk = latte.choices
    assert about["choices"] == {
        str(latte.public_id): [
            {
                "id": size.id,
                "name": "Size",
                "pick": "one",
                "choices": [{"id": ids["Small"], "name": "Small", "price_minor": -100}],
            },
            {
                "id": milk.id,
                "name": "Milk",
                "pick": "at_most_one",
                "choices": [
                    {"id": ids["Oat milk"], "name": "Oat milk", "price_minor": 1000},
                    {"id": ids["Lactose-free milk"], "name": "Lactose-free milk", "price_minor": 800},
                ],
            },
        ]
    }


def test_a_basket_with_choices_is_priced_paid_and_listed(counter: Counter) -> None:
    latte = a_latte(counter)
    ids = ids_of(latte)
    lines = [{"product": str(latte.public_id), "quantity": 1, "choices": [ids["Large"], ids["Oat milk"]]}]
    opened = counter.ask("till_checkouts", {"key": a_key(), "lines": lines})["checkout"]
    assert opened["amount_minor"] == 1800
    assert counter.presented(opened)["checkout"]["state"] == "paid"
    assert Payment.objects.get().lines == Checkout.objects.get().lines
    assert "Latte (Large, Oat milk)" in counter.client.get(counter.url("till_payments")).content.decode()


def test_choices_that_are_none_are_not_understood(counter: Counter) -> None:
    for choices in ("large", [1], ["large"], [None]):
        lines = [{"product": str(counter.product.public_id), "quantity": 1, "choices": choices}]
        counter.ask("till_checkouts", {"key": a_key(), "lines": lines}, status=400)


def test_a_basket_put_aside_keeps_its_choices_and_is_taken_up_at_todays_prices(counter: Counter) -> None:
    latte = a_latte(counter)
    ids = ids_of(latte)
    line = {"product": str(latte.public_id), "quantity": 2, "choices": [ids["Large"], ids["Oat milk"]]}
    aside = counter.ask("till_park", {"key": a_key(), "lines": [line], "name": "Table 4"})["parked"]
    groups = latte.choice_groups
    groups[1]["choices"][0]["price_minor"] = 1200
    catalogue.change_product(product=latte, choice_groups=groups, deed=factories.a_deed())
    assert "Latte (Large, Oat milk)" in counter.client.get(counter.url("till_parked")).content.decode()
    told = counter.ask("till_take_up", {"key": a_key()}, basket=aside["id"])["taken"]
    named = {"name": "Latte", "price_minor": 2000, "is_sold": True, "chosen": ["Large", "Oat milk"]}
    assert told["lines"] == [line | named]


def test_a_basket_put_aside_says_which_choice_is_not_to_be_had_any_more(counter: Counter) -> None:
    latte = a_latte(counter)
    line = (latte.public_id, 1, [UUID(ids_of(latte)["Small"])])
    basket = parking.park(till=counter.till, lines=[line], name="Table 4", deed=factories.a_deed())
    catalogue.change_product(product=latte, choice_groups=[], deed=factories.a_deed())
    ((_, lines),) = parking.described([basket], till=counter.till, now=factories.NOW)
    assert [one["is_sold"] for one in lines] == [False]


def test_however_many_products_leave_something_to_choose_the_page_asks_no_more(
    counter: Counter, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        a_latte(counter)
    categories = on_sale(programme_id=counter.programme.id)
    with django_assert_num_queries(0):
        assert len(shown.choices(categories)) == 5
