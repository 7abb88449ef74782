"""What is on offer, and what those who buy really get."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from groat.customers import actions as customers
from groat.customers import groups
from groat.customers.models import Wallet
from groat.errors import NotFound, Refusal
from groat.ledger import book
from groat.ledger import queries as ledger
from groat.ledger.core import commands
from groat.ledger.core.lots import Origin
from groat.programmes.models import AuditEntry, Programme
from groat.programmes.rules import InvalidAmount, InvalidValue
from groat.topups import actions, offering, queries
from groat.topups.expiry.rules import Life, Rule
from groat.topups.models import GivenBonus, Offer, OfferKind, TopUp
from groat.topups.offers import AboveMost, BelowLeast, Channel, OfferNotOpen, OnlyPackages, QuoteChanged, Tier
from tests.factories import (
    NOW,
    a_bonus,
    a_customer,
    a_deed,
    a_package,
    a_programme,
    a_till,
    a_wallet,
)
from tests.races import at_once

pytestmark = pytest.mark.django_db


def buy(wallet: Wallet, minor: int, *, now: datetime = NOW, **told: Any) -> TopUp:
    return actions.top_up(wallet=wallet, bought_minor=minor, deed=a_deed(now=now), **told)


def spend(wallet: Wallet, amount_minor: int) -> None:
    with transaction.atomic():
        deed = a_deed()
        command = commands.Spend(wallet.id, amount_minor, actor=deed.actor.code)
        book.post(programme_id=wallet.programme_id, command=command, now=deed.now, mint=deed.mint)


def lots(wallet: Wallet) -> list[tuple[Origin, int, datetime | None]]:
    found = ledger.lots(programme_id=wallet.programme_id, wallet=wallet.id, now=NOW)
    return [(lot.origin, lot.remaining_minor, lot.expires_at) for lot in found]


# ---- What is booked ----


def test_a_top_up_gets_the_bonus_and_keeps_what_the_offer_said():
    programme = a_programme()
    offer, wallet = a_bonus(programme=programme, lasts="days", lasts_number=10), a_wallet(programme=programme)

    made = buy(wallet, 100_000)
    offering.change(offer=offer, name="Autumn", tiers=[Tier(0, 1)], deed=a_deed())

    until = datetime(2026, 3, 24, 22, 59, 59, tzinfo=UTC)
    assert (made.bonus_minor, made.bonus_expires_at, made.package_id) == (10_000, until, None)
    assert lots(wallet) == [(Origin.BONUS, 10_000, until), (Origin.PURCHASED, 100_000, None)]
    assert GivenBonus.objects.values("top_up_id", "offer_id", "name", "bonus_minor", "why").get() == {
        "top_up_id": made.id,
        "offer_id": offer.id,
        "name": "Spring",
        "bonus_minor": 10_000,
        "why": {
            "unit": "percent",
            "basis": "single",
            "days": None,
            "from_minor": 100_000,
            "step": 1_000,
            "before_minor": 0,
            "adds_up": False,
        },
    }


def test_a_package_is_sold_at_its_price_with_its_bonus():
    programme = a_programme()
    package, wallet = a_package(programme=programme), a_wallet(programme=programme)

    made = actions.sell_package(wallet=wallet, package=package, deed=a_deed())

    assert (made.bought_minor, made.paid_minor, made.bonus_minor) == (100_000, 90_000, 5_000)
    assert made.package == package
    assert [(one.offer, one.bonus_minor, one.why) for one in made.given.all()] == [(package, 5_000, {})]
    assert AuditEntry.objects.get(action="top_up.made").details == {
        "bought_minor": 100_000,
        "bonus_minor": 5_000,
        "paid_minor": 90_000,
        "means": "cash",
        "package": "Ten entries",
    }


@pytest.mark.parametrize("bonus_minor", [0, 7])
def test_a_bonus_agreed_by_hand_takes_the_place_of_the_offers(bonus_minor: int):
    programme = a_programme()
    a_bonus(programme=programme)
    wallet = a_wallet(programme=programme)

    made = buy(wallet, 100_000, bonus_minor=bonus_minor)

    assert (made.bonus_minor, made.bonus_expires_at, made.given.count()) == (bonus_minor, None, 0)


def test_a_programme_without_offers_gives_nothing_on_top():
    assert buy(a_wallet(), 100_000).bonus_minor == 0


def test_the_offers_of_one_programme_are_nothing_to_another():
    package = a_package()
    a_bonus()
    wallet = a_wallet()

    with pytest.raises(NotFound):
        actions.sell_package(wallet=wallet, package=package, deed=a_deed())
    assert buy(wallet, 100_000).bonus_minor == 0


def test_an_offer_is_sold_where_it_is_said():
    programme = a_programme()
    a_bonus(programme=programme, at_office=False, online=False)
    wallet, till = a_wallet(programme=programme), a_till(programme=programme)

    at_till = buy(wallet, 50_000, till=till)
    by_rest = buy(wallet, 50_000)
    in_office = buy(wallet, 50_000, till=till, channel=Channel.OFFICE)

    assert [made.bonus_minor for made in (at_till, by_rest, in_office)] == [2_500, 0, 0]


def test_an_offer_is_for_its_group_alone():
    programme = a_programme()
    group = groups.add_group(programme=programme, name="Acme staff", deed=a_deed())
    a_bonus(programme=programme, group=group)
    member = a_customer(programme=programme)
    customers.change_customer(customer=member, group=group, deed=a_deed())

    given_to = [
        buy(Wallet.objects.get(owner=one), 50_000).bonus_minor for one in (member, a_customer(programme=programme))
    ]

    assert given_to == [2_500, 0]


def test_a_withdrawn_offer_gives_nothing_until_it_is_put_back():
    programme = a_programme()
    bonus, package = a_bonus(programme=programme), a_package(programme=programme)
    wallet = a_wallet(programme=programme)

    for offer in (bonus, package):
        offering.withdraw(offer=offer, deed=a_deed())
    with pytest.raises(OfferNotOpen):
        actions.sell_package(wallet=wallet, package=package, deed=a_deed())
    without = buy(wallet, 50_000)
    offering.restore(offer=bonus, deed=a_deed())

    assert (without.bonus_minor, buy(wallet, 50_000).bonus_minor) == (0, 2_500)


def test_what_was_shown_and_is_no_longer_so_is_not_sold():
    programme = a_programme()
    offer, wallet = a_bonus(programme=programme), a_wallet(programme=programme)
    buy(wallet, 50_000, seen=(50_000, 2_500))

    offering.withdraw(offer=offer, deed=a_deed())
    with pytest.raises(QuoteChanged) as refused:
        buy(wallet, 50_000, seen=(50_000, 2_500))

    assert refused.value == QuoteChanged(bonus_minor=0, paid_currency_minor=50_000)
    assert TopUp.objects.count() == 1


@pytest.mark.parametrize(
    ("limits", "minor", "refusal"),
    [
        ({"are_sold": False}, 100, OnlyPackages()),
        ({"are_sold": True, "least_minor": 500}, 499, BelowLeast(500)),
        ({"are_sold": True, "most_minor": 500}, 501, AboveMost(500)),
    ],
)
def test_amounts_that_are_not_sold_are_refused_and_packages_are_sold(
    limits: dict[str, Any], minor: int, refusal: Refusal
):
    programme = a_programme()
    package, wallet = a_package(programme=programme), a_wallet(programme=programme)
    offering.limit_amounts(programme=programme, deed=a_deed(), **limits)

    with pytest.raises(Refusal) as refused:
        buy(wallet, minor)

    assert refused.value == refusal
    assert actions.sell_package(wallet=wallet, package=package, deed=a_deed()).bought_minor == 100_000


# ---- The first top-up ----


@pytest.fixture
def newcomer() -> Wallet:
    programme = a_programme()
    a_bonus(programme=programme, first_only=True)
    return a_wallet(programme=programme, floor_minor=-500_000)


def test_the_first_top_up_gets_the_bonus_and_the_second_does_not(newcomer: Wallet):
    assert [buy(newcomer, 50_000).bonus_minor for _ in range(2)] == [2_500, 0]


def test_a_small_first_top_up_was_the_first_one(newcomer: Wallet):
    assert [buy(newcomer, minor).bonus_minor for minor in (1, 50_000)] == [0, 0]


def test_a_first_top_up_that_was_undone_at_once_never_was(newcomer: Wallet):
    mistaken = buy(newcomer, 500_000)
    actions.reverse_top_up(top_up=mistaken, reason="one nought too many", deed=a_deed())

    assert (mistaken.bonus_minor, buy(newcomer, 50_000).bonus_minor) == (50_000, 2_500)
    assert ledger.balance(programme_id=newcomer.programme_id, wallet=newcomer.id, now=NOW).posted_minor == 52_500


@pytest.mark.parametrize("parts", [(None,), (49_000, 1_000)])
def test_who_spends_some_of_the_first_and_takes_it_back_is_no_newcomer_any_more(
    newcomer: Wallet, parts: tuple[int | None, ...]
):
    first = buy(newcomer, 50_000)
    spend(newcomer, 2_500)
    for part in parts:
        actions.reverse_top_up(top_up=first, amount_minor=part, reason="changed his mind", deed=a_deed())

    assert buy(newcomer, 50_000).bonus_minor == 0


def test_a_first_top_up_that_settled_a_debt_and_is_undone_never_was(newcomer: Wallet):
    spend(newcomer, 10_000)
    actions.reverse_top_up(top_up=buy(newcomer, 50_000), reason="wrong customer", deed=a_deed())

    assert buy(newcomer, 50_000).bonus_minor == 2_500


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_of_several_who_buy_at_once_one_is_the_first():
    programme = a_programme()
    a_bonus(programme=programme, first_only=True)
    wallet = a_wallet(programme=programme)

    at_once(*[lambda: buy(wallet, 50_000)] * 6)

    assert sorted(TopUp.objects.values_list("bonus_minor", flat=True)) == [0, 0, 0, 0, 0, 2_500]


# ---- Periods ----


def a_bonus_of_the_month(programme: Programme) -> Offer:
    """Ten from a hundred in the month on, thirty in all from two hundred on."""
    tiers = [Tier(10_000, 1_000), Tier(20_000, 3_000)]
    return a_bonus(programme=programme, unit="credits", basis="month", tiers=tiers)


def test_a_months_bonus_is_given_once_and_what_was_taken_back_counts_neither_way():
    programme = a_programme()
    a_bonus_of_the_month(programme)
    wallet = a_wallet(programme=programme)

    first = buy(wallet, 10_000)
    second = buy(wallet, 5_000)
    actions.reverse_top_up(top_up=first, reason="mistake", deed=a_deed())
    again = buy(wallet, 5_000)
    third = buy(wallet, 10_000)
    in_april = buy(wallet, 10_000, now=NOW + timedelta(days=30))

    bonuses = [made.bonus_minor for made in (first, second, again, third, in_april)]
    assert bonuses == [1_000, 0, 1_000, 2_000, 1_000]


def test_a_months_bonus_taken_back_in_part_is_given_again_for_that_part_alone():
    programme = a_programme()
    a_bonus_of_the_month(programme)
    wallet = a_wallet(programme=programme)

    actions.reverse_top_up(top_up=buy(wallet, 10_000), amount_minor=2_500, reason="moved away", deed=a_deed())
    again = buy(wallet, 2_500)

    # Of ten two and a half went back.
    assert again.bonus_minor == 250


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_of_several_who_reach_a_step_at_once_each_sees_the_others():
    programme = a_programme()
    a_bonus_of_the_month(programme)
    wallet = a_wallet(programme=programme)

    at_once(*[lambda: buy(wallet, 5_000)] * 5)

    assert sorted(TopUp.objects.values_list("bonus_minor", flat=True)) == [0, 0, 0, 1_000, 2_000]


# ---- What is shown is what is booked ----


@st.composite
def terms(draw: st.DrawFn) -> dict[str, Any]:
    unit = draw(st.sampled_from(["percent", "credits"]))
    basis = draw(st.sampled_from(["single", "month", "days"]))
    starts = sorted(draw(st.sets(st.integers(0, 3_000), min_size=1, max_size=4)))
    lasts = draw(st.sampled_from(["as_bought", "days", "months", "date"]))
    return {
        "unit": unit,
        "basis": basis,
        "period_days": draw(st.integers(1, 60)) if basis == "days" else None,
        "tiers": [Tier(start, draw(st.integers(1, 9_000))) for start in starts],
        "on_packages": draw(st.booleans()),
        "adds_up": draw(st.booleans()),
        "first_only": draw(st.booleans()),
        "lasts": lasts,
        "lasts_number": draw(st.integers(1, 20)) if lasts in {"days", "months"} else None,
        "lasts_until": date(2027, 1, 31) if lasts == "date" else None,
    }


@settings(max_examples=25, deadline=None)
@given(
    st.lists(terms(), min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(1, 4_000), st.integers(0, 20), st.booleans(), st.booleans()), max_size=6),
)
def test_whatever_is_on_offer_what_is_shown_is_what_is_booked(
    found: list[dict[str, Any]], bought: list[tuple[int, int, bool, bool]]
):
    programme = a_programme(expiry=Rule(Life.MONTHS, months=6))
    for given_terms in found:
        a_bonus(programme=programme, **given_terms)
    package = a_package(programme=programme, credits_minor=1_500, price_minor=1_200, bonus_minor=100)
    wallet, now = a_wallet(programme=programme), NOW
    for minor, days_later, is_package, is_undone in bought:
        now += timedelta(days=days_later)
        deed = a_deed(now=now)
        asked = package if is_package else minor
        expires_at = buy(a_wallet(programme=programme), 1, now=now).expires_at
        shown = queries.shelf(wallet=wallet, channel=Channel.ONLINE, now=now, expires_at=expires_at).quote(asked)
        made = (
            actions.sell_package(wallet=wallet, package=package, deed=deed)
            if is_package
            else actions.top_up(wallet=wallet, bought_minor=minor, deed=deed)
        )
        assert (made.bought_minor, made.paid_minor, made.bonus_minor) == (
            shown.bought_minor,
            shown.paid_minor,
            shown.bonus_minor,
        )
        assert (made.bonus_expires_at or made.expires_at) == (shown.bonus_expires_at or expires_at)
        assert sum(one.bonus_minor for one in made.given.all()) == made.bonus_minor
        if is_undone:
            actions.reverse_top_up(top_up=made, amount_minor=(made.bought_minor + 1) // 2, reason="x", deed=deed)


# ---- Keeping offers ----


def test_an_offer_is_kept_in_order_and_noted():
    programme = a_programme()

    offer = a_bonus(programme=programme, name="  Spring  sale ", tiers=[Tier(200, 20), Tier(100, 10)])
    offering.change(offer=offer, name="Summer", adds_up=True, deed=a_deed())
    offering.change(offer=offer, name="Summer", deed=a_deed())

    offer.refresh_from_db()
    assert offer.tiers == [{"from_minor": 100, "bonus": 10}, {"from_minor": 200, "bonus": 20}]
    noted = AuditEntry.objects.filter(subject=f"offer:{offer.id}").order_by("id").values_list("action", "details")
    assert list(noted) == [
        ("offer.added", {}),
        ("offer.changed", {"name": ["Spring sale", "Summer"], "adds_up": [False, True]}),
    ]


@pytest.mark.parametrize(
    ("given_terms", "refusal"),
    [
        ({"name": " "}, InvalidValue("name", "blank")),
        ({"name": "x" * 61}, InvalidValue("name", "max_length")),
        ({"at_till": False, "at_office": False, "online": False}, InvalidValue("at_till", "required")),
        ({"starts_at": NOW, "ends_at": NOW}, InvalidValue("ends_at", "invalid")),
        ({"lasts": "days"}, InvalidValue("lasts_number", "invalid")),
        ({"lasts_number": 3}, InvalidValue("lasts_number", "invalid")),
        ({"lasts": "days", "lasts_number": 1001}, InvalidValue("lasts_number", "invalid")),
        ({"lasts": "date"}, InvalidValue("lasts_until", "invalid")),
        ({"period_days": 3}, InvalidValue("period_days", "invalid")),
        ({"lasts": "for_ever"}, InvalidValue("lasts", "invalid_choice")),
        ({"tiers": []}, InvalidValue("tiers", "invalid")),
        ({"tiers": [Tier(1, 1), Tier(1, 2)]}, InvalidValue("tiers", "invalid")),
        ({"tiers": [Tier(1, 0)]}, InvalidValue("tiers", "invalid")),
        ({"tiers": [Tier(1, 100_001)]}, InvalidValue("tiers", "invalid")),
        ({"tiers": [Tier(10**15 + 1, 1)]}, InvalidAmount()),
        ({"basis": "days"}, InvalidValue("period_days", "invalid")),
    ],
)
def test_a_bonus_that_cannot_be_is_refused(given_terms: dict[str, Any], refusal: Refusal):
    with pytest.raises(Refusal) as refused:
        a_bonus(**given_terms)

    assert refused.value == refusal
    assert not Offer.objects.exists()


@pytest.mark.parametrize(
    "given_terms", [{"credits_minor": None}, {"credits_minor": 0}, {"price_minor": -1}, {"bonus_minor": 10**16}]
)
def test_a_package_that_cannot_be_is_refused(given_terms: dict[str, Any]):
    with pytest.raises(InvalidAmount):
        a_package(**given_terms)


def test_an_offer_for_another_programmes_group_is_refused():
    group = groups.add_group(programme=a_programme(), name="Acme staff", deed=a_deed())

    with pytest.raises(NotFound):
        a_bonus(group=group)


@pytest.mark.parametrize("limits", [{"least_minor": 0}, {"most_minor": 10**16}, {"least_minor": 2, "most_minor": 1}])
def test_limits_that_cannot_be_are_refused(limits: dict[str, int]):
    with pytest.raises(InvalidAmount):
        offering.limit_amounts(programme=a_programme(), are_sold=True, deed=a_deed(), **limits)


def test_the_database_knows_what_an_offer_cannot_be():
    bonus = a_bonus()
    wrongs: list[tuple[str, dict[str, Any]]] = [
        ("an_offer_is_a_package_or_a_bonus", {"credits_minor": 1}),
        ("a_package_takes_nothing_away", {"sort": OfferKind.PACKAGE, "credits_minor": 1, "price_minor": -1}),
        ("an_offer_ends_after_it_begins", {"starts_at": NOW, "ends_at": NOW}),
        ("a_period_has_its_days", {"basis": "days"}),
        ("a_bonus_lasts_one_way", {"lasts": "days"}),
    ]
    for name, wrong in wrongs:
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Offer.objects.filter(pk=bonus.pk).update(**wrong)


# ---- Lists ----


def test_an_offer_tells_what_it_gave_less_what_was_taken_back():
    programme = a_programme()
    offer = a_bonus(programme=programme, tiers=[Tier(0, 1_000)])
    wallet = a_wallet(programme=programme)
    for taken_back in (0, 400, 1_000):
        made = buy(wallet, 1_000)
        if taken_back:
            actions.reverse_top_up(top_up=made, amount_minor=taken_back, reason="mistake", deed=a_deed())

    assert [(one.offer, one.given_minor, one.top_ups) for one in queries.offers_of(programme_id=programme.id)] == [
        (offer, 160, 2)
    ]


@pytest.mark.parametrize("count", [1, 50])
def test_the_list_of_offers_takes_three_queries(count: int, django_assert_num_queries: DjangoAssertNumQueries):
    programme = a_programme()
    group = groups.add_group(programme=programme, name="Acme staff", deed=a_deed())
    for _ in range(count):
        a_bonus(programme=programme, group=group)

    with django_assert_num_queries(3):
        assert (
            len([one.offer.group and one.offer.group.name for one in queries.offers_of(programme_id=programme.id)])
            == count
        )


@pytest.mark.parametrize("count", [1, 50])
def test_what_somebody_may_buy_takes_five_queries(count: int, django_assert_num_queries: DjangoAssertNumQueries):
    programme = a_programme()
    for _ in range(count):
        a_bonus_of_the_month(programme)
        a_bonus(programme=programme, first_only=True)
    wallet = Wallet.objects.select_related("owner", "programme").get(pk=a_wallet(programme=programme).pk)

    with django_assert_num_queries(5):
        queries.shelf(wallet=wallet, channel=Channel.TILL, now=NOW, expires_at=None).quote(1_000)
