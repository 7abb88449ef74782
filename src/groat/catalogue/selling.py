"""Where, when and at what price a product is sold. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from groat.errors import NotFound, Refusal, _
from groat.ledger.core.commands import MOST_MINOR
from groat.ledger.core.values import value
from groat.programmes import weeks
from groat.programmes.rules import InvalidAmount, InvalidValue

MOST_PRICES = 20
"""That may be dated ahead."""


@dataclass(unsafe_hash=True)
class SoldOut(Refusal):
    code = "product_sold_out"
    sentence = _("“%(product)s” is sold out.")

    product: str


@dataclass(unsafe_hash=True)
class OutOfHours(Refusal):
    """It is sold at other hours."""

    code = "product_out_of_hours"
    sentence = _("“%(product)s” is not sold at this time of day.")

    product: str


@value(frozen=True, slots=True)
class Price:
    """What a product costs from an instant on, in minor units of credit."""

    at: datetime
    price_minor: int


@value(frozen=True, slots=True)
class Selling:
    """Everything about selling a product that is not the same everywhere and always."""

    sites: frozenset[int] | None = None
    """Keys of the sites that sell it; None: all."""
    hours: weeks.Week = ()
    is_out: bool = False
    back_at: datetime | None = None
    """When it is to be had again by itself, if it is sold out; None: when somebody says so."""
    prices: tuple[Price, ...] = ()
    """Dated ahead when they were set, the earliest first."""

    def price_at(self, now: datetime, *, before_minor: int) -> int:
        """What it costs at an instant; `before_minor` before the first of the dated prices."""
        price_minor = before_minor
        for price in self.prices:
            if price.at > now:
                break
            price_minor = price.price_minor
        return price_minor

    def is_sold_at(self, site: int) -> bool:
        """Whether this site sells it at all."""
        return self.sites is None or site in self.sites

    def is_sold_out(self, now: datetime) -> bool:
        """Whether there is none of it at an instant."""
        return self.is_out and (self.back_at is None or now < self.back_at)

    def is_open(self, now: datetime, *, time_zone: str) -> bool:
        """Whether it is sold at this time of day."""
        return not self.hours or weeks.contains(self.hours, now.astimezone(ZoneInfo(time_zone)))

    def objection(self, product: str, now: datetime, *, time_zone: str) -> Refusal | None:
        """Why the product of this name is not to be had at an instant."""
        if self.is_sold_out(now):
            return SoldOut(product)
        return None if self.is_open(now, time_zone=time_zone) else OutOfHours(product)

    def due(self, now: datetime) -> tuple[Price, ...]:
        """The dated prices whose instant has come."""
        return tuple(price for price in self.prices if price.at <= now)

    def ahead(self, now: datetime) -> tuple[Price, ...]:
        """The dated prices that are yet to come."""
        return tuple(price for price in self.prices if price.at > now)


def read(kept: dict[str, Any]) -> Selling:
    """What `keep` has written."""
    out = kept.get("sold_out")
    sites = kept.get("sites")
    return Selling(
        sites=None if sites is None else frozenset(sites),
        hours=weeks.read(kept.get("hours", ())),
        is_out=out is not None,
        back_at=datetime.fromisoformat(out["until"]) if out and out["until"] else None,
        prices=tuple(Price(datetime.fromisoformat(at), minor) for at, minor in kept.get("prices", ())),
    )


def keep(selling: Selling) -> dict[str, Any]:
    """What is kept, ready for JSON: only what is not as usual, for each payment reads it."""
    told: dict[str, Any] = {}
    if selling.sites is not None:
        told["sites"] = sorted(selling.sites)
    if selling.hours:
        told["hours"] = weeks.keep(selling.hours)
    if selling.is_out:
        told["sold_out"] = {"until": selling.back_at.astimezone(UTC).isoformat() if selling.back_at else None}
    if selling.prices:
        told["prices"] = [[price.at.astimezone(UTC).isoformat(), price.price_minor] for price in selling.prices]
    return told


def planned(prices: Iterable[Price], *, now: datetime) -> tuple[Price, ...]:
    """Prices dated ahead, the earliest first; at an instant one. Raises InvalidAmount, InvalidValue."""
    ordered = tuple(sorted(prices, key=lambda price: price.at))
    if len(ordered) > MOST_PRICES or len({price.at for price in ordered}) < len(ordered):
        raise InvalidValue("prices", "max_length" if len(ordered) > MOST_PRICES else "unique")
    if any(price.at <= now for price in ordered):
        raise InvalidValue("at", "min_value")
    if not all(0 <= price.price_minor <= MOST_MINOR for price in ordered):
        raise InvalidAmount
    return ordered


def without(prices: tuple[Price, ...], at: datetime) -> tuple[Price, ...]:
    """The prices but the one of this instant. Raises NotFound."""
    left = tuple(price for price in prices if price.at != at)
    if len(left) == len(prices):
        raise NotFound
    return left
