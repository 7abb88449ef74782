"""The audit trail's own chain: whether anything in it was changed, slipped in or taken away since.

The worker links what was noted a moment ago, in whatever order it was committed, so that nothing
that is noted has to wait. A link's hash is SHA-256 over the hash of the link before (32 zero bytes
for the first) and one JSON array without spaces:

    [programme, number, id, at, actor, action, subject, address, details]

with the time in microseconds since 1970 and the keys of the details in order. The names that an
entry shows beside are not hashed: the law may want a person's name gone, and what was done, by which
account, to which, stays provable without it.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, models, transaction

from groat import ids
from groat.ledger.verify import Fault
from groat.programmes.models import AuditEntry, Programme, TrailLink

GENESIS = bytes(32)
CHUNK = 2_000
LATEST = timedelta(days=1)
"""No transaction lasts so long: what is older is linked, or lies behind the last link."""
OF_NO_PROGRAMME = 0

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def head(*, programme_id: int) -> TrailLink | None:
    """The chain's last link; None before its first."""
    return TrailLink.objects.filter(programme=programme_id).order_by("-number").first()


def link_all(*, now: datetime) -> int:
    """Link what is not in the chain yet, for every programme; returns how many entries that was."""
    begun = TrailLink.objects.filter(number=1).values_list("programme", flat=True)
    lately = _unlinked(after=_lowest(now)).order_by().values_list("programme_id", flat=True).distinct()
    new = Programme.objects.exclude(pk__in=list(begun)).values_list("pk", flat=True)
    total = 0
    for programme_id in sorted({programme or OF_NO_PROGRAMME for programme in (*lately, *new)}):
        while linked := link(programme_id=programme_id, now=now):
            total += linked
    return total


def link(*, programme_id: int, now: datetime) -> int:
    """Link the programme's next entries, so many that memory stays small; returns how many.

    0 also when another process was faster.
    """
    last = head(programme_id=programme_id)
    number, before, after = (last.number, bytes(last.hash), min(last.entry, _lowest(now))) if last else (0, GENESIS, 0)
    links = []
    for entry in _unlinked(after=after).filter(_of(programme_id)).order_by("id")[:CHUNK]:
        number, before = number + 1, digest(before, number + 1, entry)
        links.append(TrailLink(programme=programme_id, number=number, entry=entry.id, hash=before))
    try:
        with transaction.atomic():
            TrailLink.objects.bulk_create(links)
    except IntegrityError:
        return 0  # another process has linked them
    return len(links)


def digest(before: bytes, number: int, entry: AuditEntry) -> bytes:
    """The hash of the link that this entry makes after the one with the hash `before`."""
    at_us = (entry.at - _EPOCH) // timedelta(microseconds=1)
    told = [entry.programme_id or OF_NO_PROGRAMME, number, entry.id, at_us, entry.actor, entry.action, entry.subject]
    line = json.dumps([*told, entry.address, entry.details], separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(before + line.encode()).digest()


def fault(*, programme_id: int, passed: Callable[[int], None] | None = None) -> Fault | None:
    """The first place at which the trail is not what was linked, in a sentence.

    `passed` is told how many links were read, as they are.
    """
    before, expected = GENESIS, 1
    for links in _chunks(programme_id):
        entries = AuditEntry.objects.filter(_of(programme_id)).in_bulk([one.entry for one in links])
        for one in links:
            entry = entries.get(one.entry)
            if one.number != expected or entry is None or digest(before, one.number, entry) != bytes(one.hash):
                what = f"Entry {one.entry} of the audit trail, its number {expected}, is not what was linked there."
                return Fault("trail_chain_broken", programme_id, what)
            before, expected = bytes(one.hash), expected + 1
        if passed:
            passed(len(links))
    return None


def head_fault(*, programme_id: int, number: int, hash_hex: str) -> Fault | None:
    """Whether the chain still has the link that was once its head, as it was."""
    found = TrailLink.objects.filter(programme=programme_id, number=number).first()
    if found and bytes(found.hash).hex() == hash_hex:
        return None
    return Fault("trail_head_differs", programme_id, f"Link {number} of the audit trail is not the one that was kept.")


def linked(*, programme_id: int) -> int:
    """How many entries the chain holds."""
    last = head(programme_id=programme_id)
    return last.number if last else 0


def _unlinked(*, after: int) -> models.QuerySet[AuditEntry]:
    links = TrailLink.objects.filter(entry=models.OuterRef("pk"))
    return AuditEntry.objects.filter(~models.Exists(links), pk__gt=after)


def _of(programme_id: int) -> models.Q:
    of_none = programme_id == OF_NO_PROGRAMME
    return models.Q(programme__isnull=True) if of_none else models.Q(programme_id=programme_id)


def _lowest(now: datetime) -> int:
    return ids.lowest_at(int((now - LATEST).timestamp() * 1000))


def _chunks(programme_id: int) -> Iterator[list[TrailLink]]:
    after = 0
    chain = TrailLink.objects.filter(programme=programme_id).order_by("number")
    while found := list(chain.filter(number__gt=after)[:CHUNK]):
        yield found
        after = found[-1].number
