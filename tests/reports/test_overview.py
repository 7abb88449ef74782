"""The owner's page: a day beside its like, and what is owed."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from groat.customers.queries import wallet_of
from groat.ledger import sweep
from groat.programmes import actions as programmes
from groat.programmes.models import Role
from groat.reports import overview
from groat.reports.asked import Asked, Known
from groat.reports.figures import Figures
from groat.reports.models import Bookkeeping
from groat.reports.overview import Compared, Overview
from groat.reports.periods import Named, Period, month_of, named, pieces
from groat.till import actions as till
from groat.topups import actions as topups
from tests import factories
from tests.offices import Office, just_now, queries_of, text

pytestmark = pytest.mark.django_db

PRAGUE = ZoneInfo("Europe/Prague")


@pytest.fixture
def office() -> Office:
    """The office of a programme that has all it needs."""
    office = Office()
    factories.a_product(category=factories.a_category(programme=office.programme))
    factories.a_till(programme=office.programme)
    return office


def seen(office: Office, now: datetime, *, day: date | None = None, place: str = "", what: str = "") -> Overview:
    """The overview at an instant."""
    today = now.astimezone(PRAGUE).date()
    day = day or today
    asked = Asked(Known(office.programme), Named.DATES, Period(day, day), place, what)
    return overview.of_day(Figures(office.programme), asked, now=now, today=today)


def spent(office: Office, minor: int, at: datetime) -> None:
    """Somebody pays so much at an instant."""
    wallet, token = factories.a_wallet(programme=office.programme), factories.a_token()
    factories.funded(wallet, minor, now=at)
    factories.a_card(wallet=wallet, token=token)
    deed = factories.a_deed(now=at)
    order = till.order(
        programme_id=office.programme.id,
        till=factories.a_till(programme=office.programme),
        token=token,
        key=token,
        amount_minor=minor,
        actor=deed.actor,
    )
    assert till.take_payment(order=order, deed=deed).payment


def test_a_day_stands_beside_the_mean_of_the_last_four_like_it_up_to_this_hour(office: Office) -> None:
    noon = datetime(2026, 3, 14, 12, 30, tzinfo=PRAGUE)
    spent(office, 5_000, noon)
    for weeks, minor in ((1, 2_000), (2, 4_000), (3, 1_000)):
        spent(office, minor, noon - timedelta(weeks=weeks, hours=2))
    spent(office, 80_000, noon - timedelta(weeks=1) + timedelta(hours=1))
    spent(office, 70_000, noon - timedelta(days=1))
    found = seen(office, noon)
    assert found.paid == Compared(5_000, 1_750)
    assert found.paid.change_percent == 186
    assert found.payments == Compared(1, 0)
    assert found.received == Compared(5_000, 1_750)
    assert dict(found.by_day)[date(2026, 3, 13)] == 70_000
    assert found.by_hour == ((10, 0, 1_750), (11, 0, 0), (12, 5_000, 0), (13, 0, 20_000))
    whole = seen(office, noon, day=date(2026, 3, 7))
    assert (whole.until_hour, whole.paid.now) == (None, 82_000)


def test_customers_are_counted_once_however_often_they_pay(office: Office) -> None:
    jana = office.a_customer(credit_minor=9_000)
    office.a_payment(jana, amount_minor=100)
    office.a_payment(jana, amount_minor=200)
    office.a_payment(office.a_customer(credit_minor=900), amount_minor=300)
    assert seen(office, timezone.now()).customers == Compared(2, 0)


def test_the_overview_answers_to_place_and_product(office: Office) -> None:
    here = factories.a_till(programme=office.programme)
    office.a_payment(office.a_customer(credit_minor=9_000), till=here)
    office.a_payment(office.a_customer(credit_minor=9_000), amount_minor=700)
    now = timezone.now()
    assert seen(office, now, place=f"till-{here.public_id}").paid.now == 4_500
    of_product = seen(office, now, what="product-none")
    assert (of_product.paid.now, of_product.customers) == (700, None)


def test_what_is_owed_is_told_by_origin_and_expiry(office: Office) -> None:
    now = timezone.now()
    jana = office.a_customer()
    topups.top_up(
        wallet=wallet_of(jana),
        bought_minor=5_000,
        bonus_minor=500,
        expires_at=now + timedelta(days=20),
        deed=just_now(),
    )
    factories.funded(wallet_of(jana), 1_000, now=now)
    found = seen(office, now).owed
    assert found.by_origin == {"purchased": 6_000, "bonus": 500}
    assert [part.amount_minor for part in found.by_expiry] == [0, 5_500, 0, 0, 0, 1_000]
    assert sum(part.amount_minor for part in found.by_age) == found.total_minor == 6_500
    assert found.breakage is None


def test_breakage_is_expected_as_it_was_before(office: Office) -> None:
    now = timezone.now()
    old = now - timedelta(days=60)
    wallet = factories.a_wallet(programme=office.programme)
    topups.top_up(
        wallet=wallet, bought_minor=1_000, expires_at=old + timedelta(days=30), deed=factories.a_deed(now=old)
    )
    sweep.sweep(now=now, mint=just_now().mint)
    fresh = factories.a_wallet(programme=office.programme)
    topups.top_up(wallet=fresh, bought_minor=3_000, expires_at=now + timedelta(days=30), deed=just_now())
    # All that could expire did: so will this.
    assert seen(office, now).owed.breakage == (3_000, 3_000)


def test_twelve_months_are_told_in_euro_when_somebody_said_what_it_costs(office: Office) -> None:
    office.a_payment(office.a_customer(credit_minor=500_000), amount_minor=250_000)
    now = timezone.now()
    assert seen(office, now).volume == overview.Volume(250_000, None)
    Bookkeeping.objects.create(programme=office.programme, eur_rate=Decimal(25))
    assert seen(office, now).volume == overview.Volume(250_000, 10_000)
    assert "To compare, say what a euro costs" not in text(office.get("office"))


def test_the_page_shows_a_day_and_htmx_gets_its_figures_alone(office: Office) -> None:
    office.a_payment(office.a_customer(credit_minor=9_000), amount_minor=700)
    page = text(office.get("office"))
    assert page.count("<svg viewBox") == 2
    alone = text(office.get("office", {"place": ""}, fragment="figures"))
    assert ("<html" in alone, "Customers seen" in alone) == (False, True)
    assert "Monday, 2 March 2026" in text(office.get("office", {"day": "2026-03-02"}))
    assert office.get("office", {"day": "x", "what": "product-x"}).status_code == 200


def test_an_accountant_sees_the_overview_too(office: Office) -> None:
    accountant = Office(programme=office.programme, role=Role.ACCOUNTANT)
    office.a_payment(office.a_customer(credit_minor=9_000), amount_minor=700)
    assert "Customers seen" in text(accountant.get("office"))


def test_the_overview_takes_as_many_queries_for_many_as_for_few(office: Office) -> None:
    office.a_payment(office.a_customer(credit_minor=9_000), amount_minor=700)
    few = queries_of(lambda: office.get("office"))
    for _number in range(8):
        office.a_payment(office.a_customer(credit_minor=9_000), amount_minor=700)
    assert queries_of(lambda: office.get("office")) == few


def test_a_programme_in_euro_needs_no_rate(office: Office) -> None:
    euro = Office(programme=factories.a_programme(currency="EUR", credit_name="€"))
    assert seen(euro, timezone.now()).volume == overview.Volume(0, 0)
    programmes.change_programme(programme=euro.programme, name="Fit", deed=factories.a_deed())


# ---- Periods ----


def test_periods_have_the_days_that_people_mean() -> None:
    today = date(2026, 3, 1)
    days = {name: named(name, today=today) for name in Named}
    assert days == {
        Named.TODAY: Period(today, today),
        Named.YESTERDAY: Period(date(2026, 2, 28), date(2026, 2, 28)),
        Named.WEEK: Period(date(2026, 2, 23), today),
        Named.MONTH: Period(today, today),
        Named.LAST_MONTH: Period(date(2026, 2, 1), date(2026, 2, 28)),
        Named.YEAR: Period(date(2026, 1, 1), today),
        Named.DATES: Period(today, today),
    }
    swapped = named(Named.DATES, today=today, since=date(2026, 5, 2), until=date(2026, 4, 1))
    assert swapped == Period(date(2026, 4, 1), date(2026, 5, 2))


def test_a_day_on_which_the_clock_is_put_back_has_25_hours() -> None:
    ((since, until),) = Period(date(2026, 10, 25), date(2026, 10, 25)).ranges(time_zone="Europe/Prague")
    assert until.timestamp() - since.timestamp() == 25 * 3600


def test_a_long_period_falls_into_months() -> None:
    assert pieces(Period(date(2026, 1, 20), date(2026, 4, 2))) == [
        Period(date(2026, 1, 20), date(2026, 1, 31)),
        month_of(date(2026, 2, 5)),
        month_of(date(2026, 3, 5)),
        Period(date(2026, 4, 1), date(2026, 4, 2)),
    ]
    assert len(pieces(month_of(date(2026, 2, 5)))) == 28
