"""The office's page of the audit trail: who did what, when, from where; searched, and as a file."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from groat.customers.models import Wallet
from groat.customers.panels import Panel
from groat.programmes import access, days, desk
from groat.programmes.models import AuditEntry, Programme
from groat.reports import files, queries, traces
from groat.reports.queries import Wanted
from groat.reports.tables import Column, Line, Table, Unit
from groat.web.forms import DateInput

PAGE = 50
FORMATS = ("csv", "xlsx")


class Filter(forms.Form):
    """Of what kind, and of which days. What makes no sense in the address filters nothing."""

    topic = forms.ChoiceField(label=gettext_lazy("Kind"), required=False)
    since = forms.DateField(label=pgettext_lazy("a beginning", "From"), required=False, widget=DateInput())
    until = forms.DateField(label=pgettext_lazy("an end", "To"), required=False, widget=DateInput())

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        kinds = [("", _("Everything")), *((topic.value, topic.label) for topic in traces.Topic)]
        self.fields["topic"] = forms.ChoiceField(label=_("Kind"), required=False, choices=kinds)
        self.order_fields(["topic", "since", "until"])
        self.full_clean()

    @property
    def days(self) -> list[forms.BoundField]:
        return [self["since"], self["until"]]


@require_GET
@access.staff_required(*access.OFFICE)
def audit(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Who did what, when, from where."""
    form = Filter(request.GET)
    wanted = _wanted(request, form, programme)
    found = queries.trail(programme_id=programme.id, before=desk.cursor(request), limit=PAGE + 1, wanted=wanted)
    query = request.GET.copy()
    query.pop("cursor", None)
    return desk.render_list(
        request,
        "reports/audit.html",
        {
            "rows": traces.told(programme=programme, traces=found[:PAGE]),
            "next_cursor": str(found[PAGE - 1].id) if len(found) > PAGE else None,
            "text": wanted.text,
            "form": form,
            "files": [(name.upper(), _file_url(programme, name, query.urlencode())) for name in FORMATS],
        },
    )


@require_GET
@access.staff_required(*access.OFFICE)
def audit_file(request: HttpRequest, *, programme: Programme, file_format: str) -> HttpResponse:
    """The same as a file, newest first, as much of it as the format holds."""
    if file_format not in FORMATS:
        raise Http404
    most, now = files.MOST_LINES[file_format], timezone.now()
    wanted = _wanted(request, Filter(request.GET), programme)
    found = queries.trail(programme_id=programme.id, before=None, limit=most, wanted=wanted)
    columns = (Column(_("When"), Unit.MOMENT), Column(_("Who")), Column(_("What")), Column(_("From which address")))
    lines = [Line((one.at, one.who, one.what, one.address)) for one in traces.told(programme=programme, traces=found)]
    table = Table(_("Audit trail"), columns, tuple(lines))
    made = files.written(table, file_format=file_format, programme=programme, at=now)
    name = f"audit-{timezone.localdate(now):%Y-%m-%d}.{file_format}"
    return desk.download(name, made, content_type=files.FORMATS[file_format])


def _wanted(request: HttpRequest, form: Filter, programme: Programme) -> Wanted:
    asked = form.cleaned_data
    since, until = asked.get("since"), asked.get("until")
    return Wanted(
        text=request.GET.get("q", "").strip(),
        nouns=traces.NOUNS[traces.Topic(asked["topic"])] if asked.get("topic") else None,
        since=days.start_of(since, time_zone=programme.time_zone) if since else None,
        before=days.start_of(until + timedelta(days=1), time_zone=programme.time_zone) if until else None,
    )


def _file_url(programme: Programme, file_format: str, query: str) -> str:
    url = reverse("audit_file", kwargs={"programme": programme.slug, "file_format": file_format})
    return f"{url}?{query}" if query else url


LATEST = 8


def _of_customer(wallet: Wallet) -> dict[str, Any]:
    subjects = [f"customer:{wallet.owner_id}", f"wallet:{wallet.pk}"]
    found = AuditEntry.objects.filter(programme_id=wallet.programme_id, subject__in=subjects).order_by("-id")[:LATEST]
    return {"traces": traces.told(programme=wallet.programme, traces=list(found))}


panel = Panel("reports/customer_panel.html", _of_customer)
"""What was done to a customer, on their page."""

urlpatterns = [
    path("audit/", audit, name="audit"),
    path("audit/audit.<slug:file_format>", audit_file, name="audit_file"),
]
