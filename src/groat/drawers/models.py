"""The cash at a till: a drawer from its opening to its closing, and each amount that went in or out."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from groat.programmes.models import Programme, Till
from groat.rows import OfProgramme
from groat.topups.models import TopUp


class Drawer(OfProgramme):
    """What happens to the cash of a till between one counting and the next. Closed, it never changes."""

    kind = "drawer"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    till = models.ForeignKey(Till, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    """Of this till, without gaps: the number of its report."""
    since_id = models.BigIntegerField()
    """Its report counts the sales with ids above this one: all since the report before."""
    until_id = models.BigIntegerField(null=True)
    """And up to this one."""
    float_minor = models.BigIntegerField()
    """Minor units of the currency, as all cash."""
    opened_by = models.CharField(max_length=40)
    opened_at = models.DateTimeField()
    closed_by = models.CharField(max_length=40, blank=True)
    closed_at = models.DateTimeField(null=True)
    expected_minor = models.BigIntegerField(null=True)
    counted_minor = models.BigIntegerField(null=True)
    note = models.CharField(max_length=200, blank=True)
    report: "models.JSONField[dict[str, Any] | None, dict[str, Any] | None]" = models.JSONField(null=True)
    """`rules.Report` as it was at the closing."""

    class Meta:
        indexes = [models.Index(fields=["programme", "-id"], name="drawers_newest_first")]
        constraints = [
            models.UniqueConstraint(
                fields=["till"], condition=models.Q(closed_at__isnull=True), name="one_drawer_is_open_at_a_till"
            ),
            models.UniqueConstraint(fields=["till", "number"], name="one_report_a_number"),
            models.CheckConstraint(condition=models.Q(float_minor__gte=0), name="a_float_is_no_debt"),
            models.CheckConstraint(
                condition=models.Q(
                    closed_at__isnull=True,
                    until_id__isnull=True,
                    expected_minor__isnull=True,
                    counted_minor__isnull=True,
                )
                | models.Q(
                    closed_at__isnull=False,
                    until_id__isnull=False,
                    expected_minor__isnull=False,
                    counted_minor__gte=0,
                    report__isnull=False,
                ),
                name="a_drawer_closes_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"Z {self.number}"

    @property
    def difference_minor(self) -> int | None:
        """What was too much (or, below zero, missing) when it was counted."""
        if self.counted_minor is None or self.expected_minor is None:
            return None
        return self.counted_minor - self.expected_minor


class MoveKind(models.TextChoices):
    TOP_UP = "top_up", _("Top-up")
    TOP_UP_UNDONE = "top_up_undone", _("Top-up taken back")
    PUT_IN = "put_in", _("Put in")
    TAKEN_OUT = "taken_out", _("Taken out")


class CashMove(OfProgramme):
    """Cash that went into a drawer (above zero) or out of it. Append-only."""

    kind = "cash_move"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    drawer = models.ForeignKey(Drawer, on_delete=models.PROTECT, related_name="moves")
    why = models.CharField(max_length=13, choices=MoveKind.choices)
    amount_minor = models.BigIntegerField()
    top_up = models.ForeignKey(TopUp, on_delete=models.PROTECT, null=True, related_name="cash_moves")
    reason = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["top_up", "why"], name="cash_for_a_top_up_moves_once"),
            models.CheckConstraint(
                condition=models.Q(why__in=["top_up", "put_in"], amount_minor__gt=0)
                | models.Q(why__in=["top_up_undone", "taken_out"], amount_minor__lt=0),
                name="cash_moves_in_or_out",
            ),
            models.CheckConstraint(
                condition=models.Q(why__in=["top_up", "top_up_undone"], top_up__isnull=False)
                | models.Q(models.Q(why__in=["put_in", "taken_out"], top_up__isnull=True), ~models.Q(reason="")),
                name="cash_moves_for_a_reason",
            ),
        ]
