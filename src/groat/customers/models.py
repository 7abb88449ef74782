"""People and their wallets."""

from typing import Any

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from groat.programmes.models import Programme
from groat.rows import OfProgramme


class Group(OfProgramme):
    """Customers who have something in common: the employees of a company, the members of a club."""

    kind = "group"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="groups")
    name = models.CharField(_("name"), max_length=120)
    note = models.TextField(_("note"), max_length=1000, blank=True)
    floor_minor = models.BigIntegerField(_("minimum balance"), null=True, blank=True)
    """How far below zero its customers may go who have no minimum of their own (0, or negative); None: not below."""
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    """Since when nobody is put into it any more; who is in it stays."""

    class Meta:
        ordering = [Lower("name"), "id"]
        constraints = [
            models.UniqueConstraint("programme", Lower("name"), name="one_group_a_name"),
            models.CheckConstraint(
                condition=models.Q(floor_minor__isnull=True) | models.Q(floor_minor__lte=0),
                name="a_groups_floor_is_not_above_zero",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Customer(OfProgramme):
    """Somebody who pays with credits. Anonymous when all that is known is a card."""

    kind = "customer"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="customers")
    name = models.CharField(_("name"), max_length=120, blank=True)
    identifier = models.CharField(_("identifier"), max_length=60, blank=True)
    """The merchant's own further identifier: employee number, birth date, locker."""
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=16, blank=True)
    """E.164, such as +420601234567."""
    language = models.CharField(_("language"), max_length=5, blank=True)
    note = models.TextField(_("note"), max_length=1000, blank=True)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="customers", null=True, blank=True)
    blocked_at = models.DateTimeField(null=True, blank=True)
    """Since when none of their cards pays."""
    block_reason = models.CharField(_("reason"), max_length=200, blank=True, default="", db_default="")
    search = models.TextField(editable=False)
    """Name, identifier, e-mail and phone in lower case without diacritics, for the office's search."""
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["programme", "search", "id"], name="customers_by_name")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(name="", identifier="")
                | (~models.Q(name="") & (~models.Q(email="") | ~models.Q(phone=""))),
                name="a_named_customer_can_be_reached",
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(_("Anonymous customer"))


class MassChange(OfProgramme):
    """Something that was done to many customers at once, with what stood there before, so that it can be undone."""

    kind = "mass_change"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=10)
    """`group`, `block`, `unblock` or `language`."""
    before: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    """By customer's id: the values that stood there. Those on whom nothing changed are not in it."""
    after: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    """By field: the value that all of them got."""
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)


class Wallet(OfProgramme):
    """A customer's credit account. The ledger keeps the money under the same id."""

    kind = "wallet"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="wallets")
    owner = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="wallets")
    has_own_floor = models.BooleanField(default=False, db_default=False)
    """Whether its minimum balance was agreed for it alone; otherwise it is the group's, or zero."""
    overdue_since = models.DateTimeField(null=True, blank=True)
    """Since when nothing more may be owed, for a debt was not settled in time: until it is, its floor is zero."""
    agreed_floor_minor = models.BigIntegerField(null=True, blank=True)
    """Meanwhile: the floor that was agreed for it alone, and comes back."""
    created_at = models.DateTimeField()
