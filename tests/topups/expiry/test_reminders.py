"""Letters about credits that soon expire."""

from datetime import date, timedelta

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from groat.notifications import writing
from groat.notifications.models import Letter
from groat.topups import actions as topups
from groat.topups.expiry import actions, reminders
from groat.topups.expiry.models import ExpiryReminder
from groat.topups.expiry.rules import Extension, Life, Rule
from tests.factories import a_deed, a_wallet
from tests.topups.expiry.worlds import World

pytestmark = pytest.mark.django_db

RULE = Rule(Life.MONTHS, months=6, grace_days=7, extension=Extension.AS_NEW, reminder_days=(30, 7))


@pytest.fixture(autouse=True)
def _mail_is_set(settings: LazySettings) -> None:
    settings.SENDS_MAIL = True


def remind(world: World) -> int:
    return reminders.remind(deed=world.deed)


def days_ahead(world: World, days: int) -> None:
    """Wait until so many days before the 14th of September, the last day without grace."""
    world.now = world.now.replace(month=9, day=14) - timedelta(days=days)


def test_a_customer_is_reminded_at_each_distance_once():
    world = World(RULE)
    world.buy(50_000)
    written = []
    for days in (40, 31, 30, 29, 8, 7, 6, 0, -3):
        days_ahead(world, days)
        written.append((days, remind(world), remind(world)))

    assert [days for days, first, _ in written if first] == [30, 7]
    assert not any(again for _, _, again in written)
    kept = ExpiryReminder.objects.order_by("-distance_days").values_list("day", "distance_days", "amount_minor")
    assert list(kept) == [(date(2026, 9, 14), 30, 50_000), (date(2026, 9, 14), 7, 50_000)]


def test_the_letter_names_amount_and_date_and_how_to_extend_in_the_customers_language():
    world = World(RULE)
    world.wallet.owner.language = "en"
    world.wallet.owner.save()
    world.buy(50_000)
    days_ahead(world, 30)

    remind(world)

    letter = Letter.objects.get()
    assert letter.address == world.wallet.owner.email
    assert letter.sender == world.programme.name
    assert letter.subject.replace("\N{NO-BREAK SPACE}", " ") == f"500.00 Kč at {world.programme.name} expire soon"
    assert letter.text.replace("\N{NO-BREAK SPACE}", " ").split("\n\n") == [
        f"{world.wallet.owner.name},",
        f"500.00 Kč of your credits at {world.programme.name} are good until 14 September 2026.",
        "After that they still pay until 21 September 2026; then they expire.",
        "Buy credits before then, and those that you bought before are good for longer, too.",
        "You get this message because it is about your credits. It is no advertising.",
        world.programme.name,
        "",
    ]
    assert "14 September 2026" in letter.html


def test_who_has_no_e_mail_is_not_reminded():
    world = World(RULE)
    world.wallet = a_wallet(programme=world.programme, email="", phone="+420601234567")
    world.buy(50_000)
    days_ahead(world, 30)

    assert remind(world) == 0


def test_what_was_spent_or_extended_is_not_reminded_of():
    world = World(RULE)
    world.buy(50_000)
    days_ahead(world, 60)
    world.buy(1_000)
    days_ahead(world, 30)

    assert remind(world) == 0


def test_what_was_bought_nearer_than_a_distance_is_told_of_at_the_next_one():
    world = World(RULE)
    until = world.now + timedelta(days=10)
    topups.top_up(wallet=world.wallet, bought_minor=100, expires_at=until, deed=world.deed)
    assert remind(world) == 0

    world.now += timedelta(days=3)

    assert remind(world) == 1
    assert ExpiryReminder.objects.get().distance_days == 7


def test_nobody_is_reminded_where_the_rule_does_not_say_so_or_no_mail_is_sent(settings: LazySettings):
    world = World(RULE)
    world.buy(50_000)
    days_ahead(world, 30)
    settings.SENDS_MAIL = False
    assert remind(world) == 0
    settings.SENDS_MAIL = True
    actions.set_rule(programme=world.programme, rule=Rule(Life.MONTHS, months=6), deed=world.deed)

    assert (remind(world), ExpiryReminder.objects.count()) == (0, 0)


def test_of_two_workers_one_writes(monkeypatch: pytest.MonkeyPatch):
    world = World(RULE)
    world.buy(50_000)
    days_ahead(world, 30)
    # What the second worker has found before the first one wrote.
    found = reminders.expiring(programme=world.programme, rule=RULE, now=world.now)
    remind(world)
    monkeypatch.setattr(reminders, "expiring", lambda **_: found)

    assert (remind(world), Letter.objects.count()) == (0, 1)


def test_the_database_refuses_a_second_reminder():
    world = World(RULE)
    world.buy(50_000)
    days_ahead(world, 30)
    remind(world)
    row = ExpiryReminder.objects.get()
    row.pk = a_deed().mint()

    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_a_day_with_fifty_to_write_to_takes_as_many_queries_as_one_with_one():
    world = World(RULE)

    def count(wallets: int) -> int:
        for _ in range(wallets):
            world.wallet = a_wallet(programme=world.programme)
            world.buy(100)
        before, world.now = world.now, world.now.replace(month=9, day=14) - timedelta(days=30)
        with CaptureQueriesContext(connection) as captured:
            assert remind(world) == wallets
        world.now = before
        return len(captured)

    assert count(1) == count(50)


@pytest.mark.django_db(transaction=True)
def test_letters_of_the_programme_leave_with_their_transaction_alone():
    with pytest.raises(writing.NoTransaction):
        writing.write_all([])
