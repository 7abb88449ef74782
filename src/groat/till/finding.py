"""Customers who left their card at home, found at a till by staff who may: each time somebody is shown is written down.

What was typed is about a person and is kept nowhere; how many were found is.
"""

from dataclasses import dataclass

from django.db import transaction

from groat.cards import queries as cards
from groat.cards.models import Card, CardState
from groat.customers.models import Customer
from groat.customers.queries import wallet_of
from groat.customers.rules import folded
from groat.ledger import queries as ledger
from groat.ledger.queries import LotLine, Standing
from groat.programmes import audit, writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Till
from groat.till import queries
from groat.till.models import Payment
from groat.till.rules import LookUpNotAllowed, LookUpTooShort, masked, may_look_up

MOST = 8
FEWEST_SIGNS = 3
SHOWN_PAYMENTS = 5


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody whom a search shows, with as little as tells them from the others."""

    customer: Customer
    identifier: str
    contact: str


@dataclass(frozen=True, slots=True)
class Account:
    """What a till shows of a customer."""

    customer: Customer
    standing: Standing
    expiring: LotLine | None
    cards: list[Card]
    payments: list[Payment]

    @property
    def card(self) -> Card | None:
        """The newest of their cards that can pay."""
        return next((card for card in self.cards if card.state == CardState.ACTIVE), None)


def check(*, till: Till, deed: Deed) -> None:
    """Raise LookUpNotAllowed unless who asks may look customers up at this till."""
    if not may_look_up(role=deed.actor.role, cashiers_may=till.programme.cashiers_may_look_up):
        raise LookUpNotAllowed


@transaction.atomic
def search(*, till: Till, text: str, deed: Deed) -> tuple[list[Found], bool]:
    """People whose name, identifier, e-mail or phone has every word of the text, and whether there are more.

    Raises LookUpNotAllowed, LookUpTooShort.
    """
    check(till=till, deed=deed)
    words = folded(text).split()[:8]
    if all(sign.isdigit() or sign == "+" for word in words for sign in word):
        # A telephone number is written in groups.
        words = ["".join(words)]
    if not any(len(word) >= FEWEST_SIGNS for word in words):
        raise LookUpTooShort
    rows = Customer.objects.filter(programme_id=till.programme_id)
    for word in words:
        rows = rows.filter(search__contains=word)
    people = list(rows.order_by("search", "id")[: MOST + 1])
    shown = people[:MOST]
    if shown:
        audit.write(
            programme_id=till.programme_id,
            deed=deed,
            action="customers.searched",
            subject=till,
            subject_name=till.name,
            details={"found": len(shown)},
        )
    return [_found(one, shown) for one in shown], len(people) > MOST


@transaction.atomic
def look(*, till: Till, customer: Customer, deed: Deed) -> Account:
    """A customer's balance, cards and last payments. Raises LookUpNotAllowed, NotFound."""
    check(till=till, deed=deed)
    writing.same_programme(till, customer)
    audit.write(
        programme_id=till.programme_id,
        deed=deed,
        action="customer.looked_up",
        subject=customer,
        subject_name=str(customer),
        details={"till": till.name},
    )
    wallet = wallet_of(customer)
    seen = ledger.look(programme_id=till.programme_id, wallet=wallet.id, now=deed.now)
    return Account(
        customer=customer,
        standing=seen.standing,
        expiring=next((lot for lot in seen.lots if lot.expires_at and lot.remaining_minor), None),
        cards=[
            card
            for card in cards.of_customer(programme_id=till.programme_id, customer_id=customer.id)
            if card.state != CardState.REPLACED
        ],
        payments=queries.payments(programme_id=till.programme_id, wallet_id=wallet.id, limit=SHOWN_PAYMENTS),
    )


def _found(customer: Customer, shown: list[Customer]) -> Found:
    alike = [one for one in shown if folded(one.name) == folded(customer.name)]
    if customer.identifier:
        return Found(customer, masked(customer.identifier, others=[one.identifier for one in alike]), "")
    return Found(customer, "", _contact(customer) if len(alike) > 1 or not customer.name else "")


def _contact(customer: Customer) -> str:
    """A way to reach somebody, of which nobody could make use."""
    if customer.phone:
        return f"····{customer.phone[-3:]}"
    name, _, domain = customer.email.partition("@")
    return f"{name[:1]}····@{domain[:1]}····" if domain else ""
