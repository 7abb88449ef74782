"""Reads over customers."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, prefetch_related_objects

from groat.customers import rules
from groat.customers.models import Customer, Group, Wallet


@dataclass(frozen=True, slots=True)
class Page:
    """Some customers in a row. `after` is what to ask for the next ones with; None at the end."""

    customers: list[Customer]
    after: int | None


def search(*, programme_id: int, text: str = "", after: int | None = None, limit: int = 50) -> Page:
    """Customers by name, those without one last, each with `wallets` and `cards` at hand; five queries at most.

    Every word of `text` must be in the name, identifier, e-mail or phone, or be a card's last four.
    `after` is the last page's.
    """
    last = None
    if after is not None:
        # Looked up, so that no name stands in an address.
        last = Customer.objects.filter(programme_id=programme_id, pk=after).first()
        if last is None:
            return Page([], None)
    found = _matching(programme_id, text).order_by("search", "id")
    named, unnamed = found.exclude(name=""), found.filter(name="")
    rows: list[Customer] = []
    if last is None or last.name:
        rows += _beyond(named, last)[: limit + 1]
        last = None
    if len(rows) <= limit:
        rows += _beyond(unnamed, last)[: limit + 1 - len(rows)]
    page = rows[:limit]
    prefetch_related_objects(page, "wallets", "cards")
    return Page(page, page[-1].id if len(rows) > limit else None)


def groups(*, programme_id: int, but_for: int | None = None) -> list[Group]:
    """The groups that a customer may be put into; `but_for` is one that stands even if it was withdrawn."""
    return list(Group.objects.filter(Q(withdrawn_at=None) | Q(pk=but_for), programme_id=programme_id))


def counted_groups(*, programme_id: int) -> list[tuple[Group, int]]:
    """All groups by name, those in use first, each with how many customers are in it; one query."""
    rows = Group.objects.filter(programme_id=programme_id).annotate(members=Count("customers"))
    return sorted(((row, row.members) for row in rows), key=lambda pair: pair[0].withdrawn_at is not None)


def wallet_of(customer: Customer) -> Wallet:
    """The wallet that the customer owns."""
    return customer.wallets.all()[0]


def _matching(programme_id: int, text: str) -> QuerySet[Customer]:
    found = Customer.objects.filter(programme_id=programme_id)
    for word in text.split()[:8]:
        # Cards are a feature above this one: known here by the relation's name alone.
        carriers = Customer.objects.filter(programme_id=programme_id, cards__last_four=word.upper())
        found = found.filter(Q(search__contains=rules.folded(word)) | Q(pk__in=carriers.values("pk")))
    return found


def _beyond(found: QuerySet[Customer], last: Customer | None) -> QuerySet[Customer]:
    if last is None:
        return found
    return found.filter(Q(search__gt=last.search) | Q(search=last.search, pk__gt=last.pk))
