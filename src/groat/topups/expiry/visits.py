"""Visits: the worker moves the dates of who was here, behind the payment and not in it.

A payment says nothing of dates, so that it stays as quick as it is. What was paid stands in the book, in
sealed ranges to which nothing is added any more; the worker reads each range once and extends the wallets
that were in it. A date is the end of a day, so that a second visit on a day moves nothing. The rule's
grace, a day at least, is the time that the worker has.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import batched

from django.db import transaction

from groat import ids
from groat.ledger import book
from groat.ledger.core import commands
from groat.ledger.core.accounts import LAST_TALLY
from groat.ledger.core.entries import Kind
from groat.ledger.core.lots import Origin
from groat.ledger.models import Block, Entry, Lot, Posting
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme
from groat.topups.expiry import rules
from groat.topups.expiry.models import ExpiryRule, VisitsSeen
from groat.topups.expiry.rules import Life, Rule
from groat.topups.models import TopUp

log = logging.getLogger(__name__)

AT_ONCE = 1000
"""Entries that are read together."""
MOST = 200
"""Wallets that are booked, and locked, together."""


def move_dates(*, deed: Deed) -> int:
    """Extend the wallets of those who paid, wherever a rule counts from the last visit; returns of how many entries.

    It may run twice at once and be cut off anywhere: dates only move forward, and the same again moves nothing.
    """
    made = ExpiryRule.objects.filter(life=Life.VISIT, withdrawn_at=None, starts_at__lte=deed.now)
    programmes = Programme.objects.filter(pk__in=made.values("programme"))
    return sum(_go_on(programme, deed) for programme in programmes)


def _go_on(programme: Programme, deed: Deed) -> int:
    versions = ExpiryRule.objects.filter(programme=programme, withdrawn_at=None).order_by("starts_at")
    found = [(row.id, row.starts_at, row.terms) for row in versions]
    seen = _seen(programme, next(starts_at for _, starts_at, rule in found if rule.life is Life.VISIT))
    sealed = Block.objects.filter(programme=programme.id).order_by("-number").values_list("horizon", flat=True).first()
    if sealed is None or sealed <= seen.up_to_entry:
        return 0
    read = Entry.objects.filter(programme=programme.id, id__gt=seen.up_to_entry, id__lte=sealed).order_by("id")
    entries = list(read.values_list("id", "kind", "at")[:AT_ONCE])
    paid = {entry: at for entry, kind, at in entries if kind in (Kind.SPEND, Kind.CAPTURE)}
    batch = _extensions(programme, _last_visits(programme.id, paid), found, deed.now)
    for some in batched(batch, MOST):
        _book(programme.id, some, deed)
    up_to = entries[-1][0] if len(entries) == AT_ONCE else sealed
    VisitsSeen.objects.filter(pk=seen.pk, up_to_entry=seen.up_to_entry).update(up_to_entry=up_to)
    return len(entries)


def _seen(programme: Programme, starts_at: datetime) -> VisitsSeen:
    first = ids.lowest_at(int(starts_at.timestamp() * 1000))
    row, _made = VisitsSeen.objects.get_or_create(
        programme=programme, defaults={"id": programme.id, "up_to_entry": first}
    )
    return row


def _last_visits(programme_id: int, paid: Mapping[int, datetime]) -> dict[int, datetime]:
    """By wallet: when it last paid."""
    moved = Posting.objects.filter(programme=programme_id, entry__in=list(paid), account__gt=LAST_TALLY)
    last: dict[int, datetime] = {}
    for account, entry in moved.values_list("account", "entry"):
        last[account] = max(paid[entry], last.get(account, paid[entry]))
    return last


def _extensions(
    programme: Programme,
    visits: Mapping[int, datetime],
    versions: Sequence[tuple[int, datetime, Rule]],
    now: datetime,
) -> list[commands.Extend]:
    """What is to be moved to where: by the rule of the day of the visit, or by one under which credits were bought."""
    lots = Lot.objects.filter(
        programme=programme.id, account__in=list(visits), live=True, origin=Origin.PURCHASED, expires_at__gt=now
    )
    held = list(lots.values_list("account", "entry", "expires_at"))
    named = {key: rule for key, _, rule in versions}
    sold = TopUp.objects.filter(programme=programme, id__in={entry for _, entry, _ in held}, rule__life=Life.VISIT)
    bought_under = dict(sold.values_list("id", "rule"))
    earliest: dict[int, datetime] = {}
    promised: dict[int, set[Rule]] = {}
    for account, entry, expires_at in held:
        if expires_at is not None:
            earliest[account] = min(expires_at, earliest.get(account, expires_at))
        if entry in bought_under:
            promised.setdefault(account, set()).add(named[bought_under[entry]])
    batch = []
    for account in sorted(earliest):
        at = visits[account]
        current = [rule for _, starts_at, rule in versions if starts_at <= at][-1:]
        until = _latest([*current, *promised.get(account, ())], at, programme.time_zone)
        if until and earliest[account] < until:
            batch.append(commands.Extend(account, until, actor="system"))
    return batch


def _latest(found: Iterable[Rule], at: datetime, time_zone: str) -> datetime | None:
    moved = (rules.after_visit(rule, at=at, time_zone=time_zone) for rule in found)
    return max((until for until in moved if until), default=None)


def _book(programme_id: int, some: Sequence[commands.Extend], deed: Deed) -> None:
    """Book these, or else one by one: a wallet that cannot be booked does not stop the others."""
    try:
        with transaction.atomic():
            batch: list[commands.Command] = list(some)
            book.post_many(programme_id=programme_id, batch=batch, now=deed.now, mint=deed.mint)
    except Exception:
        if len(some) == 1:
            log.exception("wallet %d of programme %d cannot be extended", some[0].wallet, programme_id)
            return
        for one in some:
            _book(programme_id, [one], deed)
