"""Figures of days, folded from what can no longer change; what the bookkeeping export needs to know; schedules."""

from typing import Any

from django.db import models

from groat.programmes.models import Programme


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
