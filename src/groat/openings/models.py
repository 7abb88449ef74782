"""Codes by which somebody may open a programme."""

from django.db import models

from groat.programmes.models import Programme, User
from groat.rows import Row


class OpeningCode(Row):
    """Lets one person open one programme. Told once, by whoever runs this installation; kept as a keyed hash."""

    kind = "opening_code"

    code_hash = models.BinaryField(max_length=32, unique=True)
    expires_at = models.DateTimeField()
    """Until when somebody may make it theirs."""
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    """Whose it is by now."""
    programme = models.OneToOneField(Programme, on_delete=models.PROTECT, null=True, related_name="+")
    """What they opened with it."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(programme__isnull=True) | models.Q(user__isnull=False),
                name="a_code_opens_for_somebody",
            ),
        ]
