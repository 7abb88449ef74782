"""Where, when, in which order and at which dated price products are sold; sold out, and back."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from groat.catalogue import actions, queries, shelf
from groat.catalogue.models import Category, Product
from groat.catalogue.selling import Price
from groat.errors import NotFound
from groat.programmes.models import AuditEntry, Programme
from groat.programmes.rules import InvalidAmount, InvalidValue
from groat.programmes.weeks import Range
from tests.factories import NOW, a_category, a_deed, a_product, a_programme, a_site

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def noted(programme: Programme) -> list[str]:
    return list(AuditEntry.objects.filter(programme=programme).order_by("id").values_list("action", flat=True))


def test_a_product_is_sold_at_some_sites_and_at_some_hours_alone() -> None:
    product = a_product()
    cafe = a_site(programme=product.programme)
    hours = [Range(0, 480, 600)]
    sold = shelf.sell_at(product=product, sites=[cafe], hours=hours, deed=a_deed()).sold
    assert (sold.sites, sold.hours) == (frozenset({cafe.id}), tuple(hours))
    assert queries.on_sale(programme_id=product.programme_id, site=cafe.id)[0].products == (product,)
    assert queries.on_sale(programme_id=product.programme_id, site=a_site(programme=product.programme).id) == []
    again = shelf.sell_at(product=product, sites=None, hours=[], deed=a_deed())
    assert again.selling == {}
    with pytest.raises(NotFound):
        shelf.sell_at(product=product, sites=[a_site()], hours=[], deed=a_deed())


# ---- Prices ----


def test_a_dated_price_becomes_the_price_and_the_one_before_is_kept() -> None:
    product = a_product(price_minor=4500)
    shelf.plan_price(product=product, price_minor=5000, at=NOW + HOUR, deed=a_deed())
    shelf.plan_price(product=product, price_minor=4000, at=NOW + 2 * HOUR, deed=a_deed())
    product.refresh_from_db()
    assert [product.price_at(NOW + by * HOUR) for by in range(3)] == [4500, 5000, 4000]

    later = a_deed(now=NOW + 3 * HOUR)
    product = actions.change_product(product=product, price_minor=6000, deed=later)

    assert (product.price_minor, product.selling) == (6000, {})
    assert product.price_history == [
        [(NOW + HOUR).isoformat(), 4500],
        [(NOW + 2 * HOUR).isoformat(), 5000],
        [(NOW + 3 * HOUR).isoformat(), 4000],
    ]
    assert AuditEntry.objects.latest("id").details == {"price_minor": [4000, 6000]}


def test_a_price_that_stays_leaves_no_trace() -> None:
    product = a_product(price_minor=4500)
    shelf.plan_price(product=product, price_minor=5000, at=NOW + HOUR, deed=a_deed())
    actions.change_product(product=product, price_minor=4500, deed=a_deed())
    product.refresh_from_db()
    assert (product.price_history, product.sold.prices) == ([], (Price(NOW + HOUR, 5000),))
    assert noted(product.programme)[-1] == "product.price_planned"


def test_a_planned_price_is_replaced_and_forgotten() -> None:
    product = a_product()
    for price_minor in (5000, 5100):
        shelf.plan_price(product=product, price_minor=price_minor, at=NOW + HOUR, deed=a_deed())
    product.refresh_from_db()
    assert product.sold.prices == (Price(NOW + HOUR, 5100),)
    assert shelf.drop_price(product=product, at=NOW + HOUR, deed=a_deed()).selling == {}
    with pytest.raises(NotFound):
        shelf.drop_price(product=product, at=NOW + HOUR, deed=a_deed())
    with pytest.raises(InvalidValue):
        shelf.plan_price(product=product, price_minor=1, at=NOW, deed=a_deed())
    with pytest.raises(InvalidAmount):
        shelf.plan_price(product=product, price_minor=-1, at=NOW + HOUR, deed=a_deed())


# ---- Sold out ----


def test_what_is_sold_out_is_told_until_it_is_back() -> None:
    product = a_product()
    programme_id = product.programme_id

    def told(now_in: int = 0) -> dict[str, object]:
        return dict(queries.sold_out(programme_id=programme_id, now=NOW + now_in * HOUR))

    shelf.sell_out(product=product, until=NOW + HOUR, deed=a_deed())
    assert (told(), told(1)) == ({str(product.public_id): NOW + HOUR}, {})
    shelf.sell_out(product=product, until=None, deed=a_deed())
    assert told(999) == {str(product.public_id): None}
    shelf.sell_again(product=product, deed=a_deed())
    shelf.sell_again(product=product, deed=a_deed())
    assert told() == {}
    assert noted(product.programme)[-3:] == ["product.sold_out", "product.sold_out", "product.back"]
    with pytest.raises(InvalidValue):
        shelf.sell_out(product=product, until=NOW, deed=a_deed())


# ---- Order ----


@pytest.mark.parametrize("size", [2, 30])
def test_products_are_put_in_order_at_once(size: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    category = a_category()
    made = [a_product(category=category, name=f"P{number:02}") for number in range(size)]
    wanted = [product.public_id for product in reversed(made)]
    with django_assert_num_queries(5):
        shelf.order_products(category=category, products=wanted, deed=a_deed())
    assert [product.public_id for product in Product.objects.filter(category=category)] == wanted


def test_what_is_not_named_comes_after_what_is() -> None:
    category = a_category()
    one, two, three = (a_product(category=category, name=name) for name in "123")
    shelf.order_products(category=category, products=[three.public_id, three.public_id], deed=a_deed())
    assert list(Product.objects.filter(category=category)) == [three, one, two]
    with pytest.raises(NotFound):
        shelf.order_products(category=category, products=[a_product().public_id], deed=a_deed())


def test_categories_are_put_in_order() -> None:
    programme = a_programme()
    coffee, tea = (a_category(programme=programme, name=name) for name in ("Coffee", "Tea"))
    shelf.order_categories(programme=programme, categories=[tea.public_id, coffee.public_id], deed=a_deed())
    assert list(Category.objects.filter(programme=programme)) == [tea, coffee]
    with pytest.raises(NotFound):
        shelf.order_categories(programme=a_programme(), categories=[tea.public_id], deed=a_deed())


# ---- Categories ----


def test_a_category_is_withdrawn_and_comes_back_with_what_went_with_it() -> None:
    category = a_category()
    espresso, mocha = (a_product(category=category, name=name) for name in ("Espresso", "Mocha"))
    actions.withdraw(product=mocha, deed=a_deed())
    later = a_deed(now=NOW + HOUR)
    for _ in range(2):
        category = shelf.withdraw_category(category=category, deed=later)
    assert queries.on_sale(programme_id=category.programme_id) == []
    assert {product.withdrawn_at for product in Product.objects.all()} == {NOW, NOW + HOUR}
    shelf.restore_category(category=category, deed=later)
    assert [one.products for one in queries.on_sale(programme_id=category.programme_id)] == [(espresso,)]
    assert noted(category.programme)[-2:] == ["category.withdrawn", "category.restored"]


def test_a_category_has_a_colour_that_there_is() -> None:
    category = a_category()
    changed = actions.change_category(category=category, name="Tea", position=0, swatch="moss", deed=a_deed())
    assert changed.swatch == "moss"
    with pytest.raises(InvalidValue):
        actions.change_category(category=category, name="Tea", position=0, swatch="mauve", deed=a_deed())
