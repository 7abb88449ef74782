"""Reads what really happened to wallets, as it is replayed. Each call takes a fixed number of queries."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache

from django.db import models

from groat.ledger import queries as ledger
from groat.ledger.core.accounts import Tally
from groat.ledger.core.entries import Kind
from groat.ledger.core.lots import Origin
from groat.ledger.models import Balance, Entry, Lot, LotDate, Posting
from groat.programmes.models import Programme
from groat.topups.expiry import queries
from groat.topups.expiry.replay import Event, Grant, Past, Sale
from groat.topups.models import TopUp

_GIVEN = {Kind.TRANSFER, Kind.ADJUSTMENT}


def wallets(*, programme_id: int) -> "models.QuerySet[Balance]":
    """The programme's wallets."""
    return Balance.objects.filter(programme=programme_id, floor_minor__isnull=False)


def read(*, programme: Programme, after_wallet: int, until: datetime, limit: int) -> dict[int, Past]:
    """By wallet: the next so many of them behind `after_wallet`, each with all that happened until an instant."""
    found = wallets(programme_id=programme.id).filter(account__gt=after_wallet).order_by("account")
    balances = dict(found.values_list("account", "posted_minor")[:limit])
    accounts = list(balances)
    sales = _sales(programme, accounts)
    lots = list(Lot.objects.filter(programme=programme.id, account__in=accounts).order_by("account", "id"))
    grants: dict[tuple[int, int], list[Grant]] = {}
    for lot in lots:
        grants.setdefault((lot.account, lot.entry), []).append(
            Grant(Origin(lot.origin), lot.granted_minor, lot.granted_until)
        )
    undone = _taken_back(programme.id, sales, until)
    events: dict[int, list[Event]] = {account: [] for account in accounts}
    for move in ledger.history(programme_id=programme.id, wallets=accounts, until=until):
        taken = undone.pop(move.entry, None)
        events[move.account].append(
            Event(
                move.entry,
                move.kind,
                move.at,
                move.amount_minor,
                move.balance_minor,
                move.reverses,
                taken.measure_minor if taken else None,
                sales[move.entry][1] if move.entry in sales else None,
                tuple(grants.get((move.account, move.entry), ())) if move.kind in _GIVEN else (),
            )
        )
    beside: dict[int, list[Event]] = {account: [] for account in accounts}
    for event in undone.values():
        # What came back from breakage alone moved no wallet.
        beside[sales[event.reverses or 0][0]].append(event)
    for account, event in _by_hand(programme.id, until):
        if account in beside:
            beside[account].append(event)
    held = _held(lots, until)
    return {
        account: Past(_in_order(events[account], beside[account]), tuple(held.get(account, ())), balance)
        for account, balance in balances.items()
    }


def _sales(programme: Programme, accounts: list[int]) -> dict[int, tuple[int, Sale]]:
    """By entry: the wallet, and what was bought."""
    began = [row.starts_at for row in queries.versions(programme_id=programme.id)]
    first = min(began, default=None)
    sold = TopUp.objects.filter(programme=programme, wallet_id__in=accounts)
    return {
        row.id: (
            row.wallet_id,
            Sale(
                row.bought_minor,
                row.bonus_minor,
                # Without a rule, no date is what nobody had agreed otherwise.
                row.rule_id is None and (row.expires_at is not None or (first is not None and first <= row.at)),
                row.expires_at,
                row.bonus_expires_at,
            ),
        )
        for row in sold
    }


def _taken_back(programme_id: int, sales: Mapping[int, tuple[int, Sale]], until: datetime) -> dict[int, Event]:
    """By entry: what undid a sale, and how many of the credits bought it took back."""
    undone = TopUp.objects.filter(programme_id=programme_id, id__in=list(sales), reversed_minor__gt=0)
    found = Entry.objects.filter(programme=programme_id, reverses__in=list(undone.values_list("id", flat=True)))
    entries = {entry: (at, reverses) for entry, at, reverses in found.values_list("id", "at", "reverses")}
    issued = Posting.objects.filter(programme=programme_id, entry__in=list(entries), account=Tally.ISSUED)
    return {
        entry: Event(entry, Kind.REVERSAL, entries[entry][0], 0, 0, entries[entry][1], abs(amount))
        for entry, amount in issued.values_list("entry", "amount_minor")
        if entries[entry][0] <= until
    }


@lru_cache(maxsize=4)
def _by_hand(programme_id: int, until: datetime) -> tuple[tuple[int, Event], ...]:
    """Extensions that somebody made, with their wallets. Remembered: they are few, and sought among all entries."""
    made = Entry.objects.filter(programme=programme_id, kind=Kind.EXTENSION, at__lte=until).exclude(actor="system")
    at = dict(made.values_list("id", "at"))
    moved = LotDate.objects.filter(programme=programme_id, entry__in=list(at)).order_by("entry", "lot")
    first = {
        entry: (account, expires_at)
        for entry, account, expires_at in moved.values_list("entry", "account", "expires_at")
    }
    return tuple(
        (account, Event(entry, Kind.EXTENSION, at[entry], 0, 0, extended_until=expires_at))
        for entry, (account, expires_at) in first.items()
    )


def _in_order(posted: list[Event], beside: list[Event]) -> tuple[Event, ...]:
    """What moved the wallet in the order of its postings, and between it, by its time, what did not."""
    ordered = list(posted)
    for event in sorted(beside, key=lambda one: (one.at, one.entry)):
        place = next((i for i, other in enumerate(ordered) if other.at > event.at), len(ordered))
        ordered.insert(place, event)
    return tuple(ordered)


def _held(lots: Iterable[Lot], until: datetime) -> dict[int, list[tuple[int, datetime | None]]]:
    """By wallet: the credits bought that are there, with their dates."""
    held: dict[int, list[tuple[int, datetime | None]]] = {}
    for lot in lots:
        is_due = lot.expires_at is not None and lot.expires_at <= until
        if lot.remaining_minor and lot.origin == Origin.PURCHASED and not is_due:
            held.setdefault(lot.account, []).append((lot.remaining_minor, lot.expires_at))
    return held
