"""The demo's empty twin: nobody in it, a few blank cards, and the code for whoever comes first."""

import secrets
from typing import Any

from django.utils.translation import gettext_noop

from groat.demo import folder
from groat.openings import actions, queries
from groat.programmes.deeds import SYSTEM, Deed

CARDS = 6


def prepare() -> dict[str, Any]:
    """What a visitor needs to know: the blank cards, and a code as long as nobody can sign in."""
    told = folder.read() or {"programme": folder.ANY, "logins": [], "cards": [_blank() for _number in range(CARDS)]}
    told["code"] = ""
    if queries.is_untouched():
        told["code"] = actions.issue_code(
            random=secrets.token_bytes(8), replaces_others=True, deed=Deed.at_once(SYSTEM)
        )
    return told


def _blank() -> dict[str, str]:
    """A card that is nobody's, with a number such as chips have."""
    token = f"04{secrets.token_hex(6).upper()}"
    return {"token": token, "name": f"···· {token[-4:]}", "hint": gettext_noop("blank")}
