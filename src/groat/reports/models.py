"""Figures of days, folded from what can no longer change; what the bookkeeping export needs to know; schedules."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from groat.programmes.models import Programme
from groat.rows import OfProgramme


class Fold(models.Model):
    """How far a programme's entries are folded into figures."""

    programme = models.OneToOneField(Programme, on_delete=models.PROTECT, primary_key=True, related_name="+")
    folded_id = models.BigIntegerField(default=0)
    """Entries up to this id are in the figures, and no others."""
    time_zone = models.CharField(max_length=50)
    """In which they were counted."""
    version = models.PositiveSmallIntegerField()
    """Of the rules by which they were."""
    prices: "models.JSONField[list[Any], list[Any]]" = models.JSONField(default=list)
    """[after this entry, minor units of the currency, for minor units of credit]: what credits cost since when."""


class PostedCell(models.Model):
    """`cells.Posted`, folded."""

    pk = models.CompositePrimaryKey("programme", "day", "hour", "kind", "account", "till", "actor", "means")
    programme = models.BigIntegerField()
    day = models.DateField()
    hour = models.SmallIntegerField()
    kind = models.CharField(max_length=12)
    account = models.SmallIntegerField()
    till = models.BigIntegerField()
    actor = models.CharField(max_length=40)
    means = models.CharField(max_length=20)
    entries = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    worth_minor = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "reports_posted"


class SoldCell(models.Model):
    """`cells.Sold`, folded."""

    pk = models.CompositePrimaryKey("programme", "day", "hour", "till", "actor", "product", "vat_rate", "is_back")
    programme = models.BigIntegerField()
    day = models.DateField()
    hour = models.SmallIntegerField()
    till = models.BigIntegerField()
    actor = models.CharField(max_length=40)
    product = models.BigIntegerField()
    vat_rate = models.IntegerField()
    is_back = models.SmallIntegerField()
    quantity = models.BigIntegerField()
    credits_minor = models.BigIntegerField()
    cash_minor = models.BigIntegerField()
    worth_minor = models.BigIntegerField()
    vat_minor = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "reports_sold"


class Bookkeeping(models.Model):
    """What the bookkeeping of a programme's merchant wants to be told; without a row, what is usual."""

    programme = models.OneToOneField(Programme, on_delete=models.PROTECT, primary_key=True, related_name="+")
    company_id = models.CharField(_("company number"), max_length=15, blank=True)
    eur_rate = models.DecimalField(_("one euro costs"), max_digits=14, decimal_places=6, null=True, blank=True)
    """Of the programme's currency; None: it is the euro, or nobody has said."""
    accounts: "models.JSONField[dict[str, list[str]], dict[str, list[str]]]" = models.JSONField(default=dict)
    """By kind of document: debit, credit, and the assignment's code in Pohoda. What is not there is usual."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(eur_rate__isnull=True) | models.Q(eur_rate__gt=0), name="a_euro_costs_something"
            )
        ]


class Every(models.TextChoices):
    DAY = "day", _("every day, about the day before")
    WEEK = "week", _("every Monday, about the week before")
    MONTH = "month", _("every first of the month, about the month before")


class Schedule(OfProgramme):
    """A report that is sent regularly."""

    kind = "schedule"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    report = models.CharField(max_length=40)
    file_format = models.CharField(max_length=4)
    every = models.CharField(max_length=5, choices=Every.choices)
    recipients: "models.JSONField[list[int], list[int]]" = models.JSONField()
    """Staff, by their keys. Who has left gets nothing."""
    sent_until = models.DateField()
    """The last day of the last period that was sent."""
    actor = models.CharField(max_length=40)
    created_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["programme", "-id"], name="schedules_newest_first")]
