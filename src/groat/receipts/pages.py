"""The receipt that anybody opens who was given its address, and what the till offers about it."""

from functools import cache, wraps
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone, translation
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from groat import walls
from groat.api.limits import Limiter
from groat.errors import NotFound
from groat.programmes import access, desk
from groat.programmes.models import Programme, Till
from groat.receipts import queries, shown, slip
from groat.receipts.queries import Paper
from groat.web import slips

# ---- For anybody who knows the address ----


@cache
def _readers() -> Limiter:
    return Limiter(policy="address")


class _View(Protocol):
    def __call__(self, request: HttpRequest, paper: Paper, /) -> HttpResponse: ...


def _for_its_customer(view: _View) -> _View:
    """Show a receipt to whoever has its address, in their language; no search engine and no cache keeps it."""

    @require_GET
    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, /, *, programme: str, code: str) -> HttpResponse:
        address = access.client_address(request)
        if not _readers().take(address, per_minute=settings.STRANGERS_PER_MINUTE).allowed:
            return render(request, "429.html", status=429)
        row = get_object_or_404(Programme, slug=programme)
        with walls.inside(row.id), timezone.override(ZoneInfo(row.time_zone)):
            try:
                paper = queries.by_code(programme=row, code=code)
            except NotFound as error:
                raise Http404 from error
            # Not undone: the middleware says afterwards in which language the page is.
            translation.activate(language_for(request, row))
            answer = view(request, paper)
        answer["X-Robots-Tag"] = "noindex, nofollow"
        return answer

    return guarded  # type: ignore[return-value]


@_for_its_customer
def receipt(request: HttpRequest, paper: Paper) -> HttpResponse:
    """The receipt on the customer's own phone."""
    context = {"programme": paper.row.programme, "slip": slip.of(paper), "code": queries.code_of(paper)}
    return render(request, "receipts/receipt.html", context)


@_for_its_customer
def receipt_pdf(request: HttpRequest, paper: Paper) -> HttpResponse:
    """The same as a file."""
    del request
    made = slips.pdf(slip.of(paper), at=paper.row.at)
    return desk.download(f"{paper.row.public_id}.pdf", made)


def language_for(request: HttpRequest, programme: Programme) -> str:
    """What was chosen here before, else what the browser asks for and we speak, else the programme's language."""
    asked = [request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")]
    asked += [language for language, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", ""))]
    for language in filter(None, asked):
        try:
            return translation.get_supported_language_variant(language)
        except LookupError:
            continue
    return programme.language


# ---- At the till ----


@require_GET
@never_cache
@access.staff_required(*access.TILL)
def offer(request: HttpRequest, *, programme: Programme, till: UUID, paper: UUID) -> HttpResponse:
    """The receipt to be scanned, printed or sent: what the till's page puts into its dialog."""
    _row, found = _at_till(programme, till, paper)
    return desk.render(request, "receipts/offer.html", shown.offered(request, found, send_url=_send_url(request)))


@require_GET
@never_cache
@access.staff_required(*access.TILL)
def drawing(request: HttpRequest, *, programme: Programme, till: UUID, paper: UUID) -> HttpResponse:
    """The code to scan as a picture."""
    _row, found = _at_till(programme, till, paper)
    made = shown.drawing(shown.url(request, found)).replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    return HttpResponse(made, content_type="image/svg+xml")


@require_POST
@access.staff_required(*access.TILL)
def send(request: HttpRequest, *, programme: Programme, till: UUID, paper: UUID) -> HttpResponse:
    """Send it by e-mail."""
    row, found = _at_till(programme, till, paper)
    return shown.sent(request, found, place=row, send_url=request.path)


def _send_url(request: HttpRequest) -> str:
    assert request.resolver_match is not None  # a view was found by it
    named = {**request.resolver_match.kwargs}
    return reverse("till_receipt_send", kwargs=named)


def _at_till(programme: Programme, till: UUID, paper: UUID) -> tuple[Till, Paper]:
    row = Till.named(programme_id=programme.id, public_id=till)
    return row, queries.named(programme_id=programme.id, public_id=paper, till=row)


urlpatterns = [
    path("<uuid:till>/receipts/<uuid:paper>/", offer, name="till_receipt"),
    path("<uuid:till>/receipts/<uuid:paper>/code.svg", drawing, name="till_receipt_code"),
    path("<uuid:till>/receipts/<uuid:paper>/send/", send, name="till_receipt_send"),
]
public_urlpatterns = [
    path("r/<slug:programme>/<slug:code>", receipt, name="receipt_page"),
    path("r/<slug:programme>/<slug:code>.pdf", receipt_pdf, name="receipt_pdf"),
]
