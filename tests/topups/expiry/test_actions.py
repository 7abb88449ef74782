"""Rules made, planned, and taken back."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis.extra.django import TestCase

from groat.errors import NotFound
from groat.ledger import queries as ledger
from groat.ledger.core.lots import NEVER
from groat.programmes.models import AuditEntry
from groat.topups import actions as topups
from groat.topups.expiry import actions, queries
from groat.topups.expiry.models import ExpiryRule
from groat.topups.expiry.rules import NO_EXPIRY, Extension, Life, Rule, RuleBegun
from tests.factories import NOW, a_deed, a_programme, a_wallet, some_staff
from tests.topups.expiry.strategies import some_rules

pytestmark = pytest.mark.django_db

YEAR = Rule(Life.MONTHS, months=12)
MONTH = Rule(Life.MONTHS, months=1)
DAY = timedelta(days=1)


def test_a_programme_begins_without_expiry():
    assert queries.rule(programme_id=a_programme().id, at=NOW) == NO_EXPIRY


def test_a_rule_holds_from_now_on_and_the_audit_trail_tells_of_it():
    programme = a_programme()
    owner = some_staff("owner", programme=programme)

    made = actions.set_rule(programme=programme, rule=YEAR, deed=a_deed(by=owner))

    assert (made.terms, made.starts_at, made.actor) == (YEAR, NOW, f"staff:{owner.id}")
    assert queries.rule(programme_id=programme.id, at=NOW - DAY) == NO_EXPIRY
    assert queries.rule(programme_id=programme.id, at=NOW) == YEAR
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.subject, entry.details) == (
        "expiry_rule.set",
        f"expiry_rule:{made.id}",
        {"starts_at": NOW.isoformat(), "rule": YEAR.told()},
    )


def test_a_rule_may_begin_later_and_another_one_takes_the_place_of_it():
    programme = a_programme(expiry=YEAR)
    actions.set_rule(programme=programme, rule=MONTH, starts_at=NOW + 5 * DAY, deed=a_deed())
    assert queries.rule(programme_id=programme.id, at=NOW + 4 * DAY) == YEAR
    assert queries.rule(programme_id=programme.id, at=NOW + 5 * DAY) == MONTH

    later = a_deed(now=NOW + DAY)
    actions.set_rule(programme=programme, rule=NO_EXPIRY, starts_at=NOW + 9 * DAY, deed=later)

    assert queries.rule(programme_id=programme.id, at=NOW + 5 * DAY) == YEAR
    assert [row.terms for row in queries.versions(programme_id=programme.id)] == [NO_EXPIRY, YEAR]


def test_a_rule_is_never_made_for_the_past():
    programme = a_programme()

    made = actions.set_rule(programme=programme, rule=YEAR, starts_at=NOW - DAY, deed=a_deed())

    assert made.starts_at == NOW


def test_a_planned_rule_is_taken_back_once():
    programme = a_programme(expiry=YEAR)
    planned = actions.set_rule(programme=programme, rule=MONTH, starts_at=NOW + DAY, deed=a_deed())

    actions.withdraw_rule(row=planned, deed=a_deed())
    again = actions.withdraw_rule(row=planned, deed=a_deed(now=NOW + timedelta(hours=1)))

    assert again.withdrawn_at == NOW
    assert queries.rule(programme_id=programme.id, at=NOW + 2 * DAY) == YEAR
    assert AuditEntry.objects.filter(action="expiry_rule.withdrawn").count() == 1


def test_a_rule_that_has_begun_is_not_taken_back():
    row = actions.set_rule(programme=a_programme(), rule=YEAR, deed=a_deed())

    with pytest.raises(RuleBegun):
        actions.withdraw_rule(row=row, deed=a_deed())


def test_the_rule_of_another_programme_is_not_found():
    row = actions.set_rule(programme=a_programme(), rule=YEAR, deed=a_deed())

    with pytest.raises(NotFound):
        ExpiryRule.named(programme_id=a_programme().id, public_id=row.public_id)


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"months": None}, "an_expiry_rule_says_how_long"),
        ({"extension": "months"}, "an_expiry_rule_says_what_extends"),
        ({"extends_from_minor": 0}, "credits_are_extended_by_buying_something"),
        ({"withdrawn_at": NOW + DAY}, "an_expiry_rule_is_withdrawn_before_it_begins"),
    ],
)
def test_the_database_refuses_rules_that_cannot_be(wrong: dict[str, object], constraint: str):
    row = actions.set_rule(programme=a_programme(), rule=YEAR, deed=a_deed())

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ExpiryRule.objects.filter(pk=row.pk).update(**wrong)


def test_two_rules_do_not_begin_at_once():
    programme = a_programme(expiry=YEAR)

    later = actions.set_rule(programme=programme, rule=MONTH, deed=a_deed())

    assert queries.rule(programme_id=programme.id, at=later.starts_at) == MONTH
    with pytest.raises(IntegrityError), transaction.atomic():
        ExpiryRule.objects.filter(pk=later.pk).update(starts_at=NOW)


def test_a_purchase_extends_by_the_rule_of_its_own_day():
    programme = a_programme(expiry=MONTH)
    wallet = a_wallet(programme=programme)
    topups.top_up(wallet=wallet, bought_minor=100, deed=a_deed())
    actions.set_rule(
        programme=programme,
        rule=Rule(Life.MONTHS, months=12, extension=Extension.MONTHS, extension_months=2, extends_from_minor=50),
        deed=a_deed(now=NOW + DAY),
    )

    sold = topups.top_up(wallet=wallet, bought_minor=50, deed=a_deed(now=NOW + 2 * DAY))

    lots = ledger.lots(programme_id=programme.id, wallet=wallet.id, now=NOW + 2 * DAY)
    assert [(lot.remaining_minor, f"{lot.expires_at:%Y-%m-%d}") for lot in lots] == [
        (100, "2026-05-16"),
        (50, "2027-03-16"),
    ]
    assert sold.expires_at == lots[1].expires_at


class Changes(TestCase):
    """Whatever the rules are."""

    @settings(max_examples=25)
    @given(some_rules(), some_rules())
    def test_a_change_of_the_rule_never_shortens_what_was_bought(self, first: Rule, second: Rule) -> None:
        programme = a_programme(expiry=first)
        wallet = a_wallet(programme=programme)
        sold = topups.top_up(wallet=wallet, bought_minor=1_000, deed=a_deed())

        actions.set_rule(programme=programme, rule=second, deed=a_deed(now=NOW + timedelta(hours=1)))

        (lot,) = ledger.lots(programme_id=programme.id, wallet=wallet.id, now=NOW)
        assert lot.expires_at == sold.expires_at
        topups.top_up(wallet=wallet, bought_minor=1_000, deed=a_deed(now=NOW + timedelta(hours=2)))
        kept = {one.id: one.expires_at for one in ledger.lots(programme_id=programme.id, wallet=wallet.id, now=NOW)}
        assert (kept[lot.id] or NEVER) >= (lot.expires_at or NEVER)
