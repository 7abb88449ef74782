"""How a day goes: against the same weekday before, what is owed, and how far from what must be notified."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, Q, Value, When

from groat import ids
from groat.ledger.core.accounts import Tally
from groat.ledger.core.entries import Kind
from groat.programmes.models import Programme
from groat.reports import owed
from groat.reports.asked import Asked
from groat.reports.cells import SALES, Posted, same_weekdays
from groat.reports.entries import CLOCKS_DIFFER_MS
from groat.reports.figures import Figures, Scope
from groat.reports.models import Bookkeeping
from groat.reports.periods import Period
from groat.till.models import Payment, PaymentState
from groat.topups.rules import price
from groat.web.money import currency_decimals

CHART_DAYS = 28
TOP = 8
LIMIT_EUR_MINOR = 100_000_000
"""EUR 1,000,000 of payments in 12 months: from there a limited network is notified (PSD2, Art 37(2))."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure of the day, and the mean of the same on the last four of its weekday."""

    now: int
    usual: int

    @property
    def change_percent(self) -> int | None:
        """By how much it is more, or less; None where there is nothing to compare with."""
        return round(100 * (self.now - self.usual) / self.usual) if self.usual > 0 else None


@dataclass(frozen=True, slots=True)
class Volume:
    """What was paid with credits in the last twelve months, in minor units of the currency."""

    minor: int
    eur_minor: int | None
    """None when nobody has said what a euro costs."""

    @property
    def per_cent(self) -> int | None:
        """Of what must be notified."""
        return None if self.eur_minor is None else 100 * self.eur_minor // LIMIT_EUR_MINOR


@dataclass(frozen=True, slots=True)
class Overview:
    """A day, with what led to it. Credits in minor units, money in those of the currency."""

    day: date
    until_hour: int | None
    """Compared up to this hour; None: whole days."""
    paid: Compared
    payments: Compared
    average: Compared
    received: Compared
    top_ups: Compared
    customers: Compared | None
    """None when it is narrowed to products: a card is seen, whatever it buys."""
    bonus_month_minor: int
    expired_month_minor: int
    volume: Volume
    owed: owed.Owed
    by_day: tuple[tuple[date, int], ...]
    by_hour: tuple[tuple[int, int, int], ...]
    """Hour, credits of the day, and what is usual."""
    by_product: tuple[tuple[int, int], ...]


def of_day(figures: Figures, asked: Asked, *, now: datetime, today: date) -> Overview:
    """The overview of the day with which the asked period ends; a fixed number of queries."""
    day = asked.period.until
    weekdays = same_weekdays(day)
    before = asked.scope
    span = Scope(min(day - timedelta(days=CHART_DAYS - 1), weekdays[-1]), day, before.tills, before.actors)
    # Today is compared up to this hour: an unfinished day is no bad one.
    hour = _hour(now, asked) if day == today else None
    sold = figures.sold("day", "hour", scope=_with_products(span, asked))
    amounts = {key: cell.credits_minor for key, cell in sold.items()}
    posted = figures.posted("day", "hour", "kind", "account", scope=span)
    paid = _compared(amounts, day, weekdays, hour)
    payments = _compared(_counts(posted, Tally.REVENUE, SALES), day, weekdays, hour)
    month = figures.posted("account", scope=Scope(day.replace(day=1), day, before.tills, before.actors))
    return Overview(
        day=day,
        until_hour=hour,
        paid=paid,
        payments=payments,
        average=Compared(paid.now // max(1, payments.now), paid.usual // max(1, payments.usual)),
        received=_compared(_amounts(posted, Tally.TAKINGS, -1), day, weekdays, hour),
        top_ups=_compared(_counts(posted, Tally.ISSUED, {Kind.TOP_UP}), day, weekdays, hour),
        customers=None if asked.what else _customers(asked, [day, *weekdays], hour),
        bonus_month_minor=-_of(month, Tally.BONUS),
        expired_month_minor=_of(month, Tally.BREAKAGE),
        volume=_volume(figures, asked.programme, day),
        owed=owed.owed(programme=asked.programme, now=now, today=today),
        by_day=_by_day(amounts, day),
        by_hour=_by_hour(amounts, day, weekdays),
        by_product=_by_product(figures, asked, day),
    )


def _with_products(span: Scope, asked: Asked) -> Scope:
    return Scope(span.since, span.until, span.tills, span.actors, asked.products)


def _hour(now: datetime, asked: Asked) -> int:
    return now.astimezone(ZoneInfo(asked.programme.time_zone)).hour


def _compared(amounts: Mapping[tuple[date, int], int], day: date, weekdays: list[date], hour: int | None) -> Compared:
    until = 24 if hour is None else hour + 1
    usual = sum(amount for (one, at), amount in amounts.items() if one in weekdays and at < until)
    return Compared(
        sum(amount for (one, at), amount in amounts.items() if one == day and at < until), usual // len(weekdays)
    )


def _counts(
    posted: Mapping[tuple[date, int, str, int], Posted], account: int, kinds: frozenset[Kind] | set[Kind]
) -> dict[tuple[date, int], int]:
    found: dict[tuple[date, int], int] = {}
    for (day, hour, kind, tally), cell in posted.items():
        if tally == account and kind in kinds:
            found[day, hour] = found.get((day, hour), 0) + cell.entries
    return found


def _amounts(
    posted: Mapping[tuple[date, int, str, int], Posted], account: int, sign: int
) -> dict[tuple[date, int], int]:
    found: dict[tuple[date, int], int] = {}
    for (day, hour, _kind, tally), cell in posted.items():
        if tally == account:
            found[day, hour] = found.get((day, hour), 0) + sign * cell.amount_minor
    return found


def _of(posted: Mapping[tuple[int], Posted], account: int) -> int:
    return posted.get((account,), Posted(0, 0, 0)).amount_minor


def _customers(asked: Asked, days: list[date], hour: int | None) -> Compared:
    """Different people who paid, on the day and on average of the weekdays before; one query."""
    zone = asked.programme.time_zone
    hours = None if hour is None else frozenset(range(hour + 1))
    within, which = Q(), []
    for i, day in enumerate(days):
        ranges = Period(day, day).ranges(time_zone=zone, hours=hours)
        since, until = ranges[0][0], ranges[-1][1]
        of_day = Q(pk__gte=_lowest(since), pk__lt=_lowest(until + timedelta(minutes=2)), at__gte=since, at__lt=until)
        within |= of_day
        which.append(When(of_day, then=Value(i)))
    paid = Payment.objects.filter(within, programme_id=asked.programme.id, state=PaymentState.PAID)
    if asked.tills is not None:
        paid = paid.filter(till__in=asked.tills)
    if asked.actors is not None:
        paid = paid.filter(actor__in=asked.actors)
    rows = paid.annotate(day=Case(*which)).order_by().values("day").annotate(seen=Count("customer", distinct=True))
    seen = {row["day"]: row["seen"] for row in rows}
    return Compared(seen.get(0, 0), sum(seen.get(i, 0) for i in range(1, len(days))) // (len(days) - 1))


def _lowest(at: datetime) -> int:
    return ids.lowest_at(max(0, int(at.timestamp() * 1000) - CLOCKS_DIFFER_MS))


def _volume(figures: Figures, programme: Programme, day: date) -> Volume:
    """What payments took in the twelve months up to a day, at what a credit costs today; nothing is taken off."""
    found = figures.posted("kind", "account", scope=Scope(_a_year_before(day), day))
    spent = sum(found.get((kind, Tally.REVENUE), Posted(0, 0, 0)).amount_minor for kind in SALES)
    minor = price(bought_minor=spent, decimals=programme.credit_decimals, price_minor=programme.price_minor)
    if programme.currency == "EUR":
        return Volume(minor, minor)
    told = Bookkeeping.objects.filter(programme=programme).first()
    if told is None or told.eur_rate is None:
        return Volume(minor, None)
    return Volume(minor, in_euro(minor, currency=programme.currency, eur_rate=told.eur_rate))


def in_euro(amount_minor: int, *, currency: str, eur_rate: Decimal) -> int:
    """An amount of another currency in euro cents, rounded down."""
    return int(Decimal(amount_minor).scaleb(2 - currency_decimals(currency)) // eur_rate)


def _a_year_before(day: date) -> date:
    """The first of the twelve months that end with this day."""
    following = day + timedelta(days=1)
    try:
        return following.replace(year=following.year - 1)
    except ValueError:
        return following.replace(year=following.year - 1, day=28)


def _by_day(amounts: Mapping[tuple[date, int], int], day: date) -> tuple[tuple[date, int], ...]:
    days = [day - timedelta(days=back) for back in reversed(range(CHART_DAYS))]
    sums = dict.fromkeys(days, 0)
    for (one, _of_day), amount in amounts.items():
        if one in sums:
            sums[one] += amount
    return tuple(sums.items())


def _by_hour(
    amounts: Mapping[tuple[date, int], int], day: date, weekdays: list[date]
) -> tuple[tuple[int, int, int], ...]:
    """From the first hour in which anything was sold to the last one."""
    now, usual = [0] * 24, [0] * 24
    for (one, hour), amount in amounts.items():
        if one == day:
            now[hour] += amount
        elif one in weekdays:
            usual[hour] += amount
    busy = [hour for hour in range(24) if now[hour] or usual[hour]]
    if not busy:
        return ()
    return tuple((hour, now[hour], usual[hour] // len(weekdays)) for hour in range(busy[0], busy[-1] + 1))


def _by_product(figures: Figures, asked: Asked, day: date) -> tuple[tuple[int, int], ...]:
    """What sold most in the days of the chart."""
    since = day - timedelta(days=CHART_DAYS - 1)
    found = figures.sold("product", scope=Scope(since, day, asked.tills, asked.actors, asked.products))
    most = sorted(((key, cell.credits_minor) for (key,), cell in found.items()), key=lambda one: (-one[1], one[0]))
    return tuple(one for one in most[:TOP] if one[1] > 0)
