"""Credits sold."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from groat.customers.models import Wallet
from groat.programmes.models import Programme, Till
from groat.rows import OfProgramme


class Means(models.TextChoices):
    CASH = "cash", _("Cash")
    CARD = "card", _("Payment card")
    BANK = "bank", _("Bank transfer")


class TopUp(OfProgramme):
    """Credits that a customer bought, with what was paid for them. Its id is its ledger entry's."""

    kind = "top_up"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="top_ups")
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="top_ups")
    till = models.ForeignKey(Till, on_delete=models.PROTECT, null=True, related_name="+")
    bought_minor = models.BigIntegerField()
    bonus_minor = models.BigIntegerField()
    paid_minor = models.BigIntegerField()
    """Minor units of the programme's currency."""
    means = models.CharField(max_length=10, choices=Means.choices)
    expires_at = models.DateTimeField(null=True)
    actor = models.CharField(max_length=40)
    at = models.DateTimeField()
    reversed_minor = models.BigIntegerField(default=0)
    """How much of `bought_minor` was taken back."""

    class Meta:
        indexes = [models.Index(fields=["programme", "-id"], name="top_ups_newest_first")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(bought_minor__gt=0, bonus_minor__gte=0, paid_minor__gte=0),
                name="a_top_up_adds",
            ),
            models.CheckConstraint(
                condition=models.Q(reversed_minor__gte=0, reversed_minor__lte=models.F("bought_minor")),
                name="a_top_up_is_taken_back_once",
            ),
        ]
