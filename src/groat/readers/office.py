"""The office's page about a till's readers: which are there, how they are, a code for a new one."""

import secrets
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from groat.errors import Refusal
from groat.programmes import access, desk
from groat.programmes.models import Programme, Till
from groat.readers import actions, chips, queries, rules
from groat.readers.models import Reader
from groat.web import toasts


@never_cache
@require_GET
@access.staff_required(*access.MANAGE)
def readers(request: HttpRequest, *, programme: Programme, till: UUID) -> HttpResponse:
    """The readers of a till."""
    row = Till.named(programme_id=programme.id, public_id=till)
    return desk.render(request, "readers/readers.html", _shown(row))


def _shown(till: Till) -> dict[str, object]:
    now = timezone.now()
    found = queries.of_till(till)
    readers = [(one, rules.is_silent(one.seen_at, now=now), f"chips-{one.public_id}") for one in found]
    return {"till": till, "readers": readers}


@never_cache
@require_POST
@access.staff_required(*access.MANAGE)
def reader_new(request: HttpRequest, *, programme: Programme, till: UUID) -> HttpResponse:
    """A code with which one reader is paired; shown here once."""
    row = Till.named(programme_id=programme.id, public_id=till)
    try:
        _invited, code = actions.invite(till=row, random=secrets.token_bytes(8), deed=access.deed(request))
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
        return redirect("readers", programme=programme.slug, till=till)
    server = request.build_absolute_uri("/").rstrip("/")
    command = f"groat-reader --server {server} --pair {code}"
    return desk.render(request, "readers/reader_new.html", {"till": row, "code": code, "command": command})


@require_POST
@access.staff_required(*access.MANAGE)
def reader_unpair(request: HttpRequest, *, programme: Programme, reader: UUID) -> HttpResponse:
    """Shut a reader out."""
    row = Reader.named(programme_id=programme.id, public_id=reader)
    actions.unpair(reader=row, deed=access.deed(request))
    toasts.done(request, _("%(reader)s is shut out.") % {"reader": row.device})
    return redirect("readers", programme=programme.slug, till=row.till.public_id)


@require_POST
@access.staff_required(*access.OWNER)
def reader_makes_chips(request: HttpRequest, *, programme: Programme, reader: UUID) -> HttpResponse:
    """Let a reader make blank chips into cards, for a while."""
    row = Reader.named(programme_id=programme.id, public_id=reader)
    address = request.build_absolute_uri(reverse("tapped", kwargs={"programme": programme.slug}))
    try:
        chips.allow(reader=row, address=address, deed=access.deed(request))
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
    else:
        words = {"reader": row.device, "count": rules.MAKES_CHIPS_FOR.seconds // 60}
        toasts.done(request, _("%(reader)s may make chips into cards for %(count)s minutes.") % words)
    return redirect("readers", programme=programme.slug, till=row.till.public_id)


urlpatterns = [
    path("sites/tills/<uuid:till>/readers/", readers, name="readers"),
    path("sites/tills/<uuid:till>/readers/new/", reader_new, name="reader_new"),
    path("readers/<uuid:reader>/chips/", reader_makes_chips, name="reader_makes_chips"),
    path("readers/<uuid:reader>/unpair/", reader_unpair, name="reader_unpair"),
]
