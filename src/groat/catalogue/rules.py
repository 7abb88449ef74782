"""Why something cannot be sold so. Pure."""

from dataclasses import dataclass

from groat.errors import Refusal, _


@dataclass(unsafe_hash=True)
class CategoryNotEmpty(Refusal):
    """Products are in it, on sale or withdrawn."""

    code = "category_not_empty"
    sentence = _("Move its products (%(products)s) into another category first.")

    products: int
