"""The outbox: letters that commit together with what they are about, and are delivered by the worker."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from groat.rows import OfProgramme


class LetterState(models.TextChoices):
    WAITING = "waiting", _("On its way")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Not delivered")


class Letter(OfProgramme):
    """An e-mail. Some days after it was sent, or given up, its address and its words are erased."""

    kind = "letter"

    programme = models.ForeignKey("groat.Programme", on_delete=models.PROTECT, related_name="+")
    about = models.CharField(max_length=40)
    """`payment:<id>` …: what it is about."""
    origin = models.CharField(max_length=40)
    """`till:<id>` or `staff:<id>`: the place from which it is sent, and may not be too often."""
    actor = models.CharField(max_length=40)
    sender = models.CharField(max_length=120)
    """The name that stands before the installation's own address."""
    address = models.EmailField(max_length=254, blank=True)
    address_hash = models.BinaryField(max_length=32)
    """Keyed, so that letters to one address are counted after it was erased, too."""
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    is_secret = models.BooleanField(default=False, db_default=False)
    """Whether its words open something: they are erased as soon as it was sent or given up."""
    message_id = models.CharField(max_length=200)
    """The same at each try, so that who gets it twice is shown it once."""
    state = models.CharField(max_length=10, choices=LetterState.choices)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=200, blank=True)
    """Why the last try failed, without any address."""
    written_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="waiting"), name="letters_that_wait"),
            models.Index(fields=["programme", "-id"], name="letters_newest_first"),
            models.Index(fields=["about"], name="letters_by_subject"),
            models.Index(fields=["address_hash", "written_at"], name="letters_by_address"),
            models.Index(fields=["origin", "written_at"], name="letters_by_origin"),
            models.Index(fields=["ended_at"], condition=~models.Q(address=""), name="letters_to_erase"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(~models.Q(address=""), state="waiting", due_at__isnull=False, ended_at__isnull=True)
                | models.Q(~models.Q(state="waiting"), due_at__isnull=True, ended_at__isnull=False),
                name="a_letter_waits_or_has_ended",
            ),
        ]


MOST_ATTACHED = 5_000_000
"""Bytes: what is larger is fetched from its page instead."""


class Attachment(models.Model):
    """A file that goes with a letter; erased with its words."""

    id = models.BigAutoField(primary_key=True)
    programme = models.ForeignKey("groat.Programme", on_delete=models.PROTECT, related_name="+")
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(size__gt=0, size__lte=MOST_ATTACHED), name="an_attachment_is_not_too_large"
            )
        ]
