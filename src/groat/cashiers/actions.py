"""What is done with shared tills: sharing and ending, getting in and locking, PINs and cards of cashiers."""

from dataclasses import replace

from django.db import transaction

from groat.cards import writing as cards_writing
from groat.cards.models import Card, CardState
from groat.cashiers import queries, rules
from groat.cashiers import writing as cashiers
from groat.cashiers.models import How, SharedTill
from groat.errors import Refusal
from groat.programmes import pins, writing
from groat.programmes.deeds import Actor, Deed
from groat.programmes.models import Role, Staff, Till


@transaction.atomic
def set_pin(*, staff: Staff, pin: str, deed: Deed) -> Staff:
    """Give somebody a PIN for the tills, in place of the one that they had.

    Refusals: InvalidPin, TrivialPin, NotAtTills.
    """
    staff = _at_tills(staff)
    pins.checked(pin)
    cashier = cashiers.cashier_of(staff, deed)
    cashiers.change_cashier(cashier, deed, pin_hash=pins.kept(pin, of=staff))
    is_own = deed.actor.code == f"staff:{staff.id}"
    cashiers.note(staff, staff.user.name, "till_pin.set" if is_own else "till_pin.reset", deed)
    return staff


@transaction.atomic
def name_card(*, staff: Staff, card: Card | None, deed: Deed) -> Staff:
    """Say which card is somebody's own, or (None) that none is.

    Refusals: NotFound, NotAtTills, CardOfAnotherCashier, NotACashiersCard for one that pays no more.
    """
    staff = _at_tills(staff)
    writing.same_programme(staff, card)
    if card is not None and card.state != CardState.ACTIVE:
        raise rules.NotACashiersCard
    cashier = cashiers.cashier_of(staff, deed)
    if cashier.card_id == (card.id if card else None):
        return staff
    other = Staff.objects.filter(cashier__card=card).select_related("user").first() if card else None
    taken = rules.CardOfAnotherCashier(name=other.user.name if other else "")
    with writing.unless_taken(taken, "groat_cashier_card_id", "groat_cashier.card_id"):
        cashiers.change_cashier(cashier, deed, card=card)
    details = {"card": str(card)} if card else None
    cashiers.note(staff, staff.user.name, "cashier_card.named" if card else "cashier_card.taken_away", deed, details)
    return staff


@transaction.atomic
def share(*, till: Till, token: str, device: str, deed: Deed) -> SharedTill:
    """Let a browser belong to a till, locked at first; `token` is what it shows from now on.

    Refusals: TillClosed, NobodyHasAPin.
    """
    writing.open_till(writing.locked(till))
    if not queries.with_pin(programme_id=till.programme_id):
        raise rules.NobodyHasAPin
    row = SharedTill(
        id=deed.mint(),
        programme_id=till.programme_id,
        till=till,
        token_hash=queries.hash_of(token),
        device=device,
        shared_by=deed.actor.code,
        shared_at=deed.now,
        active_at=deed.now,
    )
    writing.checked(row).save(force_insert=True)
    cashiers.note(till, till.name, "till.shared", deed, {"device": device})
    return row


@transaction.atomic
def end(*, shared: SharedTill, deed: Deed) -> SharedTill:
    """Take a browser from its till again, at once. Doing it twice is doing it once."""
    row = writing.locked(shared)
    if row.ended_at is None:
        cashiers.leave(row, ended_at=deed.now, ended_by=deed.actor.code)
        cashiers.note(row.till, row.till.name, "till.unshared", deed, {"device": row.device})
    return row


@transaction.atomic
def lock(*, shared: SharedTill, deed: Deed) -> SharedTill:
    """Nobody works at a shared till until somebody gets in again."""
    del deed  # who was in is noted when they got in
    row = writing.locked(shared)
    if row.staff_id is not None:
        cashiers.leave(row)
    return row


def enter_by_pin(*, shared: SharedTill, staff: Staff | None, pin: str, token: str, deed: Deed) -> SharedTill:
    """Get in with a PIN; the browser shows `token` from now on. With `staff` None somebody was named who is nobody.

    Not one transaction: a guess counts as wrong before it is looked at, so that guesses at once are as many as others.
    Refusals: WrongPin, GuessedTooOften, TillNotShared.
    """
    of_till = f"till:{shared.till_id}"
    of_staff = f"staff:{staff.id}" if staff else ""
    guesses = {of_till: rules.OF_TILL} | ({of_staff: rules.OF_STAFF} if staff else {})
    with transaction.atomic():
        cashiers.count_guess(programme_id=shared.programme_id, of=guesses, deed=deed)
    cashier = queries.of_staff(staff) if staff else None
    kept = cashier.pin_hash if cashier else ""
    # Whoever has no PIN, or is nobody, is looked at for as long.
    is_right = pins.is_right(pin, of=staff or shared, kept=kept)
    if staff is None or not is_right or not queries.may_enter(staff):
        with transaction.atomic():
            named = staff or shared.till
            cashiers.note(named, staff.user.name if staff else shared.till.name, "till_pin.wrong", deed)
        raise rules.WrongPin
    with transaction.atomic():
        cashiers.take_back_guess(programme_id=shared.programme_id, all_of=of_staff, one_of=of_till)
        return _let_in(shared, staff, How.PIN, token, deed)


def enter_by_card(*, shared: SharedTill, card_token: str, token: str, deed: Deed) -> SharedTill:
    """Get in with one's own card. Refusals: NotACashiersCard, GuessedTooOften, TillNotShared, and those of a tap."""
    guesses = {f"cards:{shared.till_id}": rules.OF_CARDS}
    cashiers.may_guess(programme_id=shared.programme_id, of=guesses, deed=deed)
    with transaction.atomic():
        till = queries.till_of(shared)
        found = cards_writing.recognised(programme_id=shared.programme_id, token=card_token, till=till, deed=deed)
        if found is None:
            cashiers.count_guess(programme_id=shared.programme_id, of=guesses, deed=deed)
    if isinstance(found, Refusal):
        raise found
    with transaction.atomic():
        return _let_in(shared, _owner(found), How.CARD, token, deed)


def _owner(card: Card | None) -> Staff:
    known = card is not None and card.state == CardState.ACTIVE
    staff = Staff.objects.filter(cashier__card=card).select_related("user").first() if known else None
    if staff is None or not queries.may_enter(staff):
        raise rules.NotACashiersCard
    return staff


def _let_in(shared: SharedTill, staff: Staff, how: How, token: str, deed: Deed) -> SharedTill:
    row = writing.locked(shared)
    if row.ended_at is not None:
        raise rules.TillNotShared
    row.staff, row.role, row.how, row.entered_at = staff, staff.role, how, deed.now
    row.token_hash, row.active_at = queries.hash_of(token), deed.now
    row.save(update_fields=["staff", "role", "how", "entered_at", "token_hash", "active_at"])
    actor = replace(Actor.of_staff(staff, address=deed.actor.address), role=Role.CASHIER)
    cashiers.note(row.till, row.till.name, "till.entered", replace(deed, actor=actor), {"by": how.value})
    return row


def _at_tills(staff: Staff) -> Staff:
    row = Staff.objects.select_for_update(of=("self",)).select_related("user").get(pk=staff.pk)
    if not queries.may_enter(row):
        raise rules.NotAtTills
    return row
