"""The VAT that payments contain: of the product, or else of the programme."""

import json
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groat.catalogue import actions as catalogue
from groat.catalogue.rules import vat_of
from groat.programmes import actions as programmes
from groat.programmes.rules import InvalidValue, usual_vat_rates
from groat.till.models import Payment
from tests import factories
from tests.devices import a_device
from tests.offices import Office
from tests.rest import code, told
from tests.till import test_lane
from tests.till.test_api import Shop
from tests.till.test_pages import Counter

rates = st.none() | st.integers(0, 10_000)


@given(rates, rates)
def test_a_products_own_rate_counts_only_where_vat_is_charged_at_all(own: int | None, usual: int | None) -> None:
    found = vat_of(own=own, usual=usual)
    assert found == (None if usual is None else usual if own is None else own)


@pytest.mark.parametrize(
    ("currency", "time_zone", "usual"),
    [
        ("CZK", "Europe/Prague", (2100, 1200, 0)),
        ("EUR", "Europe/Bratislava", (2300, 1900, 500, 0)),
        ("EUR", "Europe/Vienna", ()),
    ],
)
def test_the_usual_rates_are_those_of_the_country(currency: str, time_zone: str, usual: tuple[int, ...]) -> None:
    assert usual_vat_rates(currency=currency, time_zone=time_zone) == usual


def vats(lines: list[dict[str, Any]]) -> list[int | None]:
    return [line.get("vat") for line in lines]


def a_lunch(shop: Shop | Counter, programme: Any) -> Any:
    return factories.a_product(category=factories.a_category(programme=programme), price_minor=900, vat_rate=1200)


@pytest.mark.django_db
def test_a_payment_keeps_the_vat_of_each_line() -> None:
    shop = Shop(vat_rate=2100)
    lunch = a_lunch(shop, shop.caller.programme)
    lines = [*shop.lines(1), {"product": str(lunch.public_id)}]

    body = told(shop.pay(lines=lines), 201)

    assert vats(body["lines"]) == [2100, 1200]
    assert vats(told(shop.pay(amount_minor=300), 201)["lines"]) == [2100]
    assert [vats(payment.lines) for payment in Payment.objects.order_by("id")] == [[2100, 1200], [2100]]
    # What was sold keeps the rate of its day.
    catalogue.change_product(product=lunch, vat_rate=0, deed=factories.a_deed())
    assert vats(told(shop.caller.get(f"/api/v1/payments/{body['id']}"))["lines"]) == [2100, 1200]


@pytest.mark.django_db
def test_who_charges_no_vat_tells_none() -> None:
    shop = Shop()
    lunch = a_lunch(shop, shop.caller.programme)
    body = told(shop.pay(lines=[{"product": str(lunch.public_id)}]), 201)
    assert ["vat" in line for line in body["lines"]] == [False]


@pytest.mark.django_db(transaction=True)
def test_the_lane_tells_vat_as_the_documented_operation_does() -> None:
    shop = Shop(vat_rate=2100)
    lunch = a_lunch(shop, shop.caller.programme)
    asked = shop.asked(lines=[*shop.lines(1), {"product": str(lunch.public_id)}])
    status, body = test_lane.paid(shop.caller, json.dumps(asked).encode())
    assert (status, vats(body["lines"])) == (201, [2100, 1200])


@pytest.mark.django_db
def test_a_basket_at_the_till_keeps_the_vat_too() -> None:
    counter = Counter(programme=factories.a_programme(vat_rate=2100))
    counter.paid()
    assert vats(Payment.objects.get().lines) == [2100]


@pytest.mark.django_db
def test_what_was_sold_without_a_network_gets_its_vat_when_it_comes() -> None:
    device = a_device()
    programme = programmes.change_programme(programme=device.till.programme, vat_rate=2100, deed=factories.a_deed())
    token = factories.a_token()
    wallet = factories.a_wallet(programme=programme)
    factories.funded(wallet, 10_000)
    factories.a_card(wallet=wallet, token=token)
    lunch = factories.a_product(category=factories.a_category(programme=programme), vat_rate=1200)
    sold = {"name": "Lunch", "quantity": 1, "price_minor": 900, "amount_minor": 900}
    lines = [sold | {"product": str(product)} for product in (lunch.public_id, uuid4())]

    (tap, free) = device.sends(device.keeps(token, 1800, lines=lines), device.keeps(token, 500, lines=[]))

    assert tap.payment
    assert free.payment
    assert (vats(tap.payment.lines), vats(free.payment.lines)) == ([1200, 2100], [2100])


# ---- Where it is set ----


@pytest.mark.django_db
@pytest.mark.parametrize("rate", [-1, 10_001])
def test_no_rate_is_below_nothing_or_above_the_price(rate: int) -> None:
    with pytest.raises(InvalidValue):
        programmes.change_programme(programme=factories.a_programme(), vat_rate=rate, deed=factories.a_deed())
    with pytest.raises(InvalidValue):
        catalogue.change_product(product=factories.a_product(), vat_rate=rate, deed=factories.a_deed())


@pytest.mark.django_db
def test_a_product_gets_a_rate_by_rest() -> None:
    shop = Shop(vat_rate=2100)
    path = f"/api/v1/products/{shop.product.public_id}"
    assert told(shop.caller.get(path))["vat_rate"] is None
    assert told(shop.caller.patch(path, {"vat_rate": 1200}))["vat_rate"] == 1200
    assert code(shop.caller.patch(path, {"vat_rate": 10_001})) == (422, "invalid_request")
    assert told(shop.caller.get("/api/v1/programme"))["vat_rate"] == 2100


@pytest.mark.django_db
def test_a_product_is_asked_for_its_rate_only_where_vat_is_charged() -> None:
    office = Office()
    product = factories.a_product(category=factories.a_category(programme=office.programme))
    assert 'name="vat_rate"' not in office.get("product_edit", product=product).content.decode()
    programmes.change_programme(programme=office.programme, vat_rate=2100, deed=factories.a_deed())
    page = office.get("product_edit", product=product).content.decode()
    assert '<option value="21"><option value="12"><option value="0">' in page
    assert "Empty: 21\N{NO-BREAK SPACE}%, as in the settings." in page
