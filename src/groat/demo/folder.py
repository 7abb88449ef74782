"""What a visitor of the demo needs to know, kept beside its database and nowhere else."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from groat.programmes.models import Programme

ANY = "*"
"""In place of a programme: its cards are good in whichever is opened."""


def file() -> Path:
    """Where it is kept."""
    path: Path = settings.VAR / "demo.json"
    return path


def read() -> dict[str, Any]:
    """Logins, cards, API key and addresses; empty before the demo was made."""
    return json.loads(file().read_text()) if file().exists() else {}


def write(told: dict[str, Any]) -> None:
    """Keep it, for its owner's eyes alone: it holds passwords and an API key."""
    file().parent.mkdir(parents=True, exist_ok=True)
    draft = file().with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    draft.replace(file())


def tray(programme: Programme) -> list[dict[str, str]]:
    """The demo's cards with their numbers, for the tray on the till; empty for any other programme.

    Those of the empty twin are nobody's yet, so whichever programme is opened there may pair them.
    """
    told = read()
    if told.get("programme", "") not in {programme.slug, ANY}:
        return []
    return [card | {"hint": gettext(card["hint"]) if card.get("hint") else ""} for card in told["cards"]]
