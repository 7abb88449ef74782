"""The audit trail: who did what, when, from where."""

from typing import Any

from groat.programmes import writing
from groat.programmes.deeds import Deed
from groat.programmes.models import AuditEntry
from groat.rows import Row


def write(
    *,
    programme_id: int | None,
    deed: Deed,
    action: str,
    subject: Row,
    subject_name: str,
    details: dict[str, Any] | None = None,
) -> AuditEntry:
    """Note what was done, in the transaction that does it.

    `action` is the noun and what was done to it: `card.blocked`. Details are JSON; no secret, no
    card number and nothing about a customer but the names of what changed: they stay for good.
    """
    writing.demand_transaction()
    return AuditEntry.objects.create(
        id=deed.mint(),
        programme_id=programme_id,
        at=deed.now,
        actor=deed.actor.code,
        actor_name=deed.actor.name[:120],
        action=action,
        subject=f"{subject.kind}:{subject.id}",
        subject_name=subject_name[:120],
        address=deed.actor.address,
        details=details or {},
    )
