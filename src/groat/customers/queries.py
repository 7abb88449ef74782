"""Reads over customers."""

from dataclasses import dataclass

from django.db.models import Case, Q, QuerySet, Value, When

from groat.customers import rules
from groat.customers.models import Customer, Wallet

UNNAMED = Case(When(name="", then=Value(1)), default=Value(0))


@dataclass(frozen=True, slots=True)
class Page:
    """Some customers in a row. `after` is what to ask for the next ones with; None at the end."""

    customers: list[Customer]
    after: int | None


def search(*, programme_id: int, text: str = "", after: int | None = None, limit: int = 50) -> Page:
    """Customers by name, those without one last, each with `wallets` and `cards` at hand; three queries.

    Every word of `text` must be in the name, identifier, e-mail or phone, or be a card's last four.
    `after` is the last page's.
    """
    found = _matching(programme_id, text)
    if after is not None:
        found = _beyond(found, programme_id, after)
    rows = list(found.order_by(UNNAMED, "search", "id").prefetch_related("wallets", "cards")[: limit + 1])
    return Page(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


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


def _beyond(found: QuerySet[Customer], programme_id: int, after: int) -> QuerySet[Customer]:
    """The rows after this customer. The customer is looked up, so that no name stands in an address."""
    last = Customer.objects.filter(programme_id=programme_id, pk=after).values_list("name", "search").first()
    if last is None:
        return found.none()
    name, text = last
    later = Q(search__gt=text) | Q(search=text, pk__gt=after)
    return found.filter(later, name="") if not name else found.filter(Q(later, ~Q(name="")) | Q(name=""))
