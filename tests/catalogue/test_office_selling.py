"""The office's pages about how products are sold."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from groat.catalogue import shelf
from groat.catalogue.models import Category, Product
from groat.programmes.models import Site
from groat.programmes.weeks import Range
from tests import factories
from tests.offices import Office, just_now, text, toasts

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def product(office: Office) -> Product:
    return factories.a_product(category=factories.a_category(programme=office.programme, name="Coffee"))


def hours(*rows: tuple[list[int], str, str]) -> dict[str, Any]:
    """The rows of hours as a form sends them."""
    typed: dict[str, Any] = {"hours-TOTAL_FORMS": len(rows) + 1, "hours-INITIAL_FORMS": 0}
    for number, (days, start, end) in enumerate(rows):
        typed |= {f"hours-{number}-days": days, f"hours-{number}-start": start, f"hours-{number}-end": end}
    return typed


def sold(product: Product) -> Any:
    product.refresh_from_db()
    return product.sold


def test_a_product_is_sold_at_chosen_sites_and_hours(office: Office, product: Product) -> None:
    cafe, gym = (factories.a_site(programme=office.programme, name=name) for name in ("Café", "Gym"))
    page = text(office.get("product_selling", product=product))
    assert page.count("checked") == 2

    rows = hours(([0, 1, 2, 3, 4], "07:00", "10:30"), ([5], "22:00", "02:00"))
    answer = office.post("product_selling", {"sites": [str(gym.public_id)]} | rows, product=product)

    assert toasts(answer) == ["Espresso was saved."]
    assert sold(product).sites == frozenset({gym.id})
    assert sold(product).hours == (*(Range(day, 420, 630) for day in range(5)), Range(5, 1320, 1440), Range(6, 0, 120))
    page = text(office.get("product_edit", product=product))
    assert "Mon–Fri 07:00–10:30, Sat 22:00–24:00, Sun 00:00–02:00" in page
    # What was typed comes back, as two rows where it goes past midnight.
    again = office.get("product_selling", product=product).context["rows"]
    assert [row.initial.get("days") for row in again] == [[0, 1, 2, 3, 4], [5], [6], None, None]

    both = [str(site.public_id) for site in (cafe, gym)]
    office.post("product_selling", {"sites": both} | hours(), product=product)
    product.refresh_from_db()
    assert product.selling == {}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (([0], "08:00", ""), "Enter a time, such as 08:00."),
        (([], "08:00", "09:00"), "Choose the days."),
        (([0], "8 o’clock", "09:00"), "Enter a valid time."),
    ],
)
def test_hours_that_cannot_be_are_said_beside_them(
    office: Office, product: Product, row: tuple[list[int], str, str], said: str
) -> None:
    site = factories.a_site(programme=office.programme)
    answer = office.post("product_selling", {"sites": [str(site.public_id)]} | hours(row), product=product)
    assert (answer.status_code, said in text(answer)) == (422, True)
    assert sold(product).hours == ()


def test_to_sell_it_nowhere_is_to_withdraw_it(office: Office, product: Product) -> None:
    factories.a_site(programme=office.programme)
    answer = office.post("product_selling", hours(), product=product)
    assert (answer.status_code, "Choose at least one site." in text(answer)) == (422, True)
    foreign = factories.a_site()
    assert (
        office.post("product_selling", {"sites": [str(foreign.public_id)]} | hours(), product=product).status_code
        == 422
    )


def test_a_price_is_dated_ahead_seen_and_forgotten(office: Office, product: Product) -> None:
    day = timezone.localdate() + timedelta(days=3)
    typed = {"price_minor": "50", "day": day.isoformat(), "time": "06:00"}
    office.post("product_price", typed, product=product)
    (price,) = sold(product).prices
    assert (price.price_minor, timezone.localtime(price.at).hour) == (5000, timezone.localtime(price.at).hour)
    page = text(office.get("product_edit", product=product))
    assert page.index("50.00 Kč") < page.index("45.00 Kč", page.index("50.00 Kč"))
    assert "50.00 Kč" in text(office.get("products"))

    office.post("product_price_drop", {"at": price.at.isoformat()}, product=product)
    assert sold(product).prices == ()
    for nonsense in ("", "soon", price.at.isoformat()):
        assert office.post("product_price_drop", {"at": nonsense}, product=product).status_code == 302


def test_a_price_of_the_past_is_refused(office: Office, product: Product) -> None:
    typed = {"price_minor": "50", "day": (timezone.localdate() - timedelta(days=1)).isoformat(), "time": "06:00"}
    assert office.post("product_price", typed, product=product).status_code == 422
    assert sold(product).prices == ()


def test_what_it_cost_before_is_kept_and_shown(office: Office, product: Product) -> None:
    row = {"name": "Espresso", "category": str(product.category.public_id), "swatch": "clay", "position": "0"}
    office.post("product_edit", row | {"price_minor": "48"}, product=product)
    page = text(office.get("product_edit", product=product))
    assert page.index("48.00 Kč") < page.index("45.00 Kč") < page.index("until")


def test_something_is_sold_out_and_back(office: Office, product: Product) -> None:
    assert toasts(office.post("product_sold_out", {"out": "yes"}, product=product)) == ["Espresso is sold out."]
    assert "Sold out" in text(office.get("products"))
    assert toasts(office.post("product_sold_out", {"out": "no"}, product=product)) == ["Espresso is available again."]
    assert not sold(product).is_out


def test_rows_are_put_in_order_by_one_request(office: Office, product: Product) -> None:
    latte = factories.a_product(category=product.category, name="Latte")
    wanted = [str(latte.public_id), str(product.public_id)]
    assert office.post("products_order", {"order": wanted}, category=product.category).status_code == 200
    assert list(Product.objects.all()) == [latte, product]
    tea = factories.a_category(programme=office.programme, name="Tea")
    wanted = [str(tea.public_id), str(product.category.public_id)]
    assert office.post("categories_order", {"order": wanted}).status_code == 200
    assert list(Category.objects.all()) == [tea, product.category]
    for wrong in ("x", str(factories.a_product().public_id)):
        assert office.post("products_order", {"order": [wrong]}, category=product.category).status_code == 404


def test_a_category_is_withdrawn_and_undone(office: Office, product: Product) -> None:
    answer = office.post("category_withdraw", category=product.category)
    assert toasts(answer) == ["Coffee is off the tills."]
    assert "Withdrawn" in text(office.get("products"))
    office.post("category_restore", category=product.category)
    product.refresh_from_db()
    assert product.withdrawn_at is None


def test_a_category_gets_a_colour(office: Office, product: Product) -> None:
    office.post("category_edit", {"name": "Coffee", "position": "0", "swatch": "moss"}, category=product.category)
    assert Category.objects.get().swatch == "moss"
    assert 'data-swatch="moss"' in office.get("products").content.decode()


def test_a_closed_site_is_no_choice(office: Office, product: Product) -> None:
    gone = factories.a_site(programme=office.programme, name="Kiosk")
    Site.objects.filter(pk=gone.pk).update(closed_at=timezone.now())
    assert "Kiosk" not in text(office.get("product_selling", product=product))
    shelf.sell_at(product=product, sites=None, hours=[], deed=just_now())
