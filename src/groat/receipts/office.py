"""The office's pages about receipts, and the letters they are sent in."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groat.errors import Refusal
from groat.notifications import delivery
from groat.notifications import queries as outbox
from groat.notifications.models import Letter, LetterState
from groat.programmes import access, desk
from groat.programmes.models import Programme
from groat.receipts import queries, shown
from groat.web import toasts

PAGE = 50


@require_GET
@never_cache
@access.staff_required(*access.OFFICE)
def receipt(request: HttpRequest, *, programme: Programme, paper: UUID) -> HttpResponse:
    """A receipt, to be printed or sent once more."""
    found = queries.named(programme_id=programme.id, public_id=paper)
    send_url = reverse("receipt_send", kwargs={"programme": programme.slug, "paper": paper})
    return desk.render(
        request, "receipts/office/receipt.html", {"paper": found, **shown.offered(request, found, send_url=send_url)}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@access.staff_required(*access.MANAGE)
def receipt_send(request: HttpRequest, *, programme: Programme, paper: UUID) -> HttpResponse:
    """Send it by e-mail. Whoever comes back to this address is shown the receipt."""
    found = queries.named(programme_id=programme.id, public_id=paper)
    if request.method != "POST":
        return redirect("receipt", programme=programme.slug, paper=paper)
    return shown.sent(request, found, place=access.staff_of(request), send_url=request.path)


@require_GET
@access.staff_required(*access.OFFICE)
def letters(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """The e-mails of the programme, and what became of them."""
    only_failed = request.GET.get("only") == "failed"
    found = outbox.letters(
        programme_id=programme.id,
        state=LetterState.FAILED if only_failed else "",
        before=desk.cursor(request),
        limit=PAGE + 1,
    )
    return desk.render_list(
        request,
        "receipts/office/letters.html",
        {
            "rows": [(letter, shown.masked(letter)) for letter in found[:PAGE]],
            "next_cursor": str(found[PAGE - 1].id) if len(found) > PAGE else None,
            "only_failed": only_failed,
            "is_mail_set": outbox.is_mail_set(),
        },
    )


@require_POST
@access.staff_required(*access.MANAGE)
def letter_again(request: HttpRequest, *, programme: Programme, letter: UUID) -> HttpResponse:
    """Try once more to deliver one that was given up."""
    row = Letter.named(programme_id=programme.id, public_id=letter)
    try:
        delivery.again(letter=row, now=access.deed(request).now)
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
    else:
        toasts.done(request, _("The e-mail is on its way again."))
    return redirect("letters", programme=programme.slug)


urlpatterns = [
    path("receipts/<uuid:paper>/", receipt, name="receipt"),
    path("receipts/<uuid:paper>/send/", receipt_send, name="receipt_send"),
    path("letters/", letters, name="letters"),
    path("letters/<uuid:letter>/again/", letter_again, name="letter_again"),
]
