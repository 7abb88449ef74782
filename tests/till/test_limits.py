"""What a cashier may not exceed."""

import pytest
from django.utils import timezone

from groat.customers import actions as customers
from groat.drawers import actions as drawers
from groat.ledger.core.refusals import DebtNotAllowed, InsufficientCredit
from groat.programmes import actions as programmes
from groat.programmes.deeds import Limits
from groat.programmes.models import Role, Staff, Till
from groat.programmes.rules import RefundAboveLimit, TopUpAboveLimit
from groat.till import actions, shown
from groat.till.models import Payment
from tests import factories
from tests.offices import just_now, paid

pytestmark = pytest.mark.django_db


@pytest.fixture
def till() -> Till:
    return factories.a_till()


def a_cashier(till: Till, limits: Limits) -> Staff:
    staff = factories.some_staff(Role.CASHIER, programme=till.programme)
    return programmes.change_role(staff=staff, role=Role.CASHIER, limits=limits, deed=just_now())


def a_card(till: Till, *, credit_minor: int, floor_minor: int = 0) -> str:
    """The number of a card with so much on it."""
    wallet = factories.a_wallet(programme=till.programme)
    if floor_minor:
        customers.set_floor(wallet=wallet, floor_minor=floor_minor, deed=just_now())
    if credit_minor:
        factories.funded(wallet, credit_minor)
    token = factories.a_token()
    factories.a_card(wallet=wallet, token=token)
    return token


def a_payment(till: Till, amount_minor: int) -> Payment:
    token = a_card(till, credit_minor=100_000)
    card = factories.the_card(programme_id=till.programme_id, token=token)
    assert card is not None
    return paid(wallet=card.wallet, token=token, till=till, amount_minor=amount_minor)


def test_a_cashier_gives_back_up_to_their_limit(till: Till):
    eva = a_cashier(till, Limits(refund_minor=5_000))
    small, large = a_payment(till, 5_000), a_payment(till, 5_001)

    assert actions.refund(payment=small, deed=just_now(by=eva)).amount_minor == 5_000
    with pytest.raises(RefundAboveLimit) as refused:
        actions.refund(payment=large, deed=just_now(by=eva))
    assert refused.value == RefundAboveLimit(5_000)


def test_what_a_cashier_may_not_give_back_the_till_does_not_offer(till: Till):
    eva = a_cashier(till, Limits(refund_minor=5_000))
    small, large = a_payment(till, 5_000), a_payment(till, 5_001)

    assert shown.undo_seconds_left(small, staff=eva, now=timezone.now())
    assert shown.undo_seconds_left(large, staff=eva, now=timezone.now()) == 0


def test_a_cashier_takes_cash_up_to_their_limit(till: Till):
    eva = a_cashier(till, Limits(top_up_minor=10_000))
    drawers.open_drawer(till=till, float_minor=0, deed=just_now())
    card = factories.a_card(wallet=factories.a_wallet(programme=till.programme))

    assert drawers.top_up(till=till, card=card, bought=10_000, deed=just_now(by=eva)).paid_minor == 10_000
    with pytest.raises(TopUpAboveLimit) as refused:
        drawers.top_up(till=till, card=card, bought=10_100, deed=just_now(by=eva))
    assert refused.value == TopUpAboveLimit(10_000)
    assert card.wallet.top_ups.count() == 1


@pytest.mark.parametrize("by_reader", [False, True], ids=["at the page", "at a reader beside it"])
def test_a_basket_of_a_cashier_who_lets_nobody_into_debt_stops_at_zero(till: Till, by_reader: bool):
    eva = a_cashier(till, Limits(lets_debt=False))
    token = a_card(till, credit_minor=3_000, floor_minor=-10_000)
    deed = just_now(by=eva)

    actions.open_checkout(till=till, amount_minor=4_500, deed=deed)
    declined = actions.present(till=till, token=token, key="first-tap", deed=just_now() if by_reader else deed)
    actions.open_checkout(till=till, amount_minor=3_000, deed=deed)
    taken = actions.present(till=till, token=token, key="second-tap", deed=just_now() if by_reader else deed)

    assert declined.outcome is not None
    assert declined.outcome.refusal == DebtNotAllowed(available_minor=3_000, missing_minor=1_500)
    assert taken.outcome is not None
    assert taken.outcome.payment is not None


def test_who_may_let_customers_into_debt_does_and_the_floor_holds_all(till: Till):
    eva, olga = a_cashier(till, Limits()), a_cashier(till, Limits(lets_debt=False))
    token = a_card(till, credit_minor=0, floor_minor=-10_000)

    actions.open_checkout(till=till, amount_minor=10_000, deed=just_now(by=eva))
    taken = actions.present(till=till, token=token, key="first-tap", deed=just_now(by=eva))
    actions.open_checkout(till=till, amount_minor=100, deed=just_now(by=olga))
    declined = actions.present(till=till, token=token, key="second-tap", deed=just_now(by=olga))

    assert taken.outcome is not None
    assert taken.outcome.payment is not None
    assert declined.outcome is not None
    assert declined.outcome.refusal == InsufficientCredit(available_minor=0, missing_minor=100)


def test_a_payment_that_waits_to_be_confirmed_reserves_no_debt_either(till: Till):
    programmes.change_programme(programme=till.programme, confirm_from_minor=1_000, deed=just_now())
    eva = a_cashier(till, Limits(lets_debt=False))
    token = a_card(till, credit_minor=3_000, floor_minor=-10_000)

    actions.open_checkout(till=till, amount_minor=4_500, deed=just_now(by=eva))
    declined = actions.present(till=till, token=token, key="first-tap", deed=just_now(by=eva))

    assert declined.outcome is not None
    assert declined.outcome.refusal == DebtNotAllowed(available_minor=3_000, missing_minor=1_500)
