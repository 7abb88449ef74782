"""Short news at the edge of the page, with a way back where there is one.

They travel as Django's messages: after a redirect the shell shows them; a fragment for htmx
ends with `{% include "web/components/toasts_oob.html" %}`.
"""

from django.contrib import messages
from django.http import HttpRequest

_UNDO = "undo:"


def done(request: HttpRequest, text: str, *, undo_url: str | None = None) -> None:
    """Say that something was done. `undo_url` takes it back when it is POSTed to."""
    messages.success(request, text, extra_tags=f"{_UNDO}{undo_url}" if undo_url else "")


def failed(request: HttpRequest, text: str) -> None:
    """Say that something was not done; it stays until the person closes it."""
    messages.error(request, text)


def tone_of(level: str) -> str:
    """The tone (good, bad, warn, info) of a message's level tag."""
    return {"success": "good", "error": "bad", "warning": "warn"}.get(level, "info")


def undo_url_of(extra_tags: str | None) -> str | None:
    """Where to POST to take back what the message tells of."""
    tags = extra_tags or ""
    return tags.removeprefix(_UNDO) if tags.startswith(_UNDO) else None
