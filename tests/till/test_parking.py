"""Baskets put aside at a till."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from groat.catalogue import actions as catalogue
from groat.till import news, parking
from groat.till.models import ParkedBasket, ParkedState
from groat.till.rules import NothingToPay, ParkedBasketGone, ProductNotSold, TooManyParked
from tests import factories
from tests.till.test_pages import Counter, a_key, state

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter() -> Counter:
    return Counter()


def parked(counter: Counter, quantity: int = 2, **told: Any) -> dict[str, Any]:
    """What the page is told when it puts a basket aside."""
    lines = [{"product": str(counter.product.public_id), "quantity": quantity}]
    answer: dict[str, Any] = counter.ask("till_park", {"key": a_key(), "lines": lines, **told})["parked"]
    return answer


def shown(counter: Counter) -> str:
    return counter.client.get(counter.url("till_parked")).content.decode()


def test_a_basket_is_put_aside_and_taken_up_at_todays_prices(counter: Counter) -> None:
    aside = parked(counter, name="Table 4", note="without onion")
    catalogue.change_product(product=counter.product, price_minor=5000, deed=factories.a_deed())
    assert (aside["name"], state(counter)["parked"]) == ("Table 4", 1)
    told = counter.ask("till_take_up", {"key": a_key()}, basket=aside["id"])
    line = {
        "product": str(counter.product.public_id),
        "quantity": 2,
        "name": "Espresso",
        "price_minor": 5000,
        "is_sold": True,
    }
    assert told == {"taken": {"name": "Table 4", "note": "without onion", "lines": [line]}}
    assert state(counter)["parked"] == 0


def test_without_a_name_it_has_the_time(counter: Counter) -> None:
    aside = parked(counter, name="  ")
    assert aside["name"].replace(":", "").isdecimal()


def test_the_list_shows_what_waits_and_who_put_it_aside(counter: Counter) -> None:
    assert "Nothing is put aside" in shown(counter)
    parked(counter, name="Table 4", note="without onion")
    page = shown(counter)
    for words in ("Table 4", "2× Espresso", "without onion", "Klára", "90.00"):
        assert words in page


def test_a_basket_asked_for_twice_is_put_aside_once(counter: Counter) -> None:
    body = {"key": a_key(), "lines": [{"product": str(counter.product.public_id), "quantity": 1}]}
    first, again = (counter.ask("till_park", body) for _ in range(2))
    assert (first, ParkedBasket.objects.count()) == (again, 1)


def test_a_lost_answer_of_taking_up_is_given_again(counter: Counter) -> None:
    aside, body = parked(counter), {"key": a_key()}
    first, again = (counter.ask("till_take_up", body, basket=aside["id"]) for _ in range(2))
    assert first == again


def test_of_two_devices_one_takes_it_up(counter: Counter) -> None:
    aside = parked(counter)
    counter.ask("till_take_up", {"key": a_key()}, basket=aside["id"])
    refused = counter.ask("till_take_up", {"key": a_key()}, status=422, basket=aside["id"])
    assert refused["code"] == "parked_basket_gone"
    for name in ("till_parked_remove", "till_parked_restore"):
        assert counter.ask(name, status=422, basket=aside["id"])["code"] == "parked_basket_gone"


def test_a_deleted_basket_is_brought_back(counter: Counter) -> None:
    aside = parked(counter, name="Table 4")
    for _ in range(2):
        assert counter.ask("till_parked_remove", basket=aside["id"])["removed"]["name"] == "Table 4"
    assert (state(counter)["parked"], "Table 4" in shown(counter)) == (0, False)
    counter.ask("till_parked_restore", basket=aside["id"])
    assert (state(counter)["parked"], "Table 4" in shown(counter)) == (1, True)


def test_what_is_sold_no_longer_is_said(counter: Counter) -> None:
    aside = parked(counter)
    catalogue.withdraw(product=counter.product, deed=factories.a_deed())
    assert "<s>Espresso</s>" in shown(counter)
    told = counter.ask("till_take_up", {"key": a_key()}, basket=aside["id"])
    assert [line["is_sold"] for line in told["taken"]["lines"]] == [False]


def test_nothing_and_others_products_are_not_put_aside(counter: Counter) -> None:
    deed = factories.a_deed()
    with pytest.raises(NothingToPay):
        parking.park(till=counter.till, lines=[], name="Table 4", deed=deed)
    with pytest.raises(ProductNotSold):
        parking.park(till=counter.till, lines=[(factories.a_product().public_id, 1)], name="Table 4", deed=deed)
    with pytest.raises(ProductNotSold):
        parking.park(till=counter.till, lines=[(uuid4(), 1)], name="Table 4", deed=deed)


def test_a_till_keeps_so_many_baskets(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parking, "MOST", 1)
    lines = [(counter.product.public_id, 1)]
    parking.park(till=counter.till, lines=lines, name="Table 4", deed=factories.a_deed())
    with pytest.raises(TooManyParked):
        parking.park(till=counter.till, lines=lines, name="Table 5", deed=factories.a_deed())


def test_what_is_over_is_forgotten_after_a_day(counter: Counter) -> None:
    def park_at(**later: int) -> ParkedBasket:
        deed = factories.a_deed(now=factories.NOW + timedelta(**later))
        return parking.park(till=counter.till, lines=[(counter.product.public_id, 1)], name="Table 4", deed=deed)

    waits, taken, removed = park_at(), park_at(), park_at()
    parking.take_up(basket=taken, deed=factories.a_deed())
    parking.remove(basket=removed, deed=factories.a_deed())
    park_at(hours=23)
    assert ParkedBasket.objects.count() == 4
    park_at(hours=25)
    assert not ParkedBasket.objects.exclude(state=ParkedState.PARKED).exists()
    assert ParkedBasket.objects.filter(pk=waits.pk).exists()
    with pytest.raises(ParkedBasketGone):
        parking.restore(basket=removed, deed=factories.a_deed())


@pytest.mark.parametrize("name", ["till_take_up", "till_parked_remove", "till_parked_restore"])
def test_a_basket_of_another_till_or_programme_is_not_there(counter: Counter, name: str) -> None:
    aside = parked(counter)
    counter.till = factories.a_till(programme=counter.programme)
    counter.ask(name, {"key": a_key()}, status=404, basket=aside["id"])
    assert "Nothing is put aside" in shown(counter)
    stranger = Counter()
    stranger.ask(name, {"key": a_key()}, status=404, basket=aside["id"])


def test_the_other_pages_of_the_till_hear_of_it(counter: Counter) -> None:
    seen = [news.look([counter.till.id])]
    aside = ParkedBasket.named(programme_id=counter.programme.id, public_id=parked(counter)["id"])
    seen.append(news.look([counter.till.id]))
    parking.take_up(basket=aside, deed=factories.a_deed(now=timezone.now()))
    seen.append(news.look([counter.till.id]))
    assert (seen[0] != seen[1], seen[1] != seen[2]) == (True, True)


def test_the_list_asks_for_no_more_as_it_grows(counter: Counter) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            shown(counter)
        return len(asked)

    parked(counter)
    before = queries()
    for _ in range(5):
        parked(counter)
    assert queries() == before


@pytest.mark.parametrize("body", [{"lines": None}, {"name": "n" * 41}, {"note": "a\nb"}, {"name": 4}, {"key": ""}])
def test_what_the_page_never_puts_aside_is_not_understood(counter: Counter, body: dict[str, Any]) -> None:
    lines = [{"product": str(counter.product.public_id), "quantity": 1}]
    told = counter.ask("till_park", {"key": a_key(), "lines": lines, **body}, status=400)
    assert told["code"] == "request_invalid"


def test_an_accountant_sees_nothing_of_it(counter: Counter) -> None:
    accountant = factories.some_staff("accountant", programme=counter.programme)
    counter.client.force_login(accountant.user)
    for name in ("till_parked", "till_park"):
        url = reverse(name, kwargs={"programme": counter.programme.slug, "till": counter.till.public_id})
        assert counter.client.generic("POST" if name == "till_park" else "GET", url).status_code == 403
