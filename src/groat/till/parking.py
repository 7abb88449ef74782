"""Baskets put aside at a till, to be taken up again on any of its devices."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from groat.catalogue.models import Product
from groat.catalogue.selling import OutOfHours, SoldOut
from groat.errors import NotFound
from groat.programmes.deeds import Deed
from groat.programmes.models import Till
from groat.till import queries
from groat.till.models import ParkedBasket, ParkedState
from groat.till.rules import (
    ChoicesDoNotFit,
    NothingToPay,
    OrderLine,
    ParkedBasketGone,
    ProductFacts,
    ProductNotSold,
    TillFacts,
    TooManyParked,
    product_line,
)

MOST = 50
"""So many wait at a till at most."""
KEPT_FOR = timedelta(days=1)
"""How long one is kept after it was taken up or deleted."""


type Lines = Sequence[tuple[UUID, int] | tuple[UUID, int, Sequence[UUID]]]
"""(product, quantity), and what was chosen of it if anything was"""


@transaction.atomic
def park(*, till: Till, lines: Lines, name: str, note: str = "", deed: Deed) -> ParkedBasket:
    """Put a basket aside. Raises NothingToPay for an empty one, ProductNotSold, TooManyParked."""
    Till.objects.select_for_update().get(pk=till.pk)
    if not lines:
        raise NothingToPay
    if at(till=till).count() >= MOST:
        raise TooManyParked(MOST)
    if len(_products(till, [product for product, *_ in lines])) < len({product for product, *_ in lines}):
        raise ProductNotSold
    over = ParkedBasket.objects.filter(till=till, changed_at__lt=deed.now - KEPT_FOR)
    over.exclude(state=ParkedState.PARKED).delete()
    return ParkedBasket.objects.create(
        id=deed.mint(),
        programme_id=till.programme_id,
        till=till,
        name=name,
        lines=[_kept(*line) for line in lines],
        note=note,
        actor=deed.actor.code,
        parked_at=deed.now,
        state=ParkedState.PARKED,
        changed_at=deed.now,
    )


@transaction.atomic
def take_up(*, basket: ParkedBasket, deed: Deed) -> ParkedBasket:
    """Take a basket up: it is put aside no longer. Raises ParkedBasketGone when somebody was faster."""
    return _move(basket, ParkedState.TAKEN, deed, since={ParkedState.PARKED})


@transaction.atomic
def remove(*, basket: ParkedBasket, deed: Deed) -> ParkedBasket:
    """Delete a basket; deleting it twice is deleting it once. Raises ParkedBasketGone when it was taken up."""
    return _move(basket, ParkedState.REMOVED, deed, since={ParkedState.PARKED, ParkedState.REMOVED})


@transaction.atomic
def restore(*, basket: ParkedBasket, deed: Deed) -> ParkedBasket:
    """Put a deleted basket aside again. Raises ParkedBasketGone when it was taken up."""
    return _move(basket, ParkedState.PARKED, deed, since={ParkedState.PARKED, ParkedState.REMOVED})


def _move(basket: ParkedBasket, state: ParkedState, deed: Deed, *, since: set[ParkedState]) -> ParkedBasket:
    locked = ParkedBasket.objects.select_for_update().filter(pk=basket.pk).first()
    if locked is None or locked.state not in since:
        raise ParkedBasketGone
    locked.state, locked.changed_at = state, deed.now
    locked.save(update_fields=["state", "changed_at"])
    return locked


def at(*, till: Till) -> Any:
    """What is put aside at a till, the latest first."""
    return ParkedBasket.objects.filter(till=till, state=ParkedState.PARKED).order_by("-id")


def described(
    baskets: list[ParkedBasket], *, till: Till, now: datetime
) -> list[tuple[ParkedBasket, list[dict[str, Any]]]]:
    """Baskets with their lines at the prices of now; three queries at most.

    A line has product, name, quantity, price_minor, is_sold, and if something was chosen `choices` (their ids) and
    `chosen` (their names); one whose product is no more is left out.
    """
    facts = queries.till_facts(till)
    products = _products(till, [line["product"] for basket in baskets for line in basket.lines])
    return [
        (basket, [_line(line, products, facts, now) for line in basket.lines if line["product"] in products])
        for basket in baskets
    ]


def _kept(product: UUID, quantity: int, choices: Sequence[UUID] = ()) -> dict[str, Any]:
    line: dict[str, Any] = {"product": str(product), "quantity": quantity}
    return line | {"choices": [str(choice) for choice in choices]} if choices else line


def _line(line: dict[str, Any], products: dict[str, ProductFacts], till: TillFacts, now: datetime) -> dict[str, Any]:
    product = products[line["product"]]
    try:
        priced = product_line(
            product, OrderLine(0, line["quantity"], tuple(line.get("choices", ()))), till=till, now=now
        )
    except (ProductNotSold, SoldOut, OutOfHours, ChoicesDoNotFit):
        # What was chosen is not to be had any more: the whole is not what was wanted.
        return {**line, "name": product.name, "price_minor": product.price_minor, "is_sold": False}
    told = {**line, "name": product.name, "price_minor": priced["price_minor"], "is_sold": True}
    return told | {"chosen": [choice["name"] for choice in priced["choices"]]} if "choices" in priced else told


def _products(till: Till, public_ids: list[UUID] | list[str]) -> dict[str, ProductFacts]:
    """The programme's products of these, by public id."""
    try:
        keys = {Product.key_of(public_id) for public_id in public_ids}
    except NotFound as error:
        raise ProductNotSold from error
    found = queries.product_facts(programme_id=till.programme_id, products=keys)
    return {str(product.public_id): product for product in found.values()}
