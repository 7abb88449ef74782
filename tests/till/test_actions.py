"""What happens at a till."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from groat.cards import actions as cards
from groat.cards.models import PairingState
from groat.cards.tokens import uid
from groat.errors import NotFound
from groat.ledger import queries as ledger
from groat.ledger.core.refusals import BeyondOriginal, HoldClosed, InsufficientCredit
from groat.ledger.models import Request
from groat.ledger.requests import KeyReused
from groat.programmes import actions as programmes
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme, Role, Till
from groat.programmes.rules import TillClosed
from groat.till import actions, queries
from groat.till.models import CheckoutState, Payment, PaymentState
from groat.till.payments import Outcome
from groat.till.rules import (
    CONFIRM_WITHIN,
    CardBlocked,
    CheckoutClosed,
    NothingToPay,
    NothingWaits,
    NotPaid,
    NotWaiting,
    OnlyWhole,
    ProductNotSold,
    TillBusy,
    UndoTooLate,
    UnknownCard,
)
from tests import factories

pytestmark = pytest.mark.django_db


@dataclass
class Shop:
    """A till, an espresso for 45,00 and a card with 100,00 on it; settings of the programme by name."""

    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.programme: Programme = factories.a_programme(**self.settings)
        self.till: Till = factories.a_till(programme=self.programme)
        self.espresso = factories.a_product(category=factories.a_category(programme=self.programme))
        self.wallet = factories.a_wallet(programme=self.programme)
        self.token = factories.a_token()
        self.card = factories.a_card(wallet=self.wallet, token=self.token)
        factories.funded(self.wallet, 10_000)

    def pay(self, amount_minor: int | None = None, *, key: str = "", deed: Deed | None = None, **given: Any) -> Outcome:
        deed = deed or factories.a_deed()
        basket: dict[str, Any] = {"lines": [(self.espresso.id, 1)]} if amount_minor is None else {}
        asked = {"till": self.till, "token": self.token, "amount_minor": amount_minor, **basket, **given}
        key = key or f"key-{deed.mint()}"
        order = actions.order(programme_id=self.programme.id, key=key, actor=deed.actor, **asked)
        return actions.take_payment(order=order, deed=deed)

    def paid(self, amount_minor: int | None = None, **given: Any) -> Payment:
        outcome = self.pay(amount_minor, **given)
        assert outcome.payment is not None, outcome
        return Payment.objects.get(pk=Payment.key_of(outcome.payment["id"]))

    def standing(self) -> tuple[int, int, list[tuple[int, Any]]]:
        now = factories.NOW
        balance = ledger.balance(programme_id=self.programme.id, wallet=self.wallet.id, now=now)
        lots = ledger.lots(programme_id=self.programme.id, wallet=self.wallet.id, now=now)
        return balance.posted_minor, balance.held_minor, [(lot.remaining_minor, lot.expires_at) for lot in lots]

    def cashier(self, *, now: Any = factories.NOW) -> Deed:
        staff = getattr(self, "_cashier", None) or factories.some_staff(Role.CASHIER, programme=self.programme)
        self._cashier = staff
        return factories.a_deed(by=staff, now=now)


def test_a_card_pays_for_products_at_their_price() -> None:
    shop = Shop()

    outcome = shop.pay(lines=[(shop.espresso.public_id, 2)])

    assert outcome.state == "paid"
    assert outcome.payment is not None
    assert outcome.payment["amount_minor"] == 9_000
    assert outcome.payment["balance_minor"] == 1_000
    assert outcome.payment["lines"] == [
        {
            "product": str(shop.espresso.public_id),
            "name": "Espresso",
            "quantity": 2,
            "price_minor": 4_500,
            "amount_minor": 9_000,
        }
    ]
    assert shop.standing() == (1_000, 0, [(1_000, None)])


def test_a_free_amount_is_paid_without_a_product() -> None:
    outcome = Shop().pay(1_234)

    assert outcome.payment is not None
    assert (outcome.payment["amount_minor"], outcome.payment["balance_minor"]) == (1_234, 8_766)


def test_a_payment_is_told_the_same_way_later() -> None:
    shop = Shop()
    outcome = shop.pay()
    assert outcome.payment is not None

    payment = Payment.objects.select_related("card").get(pk=Payment.key_of(outcome.payment["id"]))

    assert queries.describe(payment) == outcome.payment


def test_too_little_credit_says_what_is_missing_and_takes_nothing() -> None:
    shop = Shop()

    outcome = shop.pay(12_500)

    assert outcome == Outcome(refusal=InsufficientCredit(available_minor=10_000, missing_minor=2_500))
    assert shop.standing() == (10_000, 0, [(10_000, None)])
    assert not Payment.objects.filter(programme=shop.programme).exists()


def test_an_unknown_card_is_refused() -> None:
    assert Shop().pay(token=factories.a_token()).refusal == UnknownCard()


def test_a_card_of_another_programme_is_unknown_here() -> None:
    other = Shop()

    assert Shop().pay(token=other.token).refusal == UnknownCard()


@pytest.mark.parametrize("reason", ["blocked", "lost"])
def test_a_blocked_card_is_refused(reason: Any) -> None:
    shop = Shop()
    cards.block(card=shop.card, reason=reason, deed=factories.a_deed())

    assert shop.pay().refusal == CardBlocked(state=reason)


def test_a_replaced_card_is_unknown_and_its_successor_pays() -> None:
    shop, token = Shop(), factories.a_token()
    cards.pair(wallet=shop.wallet, token=token, replaces=shop.card, deed=factories.a_deed())

    assert shop.pay().refusal == UnknownCard()
    assert shop.pay(token=token).state == "paid"


def test_a_till_out_of_use_takes_no_payment() -> None:
    shop = Shop()
    programmes.close_till(till=shop.till, deed=factories.a_deed())

    assert shop.pay().refusal == TillClosed(till=shop.till.name)


def test_a_till_of_another_programme_is_not_found() -> None:
    assert Shop().pay(till=Shop().till).refusal == NotFound()


def test_a_product_of_another_programme_is_not_sold() -> None:
    assert Shop().pay(lines=[(Shop().espresso.id, 1)]).refusal == ProductNotSold()


def test_what_is_no_product_at_all_is_not_sold() -> None:
    shop = Shop()
    with pytest.raises(ProductNotSold):
        shop.pay(lines=[(shop.till.public_id, 1)])


def test_a_basket_free_of_charge_has_nothing_to_pay() -> None:
    shop = Shop()
    water = factories.a_product(category=factories.a_category(programme=shop.programme), name="Water", price_minor=0)

    assert shop.pay(lines=[(water.id, 3)]).refusal == NothingToPay()


def test_the_same_key_again_pays_once_and_answers_the_same() -> None:
    shop = Shop()

    first, second = shop.pay(1_000, key="k"), shop.pay(1_000, key="k")

    assert (first.payment, first.replayed) == (second.payment, False)
    assert second.replayed
    assert shop.standing()[0] == 9_000


def test_a_refusal_is_answered_the_same_even_when_it_would_pass_by_now() -> None:
    shop = Shop()
    first = shop.pay(20_000, key="k")
    factories.funded(shop.wallet, 50_000)

    second = shop.pay(20_000, key="k")

    assert (second.refusal, second.replayed) == (first.refusal, True)


def test_the_same_key_for_another_amount_is_refused() -> None:
    shop = Shop()
    shop.pay(1_000, key="k")

    assert shop.pay(1_001, key="k").refusal == KeyReused()
    assert shop.standing()[0] == 9_000


def test_neither_the_stored_request_nor_the_payment_holds_the_cards_number() -> None:
    shop = Shop()
    payment = shop.paid()
    stored = Request.objects.filter(programme=shop.programme.id).values_list("key", "outcome", "client")

    kept = f"{list(stored)} {vars(payment)}".upper()

    assert uid(shop.token).hex().upper() not in kept
    assert shop.card.last_four in kept


def test_undo_restores_the_very_lots() -> None:
    shop = Shop()
    soon = factories.NOW + timedelta(days=3)
    factories.funded(shop.wallet, 2_000, expires_at=soon, bonus_minor=500)
    before = shop.standing()
    payment = shop.paid()
    assert shop.standing() != before

    refund = actions.refund(payment=payment, deed=shop.cashier())

    assert shop.standing() == before
    assert refund.amount_minor == 4_500
    payment.refresh_from_db()
    assert payment.refunded_minor == 4_500


def test_a_cashier_cannot_undo_after_the_programmes_time() -> None:
    shop = Shop({"undo_seconds": 60})
    payment = shop.paid()

    with pytest.raises(UndoTooLate):
        actions.refund(payment=payment, deed=shop.cashier(now=factories.NOW + timedelta(seconds=61)))
    assert actions.refund(payment=payment, deed=shop.cashier(now=factories.NOW + timedelta(seconds=60))).amount_minor


def test_a_cashier_cannot_undo_a_part() -> None:
    shop = Shop()
    payment = shop.paid()

    with pytest.raises(OnlyWhole):
        actions.refund(payment=payment, amount_minor=1, deed=shop.cashier())


def test_a_manager_gives_back_parts_but_never_more_than_was_paid() -> None:
    shop = Shop()
    payment = shop.paid()
    manager = factories.some_staff(Role.MANAGER, programme=shop.programme)
    much_later = factories.a_deed(by=manager, now=factories.NOW + timedelta(days=200))
    actions.refund(payment=payment, amount_minor=4_000, deed=much_later)

    with pytest.raises(BeyondOriginal) as refused:
        actions.refund(payment=payment, amount_minor=501, deed=much_later)
    assert refused.value == BeyondOriginal(left_minor=500)
    assert actions.refund(payment=payment, deed=much_later).amount_minor == 500
    with pytest.raises(BeyondOriginal):
        actions.refund(payment=payment, deed=much_later)


def test_a_large_payment_waits_until_the_cashier_has_compared_the_customer() -> None:
    shop = Shop({"confirm_from_minor": 5_000})

    assert shop.pay(4_999).state == "paid"
    waiting = shop.paid(5_000)

    assert waiting.state == PaymentState.CONFIRMING
    assert shop.standing()[:2] == (5_001, 5_000)
    confirmed = actions.confirm(payment=waiting, deed=shop.cashier())
    assert (confirmed.state, confirmed.balance_minor) == (PaymentState.PAID, 1)
    assert shop.standing()[:2] == (1, 0)
    assert actions.confirm(payment=waiting, deed=shop.cashier()).entry_id == confirmed.entry_id


def test_a_waiting_payment_can_be_cancelled_and_its_credits_are_free() -> None:
    shop = Shop({"confirm_from_minor": 5_000})
    waiting = shop.paid(5_000)

    cancelled = actions.cancel(payment=waiting, deed=shop.cashier())

    assert cancelled.state == PaymentState.CANCELLED
    assert shop.standing() == (10_000, 0, [(10_000, None)])
    with pytest.raises(NotWaiting):
        actions.confirm(payment=waiting, deed=shop.cashier())
    with pytest.raises(NotPaid):
        actions.refund(payment=waiting, deed=shop.cashier())


def test_a_payment_confirmed_too_late_is_refused_and_then_closed() -> None:
    shop = Shop({"confirm_from_minor": 5_000})
    waiting = shop.paid(5_000)
    late = factories.NOW + CONFIRM_WITHIN

    with pytest.raises(HoldClosed):
        actions.confirm(payment=waiting, deed=shop.cashier(now=late))
    assert actions.cancel_expired(deed=factories.a_deed(now=late)) == 1
    waiting.refresh_from_db()
    assert waiting.state == PaymentState.CANCELLED


def test_a_refunded_confirmed_payment_goes_back_whole() -> None:
    shop = Shop({"confirm_from_minor": 5_000})
    payment = actions.confirm(payment=shop.paid(5_000), deed=shop.cashier())

    actions.refund(payment=payment, deed=shop.cashier())

    assert shop.standing() == (10_000, 0, [(10_000, None)])


def test_a_checkout_is_paid_by_the_card_that_is_presented() -> None:
    shop = Shop()
    checkout = actions.open_checkout(till=shop.till, lines=[(shop.espresso.id, 2)], deed=factories.a_deed())

    outcome = actions.present(till=shop.till, token=shop.token, key="k", deed=factories.a_deed()).outcome

    assert outcome is not None
    assert outcome.payment is not None
    assert (outcome.state, outcome.payment["checkout"]) == ("paid", str(checkout.public_id))
    checkout.refresh_from_db()
    assert (checkout.state, checkout.payment_id) == (CheckoutState.PAID, Payment.key_of(outcome.payment["id"]))


def test_a_presented_card_that_is_repeated_gets_its_answer_again() -> None:
    shop = Shop()
    actions.open_checkout(till=shop.till, amount_minor=500, deed=factories.a_deed())
    first = actions.present(till=shop.till, token=shop.token, key="k", deed=factories.a_deed()).outcome

    again = actions.present(till=shop.till, token=shop.token, key="k", deed=factories.a_deed()).outcome

    assert first is not None
    assert again is not None
    assert (again.payment, again.replayed) == (first.payment, True)
    assert shop.standing()[0] == 9_500


def test_a_declined_checkout_takes_another_card() -> None:
    shop = Shop()
    checkout = actions.open_checkout(till=shop.till, amount_minor=20_000, deed=factories.a_deed())
    rich, token = factories.a_wallet(programme=shop.programme), factories.a_token()
    factories.a_card(wallet=rich, token=token)
    factories.funded(rich, 20_000)

    declined = actions.present(till=shop.till, token=shop.token, key="1", deed=factories.a_deed()).outcome
    checkout.refresh_from_db()
    assert declined is not None
    assert (declined.state, checkout.state) == ("declined", CheckoutState.DECLINED)
    assert checkout.refusal == {
        "refusal": "insufficient_credit",
        "facts": {"available_minor": 10_000, "missing_minor": 10_000},
    }

    paid = actions.present(till=shop.till, token=token, key="2", deed=factories.a_deed()).outcome
    checkout.refresh_from_db()
    assert paid is not None
    assert (paid.state, checkout.state) == ("paid", CheckoutState.PAID)
    assert checkout.refusal is None


def test_a_new_checkout_abandons_the_one_that_waited() -> None:
    shop = Shop()
    old = actions.open_checkout(till=shop.till, amount_minor=500, deed=factories.a_deed())
    actions.open_checkout(till=shop.till, amount_minor=600, deed=factories.a_deed())

    old.refresh_from_db()

    assert old.state == CheckoutState.ABANDONED
    outcome = shop.pay(None, lines=(), checkout=old)
    assert outcome.refusal == CheckoutClosed(state="abandoned")


def test_a_till_whose_payment_waits_for_confirmation_is_busy() -> None:
    shop = Shop({"confirm_from_minor": 5_000})
    actions.open_checkout(till=shop.till, amount_minor=5_000, deed=factories.a_deed())
    actions.present(till=shop.till, token=shop.token, key="k", deed=factories.a_deed())

    with pytest.raises(TillBusy):
        actions.open_checkout(till=shop.till, amount_minor=100, deed=factories.a_deed())


def test_an_abandoned_checkout_takes_no_card_and_a_paid_one_cannot_be_abandoned() -> None:
    shop = Shop()
    checkout = actions.open_checkout(till=shop.till, amount_minor=500, deed=factories.a_deed())
    actions.abandon(checkout=checkout, deed=factories.a_deed())
    with pytest.raises(NothingWaits):
        actions.present(till=shop.till, token=shop.token, key="1", deed=factories.a_deed())

    paid = actions.open_checkout(till=shop.till, amount_minor=500, deed=factories.a_deed())
    actions.present(till=shop.till, token=shop.token, key="2", deed=factories.a_deed())
    with pytest.raises(CheckoutClosed):
        actions.abandon(checkout=paid, deed=factories.a_deed())


def test_a_forgotten_checkout_takes_no_card() -> None:
    shop = Shop()
    actions.open_checkout(till=shop.till, amount_minor=500, deed=factories.a_deed())

    later = factories.a_deed(now=factories.NOW + queries.WAITS_FOR)

    with pytest.raises(NothingWaits):
        actions.present(till=shop.till, token=shop.token, key="1", deed=later)


def test_a_pairing_that_waits_at_the_till_gets_the_card_before_any_basket() -> None:
    shop = Shop()
    friend, token = factories.a_wallet(programme=shop.programme), factories.a_token()
    actions.open_checkout(till=shop.till, amount_minor=500, deed=factories.a_deed())
    pairing = cards.wait_for_card(wallet=friend, till=shop.till, deed=factories.a_deed())

    presented = actions.present(till=shop.till, token=token, key="k", deed=factories.a_deed())

    assert presented.outcome is None
    pairing.refresh_from_db()
    assert (presented.pairing, pairing.state) == (pairing, PairingState.PAIRED)


def test_a_card_at_a_till_where_nothing_waits_is_refused() -> None:
    shop = Shop()
    with pytest.raises(NothingWaits):
        actions.present(till=shop.till, token=shop.token, key="k", deed=factories.a_deed())


def test_prices_are_those_of_the_moment_the_checkout_was_opened() -> None:
    shop = Shop()
    checkout = actions.open_checkout(till=shop.till, lines=[(shop.espresso.id, 1)], deed=factories.a_deed())
    type(shop.espresso).objects.filter(pk=shop.espresso.pk).update(price_minor=9_900, withdrawn_at=timezone.now())

    outcome = actions.present(till=shop.till, token=shop.token, key="k", deed=factories.a_deed()).outcome

    assert outcome is not None
    assert outcome.payment is not None
    assert (outcome.payment["amount_minor"], checkout.amount_minor) == (4_500, 4_500)
