"""Finding customers."""

import pytest
from pytest_django import DjangoAssertNumQueries

from groat.customers import queries
from groat.customers.models import Customer
from groat.programmes.models import Programme
from tests.factories import a_card, a_customer, a_programme

pytestmark = pytest.mark.django_db


def names(programme: Programme, text: str) -> list[str]:
    return [
        customer.name
        for customer in queries.search(programme_id=programme.id, sought=queries.Sought(text=text)).customers
    ]


def test_customers_stand_by_name_and_those_without_one_last():
    programme = a_programme()
    for name in ("Zdeněk", "Čeněk", "Cyril", "adam"):
        a_customer(programme=programme, name=name)
    a_customer(programme=programme, name="", email="")

    assert names(programme, "") == ["adam", "Čeněk", "Cyril", "Zdeněk", ""]


@pytest.mark.parametrize(
    "text", ["novak", "NOVÁK", "jan nov", "nov jan", "42-B", "jan@", "+420601", "601 234", "beef", "BEEF jan"]
)
def test_a_customer_is_found_by_whatever_is_known_of_them(text: str):
    programme = a_programme()
    jan = a_customer(
        programme=programme, name="Jan Novák", identifier="42-B", email="jan@example.org", phone="601 234 567"
    )
    a_card(wallet=jan.wallets.get(), token="04A1B2C3D4BEEF")
    other = a_customer(programme=programme, name="Petra Malá", email="petra@example.org")
    a_card(wallet=other.wallets.get(), token="04A1B2C3D4CAFE")

    assert names(programme, text) == ["Jan Novák"]


def test_a_search_for_what_is_not_there_finds_nobody():
    a_customer(programme=(programme := a_programme()), name="Jan Novák")

    assert names(programme, "Jan Malý") == []
    assert names(programme, "100%") == []
    assert names(programme, "_") == []


def test_nobody_finds_the_customers_of_another_programme():
    a_customer(name="Jan Novák")

    assert names(a_programme(), "") == []


def test_the_pages_of_a_list_hold_each_customer_once():
    programme = a_programme()
    # The same name more than once, and the border between named and unnamed inside a page.
    for name in ["Jana", "Jana", "Jana", "Petr", "", "", ""]:
        a_customer(programme=programme, name=name, email="somebody@example.org")

    for limit in range(1, 9):
        seen: list[Customer] = []
        after = None
        while True:
            page = queries.search(programme_id=programme.id, after=after, limit=limit)
            seen += page.customers
            after = page.after
            if after is None:
                break
        assert [customer.name for customer in seen] == ["Jana", "Jana", "Jana", "Petr", "", "", ""]
        assert len({customer.id for customer in seen}) == 7


def test_a_page_after_somebody_of_another_programme_is_empty():
    foreign = a_customer()
    programme = a_customer().programme

    assert queries.search(programme_id=programme.id, after=foreign.id) == queries.Page([], None)


@pytest.mark.parametrize("people", [1, 12])
def test_a_list_takes_as_many_queries_for_one_as_for_many(
    people: int, django_assert_num_queries: DjangoAssertNumQueries
):
    programme = a_programme()
    for _ in range(people):
        a_card(wallet=a_customer(programme=programme).wallets.get())

    with django_assert_num_queries(4):
        page = queries.search(programme_id=programme.id, sought=queries.Sought(text="jana"))
        shown = [
            (queries.wallet_of(customer).id, [card.last_four for card in customer.cards.all()])
            for customer in page.customers
        ]

    assert len(shown) == people
