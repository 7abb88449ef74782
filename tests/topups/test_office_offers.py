"""The office's pages about what is on offer, and what till and office show of it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from groat.customers import groups
from groat.drawers import actions as drawers
from groat.programmes.models import Role
from groat.topups import offering, queries
from groat.topups.actions import top_up
from groat.topups.models import AmountLimits, Offer, TopUp
from groat.topups.offers import FreeAmounts, Tier
from tests import factories
from tests.offices import Answer, Office, just_now, queries_of, text, toasts

pytestmark = pytest.mark.django_db

EVERYWHERE = {"where": ["at_till", "at_office", "online"], "lasts": "as_bought", "position": "0"}
STEPS = {"steps-TOTAL_FORMS": "2", "steps-INITIAL_FORMS": "0"}
SPRING: dict[str, Any] = {
    **EVERYWHERE,
    **STEPS,
    "name": "Spring",
    "unit": "percent",
    "basis": "single",
    "steps-0-start": "500",
    "steps-0-bonus": "5",
    "steps-1-start": "1000",
    "steps-1-bonus": "12,5",
}
TEN: dict[str, Any] = {**EVERYWHERE, "name": "Ten entries", "credits_minor": "1000", "price_minor": "900"}


def rows(answer: Answer) -> list[tuple[int, int, int, int]]:
    """Paid, bought, bonus and all of it, as the live table shows them."""
    quotes = [row.quote for row in answer.context["table"].rows]
    return [(quote.paid_minor, quote.bought_minor, quote.bonus_minor, quote.total_minor) for quote in quotes]


# ---- Offers ----


def test_without_offers_the_page_says_what_they_are_for():
    page = text(Office().get("offers"))

    assert "Nothing is on offer yet" in page
    assert "Any amount is sold." in page


def test_a_bonus_is_put_on_offer():
    office = Office()
    group = groups.add_group(programme=office.programme, name="Acme staff", deed=just_now())
    typed = SPRING | {"group": str(group.public_id), "first_only": "on", "where": ["at_till"]}
    typed |= {"basis": "days", "period_days": "30", "lasts": "date", "lasts_until": "2030-01-31"}
    typed |= {"starts_at": "2030-01-01T08:00", "ends_at": "2030-01-31T22:00", "adds_up": "on"}

    response = office.post("bonus_new", typed)

    assert toasts(response) == ["Spring is on offer."]
    offer = Offer.objects.get()
    assert offer.tiers == [{"from_minor": 50_000, "bonus": 500}, {"from_minor": 100_000, "bonus": 1_250}]
    assert (offer.group, offer.first_only, offer.adds_up, offer.on_packages) == (group, True, True, False)
    assert (offer.at_till, offer.at_office, offer.online) == (True, False, False)
    assert (offer.basis, offer.period_days, offer.lasts, str(offer.lasts_until)) == ("days", 30, "date", "2030-01-31")
    # As clocks go in Prague.
    assert offer.starts_at == datetime(2030, 1, 1, 7, 0, tzinfo=UTC)
    assert offer.ends_at == datetime(2030, 1, 31, 21, 0, tzinfo=UTC)
    page = text(office.get("offers"))
    assert "5 % from 500.00 Kč on · 12.5 % from 1,000.00 Kč on" in page
    assert "Acme staff · first top-up · till" in page
    assert "Coming" in page


def test_a_bonus_may_be_an_amount_of_credits():
    office = Office()

    office.post("bonus_new", SPRING | {"unit": "credits"})

    assert Offer.objects.get().tiers == [{"from_minor": 50_000, "bonus": 500}, {"from_minor": 100_000, "bonus": 1_250}]


def test_a_package_is_put_on_offer_and_changed():
    office = Office()

    office.post("package_new", TEN)
    offer = Offer.objects.get()
    shown = office.get("offer_edit", offer=offer)
    response = office.post("offer_edit", TEN | {"price_minor": "", "bonus_minor": "50"}, offer=offer)

    assert shown.context["form"]["price_minor"].value() == 90_000
    assert toasts(response) == ["Ten entries was saved."]
    offer.refresh_from_db()
    assert (offer.credits_minor, offer.price_minor, offer.bonus_minor) == (100_000, None, 5_000)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "This field is required."),
        ({"where": []}, "This field is required."),
        ({"starts_at": "2030-01-02T08:00", "ends_at": "2030-01-01T08:00"}, "It must end after it begins."),
        ({"basis": "days"}, "Enter how many days."),
        ({"lasts": "months"}, "Enter how many."),
        ({"lasts": "date"}, "Choose the day."),
        ({"steps-0-start": "", "steps-0-bonus": "", "steps-1-start": "", "steps-1-bonus": ""}, "Fill in at least one"),
        ({"steps-0-start": "1000"}, "Two steps begin at the same amount."),
        ({"steps-0-bonus": ""}, "Enter the bonus, or leave both empty."),
        ({"steps-0-bonus": "1001"}, "Enter at most 1,000.00 %."),
    ],
)
def test_what_cannot_be_is_said_where_it_was_typed(wrong: dict[str, Any], said: str):
    office = Office()

    response = office.post("bonus_new", SPRING | wrong)

    assert response.status_code == 422
    assert said in text(response)
    assert not Offer.objects.exists()


def test_an_offer_is_withdrawn_and_put_back():
    office = Office()
    offer = factories.a_bonus(programme=office.programme)

    withdrawn = office.post("offer_withdraw", offer=offer)
    over = text(office.get("offers"))
    back = office.post("offer_restore", offer=offer)

    assert toasts(withdrawn) == ["Spring is no longer on offer."]
    assert "Over and withdrawn" in over
    assert toasts(back)[-1] == "Spring is on offer again."
    offer.refresh_from_db()
    assert offer.withdrawn_at is None


def test_amounts_are_limited():
    office = Office()

    office.post("offer_amounts", {"are_sold": "on", "least": "100", "most": "5000"})
    said = text(office.get("offers"))
    wrong = office.post("offer_amounts", {"are_sold": "on", "least": "5", "most": "1"})
    office.post("offer_amounts", {})

    assert "Any amount from 100.00 Kč to 5,000.00 Kč is sold." in said
    assert "This is less than the least." in text(wrong)
    assert queries.free_amounts(programme_id=office.programme.id) == FreeAmounts(are_sold=False)
    assert AmountLimits.objects.count() == 1
    page = text(office.get("offers"))
    assert "Only packages are sold." in page
    assert "nobody can top up" in page


@pytest.mark.parametrize("count", [1, 50])
def test_the_list_takes_as_many_queries_however_long(count: int):
    office = Office()
    group = groups.add_group(programme=office.programme, name="Acme staff", deed=just_now())
    one = queries_of(lambda: office.get("offers"))
    for _ in range(count):
        factories.a_bonus(programme=office.programme, group=group)
        factories.a_package(programme=office.programme)

    assert queries_of(lambda: office.get("offers")) == one


# ---- The live table ----


def test_the_table_shows_the_edges_as_they_are_typed_and_writes_nothing():
    office = Office()

    answer = office.get("offer_preview", SPRING | {"sort": "bonus", "name": ""})

    assert rows(answer) == [
        (10_000, 10_000, 0, 10_000),
        (20_000, 20_000, 0, 20_000),
        (49_999, 49_999, 0, 49_999),
        (50_000, 50_000, 2_500, 52_500),
        (50_100, 50_100, 2_505, 52_605),
        (99_999, 99_999, 4_999, 104_998),
        (100_000, 100_000, 12_500, 112_500),
        (100_100, 100_100, 12_512, 112_612),
        (200_000, 200_000, 25_000, 225_000),
    ]
    assert not Offer.objects.exists()


def test_the_table_of_what_is_typed_is_what_is_booked_when_it_is_saved():
    office = Office()
    factories.a_bonus(programme=office.programme, adds_up=True, unit="credits")
    typed = SPRING | {"steps-0-bonus": "33,33"}
    shown = rows(office.get("offer_preview", typed | {"sort": "bonus"}))

    office.post("bonus_new", typed)

    booked = []
    for _paid, minor, _bonus, _all in shown:
        made = top_up(wallet=factories.a_wallet(programme=office.programme), bought_minor=minor, deed=just_now())
        booked.append((made.paid_minor, made.bought_minor, made.bonus_minor, made.bought_minor + made.bonus_minor))
    assert booked == shown


def test_the_table_warns_of_steps_that_fall_and_of_a_bonus_that_nobody_would_get():
    office = Office()
    falling = _plain(office.get("offer_preview", SPRING | {"sort": "bonus", "steps-1-bonus": "1"}))
    factories.a_bonus(programme=office.programme, name="Always more", tiers=[Tier(0, 9_000)])
    beaten = _plain(office.get("offer_preview", SPRING | {"sort": "bonus"}))

    assert "From 1,000.00 Kč on somebody who pays more gets less." in falling
    assert "Nobody would get this bonus: Always more gives more each time" in beaten


def test_the_table_of_a_package_stands_among_the_others_and_warns_of_a_poor_one():
    office = Office()
    factories.a_package(programme=office.programme, name="Ten", price_minor=80_000, bonus_minor=0)

    answer = office.get("offer_preview", TEN | {"sort": "package", "credits_minor": "950", "name": "Nine"})

    assert rows(answer) == [(80_000, 100_000, 0, 100_000), (90_000, 95_000, 0, 95_000)]
    assert "“Nine” costs more than another package and gives less." in text(answer)


def test_in_a_period_the_table_also_shows_what_those_get_who_bought_before():
    answer = Office().get("offer_preview", SPRING | {"sort": "bonus", "basis": "month"})

    assert "Bonus after 1,000.00 Kč before" in _plain(answer)
    assert [row.later.bonus_minor for row in answer.context["table"].rows][:2] == [1_250, 2_500]


@pytest.mark.parametrize(
    "typed", [{}, {"sort": "bonus"}, SPRING | {"sort": "bonus", "steps-0-bonus": "x", "steps-1-bonus": ""}]
)
def test_while_it_does_not_hold_together_the_table_waits(typed: dict[str, Any]):
    assert "As soon as it holds together" in text(Office().get("offer_preview", typed))


# ---- At the office's top-up ----


def test_the_bonus_is_shown_before_and_given_with_its_reason():
    office = Office()
    factories.a_bonus(programme=office.programme)
    jana = office.a_customer()

    shown = office.get("price", {"customer": str(jana.public_id), "bought": "1000"})
    office.post("top_up", {"bought": "1000", "means": "cash", "seen": _seen(shown)}, customer=jana)

    assert "+ 100.00 Kč Spring 10 % from 1,000.00 Kč on" in _plain(shown)
    made = TopUp.objects.get()
    assert made.bonus_minor == 10_000
    assert "Spring: 10 % from 1,000.00 Kč on" in _plain(office.get("top_up_made", top_up=made))


def test_a_package_is_picked_at_the_office():
    office = Office()
    package = factories.a_package(programme=office.programme)
    jana = office.a_customer()

    page = text(office.get("top_up", customer=jana))
    shown = office.get("price", {"customer": str(jana.public_id), "bought": "7", "package": str(package.public_id)})
    typed = {"package": str(package.public_id), "bought": "nonsense", "means": "card", "seen": _seen(shown)}
    office.post("top_up", typed, customer=jana)

    assert "Ten entries" in page
    assert "Another amount" in page
    assert "CZK 900.00" in text(shown)
    made = TopUp.objects.get()
    assert (made.package, made.bought_minor, made.paid_minor, made.bonus_minor) == (package, 100_000, 90_000, 5_000)


def test_a_bonus_typed_by_hand_stands_even_if_it_is_none():
    office = Office()
    factories.a_bonus(programme=office.programme)
    jana = office.a_customer()

    office.post(
        "top_up", {"bought": "1000", "bonus": "0", "means": "cash", "seen": "100000:100000:10000"}, customer=jana
    )

    assert TopUp.objects.get().bonus_minor == 0


def test_what_changed_since_it_was_shown_is_said_and_not_sold():
    office = Office()
    offer = factories.a_bonus(programme=office.programme)
    jana = office.a_customer()
    shown = office.get("price", {"customer": str(jana.public_id), "bought": "1000"})
    offering.withdraw(offer=offer, deed=just_now())

    response = office.post("top_up", {"bought": "1000", "means": "cash", "seen": _seen(shown)}, customer=jana)

    assert response.status_code == 422
    assert "The offer changed meanwhile: the bonus is 0.00 Kč now" in text(response)
    assert not TopUp.objects.exists()


def test_where_only_packages_are_sold_no_amount_is_asked_for():
    office = Office()
    factories.a_package(programme=office.programme)
    offering.limit_amounts(programme=office.programme, are_sold=False, deed=just_now())
    jana = office.a_customer()

    page = text(office.get("top_up", customer=jana))
    response = office.post("top_up", {"bought": "100", "means": "cash"}, customer=jana)

    assert "Another amount" not in page
    assert "Choose a package." in text(response)
    assert not TopUp.objects.exists()


def test_an_amount_outside_the_limits_is_refused_at_the_field():
    office = Office()
    offering.limit_amounts(programme=office.programme, are_sold=True, least_minor=10_000, deed=just_now())
    jana = office.a_customer()

    shown = text(office.get("price", {"customer": str(jana.public_id), "bought": "99"}))
    response = office.post("top_up", {"bought": "99", "means": "cash"}, customer=jana)

    assert "At least 100.00 Kč are sold at once." in shown
    assert "Enter at least 100.00 Kč." in text(response)


def test_a_new_customer_sees_what_the_first_deposit_brings():
    office = Office()
    group = groups.add_group(programme=office.programme, name="Acme staff", deed=just_now())
    factories.a_bonus(programme=office.programme, first_only=True, group=group)

    alone = text(office.get("price", {"deposit": "1000"}))
    member = _plain(office.get("price", {"deposit": "1000", "group": str(group.public_id)}))
    typed = {
        "name": "Jana",
        "email": "jana@example.org",
        "deposit": "1000",
        "means": "cash",
        "group": str(group.public_id),
    }
    office.post("customer_new", typed)

    assert "Spring" not in alone
    assert "+ 100.00 Kč" in member
    assert TopUp.objects.get().bonus_minor == 10_000


# ---- At the till ----


def test_the_till_shows_packages_and_bonus_before_the_cash_is_taken():
    office = Office(role=Role.CASHIER)
    till = factories.a_till(programme=office.programme)
    drawers.open_drawer(till=till, float_minor=0, deed=just_now())
    card = factories.a_card(wallet=factories.a_wallet(programme=office.programme))
    factories.a_bonus(programme=office.programme, first_only=True)
    package = factories.a_package(programme=office.programme)
    factories.a_package(programme=office.programme, name="Not here", at_till=False)
    query = f"?card={card.public_id}"

    page = _plain(office.get("till_top_up", {"card": str(card.public_id)}, till=till))
    shown = office.get("till_top_up_sees", {"card": str(card.public_id), "bought": "1000"}, till=till)
    made = office.post("till_top_up", {"bought": "1000", "seen": _seen(shown)}, query=query, till=till)
    stale = office.post("till_top_up", {"bought": "1000", "seen": _seen(shown)}, query=query, till=till)
    picked = office.post("till_top_up", {"package": str(package.public_id)}, query=query, till=till)

    assert "Ten entries 1,000.00 Kč + 50.00 Kč CZK 900.00" in page
    assert "Not here" not in page
    assert "Spring · 10 % from 1,000.00 Kč on + 100.00 Kč" in _plain(shown)
    assert "+ 100.00 Kč Spring" in _plain(made)
    assert "The offer changed meanwhile" in text(stale)
    assert "Paid in cash: CZK 900.00" in _plain(picked)
    assert list(TopUp.objects.order_by("id").values_list("bought_minor", "paid_minor", "bonus_minor")) == [
        (100_000, 100_000, 10_000),
        (100_000, 90_000, 5_000),
    ]


def test_a_campaign_is_over_to_the_minute():
    office = Office()
    now = timezone.now()
    jana = office.a_customer()
    factories.a_bonus(programme=office.programme, starts_at=now - timedelta(days=2), ends_at=now - timedelta(seconds=1))

    assert "Spring" not in text(office.get("price", {"customer": str(jana.public_id), "bought": "1000"}))
    assert "Over" in text(office.get("offers"))


def _seen(answer: Answer) -> str:
    """What the page gives along."""
    found = re.search(r'name="seen" value="([^"]+)"', answer.content.decode())
    assert found
    return found[1]


def _plain(answer: Answer) -> str:
    """Without tags, and each space once."""
    words = re.sub(r"<[^>]+>", " ", answer.content.decode().replace("&nbsp;", " ").replace("\N{NO-BREAK SPACE}", " "))
    return " ".join(words.split())
