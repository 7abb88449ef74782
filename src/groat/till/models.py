"""Baskets, payments and what was given back."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from groat.cards.models import Card
from groat.customers.models import Customer, Wallet
from groat.programmes.models import Programme, Till
from groat.rows import OfProgramme


class CheckoutState(models.TextChoices):
    OPEN = "open", _("Open")
    WAITING = "waiting", _("Waiting for a card")
    CONFIRMING = "confirming", _("Waiting for confirmation")
    PAID = "paid", _("Paid")
    DECLINED = "declined", _("Declined")
    ABANDONED = "abandoned", _("Abandoned")


class Checkout(OfProgramme):
    """A basket on its way to being paid. A declined one may be tried with another card."""

    kind = "checkout"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    till = models.ForeignKey(Till, on_delete=models.PROTECT, related_name="checkouts", db_index=False)
    state = models.CharField(max_length=10, choices=CheckoutState.choices)
    lines: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(default=list)
    """As in a payment: product, name, quantity, price_minor, amount_minor."""
    amount_minor = models.BigIntegerField()
    """What the lines sum to: credits and cash together."""
    cash_minor = models.BigIntegerField(default=0, db_default=0)
    """The part that is paid in cash; a card is asked for the rest."""
    note = models.CharField(_("note"), max_length=200, blank=True, default="", db_default="")
    payment_id = models.BigIntegerField(null=True)
    refusal: "models.JSONField[dict[str, Any] | None, dict[str, Any] | None]" = models.JSONField(null=True)
    """Why the last card was declined: its code and facts."""
    no_debt = models.BooleanField(default=False, db_default=False)
    """Whether whoever opened it may not let a payment go into debt."""
    actor = models.CharField(max_length=40)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        # Whoever watches a till asks for its newest basket ten times a second.
        indexes = [models.Index(fields=["till", "-id"], name="checkouts_newest_first")]
        constraints = [
            models.UniqueConstraint(
                fields=["till"],
                condition=models.Q(state__in=["waiting", "confirming"]),
                name="one_checkout_waits_at_a_till",
            ),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="a_checkout_asks_for_something"),
            models.CheckConstraint(
                condition=models.Q(cash_minor__gte=0, cash_minor__lt=models.F("amount_minor")),
                name="cash_is_part_of_it",
            ),
        ]

    @property
    def credit_minor(self) -> int:
        """What a card is asked for."""
        return self.amount_minor - self.cash_minor


class ParkedState(models.TextChoices):
    PARKED = "parked", _("Put aside")
    TAKEN = "taken", _("Taken up")
    REMOVED = "removed", _("Deleted")


class ParkedBasket(OfProgramme):
    """A basket put aside at a till. One that is over is kept for a day, so that deleting it can be undone."""

    kind = "parked_basket"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    till = models.ForeignKey(Till, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(_("name"), max_length=40)
    lines: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField()
    """product (its public id) and quantity; what they cost is asked when the basket is taken up."""
    note = models.CharField(_("note"), max_length=200, blank=True)
    actor = models.CharField(max_length=40)
    parked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=ParkedState.choices)
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["till", "-changed_at"], name="parked_baskets_by_change")]

    def __str__(self) -> str:
        return self.name


class PaymentState(models.TextChoices):
    CONFIRMING = "confirming", _("Waiting for confirmation")
    PAID = "paid", _("Paid")
    CANCELLED = "cancelled", _("Cancelled")


class WithoutCard(models.TextChoices):
    """Why a customer paid without a card."""

    FORGOTTEN = "forgotten", _("Forgotten")
    LOST = "lost", _("Lost")
    BROKEN = "broken", _("Does not work")


# A payment's rows are read in the transaction that writes it, and none of them is ever deleted. A
# checked foreign key would lock the till's and the programme's row for each payment all the same.
_UNCHECKED: dict[str, Any] = {
    "on_delete": models.PROTECT,
    "related_name": "+",
    "db_index": False,
    "db_constraint": False,
}


class Payment(OfProgramme):
    """Credits paid at a till. Its id is that of its ledger entry, or of its hold while it waits."""

    kind = "payment"

    programme = models.ForeignKey(Programme, **_UNCHECKED)
    till = models.ForeignKey(Till, **_UNCHECKED)
    wallet = models.ForeignKey(Wallet, **_UNCHECKED)
    customer = models.ForeignKey(Customer, **_UNCHECKED)
    card = models.ForeignKey(Card, null=True, **_UNCHECKED)
    """The card that was presented; None when staff found the customer without one."""
    without_card = models.CharField(max_length=10, choices=WithoutCard.choices, blank=True, default="", db_default="")
    """Why there was none."""
    checkout = models.ForeignKey(Checkout, null=True, **_UNCHECKED)
    state = models.CharField(max_length=10, choices=PaymentState.choices)
    amount_minor = models.BigIntegerField()
    """The credits that the card pays."""
    cash_minor = models.BigIntegerField(default=0, db_default=0)
    """What was paid in cash beside them: the lines sum to both."""
    balance_minor = models.BigIntegerField()
    """The wallet's balance after it, as the customer was told."""
    refunded_minor = models.BigIntegerField(default=0)
    entry_id = models.BigIntegerField(null=True)
    """The ledger entry that took the credits; None until a waiting payment is captured."""
    lines: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(default=list)
    actor = models.CharField(max_length=40)
    address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField()

    @property
    def whole_minor(self) -> int:
        """What the lines sum to: credits and cash."""
        return self.amount_minor + self.cash_minor

    class Meta:
        indexes = [
            models.Index(fields=["programme", "-id"], name="payments_newest_first"),
            # Small, for it forgets a payment once it is settled; a paid one never enters it.
            models.Index(fields=["at"], condition=models.Q(state="confirming"), name="payments_that_wait"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="a_payment_takes_something"),
            models.CheckConstraint(
                condition=models.Q(card__isnull=False, without_card="")
                | (models.Q(card__isnull=True) & ~models.Q(without_card="")),
                name="a_payment_has_a_card_or_a_reason",
            ),
            models.CheckConstraint(condition=models.Q(cash_minor__gte=0), name="cash_of_a_payment_is_not_negative"),
            models.CheckConstraint(
                condition=models.Q(refunded_minor__gte=0, refunded_minor__lte=models.F("amount_minor")),
                name="a_payment_is_given_back_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="paid") | models.Q(entry_id__isnull=False), name="a_payment_has_its_entry"
            ),
        ]


class Refund(OfProgramme):
    """Credits of a payment given back. Its id is that of the reversing ledger entry."""

    kind = "refund"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount_minor = models.BigIntegerField()
    cash_minor = models.BigIntegerField(default=0, db_default=0)
    """What is handed back in cash beside the credits: the payment's, with the last of them."""
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    actor = models.CharField(max_length=40)
    address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="a_refund_gives_something"),
            models.CheckConstraint(condition=models.Q(cash_minor__gte=0), name="cash_of_a_refund_is_not_negative"),
        ]
