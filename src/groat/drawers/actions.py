"""What is done with the cash at a till: opening, counting, topping up for cash, closing."""

from typing import Any

from django.db import transaction

from groat.cards.models import Card, CardState
from groat.drawers import queries, rules
from groat.drawers import writing as cash
from groat.drawers.models import CashMove, Drawer, MoveKind
from groat.errors import NotFound
from groat.ledger import queries as ledger
from groat.programmes import audit, writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Role, Till
from groat.programmes.rules import InvalidAmount, InvalidValue, TopUpAboveLimit, checked_reason, is_storable
from groat.till.rules import CardBlocked, TillBusy, UndoTooLate
from groat.topups import writing as selling
from groat.topups.models import Means, Offer, TopUp
from groat.topups.offers import Channel
from groat.topups.rules import TopUpReversed
from groat.topups.writing import DEFAULT, Seen

LONGEST_NOTE = 200


@transaction.atomic
def open_drawer(*, till: Till, float_minor: int, deed: Deed) -> Drawer:
    """Begin with so much change in the drawer. Refusals: TillClosed, DrawerOpenAlready, InvalidAmount."""
    # Locked, so that of two that open at once the second finds the first one's number.
    till = writing.open_till(writing.locked(till))
    _sensible(float_minor)
    if queries.open_at(till) is not None:
        raise rules.DrawerOpenAlready
    last = queries.last_closed(till)
    key = deed.mint()
    drawer = Drawer.objects.create(
        id=key,
        programme_id=till.programme_id,
        till=till,
        number=last.number + 1 if last else 1,
        since_id=(last and last.until_id) or key,
        float_minor=float_minor,
        opened_by=deed.actor.code,
        opened_at=deed.now,
    )
    _note(drawer, "drawer.opened", {"float_minor": float_minor}, deed)
    return drawer


@transaction.atomic
def move_cash(*, till: Till, amount_minor: int, reason: str, deed: Deed) -> CashMove:
    """Put cash into the till's open drawer by hand (above zero), or take it out.

    Refusals: ReasonMissing, InvalidAmount, DrawerNotOpen, CashNotThere.
    """
    reason = checked_reason(reason)
    _sensible(abs(amount_minor))
    if not amount_minor:
        raise InvalidAmount
    drawer = cash.open_drawer_of(till)
    why = MoveKind.PUT_IN if amount_minor > 0 else MoveKind.TAKEN_OUT
    made = cash.move(drawer=drawer, why=why, amount_minor=amount_minor, reason=reason, deed=deed)
    action = "drawer.cash_put_in" if amount_minor > 0 else "drawer.cash_taken_out"
    _note(drawer, action, {"cash_minor": abs(amount_minor), "reason": reason}, deed)
    return made


@transaction.atomic
def close_drawer(*, till: Till, counted_minor: int, note: str = "", deed: Deed) -> Drawer:
    """End with what was counted; the report is kept as it is now.

    Refusals: DrawerNotOpen, InvalidAmount, InvalidValue, and TillBusy while a payment waits to be confirmed.
    """
    _sensible(counted_minor)
    note = _checked_note(note)
    drawer = cash.open_drawer_of(till)
    if queries.waits_to_be_confirmed(till):
        # It would be in no report: it is no payment yet, and would be older than the next drawer.
        raise TillBusy
    until_id = deed.mint()
    report = queries.report(drawer, until_id=until_id, counted_minor=counted_minor)
    writing.change(
        drawer,
        {
            "until_id": until_id,
            "closed_by": deed.actor.code,
            "closed_at": deed.now,
            "expected_minor": report.expected_minor,
            "counted_minor": counted_minor,
            "note": note,
            "report": report.told(),
        },
    )
    told = {"counted_minor": counted_minor, "difference_minor": drawer.difference_minor}
    _note(drawer, "drawer.closed", told | ({"reason": note} if note else {}), deed)
    return drawer


@transaction.atomic
def top_up(*, till: Till, card: Card, bought: Offer | int, seen: Seen | None = None, deed: Deed) -> TopUp:
    """Sell a package, or so many minor units of credit, for cash into the wallet of a card that is here.

    Refusals: NotFound, CardBlocked, TooSmallForCash, DrawerNotOpen, TopUpAboveLimit, and those of
    `topups.writing.top_up`.
    """
    writing.same_programme(till, card)
    if card.state != CardState.ACTIVE:
        raise CardBlocked(card.state)
    made = selling.top_up(
        wallet=card.wallet,
        bought=bought,
        means=Means.CASH,
        till=till,
        channel=Channel.TILL,
        expires_at=DEFAULT,
        seen=seen,
        deed=deed,
    )
    most_minor = deed.actor.limits.top_up_minor
    if most_minor is not None and made.paid_minor > most_minor:
        # Nothing was sold: what it costs is known only now, and all of it goes back.
        raise TopUpAboveLimit(most_minor)
    if not cash.cash(made):
        raise rules.TooSmallForCash
    if cash.count_in(top_up=made, deed=deed) is None:
        raise rules.DrawerNotOpen
    return made


@transaction.atomic
def undo_top_up(*, till: Till, top_up: TopUp, reason: str, deed: Deed) -> TopUp:
    """Take a top-up back and give its cash back from the till's drawer.

    A cashier does so with their own, within the programme's time, and while none of it is spent.
    Refusals: NotFound, NotYourTopUp, UndoTooLate, SpentAlready, TopUpReversed, DrawerNotOpen, CashNotThere.
    """
    top_up = writing.locked(top_up)
    came = queries.move_of(top_up)
    if top_up.till_id != till.id or came is None:
        raise NotFound
    if top_up.reversed_minor:
        raise TopUpReversed
    is_cashier = deed.actor.role == Role.CASHIER
    undo_seconds = top_up.programme.undo_seconds
    if is_cashier and top_up.actor != deed.actor.code:
        raise rules.NotYourTopUp
    if is_cashier and not rules.undo_seconds_left(at=top_up.at, undo_seconds=undo_seconds, now=deed.now):
        raise UndoTooLate
    undone = selling.reverse(top_up=top_up, amount_minor=None, reason=reason, deed=deed)
    standing = ledger.balance(programme_id=till.programme_id, wallet=top_up.wallet_id, now=deed.now)
    if is_cashier and standing.available_minor < 0:
        raise rules.SpentAlready
    drawer = cash.open_drawer_of(till)
    cash.move(drawer=drawer, why=MoveKind.TOP_UP_UNDONE, amount_minor=-came.amount_minor, top_up=top_up, deed=deed)
    return undone


def _sensible(amount_minor: int) -> None:
    if not 0 <= amount_minor <= rules.LARGEST_MINOR:
        raise InvalidAmount


def _checked_note(note: str) -> str:
    note = note.strip()
    if len(note) > LONGEST_NOTE or not is_storable(note):
        raise InvalidValue("note", "max_length" if len(note) > LONGEST_NOTE else "invalid")
    return note


def _note(drawer: Drawer, action: str, details: dict[str, Any], deed: Deed) -> None:
    audit.write(
        programme_id=drawer.programme_id,
        deed=deed,
        action=action,
        subject=drawer,
        subject_name=f"{drawer.till.name} · {drawer}",
        details=details,
    )
