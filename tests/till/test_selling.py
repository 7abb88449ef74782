"""A payment takes what is sold at this till, now, at the price of now."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from groat.catalogue.models import Product
from groat.catalogue.selling import Price, Selling, keep
from groat.programmes.models import Site, Till
from groat.programmes.weeks import Range, checked
from groat.till import parking
from groat.till.models import Payment
from tests import factories
from tests.rest import code, told
from tests.till.test_api import Shop
from tests.till.test_pages import Counter

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


def put(product: Product, **selling: Any) -> None:
    Product.objects.filter(pk=product.pk).update(selling=keep(Selling(**selling)))


def never_now() -> Any:
    """Hours of a day that is neither today nor near it anywhere."""
    return checked([Range((timezone.now().weekday() + 3) % 7, 600, 660)])


@pytest.mark.parametrize(
    ("selling", "refused"),
    [
        ({"sites": frozenset()}, "product_not_sold"),
        ({"is_out": True}, "product_sold_out"),
        ({"is_out": True, "back_at": timezone.now() + HOUR}, "product_sold_out"),
        ({"hours": never_now()}, "product_out_of_hours"),
    ],
)
def test_what_is_not_to_be_had_here_now_is_refused_and_takes_nothing(selling: dict[str, Any], refused: str) -> None:
    shop = Shop()
    put(shop.product, **selling)
    assert code(shop.pay(lines=shop.lines(1))) == (409, refused)
    assert shop.balance() == 10000
    asked = {"till": str(shop.till.public_id), "lines": shop.lines(1)}
    assert code(shop.caller.post("/api/v1/checkouts", asked)) == (409, refused)
    put(shop.product, sites=frozenset({shop.till.site_id}), is_out=True, back_at=timezone.now() - HOUR)
    assert told(shop.pay(lines=shop.lines(1)), 201)["amount_minor"] == 450


def test_a_price_dated_ahead_takes_effect_at_its_instant() -> None:
    shop, now = Shop(), timezone.now()
    put(shop.product, prices=(Price(now - HOUR, 500), Price(now + HOUR, 900)))
    assert told(shop.pay(lines=shop.lines(2)), 201)["amount_minor"] == 1000
    assert shop.checkout(lines=shop.lines(1))["amount_minor"] == 500


def test_who_was_asked_for_a_price_pays_it_though_it_rises_meanwhile() -> None:
    counter = Counter()
    checkout = counter.opened()
    put(counter.product, prices=(Price(timezone.now() - HOUR, 9000),))
    assert counter.presented(checkout)["checkout"]["payment"]["amount_minor"] == 4500


@pytest.mark.parametrize(
    ("of_site", "of_till", "is_sold"),
    [(None, None, True), ([], None, False), ([], "own", True), ("own", [], False), ("own", None, True)],
)
def test_a_till_sells_its_categories_or_else_those_of_its_site(of_site: Any, of_till: Any, is_sold: bool) -> None:
    shop = Shop()
    own = [shop.product.category_id]
    Site.objects.filter(pk=shop.till.site_id).update(category_ids=own if of_site == "own" else of_site)
    Till.objects.filter(pk=shop.till.pk).update(category_ids=own if of_till == "own" else of_till)
    assert shop.pay(lines=shop.lines(1)).status_code == (201 if is_sold else 409)
    assert Payment.objects.count() == int(is_sold)
    assert shop.pay(amount_minor=100).status_code == 201


def test_a_basket_put_aside_tells_what_is_sold_out_meanwhile() -> None:
    counter = Counter()
    lines = [(counter.product.public_id, 1)]
    basket = parking.park(till=counter.till, lines=lines, name="Window", deed=factories.a_deed())
    put(counter.product, is_out=True)
    ((_, (line,)),) = parking.described([basket], till=counter.till, now=timezone.now())
    assert line["is_sold"] is False
