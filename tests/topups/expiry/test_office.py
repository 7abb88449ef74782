"""The office's pages about expiry."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from groat.programmes.models import Role
from groat.topups.expiry import actions, queries, trials
from groat.topups.expiry.rules import NO_EXPIRY, Extension, Life, Period, Rule
from tests.offices import Office, just_now, queries_of, text, toasts

pytestmark = pytest.mark.django_db

TYPED: dict[str, Any] = {
    "life": "months",
    "months": "6",
    "period": "year",
    "visit_days": "",
    "grace_days": "7",
    "extension": "as_new",
    "extends_from_minor": "500",
    "extension_months": "",
    "reminder_days": ["30", "7"],
    "refund_grace_days": "14",
    "starts_on": "",
}


@pytest.fixture
def office() -> Office:
    return Office(role=Role.OWNER)


def test_an_owner_reads_that_nothing_expires_yet(office: Office):
    page = text(office.get("expiry"))

    assert "Bought credits do not expire." in page
    assert "No rule was made yet." in page


def test_an_owner_makes_a_rule_and_reads_it(office: Office):
    response = office.post("expiry_edit", TYPED)

    assert toasts(response) == ["The rule was saved. Credits already bought keep their dates."]
    assert queries.rule(programme_id=office.programme.id, at=timezone.now()) == Rule(
        Life.MONTHS,
        months=6,
        grace_days=7,
        extension=Extension.AS_NEW,
        extends_from_minor=50_000,
        reminder_days=(30, 7),
    )
    page = text(office.get("expiry"))
    for sentence in (
        "Bought credits are good for 6 months.",
        "After that day they still pay for 7 days of grace.",
        "Buying 500.00 Kč or more extends the credits bought before: they are good as long as the new ones.",
        "Customers with an e-mail address are reminded 30 and 7 days ahead.",
        "Made by Marta Manager.",
    ):
        assert sentence in page


def test_what_belongs_to_another_choice_is_not_looked_at(office: Office):
    office.post("expiry_edit", TYPED | {"life": "period", "periods_after": "on", "extension": "none"})

    assert queries.rule(programme_id=office.programme.id, at=timezone.now()) == Rule(
        Life.PERIOD, period=Period.YEAR, periods_after=1, grace_days=7, reminder_days=(30, 7)
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"months": ""}, "Enter for how many months."),
        ({"months": "0"}, "greater than or equal to 1"),
        ({"life": "visit", "visit_days": "", "grace_days": "1"}, "Enter for how many days."),
        ({"life": "visit", "visit_days": "40", "grace_days": ""}, "Give at least one day of grace"),
        ({"extension": "months"}, "Enter for how many months."),
        ({"months": "1"}, "A reminder cannot be longer ahead than credits are good."),
        ({"refund_grace_days": ""}, "This field is required."),
    ],
)
def test_a_rule_that_cannot_be_is_refused_at_its_field(office: Office, wrong: dict[str, str], said: str):
    response = office.post("expiry_edit", TYPED | wrong)

    assert response.status_code == 422
    assert said in text(response)
    assert queries.versions(programme_id=office.programme.id) == []


def test_a_rule_is_planned_and_taken_back(office: Office):
    day = timezone.localdate() + timedelta(days=10)
    office.post("expiry_edit", TYPED | {"starts_on": day.isoformat()})
    (planned,) = queries.versions(programme_id=office.programme.id)
    assert "Bought credits do not expire." in text(office.get("expiry"))

    response = office.post("expiry_withdraw", expiry_rule=planned)

    assert toasts(response) == ["The planned rule was taken back."]
    assert queries.versions(programme_id=office.programme.id) == []


def test_a_rule_in_force_is_not_taken_back(office: Office):
    row = actions.set_rule(programme=office.programme, rule=Rule(Life.MONTHS, months=1), deed=just_now())

    response = office.post("expiry_withdraw", expiry_rule=row)

    assert toasts(response) == ["This rule is in force already. Make a new one to change it."]


def test_what_a_rule_means_shows_while_it_is_put_together(office: Office):
    today = timezone.localdate()

    page = text(office.get("expiry_preview", TYPED | {"life": "period", "period": "month"}))

    assert "Bought credits are good until the end of the month." in page
    assert "good for a few days only" in page
    assert str(today.year) in page
    assert "Enter for how many months." in text(office.get("expiry_preview", TYPED | {"months": ""}))


def test_the_date_shown_before_buying_is_the_date_that_is_booked(office: Office):
    actions.set_rule(programme=office.programme, rule=Rule(Life.MONTHS, months=6, grace_days=3), deed=just_now())
    office = Office(programme=office.programme, role=Role.MANAGER)
    customer = office.a_customer()

    shown = office.get("top_up", customer=customer).context["form"].default_expiry
    office.post("top_up", {"bought": "100", "means": "cash", "expires_on": shown.date().isoformat()}, customer=customer)

    assert customer.wallets.get().top_ups.get().expires_at == shown


def test_the_page_asks_as_much_for_one_rule_as_for_fifty(office: Office):
    actions.set_rule(programme=office.programme, rule=Rule(Life.MONTHS, months=1), deed=just_now())
    few = queries_of(lambda: office.get("expiry"))
    for months in range(1, 50):
        actions.set_rule(programme=office.programme, rule=Rule(Life.MONTHS, months=months), deed=just_now())

    assert queries_of(lambda: office.get("expiry")) == few


# ---- Trials ----


def test_an_owner_tries_a_rule_and_switches_it_on(office: Office):
    office.a_customer(credit_minor=100_000)

    response = office.post("expiry_edit", TYPED | {"do": "try"})

    (trial,) = queries.last_trials(programme_id=office.programme.id)
    assert response.url == office.url("expiry_trial", expiry_trial=trial)
    assert "0 of 1 accounts." in text(office.get("expiry_trial", expiry_trial=trial))
    assert "under way" in text(office.get("expiry"))
    while trials.go_on(deed=just_now()):
        pass
    page = text(office.get("expiry_trial", fragment="state", expiry_trial=trial))
    assert "Would have expired" in page
    assert "get a later date at the next purchase that extends" in page
    assert page.count("<tbody><tr>") >= 1
    assert queries.versions(programme_id=office.programme.id) == []

    response = office.post("expiry_trial_use", {"starts_on": ""}, expiry_trial=trial)

    assert toasts(response) == ["The rule was saved. Credits already bought keep their dates."]
    assert queries.rule(programme_id=office.programme.id, at=timezone.now()) == trial.terms


def test_a_rule_that_was_tried_may_be_changed_first(office: Office):
    office.post("expiry_edit", TYPED | {"do": "try"})
    (trial,) = queries.last_trials(programme_id=office.programme.id)

    page = office.get("expiry_edit", {"trial": str(trial.public_id)})

    assert page.context["form"].initial["months"] == 6


def test_a_trial_that_was_not_finished_is_tried_again(office: Office):
    first = trials.ask(programme=office.programme, rule=NO_EXPIRY, deed=just_now())
    trials.ask(programme=office.programme, rule=NO_EXPIRY, deed=just_now())
    assert "This trial was not finished" in text(office.get("expiry_trial", expiry_trial=first))

    office.post("expiry_trial_again", expiry_trial=first)

    assert len(queries.last_trials(programme_id=office.programme.id)) == 3


def test_a_rule_that_was_tried_does_not_begin_on_no_day(office: Office):
    trial = trials.ask(programme=office.programme, rule=NO_EXPIRY, deed=just_now())
    while trials.go_on(deed=just_now()):
        pass

    response = office.post("expiry_trial_use", {"starts_on": "soon"}, expiry_trial=trial)

    assert response.status_code == 422
    assert "Enter a valid date." in text(response)
