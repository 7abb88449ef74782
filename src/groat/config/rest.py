"""REST, composed: the features' routers, the document that describes them, and its pages."""

import hashlib
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.http import condition
from ninja import NinjaAPI
from ninja.operation import Operation

from groat.api import document, pages
from groat.api.answers import dumped
from groat.api.http import JsonParser, JsonRenderer, guarded, handle_exceptions, nothing_here
from groat.cards.api import router as cards
from groat.catalogue.api import router as catalogue
from groat.customers.api import router as customers
from groat.programmes.api import router as programmes
from groat.settlements.api import router as settlements
from groat.till.api import router as till
from groat.topups.api import router as topups
from groat.topups.api_offers import router as offers

TAGS = [
    ("Programme", "The merchant's programme, its sites and tills."),
    ("Customers", "People who pay with credits."),
    ("Wallets", "Their credit accounts: balance, lots, statement, floor."),
    ("Cards", "What they present, bound to a wallet."),
    ("Products", "What is sold, by category."),
    ("Top-ups", "Credits sold."),
    ("Statements", "Months of those who pay later: what they owed, and what of it is unpaid."),
    ("Checkouts", "Baskets that wait for a card at a till."),
    ("Payments", "Credits paid at a till, and given back."),
    ("Tills", "What readers beside a till call."),
]
DESCRIPTION = """Everything a till, a reader or a shop's own software needs of a prepaid credit programme.

Amounts are whole minor units in fields called `…_minor`; times are RFC 3339 in UTC; ids are UUIDs. A card is named by
a token object, which is never sent back. Lists come in pages: ask for the next one with `next_cursor`. Whatever goes
wrong is an `application/problem+json` with a stable `code`.
"""


class Api(NinjaAPI):
    """ninja's, with operations called by their function's name."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__


api = Api(
    title="Groat",
    version="1",
    description=DESCRIPTION,
    openapi_url=None,
    docs_url=None,
    parser=JsonParser(),
    renderer=JsonRenderer(),
    servers=[{"url": "/", "description": "This installation."}],
    openapi_extra={"info": {"license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}}},
)
handle_exceptions(api)
for router in (programmes, customers, cards, catalogue, topups, offers, settlements, till):
    api.add_router("/v1", router)


@cache
def openapi() -> dict[str, Any]:
    """The OpenAPI document."""
    return document.completed(api.get_openapi_schema(path_prefix="/api/"), tags=TAGS)


@cache
def _served() -> tuple[bytes, str]:
    body = dumped(openapi())
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'


@condition(etag_func=lambda _: _served()[1])
def openapi_json(_: HttpRequest) -> HttpResponse:
    """The OpenAPI document, as served."""
    return HttpResponse(_served()[0], content_type="application/json")


def _guarded(pattern: URLPattern) -> URLPattern:
    pattern.callback = guarded(pattern.callback)
    return pattern


urlpatterns = [
    path("openapi.json", openapi_json, name="openapi"),
    path("docs", pages.docs, name="api_docs"),
    path("problems", pages.problems, name="api_problems"),
    *(_guarded(pattern) for pattern in api.urls[0] if isinstance(pattern, URLPattern) and pattern.name != "api-root"),
    re_path("", nothing_here),
]
