"""Reads over shared tills and who gets in there."""

import hashlib
from collections.abc import Collection
from datetime import datetime

from groat.cards.models import CardState
from groat.cashiers import rules
from groat.cashiers.models import Cashier, How, SharedTill
from groat.programmes import access
from groat.programmes.models import Staff, Till


def hash_of(token: str) -> bytes:
    """What the database knows of a browser's token, which is 256 bits of chance."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def by_token(token: str) -> SharedTill | None:
    """The shared till that a browser has the token of, with all that says who is in; None when it has ended."""
    found = SharedTill.objects.filter(token_hash=hash_of(token), ended_at=None)
    return found.select_related("till__site", "programme", "staff__user", "staff__cashier__card").first()


def who_is_in(shared: SharedTill, *, now: datetime) -> Staff | None:
    """Who works at a shared till (of `by_token`), as the staff that they are; None when it is locked."""
    staff = shared.staff
    if staff is None or shared.entered_at is None or not may_enter(staff) or staff.role != shared.role:
        return None
    cashier = of(staff)
    if cashier is None:
        return None
    is_good = cashier.changed_at <= shared.entered_at and (shared.how == How.PIN or opens(cashier))
    is_idle = rules.is_idle(shared.active_at, lock_after_minutes=shared.programme.lock_after_minutes, now=now)
    return staff if is_good and not is_idle else None


def may_enter(staff: Staff) -> bool:
    """Whether somebody works at tills at all; their user must be loaded."""
    return staff.left_at is None and staff.role in access.TILL and staff.user.is_active


def opens(cashier: Cashier) -> bool:
    """Whether the cashier's own card opens tills now."""
    return cashier.card is not None and cashier.card.state == CardState.ACTIVE


def people(*, programme_id: int) -> list[Staff]:
    """All who work at the programme's tills, by name, with what lets them in (`staff.cashier`, if there is any)."""
    found = Staff.objects.filter(programme_id=programme_id, left_at=None, role__in=access.TILL, user__is_active=True)
    rows = found.select_related("user", "cashier__card__customer")
    return sorted(rows, key=lambda staff: (staff.user.name.casefold(), staff.id))


def with_pin(*, programme_id: int) -> list[Staff]:
    """Those of them who have a PIN."""
    return [one for one in people(programme_id=programme_id) if (cashier := of(one)) and cashier.pin_hash]


def shared(*, programme_id: int) -> list[SharedTill]:
    """The programme's shared tills, by till."""
    found = SharedTill.objects.filter(programme_id=programme_id, ended_at=None)
    rows = found.select_related("till__site", "programme", "staff__user", "staff__cashier__card")
    return list(rows.order_by("till__site__name", "till__name", "id"))


def changes(tills: Collection[int]) -> dict[int, str]:
    """By till, a text that changes with who is in at its browsers; for `groat.till.news`."""
    seen: dict[int, str] = {}
    found = SharedTill.objects.filter(till__in=tills, ended_at=None).order_by("id")
    for till, *facts in found.values_list("till_id", "id", "entered_at"):
        seen[till] = seen.get(till, "") + repr(facts)
    return seen


def of_staff(staff: Staff) -> Cashier | None:
    """What lets a member of staff in, with the card."""
    return Cashier.objects.select_related("card__customer").filter(staff=staff).first()


def of(staff: Staff) -> Cashier | None:
    """The same of one of `people`, without asking again."""
    return getattr(staff, "cashier", None)


def till_of(shared: SharedTill) -> Till:
    """The till that a browser belongs to, with its programme."""
    shared.till.programme = shared.programme
    return shared.till
