"""Reads over what is sold."""

from django.db.models import Count, Prefetch, Q

from groat.catalogue.models import Category, Product


def on_sale(*, programme_id: int) -> list[Category]:
    """The categories that have something on sale, each with it (`category.products.all()`); two queries."""
    products = Product.objects.filter(withdrawn_at=None)
    found = Category.objects.filter(programme_id=programme_id).prefetch_related(Prefetch("products", products))
    return [category for category in found if category.products.all()]


def categories(*, programme_id: int) -> list[Category]:
    """All categories, each with its number of `products_on_sale`; one query."""
    count = Count("products", filter=Q(products__withdrawn_at=None))
    return list(Category.objects.filter(programme_id=programme_id).annotate(products_on_sale=count))


def products(*, programme_id: int, text: str = "", withdrawn: bool = False) -> list[Product]:
    """The products on sale, or those withdrawn, in the order of the till, with their categories; one query."""
    found = Product.objects.filter(programme_id=programme_id, withdrawn_at__isnull=not withdrawn)
    for word in text.split()[:8]:
        found = found.filter(Q(name__icontains=word) | Q(category__name__icontains=word))
    order = ("category__position", "category__name", "category_id", "position", "name", "id")
    return list(found.select_related("category").order_by(*order))
