"""What happened at the tills. Reads only; every list in a fixed number of queries."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from groat.catalogue.models import Product
from groat.errors import Refusal
from groat.ledger import requests
from groat.ledger.models import Request
from groat.programmes.models import Till
from groat.till import payments as told
from groat.till.models import Checkout, CheckoutState, Payment, PaymentState, Refund
from groat.till.rules import CONFIRM_WITHIN, CardFacts, ProductFacts

ENDED = (CheckoutState.PAID, CheckoutState.ABANDONED)
WAITS_FOR = timedelta(minutes=30)
"""A basket that nobody came back to for so long takes no card any more."""


def product_facts(*, programme_id: int, products: Iterable[int]) -> dict[int, ProductFacts]:
    """What pricing needs to know of products, by id; those of other programmes are left out."""
    rows = Product.objects.filter(programme_id=programme_id, pk__in=list(products))
    return {
        row.id: ProductFacts(programme_id, row.name, row.price_minor, row.withdrawn_at is None, row.public_id)
        for row in rows
    }


def waiting_checkout(*, till: Till, now: datetime) -> Checkout | None:
    """The basket at the till that would take a card now: waiting, or declined and not given up."""
    baskets = Checkout.objects.filter(till=till, state__in=[CheckoutState.WAITING, CheckoutState.DECLINED])
    return baskets.filter(changed_at__gt=now - WAITS_FOR).order_by("-id").first()


def answered(*, programme_id: int, client: str, key: str) -> told.Outcome | None:
    """What was answered to a payment under this key, if it was asked for before."""
    made = Request.objects.filter(programme=programme_id, client=client, key=key).first()
    if made is None:
        return None
    try:
        return told.Outcome(payment=requests.read(made.outcome), replayed=True)
    except Refusal as refusal:
        return told.Outcome(refusal=refusal, replayed=True)


def payments(
    *,
    programme_id: int,
    before: int | None = None,
    limit: int = 50,
    till: Till | None = None,
    wallet_id: int | None = None,
    state: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Payment]:
    """A programme's payments, newest first, with what a list shows of them; `before` is a payment's id."""
    rows: QuerySet[Payment] = Payment.objects.filter(programme_id=programme_id).order_by("-id")
    wanted: dict[str, Any] = {
        "pk__lt": before,
        "till": till,
        "wallet_id": wallet_id,
        "state": state or None,
        "at__gte": since,
        "at__lt": until,
    }
    rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
    return list(rows.select_related("till__site", "customer", "card")[:limit])


def expired_confirmations(*, now: datetime) -> list[Payment]:
    """Payments whose time for confirmation has run out, locked."""
    rows = Payment.objects.select_for_update(of=("self",)).filter(
        state=PaymentState.CONFIRMING, at__lte=now - CONFIRM_WITHIN
    )
    return list(rows.order_by("pk")[:500])


def describe(payment: Payment) -> dict[str, Any]:
    """A payment as it is told outside; its card must be loaded."""
    card = payment.card
    return told.describe(
        payment_id=payment.id,
        state=payment.state,
        till=payment.till_id,
        card=CardFacts(card.id, card.state, payment.wallet_id, payment.customer_id, card.last_four),
        checkout=payment.checkout_id,
        amount_minor=payment.amount_minor,
        refunded_minor=payment.refunded_minor,
        balance_minor=payment.balance_minor,
        lines=payment.lines,
        at=payment.at,
    )


def refunds(*, payment: Payment) -> list[Refund]:
    """What was given back of a payment, oldest first."""
    return list(payment.refunds.order_by("id"))
