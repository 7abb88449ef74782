"""Checkouts, payments and refunds, by REST."""

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import Field

from groat import ids
from groat.api import examples
from groat.api.answers import Answer
from groat.api.bodies import Amount, AmountOrNothing, Body, Id, Line, optional
from groat.api.cursors import Listing, Page, PageIn
from groat.api.http import ApiRequest, response
from groat.api.operations import At, Idempotency, Out
from groat.api.problems import problem
from groat.cards.api import CardOut, card_out
from groat.cards.wire import TokenIn
from groat.customers.models import Wallet
from groat.programmes import rest
from groat.programmes.deeds import Deed
from groat.programmes.models import Scope, Till
from groat.till import actions, queries, wire
from groat.till.models import Checkout, Payment, Refund
from groat.till.payments import Outcome

router = Router()


class PresentationIn(Body):
    """A card held to a reader."""

    token: TokenIn


class CheckoutIn(wire.BasketIn):
    """A basket that shall wait for a card at a till."""

    till: Id
    cash_minor: AmountOrNothing = 0
    """What of it is paid in cash, in minor units of credit; the card is asked for the rest."""
    note: Annotated[Line, Field(max_length=200)] = ""
    """What the cashier shall know of it: "without onion"."""


class ConfirmationIn(Body):
    """What confirms a payment, where the programme wants more than the cashier's word."""

    pin: Annotated[str, Field(pattern=r"^[0-9]{4,8}$")] = optional()
    """The card's PIN, typed by the customer. It is neither kept nor logged."""


class RefundIn(Body):
    """Which part of a payment is given back, and why."""

    amount_minor: Amount = optional()
    """Left out, all that is left."""
    reason: Annotated[Line, Field(max_length=200)] = ""


class ChosenOut(Out):
    """What was chosen of a product."""

    id: UUID
    name: str
    price_minor: int
    """What it added to the product's price; may be negative."""


class LineOut(Out):
    """What was sold."""

    product: UUID | None
    """Null for a free amount."""
    name: str
    quantity: int
    price_minor: int
    """Of one, with what was chosen."""
    amount_minor: int
    choices: Annotated[list[ChosenOut], Field(exclude_if=lambda chosen: not chosen)] = Field(default=[])
    """Left out when nothing was chosen."""
    vat: Annotated[int | None, Field(exclude_if=lambda rate: rate is None)] = None
    """The VAT that the amount contains, in hundredths of a per cent; left out when the programme charges none."""


class CardOfPaymentOut(Out):
    """The card that paid."""

    id: UUID
    last_four: str


class PaymentOut(Out):
    """Credits paid at a till. Amounts are minor units of credit."""

    id: UUID
    state: Literal["paid", "confirming", "cancelled"]
    """`confirming`: the credits are set aside until the payment is confirmed, cancelled, or three minutes are over."""
    till: UUID
    wallet: UUID
    customer: UUID
    card: CardOfPaymentOut | None
    """Null when staff found the customer, who had none with them."""
    checkout: UUID | None
    amount_minor: int
    """The credits that the card paid."""
    cash_minor: int
    """What was paid in cash beside them: the lines sum to both."""
    refunded_minor: int
    balance_minor: int
    """The wallet's balance after it."""
    lines: list[LineOut]
    at: At


class DeclinedOut(Out):
    """Why the last card was declined."""

    code: str
    facts: dict[str, Any]


class CheckoutOut(Out):
    """A basket on its way to being paid."""

    id: UUID
    till: UUID
    state: Literal["open", "waiting", "confirming", "paid", "declined", "abandoned"]
    """A declined one may be tried with another card."""
    amount_minor: int
    """What the lines sum to."""
    cash_minor: int
    """What of it is paid in cash; the card is asked for the rest."""
    note: str
    lines: list[LineOut]
    payment: UUID | None
    declined: DeclinedOut | None
    created_at: At
    changed_at: At


class RefundOut(Out):
    """Credits of a payment given back."""

    id: UUID
    payment: UUID
    amount_minor: int
    cash_minor: int
    """What is handed back in cash beside the credits: all that was paid so, with the last of the credits."""
    reason: str
    at: At


class RefundsOut(Out):
    """All that was given back of one payment, oldest first."""

    items: list[RefundOut]


class PresentedOut(Out):
    """What the card was good for: a payment, or the card that is paired now."""

    payment: PaymentOut | None
    card: CardOut | None


LINE: dict[str, Any] = {
    "product": examples.PRODUCT,
    "name": "Flat white",
    "quantity": 1,
    "price_minor": 380,
    "amount_minor": 380,
}
PAYMENT: dict[str, Any] = {
    "id": examples.PAYMENT,
    "state": "paid",
    "till": examples.TILL,
    "wallet": examples.WALLET,
    "customer": examples.CUSTOMER,
    "card": {"id": examples.CARD, "last_four": "5D80"},
    "checkout": None,
    "amount_minor": 380,
    "cash_minor": 0,
    "refunded_minor": 0,
    "balance_minor": 10070,
    "lines": [LINE],
    "at": examples.AT,
}
CHECKOUT: dict[str, Any] = {
    "id": examples.CHECKOUT,
    "till": examples.TILL,
    "state": "waiting",
    "amount_minor": 380,
    "cash_minor": 0,
    "note": "",
    "lines": [LINE],
    "payment": None,
    "declined": None,
    "created_at": examples.AT,
    "changed_at": examples.AT,
}
REFUND: dict[str, Any] = {
    "id": examples.REFUND,
    "payment": examples.PAYMENT,
    "amount_minor": 380,
    "cash_minor": 0,
    "reason": "Cold coffee",
    "at": examples.AT,
}
BASKETS: dict[str, Any] = {
    "lines": {"till": examples.TILL, "lines": [{"product": examples.PRODUCT, "quantity": 1}]},
    "amount": {"till": examples.TILL, "amount_minor": 380},
}
PAID: dict[int, Any] = {201: (PaymentOut, PAYMENT), 202: (PaymentOut, PAYMENT | {"state": "confirming"})}
CARD_REFUSALS = (
    "card_unknown",
    "card_blocked",
    "customer_blocked",
    "token_invalid",
    "token_random",
    "chip_not_authentic",
    "chip_expected",
    "tap_replayed",
    "till_closed",
    "insufficient_credit",
    "pin_not_set",
    "pin_blocked",
)
AFTER_PAYMENT = {
    "payment": ("read_payment", {"payment": "$response.body#/id"}),
    "refund": ("refund_payment", {"payment": "$response.body#/id"}),
    "refunds": ("list_refunds", {"payment": "$response.body#/id"}),
    "confirm": ("confirm_payment", {"payment": "$response.body#/id"}),
    "cancel": ("cancel_payment", {"payment": "$response.body#/id"}),
}


@router.post(
    "/payments",
    tags=["Payments"],
    **rest.operation(
        scope=Scope.PAYMENTS_WRITE,
        summary="Take a payment",
        description="A card was held to a till: takes the credits at once. Lines are priced by us, at today's prices. "
        "201 means paid; 202 that the credits are set aside until the cashier has compared the customer and "
        "`confirm` is called; 402 that the wallet cannot pay.",
        body={
            **{name: {**basket, "token": examples.TOKEN} for name, basket in BASKETS.items()},
            "tap": {**BASKETS["amount"], "token": examples.TAP},
        },
        answers=PAID,
        refusals=(
            *CARD_REFUSALS,
            "not_found",
            "product_not_sold",
            "product_sold_out",
            "product_out_of_hours",
            "choices_do_not_fit",
            "nothing_to_pay",
            "amount_too_large",
        ),
        idempotency=Idempotency.REQUIRED,
        links=AFTER_PAYMENT,
    ),
)
def take_payment(request: ApiRequest, body: wire.PaymentIn) -> HttpResponse:
    deed = rest.deed(request)
    order = actions.order(
        programme_id=request.auth.caller.programme_id,
        till=body.till,
        token=body.token.value,
        key=wire.key_in(rest.idempotency_key(request)),
        actor=deed.actor,
        **body.basket(),
    )
    return response(_outcome(request, actions.take_payment(order=order, deed=deed)))


@router.get(
    "/payments",
    tags=["Payments"],
    **rest.operation(
        scope=Scope.PAYMENTS_READ,
        summary="List payments",
        description="Payments, newest first: all of them, a till's or a wallet's.",
        answers={200: (Page[PaymentOut], examples.page(PAYMENT))},
        refusals=("cursor_invalid", "not_found"),
    ),
)
def list_payments(
    request: ApiRequest,
    page: Query[PageIn],
    till: Annotated[Id | None, Query(description="Only those taken at this till.")] = None,
    wallet: Annotated[Id | None, Query(description="Only those that this wallet paid.")] = None,
) -> HttpResponse:
    programme_id = request.auth.caller.programme_id
    at_till = _till(request, till) if till else None
    wallet_id = Wallet.named(programme_id=programme_id, public_id=wallet).id if wallet else None
    listing = Listing("payments", programme_id, till=at_till and at_till.id, wallet=wallet_id)
    found = queries.payments(
        programme_id=programme_id,
        before=listing.position(page),
        limit=page.limit + 1,
        till=at_till,
        wallet_id=wallet_id,
    )
    shown, position = listing.page_of(found, page, at=lambda payment: payment.id)
    return response(rest.done(listing.page([queries.describe(one) for one in shown], next_position=position)))


@router.get(
    "/payments/{payment}",
    tags=["Payments"],
    **rest.operation(
        scope=Scope.PAYMENTS_READ,
        summary="Read a payment",
        description="A payment as it stands, and how much of it was given back.",
        answers={200: (PaymentOut, PAYMENT)},
    ),
)
def read_payment(request: ApiRequest, payment: Id) -> HttpResponse:
    return response(rest.done(queries.describe(_payment(request, payment))))


@router.post(
    "/payments/{payment}/refunds",
    tags=["Payments"],
    **rest.operation(
        scope=Scope.REFUNDS_WRITE,
        summary="Refund a payment",
        description="Gives a payment back, all or a part, to the very lots that paid it.",
        body={"whole": {}, "part": {"amount_minor": 100, "reason": "Cold coffee"}},
        answers={201: (RefundOut, REFUND)},
        refusals=("payment_not_paid", "more_than_left_to_refund"),
        idempotency=Idempotency.REQUIRED,
    ),
)
def refund_payment(request: ApiRequest, payment: Id, body: RefundIn) -> HttpResponse:
    def refund(deed: Deed) -> Answer:
        found = _payment(request, payment)
        given = actions.refund(payment=found, deed=deed, **body.model_dump(exclude_unset=True))
        return rest.created(_refund(given), path=f"/api/v1/payments/{found.public_id}/refunds")

    return rest.once(request, refund)


@router.get(
    "/payments/{payment}/refunds",
    tags=["Payments"],
    **rest.operation(
        scope=Scope.PAYMENTS_READ,
        summary="List a payment's refunds",
        description="All that was given back of a payment, oldest first.",
        answers={200: (RefundsOut, {"items": [REFUND]})},
    ),
)
def list_refunds(request: ApiRequest, payment: Id) -> HttpResponse:
    found = queries.refunds(payment=_payment(request, payment))
    return response(rest.done(RefundsOut(items=[_refund(refund) for refund in found])))


@router.post(
    "/payments/{payment}/confirm",
    tags=["Payments"],
    **rest.operation(
        scope=Scope.PAYMENTS_WRITE,
        summary="Confirm a payment",
        description="Makes a payment that waits for confirmation: the customer was compared or, where the programme "
        "asks for it (`confirm_by` is `pin`), has typed the card's PIN. Confirming a paid one changes nothing. "
        "A PIN may be tried three times; after that it is blocked, and the payment is cancelled. Each request with a "
        "PIN is a try of its own, whatever its Idempotency-Key: ask how the payment stands before you repeat one.",
        body={"compared": {}, "pin": {"pin": "4711"}},
        answers={200: (PaymentOut, PAYMENT)},
        refusals=("payment_not_waiting", "hold_closed", "pin_missing", "pin_wrong", "pin_blocked", "pin_not_set"),
        idempotency=Idempotency.OPTIONAL,
    ),
)
def confirm_payment(request: ApiRequest, payment: Id, body: ConfirmationIn | None = None) -> HttpResponse:
    def confirm(deed: Deed) -> Answer:
        pin = (body and body.pin) or ""
        found = actions.confirm(payment=_payment(request, payment), pin=pin, deed=deed)
        return rest.done(queries.describe(found))

    if body and body.pin:
        # Not remembered under its key: nothing that could be asked for again to learn whether a PIN is right, and a
        # try counts though it is refused.
        return response(confirm(rest.deed(request)))
    return rest.once(request, confirm)


@router.post(
    "/payments/{payment}/cancel",
    tags=["Payments"],
    **rest.operation(
        scope=Scope.PAYMENTS_WRITE,
        summary="Cancel a payment",
        description="Lets a payment go that waits for confirmation; its credits are free again.",
        answers={200: (PaymentOut, PAYMENT | {"state": "cancelled"})},
        refusals=("payment_not_waiting",),
        idempotency=Idempotency.OPTIONAL,
    ),
)
def cancel_payment(request: ApiRequest, payment: Id) -> HttpResponse:
    def cancel(deed: Deed) -> Answer:
        found = actions.cancel(payment=_payment(request, payment), deed=deed)
        return rest.done(queries.describe(found))

    return rest.once(request, cancel)


@router.post(
    "/checkouts",
    tags=["Checkouts"],
    **rest.operation(
        scope=Scope.PAYMENTS_WRITE,
        summary="Open a checkout",
        description="A basket that waits at a till until a card is held to one of its readers. A basket that waited "
        "there before is abandoned. With `cash_minor` that part is taken in cash at the till, and the card is asked "
        "for the rest.",
        body={**BASKETS, "split": {**BASKETS["amount"], "cash_minor": 80, "note": "without onion"}},
        answers={201: (CheckoutOut, CHECKOUT)},
        refusals=(
            "not_found",
            "till_closed",
            "till_busy",
            "product_not_sold",
            "product_sold_out",
            "product_out_of_hours",
            "choices_do_not_fit",
            "nothing_to_pay",
            "amount_too_large",
            "cash_not_part",
        ),
        idempotency=Idempotency.OPTIONAL,
        links={
            "checkout": ("read_checkout", {"checkout": "$response.body#/id"}),
            "token": ("present_to_checkout", {"checkout": "$response.body#/id"}),
            "abandon": ("abandon_checkout", {"checkout": "$response.body#/id"}),
            "presentation": ("present_at_till", {"till": "$response.body#/till"}),
        },
    ),
)
def open_checkout(request: ApiRequest, body: CheckoutIn) -> HttpResponse:
    def open_it(deed: Deed) -> Answer:
        checkout = actions.open_checkout(
            till=_till(request, body.till), deed=deed, cash_minor=body.cash_minor, note=body.note, **body.basket()
        )
        return rest.created(_checkout(checkout), path=f"/api/v1/checkouts/{checkout.public_id}")

    return rest.once(request, open_it)


@router.get(
    "/checkouts/{checkout}",
    tags=["Checkouts"],
    **rest.operation(
        scope=Scope.PAYMENTS_READ,
        summary="Read a checkout",
        description="Where a basket stands: the payment that came of it, or why the last card was declined.",
        answers={200: (CheckoutOut, CHECKOUT)},
    ),
)
def read_checkout(request: ApiRequest, checkout: Id) -> HttpResponse:
    return response(rest.done(_checkout(_named_checkout(request, checkout))))


@router.post(
    "/checkouts/{checkout}/token",
    tags=["Checkouts"],
    **rest.operation(
        scope=Scope.PAYMENTS_WRITE,
        summary="Present a card to a checkout",
        description="Pays the basket with the card. A declined one goes on waiting for another card.",
        body={"card": {"token": examples.TOKEN}},
        answers=PAID,
        refusals=(*CARD_REFUSALS, "checkout_closed"),
        idempotency=Idempotency.REQUIRED,
        links=AFTER_PAYMENT,
    ),
)
def present_to_checkout(request: ApiRequest, checkout: Id, body: PresentationIn) -> HttpResponse:
    deed = rest.deed(request)
    found = _named_checkout(request, checkout)
    order = actions.order(
        programme_id=found.programme_id,
        till=found.till,
        token=body.token.value,
        key=wire.key_in(rest.idempotency_key(request)),
        actor=deed.actor,
        checkout=found,
    )
    return response(_outcome(request, actions.take_payment(order=order, deed=deed)))


@router.post(
    "/checkouts/{checkout}/abandon",
    tags=["Checkouts"],
    **rest.operation(
        scope=Scope.PAYMENTS_WRITE,
        summary="Abandon a checkout",
        description="The basket waits no longer. Abandoning it again changes nothing.",
        answers={200: (CheckoutOut, CHECKOUT | {"state": "abandoned"})},
        refusals=("checkout_closed",),
        idempotency=Idempotency.OPTIONAL,
    ),
)
def abandon_checkout(request: ApiRequest, checkout: Id) -> HttpResponse:
    def abandon(deed: Deed) -> Answer:
        return rest.done(_checkout(actions.abandon(checkout=_named_checkout(request, checkout), deed=deed)))

    return rest.once(request, abandon)


@router.post(
    "/tills/{till}/presentations",
    tags=["Tills"],
    **rest.operation(
        scope=Scope.PAYMENTS_WRITE,
        summary="Present a card at a till",
        description="What a reader beside the till calls: gives the card to whatever waits there, a pairing or a "
        "checkout. The answer has the payment that came of it, or the card that is paired now.",
        body={"card": {"token": examples.TOKEN}},
        answers={200: (PresentedOut, {"payment": PAYMENT, "card": None})},
        refusals=(
            *CARD_REFUSALS,
            "nothing_waits",
            "checkout_closed",
            "card_taken",
            "card_lost",
            "card_replaced",
        ),
        idempotency=Idempotency.REQUIRED,
    ),
)
def present_at_till(request: ApiRequest, till: Id, body: PresentationIn) -> HttpResponse:
    presented = actions.present(
        till=_till(request, till),
        token=body.token.value,
        key=wire.key_in(rest.idempotency_key(request)),
        deed=rest.deed(request),
    )
    if presented.outcome is not None:
        answer = _outcome(request, presented.outcome)
        if presented.outcome.payment is None:
            return response(answer)
        replayed = [rest.REPLAYED] if presented.outcome.replayed else []
        return response(rest.done({"payment": presented.outcome.payment, "card": None}).with_headers(replayed))
    pairing = presented.pairing
    if pairing is None or pairing.card is None:
        answer = problem(pairing.refusal if pairing else "nothing_waits")
    else:
        answer = rest.done(PresentedOut(payment=None, card=card_out(pairing.card)))
    return response(answer.with_headers([rest.REPLAYED] if presented.replayed else []))


def _outcome(request: ApiRequest, outcome: Outcome) -> Answer:
    if outcome.refusal is not None:
        decimals = request.auth.caller.credit_decimals
        return wire.declined(outcome.refusal, credit_decimals=decimals, replayed=outcome.replayed)
    return wire.paid(outcome)


def _till(request: ApiRequest, till: UUID) -> Till:
    return Till.named(programme_id=request.auth.caller.programme_id, public_id=till)


def _payment(request: ApiRequest, payment: UUID) -> Payment:
    return Payment.named(programme_id=request.auth.caller.programme_id, public_id=payment)


def _named_checkout(request: ApiRequest, checkout: UUID) -> Checkout:
    return Checkout.named(programme_id=request.auth.caller.programme_id, public_id=checkout)


def _checkout(checkout: Checkout) -> CheckoutOut:
    refusal = checkout.refusal
    return CheckoutOut.model_validate(
        {
            "id": checkout.public_id,
            "till": ids.public(Till.kind, checkout.till_id),
            "state": checkout.state,
            "amount_minor": checkout.amount_minor,
            "cash_minor": checkout.cash_minor,
            "note": checkout.note,
            "lines": checkout.lines,
            "payment": checkout.payment_id and ids.public(Payment.kind, checkout.payment_id),
            "declined": refusal and {"code": refusal["refusal"], "facts": refusal["facts"]},
            "created_at": checkout.created_at,
            "changed_at": checkout.changed_at,
        }
    )


def _refund(refund: Refund) -> RefundOut:
    return RefundOut(
        id=refund.public_id,
        payment=ids.public(Payment.kind, refund.payment_id),
        amount_minor=refund.amount_minor,
        cash_minor=refund.cash_minor,
        reason=refund.reason,
        at=refund.at,
    )
