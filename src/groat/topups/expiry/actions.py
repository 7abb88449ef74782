"""What an owner does to the rule by which credits expire."""

from datetime import datetime, timedelta

from django.db import transaction

from groat.programmes import audit, writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme
from groat.topups.expiry import queries
from groat.topups.expiry.models import ExpiryRule
from groat.topups.expiry.rules import Rule, RuleBegun


@transaction.atomic
def set_rule(*, programme: Programme, rule: Rule, starts_at: datetime | None = None, deed: Deed) -> ExpiryRule:
    """Have a rule decide from an instant on (None: from now). Credits already bought keep their dates.

    It takes the place of one that was to begin later.
    """
    # Locked, so that of two rules made at once one comes after the other.
    writing.locked(programme)
    begins = max(starts_at or deed.now, deed.now)
    planned = ExpiryRule.objects.filter(programme=programme, withdrawn_at=None, starts_at__gt=deed.now)
    planned.update(withdrawn_at=deed.now)
    latest = queries.in_force(programme_id=programme.id, at=begins)
    if latest is not None and latest.starts_at == begins:
        # Two made in the same instant: the later one holds.
        begins += timedelta(microseconds=1)
    row = ExpiryRule.objects.create(
        id=deed.mint(),
        programme=programme,
        actor=deed.actor.code,
        made_at=deed.now,
        starts_at=begins,
        **rule.told(),
    )
    audit.write(
        programme_id=programme.id,
        deed=deed,
        action="expiry_rule.set",
        subject=row,
        subject_name=programme.name,
        details={"starts_at": begins.isoformat(), "rule": rule.told()},
    )
    return row


@transaction.atomic
def withdraw_rule(*, row: ExpiryRule, deed: Deed) -> ExpiryRule:
    """Take back a rule that has not begun. Taking it back twice is taking it back once. Refusal: RuleBegun."""
    row = writing.locked(row)
    if row.withdrawn_at is not None:
        return row
    if row.starts_at <= deed.now:
        raise RuleBegun
    writing.change(row, {"withdrawn_at": deed.now})
    audit.write(
        programme_id=row.programme_id,
        deed=deed,
        action="expiry_rule.withdrawn",
        subject=row,
        subject_name=row.programme.name,
        details={"starts_at": row.starts_at.isoformat()},
    )
    return row
