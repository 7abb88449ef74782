"""What is done with the cash at a till."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from groat.cards import actions as cards
from groat.cards.models import Card
from groat.drawers import actions, queries, rules, writing
from groat.drawers.models import CashMove, Drawer, MoveKind
from groat.errors import NotFound, Refusal
from groat.ledger import book
from groat.ledger import queries as ledger
from groat.ledger.core import commands
from groat.programmes.actions import close_till
from groat.programmes.models import AuditEntry, Programme, Role, Staff, Till
from groat.programmes.rules import InvalidAmount, InvalidValue, ReasonMissing, TillClosed
from groat.till import actions as till_actions
from groat.till.models import Payment
from groat.till.rules import CardBlocked, TillBusy, UndoTooLate
from groat.topups import actions as topups
from groat.topups.models import TopUp
from groat.topups.rules import TopUpReversed, price, rounded_cash
from tests.factories import NOW, a_card, a_deed, a_programme, a_till, a_token, a_wallet, funded, some_staff
from tests.offices import paid
from tests.races import at_once

pytestmark = pytest.mark.django_db

FLOAT = 100_000


class Place:
    """A till with its drawer open, a cashier, and a customer's card."""

    def __init__(self, *, is_open: bool = True, **given: Any) -> None:
        self.programme: Programme = a_programme(**given)
        self.till: Till = a_till(programme=self.programme)
        self.cashier: Staff = some_staff(programme=self.programme)
        self.token = a_token()
        self.card: Card = a_card(wallet=a_wallet(programme=self.programme), token=self.token)
        if is_open:
            self.open()

    def open(self, float_minor: int = FLOAT) -> Drawer:
        return actions.open_drawer(till=self.till, float_minor=float_minor, deed=a_deed(by=self.cashier))

    def move(self, amount_minor: int, reason: str = "Change") -> CashMove:
        return actions.move_cash(till=self.till, amount_minor=amount_minor, reason=reason, deed=a_deed(by=self.cashier))

    def top_up(self, bought_minor: int = 50_000, *, by: Staff | None = None) -> TopUp:
        deed = a_deed(by=by or self.cashier)
        return actions.top_up(till=self.till, card=self.card, bought=bought_minor, deed=deed)

    def undo(self, top_up: TopUp, *, by: Staff | None = None, after: timedelta = timedelta()) -> TopUp:
        deed = a_deed(by=by or self.cashier, now=NOW + after)
        return actions.undo_top_up(till=self.till, top_up=top_up, reason="Undone", deed=deed)

    def close(self, counted_minor: int = FLOAT, note: str = "") -> Drawer:
        return actions.close_drawer(
            till=self.till, counted_minor=counted_minor, note=note, deed=a_deed(by=self.cashier)
        )

    def expected(self) -> int | None:
        drawer = queries.open_at(self.till)
        return queries.expected(drawer) if drawer else None

    def balance(self) -> int:
        return ledger.balance(programme_id=self.programme.id, wallet=self.card.wallet_id, now=NOW).posted_minor

    def spend(self, amount_minor: int) -> None:
        with transaction.atomic():
            deed = a_deed()
            command = commands.Spend(self.card.wallet_id, amount_minor, actor=deed.actor.code)
            book.post(programme_id=self.programme.id, command=command, now=deed.now, mint=deed.mint)


def refused(refusal: Refusal, call: Any) -> None:
    with pytest.raises(type(refusal)) as raised:
        call()
    assert (raised.value.code, raised.value.facts()) == (refusal.code, refusal.facts())


# ---- Opening ----


def test_a_drawer_opens_with_its_float():
    place = Place(is_open=False)
    drawer = place.open(150_000)

    assert Drawer.objects.values().get() == {
        "id": drawer.id,
        "programme_id": place.programme.id,
        "till_id": place.till.id,
        "number": 1,
        "since_id": drawer.id,
        "until_id": None,
        "float_minor": 150_000,
        "opened_by": f"staff:{place.cashier.id}",
        "opened_at": NOW,
        "closed_by": "",
        "closed_at": None,
        "expected_minor": None,
        "counted_minor": None,
        "note": "",
        "report": None,
    }
    assert place.expected() == 150_000
    noted = AuditEntry.objects.get(action="drawer.opened")
    assert (noted.actor_name, noted.subject_name, noted.details) == (
        place.cashier.user.name,
        f"{place.till.name} · Z 1",
        {"float_minor": 150_000},
    )


def test_one_drawer_is_open_at_a_till_and_one_at_the_next():
    place = Place()
    refused(rules.DrawerOpenAlready(), place.open)
    place.till = a_till(programme=place.programme)
    assert place.open().number == 1


def test_two_drawers_open_at_a_till_are_refused_by_the_database():
    place = Place()
    again = Drawer.objects.get()
    again.id, again.number = again.id + 1, 2
    with (
        pytest.raises(DatabaseError, match=r"one_drawer_is_open_at_a_till|groat_drawer\.till_id"),
        transaction.atomic(),
    ):
        again.save(force_insert=True)
    assert place.expected() == FLOAT


@pytest.mark.django_db(transaction=True)
def test_of_two_who_open_at_once_one_does():
    place = Place(is_open=False)
    done = at_once(place.open, place.open)
    assert sorted(type(one).__name__ for one in done) == ["Drawer", "DrawerOpenAlready"]


def test_a_closed_till_has_no_drawer():
    place = Place(is_open=False)
    close_till(till=place.till, deed=a_deed())
    refused(TillClosed(place.till.name), place.open)


@pytest.mark.parametrize("float_minor", [-1, 10**15 + 1])
def test_a_float_beyond_all_sense_is_refused(float_minor: int):
    place = Place(is_open=False)
    refused(InvalidAmount(), lambda: place.open(float_minor))


# ---- Cash by hand ----


def test_cash_is_put_in_and_taken_out_for_a_reason():
    place = Place()
    put, taken = place.move(20_000, " Coins from the bank "), place.move(-70_000, "To the safe")

    assert place.expected() == FLOAT + 20_000 - 70_000
    rows: Any = CashMove.objects.order_by("id").values_list(
        "id", "why", "amount_minor", "reason", "actor", "at", "top_up"
    )
    actor = f"staff:{place.cashier.id}"
    assert list(rows) == [
        (put.id, "put_in", 20_000, "Coins from the bank", actor, NOW, None),
        (taken.id, "taken_out", -70_000, "To the safe", actor, NOW, None),
    ]
    noted = AuditEntry.objects.filter(action__startswith="drawer.cash").order_by("id").values_list("action", "details")
    assert list(noted) == [
        ("drawer.cash_put_in", {"cash_minor": 20_000, "reason": "Coins from the bank"}),
        ("drawer.cash_taken_out", {"cash_minor": 70_000, "reason": "To the safe"}),
    ]


@pytest.mark.parametrize("reason", ["", "  "])
def test_cash_does_not_move_without_a_reason(reason: str):
    place = Place()
    refused(ReasonMissing(), lambda: place.move(100, reason))
    assert place.expected() == FLOAT


def test_no_more_is_taken_out_than_should_be_there():
    place = Place()
    refused(rules.CashNotThere(there_currency_minor=FLOAT), lambda: place.move(-FLOAT - 1))
    place.move(-FLOAT)
    assert place.expected() == 0


@pytest.mark.parametrize("amount_minor", [0, 10**15 + 1, -(10**15) - 1])
def test_an_amount_of_cash_beyond_all_sense_is_refused(amount_minor: int):
    place = Place()
    refused(InvalidAmount(), lambda: place.move(amount_minor))


def test_nothing_moves_while_the_drawer_is_closed():
    place = Place(is_open=False)
    refused(rules.DrawerNotOpen(), lambda: place.move(100))
    refused(rules.DrawerNotOpen(), place.close)
    refused(rules.DrawerNotOpen(), place.top_up)
    assert (place.balance(), TopUp.objects.count(), CashMove.objects.count()) == (0, 0, 0)


def test_cash_that_moved_stays_in_the_books():
    place = Place()
    place.move(100)
    for change in (
        lambda: CashMove.objects.update(amount_minor=200),
        lambda: CashMove.objects.all().delete(),
        lambda: Drawer.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert place.expected() == FLOAT + 100


# ---- Top-ups ----


def test_a_top_up_for_cash_comes_into_the_wallet_and_into_the_drawer():
    place = Place()
    made = place.top_up(50_000)

    assert (made.till_id, made.means, made.bought_minor, made.paid_minor) == (place.till.id, "cash", 50_000, 50_000)
    assert (place.balance(), place.expected()) == (50_000, FLOAT + 50_000)
    moves = list(CashMove.objects.values_list("why", "amount_minor", "top_up", "actor"))
    assert moves == [("top_up", 50_000, made.id, f"staff:{place.cashier.id}")]


def test_cash_is_rounded_and_the_price_is_not():
    place = Place(price_minor=91)
    made = place.top_up(12_345)

    assert (place.balance(), made.paid_minor, place.expected()) == (12_345, 11_234, FLOAT + 11_200)
    drawer = queries.open_at(place.till)
    assert drawer is not None
    report = queries.report(drawer)
    assert (report.cash_top_ups_minor, report.rounding_minor, report.expected_minor) == (11_200, -34, FLOAT + 11_200)
    place.undo(made)
    after = queries.report(drawer)
    assert (after.undone_minor, after.rounding_minor, after.expected_minor) == (11_200, 0, FLOAT)


def test_less_than_the_smallest_coin_is_not_sold_for_cash():
    place = Place()
    refused(rules.TooSmallForCash(), lambda: place.top_up(49))
    refused(InvalidAmount(), lambda: place.top_up(0))
    assert (place.balance(), place.expected()) == (0, FLOAT)


def test_a_blocked_card_is_not_topped_up():
    place = Place()
    place.card = cards.block(card=place.card, reason="lost", deed=a_deed())
    refused(CardBlocked("lost"), place.top_up)


def test_another_programmes_card_is_not_there():
    place = Place()
    place.card = a_card()
    refused(NotFound(), place.top_up)


def test_what_an_integrator_sells_for_cash_at_the_till_is_counted_too():
    place = Place()
    sell: dict[str, Any] = {"wallet": place.card.wallet, "bought_minor": 1_000, "till": place.till, "deed": a_deed()}
    with transaction.atomic():
        writing.count_in(top_up=topups.top_up(**sell), deed=a_deed())
        by_card = topups.top_up(**sell, means="card")
        assert writing.count_in(top_up=by_card, deed=a_deed()) is None
    assert place.expected() == FLOAT + 1_000


def test_a_top_up_is_counted_once():
    place = Place()
    made = place.top_up()
    with transaction.atomic():
        writing.count_in(top_up=made, deed=a_deed())
    assert place.expected() == FLOAT + 50_000


# ---- Undo ----


def test_a_cashier_takes_back_what_was_just_sold():
    place = Place()
    made = place.top_up()
    place.undo(made, after=timedelta(seconds=299))

    assert (place.balance(), place.expected()) == (0, FLOAT)
    assert list(CashMove.objects.order_by("id").values_list("why", "amount_minor", "top_up")) == [
        ("top_up", 50_000, made.id),
        ("top_up_undone", -50_000, made.id),
    ]
    refused(TopUpReversed(), lambda: place.undo(made))


def test_after_the_programmes_time_the_manager_takes_it_back():
    place = Place()
    made, manager = place.top_up(), some_staff(Role.MANAGER, programme=place.programme)
    late = timedelta(seconds=300)
    refused(UndoTooLate(), lambda: place.undo(made, after=late))
    place.undo(made, by=manager, after=late)
    assert (place.balance(), place.expected()) == (0, FLOAT)


def test_one_cashier_does_not_take_back_what_another_sold():
    place = Place()
    made = place.top_up()
    refused(rules.NotYourTopUp(), lambda: place.undo(made, by=some_staff(programme=place.programme)))


def test_a_cashier_gives_no_cash_back_for_what_is_spent():
    place = Place()
    made = place.top_up()
    place.spend(1)
    refused(rules.SpentAlready(), lambda: place.undo(made))
    assert (place.balance(), place.expected()) == (49_999, FLOAT + 50_000)
    place.undo(made, by=some_staff(Role.MANAGER, programme=place.programme))
    assert (place.balance(), place.expected()) == (-1, FLOAT)


def test_a_top_up_of_another_till_or_of_the_office_is_not_there():
    place = Place()
    made, other = place.top_up(), a_till(programme=place.programme)
    actions.open_drawer(till=other, float_minor=FLOAT, deed=a_deed())
    place.till, till = other, place.till
    refused(NotFound(), lambda: place.undo(made))
    place.till = till
    refused(NotFound(), lambda: place.undo(funded(place.card.wallet, 1_000)))


def test_a_top_up_of_yesterday_is_paid_out_from_the_drawer_of_today():
    place = Place()
    made = place.top_up()
    place.close(FLOAT + 50_000)
    place.open()
    place.undo(made)
    assert place.expected() == FLOAT - 50_000


# ---- Closing ----


def test_a_drawer_closes_with_what_was_counted():
    place = Place()
    place.top_up(50_000)
    place.move(-20_000)
    funded(place.card.wallet, 10_000, till=place.till, means="card", bonus_minor=1_000)
    payment = paid(wallet=place.card.wallet, token=place.token, till=place.till, amount_minor=4_500)
    closed = place.close(FLOAT + 29_000, " A coin rolled away ")

    kept = Drawer.objects.get()
    assert (kept.expected_minor, kept.counted_minor, kept.difference_minor) == (FLOAT + 30_000, FLOAT + 29_000, -1_000)
    assert (kept.closed_by, kept.closed_at, kept.note) == (f"staff:{place.cashier.id}", NOW, "A coin rolled away")
    assert kept.until_id is not None
    assert kept.since_id < payment.id < kept.until_id
    assert rules.Report.read(kept.report or {}) == rules.Report(
        payments_count=1,
        payments_minor=4_500,
        refunds_count=0,
        refunds_minor=0,
        top_ups=(
            rules.ByMeans("cash", 1, 50_000, 50_000, 0),
            rules.ByMeans("card", 1, 10_000, 10_000, 1_000),
        ),
        float_minor=FLOAT,
        cash_top_ups_minor=50_000,
        undone_count=0,
        undone_minor=0,
        rounding_minor=0,
        cash_payments_minor=0,
        cash_refunds_minor=0,
        put_in_minor=0,
        taken_out_minor=20_000,
        counted_minor=FLOAT + 29_000,
    )
    told = AuditEntry.objects.get(action="drawer.closed").details
    assert told == {"counted_minor": FLOAT + 29_000, "difference_minor": -1_000, "reason": "A coin rolled away"}
    assert closed.id == kept.id


def test_reports_are_numbered_without_gaps_and_nothing_falls_between_them():
    place = Place()
    place.close()
    funded(place.card.wallet, 10_000, till=place.till, means="card")
    paid(wallet=place.card.wallet, token=place.token, till=place.till, amount_minor=100)
    place.open()
    place.close()
    place.open()
    last = place.close()

    each = Drawer.objects.order_by("id")
    assert [drawer.number for drawer in each] == [1, 2, 3]
    reports = [rules.Report.read(drawer.report or {}) for drawer in each]
    assert [(one.payments_count, len(one.top_ups)) for one in reports] == [(0, 0), (1, 1), (0, 0)]
    assert last.number == 3


def test_a_closed_drawer_never_changes():
    place = Place()
    made = place.top_up()
    closed = place.close(FLOAT + 50_000)
    for change in (
        lambda: Drawer.objects.update(counted_minor=0),
        lambda: Drawer.objects.update(report={}),
        lambda: Drawer.objects.update(closed_at=None),
        lambda: CashMove.objects.create(
            id=1,
            programme=place.programme,
            drawer=closed,
            why=MoveKind.PUT_IN,
            amount_minor=1,
            reason="x",
            actor="",
            at=NOW,
        ),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    before = rules.Report.read(closed.report or {})
    place.open()
    place.undo(made)
    assert rules.Report.read(Drawer.objects.get(number=1).report or {}) == before


def test_a_drawer_is_not_closed_while_a_payment_waits():
    place = Place(confirm_from_minor=100)
    place.top_up()
    paid(wallet=place.card.wallet, token=place.token, till=place.till, amount_minor=200)
    refused(TillBusy(), place.close)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"counted_minor": -1}, InvalidAmount()),
        ({"note": "x" * 201}, InvalidValue("note", "max_length")),
        ({"note": "\0"}, InvalidValue("note", "invalid")),
    ],
)
def test_what_cannot_have_been_counted_or_noted_is_refused(given: dict[str, Any], refusal: Refusal):
    place = Place()
    refused(refusal, lambda: place.close(**given))
    assert place.expected() == FLOAT


@pytest.mark.django_db(transaction=True)
def test_of_a_top_up_and_a_closing_at_once_each_sees_the_other_or_comes_after_it():
    place = Place()
    sold, closed = at_once(place.top_up, lambda: place.close(FLOAT))
    assert isinstance(closed, Drawer)
    came = FLOAT + 50_000 if isinstance(sold, TopUp) else FLOAT
    assert (closed.expected_minor, place.balance()) == (came, came - FLOAT)
    assert isinstance(sold, TopUp | rules.DrawerNotOpen)


# ---- Payments of which a part is cash ----


def part_in_cash(place: Place, *, cash_minor: int, now: datetime | None = None) -> Payment:
    """Something for 1,00 more than its cash, of which the card paid that."""
    deed = a_deed(by=place.cashier, now=now or timezone.now())
    basket = till_actions.open_checkout(
        till=place.till, amount_minor=cash_minor + 100, cash_minor=cash_minor, deed=deed
    )
    done = till_actions.present(till=place.till, token=place.token, key=str(uuid4()), checkout=basket, deed=deed)
    assert done.outcome is not None
    assert done.outcome.payment is not None
    return Payment.named(programme_id=place.programme.id, public_id=done.outcome.payment["id"])


def test_the_part_of_a_payment_that_is_cash_is_in_the_drawer():
    place = Place(is_open=False)
    funded(place.card.wallet, 1_000)
    part_in_cash(place, cash_minor=700)
    drawer = place.open()
    payment = part_in_cash(place, cash_minor=4_550)
    part_in_cash(place, cash_minor=1_000)

    report = queries.report(drawer)
    assert (place.expected(), report.cash_payments_minor, report.payments_count) == (FLOAT + 5_600, 5_600, 2)
    till_actions.refund(payment=payment, deed=a_deed(now=timezone.now()))
    after = queries.report(drawer)
    assert (place.expected(), after.expected_minor, after.cash_refunds_minor) == (FLOAT + 1_000, FLOAT + 1_000, 4_600)
    closed = place.close(FLOAT + 1_000)
    assert (closed.difference_minor, place.open().float_minor, place.expected()) == (0, FLOAT, FLOAT)


@pytest.mark.parametrize(
    "money",
    [
        {},
        {"price_minor": 91},
        {"credit_decimals": 0, "price_minor": 333},
        {"currency": "EUR", "time_zone": "Europe/Bratislava", "credit_decimals": 4},
        {"currency": "EUR", "time_zone": "Europe/Berlin", "price_minor": 7},
    ],
)
def test_the_database_rounds_cash_as_the_rules_do(money: dict[str, Any]):
    place = Place(is_open=False, **money)
    programme = place.programme
    funded(place.card.wallet, 5_000)
    drawer = place.open(0)
    there_minor = 0
    for cash_minor in (1, 49, 151, 4_550, 99_999):
        part_in_cash(place, cash_minor=cash_minor)
        cost_minor = price(
            bought_minor=cash_minor, decimals=programme.credit_decimals, price_minor=programme.price_minor
        )
        there_minor += rounded_cash(cost_minor, currency=programme.currency, time_zone=programme.time_zone)
        assert (place.expected(), queries.report(drawer).expected_minor) == (there_minor, there_minor)


# ---- Whatever happens ----

_AMOUNT = st.integers(-60_000, 60_000)
_STEP = st.one_of(
    st.tuples(st.just("move"), _AMOUNT),
    st.tuples(st.just("top_up"), st.integers(0, 60_000)),
    st.tuples(st.just("undo"), st.integers(0, 5)),
    st.tuples(st.just("spend"), st.integers(1, 20_000)),
)


class WhateverHappens(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(float_minor=st.integers(0, 100_000), steps=st.lists(_STEP, max_size=12), counted_minor=st.integers(0, 10**6))
    def test_what_is_expected_is_the_float_and_what_came_less_what_went(
        self, float_minor: int, steps: list[tuple[str, int]], counted_minor: int
    ) -> None:
        place = Place(is_open=False)
        drawer = place.open(float_minor)
        there_minor = float_minor
        sold: list[TopUp] = []
        for step, number in steps:
            try:
                if step == "move":
                    place.move(number)
                    there_minor += number
                elif step == "top_up":
                    sold.append(place.top_up(number))
                    there_minor += (number + 50) // 100 * 100
                elif step == "undo" and number < len(sold):
                    place.undo(sold[number])
                    there_minor -= (sold[number].paid_minor + 50) // 100 * 100
                elif step == "spend":
                    place.spend(number)
            except Refusal:
                pass
            report = queries.report(drawer)
            assert (queries.expected(drawer), report.expected_minor) == (there_minor, there_minor)
            assert there_minor >= 0
        closed = place.close(counted_minor)
        assert (closed.expected_minor, closed.difference_minor) == (there_minor, counted_minor - there_minor)
