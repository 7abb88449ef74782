"""What is owed to customers now: by origin, by age, by expiry; and what of it will probably expire."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import BooleanField, Case, Count, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from groat import ids
from groat.ledger.models import Lot
from groat.programmes import days
from groat.programmes.models import Programme
from groat.reports.cells import expected_breakage

AGES = (30, 90, 180, 365)
"""Days up to which credits are as old."""
ENDS = (7, 30, 90, 365)
"""Days within which credits expire."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some of what is owed, in minor units of credit."""

    label: str
    amount_minor: int
    lots: int


@dataclass(frozen=True, slots=True)
class Owed:
    """What lots still hold that are not due: what can be spent, less the debts that have no lots."""

    by_origin: dict[str, int]
    by_age: tuple[Part, ...]
    by_expiry: tuple[Part, ...]
    total_minor: int
    breakage: tuple[int, int] | None
    """(expected of it, earned by now), as `cells.expected_breakage` says."""


def owed(*, programme: Programme, now: datetime, today: date) -> Owed:
    """What is owed at this instant; two queries."""
    live = Lot.objects.filter(programme=programme.id, live=True).exclude(expires_at__lte=now)
    ages = Case(
        *(When(id__gte=ids.lowest_at(_ms(now - timedelta(days=age))), then=Value(i)) for i, age in enumerate(AGES)),
        default=Value(len(AGES)),
    )
    ends = Case(
        When(expires_at__isnull=True, then=Value(len(ENDS) + 1)),
        *(When(expires_at__lte=_end(today, days_, programme), then=Value(i)) for i, days_ in enumerate(ENDS)),
        default=Value(len(ENDS)),
    )
    rows = live.annotate(age=ages, end=ends).order_by().values("origin", "age", "end")
    by_origin: dict[str, int] = defaultdict(int)
    age_sums, end_sums = ([[0, 0] for _i in range(size)] for size in (len(AGES) + 1, len(ENDS) + 2))
    for row in rows.annotate(total=Sum("remaining_minor"), lots=Count("remaining_minor")):
        by_origin[row["origin"]] += row["total"]
        for sums, i in ((age_sums, row["age"]), (end_sums, row["end"])):
            sums[i][0] += row["total"]
            sums[i][1] += row["lots"]
    return Owed(
        dict(by_origin),
        tuple(Part(label, *sums) for label, sums in zip(_age_labels(), age_sums, strict=True)),
        tuple(Part(label, *sums) for label, sums in zip(_end_labels(), end_sums, strict=True)),
        sum(by_origin.values()),
        _breakage(programme, now),
    )


def _breakage(programme: Programme, now: datetime) -> tuple[int, int] | None:
    over = Case(When(expires_at__lte=now, then=Value(True)), default=Value(False), output_field=BooleanField())
    rows = Lot.objects.filter(programme=programme.id, expires_at__isnull=False).annotate(over=over).order_by()
    sums = rows.values("over").annotate(
        granted=Sum("granted_minor"),
        remaining=Sum("remaining_minor"),
        # What is due counts as expired, whether or not it is booked.
        expired=Coalesce(Sum("expired_minor"), 0) + Coalesce(Sum(F("remaining_minor"), filter=Q(over=True)), 0),
    )
    found = {row["over"]: row for row in sums}
    good, past = found.get(False), found.get(True)
    if not good or not past:
        return None
    return expected_breakage(
        granted=good["granted"],
        remaining=good["remaining"],
        past_granted=past["granted"],
        past_expired=past["expired"],
    )


def _age_labels() -> list[str]:
    first, *rest = AGES
    labels = [_("up to %(days)s days") % {"days": first}]
    labels += [_("%(first)s to %(last)s days") % {"first": a + 1, "last": b} for a, b in zip(AGES, rest, strict=False)]
    return [*labels, _("older than %(days)s days") % {"days": AGES[-1]}]


def _end_labels() -> list[str]:
    first, *rest = ENDS
    labels = [_("within %(days)s days") % {"days": first}]
    labels += [
        _("in %(first)s to %(last)s days") % {"first": a + 1, "last": b} for a, b in zip(ENDS, rest, strict=False)
    ]
    return [*labels, _("later than in %(days)s days") % {"days": ENDS[-1]}, _("never")]


def _end(today: date, days_ahead: int, programme: Programme) -> datetime:
    return days.end_of(today + timedelta(days=days_ahead), time_zone=programme.time_zone)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
