"""Guesses at once, and what the database holds of who is in."""

from functools import partial

import pytest
from django.db import IntegrityError, transaction

from groat.cashiers import actions
from groat.cashiers.models import Guesses, SharedTill
from groat.errors import NotFound, Refusal
from groat.till import news
from tests import factories
from tests.cashiers.counter import PIN, WRONG_PIN, Counter
from tests.factories import a_deed
from tests.offices import just_now
from tests.races import at_once


@pytest.mark.postgresql_only
def test_of_many_guesses_at_once_five_are_looked_at(transactional_db: None):
    counter = Counter()
    guess = partial(actions.enter_by_pin, shared=counter.row, staff=counter.klara, pin=WRONG_PIN)

    answers = at_once(*[partial(guess, token=f"token-{number}", deed=just_now()) for number in range(12)])

    codes = sorted(answer.code for answer in answers if isinstance(answer, Refusal))
    assert codes == ["till_pin_paused"] * 7 + ["till_pin_wrong"] * 5
    assert set(Guesses.objects.values_list("wrong", flat=True)) == {5}


@pytest.mark.postgresql_only
def test_a_till_that_is_ended_while_somebody_gets_in_stays_ended(transactional_db: None):
    counter = Counter()
    for number in range(5):
        row = actions.share(till=counter.till, token=f"first-{number}", device="", deed=just_now())
        enter = partial(actions.enter_by_pin, shared=row, staff=counter.klara, pin=PIN, token=f"second-{number}")
        at_once(partial(enter, deed=just_now()), partial(actions.end, shared=row, deed=just_now()))
        row.refresh_from_db()
        assert (row.ended_at is None, row.staff) == (False, None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("broken", "name"),
    [
        ({"role": "cashier"}, "somebody_is_in_whole"),
        ({"entered_at": factories.NOW}, "somebody_is_in_whole"),
    ],
)
def test_the_database_keeps_no_half_of_somebody(broken: dict[str, object], name: str):
    Counter()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        SharedTill.objects.update(**broken)


@pytest.mark.django_db
def test_the_database_keeps_nobody_in_where_it_has_ended():
    counter = Counter()
    counter.enter(counter.klara, PIN)
    with pytest.raises(IntegrityError, match="nobody_is_in_where_it_has_ended"), transaction.atomic():
        SharedTill.objects.update(ended_at=factories.NOW)


@pytest.mark.django_db
def test_one_card_opens_tills_for_one_person():
    counter = Counter()
    card, _ = counter.own_card(counter.klara)
    with pytest.raises(Refusal) as refused:
        actions.name_card(staff=counter.marta, card=card, deed=a_deed())
    assert (refused.value.code, refused.value.facts()) == ("card_of_another_cashier", {"name": "Klára Malá"})


@pytest.mark.django_db
def test_a_card_of_another_programme_is_nobodys_own():
    with pytest.raises(NotFound):
        actions.name_card(staff=Counter().klara, card=factories.a_card(), deed=a_deed())


@pytest.mark.django_db
def test_whoever_watches_the_till_hears_of_each_switch():
    counter = Counter()
    seen = []

    def look() -> None:
        seen.append(news.look([counter.till.id])[counter.till.id])

    look()
    counter.enter(counter.klara, PIN)
    look()
    counter.client.post(counter.url("till_lock"))
    look()
    actions.end(shared=counter.row, deed=just_now())
    look()
    assert [(one, other) for one in range(4) for other in range(one) if seen[one] == seen[other]] == [(2, 0)]
