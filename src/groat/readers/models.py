"""The programs beside card readers, each paired with one till."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from groat.cards.models import Card
from groat.programmes.models import Programme, Till
from groat.rows import OfProgramme


class ReaderState(models.TextChoices):
    """What a reader's program last said of itself."""

    READY = "ready", _("Ready")
    ABSENT = "absent", _("No reader plugged in")
    FAILING = "failing", _("The reader does not answer")


class Reader(OfProgramme):
    """A program beside a card reader. Its token is shown to it once; the database knows a hash of it."""

    kind = "reader"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    till = models.ForeignKey(Till, on_delete=models.PROTECT, related_name="readers")
    device = models.CharField(max_length=80)
    """What it says is plugged in: ACS ACR1222L."""
    version = models.CharField(max_length=20, blank=True)
    token_hash = models.BinaryField(max_length=32, unique=True)
    state = models.CharField(max_length=10, choices=ReaderState.choices, default=ReaderState.ABSENT)
    paired_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    unpaired_at = models.DateTimeField(null=True, blank=True)
    looked_card = models.ForeignKey(Card, on_delete=models.PROTECT, null=True, related_name="+")
    """The card that was last held to it with nothing to pay, for the till's page to show."""
    looked_at = models.DateTimeField(null=True)
    makes_chips_until = models.DateTimeField(null=True)
    """Until when it may make blank chips into cards. What it carries to a blank chip could be read by who has it."""
    chip_address = models.CharField(max_length=200, blank=True)
    """What those chips shall open on a phone."""

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.device


class Making(OfProgramme):
    """A blank chip on its way to being a card, carried by a reader."""

    kind = "making"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    reader = models.ForeignKey(Reader, on_delete=models.PROTECT, related_name="+")
    uid_hash = models.BinaryField(max_length=32)
    state = models.BinaryField()
    """How far it is, sealed: it holds the chip's keys. Empty when it is over."""
    begun_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["programme", "uid_hash"], name="makings_by_chip")]


class Invitation(OfProgramme):
    """A short code with which one reader may be paired with a till, once and soon."""

    kind = "invitation"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    till = models.ForeignKey(Till, on_delete=models.PROTECT, related_name="+")
    code_hash = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    reader = models.OneToOneField(Reader, on_delete=models.PROTECT, null=True, related_name="+")
    """Who used it."""
