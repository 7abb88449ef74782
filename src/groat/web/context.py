"""What every template knows."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest

# No eval, since the CSP forbids it; no page kept in the browser, since a till is shared;
# no style taken over from what was there before, since the CSP forbids that too;
# what is new on a page answers at once, since somebody may type while it is being shown;
# a form that was refused (422) is shown like any other answer.
HTMX = json.dumps(
    {
        "allowEval": False,
        "includeIndicatorStyles": False,
        "attributesToSettle": ["class"],
        "defaultSettleDelay": 0,
        "historyCacheSize": 0,
        "refreshOnHistoryMiss": True,
        "selfRequestsOnly": True,
        "scrollIntoViewOnBoost": False,
        "responseHandling": [
            {"code": "204", "swap": False},
            {"code": "[23]..", "swap": True},
            {"code": "422", "swap": True},
            {"code": "...", "swap": False, "error": True},
        ],
    }
)


def page(_request: HttpRequest) -> dict[str, Any]:
    """The languages to choose from, whether this is the demo, and htmx's settings."""
    return {"DEMO": settings.DEMO, "LANGUAGES": settings.LANGUAGES, "HTMX": HTMX}
