"""A payment that waits for the PIN of the card: right, wrong, wrong three times, and all at once."""

import logging
import re
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from groat.cards import actions as cards
from groat.cards.models import Alarm, Card
from groat.cards.rules import PinBlocked, PinMissing, PinNotSet, PinWrong
from groat.errors import Refusal
from groat.ledger import queries as ledger
from groat.ledger.models import Request
from groat.programmes import actions as programmes
from groat.programmes.models import AuditEntry, Role, Till
from groat.till import actions
from groat.till.models import Payment
from tests import factories
from tests.factories import NOW, a_deed
from tests.ledger.verified import fault
from tests.offices import signed_in
from tests.races import at_once
from tests.rest import Caller, code, told

PIN, WRONG = "4821", ["1739", "2846", "3957"]
keys = count()


@dataclass
class Counter:
    """A till whose programme wants a PIN from 5,00, and a customer with 10,00 on a card."""

    till: Till
    card: Card
    token: str

    @classmethod
    def open(cls, *, pin: str = PIN, now: Any = NOW, **settings: Any) -> "Counter":
        given = {"confirm_from_minor": 500, "confirm_by": "pin"} | settings
        programme, token = factories.a_programme(**given), factories.a_token()
        wallet = factories.a_wallet(programme=programme)
        card = factories.a_card(wallet=wallet, token=token)
        factories.funded(wallet, 1000, now=now)
        if pin:
            cards.set_pin(card=card, pin=pin, deed=a_deed())
        return cls(factories.a_till(programme=programme), card, token)

    def asks(self, amount_minor: int = 600, *, now: Any = NOW) -> str:
        """`paid`, `confirming`, or the code of the refusal."""
        deed = a_deed(now=now)
        order = actions.order(
            programme_id=self.till.programme_id,
            till=self.till,
            token=self.token,
            key=f"key-{next(keys)}",
            actor=deed.actor,
            amount_minor=amount_minor,
        )
        outcome = actions.take_payment(order=order, deed=deed)
        return outcome.refusal.code if outcome.refusal else outcome.state

    def waiting(self) -> Payment:
        """A payment of 6,00 that waits for the PIN."""
        assert self.asks() == "confirming"
        return Payment.objects.latest("id")

    def standing(self) -> tuple[int, int]:
        """(posted, available)"""
        standing = ledger.balance(programme_id=self.till.programme_id, wallet=self.card.wallet_id, now=NOW)
        return standing.posted_minor, standing.available_minor

    def tries_left(self) -> int | None:
        self.card.refresh_from_db()
        return self.card.pin_tries_left


def confirmed(payment: Payment, pin: str = "") -> str:
    """The state that it brought, or the code of the refusal."""
    try:
        return actions.confirm(payment=payment, pin=pin, deed=a_deed()).state
    except Refusal as refusal:
        return refusal.code


@pytest.fixture
def counter(db: None) -> Counter:
    return Counter.open()


# ---- What is asked for ----


def test_from_the_programmes_amount_on_a_payment_waits_for_the_pin(counter: Counter):
    assert counter.asks(499) == "paid"
    assert counter.asks(500) == "confirming"
    assert counter.standing() == (501, 1)


def test_a_card_without_a_pin_is_declined_from_there_on(db: None):
    counter = Counter.open(pin="")
    assert [counter.asks(499), counter.asks(500)] == ["paid", "pin_not_set"]


def test_where_the_cashier_confirms_no_pin_is_asked_for(db: None):
    counter = Counter.open(pin="", confirm_by="cashier")
    payment = counter.waiting()
    assert confirmed(payment) == "paid"


def test_the_right_pin_takes_the_credits(counter: Counter):
    payment = counter.waiting()
    assert counter.standing() == (1000, 400)
    assert confirmed(payment, PIN) == "paid"
    assert counter.standing() == (400, 400)
    assert (confirmed(payment, PIN), confirmed(payment, WRONG[0])) == ("paid", "paid")
    assert counter.tries_left() == 3


def test_without_the_pin_nothing_is_confirmed_and_no_try_counts(counter: Counter):
    payment = counter.waiting()
    with pytest.raises(PinMissing):
        actions.confirm(payment=payment, deed=a_deed())
    assert counter.tries_left() == 3


# ---- Wrong ----


def test_a_wrong_pin_may_be_tried_again(counter: Counter):
    payment = counter.waiting()
    with pytest.raises(PinWrong) as refused:
        actions.confirm(payment=payment, pin=WRONG[0], deed=a_deed())
    assert refused.value == PinWrong(tries_left=2)
    assert [confirmed(payment, WRONG[1]), confirmed(payment, PIN)] == ["pin_wrong", "paid"]
    assert counter.tries_left() == 3


def test_wrong_three_times_blocks_the_pin_and_lets_the_payment_go(counter: Counter):
    payment = counter.waiting()
    answers = [confirmed(payment, pin) for pin in [*WRONG, PIN]]
    payment.refresh_from_db()
    assert answers == ["pin_wrong", "pin_wrong", "pin_blocked", "payment_not_waiting"]
    assert (payment.state, counter.standing(), counter.tries_left()) == ("cancelled", (1000, 1000), 0)
    assert [(alarm.what, alarm.card, alarm.till) for alarm in Alarm.objects.all()] == [
        ("pin_blocked", counter.card, counter.till)
    ]
    assert [counter.asks(499), counter.asks(500)] == ["paid", "pin_blocked"]


def test_tries_count_over_all_payments_of_a_card(counter: Counter):
    first = counter.waiting()
    assert [confirmed(first, pin) for pin in WRONG[:2]] == ["pin_wrong", "pin_wrong"]
    actions.cancel(payment=first, deed=a_deed())
    assert confirmed(counter.waiting(), WRONG[2]) == "pin_blocked"


def test_a_blocked_pin_also_ends_what_waits_beside_it(counter: Counter):
    factories.funded(counter.card.wallet, 1000)
    first, second = counter.waiting(), counter.waiting()
    for pin in WRONG:
        confirmed(first, pin)
    with pytest.raises(PinBlocked):
        actions.confirm(payment=second, pin=PIN, deed=a_deed())
    second.refresh_from_db()
    assert second.state == "cancelled"


def test_a_new_pin_makes_the_card_good_again(counter: Counter):
    first = counter.waiting()
    for pin in WRONG:
        confirmed(first, pin)
    cards.set_pin(card=counter.card, pin="7305", deed=a_deed())
    payment = counter.waiting()
    assert [confirmed(payment, PIN), confirmed(payment, "7305")] == ["pin_wrong", "paid"]


def test_a_card_that_lost_its_pin_while_it_waited_is_let_go(counter: Counter):
    payment = counter.waiting()
    Card.objects.update(pin_hash="")
    with pytest.raises(PinNotSet):
        actions.confirm(payment=payment, pin=PIN, deed=a_deed())
    payment.refresh_from_db()
    assert payment.state == "cancelled"


def test_the_database_counts_no_fourth_try(counter: Counter):
    with pytest.raises(IntegrityError, match="a_pin_is_tried_three_times"), transaction.atomic():
        Card.objects.update(pin_tries=4)


@pytest.mark.postgresql_only
def test_of_many_tries_at_once_three_are_made(transactional_db: None):
    counter = Counter.open()
    payment = counter.waiting()

    answers = at_once(*[partial(actions.confirm, payment=payment, pin=WRONG[n % 3], deed=a_deed()) for n in range(12)])

    told_apart = sorted(answer.code if isinstance(answer, Refusal) else "confirmed" for answer in answers)
    looked_at = [answer for answer in answers if isinstance(answer, PinWrong)]
    payment.refresh_from_db()
    assert {"confirmed"}.isdisjoint(told_apart)
    # Two were told how many are left, the third blocked it; whoever came later was not looked at.
    assert sorted(answer.tries_left for answer in looked_at) == [1, 2]
    assert (payment.state, counter.tries_left(), Alarm.objects.count()) == ("cancelled", 0, 1)
    assert fault(counter.till.programme) is None


# ---- What is kept, and told ----


def test_a_pin_stands_nowhere(counter: Counter, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    payment = counter.waiting()
    confirmed(payment, WRONG[0])
    confirmed(payment, PIN)
    counter.card.refresh_from_db()
    kept = [repr(list(rows.objects.values())) for rows in (AuditEntry, Request, Payment)]
    # By itself: four digits in a row stand in an id now and then.
    alone = re.compile(rf"(?<![0-9A-Za-z])({PIN}|{WRONG[0]})(?![0-9A-Za-z])")
    assert not [text for text in [*kept, counter.card.pin_hash, caplog.text] if alone.search(text)]
    assert AuditEntry.objects.filter(action="card.pin_set").values_list("details", flat=True).get() == {}


def test_the_till_asks_the_customer(counter: Counter):
    counter = Counter.open(now=timezone.now())
    staff = factories.some_staff(Role.CASHIER, programme=counter.till.programme)
    client, names = signed_in(staff), {"programme": counter.till.programme.slug, "till": counter.till.public_id}

    def ask(name: str, body: dict[str, Any], **of: Any) -> Any:
        return client.post(reverse(name, kwargs=names | of), body, content_type="application/json").json()

    opened = ask("till_checkouts", {"key": "k" * 16, "amount_minor": 600})["checkout"]
    body = {"key": "p" * 16, "token": counter.token, "checkout": opened["id"]}
    payment = ask("till_present", body)["checkout"]["payment"]
    missing = ask("till_confirm", {}, payment=payment["id"])
    wrong = ask("till_confirm", {"pin": WRONG[0]}, payment=payment["id"])
    paid = ask("till_confirm", {"pin": PIN}, payment=payment["id"])["checkout"]

    assert (payment["state"], payment["asks_pin"], missing["code"]) == ("confirming", True, "pin_missing")
    assert (wrong["code"], wrong["sentence"]) == ("pin_wrong", "This PIN is wrong. Tries left: 2.")
    assert (paid["state"], paid["payment"]["asks_pin"]) == ("paid", False)


# ---- By REST ----


def rest_payment(counter: Counter) -> tuple[Caller, str]:
    caller = Caller(counter.till.programme)
    asked = {"till": str(counter.till.public_id), "token": {"kind": "uid", "value": counter.token}, "amount_minor": 600}
    return caller, f"/api/v1/payments/{told(caller.post('/api/v1/payments', asked), 202)['id']}"


def test_by_rest_the_pin_comes_with_the_confirmation(db: None):
    caller, path = rest_payment(Counter.open(now=timezone.now()))

    assert code(caller.post(f"{path}/confirm")) == (422, "pin_missing")
    assert code(caller.post(f"{path}/confirm", {"pin": "48"})) == (422, "invalid_request")
    wrong = caller.post(f"{path}/confirm", {"pin": WRONG[0]})
    assert (code(wrong), told(wrong, 409)["tries_left"]) == ((409, "pin_wrong"), 2)
    assert told(caller.post(f"{path}/confirm", {"pin": PIN}))["state"] == "paid"
    assert told(caller.post(f"{path}/confirm"))["state"] == "paid"
    assert told(caller.get("/api/v1/programme"))["confirm_by"] == "pin"


def test_by_rest_one_key_buys_no_second_look_at_a_pin(db: None):
    counter = Counter.open(now=timezone.now())
    caller, path = rest_payment(counter)
    before = Request.objects.count()

    answers = [code(caller.post(f"{path}/confirm", {"pin": pin}, key="the-same-key")) for pin in [*WRONG, PIN]]

    assert answers == [(409, "pin_wrong"), (409, "pin_wrong"), (409, "pin_blocked"), (409, "payment_not_waiting")]
    assert (counter.tries_left(), Request.objects.count()) == (0, before)


def test_a_setting_that_changes_meanwhile_leaves_the_payment_to_the_cashier(counter: Counter):
    payment = counter.waiting()
    programmes.change_programme(programme=counter.till.programme, confirm_by="cashier", deed=a_deed())
    assert confirmed(payment) == "paid"
