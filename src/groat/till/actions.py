"""What happens at a till: baskets, payments, confirmation, undo."""

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from groat.cards import showing
from groat.cards import writing as cards_writing
from groat.cards.models import AlarmKind, Pairing, PairingState
from groat.cards.rules import PinBlocked, PinMissing, PinWrong
from groat.catalogue.models import Product
from groat.customers.models import Customer
from groat.customers.queries import wallet_of
from groat.errors import NotFound, Refusal
from groat.ledger import book, requests
from groat.ledger.core import commands
from groat.ledger.core.refusals import HoldClosed
from groat.ledger.links import Link
from groat.ledger.models import Request
from groat.programmes import audit, pins, writing
from groat.programmes.deeds import Actor, Deed
from groat.programmes.models import ConfirmBy, Programme, Role, Till
from groat.programmes.rules import InvalidValue, RefundAboveLimit, TillClosed
from groat.till import payments, queries
from groat.till.models import Checkout, CheckoutState, Payment, PaymentState, Refund, WithoutCard
from groat.till.payments import Outcome
from groat.till.rules import (
    CheckoutClosed,
    LookUpNotAllowed,
    NothingWaits,
    NotPaid,
    NotWaiting,
    OnlyWhole,
    Order,
    OrderLine,
    ProductNotSold,
    TillBusy,
    UndoTooLate,
    cash_back,
    checked_cash,
    may_look_up,
    priced,
)
from groat.topups.expiry import queries as expiry

type Lines = Iterable[tuple[UUID | int, int] | tuple[UUID | int, int, Sequence[UUID]]]
"""(product, quantity), and what was chosen of it if anything was"""


def order(
    *,
    programme_id: int,
    till: Till | UUID | str,
    token: str,
    key: str,
    actor: Actor,
    lines: Lines = (),
    amount_minor: int | None = None,
    checkout: Checkout | None = None,
) -> Order:
    """What the payment path takes, from what a face was given.

    Raises InvalidToken, RandomToken, NotFound for another programme's till, ProductNotSold.
    """
    till_id = till.id if isinstance(till, Till) else Till.key_of(till)
    shown = showing.shown(programme_id=programme_id, token=token)
    return Order(
        programme=programme_id,
        client=actor.code,
        key=key,
        till=till_id,
        token_hash=shown.token_hash,
        lines=_products(lines),
        amount_minor=amount_minor,
        checkout=checkout.id if checkout else None,
        actor=actor.code,
        address=actor.address,
        counter=shown.counter,
        is_forged=shown.is_forged,
    )


def take_payment(*, order: Order, deed: Deed) -> Outcome:
    """Take one payment through Django's connection: the same path as a batch, with one in it."""
    with transaction.atomic():
        return payments.take_payments(book.raw(), connection.vendor, [order], now=deed.now, mint=deed.mint)[0]


def take_payments(link: Link, orders: list[Order], *, deed: Deed) -> list[Outcome]:
    """Take what waits in the group commit, on its own connection inside its transaction."""
    return payments.take_payments(link.connection, link.vendor, orders, now=deed.now, mint=deed.mint)


@transaction.atomic
def open_checkout(
    *,
    till: Till,
    deed: Deed,
    lines: Lines = (),
    amount_minor: int | None = None,
    cash_minor: int = 0,
    note: str = "",
) -> Checkout:
    """Open a basket that waits for a card; the one that waited at the till before is abandoned.

    `cash_minor` of it is paid in cash, and the card is asked for the rest.
    Raises TillClosed, TillBusy, ProductNotSold, NothingToPay, CashNotPart.
    """
    till = Till.objects.select_for_update(of=("self",)).select_related("programme", "site").get(pk=till.pk)
    if till.closed_at is not None:
        raise TillClosed(till=till.name)
    waiting = Checkout.objects.select_for_update().filter(till=till).exclude(state__in=queries.ENDED)
    states = {basket.state for basket in waiting}
    if CheckoutState.CONFIRMING in states:
        raise TillBusy
    if states:
        waiting.update(state=CheckoutState.ABANDONED, changed_at=deed.now)
    wanted = _products(lines)
    products = queries.product_facts(programme_id=till.programme_id, products=[line.product for line in wanted])
    priced_lines, amount = priced(
        till=queries.till_facts(till), lines=wanted, amount_minor=amount_minor, products=products, now=deed.now
    )
    return Checkout.objects.create(
        id=deed.mint(),
        programme_id=till.programme_id,
        till=till,
        state=CheckoutState.WAITING,
        lines=priced_lines,
        amount_minor=amount,
        cash_minor=checked_cash(cash_minor, amount_minor=amount),
        note=note.strip(),
        no_debt=not deed.actor.limits.lets_debt,
        actor=deed.actor.code,
        created_at=deed.now,
        changed_at=deed.now,
    )


@transaction.atomic
def split(*, checkout: Checkout, cash_minor: int, deed: Deed) -> Checkout:
    """Have so much of a basket paid in cash: it waits for a card that pays the rest. With 0 a card pays it all again.

    Raises CheckoutClosed, CashNotPart.
    """
    locked = Checkout.objects.select_for_update().get(pk=checkout.pk)
    if locked.state not in {CheckoutState.WAITING, CheckoutState.DECLINED}:
        raise CheckoutClosed(state=locked.state)
    locked.cash_minor = checked_cash(cash_minor, amount_minor=locked.amount_minor)
    locked.state, locked.refusal, locked.changed_at = CheckoutState.WAITING, None, deed.now
    locked.save(update_fields=["cash_minor", "state", "refusal", "changed_at"])
    return locked


@transaction.atomic
def abandon(*, checkout: Checkout, deed: Deed) -> Checkout:
    """Let a basket go. One that was abandoned stays so; a paid or confirming one is refused."""
    locked = Checkout.objects.select_for_update().get(pk=checkout.pk)
    if locked.state in {CheckoutState.PAID, CheckoutState.CONFIRMING}:
        raise CheckoutClosed(state=locked.state)
    locked.state, locked.changed_at = CheckoutState.ABANDONED, deed.now
    locked.save(update_fields=["state", "changed_at"])
    return locked


@dataclass(frozen=True, slots=True)
class Presented:
    """What a token at a till was good for: a payment's outcome, or a pairing."""

    outcome: Outcome | None = None
    pairing: Pairing | None = None
    replayed: bool = False
    """Whether the pairing got the token before, under the same key."""


def present(*, till: Till, token: str, key: str, deed: Deed, checkout: Checkout | None = None) -> Presented:
    """Give a token to whatever waits at the till: a pairing first, else a basket.

    A face that shows a basket names it (`checkout`), so that no other is paid in its place.
    Raises NothingWaits, InvalidToken, RandomToken.
    """
    with transaction.atomic():
        paired = _give_to_pairing(till=till, token=token, key=key, deed=deed)
        if paired is not None:
            return paired
        checkout = checkout or queries.waiting_checkout(till=till, now=deed.now)
        asked = order(
            programme_id=till.programme_id, till=till, token=token, key=key, actor=deed.actor, checkout=checkout
        )
        if checkout is None:
            # The same key may ask again after its basket was paid: it gets its answer, not a fault.
            answered = queries.answered(programme_id=till.programme_id, client=deed.actor.code, key=key)
            if answered is None:
                raise NothingWaits
            return Presented(outcome=answered)
        link = book.raw()
        outcome = payments.take_payments(link, connection.vendor, [asked], now=deed.now, mint=deed.mint)[0]
        return Presented(outcome=outcome)


@transaction.atomic
def pay_without_card(*, till: Till, checkout: Checkout, customer: Customer, why: str, key: str, deed: Deed) -> Outcome:
    """Have a basket paid by a customer who has no card with them, found by staff who may look customers up.

    It always waits for the cashier's comparison. Raises LookUpNotAllowed, InvalidValue, NotFound.
    """
    writing.same_programme(till, checkout, customer)
    if not may_look_up(role=deed.actor.role, cashiers_may=till.programme.cashiers_may_look_up):
        raise LookUpNotAllowed
    if why not in WithoutCard.values:
        raise InvalidValue("without_card", "invalid_choice")
    asked = Order(
        programme=till.programme_id,
        client=deed.actor.code,
        key=key,
        till=till.id,
        token_hash=b"",
        checkout=checkout.id,
        actor=deed.actor.code,
        address=deed.actor.address,
        wallet=wallet_of(customer).id,
        without_card=why,
    )
    outcome = payments.take_payments(book.raw(), connection.vendor, [asked], now=deed.now, mint=deed.mint)[0]
    if outcome.payment and not outcome.replayed:
        audit.write(
            programme_id=till.programme_id,
            deed=deed,
            action="payment.without_card",
            subject=Payment(id=Payment.key_of(outcome.payment["id"])),
            subject_name=str(customer),
            details={"amount_minor": outcome.payment["amount_minor"], "without_card": why},
        )
    return outcome


def _give_to_pairing(*, till: Till, token: str, key: str, deed: Deed) -> Presented | None:
    """Give the token to the pairing that waits at the till, once under this key; None when it is not for one."""
    named = {"programme": till.programme_id, "client": deed.actor.code, "key": key}
    # Keyed, for there are few enough card numbers to try them all.
    asked = f"presentation\n{till.id}\n{token}".encode(errors="surrogatepass")
    fingerprint = hmac.digest(settings.KEYS.token_key, asked, "sha256")
    waiting = Pairing.objects.filter(till=till, state=PairingState.WAITING, expires_at__gt=deed.now)
    waits = waiting.select_for_update().first()
    made = Request.objects.filter(**named).values_list("fingerprint", flat=True).first()
    is_for_another = made is not None and bytes(made) != fingerprint
    if is_for_another or (made is None and waits is None):
        return None

    def offered() -> dict[str, int]:
        assert waits is not None  # else the request was made before
        return {"pairing": cards_writing.offer(pairing=waits, token=token, deed=deed).id}

    result, replayed = requests.once(
        programme_id=till.programme_id,
        client=deed.actor.code,
        key=key,
        fingerprint=fingerprint,
        act=offered,
        now=deed.now,
    )
    return Presented(pairing=Pairing.objects.get(pk=result["pairing"]), replayed=replayed)


def confirm(*, payment: Payment, deed: Deed, pin: str = "") -> Payment:
    """Make a payment that waited: the customer was compared or, where the programme wants it, typed the card's PIN.

    Confirming what is paid already changes nothing. Raises NotWaiting, HoldClosed when too late; and where a PIN
    is wanted PinMissing, PinWrong, PinBlocked, PinNotSet: the last two let the payment go.
    """
    programme = Programme.objects.get(pk=payment.programme_id)
    # Without a card there is no PIN of one: the cashier compares.
    is_by_pin = programme.confirm_by == ConfirmBy.PIN and payment.state == PaymentState.CONFIRMING
    if is_by_pin and payment.card_id is not None:
        if not pin:
            raise PinMissing
        return _confirm_by_pin(payment, payment.card_id, pin, deed)
    with transaction.atomic():
        return _captured(_lock(payment), deed)


def _confirm_by_pin(payment: Payment, card_id: int, pin: str, deed: Deed) -> Payment:
    """Not one transaction: a try counts for all before anybody learns what it was worth."""
    with transaction.atomic():
        locked = _lock(payment)
        if locked.state != PaymentState.CONFIRMING:
            return _captured(locked, deed)
        tried = cards_writing.try_pin(card_id=card_id)
        if isinstance(tried, Refusal):
            _released(locked, deed)
    if isinstance(tried, Refusal):
        raise tried
    # Slow on purpose, so nothing is locked meanwhile.
    if pins.is_right(pin, of=tried, kept=tried.pin_hash):
        with transaction.atomic():
            cards_writing.pin_was_right(card_id=tried.id)
        with transaction.atomic():
            return _captured(_lock(payment), deed)
    if tried.pin_tries_left:
        raise PinWrong(tries_left=tried.pin_tries_left)
    with transaction.atomic():
        locked = _lock(payment)
        if locked.state == PaymentState.CONFIRMING:
            _released(locked, deed)
        cards_writing.raise_alarm(
            programme_id=locked.programme_id, card=tried, till=locked.till, what=AlarmKind.PIN_BLOCKED, deed=deed
        )
    raise PinBlocked


def _captured(locked: Payment, deed: Deed) -> Payment:
    """Take what was set aside for a payment. Raises NotWaiting, HoldClosed."""
    if locked.state == PaymentState.PAID:
        return locked
    if locked.state != PaymentState.CONFIRMING:
        raise NotWaiting(state=locked.state)
    capture = commands.Capture(locked.id, actor=deed.actor.code)
    done = book.post(programme_id=locked.programme_id, command=capture, now=deed.now, mint=deed.mint)
    if done.entry is None:
        raise HoldClosed
    locked.state, locked.entry_id = PaymentState.PAID, done.entry.id
    locked.balance_minor = done.wallet.posted_minor
    locked.save(update_fields=["state", "entry_id", "balance_minor"])
    _move_checkouts([locked], CheckoutState.PAID, deed)
    _note(locked, "payment.confirmed", deed)
    return locked


@transaction.atomic
def cancel(*, payment: Payment, deed: Deed) -> Payment:
    """Let go a payment that waits for confirmation: its credits are free again. Raises NotWaiting."""
    locked = _lock(payment)
    if locked.state != PaymentState.CONFIRMING:
        raise NotWaiting(state=locked.state)
    return _released(locked, deed)


def _released(locked: Payment, deed: Deed) -> Payment:
    try:
        with transaction.atomic():
            release = commands.Release(locked.id, actor=deed.actor.code)
            book.post(programme_id=locked.programme_id, command=release, now=deed.now, mint=deed.mint)
    except HoldClosed:
        # It ran out by itself. Booking that is all that is left to do.
        wallet = commands.Expire(locked.wallet_id)
        book.post(programme_id=locked.programme_id, command=wallet, now=deed.now, mint=deed.mint)
    locked.state = PaymentState.CANCELLED
    locked.save(update_fields=["state"])
    _move_checkouts([locked], CheckoutState.ABANDONED, deed)
    _note(locked, "payment.cancelled", deed)
    return locked


@transaction.atomic
def refund(*, payment: Payment, deed: Deed, amount_minor: int | None = None, reason: str = "") -> Refund:
    """Give a payment back, or a part of it, to the very lots that paid it; with the last of it goes its cash.

    A cashier undoes a whole payment within the programme's time; everybody else may later and in part.
    Raises NotPaid, UndoTooLate, OnlyWhole, RefundAboveLimit, BeyondOriginal.
    """
    locked = _lock(payment)
    if locked.state != PaymentState.PAID or locked.entry_id is None:
        raise NotPaid(state=locked.state)
    programme = locked.programme
    if deed.actor.role == Role.CASHIER:
        if amount_minor not in {None, locked.amount_minor}:
            raise OnlyWhole
        if deed.now - locked.at > timedelta(seconds=programme.undo_seconds):
            raise UndoTooLate
    most_minor = deed.actor.limits.refund_minor
    left_minor = locked.amount_minor - locked.refunded_minor
    if most_minor is not None and (left_minor if amount_minor is None else amount_minor) > most_minor:
        raise RefundAboveLimit(most_minor)
    command = commands.Reverse(
        locked.entry_id,
        amount_minor,
        grace=expiry.grace(programme_id=programme.id, at=deed.now),
        actor=deed.actor.code,
        reason=reason,
    )
    done = book.post(programme_id=locked.programme_id, command=command, now=deed.now, mint=deed.mint)
    if done.entry is None:
        raise NotPaid(state=locked.state)
    given = next(posting.amount_minor for posting in done.entry.postings if posting.account == locked.wallet_id)
    locked.refunded_minor += given
    locked.save(update_fields=["refunded_minor"])
    cash_minor = cash_back(
        cash_minor=locked.cash_minor, amount_minor=locked.amount_minor, refunded_minor=locked.refunded_minor
    )
    return Refund.objects.create(
        id=done.entry.id,
        programme_id=locked.programme_id,
        payment=locked,
        amount_minor=given,
        cash_minor=cash_minor,
        reason=reason,
        actor=deed.actor.code,
        address=deed.actor.address,
        at=deed.now,
    )


@transaction.atomic
def cancel_expired(*, deed: Deed) -> int:
    """Close the payments whose time for confirmation has run out; returns how many."""
    ended = queries.expired_confirmations(now=deed.now)
    _move_checkouts(ended, CheckoutState.ABANDONED, deed)
    Payment.objects.filter(pk__in=[payment.pk for payment in ended]).update(state=PaymentState.CANCELLED)
    return len(ended)


def _lock(payment: Payment) -> Payment:
    """Lock a payment, its basket first: the order in which the payment path locks them."""
    if payment.checkout_id is not None:
        Checkout.objects.select_for_update().get(pk=payment.checkout_id)
    return Payment.objects.select_for_update(of=("self",)).select_related("programme").get(pk=payment.pk)


def _move_checkouts(ended: Iterable[Payment], state: CheckoutState, deed: Deed) -> None:
    baskets = [payment.checkout_id for payment in ended if payment.checkout_id is not None]
    Checkout.objects.filter(pk__in=baskets, state=CheckoutState.CONFIRMING).update(state=state, changed_at=deed.now)


def _note(payment: Payment, action: str, deed: Deed) -> None:
    details: dict[str, Any] = {"amount_minor": payment.amount_minor}
    audit.write(
        programme_id=payment.programme_id, deed=deed, action=action, subject=payment, subject_name="", details=details
    )


def _products(lines: Lines) -> tuple[OrderLine, ...]:
    try:
        return tuple(
            OrderLine(
                product if isinstance(product, int) else Product.key_of(product),
                quantity,
                tuple(str(choice) for choices in chosen for choice in choices),
            )
            for product, quantity, *chosen in lines
        )
    except NotFound as error:
        raise ProductNotSold from error
