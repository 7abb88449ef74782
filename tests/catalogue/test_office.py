"""The office's pages about what is sold."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from groat.catalogue import actions
from groat.catalogue.models import Category, Product
from tests import factories
from tests.offices import Office, a_photograph, just_now, queries_of, signed_in, text, toasts

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def category(office: Office) -> Category:
    return factories.a_category(programme=office.programme, name="Coffee")


def typed(category: Category, **given: object) -> dict[str, object]:
    return {
        "name": "Flat white",
        "price_minor": "75,50",
        "category": str(category.public_id),
        "swatch": "sea",
        "position": "3",
    } | given


# ---- Favourites ----


def test_a_product_is_starred_and_unstarred_in_the_list(office: Office, category: Category):
    product = factories.a_product(category=category, name="Espresso")

    assert 'aria-pressed="false" aria-label="Espresso is a favourite"' in office.get("products").content.decode()
    answer = office.post("product_favourite", {"favourite": "yes"}, product=product)
    assert toasts(answer) == ["Espresso is a favourite now."]
    product.refresh_from_db()
    assert product.is_favourite
    assert 'aria-pressed="true" aria-label="Espresso is a favourite"' in office.get("products").content.decode()
    office.post("product_favourite", {"favourite": "no"}, product=product)
    product.refresh_from_db()
    assert not product.is_favourite


def test_a_product_is_made_a_favourite_on_its_page(office: Office, category: Category):
    office.post("product_new", typed(category, is_favourite="on"))

    assert Product.objects.get().is_favourite
    office.post("product_edit", typed(category), product=Product.objects.get())
    assert not Product.objects.get().is_favourite


# ---- The list ----


def test_what_is_sold_stands_in_its_category_and_what_was_withdrawn_below(office: Office, category: Category):
    gone = factories.a_product(category=category, name="Affogato")
    factories.a_product(category=category, name="Espresso", price_minor=5_500)
    actions.withdraw(product=gone, deed=just_now())

    page = text(office.get("products"))

    assert "55.00 Kč" in page
    assert page.index("Coffee") < page.index("Espresso") < page.index("Affogato") < page.index("Withdrawn")


def test_products_are_found_by_name(office: Office, category: Category):
    factories.a_product(category=category, name="Espresso")
    factories.a_product(category=category, name="Flat white")

    rows = text(office.get("products", {"q": "flat"}, fragment="rows"))

    assert "Flat white" in rows
    assert "Espresso" not in rows
    assert "No product of that name" in text(office.get("products", {"q": "tea"}))


def test_fifty_products_take_as_many_queries_as_one(office: Office, category: Category):
    factories.a_product(category=category)
    alone = queries_of(lambda: office.get("products"))
    for number in range(49):
        factories.a_product(category=factories.a_category(programme=office.programme), name=f"Product {number}")

    assert queries_of(lambda: office.get("products")) == alone


# ---- Categories ----


def test_a_category_is_added_changed_and_removed_while_it_is_empty(office: Office):
    response = office.post("category_new", {"name": "Lunch", "position": "2"})
    lunch = Category.objects.get(programme=office.programme)
    assert response["Location"] == f"{office.url('product_new')}?category={lunch.public_id}"

    office.post("category_edit", {"name": "Lunches", "position": "1"}, category=lunch)
    lunch.refresh_from_db()
    assert (lunch.name, lunch.position) == ("Lunches", 1)

    office.post("category_remove", category=lunch)
    assert not Category.objects.filter(programme=office.programme).exists()


def test_a_category_with_products_stays(office: Office, category: Category):
    factories.a_product(category=category)

    response = office.post("category_remove", category=category)

    assert toasts(response) == ["Move its products (1) into another category first."]
    assert Category.objects.filter(pk=category.pk).exists()


def test_two_categories_have_not_one_name(office: Office, category: Category):
    response = office.post("category_new", {"name": "COFFEE", "position": "0"})

    assert response.status_code == 422
    assert "“COFFEE” is already used." in text(response)
    assert Category.objects.filter(programme=office.programme).get() == category


# ---- Products ----


def test_a_product_needs_a_category_first(office: Office):
    assert office.get("product_new")["Location"] == office.url("category_new")


def test_a_product_is_put_on_sale(office: Office, category: Category):
    response = office.post("product_new", typed(category))

    product = Product.objects.get(programme=office.programme)
    assert (product.name, product.price_minor, product.category, product.swatch, product.position) == (
        "Flat white",
        7_550,
        category,
        "sea",
        3,
    )
    assert (response["Location"], toasts(response)) == (office.url("products"), ["Flat white is on sale."])


def test_after_one_product_another_of_its_category_can_follow(office: Office, category: Category):
    response = office.post("product_new", typed(category, another="yes"))

    assert response["Location"] == f"{office.url('product_new')}?category={category.public_id}"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "This field is required."),
        ({"price_minor": "-1"}, "Enter at least 0.00 Kč."),
        ({"price_minor": "1.999"}, "At most 2 digits may follow the decimal sign."),
        ({"swatch": "ultraviolet"}, "Select a valid choice."),
        ({"category": "0192f0c4-0000-7000-8000-000000000000"}, "Select a valid choice."),
        ({"picture": SimpleUploadedFile("x.jpg", b"no picture", "image/jpeg")}, "This is no picture"),
    ],
)
def test_a_product_that_cannot_be_is_refused_and_what_was_typed_stays(
    office: Office, category: Category, wrong: dict[str, object], said: str
):
    response = office.post("product_new", typed(category, position="77") | wrong)

    assert response.status_code == 422
    assert said in text(response)
    assert 'value="77"' in text(response)
    assert not Product.objects.filter(programme=office.programme).exists()


def test_the_category_of_another_programme_is_no_choice(office: Office, category: Category):
    foreign = factories.a_category(name="Foreign")

    response = office.post("product_new", typed(foreign))

    assert response.status_code == 422
    assert "Foreign" not in text(response)


def test_a_product_is_changed_and_keeps_what_is_not_typed_anew(office: Office, category: Category):
    product = factories.a_product(category=category)
    office.post("product_edit", typed(category, picture=a_photograph()), product=product)
    product.refresh_from_db()
    picture = product.picture.name

    office.post("product_edit", typed(category, name="Flat white, large", price_minor="90"), product=product)

    product.refresh_from_db()
    assert (product.name, product.price_minor, product.picture.name) == ("Flat white, large", 9_000, picture)
    assert picture


def test_a_product_is_taken_off_the_tills_and_put_back(office: Office, category: Category):
    product = factories.a_product(category=category)

    response = office.post("product_withdraw", product=product)
    product.refresh_from_db()
    assert product.withdrawn_at is not None
    assert toasts(response) == ["Espresso is off the tills."]
    assert office.url("product_restore", product=product) in text(office.get("products"))

    office.post("product_restore", product=product)
    product.refresh_from_db()
    assert product.withdrawn_at is None


# ---- Pictures ----


def test_a_picture_is_made_small_and_may_be_kept_for_ever(office: Office, category: Category):
    office.post("product_new", typed(category, picture=a_photograph()))
    product = Product.objects.get(programme=office.programme)
    cashier = signed_in(factories.some_staff("cashier", programme=office.programme))

    answer: Any = cashier.get(office.url("product_picture", product=product, name=product.picture_name))

    body = b"".join(answer.streaming_content)
    assert (answer.status_code, answer["Content-Type"], body[:4], body[8:12]) == (200, "image/webp", b"RIFF", b"WEBP")
    assert "immutable" in answer["Cache-Control"]
    assert "private" in answer["Cache-Control"]
    assert len(body) < 20_000


def test_a_new_picture_has_another_address_and_the_old_one_is_gone(office: Office, category: Category):
    office.post("product_new", typed(category, picture=a_photograph()))
    product = Product.objects.get(programme=office.programme)
    old = product.picture_name

    office.post("product_edit", typed(category, picture=a_photograph("teal")), product=product)

    product.refresh_from_db()
    assert product.picture_name != old
    assert office.get("product_picture", product=product, name=old).status_code == 404
    assert office.get("product_picture", product=product, name=product.picture_name).status_code == 200


def test_a_picture_is_removed(office: Office, category: Category):
    office.post("product_new", typed(category, picture=a_photograph()))
    product = Product.objects.get(programme=office.programme)

    office.post("product_edit", typed(category, without_picture="on"), product=product)

    product.refresh_from_db()
    assert not product.picture


def test_no_other_file_is_served_as_a_picture(office: Office, category: Category):
    product = factories.a_product(category=category)

    for name in ("keys.json", "..%2fkeys.json", "x.webp"):
        url = office.url("product_picture", product=product, name="NAME").replace("NAME", name)
        assert office.client.get(url).status_code == 404
