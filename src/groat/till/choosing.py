"""What products leave to choose, as a payment reads it from their rows."""

import json
from functools import lru_cache
from typing import Any

from groat.catalogue import rules, selling
from groat.till.rules import TillFacts


# The same products are sold again and again; what their rows say decides, so that nothing here grows old.
@lru_cache(maxsize=4096)
def groups_of(kept: str) -> rules.Groups:
    """The groups in a product's row."""
    return rules.groups_in(json.loads(kept))


@lru_cache(maxsize=4096)
def selling_of(kept: str) -> selling.Selling:
    """Where, when and at what price the product of a row is sold."""
    return selling.read(json.loads(kept))


def till_of(*row: Any) -> TillFacts:
    """A till as its row tells it: the fields of `TillFacts` in their order, its categories as they are kept."""
    programme, name, is_closed, *terms, categories = row
    told = (programme, name, bool(is_closed), *terms, _categories_of(categories))
    return TillFacts(*told)


@lru_cache(maxsize=4096)
def _categories_of(kept: str | None) -> frozenset[int] | None:
    """The categories of a till, or else of its site; None: all."""
    told = None if kept is None else json.loads(kept)
    return None if told is None else frozenset(told)
