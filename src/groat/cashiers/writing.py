"""What the actions share. Everything here demands a transaction."""

from collections.abc import Iterable, Mapping
from typing import Any

from groat.cashiers import rules
from groat.cashiers.models import Cashier, Guesses, SharedTill
from groat.cashiers.rules import Patience
from groat.programmes import audit, writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Staff
from groat.rows import OfProgramme


def count_guess(*, programme_id: int, of: Mapping[str, Patience], deed: Deed) -> None:
    """Count a guess as wrong, before anybody looks whether it is right. Refusal: GuessedTooOften, which counts none."""
    rows = locked_guesses(programme_id=programme_id, subjects=of, deed=deed)
    _wait(rows, of, deed)
    for row in rows:
        row.wrong, row.last_at = rules.still_wrong(row.wrong, last_at=row.last_at, now=deed.now) + 1, deed.now
    Guesses.objects.bulk_update(rows, ["wrong", "last_at"])


def may_guess(*, programme_id: int, of: Mapping[str, Patience], deed: Deed) -> None:
    """Refusal: GuessedTooOften."""
    _wait(Guesses.objects.filter(programme_id=programme_id, subject__in=of), of, deed)


def take_back_guess(*, programme_id: int, all_of: str, one_of: str) -> None:
    """It was right: a person's wrong ones are forgotten; at the till, which is everybody's, only this one."""
    writing.demand_transaction()
    rows = Guesses.objects.select_for_update().filter(programme_id=programme_id, subject__in=[all_of, one_of])
    for row in rows.order_by("subject"):
        row.wrong = 0 if row.subject == all_of else max(0, row.wrong - 1)
        row.save(update_fields=["wrong"])


def locked_guesses(*, programme_id: int, subjects: Iterable[str], deed: Deed) -> list[Guesses]:
    """The counts of these subjects, which nobody else changes until the transaction ends."""
    writing.demand_transaction()
    new = [
        Guesses(id=deed.mint(), programme_id=programme_id, subject=subject, wrong=0, last_at=deed.now)
        for subject in sorted(subjects)
    ]
    Guesses.objects.bulk_create(new, ignore_conflicts=True)
    # In one order, so that two tills cannot wait for each other.
    found = Guesses.objects.select_for_update().filter(programme_id=programme_id, subject__in=subjects)
    return list(found.order_by("subject"))


def _wait(rows: Iterable[Guesses], of: Mapping[str, Patience], deed: Deed) -> None:
    pauses = [
        (row, of[row.subject].pause(rules.still_wrong(row.wrong, last_at=row.last_at, now=deed.now))) for row in rows
    ]
    # Of two guesses at once the later one may be counted first: that alone is no reason to wait.
    ends = [row.last_at + pause for row, pause in pauses if pause]
    if ends and max(ends) > deed.now:
        raise rules.GuessedTooOften(until=max(ends))


def cashier_of(staff: Staff, deed: Deed) -> Cashier:
    """What lets somebody in, locked; a new one that lets nobody in if there was none."""
    writing.demand_transaction()
    found = Cashier.objects.select_for_update(of=("self",)).filter(staff=staff).first()
    return found or Cashier(id=deed.mint(), programme_id=staff.programme_id, staff=staff, changed_at=deed.now)


def change_cashier(cashier: Cashier, deed: Deed, **changes: Any) -> None:
    """Save what lets somebody in; wherever they are in by what they had, they are out."""
    for name, value in changes.items():
        setattr(cashier, name, value)
    cashier.changed_at = deed.now
    cashier.save()
    found = SharedTill.objects.select_for_update().filter(staff=cashier.staff)
    for shared in found.order_by("id"):
        leave(shared)


def leave(shared: SharedTill, **more: Any) -> None:
    """Nobody is in any more."""
    for name, value in {"staff": None, "role": "", "how": "", "entered_at": None, **more}.items():
        setattr(shared, name, value)
    shared.save(update_fields=["staff", "role", "how", "entered_at", *more])


def note(row: OfProgramme, name: str, action: str, deed: Deed, details: dict[str, Any] | None = None) -> None:
    """Write into the audit trail what was done."""
    audit.write(
        programme_id=row.programme_id, deed=deed, action=action, subject=row, subject_name=name, details=details
    )
