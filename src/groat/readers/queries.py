"""Reads over readers."""

from collections.abc import Collection

from django.conf import settings

from groat.programmes.models import Till
from groat.readers import rules
from groat.readers.models import Reader


def by_token(token: str) -> Reader | None:
    """The reader that this token belongs to, with its till and programme; None when it was unpaired."""
    found = Reader.objects.filter(token_hash=rules.hash_of(token), unpaired_at=None)
    return found.select_related("till__site", "programme").first()


def of_till(till: Till) -> list[Reader]:
    """The readers paired with a till, newest first."""
    return list(Reader.objects.filter(till=till, unpaired_at=None))


def names(programme_id: int, ids: Collection[int]) -> dict[int, str]:
    """What readers are called, by id; for lists of who did something."""
    return dict(Reader.objects.filter(programme_id=programme_id, id__in=ids).values_list("id", "device"))


def changes(tills: Collection[int]) -> dict[int, str]:
    """By till, a text that changes with its readers' states and what they read; for `groat.till.news`."""
    seen: dict[int, str] = {}
    found = Reader.objects.filter(till__in=tills, unpaired_at=None).order_by("id")
    for till, *facts in found.values_list("till_id", "id", "state", "looked_at"):
        seen[till] = seen.get(till, "") + repr(facts)
    return seen


def code_key() -> bytes:
    """With which codes are hashed: there are few enough to try them all without it."""
    return settings.KEYS.token_key
