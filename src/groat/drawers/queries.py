"""Reads over drawers. Every list and every report in a fixed number of queries."""

from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest
from django.db.models.lookups import GreaterThan

from groat.drawers.models import CashMove, Drawer, MoveKind
from groat.drawers.rules import Report, by_means
from groat.programmes.models import Programme, Till
from groat.till.models import Payment, PaymentState, Refund
from groat.topups.models import Means, TopUp
from groat.topups.rules import SLOVAK_COIN_MINOR, smallest_coin

_NOTHING = Value(0, output_field=BigIntegerField())


def open_at(till: Till) -> Drawer | None:
    """The till's open drawer, if there is one."""
    return Drawer.objects.filter(till=till, closed_at=None).first()


def last_closed(till: Till) -> Drawer | None:
    """The drawer that was closed last at the till."""
    return Drawer.objects.filter(till=till, closed_at__isnull=False).order_by("-number").first()


def expected(drawer: Drawer) -> int:
    """What should be in a drawer: its float, and what went in and out; minor units of the currency."""
    found: int = (
        _with_expected(Drawer.objects.filter(pk=drawer.pk), drawer.programme).values_list("cash_minor", flat=True).get()
    )
    return found


def drawers(
    *,
    programme: Programme,
    till: Till | None = None,
    before: int | None = None,
    limit: int = 50,
    differing: bool = False,
) -> list[Drawer]:
    """The programme's drawers, newest first, with till and site; `cash_minor` is what is expected in each.

    `before` is the id of the last one seen; `differing` leaves out those that were right.
    """
    found = Drawer.objects.filter(programme=programme)
    if till is not None:
        found = found.filter(till=till)
    if before is not None:
        found = found.filter(id__lt=before)
    if differing:
        found = found.filter(closed_at__isnull=False).exclude(counted_minor=F("expected_minor"))
    return list(_with_expected(found, programme).select_related("till__site").order_by("-id")[:limit])


def moves(drawer: Drawer) -> list[CashMove]:
    """What went into a drawer and out of it, newest first, with the customers of top-ups."""
    return list(drawer.moves.select_related("top_up__wallet__owner").order_by("-id"))


def move_of(top_up: TopUp) -> CashMove | None:
    """How the cash for a top-up came into a drawer."""
    return CashMove.objects.filter(top_up=top_up, why=MoveKind.TOP_UP).first()


def waits_to_be_confirmed(till: Till) -> bool:
    """Whether a payment at the till is neither made nor cancelled yet."""
    return Payment.objects.filter(state=PaymentState.CONFIRMING, till=till).exists()


def report(drawer: Drawer, *, until_id: int | None = None, counted_minor: int | None = None) -> Report:
    """The report of a drawer as things stand, in four queries; of a closed one the stored report counts."""
    cash = _cash(drawer)
    figures = {
        "count": Count("pk"),
        "minor": Coalesce(Sum("amount_minor"), _NOTHING),
        # Before it was opened, nobody's cash came into this drawer.
        "cash": Coalesce(_cash_sum(drawer.programme, filter=Q(cash_minor__gt=0, id__gt=drawer.id)), _NOTHING),
    }
    paid = Payment.objects.filter(till_id=drawer.till_id, state=PaymentState.PAID)
    payments = _since(paid, drawer, until_id).aggregate(**figures)
    given = Refund.objects.filter(payment__till_id=drawer.till_id)
    refunds = _since(given, drawer, until_id).aggregate(**figures)
    return Report(
        payments_count=payments["count"],
        payments_minor=payments["minor"],
        refunds_count=refunds["count"],
        refunds_minor=refunds["minor"],
        top_ups=by_means(_top_ups(drawer, until_id)),
        float_minor=drawer.float_minor,
        cash_top_ups_minor=cash["top_ups"],
        undone_count=cash["undone_count"],
        undone_minor=-cash["undone"],
        rounding_minor=cash["top_ups"] + cash["undone"] - cash["priced"],
        cash_payments_minor=payments["cash"],
        cash_refunds_minor=refunds["cash"],
        put_in_minor=cash["put_in"],
        taken_out_minor=-cash["taken_out"],
        counted_minor=counted_minor,
    )


def _since(rows: QuerySet[Any], drawer: Drawer, until_id: int | None) -> QuerySet[Any]:
    """Rows of the drawer's programme and time. Ids sort by time, and their index is there."""
    rows = rows.filter(programme_id=drawer.programme_id, id__gt=drawer.since_id)
    return rows if until_id is None else rows.filter(id__lte=until_id)


def _top_ups(drawer: Drawer, until_id: int | None) -> list[dict[str, Any]]:
    """By means. What was paid in cash counts here if it came into the drawer."""
    sold = _since(TopUp.objects.filter(till_id=drawer.till_id), drawer, until_id).exclude(means=Means.CASH)
    in_cash = TopUp.objects.filter(cash_moves__drawer=drawer, cash_moves__why=MoveKind.TOP_UP)
    sums = {
        "count": Count("pk"),
        "paid_minor": Sum("paid_minor"),
        "bought_minor": Sum("bought_minor"),
        "bonus_minor": Sum("bonus_minor"),
    }
    each = [rows.order_by().values("means").annotate(**sums) for rows in (in_cash, sold)]
    order = list(Means)
    return sorted(each[0].union(each[1], all=True), key=lambda row: order.index(row["means"]))


def _cash(drawer: Drawer) -> dict[str, int]:
    """What went in and out, by reason; `priced` is what the top-ups cost before it was rounded."""
    price = Case(
        When(why=MoveKind.TOP_UP, then=F("top_up__paid_minor")),
        When(why=MoveKind.TOP_UP_UNDONE, then=-F("top_up__paid_minor")),
        default=_NOTHING,
    )
    found: dict[str, int] = drawer.moves.aggregate(
        top_ups=_sum(MoveKind.TOP_UP),
        undone=_sum(MoveKind.TOP_UP_UNDONE),
        undone_count=Count("pk", filter=Q(why=MoveKind.TOP_UP_UNDONE)),
        put_in=_sum(MoveKind.PUT_IN),
        taken_out=_sum(MoveKind.TAKEN_OUT),
        priced=Coalesce(Sum(price), _NOTHING),
    )
    return found


def _sum(why: MoveKind) -> Coalesce:
    return Coalesce(Sum("amount_minor", filter=Q(why=why)), _NOTHING)


def _with_expected(rows: QuerySet[Drawer], programme: Programme) -> QuerySet[Any]:
    """`cash_minor`: what should be in each drawer. Of a closed one it is known, and nothing is summed."""
    moved = _total(CashMove.objects.filter(drawer_id=OuterRef("pk")), "drawer_id", Sum("amount_minor"))
    paid = _total(_paid_in_cash().filter(till_id=OuterRef("till_id"), **_OUTER), "till_id", _cash_sum(programme))
    given = _total(
        _given_in_cash().filter(payment__till_id=OuterRef("till_id"), **_OUTER),
        "payment__till_id",
        _cash_sum(programme),
    )
    there = F("float_minor") + moved + paid - given
    known = When(closed_at__isnull=False, then=F("expected_minor"))
    return rows.annotate(cash_minor=Case(known, default=there, output_field=BigIntegerField()))


_OUTER = {"programme_id": OuterRef("programme_id"), "id__gt": OuterRef("pk")}


def _total(rows: QuerySet[Any], key: str, total: Any) -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values(key).annotate(total=total).values("total")), _NOTHING)


def _paid_in_cash() -> QuerySet[Payment]:
    """Payments of which a part was paid in cash."""
    return Payment.objects.filter(state=PaymentState.PAID, cash_minor__gt=0)


def _given_in_cash() -> QuerySet[Refund]:
    return Refund.objects.filter(cash_minor__gt=0)


def _cash_sum(programme: Programme, **options: Any) -> Sum:
    """As `topups.rules.price` and `rounded_cash` say, of each row: in the database a division of integers is whole."""
    unit = 10**programme.credit_decimals
    coin = smallest_coin(currency=programme.currency, time_zone=programme.time_zone)
    price = _whole(F("cash_minor") * (2 * programme.price_minor) + unit, 2 * unit)
    rounded: Any = ExpressionWrapper(_whole(price * 2 + coin, 2 * coin) * coin, BigIntegerField())
    if coin == SLOVAK_COIN_MINOR:
        costs_something = When(GreaterThan(price, 0), then=Value(coin, BigIntegerField()))
        rounded = Greatest(rounded, Case(costs_something, default=_NOTHING), output_field=BigIntegerField())
    return Sum(rounded, output_field=BigIntegerField(), **options)


def _whole(of: Any, by: int) -> Any:
    return ExpressionWrapper(ExpressionWrapper(of, BigIntegerField()) / by, BigIntegerField())
