"""Baskets put aside at a till, to be taken up again on any of its devices."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from groat.catalogue.models import Product
from groat.errors import NotFound
from groat.programmes.deeds import Deed
from groat.programmes.models import Till
from groat.till.models import ParkedBasket, ParkedState
from groat.till.rules import NothingToPay, ParkedBasketGone, ProductNotSold, TooManyParked

MOST = 50
"""So many wait at a till at most."""
KEPT_FOR = timedelta(days=1)
"""How long one is kept after it was taken up or deleted."""


@transaction.atomic
def park(*, till: Till, lines: list[tuple[UUID, int]], name: str, note: str = "", deed: Deed) -> ParkedBasket:
    """Put a basket aside. Raises NothingToPay for an empty one, ProductNotSold, TooManyParked."""
    Till.objects.select_for_update().get(pk=till.pk)
    if not lines:
        raise NothingToPay
    if at(till=till).count() >= MOST:
        raise TooManyParked(MOST)
    if len(_products(till, [product for product, _ in lines])) < len({product for product, _ in lines}):
        raise ProductNotSold
    over = ParkedBasket.objects.filter(till=till, changed_at__lt=deed.now - KEPT_FOR)
    over.exclude(state=ParkedState.PARKED).delete()
    return ParkedBasket.objects.create(
        id=deed.mint(),
        programme_id=till.programme_id,
        till=till,
        name=name,
        lines=[{"product": str(product), "quantity": quantity} for product, quantity in lines],
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


def described(baskets: list[ParkedBasket], *, till: Till) -> list[tuple[ParkedBasket, list[dict[str, Any]]]]:
    """Baskets with their lines at today's prices; one query.

    A line has product, name, quantity, price_minor and is_sold; one whose product is no more is left out.
    """
    products = _products(till, [line["product"] for basket in baskets for line in basket.lines])
    return [
        (basket, [_line(line, products) for line in basket.lines if line["product"] in products]) for basket in baskets
    ]


def _line(line: dict[str, Any], products: dict[str, Product]) -> dict[str, Any]:
    product = products[line["product"]]
    return {
        **line,
        "name": product.name,
        "price_minor": product.price_minor,
        "is_sold": product.withdrawn_at is None,
    }


def _products(till: Till, public_ids: list[UUID] | list[str]) -> dict[str, Product]:
    """The programme's products of these, by public id."""
    try:
        keys = {Product.key_of(public_id) for public_id in public_ids}
    except NotFound as error:
        raise ProductNotSold from error
    rows = Product.objects.filter(programme_id=till.programme_id, pk__in=keys)
    return {str(row.public_id): row for row in rows}
