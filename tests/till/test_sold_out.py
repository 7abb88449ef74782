"""What is sold out, said at the till with one tap."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from groat.catalogue import shelf
from groat.catalogue.models import Product
from groat.programmes.actions import change_programme
from groat.programmes.models import Role, Staff, Till
from groat.programmes.weeks import Range
from tests import factories
from tests.offices import just_now
from tests.till.test_pages import Counter, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter() -> Counter:
    return Counter()


def tapped(counter: Counter, name: str, product: Product | None = None, **typed: str) -> tuple[int, str]:
    url = counter.url("till_sold_out")
    of = f"{(product or counter.product).public_id}/"
    way = {"list": "", "out": of, "again": f"{of}again/"}[name]
    answer = counter.client.get(url) if name == "list" else counter.client.post(url + way, typed)
    return answer.status_code, answer.content.decode()


def test_a_cashier_says_that_something_is_sold_out_for_today_and_takes_it_back(counter: Counter) -> None:
    url = counter.url("till_sold_out") + f"{counter.product.public_id}/"
    answer = counter.client.post(url, {"until": "tomorrow"})
    counter.product.refresh_from_db()
    back_at = counter.product.sold.back_at
    zone = ZoneInfo("Europe/Prague")
    tomorrow = timezone.now().astimezone(zone).date() + timedelta(days=1)
    assert back_at == datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone)
    assert json.loads(answer["HX-Trigger"]) == {
        "groat:selling": {"product": str(counter.product.public_id), "selling": {"out": back_at.isoformat()}}
    }
    lines = [{"product": str(counter.product.public_id), "quantity": 1}]
    refused = counter.ask("till_checkouts", {"key": "k" * 16, "lines": lines}, status=422)
    assert (refused["code"], refused["sentence"]) == ("product_sold_out", "“Espresso” is sold out.")
    state = counter.client.get(counter.url("till_state")).json()
    assert state["soldOut"] == {str(counter.product.public_id): back_at.isoformat()}
    about = counter.client.get(counter.url()).context["about"]
    assert about["selling"] == {str(counter.product.public_id): {"out": back_at.isoformat()}}

    status, page = tapped(counter, "again")
    assert (status, "Espresso is sold out for today" in page) == (200, True)
    counter.product.refresh_from_db()
    assert counter.product.selling == {}


def test_it_may_last_until_somebody_says_otherwise(counter: Counter) -> None:
    status, page = tapped(counter, "out")
    assert (status, "Sold out until somebody says otherwise" in page) == (200, True)
    counter.product.refresh_from_db()
    assert counter.product.sold.is_sold_out(timezone.now() + timedelta(days=99))


def test_cashiers_may_not_where_the_owner_says_so_but_managers_may(counter: Counter) -> None:
    change_programme(programme=counter.programme, cashiers_may_sell_out=False, deed=just_now())
    assert [tapped(counter, way)[0] for way in ("list", "out", "again")] == [403] * 3
    assert "till_sold_out" not in str(counter.client.get(counter.url()).content)
    counter.client = signed_in(factories.some_staff(Role.MANAGER, programme=counter.programme))
    assert tapped(counter, "out")[0] == 200


def test_what_this_till_does_not_sell_is_not_there(counter: Counter) -> None:
    elsewhere = factories.a_site(programme=counter.programme)
    shelf.sell_at(product=counter.product, sites=[elsewhere], hours=[], deed=just_now())
    assert tapped(counter, "out")[0] == 404
    assert tapped(counter, "out", factories.a_product())[0] == 404
    assert counter.client.get(counter.url()).context["shelves"] == []


def test_the_page_knows_hours_and_dated_prices(counter: Counter) -> None:
    at = timezone.now() + timedelta(hours=1)
    shelf.sell_at(product=counter.product, sites=None, hours=[Range(0, 480, 600), Range(1, 480, 600)], deed=just_now())
    shelf.plan_price(product=counter.product, price_minor=9900, at=at, deed=just_now())
    about = counter.client.get(counter.url()).context["about"]
    assert about["timeZone"] == "Europe/Prague"
    assert about["selling"] == {
        str(counter.product.public_id): {
            "hours": [[0, 480, 600], [1, 480, 600]],
            "when": "Mon, Tue 08:00–10:00",
            "prices": [[at.isoformat(), 9900]],
        }
    }


def test_a_cashier_works_at_the_tills_of_their_sites_alone(counter: Counter) -> None:
    other = factories.a_till(programme=counter.programme, name="Bar")
    Staff.objects.filter(pk=counter.staff.pk).update(site_ids=[other.site_id])
    assert counter.client.get(counter.url()).status_code == 404
    assert counter.client.post(counter.url("till_checkouts"), {}, content_type="application/json").status_code == 404
    assert counter.client.get(f"/till/{counter.programme.slug}/")["Location"].endswith(f"/{other.public_id}/")
    Staff.objects.filter(pk=counter.staff.pk).update(role=Role.MANAGER)
    assert counter.client.get(counter.url()).status_code == 200
    assert Till.objects.count() == 2
