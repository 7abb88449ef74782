"""The programme, by REST."""

import pytest
from pytest_django import DjangoAssertNumQueries

from groat.programmes import actions
from tests.factories import a_deed, a_programme, a_site, a_till
from tests.rest import Caller, code, told

pytestmark = pytest.mark.django_db


def test_a_programme_tells_its_unit_its_sites_and_its_tills():
    programme = a_programme(name="Harbour House")
    site = a_site(programme=programme, name="Café")
    counter, hatch = a_till(site=site, name="Counter"), a_till(site=site, name="Hatch")
    actions.close_till(till=hatch, deed=a_deed())

    answer = Caller(programme).get("/api/v1/programme")

    assert told(answer) == {
        "id": str(programme.public_id),
        "name": "Harbour House",
        "credit": {"name": "Kč", "decimals": 2},
        "currency": "CZK",
        "price_minor": 100,
        "time_zone": "Europe/Prague",
        "vat_rate": None,
        "confirm_by": "cashier",
        "sites": [
            {
                "id": str(site.public_id),
                "name": "Café",
                "sector": "cafe",
                "tills": [
                    {"id": str(counter.public_id), "name": "Counter", "closed": False},
                    {"id": str(hatch.public_id), "name": "Hatch", "closed": True},
                ],
            }
        ],
    }


def test_many_sites_cost_no_more_queries_than_one(django_assert_num_queries: DjangoAssertNumQueries):
    caller = Caller()
    for _ in range(5):
        a_till(programme=caller.programme)
    caller.get("/api/v1/programme")

    with django_assert_num_queries(3):
        caller.get("/api/v1/programme")


def test_a_programme_is_read_only_with_the_scope_for_it():
    answer = Caller(scopes=["payments:write"]).get("/api/v1/programme")

    assert code(answer) == (403, "scope_missing")
