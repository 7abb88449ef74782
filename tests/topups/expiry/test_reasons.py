"""Why credits expire when they do, as a customer's page says it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from groat.customers import actions as customers
from groat.programmes.deeds import Actor
from groat.programmes.models import Role
from groat.topups import actions as topups
from groat.topups.expiry.reasons import explain
from groat.topups.expiry.rules import NO_EXPIRY, Extension, Life, Period, Rule
from tests.offices import Office, text
from tests.topups.expiry.worlds import World

pytestmark = pytest.mark.django_db

SIX = Rule(Life.MONTHS, months=6, grace_days=7, extension=Extension.AS_NEW)


def whys(world: World) -> list[str]:
    with translation.override("en"):
        return [explain(world.wallet, world.lots).get(lot.id, "") for lot in world.lots]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (SIX, "6 months after it was bought on 14 March 2026, and 7 days of grace"),
        (Rule(Life.MONTHS, months=1), "1 month after it was bought on 14 March 2026"),
        (Rule(Life.PERIOD, period=Period.YEAR), "end of the period for what was bought on 14 March 2026"),
        (
            Rule(Life.VISIT, visit_days=30, grace_days=1),
            "30 days after it was bought on 14 March 2026, and 1 day of grace",
        ),
        (NO_EXPIRY, ""),
    ],
)
def test_what_was_bought_names_the_rule_and_the_day(rule: Rule, why: str):
    world = World(rule)
    world.buy(100)

    assert whys(world) == [why]


def test_what_a_purchase_extended_names_the_purchase():
    world = World(SIX)
    world.buy(100)
    world.wait(17)
    world.buy(50)

    assert whys(world) == [
        "extended by what was bought on 31 March 2026, and 7 days of grace",
        "6 months after it was bought on 31 March 2026, and 7 days of grace",
    ]


def test_what_a_visit_extended_names_the_visit():
    world = World(Rule(Life.VISIT, visit_days=30, grace_days=2))
    world.buy(100)
    world.wait(17)
    world.pay(10)
    world.work()

    assert whys(world) == ["30 days after the visit on 31 March 2026, and 2 days of grace"]


def test_what_was_agreed_or_changed_by_hand_says_so():
    world = World(SIX)
    topups.top_up(wallet=world.wallet, bought_minor=100, expires_at=world.now + timedelta(days=5), deed=world.deed)
    assert whys(world) == ["agreed when it was bought on 14 March 2026"]

    by_hand = replace(world.deed, actor=Actor("staff:1", "Marta"))
    customers.extend(wallet=world.wallet, expires_at=world.now + timedelta(days=9), reason="illness", deed=by_hand)

    assert whys(world) == ["changed by hand"]


def test_a_gift_says_nothing():
    world = World(SIX)
    until = world.now + timedelta(days=5)
    customers.adjust(wallet=world.wallet, amount_minor=100, reason="sorry", expires_at=until, deed=world.deed)

    assert whys(world) == [""]


def test_fifty_lots_take_as_many_queries_as_one():
    world = World(Rule(Life.MONTHS, months=6))

    def count() -> int:
        lots = world.lots
        with CaptureQueriesContext(connection) as captured:
            explain(world.wallet, lots)
        return len(captured)

    world.buy(100)
    few = count()
    for _ in range(49):
        world.buy(100)

    assert count() == few == 3


def test_the_customers_page_says_why():
    world = World(Rule(Life.MONTHS, months=120))
    world.buy(100)
    office = Office(programme=world.programme, role=Role.MANAGER)

    page = text(office.get("customer", customer=world.wallet.owner))

    assert "120 months after it was bought on 14 March 2026" in page
