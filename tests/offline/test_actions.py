"""What devices kept is booked once, in order, within its limits; what cannot be booked is owed by name."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from groat.cards import actions as cards
from groat.cards.models import Card
from groat.ledger import queries as ledger
from groat.offline import actions, envelopes, queries, rules
from groat.offline.models import OfflineDevice, OfflineTap, OfflineTerms, TapState
from groat.programmes.models import AuditEntry
from groat.programmes.rules import ReasonMissing
from groat.till import actions as till_actions
from groat.till import queries as till_queries
from groat.till.models import CheckoutState, Payment
from tests import factories
from tests.chips import a_chip
from tests.devices import Device, a_device, allowed
from tests.factories import NOW, a_deed
from tests.races import at_once

pytestmark = pytest.mark.django_db


def a_guest(device: Device, credit_minor: int = 10_000) -> tuple[Card, str]:
    """Somebody with so much credit, and the number of their card."""
    wallet, token = factories.a_wallet(programme=device.till.programme), factories.a_token()
    if credit_minor:
        factories.funded(wallet, credit_minor)
    return factories.a_card(wallet=wallet, token=token), token


def balance(card: Card) -> int:
    found = ledger.balance(programme_id=card.programme_id, wallet=card.wallet_id, now=NOW)
    return found.posted_minor


def told(taps: list[OfflineTap]) -> list[tuple[str, str]]:
    return [(tap.state, tap.refusal["refusal"] if tap.refusal else "") for tap in taps]


# ---- Booking ----


def test_what_a_device_kept_is_booked_in_its_order() -> None:
    device = a_device()
    card, token = a_guest(device, 1000)
    taps = device.sends(device.keeps(token, 700), device.keeps(token, 200), device.keeps(token, 200))
    assert told(taps) == [("booked", ""), ("booked", ""), ("owed", "insufficient_credit")]
    assert balance(card) == 100
    payments = Payment.objects.filter(card=card).order_by("id")
    assert [(paid.amount_minor, paid.actor, paid.lines[0]["name"]) for paid in payments] == [
        (700, f"staff:{device.cashier.id}", "Soup"),
        (200, f"staff:{device.cashier.id}", "Soup"),
    ]
    assert [tap.payment for tap in taps[:2]] == list(payments)
    assert taps[2].card == card


def test_what_was_sent_twice_is_booked_once() -> None:
    device = a_device()
    card, token = a_guest(device)
    kept = device.keeps(token, 700)
    first = device.sends(kept)
    again = device.sends(kept)
    assert told(again) == told(first) == [("booked", "")]
    assert again[0].payment == first[0].payment
    assert balance(card) == 9300


def test_the_prices_are_those_that_the_device_knew() -> None:
    device = a_device()
    card, token = a_guest(device)
    product = factories.a_product(category=factories.a_category(programme=device.till.programme), price_minor=9900)
    line = {
        "product": str(product.public_id),
        "name": "Espresso",
        "quantity": 2,
        "price_minor": 4500,
        "amount_minor": 9000,
    }
    (tap,) = device.sends(device.keeps(token, 9000, lines=[line]))
    assert tap.payment
    assert (tap.payment.amount_minor, tap.payment.lines) == (9000, [line])
    assert balance(card) == 1000


def test_a_tap_that_was_taken_back_at_the_till_takes_nothing() -> None:
    device = a_device()
    card, token = a_guest(device)
    assert told(device.sends(device.keeps(token, 700, is_void=True))) == [("voided", "")]
    assert balance(card) == 10_000


def test_a_tap_whose_question_had_been_answered_is_not_booked_again() -> None:
    """The network went away between the payment and its answer: the till keeps the tap under the same key."""
    device = a_device()
    card, token = a_guest(device)
    deed = a_deed(by=device.cashier)
    checkout = till_actions.open_checkout(till=device.till, amount_minor=700, deed=deed)
    key = str(uuid4())
    paid = till_actions.present(till=device.till, token=token, key=key, checkout=checkout, deed=deed)
    assert paid.outcome
    assert paid.outcome.state == "paid"
    (tap,) = device.sends(device.keeps(token, 700, key=key, checkout=str(checkout.public_id)))
    assert tap.state == TapState.BOOKED
    assert tap.payment == Payment.objects.get(card=card)
    assert balance(card) == 9300


def test_a_tap_whose_question_never_came_pays_the_basket_that_waited() -> None:
    device = a_device()
    card, token = a_guest(device)
    deed = a_deed(by=device.cashier)
    checkout = till_actions.open_checkout(till=device.till, amount_minor=700, deed=deed)
    key = str(uuid4())
    (tap,) = device.sends(device.keeps(token, 700, key=key, checkout=str(checkout.public_id)))
    checkout.refresh_from_db()
    assert (tap.state, checkout.state, tap.checkout) == (TapState.BOOKED, CheckoutState.PAID, checkout)
    # And the question, should it come after all, gets that answer.
    late = till_actions.present(till=device.till, token=token, key=key, checkout=checkout, deed=deed)
    assert late.outcome
    assert late.outcome.replayed
    assert balance(card) == 9300


def test_a_tap_whose_basket_was_given_up_meanwhile_is_paid_all_the_same() -> None:
    device = a_device()
    card, token = a_guest(device)
    deed = a_deed(by=device.cashier)
    checkout = till_actions.open_checkout(till=device.till, amount_minor=700, deed=deed)
    till_actions.abandon(checkout=checkout, deed=deed)
    (tap,) = device.sends(device.keeps(token, 700, checkout=str(checkout.public_id)))
    assert tap.state == TapState.BOOKED
    assert balance(card) == 9300


def test_a_tap_whose_basket_another_card_has_paid_takes_nothing() -> None:
    device = a_device()
    card, token = a_guest(device)
    _other, others_token = a_guest(device)
    deed = a_deed(by=device.cashier)
    checkout = till_actions.open_checkout(till=device.till, amount_minor=700, deed=deed)
    till_actions.present(till=device.till, token=others_token, key=str(uuid4()), checkout=checkout, deed=deed)
    (tap,) = device.sends(device.keeps(token, 700, checkout=str(checkout.public_id)))
    assert tap.state == TapState.VOIDED
    assert balance(card) == 10_000


def test_a_tap_whose_basket_another_card_is_about_to_pay_is_looked_at_by_a_person() -> None:
    device = a_device(factories.a_programme(confirm_from_minor=600), payment_minor=500)
    card, token = a_guest(device)
    _other, others_token = a_guest(device)
    deed = a_deed(by=device.cashier)
    checkout = till_actions.open_checkout(till=device.till, amount_minor=700, deed=deed)
    till_actions.present(till=device.till, token=others_token, key=str(uuid4()), checkout=checkout, deed=deed)
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.CONFIRMING
    assert told(device.sends(device.keeps(token, 400, checkout=str(checkout.public_id)))) == [
        ("owed", "checkout_closed")
    ]
    assert balance(card) == 10_000


def test_what_was_chosen_of_a_product_stands_on_its_payment() -> None:
    device = a_device()
    _card, token = a_guest(device)
    choice = {"id": str(uuid4()), "name": "Oat milk", "price_minor": 1000}
    of_amounts = {"price_minor": 5500, "amount_minor": 5500}
    line = {"product": None, "name": "Coffee", "quantity": 1, **of_amounts, "choices": [choice]}
    (tap,) = device.sends(device.keeps(token, 5500, lines=[line]))
    assert tap.payment
    assert tap.payment.lines == [line]


def test_what_could_not_be_booked_waits_for_nobody_s_card_at_the_till() -> None:
    device = a_device()
    _card, token = a_guest(device, 0)
    device.sends(device.keeps(token, 700))
    assert till_queries.waiting_checkout(till=device.till, now=NOW + timedelta(hours=1)) is None


def test_taps_of_several_devices_at_once_are_booked_once_each(transactional_db: None) -> None:
    first = a_device()
    second = Device(first.till, first.cashier)
    card, token = a_guest(first, 1000)
    kept = [(first, first.keeps(token, 400)), (second, second.keeps(token, 400)), (first, first.keeps(token, 400))]
    results = at_once(*[lambda device=device, sent=sent: device.sends(sent) for device, sent in kept])
    assert all(isinstance(taps, list) for taps in results)
    assert sorted(OfflineTap.objects.values_list("state", flat=True)) == ["booked", "booked", "owed"]
    assert balance(card) == 200


# ---- Chips ----


def test_a_chip_s_taps_count_once_though_another_till_s_came_first() -> None:
    device = a_device()
    wallet, chip = factories.a_wallet(programme=device.till.programme), a_chip(device.till.programme)
    card = factories.a_card(wallet=wallet, token=chip.tap())
    factories.funded(wallet, 10_000)
    early = chip.tap()
    online = till_actions.order(
        programme_id=device.till.programme_id,
        till=device.till,
        token=chip.tap(),
        key=str(uuid4()),
        actor=a_deed().actor,
        amount_minor=300,
    )
    assert till_actions.take_payment(order=online, deed=a_deed()).state == "paid"
    taps = device.sends(device.keeps(early, 500), device.keeps(early, 500))
    assert told(taps) == [("booked", ""), ("owed", "tap_replayed")]
    assert balance(card) == 9200


def test_a_late_tap_is_refused_where_there_was_a_network() -> None:
    device = a_device()
    wallet, chip = factories.a_wallet(programme=device.till.programme), a_chip(device.till.programme)
    factories.a_card(wallet=wallet, token=chip.tap())
    factories.funded(wallet, 10_000)
    early, later = chip.tap(), chip.tap()
    outcomes = []
    for token in (later, early):
        order = till_actions.order(
            programme_id=device.till.programme_id,
            till=device.till,
            token=token,
            key=str(uuid4()),
            actor=a_deed().actor,
            amount_minor=300,
        )
        outcomes.append(till_actions.take_payment(order=order, deed=a_deed()))
    assert [outcome.refusal and outcome.refusal.code for outcome in outcomes] == [None, "tap_replayed"]


def test_a_forged_tap_is_owed_by_nobody_and_not_collected() -> None:
    device = a_device()
    chip = a_chip(device.till.programme)
    token = chip.tap()
    forged = token[:-1] + ("0" if token[-1] != "0" else "1")
    (tap,) = device.sends(device.keeps(forged, 500))
    assert (told([tap]), tap.card) == ([("owed", "chip_not_authentic")], None)
    with pytest.raises(rules.CannotCollect):
        actions.collect(tap=tap, deed=a_deed())


def test_the_database_refuses_a_tap_that_counts_twice() -> None:
    programme = factories.a_programme()
    card = factories.a_card(wallet=factories.a_wallet(programme=programme), token=a_chip(programme).tap(counter=5))
    Card.objects.filter(pk=card.pk).update(counter=9, seen_taps=1)
    Card.objects.filter(pk=card.pk).update(counter=9, seen_taps=0b11)
    for counter, seen in [(9, 0b11), (9, 0b101), (8, 0b111)]:
        with pytest.raises(IntegrityError), transaction.atomic():
            Card.objects.filter(pk=card.pk).update(counter=counter, seen_taps=seen)


# ---- Limits ----


def test_what_a_device_took_beyond_its_limits_is_owed() -> None:
    device = a_device(payment_minor=1000, card_minor=1500, till_minor=2000)
    (_card, token), (_other, others_token) = a_guest(device), a_guest(device)
    taps = device.sends(
        device.keeps(token, 1001),
        device.keeps(token, 1000),
        device.keeps(others_token, 1000),
    )
    # The first counts, too: somebody walked away with it.
    assert told(taps) == [("owed", "offline_over_limit")] * 3


def test_an_allowance_begins_anew_once_its_taps_have_come() -> None:
    device = a_device(payment_minor=1000, card_minor=1000, till_minor=1000)
    _card, token = a_guest(device)
    assert told(device.sends(device.keeps(token, 1000))) == [("booked", "")]
    assert told(device.sends(device.keeps(token, 1000))) == [("booked", "")]


def test_one_allowance_is_not_used_twice() -> None:
    device = a_device(payment_minor=1000, card_minor=1000, till_minor=1000)
    _card, token = a_guest(device)
    kept = [device.keeps(token, 1000), device.keeps(token, 1000)]
    assert [told(device.sends(one)) for one in kept] == [[("booked", "")], [("owed", "offline_over_limit")]]


def test_what_was_taken_too_late_is_owed() -> None:
    device = a_device(hours=2)
    _card, token = a_guest(device)
    late = (NOW + timedelta(hours=3)).isoformat()
    taps = device.sends(device.keeps(token, 100, at=late), after=timedelta(hours=4))
    assert told(taps) == [("owed", "offline_too_long")]


def test_what_has_to_be_confirmed_is_not_booked_by_itself() -> None:
    device = a_device(factories.a_programme(confirm_copyable_from_minor=300))
    _card, token = a_guest(device)
    assert told(device.sends(device.keeps(token, 299), device.keeps(token, 300))) == [
        ("booked", ""),
        ("owed", "offline_over_limit"),
    ]


def test_a_device_that_was_shut_out_books_nothing_and_gets_no_share() -> None:
    device = a_device()
    _card, token = a_guest(device)
    actions.shut_out(device=device.row, deed=a_deed())
    assert told(device.sends(device.keeps(token, 100))) == [("owed", "offline_device_revoked")]
    with pytest.raises(rules.DeviceUnknown):
        device.contact()


def test_what_comes_after_it_was_forbidden_is_owed() -> None:
    device = a_device()
    _card, token = a_guest(device)
    actions.forbid(programme=device.till.programme, deed=a_deed())
    assert told(device.sends(device.keeps(token, 100))) == [("owed", "offline_not_allowed")]
    with pytest.raises(rules.OfflineNotAllowed):
        device.contact()


def test_the_devices_of_a_till_share_what_it_may_take() -> None:
    first = a_device(till_minor=50_000)
    assert first.row.granted_minor == 50_000
    second = Device(first.till, first.cashier)
    assert second.row.granted_minor == 0
    assert (first.contact().granted_minor, second.contact().granted_minor) == (25_000, 25_000)


def test_a_device_whose_time_alone_is_over_leaves_its_share() -> None:
    first = a_device(till_minor=50_000)
    second = Device(first.till, first.cashier, now=NOW + timedelta(hours=13))
    assert second.row.granted_minor == 50_000


@pytest.mark.parametrize("given", [{"card_minor": 9_999}, {"till_minor": 19_999}, {"payment_minor": 0}])
def test_limits_must_grow(given: dict[str, int]) -> None:
    with pytest.raises(rules.LimitsOutOfOrder):
        allowed(factories.a_programme(), **given)
    assert not OfflineTerms.objects.exists()


# ---- Trust ----


def test_only_the_device_itself_can_send_for_it() -> None:
    device, other = a_device(), a_device()
    _card, token = a_guest(device)
    envelope = device.keeps(token, 100)
    for sender, sent in [(other, envelope), (device, envelope[:-4] + "AAAA"), (device, "nonsense"), (device, "")]:
        with pytest.raises(envelopes.NotSigned):
            sender.sends(sent)
    assert not OfflineTap.objects.exists()


def test_what_is_signed_but_cannot_be_read_is_kept_and_told() -> None:
    device = a_device()
    taps = device.sends(device.signed("nonsense"), device.keeps("", 100))
    assert told(taps) == [("owed", "offline_tap_unreadable")] * 2


def test_lines_that_do_not_sum_up_are_not_read() -> None:
    device = a_device()
    _card, token = a_guest(device)
    line = {"product": None, "name": "Soup", "quantity": 1, "price_minor": 90, "amount_minor": 90}
    assert told(device.sends(device.keeps(token, 100, lines=[line]))) == [("owed", "offline_tap_unreadable")]


def test_no_card_number_is_kept_in_clear() -> None:
    device = a_device()
    _card, token = a_guest(device)
    device.sends(device.keeps(token, 100))
    row = OfflineTap.objects.values().get()
    assert token not in repr(row)


@pytest.mark.parametrize(
    "jwk",
    [None, "text", {}, *({"kty": "EC", "crv": curve, "x": "AA", "y": "AA"} for curve in ("P-256", "P-384"))],
)
def test_a_key_that_is_none_is_refused(jwk: object) -> None:
    device = a_device()
    with pytest.raises(rules.InvalidKey):
        actions.contact(till=device.till, jwk=jwk, name="x", deed=a_deed(by=device.cashier))


def test_a_browser_is_enrolled_once_and_noted() -> None:
    device = a_device()
    device.contact()
    assert OfflineDevice.objects.count() == 1
    noted = AuditEntry.objects.filter(action="offline.device_enrolled")
    assert [entry.actor for entry in noted] == [f"staff:{device.cashier.id}"]


# ---- Debts ----


def test_a_debt_is_collected_when_there_is_credit_again() -> None:
    device = a_device()
    card, token = a_guest(device, 0)
    (tap,) = device.sends(device.keeps(token, 700))
    owed = actions.collect(tap=tap, deed=a_deed())
    assert told([owed]) == [("owed", "insufficient_credit")]
    factories.funded(card.wallet, 1000)
    paid = actions.collect(tap=owed, deed=a_deed())
    assert told([paid]) == [("booked", "")]
    assert balance(card) == 300
    with pytest.raises(rules.NotOwed):
        actions.collect(tap=paid, deed=a_deed())
    assert balance(card) == 300


def test_a_debt_of_an_unknown_card_is_collected_once_the_card_is_paired() -> None:
    device = a_device()
    token = factories.a_token()
    (tap,) = device.sends(device.keeps(token, 700))
    assert (told([tap]), tap.card) == ([("owed", "card_unknown")], None)
    wallet = factories.a_wallet(programme=device.till.programme)
    factories.funded(wallet, 1000)
    card = factories.a_card(wallet=wallet, token=token)
    paid = actions.collect(tap=tap, deed=a_deed())
    assert (paid.state, paid.card) == (TapState.BOOKED, card)


def test_a_blocked_card_s_debt_has_a_name() -> None:
    device = a_device()
    card, token = a_guest(device)
    cards.block(card=card, reason="lost", deed=a_deed())
    (tap,) = device.sends(device.keeps(token, 700))
    assert (told([tap]), tap.card) == ([("owed", "card_blocked")], card)
    assert [row.id for row in queries.debts_of(programme_id=tap.programme_id, customer_id=card.customer_id)] == [tap.id]
    assert queries.debts(programme_id=tap.programme_id) == (1, 700)


@pytest.mark.parametrize("state", [TapState.IN_CASH, TapState.FORGIVEN])
def test_a_debt_is_settled_by_hand_once_with_a_reason(state: TapState) -> None:
    device = a_device()
    _card, token = a_guest(device, 0)
    (tap,) = device.sends(device.keeps(token, 700))
    with pytest.raises(ReasonMissing):
        actions.settle_by_hand(tap=tap, state=state, reason=" ", deed=a_deed())
    settled = actions.settle_by_hand(tap=tap, state=state, reason="Paid at noon", deed=a_deed())
    assert settled.state == state
    with pytest.raises(rules.NotOwed):
        actions.settle_by_hand(tap=tap, state=state, reason="Again", deed=a_deed())
    noted = AuditEntry.objects.get(action=f"offline.{state}")
    assert noted.details == {"amount_minor": 700, "reason": "Paid at noon"}
