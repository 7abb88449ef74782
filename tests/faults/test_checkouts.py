"""Two at one basket, at the same moment."""

from datetime import timedelta
from typing import Any

import pytest

from groat import ids
from groat.errors import Refusal
from groat.ledger import queries as ledger
from groat.programmes.deeds import Deed
from groat.till import actions
from groat.till.models import Checkout, CheckoutState, Payment, PaymentState
from groat.till.rules import CONFIRM_WITHIN
from tests import factories
from tests.ledger.verified import fault
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

mint = ids.Minter(worker=79)


class Shop:
    """A till and two cards with 1000 each."""

    def __init__(self, **settings: Any) -> None:
        self.programme = factories.a_programme(**settings)
        self.till = factories.a_till(programme=self.programme)
        self.tokens: list[str] = []
        for _ in range(2):
            token = factories.a_token()
            card = factories.a_card(wallet=factories.a_wallet(programme=self.programme), token=token)
            factories.funded(card.wallet, 1000)
            self.tokens.append(token)

    def deed(self, now: Any = factories.NOW) -> Deed:
        return factories.a_deed(now=now, mint=mint)

    def basket(self, amount_minor: int = 300) -> Checkout:
        return actions.open_checkout(till=self.till, amount_minor=amount_minor, deed=self.deed())

    def credit(self) -> int:
        return ledger.owed(programme_id=self.programme.id).credit_minor


def test_a_basket_held_to_two_readers_at_once_is_paid_once() -> None:
    shop = Shop()
    for turn in range(5):
        basket, before = shop.basket(), shop.credit()

        def hold(token: str, key: str) -> Any:
            return actions.present(till=shop.till, token=token, key=key, deed=shop.deed())

        first, second = (
            lambda token=token, key=f"reader-{place}-{turn}": hold(token, key)
            for place, token in enumerate(shop.tokens)
        )
        answers = at_once(first, second)
        paid = [a.outcome for a in answers if not isinstance(a, Refusal) and a.outcome.payment is not None]
        assert len(paid) == 1
        assert shop.credit() == before - 300
        basket.refresh_from_db()
        assert basket.state == CheckoutState.PAID
        assert Payment.objects.filter(checkout=basket).count() == 1
    assert fault(shop.programme) is None


def test_a_payment_is_confirmed_or_cancelled_but_not_both() -> None:
    shop = Shop(confirm_from_minor=100)
    for turn in range(5):
        basket, before = shop.basket(150), shop.credit()
        token, key = shop.tokens[0], f"confirm-{turn}"
        asked = actions.present(till=shop.till, token=token, key=key, deed=shop.deed()).outcome
        assert asked is not None
        assert asked.state == "confirming"
        payment = Payment.objects.get(checkout=basket)
        just_before = factories.NOW + CONFIRM_WITHIN - timedelta(microseconds=1)

        def confirm(payment: Payment = payment, now: Any = just_before) -> Any:
            return actions.confirm(payment=payment, deed=shop.deed(now))

        def cancel(payment: Payment = payment, now: Any = just_before) -> Any:
            return actions.cancel(payment=payment, deed=shop.deed(now))

        def run_out() -> Any:
            return actions.cancel_expired(deed=shop.deed(factories.NOW + CONFIRM_WITHIN))

        at_once(confirm, confirm, cancel, run_out)
        payment.refresh_from_db()
        basket.refresh_from_db()
        if payment.state == PaymentState.PAID:
            assert (basket.state, shop.credit()) == (CheckoutState.PAID, before - 150)
        else:
            assert payment.state == PaymentState.CANCELLED
            assert (basket.state, shop.credit()) == (CheckoutState.ABANDONED, before)
    assert fault(shop.programme) is None


def test_a_payment_given_back_by_two_at_once_comes_back_once() -> None:
    shop = Shop()
    basket = shop.basket()
    actions.present(till=shop.till, token=shop.tokens[0], key="pay", deed=shop.deed())
    payment = Payment.objects.get(checkout=basket)
    before = shop.credit()
    answers = at_once(*[lambda: actions.refund(payment=payment, deed=shop.deed())] * 4)
    assert sorted(isinstance(answer, Refusal) for answer in answers) == [False, True, True, True]
    assert shop.credit() == before + 300
    assert fault(shop.programme) is None
