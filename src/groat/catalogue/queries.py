"""Reads over what is sold."""

from django.db.models import F, Prefetch

from groat.catalogue.models import Category, Product
from groat.customers.rules import folded


def on_sale(*, programme_id: int) -> list[Category]:
    """The categories that have something on sale, each with it (`category.products.all()`); two queries."""
    products = Product.objects.filter(withdrawn_at=None)
    found = Category.objects.filter(programme_id=programme_id).prefetch_related(Prefetch("products", products))
    return [category for category in found if category.products.all()]


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
