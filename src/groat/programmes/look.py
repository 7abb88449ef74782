"""How a programme's pages look: its colour and its logo, and the page on which they are chosen."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from groat.programmes import access, actions, desk
from groat.programmes.forms import LookForm
from groat.programmes.models import Programme
from groat.web import accents, toasts

GROATS_OWN = "#2545b0"
"""The accent of tokens.css by day."""
A_YEAR = 365 * 24 * 3600


@require_http_methods(["GET", "HEAD", "POST"])
@access.staff_required(*access.OWNER)
def look(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Choose the colour and the logo; the page shows the colour while it is being chosen."""
    form = LookForm(
        request.POST or None,
        request.FILES or None,
        has_logo=bool(programme.logo),
        initial={"accent": programme.accent or GROATS_OWN, "own_accent": bool(programme.accent)},
    )
    if request.method == "POST" and form.is_valid():
        saved = desk.attempt(
            form,
            lambda: actions.change_programme(programme=programme, deed=access.deed(request), **form.changes()),
            request=request,
        )
        if saved:
            toasts.done(request, _("The look was saved."))
            return redirect("look", programme=programme.slug)
    return desk.render_form(request, form, "programmes/look.html")


@require_GET
def accent(_request: HttpRequest, *, colour: str) -> HttpResponse:
    """The style sheet of a colour, whosever it is."""
    try:
        sheet = accents.css(f"#{colour}")
    except accents.NotAColour as error:
        raise Http404 from error
    return _for_good(HttpResponse(sheet, content_type="text/css"))


@require_GET
def logo(_request: HttpRequest, *, programme: str, name: str) -> HttpResponseBase:
    """A programme's logo, to everybody: it stands on receipts. Its address changes with it."""
    row = get_object_or_404(Programme, slug=programme)
    if not row.logo or row.logo_name != name:
        raise Http404
    try:
        return _for_good(FileResponse(row.logo.open("rb"), content_type="image/webp"))
    except FileNotFoundError as error:
        raise Http404 from error


def _for_good[R: HttpResponseBase](response: R) -> R:
    patch_cache_control(response, public=True, max_age=A_YEAR, immutable=True)
    response["X-Content-Type-Options"] = "nosniff"
    return response


urlpatterns = [path("programme/look/", look, name="look")]
public_urlpatterns = [
    path("look/<slug:colour>.css", accent, name="accent"),
    path("look/<slug:programme>/<str:name>", logo, name="logo"),
]
