"""Reads over what is sold."""

from django.db.models import F, Prefetch

from groat.catalogue.models import Category, Product
from groat.customers.rules import folded


def on_sale(*, programme_id: int) -> list[Category]:
    """The categories that have something on sale, each with it (`category.products.all()`); two queries."""
    products = Product.objects.filter(withdrawn_at=None)
    found = Category.objects.filter(programme_id=programme_id).prefetch_related(Prefetch("products", products))
    return [category for category in found if category.products.all()]


def favourites(categories: list[Category]) -> list[Product]:
    """The favourites among what `on_sale` found, in their order; no query."""
    return [product for category in categories for product in category.products.all() if product.is_favourite]


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
    return list(Category.objects.filter(programme_id=programme_id).prefetch_related(Prefetch("products", products)))


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
