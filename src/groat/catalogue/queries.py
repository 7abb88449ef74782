"""Reads over what is sold."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Prefetch

from groat.catalogue.models import Category, Product
from groat.customers.rules import folded


@dataclass(frozen=True, slots=True)
class Shelf:
    """A category with what is on sale of it, in order."""

    category: Category
    products: tuple[Product, ...]


def on_sale(*, programme_id: int, site: int | None = None, categories: frozenset[int] | None = None) -> list[Shelf]:
    """What is on sale, sold out or not: in the programme, or at a site, of these categories; two queries."""
    products = Product.objects.filter(withdrawn_at=None)
    found = Category.objects.filter(programme_id=programme_id, withdrawn_at=None)
    shelves = [
        Shelf(
            category,
            tuple(product for product in category.products.all() if site is None or product.sold.is_sold_at(site)),
        )
        for category in found.prefetch_related(Prefetch("products", products))
        if categories is None or category.id in categories
    ]
    return [shelf for shelf in shelves if shelf.products]


def favourites(shelves: list[Shelf]) -> list[Product]:
    """The favourites among what `on_sale` found, in their order; no query."""
    return [product for shelf in shelves for product in shelf.products if product.is_favourite]


def sold_out(*, programme_id: int, now: datetime) -> dict[str, datetime | None]:
    """When what is sold out is to be had again (None: when somebody says so), by product; one query."""
    rows = Product.objects.filter(programme_id=programme_id, withdrawn_at=None, selling__has_key="sold_out")
    return {str(row.public_id): row.sold.back_at for row in rows if row.sold.is_sold_out(now)}


def catalogue(*, programme_id: int, text: str = "") -> list[Category]:
    """All categories with all their products, those withdrawn last; with a text only the products that it names.

    Two queries, and one more to search.
    """
    products = Product.objects.order_by(F("withdrawn_at").asc(nulls_first=True), "position", "name", "id")
    words = folded(text).split()
    if words:
        # Compared here, for databases differ in what they take for the same letter.
        names = Product.objects.filter(programme_id=programme_id).values_list("id", "name")
        found = [key for key, name in names if all(word in folded(name) for word in words)]
        products = products.filter(pk__in=found)
    rows = Category.objects.filter(programme_id=programme_id)
    in_order = rows.order_by(F("withdrawn_at").asc(nulls_first=True), "position", "name", "id")
    return list(in_order.prefetch_related(Prefetch("products", products)))


def products(
    *, programme_id: int, category_id: int | None = None, after: int | None = None, limit: int = 50
) -> list[Product]:
    """Products in the order in which they were added, those withdrawn too; one query. `after` is the last id seen."""
    found = Product.objects.filter(programme_id=programme_id)
    if category_id is not None:
        found = found.filter(category_id=category_id)
    if after is not None:
        found = found.filter(id__gt=after)
    return list(found.order_by("id")[:limit])


def categories(*, programme_id: int, after: int | None = None, limit: int = 50) -> list[Category]:
    """Categories in the order in which they were added; one query. `after` is the last id seen."""
    found = Category.objects.filter(programme_id=programme_id)
    if after is not None:
        found = found.filter(id__gt=after)
    return list(found.order_by("id")[:limit])
