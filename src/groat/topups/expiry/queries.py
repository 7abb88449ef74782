"""Reads over the rules by which credits expire."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from groat.topups.expiry.models import ExpiryRule, ExpiryTrial
from groat.topups.expiry.rules import NO_EXPIRY, Rule, refund_grace


def in_force(*, programme_id: int, at: datetime) -> ExpiryRule | None:
    """The row of the rule that decides at an instant; None when nobody has made one yet. One query."""
    made = ExpiryRule.objects.filter(programme_id=programme_id, withdrawn_at=None, starts_at__lte=at)
    return made.order_by("-starts_at").first()


def rule(*, programme_id: int, at: datetime) -> Rule:
    """The rule that decides at an instant. One query."""
    row = in_force(programme_id=programme_id, at=at)
    return row.terms if row else NO_EXPIRY


def grace(*, programme_id: int, at: datetime) -> timedelta:
    """How long credits are good that come back after their expiry. One query."""
    return refund_grace(rule(programme_id=programme_id, at=at))


def versions(*, programme_id: int) -> Sequence[ExpiryRule]:
    """All that were made, the latest first, without those that were taken back. One query."""
    made = ExpiryRule.objects.filter(programme_id=programme_id, withdrawn_at=None)
    return list(made.order_by("-starts_at"))


def last_trials(*, programme_id: int, limit: int = 5) -> list[ExpiryTrial]:
    """What was tried last, the latest first. One query."""
    return list(ExpiryTrial.objects.filter(programme_id=programme_id).order_by("-id")[:limit])
