"""Reading what is sold."""

import pytest
from pytest_django import DjangoAssertNumQueries

from groat.catalogue import actions, queries
from groat.catalogue.models import Category
from tests.factories import a_category, a_deed, a_product, a_programme

pytestmark = pytest.mark.django_db


def shown(shelves: list[queries.Shelf]) -> list[tuple[str, list[str]]]:
    return [(shelf.category.name, [product.name for product in shelf.products]) for shelf in shelves]


def named(categories: list[Category]) -> list[tuple[str, list[str]]]:
    return [(category.name, [product.name for product in category.products.all()]) for category in categories]


@pytest.mark.parametrize("size", [1, 7])
def test_what_is_on_sale_takes_two_queries(size: int, django_assert_num_queries: DjangoAssertNumQueries):
    programme = a_programme()
    for _ in range(size):
        a_product(category=a_category(programme=programme))

    with django_assert_num_queries(2):
        found = shown(queries.on_sale(programme_id=programme.id))

    assert len(found) == size


def test_the_till_shows_what_is_on_sale_in_its_order():
    programme = a_programme()
    coffee, tea = a_category(programme=programme, name="Coffee"), a_category(programme=programme, name="Tea")
    a_category(programme=programme, name="Empty")
    a_product(category=tea, name="Green")
    a_product(category=coffee, name="Latte")
    espresso = a_product(category=coffee, name="Espresso")
    actions.withdraw(product=a_product(category=coffee, name="Mocha"), deed=a_deed())
    actions.change_product(product=espresso, position=1, deed=a_deed())
    actions.change_category(category=coffee, name="Coffee", position=1, deed=a_deed())
    a_product(name="Elsewhere")

    assert shown(queries.on_sale(programme_id=programme.id)) == [("Tea", ["Green"]), ("Coffee", ["Latte", "Espresso"])]


def test_the_office_sees_all_categories_and_what_was_withdrawn_last():
    programme = a_programme()
    coffee = a_category(programme=programme, name="Coffee")
    a_category(programme=programme, name="Empty")
    actions.withdraw(product=a_product(category=coffee, name="Affogato"), deed=a_deed())
    a_product(category=coffee, name="Espresso")

    found = queries.catalogue(programme_id=programme.id)

    assert named(found) == [("Coffee", ["Espresso", "Affogato"]), ("Empty", [])]


@pytest.mark.parametrize("text", ["ceska", "ČESKÁ", "káva čes"])
def test_a_product_is_found_without_case_and_diacritics(text: str, django_assert_num_queries: DjangoAssertNumQueries):
    coffee = a_category(name="Coffee")
    a_product(category=coffee, name="Káva česká")
    a_product(category=coffee, name="Espresso")

    with django_assert_num_queries(3):
        assert named(queries.catalogue(programme_id=coffee.programme_id, text=text)) == [("Coffee", ["Káva česká"])]
