"""Payments, many at once: load, decide, save.

`take_payments` is the hot path. It needs an open transaction on a driver's connection and leaves
the commit to its caller; a batch of one and a batch of a hundred take the same statements.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from types import ModuleType
from typing import Any

from pydantic_core import to_json

from groat import ids
from groat.cards import rules as cards
from groat.errors import Refusal
from groat.ledger import book, requests, store
from groat.ledger.core.decide import Accepted, Book, decide
from groat.ledger.core.values import value
from groat.till import postgresql, sqlite
from groat.till.rules import CardFacts, Charge, Facts, Order, charge


@value(frozen=True, slots=True)
class Outcome:
    """What became of an order: the payment as it is told, or why it was declined."""

    payment: dict[str, Any] | None = None
    refusal: Refusal | None = None
    json: bytes | None = None
    """The payment in JSON, when it was written so a moment ago."""
    replayed: bool = False
    """Whether this is the answer given before under the same key."""

    @property
    def state(self) -> str:
        """`paid`, `confirming` or `declined`."""
        return "declined" if self.payment is None else str(self.payment["state"])


@value(frozen=True, slots=True)
class Paid:
    """A payment to be written."""

    id: int
    order: Order
    charge: Charge
    state: str
    balance_minor: int
    entry: int | None
    told: dict[str, Any]


@dataclass(slots=True)
class Writing:
    """The rows that a batch adds beside those of the book."""

    payments: list[Paid]
    requests: list[tuple[Order, bytes, str]]
    """(order, fingerprint, outcome)"""
    checkouts: list[tuple[int, str, int | None, Refusal | None]]
    """(checkout, state, payment, refusal)"""
    taps: dict[int, tuple[int, int]] = field(default_factory=dict)
    """By card: the highest number of its taps, and which of the last ones have come."""
    alarms: list[tuple[int, Order, int | None, str]] = field(default_factory=list)
    """(id, order, card, what is wrong)"""


def database(vendor: str) -> ModuleType:
    """The module that speaks to this kind of database about payments."""
    return {"postgresql": postgresql, "sqlite": sqlite}[vendor]


def take_payments(
    link: Any, vendor: str, orders: list[Order], *, now: datetime, mint: Callable[[], int]
) -> list[Outcome]:
    """Take payments in order, each with its own outcome; a declined one leaves its neighbours alone.

    `link` is a driver's connection with an open transaction, which the caller commits.
    """
    tables, rows = database(vendor), book.database(vendor)
    facts, loaded = tables.read(link, orders)
    pages = Book(dict(loaded))
    writing = Writing([], [], [])
    accepted: list[tuple[int, Accepted]] = []
    outcomes = []
    for order in orders:
        name = _name(order)
        if name in facts.answered:
            outcomes.append(_repeated(order, facts))
            continue
        done = _doubt(order, facts, writing, mint) or _decide(order, facts, pages, now, mint)
        if isinstance(done, Refusal):
            outcome, stored = Outcome(refusal=done), requests.refusal(done)
        else:
            result, paid = done
            accepted.append((order.programme, result))
            writing.payments.append(paid)
            json = to_json(paid.told)
            outcome, stored = Outcome(payment=paid.told, json=json), requests.answer(json)
        _follow(order, outcome, facts, writing)
        fingerprint = order.fingerprint()
        writing.requests.append((order, fingerprint, stored))
        facts.answered[name] = (fingerprint, stored)
        outcomes.append(outcome)

    rows.save(link, store.difference(loaded, pages, accepted))
    tables.write(link, writing, now)
    return outcomes


def _name(order: Order) -> tuple[int, str, str]:
    return (order.programme, order.client, order.key)


def _doubt(order: Order, facts: Facts, writing: Writing, mint: Callable[[], int]) -> Refusal | None:
    """Why the card may be a copy, with an alarm about it. A tap that is believed counts, whatever becomes of it."""
    if order.is_vouched_for:
        return None
    shown = (order.programme, order.token_hash)
    card = facts.cards.get(shown)
    kind = cards.FORGED if order.is_forged else _doubt_of(card, order) if card else ""
    if kind:
        writing.alarms.append((mint(), order, card.id if card else None, kind))
        return cards.DOUBTS[kind]()
    if card is not None and card.id is not None and card.counter is not None and order.counter is not None:
        counter, seen = writing.taps[card.id] = cards.counted(card.counter, card.seen_taps, order.counter)
        facts.cards[shown] = replace(card, counter=counter, seen_taps=seen)
    return None


def _doubt_of(card: CardFacts, order: Order) -> str:
    return cards.doubt(card.medium, card.counter, order.counter, seen=card.seen_taps if order.is_late else None)


def _decide(
    order: Order, facts: Facts, pages: Book, now: datetime, mint: Callable[[], int]
) -> tuple[Accepted, Paid] | Refusal:
    try:
        # Now, and not for all at once: a neighbour in the batch may have paid the same checkout.
        priced = charge(order, facts, now=now)
    except Refusal as refusal:
        return refusal
    result = decide(pages, priced.command(actor=order.actor, now=now), now=now, mint=mint)
    if isinstance(result, Refusal):
        return result
    payment_id = result.holds[-1].id if priced.confirm else result.entry.id if result.entry else 0
    state = "confirming" if priced.confirm else "paid"
    told = describe(
        payment_id=payment_id,
        state=state,
        till=order.till,
        card=priced.card,
        checkout=order.checkout,
        amount_minor=priced.amount_minor,
        cash_minor=priced.cash_minor,
        refunded_minor=0,
        balance_minor=result.wallet.posted_minor,
        lines=priced.lines,
        at=now,
    )
    entry = None if priced.confirm else payment_id
    return result, Paid(payment_id, order, priced, state, result.wallet.posted_minor, entry, told)


def _follow(order: Order, outcome: Outcome, facts: Facts, writing: Writing) -> None:
    """Move the order's checkout to where its outcome brings it."""
    if order.checkout is None or order.checkout not in facts.checkouts:
        return
    checkout = facts.checkouts[order.checkout]
    if checkout.state not in {"waiting", "declined"} or checkout.programme != order.programme:
        return
    checkout.state = outcome.state
    payment = writing.payments[-1].id if outcome.payment else None
    writing.checkouts.append((order.checkout, outcome.state, payment, outcome.refusal))


def _repeated(order: Order, facts: Facts) -> Outcome:
    fingerprint, stored = facts.answered[_name(order)]
    if fingerprint != order.fingerprint():
        return Outcome(refusal=requests.KeyReused())
    try:
        return Outcome(payment=requests.read(stored), replayed=True)
    except Refusal as refusal:
        return Outcome(refusal=refusal, replayed=True)


def describe(
    *,
    payment_id: int,
    state: str,
    till: int,
    card: CardFacts,
    checkout: int | None,
    amount_minor: int,
    cash_minor: int,
    refunded_minor: int,
    balance_minor: int,
    lines: list[dict[str, Any]],
    at: datetime,
) -> dict[str, Any]:
    """A payment as it is told outside, ready for JSON; no name of a person is in it."""
    return {
        "id": ids.public_text("payment", payment_id),
        "state": state,
        "till": _public("till", till),
        "wallet": _public("wallet", card.wallet),
        "customer": _public("customer", card.customer),
        "card": None if card.id is None else {"id": _public("card", card.id), "last_four": card.last_four},
        "checkout": None if checkout is None else ids.public_text("checkout", checkout),
        "amount_minor": amount_minor,
        "cash_minor": cash_minor,
        "refunded_minor": refunded_minor,
        "balance_minor": balance_minor,
        "lines": lines,
        "at": _moment(at),
    }


# All of a batch are of one instant.
@lru_cache(maxsize=16)
def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=50_000)
def _public(kind: str, row_id: int) -> str:
    """Public ids of what comes again: computing one costs as much as deciding half a payment."""
    return ids.public_text(kind, row_id)
