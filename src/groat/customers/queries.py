"""Reads over customers."""

from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import and_
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, prefetch_related_objects

from groat import ids
from groat.customers import rules
from groat.customers.models import Customer, Group, Wallet
from groat.ledger.core.accounts import LAST_TALLY
from groat.ledger.core.entries import Kind
from groat.ledger.models import Balance, Entry, Lot, Posting


@dataclass(frozen=True, slots=True)
class Page:
    """Some customers in a row. `after` is what to ask for the next ones with; None at the end."""

    customers: list[Customer]
    after: int | None


@dataclass(frozen=True, slots=True)
class Sought:
    """Whom a list of customers shows: all that is said must be true of them."""

    text: str = ""
    """Every word of it must be in the name, identifier, e-mail or phone, or be a card's last four."""
    group: int | None = None
    owes: bool = False
    expires_by: datetime | None = None
    """Some of their credits do."""
    is_blocked: bool = False
    has_no_card: bool = False
    unseen_since: datetime | None = None
    """They have neither paid nor topped up since, and were customers before."""
    chosen: tuple[int, ...] | None = None
    """One of these."""


def found(*, programme_id: int, sought: Sought) -> QuerySet[Customer]:
    """The customers who are sought, in no order."""
    rows = _matching(programme_id, sought.text)
    if sought.chosen is not None:
        rows = rows.filter(pk__in=sought.chosen)
    if sought.group is not None:
        rows = rows.filter(group_id=sought.group)
    if sought.is_blocked:
        rows = rows.filter(blocked_at__isnull=False)
    if sought.has_no_card:
        # Cards are a feature above this one: known here by the relation's name alone.
        rows = rows.exclude(Exists(Customer.objects.filter(pk=OuterRef("pk"), cards__state__in=["active", "blocked"])))
    if sought.owes:
        rows = _of_wallets(rows, programme_id, Balance.objects.filter(posted_minor__lt=0))
    if sought.expires_by is not None:
        rows = _of_wallets(rows, programme_id, _expiring(programme_id, sought.expires_by))
    if sought.unseen_since is not None:
        rows = rows.exclude(pk__in=_seen_since(programme_id, sought.unseen_since))
    return rows


def _of_wallets(rows: QuerySet[Customer], programme_id: int, balances: QuerySet[Balance]) -> QuerySet[Customer]:
    accounts = balances.filter(programme=programme_id, floor_minor__isnull=False).values("account")
    return rows.filter(pk__in=Wallet.objects.filter(programme_id=programme_id, pk__in=accounts).values("owner_id"))


def _expiring(programme_id: int, by: datetime) -> QuerySet[Balance]:
    # The balance says when something is next due; that may be a hold as well, so the lots are asked too.
    lots = Lot.objects.filter(programme=programme_id, account=OuterRef("account"), live=True, expires_at__lte=by)
    return Balance.objects.filter(Exists(lots), next_due__lte=by)


def _seen_since(programme_id: int, since: datetime) -> QuerySet[Wallet, Any]:
    """Owners of wallets that somebody used since: an expiry is no visit. Who is new counts as seen."""
    # Ids begin with the time, so the entries since are a range of the key.
    first = ids.lowest_at(int(since.timestamp() * 1000))
    entries = Entry.objects.filter(programme=programme_id, id__gte=first).exclude(kind__in=UNSEEN).values("id")
    accounts = Posting.objects.filter(programme=programme_id, entry__gte=first, account__gt=LAST_TALLY)
    wallets = Wallet.objects.filter(programme_id=programme_id)
    used = Q(pk__in=accounts.filter(entry__in=entries).values("account"))
    return wallets.filter(used | Q(created_at__gte=since)).values("owner_id")


UNSEEN = (Kind.EXPIRY.value, Kind.EXTENSION.value, Kind.WRITE_OFF.value)
"""What happens to credits while their owner is elsewhere."""


EVERYBODY = Sought()


def search(*, programme_id: int, sought: Sought = EVERYBODY, after: int | None = None, limit: int = 50) -> Page:
    """Customers by name, those without one last, each with `wallets` and `cards` at hand; five queries at most.

    `after` is the last page's.
    """
    last = None
    if after is not None:
        # Looked up, so that no name stands in an address.
        last = Customer.objects.filter(programme_id=programme_id, pk=after).first()
        if last is None:
            return Page([], None)
    ordered = found(programme_id=programme_id, sought=sought).order_by("search", "id")
    named, unnamed = ordered.exclude(name=""), ordered.filter(name="")
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
    rows = Customer.objects.filter(programme_id=programme_id)
    words = [_has(programme_id, word) for word in text.split()[:8]]
    if not words:
        return rows
    each = reduce(and_, words)
    plain = rules.folded(text)
    if " " in plain and all(sign.isdigit() or sign in "+ " for sign in plain):
        # A telephone number is written in groups.
        return rows.filter(each | Q(search__contains=plain.replace(" ", "")))
    return rows.filter(each)


def _has(programme_id: int, word: str) -> Q:
    # Cards are a feature above this one: known here by the relation's name alone.
    carriers = Customer.objects.filter(programme_id=programme_id, cards__last_four=word.upper())
    return Q(search__contains=rules.folded(word)) | Q(pk__in=carriers.values("pk"))


def _beyond(found: QuerySet[Customer], last: Customer | None) -> QuerySet[Customer]:
    if last is None:
        return found
    return found.filter(Q(search__gt=last.search) | Q(search=last.search, pk__gt=last.pk))
