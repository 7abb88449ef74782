"""What the till's page is told, ready for JSON. Names of people are in it: it is for staff alone."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.utils import formats, timezone

from groat.cards.models import Card, CardState, Pairing, PairingState
from groat.catalogue.models import Product
from groat.catalogue.queries import Shelf
from groat.errors import Refusal
from groat.ledger import queries as ledger
from groat.programmes import weeks
from groat.programmes.hours import when
from groat.programmes.models import ConfirmBy, Programme, Role, Staff, Till
from groat.till.models import Checkout, CheckoutState, Payment, PaymentState, Refund
from groat.till.rules import CONFIRM_WITHIN
from groat.web import refusals


def checkout(row: Checkout, *, staff: Staff, now: datetime) -> dict[str, Any]:
    """A basket on its way: where it stands, the payment that came of it, or why the last card was declined."""
    made = None
    if row.payment_id is not None and row.state in {CheckoutState.PAID, CheckoutState.CONFIRMING}:
        made = Payment.objects.select_related("customer", "card").get(pk=row.payment_id)
    declined = row.refusal is not None and row.state == CheckoutState.DECLINED
    return {
        "id": str(row.public_id),
        "state": row.state,
        "amount_minor": row.amount_minor,
        "cash_minor": row.cash_minor,
        "note": row.note,
        "changed_at": row.changed_at.isoformat(),
        "payment": payment(made, staff=staff, now=now) if made else None,
        "refusal": _declined(row.refusal, programme=staff.programme) if declined else None,
    }


def payment(row: Payment, *, staff: Staff, now: datetime) -> dict[str, Any]:
    """A payment whose customer and card are loaded."""
    expires_at = row.at + CONFIRM_WITHIN
    return {
        "id": str(row.public_id),
        "state": row.state,
        "amount_minor": row.amount_minor,
        "cash_minor": row.cash_minor,
        "balance_minor": row.balance_minor,
        "customer": str(row.customer),
        "first_name": first_name(row.customer.name),
        "identifier": row.customer.identifier,
        "last_four": row.card.last_four if row.card else "",
        "without_card": row.get_without_card_display(),
        "asks_pin": row.card is not None
        and row.state == PaymentState.CONFIRMING
        and staff.programme.confirm_by == ConfirmBy.PIN,
        "expires_in_seconds": max(0, int((expires_at - now).total_seconds())),
        "undo_seconds_left": undo_seconds_left(row, staff=staff, now=now),
    }


def undo_seconds_left(row: Payment, *, staff: Staff, now: datetime) -> int | None:
    """How long this person may still give the payment back: 0 not at all, None for as long as they like."""
    if row.state != PaymentState.PAID or row.refunded_minor >= row.amount_minor:
        return 0
    if staff.role != Role.CASHIER:
        return None
    most_minor = staff.refund_limit_minor
    if most_minor is not None and row.amount_minor > most_minor:
        return 0
    left = row.at + timedelta(seconds=staff.programme.undo_seconds) - now
    return max(0, int(left.total_seconds()))


def refund(row: Refund, *, now: datetime) -> dict[str, Any]:
    """What was given back, what of it in cash, and where the wallet stands since."""
    paid = row.payment
    standing = ledger.balance(programme_id=row.programme_id, wallet=paid.wallet_id, now=now)
    return {
        "amount_minor": row.amount_minor,
        "cash_minor": row.cash_minor,
        "balance_minor": standing.posted_minor,
        "first_name": first_name(paid.customer.name),
    }


def card(row: Card, *, now: datetime) -> dict[str, Any]:
    """What a card tells with nothing to pay: how much it has, and what of it expires first."""
    seen = ledger.look(programme_id=row.programme_id, wallet=row.wallet_id, now=now)
    standing = seen.standing
    first = next((lot for lot in seen.lots if lot.expires_at and lot.remaining_minor), None)
    expires_at = first.expires_at if first else None
    return {
        "card": str(row.public_id),
        "first_name": first_name(row.customer.name),
        "last_four": row.last_four,
        "balance_minor": standing.posted_minor,
        "available_minor": standing.available_minor,
        "state": "" if row.state == CardState.ACTIVE else CardState(row.state).label,
        "expiring_minor": first.remaining_minor if first else None,
        "expires_on": formats.date_format(timezone.localtime(expires_at), "DATE_FORMAT") if expires_at else "",
    }


def choices(shelves: list[Shelf]) -> dict[str, list[dict[str, Any]]]:
    """What products on sale leave to choose, by product; what of it is not on sale is left out."""
    return {
        str(product.public_id): [
            {
                "id": group.id,
                "name": group.name,
                "pick": group.pick,
                "choices": [{"id": one.id, "name": one.name, "price_minor": one.price_minor} for one in group.sold],
            }
            for group in product.choices
            if group.sold
        ]
        for shelf in shelves
        for product in shelf.products
        if product.choice_groups
    }


def selling(shelves: list[Shelf], *, now: datetime) -> dict[str, dict[str, Any]]:
    """What is not the same always about products on sale, by product: hours, dated prices, whether one is left."""
    return {
        str(product.public_id): one
        for shelf in shelves
        for product in shelf.products
        if product.selling and (one := selling_of(product, now=now))
    }


def selling_of(product: Product, *, now: datetime) -> dict[str, Any]:
    """The same of one product; {} when there is nothing to tell."""
    sold = product.sold
    told: dict[str, Any] = {}
    if sold.hours:
        told |= {"hours": weeks.keep(sold.hours), "when": when(sold.hours)}
    if sold.prices:
        told["prices"] = [[price.at.isoformat(), price.price_minor] for price in sold.prices]
    if sold.is_sold_out(now):
        told["out"] = sold.back_at.isoformat() if sold.back_at else ""
    return told


def pairing(row: Pairing, *, programme: Programme) -> dict[str, Any]:
    """A wait of the office for a card, and how it ended."""
    refused = row.refusal and row.state == PairingState.REFUSED
    return {
        "state": row.state,
        "customer": str(row.box or row.wallet.owner),
        "sentence": refusal(Refusal.revived(row.refusal, {}), programme=programme)["sentence"] if refused else "",
    }


def refusal(refused: Refusal, *, programme: Programme) -> dict[str, Any]:
    """Why not, for a person and for the page."""
    facts = refused.facts()
    return {
        "code": refused.code,
        "sentence": refusals.worded(refused, programme=programme),
        "missing_minor": facts.get("missing_minor"),
        "available_minor": facts.get("available_minor"),
        **({"tries_left": facts["tries_left"]} if "tries_left" in facts else {}),
    }


def _declined(kept: Any, *, programme: Programme) -> dict[str, Any]:
    return refusal(Refusal.revived(kept["refusal"], kept["facts"]), programme=programme)


type Teller = Callable[[Till, datetime], dict[str, Any]]
"""What a feature above has to tell of a till, by names of its own."""

_tellers: list[Teller] = []


def register(teller: Teller) -> None:
    """Have a feature above tell the till's page more of what is beside it."""
    _tellers.append(teller)


def beside(till: Till, *, now: datetime) -> dict[str, Any]:
    """What features above tell of this till."""
    told: dict[str, Any] = {}
    for teller in _tellers:
        told |= teller(till, now)
    return told


def first_name(name: str) -> str:
    """What may be read aloud at a counter; nothing for somebody without a name."""
    return name.split(maxsplit=1)[0] if name else ""
