"""What happened at the tills. Reads only; every list in a fixed number of queries."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from groat.catalogue import queries as catalogue
from groat.catalogue.models import Product
from groat.errors import Refusal
from groat.ledger import requests
from groat.ledger.models import Request
from groat.programmes.models import Till
from groat.till import payments as told
from groat.till.models import Checkout, CheckoutState, Payment, PaymentState, Refund
from groat.till.rules import CONFIRM_WITHIN, CardFacts, ProductFacts, TillFacts

ENDED = (CheckoutState.PAID, CheckoutState.ABANDONED)
WAITS_FOR = timedelta(minutes=30)
"""A basket that nobody came back to for so long takes no card any more."""
BEGAN_WITHIN = timedelta(minutes=1)
"""A basket that another page or an integrator opened is shown at the till for so long."""


def product_facts(*, programme_id: int, products: Iterable[int]) -> dict[int, ProductFacts]:
    """What pricing needs to know of products, by id; those of other programmes are left out. One query."""
    rows = Product.objects.filter(programme_id=programme_id, pk__in=list(products))
    return {
        row.id: ProductFacts(
            programme_id,
            row.name,
            row.price_minor,
            row.withdrawn_at is None,
            row.public_id,
            row.choices,
            row.vat_rate,
            row.sold,
            row.category_id,
        )
        for row in rows
    }


def till_facts(till: Till) -> TillFacts:
    """What pricing and deciding need to know of a till; no query where its programme and site are known."""
    programme = till.programme
    return TillFacts(
        programme.id,
        till.name,
        till.closed_at is not None,
        programme.confirm_from_minor,
        programme.confirm_copyable_from_minor,
        programme.confirm_by,
        programme.vat_rate,
        programme.time_zone,
        till.site_id,
        sold_at(till),
    )


def sold_at(till: Till) -> frozenset[int] | None:
    """The keys of the categories that a till sells, with its site known; None: all."""
    kept = till.site.category_ids if till.category_ids is None else till.category_ids
    return None if kept is None else frozenset(kept)


def on_sale(*, till: Till) -> list[catalogue.Shelf]:
    """What this till sells, sold out or not; two queries, and one for its site if it is not known."""
    return catalogue.on_sale(programme_id=till.programme_id, site=till.site_id, categories=sold_at(till))


def waiting_checkout(*, till: Till, now: datetime) -> Checkout | None:
    """The basket at the till that would take a card now: waiting, or declined and not given up."""
    baskets = Checkout.objects.filter(till=till, state__in=[CheckoutState.WAITING, CheckoutState.DECLINED])
    return baskets.filter(changed_at__gt=now - WAITS_FOR).order_by("-id").first()


def busy_with(*, till: Till, now: datetime) -> Checkout | None:
    """The basket that somebody is about to pay: it began to wait a moment ago, or waits to be confirmed."""
    waits = Q(state=CheckoutState.WAITING, changed_at__gt=now - BEGAN_WITHIN)
    return Checkout.objects.filter(waits | Q(state=CheckoutState.CONFIRMING), till=till).first()


def answered(*, programme_id: int, client: str, key: str) -> told.Outcome | None:
    """What was answered to a payment under this key, if it was asked for before. Refusal: KeyReused."""
    made = Request.objects.filter(programme=programme_id, client=client, key=key).first()
    if made is None:
        return None
    try:
        result = requests.read(made.outcome)
    except Refusal as refusal:
        return told.Outcome(refusal=refusal, replayed=True)
    if "state" not in result:
        # Something else than a payment.
        raise requests.KeyReused
    return told.Outcome(payment=result, replayed=True)


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
    return list(rows.select_related("till__site", "customer", "card", "checkout")[:limit])


def expired_confirmations(*, now: datetime) -> list[Payment]:
    """Payments whose time for confirmation has run out, with their baskets: locked, baskets first."""
    waiting = Payment.objects.filter(state=PaymentState.CONFIRMING, at__lte=now - CONFIRM_WITHIN)
    found = dict(waiting.order_by("at").values_list("pk", "checkout_id")[:500])
    # In the order in which payments and confirmations lock them.
    list(Checkout.objects.select_for_update().filter(pk__in=found.values()).order_by("pk").values_list("pk"))
    return list(waiting.select_for_update().filter(pk__in=found).order_by("pk"))


def describe(payment: Payment) -> dict[str, Any]:
    """A payment as it is told outside; its card must be loaded."""
    card = payment.card
    return told.describe(
        payment_id=payment.id,
        state=payment.state,
        till=payment.till_id,
        card=CardFacts(
            card.id if card else None,
            card.state if card else "",
            payment.wallet_id,
            payment.customer_id,
            card.last_four if card else "",
        ),
        checkout=payment.checkout_id,
        amount_minor=payment.amount_minor,
        cash_minor=payment.cash_minor,
        refunded_minor=payment.refunded_minor,
        balance_minor=payment.balance_minor,
        lines=payment.lines,
        at=payment.at,
    )


def refunds(*, payment: Payment) -> list[Refund]:
    """What was given back of a payment, oldest first."""
    return list(payment.refunds.order_by("id"))
