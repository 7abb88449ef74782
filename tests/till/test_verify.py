"""What `verify` finds in payments, and that it finds nothing when they are right."""

from typing import Any

import pytest
from django.db import connection

from groat.ledger.verify import Fault
from groat.till import actions
from groat.till.models import Checkout, Payment
from groat.till.verify import CHECKS
from tests import factories
from tests.ledger.books import past_the_triggers
from tests.ledger.verified import fault

pytestmark = pytest.mark.django_db


class Shop:
    """Payments in every state: paid, given back whole and in part, cancelled, waiting."""

    def __init__(self) -> None:
        self.programme = factories.a_programme(confirm_from_minor=500)
        self.till = factories.a_till(programme=self.programme)
        self.token = factories.a_token()
        self.wallet = factories.a_wallet(programme=self.programme)
        factories.a_card(wallet=self.wallet, token=self.token)
        factories.funded(self.wallet, 10_000)
        deed = factories.a_deed()
        self.paid, self.given_back, self.partly = (self.pay(amount) for amount in (100, 200, 300))
        actions.refund(payment=self.given_back, deed=deed)
        self.refund = actions.refund(payment=self.partly, amount_minor=50, deed=deed)
        actions.refund(payment=self.partly, amount_minor=20, deed=deed)
        self.confirmed, self.cancelled, self.waiting = (self.pay(amount) for amount in (500, 600, 700))
        actions.confirm(payment=self.confirmed, deed=deed)
        actions.cancel(payment=self.cancelled, deed=deed)
        basket = actions.open_checkout(till=self.till, amount_minor=100, cash_minor=40, deed=deed)
        self.split = self.pay(None, checkout=basket)

    def pay(self, amount_minor: int | None, *, checkout: Checkout | None = None) -> Payment:
        deed = factories.a_deed()
        order = actions.order(
            programme_id=self.programme.id,
            till=self.till,
            token=self.token,
            key=f"key-{amount_minor}",
            actor=deed.actor,
            amount_minor=amount_minor,
            checkout=checkout,
        )
        outcome = actions.take_payment(order=order, deed=deed)
        assert outcome.payment is not None
        return Payment.objects.get(pk=Payment.key_of(outcome.payment["id"]))


def test_payments_in_every_state_are_right() -> None:
    assert fault(Shop().programme) is None


TAMPERED = [
    pytest.param(
        "UPDATE groat_payment SET amount_minor = 101 WHERE id = {paid}",
        "payment_differs_from_entry",
        "Payment {paid} is paid with 101; its entry took 100 from the wallet.",
        id="a payment says another amount",
    ),
    pytest.param(
        "UPDATE groat_payment SET entry_id = 7 WHERE id = {paid}",
        "payment_differs_from_entry",
        "Payment {paid} is paid with 100; its entry took 0 from the wallet.",
        id="a payment has no entry",
    ),
    pytest.param(
        "UPDATE groat_payment SET cash_minor = 41 WHERE id = {split}",
        "split_differs_from_checkout",
        "Payment {split} took 60 and 41 in cash for a basket of 100.",
        id="a payment says that more was paid in cash",
    ),
    pytest.param(
        "",
        "entry_paid_twice",
        "Entry {paid} stands for 2 payments.",
        id="a payment is there twice",
    ),
    pytest.param(
        "DELETE FROM groat_payment WHERE id = {paid}",
        "entry_without_payment",
        "Entry {paid} (spend) took credits for no payment.",
        id="a payment is gone",
    ),
    pytest.param(
        "UPDATE groat_payment SET state = 'cancelled' WHERE id = {confirmed}",
        "unpaid_payment_took_credits",
        "Payment {confirmed} is cancelled, but its hold took credits, or there is none.",
        id="a paid payment says that it was cancelled",
    ),
    pytest.param(
        "UPDATE groat_payment SET refunded_minor = 71 WHERE id = {partly}",
        "refunded_differs",
        "Payment {partly} says that 71 were given back; its refunds sum to 70.",
        id="a payment says that more was given back",
    ),
    pytest.param(
        "UPDATE groat_refund SET amount_minor = 51 WHERE id = {refund}",
        "refund_differs_from_entry",
        "Refund {refund} gave 51 back; its entry gave 50.",
        id="a refund says another amount",
    ),
]


@pytest.mark.parametrize(("change", "code", "what"), TAMPERED)
def test_a_fault_is_found_and_named(change: str, code: str, what: str) -> None:
    shop = Shop()
    names: dict[str, Any] = {
        "paid": shop.paid.id,
        "split": shop.split.id,
        "partly": shop.partly.id,
        "refund": shop.refund.id,
        "confirmed": shop.confirmed.id,
    }
    with past_the_triggers(), connection.cursor() as cursor:
        if change:
            cursor.execute(change.format(**names))
            assert cursor.rowcount == 1
        else:
            shop.paid.pk += 1
            shop.paid.save(force_insert=True)
        if code == "refund_differs_from_entry":
            cursor.execute("UPDATE groat_payment SET refunded_minor = 71 WHERE id = %s", [shop.partly.id])
        assert fault(shop.programme) == Fault(code, shop.programme.id, what.format(**names))


def test_every_check_is_seen_to_find_something() -> None:
    assert {check.code for check in CHECKS} == {param.values[1] for param in TAMPERED}
