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
        indexes = [
            models.Index(fields=["programme", "search", "id"], name="customers_by_name"),
            models.Index(
                fields=["programme", "identifier"], condition=~models.Q(identifier=""), name="customers_by_identifier"
            ),
            models.Index(
                models.F("programme"), Lower("email"), condition=~models.Q(email=""), name="customers_by_email"
            ),
            models.Index(fields=["programme", "phone"], condition=~models.Q(phone=""), name="customers_by_phone"),
        ]
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
    opening_minor = models.BigIntegerField(null=True)
    """The balance that an import brought along from elsewhere; None when none did. It is booked once."""


class ImportState(models.TextChoices):
    MAPPING = "mapping", _("Columns to be chosen")
    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("To be confirmed")
    RUNNING = "running", _("Under way")
    DONE = "done", _("Done")
    DISCARDED = "discarded", _("Discarded")


class Import(OfProgramme):
    """A table of customers, or of what they did before Groat, on its way into the programme."""

    kind = "import"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=10)
    """`import_rules.Kind`."""
    file_name = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.MAPPING)
    headings: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    mapping: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    """For each column the field that it means, or an empty text."""
    rows = models.PositiveIntegerField(default=0)
    parts = models.PositiveIntegerField(default=0)
    parts_done = models.PositiveIntegerField(default=0)
    """Of the check or of the import, whichever is under way: each part commits with what was done of it."""
    made = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    actor = models.CharField(max_length=40)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["programme", "-id"], name="imports_newest_first")]
        constraints = [
            models.UniqueConstraint(
                fields=["programme"], condition=models.Q(state="running"), name="one_import_runs_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return self.file_name


class ImportPart(OfProgramme):
    """Some of an import's rows, as they stood in the file. Gone when the import has ended: they are about people."""

    kind = "import_part"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+", db_index=False)
    of = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    first_row = models.PositiveIntegerField()
    """The number that the first of them has in a spreadsheet, where the headings are row 1."""
    cells: "models.JSONField[list[list[str]], list[list[str]]]" = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "number"], name="one_part_a_number")]


class ImportFault(OfProgramme):
    """A row that was refused, and why."""

    kind = "import_fault"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+", db_index=False)
    of = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="+", db_index=False)
    row = models.PositiveIntegerField()
    column = models.CharField(max_length=120)
    refusal = models.CharField(max_length=60)
    facts: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["of", "row", "id"], name="faults_by_row")]


class PastMovement(OfProgramme):
    """What a customer did before Groat: told on the statement, and no part of the book."""

    kind = "past_movement"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+", db_index=False)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    amount_minor = models.BigIntegerField()
    text = models.CharField(max_length=200, blank=True)
    reference = models.CharField(max_length=60, blank=True)
    key = models.BinaryField(max_length=16)
    ordinal = models.PositiveIntegerField()
    """Which of those that are alike: two coffees may cost the same in the same minute."""
    seen_in = models.BigIntegerField()
    """The last import that told of it."""

    class Meta:
        indexes = [models.Index(fields=["wallet", "-at", "-id"], name="past_movements_newest_first")]
        constraints = [
            models.UniqueConstraint(fields=["programme", "key", "ordinal"], name="one_past_movement_a_key"),
        ]


class CustomerNote(OfProgramme):
    """Something that somebody of the staff wrote down about a customer, for the staff."""

    kind = "customer_note"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="notes", db_index=False)
    text = models.TextField(_("note"), max_length=1000)
    actor = models.CharField(max_length=40)
    """Who wrote it, and may remove it."""
    actor_name = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["customer", "-id"], name="notes_newest_first")]
