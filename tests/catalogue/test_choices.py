"""What products leave to choose: kept in the office and by REST."""

from typing import Any
from uuid import uuid4

import pytest

from groat.catalogue import actions, rules
from groat.catalogue.models import Product
from groat.errors import NotFound
from groat.programmes.models import AuditEntry
from groat.programmes.rules import InvalidAmount, InvalidValue, NameTaken
from tests import factories
from tests.offices import Office, text, toasts
from tests.rest import Caller, code, told

pytestmark = pytest.mark.django_db
MILK, SIZE = factories.MILK, factories.SIZE


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def latte(office: Office) -> Product:
    category = factories.a_category(programme=office.programme, name="Coffee")
    return factories.a_product(category=category, name="Latte", choice_groups=[SIZE, MILK])


def names(product: Product) -> dict[str, list[str]]:
    product.refresh_from_db()
    return {group.name: [choice.name for choice in group.choices] for group in product.choices}


# ---- What they may be ----


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"name": " "}, InvalidValue("name", "blank")),
        ({"name": "x" * 61}, InvalidValue("name", "max_length")),
        ({"name": "a\0"}, InvalidValue("name", "invalid")),
        ({"pick": "two"}, InvalidValue("pick", "invalid_choice")),
        ({"choices": [{"name": "Oat"}] * 31}, InvalidValue("choice_groups", "max_length")),
        ({"choices": [{"name": "Oat"}, {"name": "OAT"}]}, NameTaken("OAT")),
        ({"choices": [{"name": "Oat", "price_minor": -(10**15) - 1}]}, InvalidAmount()),
        ({"id": str(uuid4())}, NotFound()),
        ({"choices": [{"name": "Oat", "id": str(uuid4())}]}, NotFound()),
    ],
)
def test_choices_that_cannot_be_are_refused(wrong: dict[str, Any], refusal: Exception) -> None:
    with pytest.raises(type(refusal)) as refused:
        factories.a_product(choice_groups=[MILK | wrong])
    assert refused.value == refusal or (str(refused.value) == str(refusal))
    assert not Product.objects.exists()


def test_there_are_so_many_groups_with_names_of_their_own() -> None:
    with pytest.raises(InvalidValue):
        factories.a_product(choice_groups=[MILK | {"name": str(number)} for number in range(11)])
    with pytest.raises(NameTaken):
        factories.a_product(choice_groups=[MILK, MILK])


def test_what_is_kept_stays_what_it_is_and_its_change_is_noted_and_undone(latte: Product) -> None:
    before = latte.choice_groups
    size, milk = (dict(group) for group in before)
    milk["choices"] = [*reversed(milk["choices"]), {"name": "Soy milk"}]
    latte = actions.change_product(product=latte, choice_groups=[milk, size], deed=factories.a_deed())

    assert names(latte) == {"Milk": ["Lactose-free milk", "Oat milk", "Soy milk"], "Size": ["Small", "Large"]}
    assert latte.choices[0].id == milk["id"]
    assert [one.id for one in latte.choices[0].choices][:2] == [one["id"] for one in milk["choices"][:2]]
    noted = AuditEntry.objects.filter(action="product.changed").latest("id").details
    assert noted == {
        "choice_groups": [
            "Size: Small, Large; Milk: Oat milk, Lactose-free milk",
            "Milk: Lactose-free milk, Oat milk, Soy milk; Size: Small, Large",
        ]
    }
    assert actions.choices_back(product=latte, deed=factories.a_deed()).choice_groups == before
    assert list(names(actions.choices_back(product=latte, deed=factories.a_deed()))) == ["Milk", "Size"]


def test_what_was_never_changed_is_not_undone() -> None:
    with pytest.raises(NotFound):
        actions.choices_back(product=factories.a_product(choice_groups=[MILK]), deed=factories.a_deed())


def test_what_is_kept_reads_back_as_it_was(latte: Product) -> None:
    assert rules.kept(rules.groups_in(latte.choice_groups)) == latte.choice_groups


# ---- By REST ----


def test_a_product_carries_its_choices_and_keeps_those_that_are_named() -> None:
    caller = Caller()
    category = factories.a_category(programme=caller.programme)
    body = {"category": str(category.public_id), "name": "Latte", "price_minor": 800, "choice_groups": [MILK]}

    added = told(caller.post("/api/v1/products", body), 201)

    (milk,) = added["choice_groups"]
    oat, free = milk["choices"]
    assert milk == {"id": milk["id"], "name": "Milk", "pick": "at_most_one", "choices": [oat, free]}
    assert oat == {"id": oat["id"], "name": "Oat milk", "price_minor": 1000, "is_sold": True}
    path = f"/api/v1/products/{added['id']}"
    groups = [SIZE, milk | {"choices": [oat | {"is_sold": False}]}]
    changed = told(caller.patch(path, {"choice_groups": groups}))
    assert [one["name"] for one in changed["choice_groups"]] == ["Size", "Milk"]
    assert changed["choice_groups"][1] == milk | {"choices": [oat | {"is_sold": False}]}
    assert told(caller.get(path)) == changed
    assert told(caller.patch(path, {"price_minor": 900}))["choice_groups"] == changed["choice_groups"]
    assert told(caller.patch(path, {"choice_groups": []}))["choice_groups"] == []


def test_choices_of_another_product_are_not_found_and_two_of_a_name_are_refused() -> None:
    caller = Caller()
    category = factories.a_category(programme=caller.programme)
    one, other = (factories.a_product(category=category, choice_groups=[MILK]) for _ in range(2))
    path = f"/api/v1/products/{one.public_id}"

    theirs = MILK | {"id": other.choices[0].id}
    assert code(caller.patch(path, {"choice_groups": [theirs]})) == (404, "not_found")
    assert code(caller.patch(path, {"choice_groups": [MILK, MILK]})) == (409, "name_taken")
    assert code(caller.patch(path, {"choice_groups": [MILK | {"pick": "two"}]})) == (422, "invalid_request")
    assert code(caller.patch(path, {"choice_groups": [MILK] * 11})) == (422, "invalid_request")


# ---- In the office ----


def rows(*choices: dict[str, Any]) -> dict[str, Any]:
    """The rows of a group's form, in this order."""
    typed: dict[str, Any] = {"choices-TOTAL_FORMS": len(choices), "choices-INITIAL_FORMS": 0}
    for number, choice in enumerate(choices):
        shown = {"ORDER": number + 1, "is_sold": "on"} | choice
        typed |= {f"choices-{number}-{name}": value for name, value in shown.items() if value is not None}
    return typed


def test_a_group_is_added_with_its_choices_and_undone(office: Office) -> None:
    product = factories.a_product(category=factories.a_category(programme=office.programme), name="Massage")
    assert "What can be chosen" in text(office.get("product_edit", product=product))

    typed = {"name": "Length", "pick": "one"} | rows(
        {"name": "60 min"},
        {"name": "90 min", "price_minor": "400", "ORDER": 0},
        {"name": ""},
        {"name": "30 min", "price_minor": "-150,50", "is_sold": None},
    )
    answer = office.post("choice_group_new", typed, product=product)

    assert answer["Location"].endswith("#choices")
    assert toasts(answer) == ["Length was saved."]
    product.refresh_from_db()
    (group,) = product.choices
    assert (group.name, group.pick) == ("Length", "one")
    assert [(one.name, one.price_minor, one.is_sold) for one in group.choices] == [
        ("90 min", 40_000, True),
        ("60 min", 0, True),
        ("30 min", -15_050, False),
    ]
    office.post("choices_undo", product=product)
    assert names(product) == {}


def test_a_group_is_edited_moved_and_removed(office: Office, latte: Product) -> None:
    size, milk = latte.choices
    page = text(office.get("choice_group_edit", product=latte, group=milk.id))
    assert "Oat milk" in office.get("choice_group_edit", product=latte, group=milk.id).content.decode()
    assert "Another choice" in page
    kept = milk.choices[1]
    typed = {"name": "Milk", "pick": "any"} | rows({"id": kept.id, "name": "No lactose", "price_minor": "9"})

    office.post("choice_group_edit", typed, product=latte, group=milk.id)
    latte.refresh_from_db()
    assert latte.choices[1] == rules.ChoiceGroup(milk.id, "Milk", "any", (rules.Choice(kept.id, "No lactose", 900),))
    office.post("choice_group_move", product=latte, group=milk.id)
    assert list(names(latte)) == ["Milk", "Size"]
    answer = office.post("choice_group_remove", product=latte, group=size.id)
    assert toasts(answer)[-1] == "Size was removed."
    assert list(names(latte)) == ["Milk"]
    office.post("choices_undo", product=latte)
    assert list(names(latte)) == ["Milk", "Size"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": "Milk", "pick": "any"} | rows({"name": "Oat"}), "“Milk” is already used."),
        ({"name": "Extras", "pick": "any"} | rows({"name": "Oat"}, {"name": "oat"}), "“oat” is already used."),
        ({"name": "", "pick": "any"} | rows({"name": "Oat"}), "This field is required."),
        ({"name": "Extras", "pick": "any"} | rows({"name": "", "price_minor": "5"}), "Name it, or leave its price"),
        ({"name": "Extras", "pick": "any"} | rows({"name": "Oat", "price_minor": "five"}), "Enter an amount such as"),
    ],
)
def test_a_group_that_cannot_be_says_why_and_keeps_what_was_typed(
    office: Office, latte: Product, typed: dict[str, Any], said: str
) -> None:
    answer = office.post("choice_group_new", typed, product=latte)
    assert answer.status_code == 422
    assert said in text(answer)
    assert list(names(latte)) == ["Size", "Milk"]


def test_a_product_has_so_many_groups(office: Office, latte: Product) -> None:
    groups = [MILK | {"name": str(number)} for number in range(rules.MOST_GROUPS)]
    actions.change_product(product=latte, choice_groups=groups, deed=factories.a_deed())
    answer = office.get("choice_group_new", product=latte)
    assert (answer.status_code, toasts(answer)) == (302, ["A product has at most 10 groups of choices."])
