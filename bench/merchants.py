"""The merchants at whose tills the load pays."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Wanted:
    """One merchant's programme."""

    slug: str
    tills: int
    wallets: int
    entries: int


@dataclass(frozen=True, slots=True)
class Merchant:
    """A programme as the load needs to know it. Tills and wallets by their public ids."""

    id: int
    slug: str
    secret: str
    tills: list[str]
    wallets: dict[str, str]
    """By id: the number of the card that is presented."""

    @classmethod
    def of(cls, facts: dict[str, Any]) -> "Merchant":
        return cls(**facts)
