"""The steps by which a new programme is set up."""

from typing import Any

import pytest

from groat.cards.models import Card
from groat.catalogue.models import Category, Product
from groat.openings import starters
from groat.programmes.models import Role
from groat.reports.queries import progress
from tests import factories
from tests.offices import Office, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    return Office(role=Role.OWNER)


def rows(*typed: tuple[str, str, str]) -> dict[str, str]:
    """A grid with these rows: name, price, category."""
    sent = {"do": "save", "items-TOTAL_FORMS": str(len(typed)), "items-INITIAL_FORMS": "0"}
    for number, (name, price, category) in enumerate(typed):
        sent |= {
            f"items-{number}-name": name,
            f"items-{number}-price_minor": price,
            f"items-{number}-category": category,
        }
    return sent


def on_sale(office: Office) -> list[tuple[str, str, int]]:
    """What is on sale: category, name and price, in the order of the till."""
    found = Product.objects.filter(programme=office.programme).select_related("category")
    return [(one.category.name, one.name, one.price_minor) for one in found.order_by("position")]


def test_one_goes_on_where_something_is_missing(office: Office):
    assert office.get("setup").url == office.url("setup_site")

    factories.a_till(programme=office.programme)

    assert office.get("setup").url == office.url("setup_products")


def test_a_site_and_a_till_are_added_and_lead_on(office: Office):
    assert office.post("setup_site", {"name": "Café", "sector": "cafe"}).url == office.url("setup_products")
    assert office.post("setup_till", {"name": "Bar"}).url == office.url("setup_staff")

    assert "There already" in text(office.get("setup_till"))


def test_a_till_wants_a_site_first(office: Office):
    assert "Say first where you sell" in text(office.get("setup_till"))


def test_products_that_were_typed_are_put_on_sale_with_their_categories(office: Office):
    sent = rows(("Espresso", "45", "Coffee"), ("", "", ""), ("Tea", "12,50", ""), ("Latte", "65", "coffee"))

    assert office.post("setup_products", sent).url == office.url("setup_till")
    assert on_sale(office) == [("Coffee", "Espresso", 4500), ("Products", "Tea", 1250), ("Coffee", "Latte", 6500)]


def test_the_same_products_sent_once_more_are_there_once(office: Office):
    sent = rows(("Espresso", "45", "Coffee"))
    office.post("setup_products", sent)

    office.post("setup_products", rows(("espresso", "50", "coffee"), ("Tea", "30", "Coffee")))

    assert on_sale(office) == [("Coffee", "Espresso", 4500), ("Coffee", "Tea", 3000)]


def test_rows_that_are_not_clear_are_marked_and_nothing_is_put_on_sale(office: Office):
    answer = office.post("setup_products", rows(("Espresso", "a lot", "Coffee"), ("", "30", ""), ("Tea", "30", "")))

    assert answer.status_code == 422
    assert [sorted(form.errors) for form in answer.context["items"]] == [["price_minor"], ["name"], []]
    assert on_sale(office) == []
    assert not Category.objects.filter(programme=office.programme).exists()


def test_a_grid_without_a_product_says_so(office: Office):
    answer = office.post("setup_products", rows(("", "", "")))

    assert answer.status_code == 422
    assert "Type at least one product" in text(answer)


def test_what_was_pasted_comes_into_the_grid_with_its_bad_rows_named(office: Office):
    answer = office.post("setup_products", {"do": "paste", "text": "Name\tPrice\nEspresso\t45\tCoffee\nTea\tfree\n"})

    grid = answer.context["items"]
    assert [(form["name"].value(), form["price_minor"].value(), form["category"].value()) for form in grid] == [
        ("Espresso", "45", "Coffee"),
        ("Tea", "free", ""),
    ]
    assert [sorted(form.errors) for form in grid] == [[], ["price_minor"]]
    assert on_sale(office) == []


def test_more_rows_keep_what_was_typed(office: Office):
    sent = rows(("Espresso", "45,", "Coffee")) | {"do": "more"}

    grid = office.post("setup_products", sent).context["items"]

    assert [form["name"].value() or "" for form in grid] == ["Espresso", "", "", ""]


@pytest.mark.parametrize("name", sorted(starters.STARTERS))
def test_each_starter_set_can_be_put_on_sale_as_it_stands(office: Office, name: str):
    grid = office.get("setup_products", {"set": name}).context["items"]
    money = {form["name"].value(): str(form["price_minor"].value() // 100) for form in grid if form["name"].value()}
    sent = rows(*[(one, price, "All") for one, price in money.items()])

    assert office.post("setup_products", sent).status_code == 302
    assert {product: price // 100 for _category, product, price in on_sale(office)} == {
        item.names[0]: item.crowns for group in starters.STARTERS[name] for item in group.items
    }


def test_colleagues_are_invited_one_after_the_other(office: Office):
    typed = {"name": "Eva", "email": "eva@example.org", "role": "cashier"}

    assert office.post("setup_staff", typed).url == office.url("setup_staff")

    page = office.get("setup_staff")
    assert "Invited: <strong>Eva</strong> (Cashier)" in text(page)
    assert page.context["skip_url"] == office.url("setup_card")


def test_where_no_e_mail_is_sent_the_step_says_what_to_do(office: Office, settings: Any):
    settings.SENDS_MAIL = False

    assert "add people in the office" in text(office.get("setup_staff"))


def test_a_manager_is_not_asked_for_staff():
    manager = Office(role=Role.MANAGER)
    factories.a_till(programme=manager.programme)

    assert manager.get("setup_staff").status_code == 403
    assert manager.get("setup_till").context["skip_url"] == manager.url("setup_card")


def test_the_first_card_comes_with_its_customer_and_deposit_or_not_at_all(office: Office):
    token = factories.a_token()
    typed = {"name": "Olga", "email": "olga@example.org", "deposit_minor": "200", "token": token}

    assert office.post("setup_card", typed, key="the-same-form").url == office.url("setup_ready")
    assert office.post("setup_card", typed, key="the-same-form").url == office.url("setup_ready")
    again = office.post("setup_card", typed)

    card = Card.objects.get(programme=office.programme)
    assert office.balance(card.customer) == 20_000
    assert again.status_code == 422
    assert office.programme.customers.count() == 1


def test_a_card_without_a_number_is_asked_for(office: Office):
    answer = office.post(
        "setup_card", {"name": "Olga", "email": "olga@example.org", "deposit_minor": "200", "token": ""}
    )

    assert answer.status_code == 422
    assert "hold the card to a reader" in text(answer)


def test_the_last_page_tells_what_was_skipped(office: Office):
    assert "Nearly ready" in text(office.get("setup_ready"))

    factories.a_product(category=factories.a_category(programme=office.programme))
    factories.a_till(programme=office.programme)
    factories.a_card(wallet=factories.a_wallet(programme=office.programme))

    assert progress(programme_id=office.programme.id).is_done
    assert "Ready for the first payment" in text(office.get("setup_ready"))
