"""What actions on drawers share. Everything here demands a transaction."""

from groat.drawers import queries, rules
from groat.drawers.models import CashMove, Drawer, MoveKind
from groat.programmes import writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Till
from groat.topups.models import Means, TopUp
from groat.topups.rules import rounded_cash


def open_drawer_of(till: Till) -> Drawer:
    """The till's open drawer; nobody else counts or closes it until the transaction ends. Raises DrawerNotOpen.

    Wallets are locked before drawers, on every path.
    """
    writing.demand_transaction()
    found = _open(till.id)
    if found is None:
        raise rules.DrawerNotOpen
    return found


def count_in(*, top_up: TopUp, deed: Deed) -> CashMove | None:
    """Count the cash for a top-up, whoever made it, into the open drawer of its till; None when there is none.

    Counting it in twice is counting it in once.
    """
    writing.demand_transaction()
    if top_up.till_id is None or top_up.means != Means.CASH:
        return None
    drawer = _open(top_up.till_id)
    cash_minor = cash(top_up)
    if drawer is None or not cash_minor:
        return None
    before = CashMove.objects.filter(top_up=top_up, why=MoveKind.TOP_UP).first()
    return before or move(drawer=drawer, why=MoveKind.TOP_UP, amount_minor=cash_minor, top_up=top_up, deed=deed)


def cash(top_up: TopUp) -> int:
    """What was handed over for a top-up in cash."""
    programme = top_up.programme
    return rounded_cash(top_up.paid_minor, currency=programme.currency, time_zone=programme.time_zone)


def move(
    *, drawer: Drawer, why: MoveKind, amount_minor: int, reason: str = "", top_up: TopUp | None = None, deed: Deed
) -> CashMove:
    """Cash goes into a locked drawer (above zero) or out of it. Raises CashNotThere."""
    writing.demand_transaction()
    if amount_minor < 0:
        there_minor = queries.expected(drawer)
        if there_minor + amount_minor < 0:
            raise rules.CashNotThere(there_minor)
    return CashMove.objects.create(
        id=deed.mint(),
        programme_id=drawer.programme_id,
        drawer=drawer,
        why=why,
        amount_minor=amount_minor,
        top_up=top_up,
        reason=reason,
        actor=deed.actor.code,
        at=deed.now,
    )


def _open(till_id: int) -> Drawer | None:
    return Drawer.objects.select_for_update(of=("self",)).filter(till_id=till_id, closed_at=None).first()
