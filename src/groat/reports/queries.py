"""Reads over everything: today, what is owed, what happened last, who did what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from groat.cards.models import Card
from groat.catalogue.models import Product
from groat.customers.models import Customer
from groat.customers.rules import folded
from groat.programmes import queries as programmes
from groat.programmes.models import AuditEntry, Programme, Site, Staff, Till
from groat.till import queries as till
from groat.till.models import Payment, PaymentState, Refund
from groat.topups import queries as topups
from groat.topups.models import TopUp


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the setting up of a programme has come."""

    site: bool
    till: bool
    product: bool
    customer: bool
    card: bool

    @property
    def is_done(self) -> bool:
        return self.site and self.till and self.product and self.customer and self.card


def progress(*, programme_id: int) -> Progress:
    """Which of the things that a first payment needs are there; one query."""
    needed: dict[str, type[Any]] = {"site": Site, "till": Till, "product": Product, "customer": Customer, "card": Card}
    there = {f"has_{name}": Exists(kind.objects.filter(programme=OuterRef("pk"))) for name, kind in needed.items()}
    row = Programme.objects.filter(pk=programme_id).annotate(**there).values(*there).get()
    return Progress(**{name: row[f"has_{name}"] for name in needed})


def last_movements(*, programme_id: int, limit: int = 8) -> list[Payment | TopUp]:
    """The newest payments and top-ups with their customers; two queries."""
    paid = till.payments(programme_id=programme_id, limit=limit, state=PaymentState.PAID)
    sold = topups.top_ups(programme_id=programme_id, limit=limit)
    rows: list[Payment | TopUp] = [*paid, *sold]
    return sorted(rows, key=lambda row: row.id, reverse=True)[:limit]


# ---- The audit trail ----

type Trace = AuditEntry | Payment | Refund
"""Payments and refunds say themselves by whom and from where, so that paying stays fast."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for in the audit trail."""

    text: str = ""
    """Every word must be in a name: of who did it, or of what it was done to."""
    nouns: frozenset[str] | None = None
    """What it was done to: the first parts of actions' names; None for all."""
    since: datetime | None = None
    before: datetime | None = None

    @property
    def times(self) -> Q:
        times = Q(at__gte=self.since) if self.since else Q()
        return times & Q(at__lt=self.before) if self.before else times


def trail(*, programme_id: int, before: int | None, limit: int, wanted: Wanted = Wanted()) -> list[Trace]:
    """Everything that moved money or opened doors, newest first; `before` is the id of the last one seen.

    Four queries at most.
    """
    noted: Iterable[Trace] = programmes.trail(
        programme_id=programme_id, before=before, limit=limit, text=wanted.text, only=_only(wanted)
    )
    if wanted.nouns is not None and "payment" not in wanted.nouns:
        return list(noted)
    paid: QuerySet[Payment] = Payment.objects.filter(programme_id=programme_id).select_related("customer", "till")
    given: QuerySet[Refund] = Refund.objects.filter(programme_id=programme_id).select_related(
        "payment__customer", "payment__till"
    )
    if before is not None:
        paid, given = paid.filter(pk__lt=before), given.filter(pk__lt=before)
    paid, given = paid.filter(wanted.times), given.filter(wanted.times)
    for word in wanted.text.split()[:8]:
        doers = [f"staff:{key}" for key in _staff_called(programme_id, word)]
        paid = paid.filter(_mentions(word, doers, ""))
        given = given.filter(_mentions(word, doers, "payment__"))
    traces: Iterable[Trace] = [*noted, *paid.order_by("-pk")[:limit], *given.order_by("-pk")[:limit]]
    return sorted(traces, key=lambda trace: trace.id, reverse=True)[:limit]


def _only(wanted: Wanted) -> Q:
    """What an entry must be besides the names in it."""
    if wanted.nouns is None:
        return wanted.times
    return wanted.times & reduce(or_, (Q(action__startswith=f"{noun}.") for noun in sorted(wanted.nouns)))


def _staff_called(programme_id: int, word: str) -> list[int]:
    return list(
        Staff.objects.filter(programme_id=programme_id, user__name__icontains=word).values_list("pk", flat=True)
    )


def _mentions(word: str, doers: list[str], to_payment: str) -> Q:
    return (
        Q(actor__in=doers)
        | Q(**{f"{to_payment}customer__search__contains": folded(word)})
        | Q(**{f"{to_payment}till__name__icontains": word})
    )
