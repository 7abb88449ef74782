"""The office's pages about what goes out: the bookkeeping's accounts, and reports that are sent regularly."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groat.errors import Refusal
from groat.notifications import queries as outbox
from groat.programmes import access, desk
from groat.programmes.models import Programme
from groat.reports import actions, schedules
from groat.reports.forms import BookkeepingForm, ScheduleForm
from groat.reports.journal import settings_of
from groat.reports.models import Schedule
from groat.reports.told import REPORTS
from groat.web import toasts

form_view = require_http_methods(["GET", "HEAD", "POST"])


@form_view
@access.staff_required(*access.MANAGE)
def bookkeeping(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """To which accounts documents go, the company's number, what a euro costs."""
    form = BookkeepingForm(request.POST or None, programme=programme, told=settings_of(programme))
    if request.method == "POST" and form.is_valid():
        actions.change_bookkeeping(
            programme=programme,
            company_id=form.cleaned_data["company_id"],
            eur_rate=form.cleaned_data.get("eur_rate"),
            accounts=form.accounts(),
            deed=access.deed(request),
        )
        toasts.done(request, _("The bookkeeping’s accounts are saved."))
        return redirect("report", programme=programme.slug, report="journal")
    return desk.render_form(request, form, "reports/bookkeeping.html")


@require_GET
@access.staff_required(*access.OFFICE)
def sent_regularly(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Which reports are sent when to whom."""
    people = {person.id: str(person) for person in schedules.readers(programme=programme)}
    rows = [
        {
            "row": row,
            "report": REPORTS[row.report],
            "to": [people[key] for key in row.recipients if key in people],
        }
        for row in schedules.schedules(programme_id=programme.id)
        if row.report in REPORTS
    ]
    return desk.render(request, "reports/schedules.html", {"rows": rows, "is_mail_set": outbox.is_mail_set()})


@form_view
@access.staff_required(*access.MANAGE)
def schedule_new(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Have a report sent."""
    people = schedules.readers(programme=programme)
    usual = {"report": request.GET.get("report", ""), "recipients": [str(access.staff_of(request).public_id)]}
    form = ScheduleForm(request.POST or None, people=people, initial=usual)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        made = desk.attempt_once(
            form,
            lambda: schedules.start(
                programme=programme,
                report=chosen["report"],
                file_format=chosen["file_format"],
                every=chosen["every"],
                recipients=[form.people[key] for key in chosen["recipients"]],
                deed=access.deed(request),
            ),
            request=request,
        )
        if made:
            toasts.done(request, _("The report will be sent."))
            return redirect("schedules", programme=programme.slug)
    return desk.render_form(
        request,
        form,
        back_url=reverse("schedules", kwargs={"programme": programme.slug}),
        back_label=_("Sent by e-mail"),
        heading=_("Have a report sent"),
        lead=_("It comes in the morning after each day, week or month, to each in their own language."),
        submit=_("Send it regularly"),
        once=True,
    )


@require_POST
@access.staff_required(*access.MANAGE)
def schedule_stop(request: HttpRequest, *, programme: Programme, schedule: UUID) -> HttpResponse:
    """Send it no more."""
    row = Schedule.named(programme_id=programme.id, public_id=schedule)
    schedules.stop(schedule=row, deed=access.deed(request))
    undo = reverse("schedule_resume", kwargs={"programme": programme.slug, "schedule": schedule})
    toasts.done(request, _("This report is sent no more."), undo_url=undo)
    return redirect("schedules", programme=programme.slug)


@require_POST
@access.staff_required(*access.MANAGE)
def schedule_resume(request: HttpRequest, *, programme: Programme, schedule: UUID) -> HttpResponse:
    """Send it again."""
    row = Schedule.named(programme_id=programme.id, public_id=schedule)
    try:
        schedules.resume(schedule=row, deed=access.deed(request))
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
    else:
        toasts.done(request, _("The report will be sent."))
    return redirect("schedules", programme=programme.slug)


urlpatterns = [
    path("reports/bookkeeping/", bookkeeping, name="bookkeeping"),
    path("reports/by-e-mail/", sent_regularly, name="schedules"),
    path("reports/by-e-mail/new/", schedule_new, name="schedule_new"),
    path("reports/by-e-mail/<uuid:schedule>/stop/", schedule_stop, name="schedule_stop"),
    path("reports/by-e-mail/<uuid:schedule>/resume/", schedule_resume, name="schedule_resume"),
]
