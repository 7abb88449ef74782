"""What the till's and the office's pages share about a receipt: its address, its code to scan, its letters."""

from typing import Any

import segno
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString

from groat.notifications import queries as outbox
from groat.notifications import rules as letters
from groat.notifications.models import Letter
from groat.programmes import access, desk
from groat.programmes.models import Staff, Till
from groat.receipts import actions, queries, slip
from groat.receipts.forms import SendForm
from groat.receipts.queries import Paper

BORDER = 4
"""White around the code, in squares of it, as ISO/IEC 18004 wants."""


def url(request: HttpRequest, paper: Paper) -> str:
    """Where anybody who knows this address sees the receipt."""
    named = {"programme": paper.row.programme.slug, "code": queries.code_of(paper)}
    return request.build_absolute_uri(reverse("receipt_page", kwargs=named))


def drawing(address: str) -> SafeString:
    """The address as a QR code, black on white whatever the page is."""
    # A drawing of ours, of nothing but squares.
    return SafeString(
        segno.make(address, error="m", micro=False).svg_inline(
            scale=1, border=BORDER, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=True
        )
    )


def offered(request: HttpRequest, paper: Paper, *, send_url: str, form: SendForm | None = None) -> dict[str, Any]:
    """What a page shows that offers the receipt to its customer."""
    address = url(request, paper)
    return {
        "slip": slip.of(paper),
        "url": address,
        "drawing": drawing(address),
        **mailed(paper, send_url=send_url, form=form),
    }


def mailed(paper: Paper, *, send_url: str, form: SendForm | None = None) -> dict[str, Any]:
    """What a page shows about sending it."""
    subject = queries.subject_of(paper)
    found = outbox.about(programme_id=paper.row.programme_id, subject=subject)
    known = paper.customer.email
    return {
        "form": form or SendForm(),
        "send_url": send_url,
        "is_mail_set": outbox.is_mail_set(),
        "known": letters.masked(known) if known else "",
        "letters": [(letter, masked(letter)) for letter in found],
    }


def masked(letter: Letter) -> str:
    """To whom a letter went; nothing once that is erased."""
    return letters.masked(letter.address) if letter.address else ""


def sent(request: HttpRequest, paper: Paper, *, place: Till | Staff, send_url: str) -> HttpResponse:
    """Send it, and answer with what then stands on the page."""
    form = SendForm(request.POST)
    if form.is_valid():
        typed = form.cleaned_data["address"]
        done = desk.attempt_once(
            form,
            lambda: actions.send(
                paper=paper, address=typed, page_url=url(request, paper), place=place, deed=access.deed(request)
            ),
            request=request,
        )
        if done:
            form = SendForm()
    context = mailed(paper, send_url=send_url, form=form)
    context.pop("form")
    return desk.render_form(request, form, "receipts/mail.html", **context)
