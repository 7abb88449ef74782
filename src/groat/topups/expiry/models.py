"""The rules by which credits expire, one after the other; their trials, and what customers were told."""

from typing import Any

from django.db import models

from groat.customers.models import Wallet
from groat.programmes.models import Programme
from groat.rows import OfProgramme
from groat.topups.expiry import rules


class ExpiryRule(OfProgramme):
    """A rule of a programme from an instant on, until the next one begins. Never changed; taken back only before."""

    kind = "expiry_rule"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="expiry_rules")
    life = models.CharField(max_length=10)
    months = models.PositiveSmallIntegerField(null=True)
    period = models.CharField(max_length=10, blank=True)
    periods_after = models.PositiveSmallIntegerField(default=0)
    visit_days = models.PositiveSmallIntegerField(null=True)
    grace_days = models.PositiveSmallIntegerField(default=0)
    extension = models.CharField(max_length=10, default=rules.Extension.NONE.value)
    extension_months = models.PositiveSmallIntegerField(null=True)
    extends_from_minor = models.BigIntegerField(default=1)
    """Minor units of credit."""
    refund_grace_days = models.PositiveSmallIntegerField(default=14)
    reminder_days: "models.JSONField[list[int], list[int]]" = models.JSONField(default=list)
    actor = models.CharField(max_length=40)
    made_at = models.DateTimeField()
    starts_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "starts_at"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="one_expiry_rule_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at__isnull=True) | models.Q(withdrawn_at__lt=models.F("starts_at")),
                name="an_expiry_rule_is_withdrawn_before_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(life="never", months=None, period="", visit_days=None)
                | models.Q(life="months", months__isnull=False, months__gte=1, period="", visit_days=None)
                | models.Q(
                    life="period", months=None, period__in=["month", "quarter", "half_year", "year"], visit_days=None
                )
                | models.Q(
                    life="visit", months=None, period="", visit_days__isnull=False, visit_days__gte=1, grace_days__gte=1
                ),
                name="an_expiry_rule_says_how_long",
            ),
            models.CheckConstraint(
                condition=models.Q(extension__in=["none", "as_new"], extension_months=None)
                | models.Q(extension="months", extension_months__isnull=False, extension_months__gte=1),
                name="an_expiry_rule_says_what_extends",
            ),
            models.CheckConstraint(
                condition=models.Q(extends_from_minor__gte=1), name="credits_are_extended_by_buying_something"
            ),
        ]

    @property
    def terms(self) -> rules.Rule:
        """The rule itself."""
        return rules.Rule.of({name: getattr(self, name) for name in rules.Rule.__slots__})


class ExpiryTrial(OfProgramme):
    """What a rule would have done to a programme's credits, computed by the worker, some wallets at a time."""

    kind = "expiry_trial"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    rule: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    """As `rules.Rule.told` says it."""
    actor = models.CharField(max_length=40)
    asked_at = models.DateTimeField()
    wallets_total = models.PositiveIntegerField()
    wallets_done = models.PositiveIntegerField(default=0)
    after_wallet = models.BigIntegerField(default=0)
    """The last wallet that is counted: who goes on begins behind it."""
    tally: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    """As `replay.Tally.told` says it."""
    done_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["programme"],
                condition=models.Q(done_at__isnull=True, failed_at__isnull=True),
                name="one_trial_of_a_rule_at_a_time",
            )
        ]

    @property
    def terms(self) -> rules.Rule:
        """The rule that is tried."""
        return rules.Rule.of(self.rule)


class ExpiryReminder(OfProgramme):
    """A letter about credits that soon expire: one for a wallet, a day, and a distance."""

    kind = "expiry_reminder"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    """On which they expire, where the programme is; grace comes on top."""
    distance_days = models.PositiveSmallIntegerField()
    amount_minor = models.BigIntegerField()
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wallet", "day", "distance_days"], name="a_reminder_is_sent_once"),
        ]


class VisitsSeen(OfProgramme):
    """Up to which entry a programme's visits have moved dates. Its id is the programme's."""

    kind = "visits_seen"

    programme = models.OneToOneField(Programme, on_delete=models.PROTECT, related_name="+")
    up_to_entry = models.BigIntegerField()
