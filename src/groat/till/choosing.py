"""What products leave to choose, as a payment reads it from their rows."""

import json
from functools import lru_cache

from groat.catalogue import rules


# The same products are sold again and again; what their rows say decides, so that nothing here grows old.
@lru_cache(maxsize=4096)
def groups_of(kept: str) -> rules.Groups:
    """The groups in a product's row."""
    return rules.groups_in(json.loads(kept))
