"""Reads over drawers. Every list and every report in a fixed number of queries."""

from typing import Any

from django.db.models import BigIntegerField, Case, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from groat.drawers.models import CashMove, Drawer, MoveKind
from groat.drawers.rules import Report, by_means
from groat.programmes.models import Till
from groat.till.models import Payment, PaymentState, Refund
from groat.topups.models import Means, TopUp

_NOTHING = Value(0, output_field=BigIntegerField())


def open_at(till: Till) -> Drawer | None:
    """The till's open drawer, if there is one."""
    return Drawer.objects.filter(till=till, closed_at=None).first()


def last_closed(till: Till) -> Drawer | None:
    """The drawer that was closed last at the till."""
    return Drawer.objects.filter(till=till, closed_at__isnull=False).order_by("-number").first()


def expected(drawer: Drawer) -> int:
    """What should be in a drawer: its float, and what went in and out; minor units of the currency."""
    found: int = _with_expected(Drawer.objects.filter(pk=drawer.pk)).values_list("cash_minor", flat=True).get()
    return found


def drawers(
    *, programme_id: int, till: Till | None = None, before: int | None = None, limit: int = 50, differing: bool = False
) -> list[Drawer]:
    """The programme's drawers, newest first, with till and site; `cash_minor` is what is expected in each.

    `before` is the id of the last one seen; `differing` leaves out those that were right.
    """
    found = Drawer.objects.filter(programme_id=programme_id)
    if till is not None:
        found = found.filter(till=till)
    if before is not None:
        found = found.filter(id__lt=before)
    if differing:
        found = found.filter(closed_at__isnull=False).exclude(counted_minor=F("expected_minor"))
    return list(_with_expected(found).select_related("till__site").order_by("-id")[:limit])


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
    paid = _since(Payment.objects.filter(till_id=drawer.till_id, state=PaymentState.PAID), drawer, until_id)
    payments = paid.aggregate(count=Count("pk"), minor=Coalesce(Sum("amount_minor"), _NOTHING))
    given = _since(Refund.objects.filter(payment__till_id=drawer.till_id), drawer, until_id)
    refunds = given.aggregate(count=Count("pk"), minor=Coalesce(Sum("amount_minor"), _NOTHING))
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


def _with_expected(rows: QuerySet[Drawer]) -> QuerySet[Any]:
    return rows.annotate(cash_minor=F("float_minor") + Coalesce(Sum("moves__amount_minor"), _NOTHING))
