"""Putting things on sale."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks

from groat.catalogue import actions, queries, rules
from groat.catalogue.models import Category, Product
from groat.errors import NotFound, Refusal
from groat.programmes.models import AuditEntry, Programme
from groat.programmes.rules import InvalidAmount, InvalidValue, NameTaken
from groat.web import pictures
from tests.factories import NOW, a_category, a_deed, a_product, a_programme
from tests.races import at_once

pytestmark = pytest.mark.django_db


def noted(programme: Programme) -> list[tuple[str, str, dict[str, object]]]:
    entries = AuditEntry.objects.filter(programme=programme).order_by("id")
    return [(entry.action, entry.subject_name, entry.details) for entry in entries][2:]


def a_picture() -> "ContentFile[bytes]":
    out = BytesIO()
    Image.new("RGB", (8, 8), "brown").save(out, "PNG")
    return pictures.shrunk(ContentFile(out.getvalue(), name="coffee.png"))


def test_a_category_and_a_product_are_added_and_noted():
    programme = a_programme()

    category = actions.add_category(programme=programme, name=" Coffee ", position=2, deed=a_deed())
    product = actions.add_product(
        programme=programme, category=category, name=" Espresso ", price_minor=4500, swatch="clay", deed=a_deed()
    )

    assert (category.name, category.position) == ("Coffee", 2)
    kept = Product.objects.values().get()
    assert kept == {
        "id": product.id,
        "programme_id": programme.id,
        "category_id": category.id,
        "name": "Espresso",
        "price_minor": 4500,
        "swatch": "clay",
        "picture": "",
        "position": 0,
        "is_favourite": False,
        "choice_groups": [],
        "choice_groups_before": None,
        "vat_rate": None,
        "price_history": [],
        "selling": {},
        "withdrawn_at": None,
    }
    assert noted(programme) == [
        ("category.added", "Coffee", {}),
        ("product.added", "Espresso", {"price_minor": 4500}),
    ]


def test_two_categories_cannot_have_the_same_name():
    category = a_category(name="Coffee")

    with pytest.raises(NameTaken):
        a_category(programme=category.programme, name="COFFEE")
    other = a_category(programme=category.programme, name="Tea")
    with pytest.raises(NameTaken):
        actions.change_category(category=other, name="coffee", position=0, deed=a_deed())


def test_a_category_is_renamed_and_moved():
    category = a_category(name="Coffee")

    actions.change_category(category=category, name="Hot drinks", position=3, deed=a_deed())

    assert noted(category.programme)[-1] == (
        "category.changed",
        "Hot drinks",
        {"name": ["Coffee", "Hot drinks"], "position": [0, 3]},
    )


def test_an_empty_category_is_removed():
    category = a_category(name="Coffee")

    actions.remove_category(category=category, deed=a_deed())

    assert Category.objects.count() == 0
    assert noted(category.programme)[-1] == ("category.removed", "Coffee", {})


def test_a_category_with_products_stays_even_when_all_are_withdrawn():
    product = a_product()
    actions.withdraw(product=product, deed=a_deed())

    with pytest.raises(rules.CategoryNotEmpty) as refused:
        actions.remove_category(category=product.category, deed=a_deed())

    assert refused.value.facts() == {"products": 1}


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_a_category_is_not_removed_under_a_product_that_comes_at_once():
    category = a_category()

    outcomes = at_once(
        lambda: actions.remove_category(category=category, deed=a_deed()),
        lambda: a_product(category=category),
    )

    told = sorted(type(outcome).__name__ for outcome in outcomes)
    assert told in (["CategoryNotEmpty", "Product"], ["NoneType", "NotFound"])
    assert Product.objects.count() == Category.objects.count()


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"name": ""}, InvalidValue("name", "blank")),
        ({"name": "x" * 81}, InvalidValue("name", "max_length")),
        ({"swatch": "mauve"}, InvalidValue("swatch", "invalid_choice")),
        ({"price_minor": -1}, InvalidAmount()),
        ({"price_minor": 10**15 + 1}, InvalidAmount()),
        ({"position": -1}, InvalidValue("position", "min_value")),
    ],
)
def test_a_product_that_cannot_be_is_refused(given: dict[str, Any], refusal: Refusal):
    category = a_category()
    product: dict[str, Any] = {"name": "Espresso", "price_minor": 4500, "swatch": "clay"}

    with pytest.raises(type(refusal)) as refused:
        actions.add_product(programme=category.programme, category=category, deed=a_deed(), **product | given)

    assert refused.value.facts() == refusal.facts()

    there = a_product(category=category)
    with pytest.raises(type(refusal)):
        actions.change_product(product=there, deed=a_deed(), **given)
    assert list(Product.objects.values_list("name", "price_minor")) == [("Espresso", 4500)]


def test_something_may_cost_nothing():
    assert a_product(price_minor=0).price_minor == 0


def test_a_product_stands_in_a_category_of_its_own_programme():
    with pytest.raises(NotFound):
        actions.add_product(
            programme=a_programme(), category=a_category(), name="x", price_minor=1, swatch="clay", deed=a_deed()
        )
    with pytest.raises(NotFound):
        actions.change_product(product=a_product(), category=a_category(), deed=a_deed())


def test_a_change_of_price_notes_what_was_before():
    product = a_product(price_minor=4500)

    changed = actions.change_product(product=product, price_minor=4900, deed=a_deed())

    assert (changed.price_minor, changed.name) == (4900, "Espresso")
    assert noted(product.programme)[-1] == ("product.changed", "Espresso", {"price_minor": [4500, 4900]})


def test_a_product_has_no_other_properties():
    with pytest.raises(TypeError, match="colour"):
        actions.change_product(product=a_product(), colour="red", deed=a_deed())  # type: ignore[call-arg]


def test_a_withdrawn_product_is_off_the_tills_until_restored():
    product = a_product()

    withdrawn = actions.withdraw(product=product, deed=a_deed())
    assert withdrawn.withdrawn_at == NOW
    assert queries.on_sale(programme_id=product.programme_id) == []

    actions.restore(product=product, deed=a_deed())
    assert [shelf.products for shelf in queries.on_sale(programme_id=product.programme_id)] == [(product,)]
    assert [action for action, _, _ in noted(product.programme)][-2:] == ["product.withdrawn", "product.restored"]


def test_a_new_picture_gets_a_new_name_and_the_old_one_goes(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
):
    product = a_product()

    product = actions.change_product(product=product, picture=a_picture(), deed=a_deed())
    first = Path(product.picture.path)
    assert (first.parent.name, first.suffix, first.is_file()) == ("products", ".webp", True)

    with django_capture_on_commit_callbacks(execute=True):
        product = actions.change_product(product=product, picture=a_picture(), deed=a_deed())
    second = Path(product.picture.path)
    assert (first.exists(), second.is_file(), first != second) == (False, True, True)

    with django_capture_on_commit_callbacks(execute=True):
        actions.change_product(product=product, picture=None, deed=a_deed())
    assert (Product.objects.get().picture.name, second.exists()) == ("", False)


def test_a_product_may_come_with_its_picture():
    category = a_category()

    product = actions.add_product(
        programme=category.programme,
        category=category,
        name="Latte",
        price_minor=1,
        swatch="clay",
        picture=a_picture(),
        deed=a_deed(),
    )

    with Image.open(Product.objects.get(pk=product.pk).picture) as kept:
        assert (kept.format, kept.size) == ("WEBP", (8, 8))
