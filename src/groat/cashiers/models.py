"""How staff get in at shared tills, which tills are shared, and how often somebody guessed wrong."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from groat.cards.models import Card
from groat.programmes.models import Programme, Staff, Till
from groat.rows import OfProgramme


class Cashier(OfProgramme):
    """What lets a member of staff in at a shared till: a PIN, their own card, or both."""

    kind = "cashier"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    staff = models.OneToOneField(Staff, on_delete=models.PROTECT, related_name="cashier")
    pin_hash = models.CharField(max_length=200, blank=True)
    """What is kept of the PIN (`groat.programmes.pins`)."""
    card = models.OneToOneField(Card, on_delete=models.PROTECT, null=True, related_name="cashier")
    """One of the programme's cards; it pays as it did before."""
    changed_at = models.DateTimeField()
    """Whoever was in before this is out: what let them in is good no more."""


class How(models.TextChoices):
    PIN = "pin", _("PIN")
    CARD = "card", _("Card")


class SharedTill(OfProgramme):
    """A browser that belongs to a till. Whoever is in works there as a cashier, whatever their role."""

    kind = "shared_till"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    till = models.ForeignKey(Till, on_delete=models.PROTECT, related_name="shared")
    token_hash = models.BinaryField(max_length=32, unique=True)
    """Of what the browser keeps in its cookie; another one each time that somebody gets in."""
    device = models.CharField(max_length=80, blank=True)
    shared_by = models.CharField(max_length=40)
    shared_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=40, blank=True)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    """Who is in; None while it is locked."""
    role = models.CharField(max_length=20, blank=True)
    """What they were when they got in: with another role they have to do it again."""
    how = models.CharField(max_length=4, choices=How.choices, blank=True)
    entered_at = models.DateTimeField(null=True)
    active_at = models.DateTimeField()
    """When somebody last touched it, to about a minute."""

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(staff__isnull=True, entered_at__isnull=True, how="", role="")
                | models.Q(
                    models.Q(staff__isnull=False, entered_at__isnull=False), ~models.Q(how=""), ~models.Q(role="")
                ),
                name="somebody_is_in_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True) | models.Q(staff__isnull=True),
                name="nobody_is_in_where_it_has_ended",
            ),
        ]

    def __str__(self) -> str:
        return self.device or str(self.till)


class Guesses(OfProgramme):
    """How often somebody was wrong in a row: at one person's PIN, or at one till."""

    kind = "guesses"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=40)
    """`staff:<id>`, `till:<id>` or `cards:<till>`."""
    wrong = models.PositiveIntegerField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "subject"], name="guesses_are_counted_in_one_place")
        ]
