"""What a till may take while it has no network, the browsers that do so, and the taps that they kept."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from groat.cards.models import Card
from groat.errors import Refusal
from groat.programmes.models import Programme, Till
from groat.rows import OfProgramme
from groat.till.models import Checkout, Payment


class OfflineTerms(models.Model):
    """How far a programme trusts tills without a network. No row: they take nothing then."""

    programme = models.OneToOneField(Programme, on_delete=models.PROTECT, primary_key=True, related_name="+")
    payment_minor = models.BigIntegerField()
    """Minor units of credit, as the others: the most that one tap may take."""
    card_minor = models.BigIntegerField()
    """The most that one card may take at a device before its taps are booked."""
    till_minor = models.BigIntegerField()
    """The most that a till's devices together may take before their taps are booked."""
    hours = models.PositiveSmallIntegerField()
    """How long after it last heard of the server a device may go on."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(payment_minor__gt=0)
                & models.Q(card_minor__gte=models.F("payment_minor"))
                & models.Q(till_minor__gte=models.F("card_minor")),
                name="offline_limits_grow",
            ),
            models.CheckConstraint(condition=models.Q(hours__gte=1, hours__lte=72), name="offline_ends"),
        ]


class OfflineDevice(OfProgramme):
    """A browser at a till that may take taps without a network. Its private key never leaves it."""

    kind = "offline_device"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    till = models.ForeignKey(Till, on_delete=models.PROTECT, related_name="offline_devices")
    name = models.CharField(max_length=80)
    thumbprint = models.CharField(max_length=43)
    """Of its public key (RFC 7638)."""
    public_key: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField()
    """A JSON Web Key (RFC 7517) of the curve P-256."""
    grant = models.PositiveIntegerField(default=1)
    """The number of the allowance that it may use up; the next one begins when taps of this one have come."""
    granted_minor = models.BigIntegerField(default=0)
    """Its share of what the till may take."""
    enrolled_by = models.CharField(max_length=40)
    enrolled_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    """When it last heard of the server."""
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["till", "thumbprint"], name="one_device_a_key"),
            models.CheckConstraint(condition=models.Q(granted_minor__gte=0), name="a_grant_is_no_debt"),
        ]

    def __str__(self) -> str:
        return self.name


class TapState(models.TextChoices):
    BOOKED = "booked", _("Booked")
    VOIDED = "voided", _("Taken back at the till")
    OWED = "owed", _("Not paid")
    IN_CASH = "in_cash", _("Paid in cash")
    FORGIVEN = "forgiven", _("Forgiven")


class OfflineTap(OfProgramme):
    """A tap that a device took without a network, and what became of it. One that could not be booked is owed."""

    kind = "offline_tap"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    device = models.ForeignKey(OfflineDevice, on_delete=models.PROTECT, related_name="taps", db_index=False)
    till = models.ForeignKey(Till, on_delete=models.PROTECT, related_name="+")
    sequence = models.BigIntegerField()
    """Of the device's taps, in the order in which it took them."""
    grant = models.PositiveIntegerField()
    """The allowance that it used."""
    envelope = models.TextField()
    """As the device signed it, the card's token encrypted inside."""
    amount_minor = models.BigIntegerField(null=True)
    """None when the record cannot be read."""
    card = models.ForeignKey(Card, on_delete=models.PROTECT, null=True, related_name="+")
    """None when it is not known whose card it was."""
    checkout = models.ForeignKey(Checkout, on_delete=models.PROTECT, null=True, related_name="+")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=TapState.choices)
    refusal: "models.JSONField[dict[str, Any] | None, dict[str, Any] | None]" = models.JSONField(null=True)
    """Why it could not be booked: code and facts."""
    tries = models.PositiveIntegerField(default=1)
    actor = models.CharField(max_length=40)
    tapped_at = models.DateTimeField()
    """By the device's clock."""
    received_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    @property
    def why(self) -> Refusal | None:
        """Why it could not be booked."""
        return Refusal.revived(self.refusal["refusal"], self.refusal["facts"]) if self.refusal else None

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["programme", "-id"], name="offline_taps_newest_first"),
            models.Index(fields=["card"], condition=models.Q(state="owed"), name="offline_debts_of_cards"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["device", "sequence"], name="one_tap_a_number"),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="an_offline_tap_takes_something"),
            models.CheckConstraint(
                condition=models.Q(state="booked", payment__isnull=False)
                | (~models.Q(state="booked") & models.Q(payment__isnull=True)),
                name="what_is_booked_has_its_payment",
            ),
            models.CheckConstraint(
                condition=models.Q(state="owed", settled_at__isnull=True)
                | (~models.Q(state="owed") & models.Q(settled_at__isnull=False)),
                name="what_is_owed_is_not_settled",
            ),
        ]
