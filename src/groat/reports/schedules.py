"""Reports that are sent by e-mail: each period once, however many workers there are."""

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _g

from groat.errors import Refusal, _
from groat.notifications import queries as letters
from groat.notifications.models import MOST_ATTACHED
from groat.notifications.rules import TooManyLetters
from groat.notifications.writing import File, write
from groat.programmes import access, audit
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme, Staff
from groat.reports import files
from groat.reports.asked import Asked, Known, days_told
from groat.reports.figures import FiguresNotReady, reading
from groat.reports.models import Every, Schedule
from groat.reports.periods import Named, Period, month_of
from groat.reports.told import REPORTS
from groat.web import refusals

log = logging.getLogger(__name__)

NOT_BEFORE_HOUR = 5
"""Local time: by then nothing of the day before is on its way any more, and nobody is woken."""
MOST_SCHEDULES = 50
AT_ONCE = 10


@dataclass(unsafe_hash=True)
class TooManySchedules(Refusal):
    code = "too_many_schedules"
    sentence = _("%(most)s reports are sent regularly already. Stop one first.")

    most: int


def last_period(every: str, *, today: date) -> Period:
    """The last whole day, week or month before today."""
    if every == Every.DAY:
        return Period(today - timedelta(days=1), today - timedelta(days=1))
    if every == Every.WEEK:
        monday = today - timedelta(days=today.weekday() + 7)
        return Period(monday, monday + timedelta(days=6))
    return month_of(today.replace(day=1) - timedelta(days=1))


def schedules(*, programme_id: int) -> list[Schedule]:
    """What is sent regularly, newest first."""
    return list(Schedule.objects.filter(programme_id=programme_id, stopped_at=None).order_by("-id"))


def readers(*, programme: Programme) -> list[Staff]:
    """Who may be sent reports: staff who read them in the office."""
    found = Staff.objects.filter(programme=programme, left_at=None, role__in=access.OFFICE).select_related("user")
    return list(found.order_by("user__name", "id"))


@transaction.atomic
def start(
    *, programme: Programme, report: str, file_format: str, every: str, recipients: list[Staff], deed: Deed
) -> Schedule:
    """Have a report sent from the end of this period on. Refusal: TooManySchedules."""
    _room(programme)
    today = deed.now.astimezone(ZoneInfo(programme.time_zone)).date()
    made = Schedule.objects.create(
        id=deed.mint(),
        programme=programme,
        report=report,
        file_format=file_format,
        every=every,
        recipients=[person.id for person in recipients],
        sent_until=last_period(every, today=today).until,
        actor=deed.actor.code,
        created_at=deed.now,
    )
    _note(made, "schedule.started", deed)
    return made


@transaction.atomic
def stop(*, schedule: Schedule, deed: Deed) -> Schedule:
    """Send it no more. Stopping twice is stopping once."""
    locked = Schedule.objects.select_for_update().get(pk=schedule.pk)
    if locked.stopped_at is None:
        locked.stopped_at = deed.now
        locked.save(update_fields=["stopped_at"])
        _note(locked, "schedule.stopped", deed)
    return locked


@transaction.atomic
def resume(*, schedule: Schedule, deed: Deed) -> Schedule:
    """Take back that it was stopped; what was missed meanwhile is not sent. Refusal: TooManySchedules."""
    locked = Schedule.objects.select_for_update(of=("self",)).select_related("programme").get(pk=schedule.pk)
    if locked.stopped_at is not None:
        _room(locked.programme)
        today = deed.now.astimezone(ZoneInfo(locked.programme.time_zone)).date()
        locked.stopped_at = None
        locked.sent_until = max(locked.sent_until, last_period(locked.every, today=today).until)
        locked.save(update_fields=["stopped_at", "sent_until"])
        _note(locked, "schedule.started", deed)
    return locked


def _room(programme: Programme) -> None:
    """Locked, so that two who start one at once are counted."""
    Programme.objects.select_for_update().get(pk=programme.pk)
    if Schedule.objects.filter(programme=programme, stopped_at=None).count() >= MOST_SCHEDULES:
        raise TooManySchedules(MOST_SCHEDULES)


def _note(schedule: Schedule, action: str, deed: Deed) -> None:
    name = str(REPORTS[schedule.report].name)
    audit.write(programme_id=schedule.programme_id, deed=deed, action=action, subject=schedule, subject_name=name)


def send_due(*, deed: Deed) -> int:
    """Put what is due into the outbox; returns how many reports that were."""
    if not letters.is_mail_set():
        return 0
    sent = 0
    running = Schedule.objects.filter(stopped_at=None).select_related("programme").order_by("sent_until", "id")
    for schedule in running.iterator():
        period = due(schedule, now=deed.now)
        if period is None:
            continue
        try:
            sent += _send(schedule, period, deed)
        except (TooManyLetters, FiguresNotReady) as refusal:
            log.info("schedule %s waits: %s", schedule.public_id, refusal.code)
        except Exception:
            # The others' reports shall not wait for this one.
            log.exception("schedule %s could not be sent", schedule.public_id)
        if sent >= AT_ONCE:
            break
    return sent


def due(schedule: Schedule, *, now: datetime) -> Period | None:
    """The period about which it is to be sent now; None when that is done, or not yet time."""
    local = now.astimezone(ZoneInfo(schedule.programme.time_zone))
    period = last_period(schedule.every, today=local.date())
    return period if period.until > schedule.sent_until and local.hour >= NOT_BEFORE_HOUR else None


def _send(schedule: Schedule, period: Period, deed: Deed) -> int:
    """Write the letters, unless another worker has: told first, then claimed and sent in one transaction."""
    programme = schedule.programme
    people = [one for one in readers(programme=programme) if one.id in schedule.recipients]
    told = {
        language: _told(schedule, period, language, deed)
        for language in {_language(person, programme) for person in people}
    }
    with transaction.atomic():
        claimed = Schedule.objects.filter(pk=schedule.pk, sent_until=schedule.sent_until, stopped_at=None)
        if not claimed.update(sent_until=period.until):
            return 0
        for person in people:
            _write(schedule, person, told[_language(person, programme)], deed)
    return 1


def _write(schedule: Schedule, person: Staff, told: "_Told", deed: Deed) -> None:
    write(
        letter_id=deed.mint(),
        programme_id=schedule.programme_id,
        about=f"{Schedule.kind}:{schedule.id}",
        origin=f"{Schedule.kind}:{schedule.id}",
        actor=deed.actor.code,
        sender=schedule.programme.name,
        address=person.user.email,
        subject=told.subject,
        text=told.text,
        html=told.html,
        now=deed.now,
        attached=told.file,
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """A letter in one language."""

    subject: str
    text: str
    html: str
    file: File | None


def _told(schedule: Schedule, period: Period, language: str, deed: Deed) -> _Told:
    programme, report = schedule.programme, REPORTS[schedule.report]
    with translation.override(language), timezone.override(ZoneInfo(programme.time_zone)):
        asked = Asked(Known(programme), Named.DATES, period)
        refused = ""
        content = b""
        try:
            with reading(programme) as figures:
                content = report.written(figures, asked, file_format=schedule.file_format, at=deed.now)
        except FiguresNotReady:
            # It is sent when they are.
            raise
        except Refusal as refusal:
            refused = refusals.worded(refusal, programme=programme)
        name = f"{schedule.report}-{period.since}-{period.until}.{schedule.file_format}"
        fits = 0 < len(content) <= MOST_ATTACHED
        facts: dict[str, Any] = {
            "programme": programme,
            "title": report.name,
            "days": days_told(period),
            "name": name if fits else "",
            "refused": refused,
            "language": language,
        }
        return _Told(
            _g("%(report)s: %(days)s") % {"report": report.name, "days": facts["days"]},
            render_to_string("reports/letter.txt", facts),
            render_to_string("reports/letter.html", facts),
            File(name, files.CONTENT_TYPES[schedule.file_format], content) if fits else None,
        )


def _language(person: Staff, programme: Programme) -> str:
    return person.user.language or programme.language
