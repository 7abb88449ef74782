"""Months of customers who pay later: statements, how their debts were settled, and on which terms."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from groat.customers.models import Group, Wallet
from groat.programmes.models import Programme
from groat.rows import OfProgramme
from groat.settlements import rules
from groat.topups.models import TopUp


class Way(models.TextChoices):
    """How debts are settled."""

    WAGES = "wages", _("Deducted from wages")
    COMPANY = "company", _("Paid by the company in one sum")
    BANK = "bank", _("Bank transfer")
    CASH = "cash", _("Cash")
    CARD = "card", _("Payment card")


class StatementRun(OfProgramme):
    """The statements of one month, made at once. Append-only."""

    kind = "statement_run"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    """Of the programme, without gaps."""
    month = models.DateField()
    """Its first day."""
    group = models.ForeignKey(Group, on_delete=models.PROTECT, null=True, related_name="+")
    """None: whoever pays later and had no statement of that month yet."""
    statements_count = models.PositiveIntegerField()
    spent_minor = models.BigIntegerField()
    """Minor units of credit, as all amounts here."""
    owed_minor = models.BigIntegerField()
    actor = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="one_run_a_number"),
            models.UniqueConstraint(
                fields=["programme", "month", "group"],
                condition=Q(group__isnull=False),
                name="one_run_a_month_for_a_group",
            ),
            models.CheckConstraint(condition=Q(statements_count__gt=0, owed_minor__gte=0), name="a_run_says_something"),
        ]

    def __str__(self) -> str:
        return str(self.number)

    @property
    def of_month(self) -> rules.Month:
        """The month that it tells."""
        return rules.Month(self.month)


class Statement(OfProgramme):
    """A wallet's month: what it began with, what moved, what is owed. What it says never changes.

    It tells the postings after `since_sequence` up to `until_sequence`: the next one goes on where this one ended,
    so that what is booked late is told once, too.
    """

    kind = "statement"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey(StatementRun, on_delete=models.PROTECT, related_name="statements")
    month = models.DateField()
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="statements")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, null=True, related_name="+")
    """In which the customer was."""
    since_sequence = models.BigIntegerField()
    until_sequence = models.BigIntegerField()
    opening_minor = models.BigIntegerField()
    spent_minor = models.BigIntegerField()
    topped_up_minor = models.BigIntegerField()
    corrected_minor = models.BigIntegerField()
    closing_minor = models.BigIntegerField()
    due_on = models.DateField()
    blocks_on = models.DateField(null=True)
    """From when nothing more may be owed while this is unpaid."""
    is_open = models.BooleanField()
    """Whether any of its debt was unpaid when that was last looked at."""
    is_to_be_sent = models.BooleanField(default=False, db_default=False)
    """By e-mail, which the worker writes."""
    reminded_on = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["programme", "due_on"], condition=Q(is_open=True), name="statements_unpaid"),
            models.Index(fields=["id"], condition=Q(is_to_be_sent=True), name="statements_to_be_sent"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["wallet", "month"], name="one_statement_a_month"),
            models.CheckConstraint(
                condition=Q(
                    closing_minor=F("opening_minor") - F("spent_minor") + F("topped_up_minor") + F("corrected_minor")
                ),
                name="a_statement_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(since_sequence__gte=0, until_sequence__gte=F("since_sequence")),
                name="a_statement_goes_forward",
            ),
            models.CheckConstraint(condition=Q(is_open=False) | Q(closing_minor__lt=0), name="only_debts_are_open"),
        ]

    @property
    def owed_minor(self) -> int:
        """What the customer owed at its end, with what was left over from before."""
        return max(0, -self.closing_minor)


class Settlement(OfProgramme):
    """Debts of one run that were settled together, in one way."""

    kind = "settlement"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey(StatementRun, on_delete=models.PROTECT, related_name="settlements")
    way = models.CharField(max_length=8, choices=Way.choices)
    note = models.CharField(_("note"), max_length=200, blank=True)
    amount_minor = models.BigIntegerField()
    """Minor units of credit."""
    paid_minor = models.BigIntegerField()
    """Minor units of the currency."""
    people = models.PositiveIntegerField()
    actor = models.CharField(max_length=40)
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["programme", "-id"], name="settlements_newest_first")]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, paid_minor__gte=0, people__gt=0), name="a_settlement_pays_something"
            ),
        ]


class SettledStatement(OfProgramme):
    """What of a statement's debt a settlement paid. Append-only."""

    kind = "settled_statement"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, related_name="parts")
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="settled")
    top_up = models.OneToOneField(TopUp, on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["settlement", "statement"], name="a_statement_is_settled_once_at_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="a_settled_part_pays_something"),
        ]


class AccountTerms(OfProgramme):
    """Until when debts are to be settled: those of a group, or of all who are in none with terms of its own."""

    kind = "account_terms"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    group = models.OneToOneField(Group, on_delete=models.PROTECT, null=True, related_name="+")
    due_days = models.PositiveSmallIntegerField()
    block_days = models.PositiveSmallIntegerField(null=True)
    reminder_days: "models.JSONField[list[int], list[int]]" = models.JSONField(default=list)
    sends_statements = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["programme"], condition=Q(group__isnull=True), name="one_set_of_terms_for_all"
            ),
        ]

    @property
    def terms(self) -> rules.Terms:
        """As `rules` reads them."""
        return rules.Terms(self.due_days, self.block_days, tuple(sorted(self.reminder_days)), self.sends_statements)
