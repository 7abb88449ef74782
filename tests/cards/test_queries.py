"""Finding cards."""

import pytest
from pytest_django import DjangoAssertNumQueries

from groat.cards import actions, queries, rules
from tests.factories import a_card, a_customer, a_deed, a_programme, a_token, the_card

pytestmark = pytest.mark.django_db


def test_a_token_that_nobody_paired_finds_no_card():
    assert the_card(programme_id=a_programme().id, token=a_token()) is None


def test_a_token_that_is_none_is_refused():
    with pytest.raises(rules.InvalidToken):
        the_card(programme_id=a_programme().id, token="hello")


def test_a_card_is_found_with_its_wallet_and_customer_in_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
):
    card = a_card(token="04A1B2C3D4E5F6")

    with django_assert_num_queries(1):
        found = the_card(programme_id=card.programme_id, token="04A1B2C3D4E5F6")
        assert found is not None
        assert (found.wallet, found.customer) == (card.wallet, card.customer)


def test_a_customers_cards_in_use_stand_before_those_replaced():
    customer = a_customer()
    wallet = customer.wallets.get()
    first = a_card(wallet=wallet)
    second = a_card(wallet=wallet)
    third = actions.pair(wallet=wallet, token=a_token(), replaces=second, deed=a_deed())

    assert queries.of_customer(programme_id=customer.programme_id, customer_id=customer.id) == [third, first, second]


@pytest.mark.parametrize("text", ["", "E5F6", "e5", "novak", "E5F6 jan"])
def test_cards_are_found_by_their_last_four_and_their_customer(
    text: str, django_assert_num_queries: DjangoAssertNumQueries
):
    customer = a_customer(name="Jan Novák")
    card = a_card(wallet=customer.wallets.get(), token="04A1B2C3D4E5F6")
    a_card(token="04A1B2C3D4E5F6")

    with django_assert_num_queries(1):
        found = queries.search(programme_id=customer.programme_id, text=text)
        assert [(one, one.customer.name) for one in found] == [(card, "Jan Novák")]

    assert queries.search(programme_id=customer.programme_id, text="petra") == []
    assert queries.search(programme_id=customer.programme_id, before=card.id) == []
