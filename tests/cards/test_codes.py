"""A printed code pays as a card does: drawn here, kept as a hash, shown once."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from groat.cards import actions, rules
from groat.cards.models import Card, CardState, Medium
from groat.customers.models import Wallet
from groat.errors import NotFound
from groat.programmes.models import Role
from tests import factories
from tests.factories import a_deed, the_card

pytestmark = pytest.mark.django_db

RANDOM = bytes(range(100, 116))


@pytest.fixture
def wallet() -> Wallet:
    return factories.a_wallet()


def test_a_printed_code_is_a_card_of_its_wallet(wallet: Wallet) -> None:
    card, code = actions.print_code(wallet=wallet, random=RANDOM, deed=a_deed())
    assert (card.medium, card.wallet, card.last_four) == (Medium.CODE, wallet, code[-4:])
    assert the_card(programme_id=wallet.programme_id, token=code.lower()) == card
    assert the_card(programme_id=factories.a_programme().id, token=code) is None


def test_it_takes_the_place_of_a_lost_card(wallet: Wallet) -> None:
    old = factories.a_card(wallet=wallet)
    card, _ = actions.print_code(wallet=wallet, random=RANDOM, replaces=old, deed=a_deed())
    old.refresh_from_db()
    assert (old.state, old.replaced_by) == (CardState.REPLACED, card)


def test_nothing_crosses_to_another_programme(wallet: Wallet) -> None:
    with pytest.raises(NotFound):
        actions.print_code(wallet=wallet, random=RANDOM, replaces=factories.a_card(), deed=a_deed())


def test_a_code_that_somebody_made_up_is_paired_with_nobody(wallet: Wallet) -> None:
    with pytest.raises(rules.CodeOfNobody):
        actions.pair(wallet=wallet, token="AAAA-AAAA-AAAA-AAAA", deed=a_deed())


def test_the_office_shows_it_once_with_its_drawing(wallet: Wallet) -> None:
    manager = factories.some_staff(Role.MANAGER, programme=wallet.programme)
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(manager.user)
    url = reverse("code_print", kwargs={"programme": wallet.programme.slug, "customer": wallet.owner.public_id})

    page = client.post(url).content.decode()

    code = re.findall(r"<code>([2-9A-Z-]{19})</code>", page)[0]
    assert "<svg" in page
    assert the_card(programme_id=wallet.programme_id, token=code) == Card.objects.get()
    assert client.get(url).status_code == 405


def test_a_cashier_prints_none(wallet: Wallet) -> None:
    client = Client()
    client.force_login(factories.some_staff(Role.CASHIER, programme=wallet.programme).user)
    url = reverse("code_print", kwargs={"programme": wallet.programme.slug, "customer": wallet.owner.public_id})
    assert (client.post(url).status_code, Card.objects.exists()) == (403, False)
