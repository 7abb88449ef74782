"""What is done to products as they are sold: where, when, in which order, at which dated price; sold out, and back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, PositiveIntegerField, Value, When

from groat.catalogue import selling
from groat.catalogue.models import Category, Product
from groat.catalogue.selling import Price, Selling
from groat.errors import NotFound
from groat.programmes import audit, weeks, writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme, Site, Till
from groat.programmes.rules import InvalidValue

MOST_ORDERED = 1000


@transaction.atomic
def sell_at(*, product: Product, sites: Sequence[Site] | None, hours: Sequence[weeks.Range], deed: Deed) -> Product:
    """Sell a product at these sites alone (None: at all), and within these hours (none: always).

    Refusals: NotFound, InvalidValue.
    """
    writing.same_programme(product, *(sites or ()))
    product = writing.locked(product)
    keys = None if sites is None else frozenset(site.id for site in sites)
    return _sell(product, replace(product.sold, sites=keys, hours=weeks.checked(hours)), "product.changed", deed)


@transaction.atomic
def plan_price(*, product: Product, price_minor: int, at: datetime, deed: Deed) -> Product:
    """Have a product cost so much from an instant to come; a price dated at the same instant is replaced.

    Refusals: InvalidAmount, InvalidValue.
    """
    product = writing.locked(product)
    others = [price for price in product.sold.ahead(deed.now) if price.at != at]
    return _plan(product, [*others, Price(at, price_minor)], deed)


@transaction.atomic
def plan_prices(*, product: Product, prices: Sequence[Price], deed: Deed) -> Product:
    """Put all the prices of the time to come in the place of those that were planned. Refusals as in `plan_price`."""
    return _plan(writing.locked(product), prices, deed)


@transaction.atomic
def drop_price(*, product: Product, at: datetime, deed: Deed) -> Product:
    """Forget a price of the time to come. Refusal: NotFound."""
    product = writing.locked(product)
    return _plan(product, selling.without(product.sold.ahead(deed.now), at), deed)


@transaction.atomic
def sell_out(*, product: Product, until: datetime | None, deed: Deed) -> Product:
    """Say that nothing is left of a product, until an instant or until `sell_again`. Refusal: InvalidValue."""
    if until is not None and until <= deed.now:
        raise InvalidValue("until", "min_value")
    product = writing.locked(product)
    return _sell(product, replace(product.sold, is_out=True, back_at=until), "product.sold_out", deed)


@transaction.atomic
def sell_again(*, product: Product, deed: Deed) -> Product:
    """Say that a product is to be had again. Saying it twice is saying it once."""
    product = writing.locked(product)
    return _sell(product, replace(product.sold, is_out=False, back_at=None), "product.back", deed)


@transaction.atomic
def order_products(*, category: Category, products: Sequence[UUID], deed: Deed) -> None:
    """Show a category's products in this order; those that are not named come after them. Refusal: NotFound."""
    keys = _keys(Product, products)
    found = Product.objects.select_for_update().filter(category=category)
    _order(found, keys)
    _note(category, "category.ordered", deed)


@transaction.atomic
def order_categories(*, programme: Programme, categories: Sequence[UUID], deed: Deed) -> None:
    """Show the categories in this order; those that are not named come after them. Refusal: NotFound."""
    keys = _keys(Category, categories)
    _order(Category.objects.select_for_update().filter(programme=programme), keys)
    audit.write(
        programme_id=programme.id,
        deed=deed,
        action="categories.ordered",
        subject=programme,
        subject_name="",
        details={},
    )


@transaction.atomic
def sell_only(*, place: Site | Till, categories: Sequence[Category] | None, deed: Deed) -> None:
    """Have a site or a till sell these categories alone; None: everything, or a till the same as its site.

    Refusal: NotFound.
    """
    writing.same_programme(place, *(categories or ()))
    locked: Site | Till = writing.locked(place)
    if writing.change(locked, {"category_ids": None if categories is None else sorted(one.id for one in categories)}):
        told = {"categories": "" if categories is None else ", ".join(one.name for one in categories)}
        audit.write(
            programme_id=place.programme_id,
            deed=deed,
            action=f"{place.kind}.sells",
            subject=place,
            subject_name=place.name,
            details=told,
        )


@transaction.atomic
def withdraw_category(*, category: Category, deed: Deed) -> Category:
    """Take a category off the tills with all that is on sale in it. Doing it twice is doing it once."""
    category = writing.locked(category)
    if writing.change(category, {"withdrawn_at": category.withdrawn_at or deed.now}):
        Product.objects.filter(category=category, withdrawn_at=None).update(withdrawn_at=deed.now)
        _note(category, "category.withdrawn", deed)
    return category


@transaction.atomic
def restore_category(*, category: Category, deed: Deed) -> Category:
    """Put a category back on the tills, with what went with it; what was withdrawn apart stays so."""
    category = writing.locked(category)
    gone_at = category.withdrawn_at
    if writing.change(category, {"withdrawn_at": None}):
        Product.objects.filter(category=category, withdrawn_at=gone_at).update(withdrawn_at=None)
        _note(category, "category.restored", deed)
    return category


def repriced(product: Product, price_minor: int, *, now: datetime) -> dict[str, Any]:
    """What changes in a product's row that costs so much from now on; what it cost before is kept."""
    before_minor = product.price_at(now)
    return _settled(product, now) | (
        {}
        if price_minor == before_minor
        else {
            "price_minor": price_minor,
            "price_history": [*_history(product, now), [_text(now), before_minor]],
        }
    )


def _settled(product: Product, now: datetime) -> dict[str, Any]:
    """What changes once dated prices whose instant has come are what it costs."""
    sold = product.sold
    if not sold.due(now):
        return {}
    return {
        "price_minor": product.price_at(now),
        "price_history": _history(product, now),
        "selling": selling.keep(replace(sold, prices=sold.ahead(now))),
    }


def _history(product: Product, now: datetime) -> list[list[Any]]:
    """What it cost until when, up to now."""
    history, before_minor = list(product.price_history), product.price_minor
    for price in product.sold.due(now):
        history.append([_text(price.at), before_minor])
        before_minor = price.price_minor
    return history


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _plan(product: Product, prices: Sequence[Price], deed: Deed) -> Product:
    wanted = selling.planned(prices, now=deed.now)
    told = writing.change(product, _settled(product, deed.now))
    if product.sold.prices == wanted:
        return product
    before = product.sold
    writing.change(product, {"selling": selling.keep(replace(before, prices=wanted))})
    told = {"prices": [_planned_in_words(before), _planned_in_words(product.sold)]}
    _note(product, "product.price_planned", deed, told)
    return product


def _planned_in_words(sold: Selling) -> str:
    return ", ".join(f"{_text(price.at)} {price.price_minor}" for price in sold.prices)


def _sell(product: Product, sold: Selling, action: str, deed: Deed) -> Product:
    if writing.change(product, {"selling": selling.keep(sold)}):
        told = {"until": _text(sold.back_at)} if action == "product.sold_out" and sold.back_at else {}
        _note(product, action, deed, told)
    return product


def _keys(kind: type[Product] | type[Category], public_ids: Sequence[UUID]) -> list[int]:
    if len(public_ids) > MOST_ORDERED:
        raise InvalidValue("order", "max_length")
    return [kind.key_of(public_id) for public_id in public_ids]


def _order(rows: Any, keys: list[int]) -> None:
    """Number the rows anew in one statement."""
    there = list(rows.order_by("position", "name", "id").values_list("id", flat=True))
    if not set(keys) <= set(there):
        raise NotFound
    wanted = list(dict.fromkeys([*keys, *there]))
    places = [When(pk=key, then=Value(place)) for place, key in enumerate(wanted)]
    if places:
        rows.model.objects.filter(pk__in=there).update(
            position=Case(*places, default=F("position"), output_field=PositiveIntegerField())
        )


def _note(row: Product | Category, action: str, deed: Deed, told: dict[str, Any] | None = None) -> None:
    audit.write(
        programme_id=row.programme_id, deed=deed, action=action, subject=row, subject_name=row.name, details=told
    )
