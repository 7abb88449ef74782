"""Reports that are sent by e-mail: each period once."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from groat.notifications import delivery, rules, writing
from groat.notifications.models import MOST_ATTACHED, Attachment, Letter
from groat.programmes.models import Role, Staff
from groat.reports import schedules
from groat.reports.models import Every, Schedule
from groat.reports.periods import Period
from tests import factories
from tests.offices import Office, queries_of, text, toasts

pytestmark = pytest.mark.django_db

PRAGUE = ZoneInfo("Europe/Prague")
SUNDAY = datetime(2026, 3, 1, 12, 0, tzinfo=PRAGUE)
MORNING = datetime(2026, 3, 2, 6, 0, tzinfo=PRAGUE)


@pytest.fixture(autouse=True)
def _sends_mail(settings: pytest.FixtureRequest) -> None:
    settings.SENDS_MAIL = True  # type: ignore[attr-defined]


@pytest.fixture
def office() -> Office:
    return Office()


def a_schedule(
    office: Office, *people: Staff, every: str = "day", report: str = "sales-by-day", as_: str = "csv"
) -> Schedule:
    return schedules.start(
        programme=office.programme,
        report=report,
        file_format=as_,
        every=Every.DAY,
        recipients=list(people) or [office.staff],
        deed=factories.a_deed(now=SUNDAY),
    )


def sent(at: datetime) -> int:
    return schedules.send_due(deed=factories.a_deed(now=at))


def test_a_report_comes_in_the_morning_after_its_period_once(office: Office) -> None:
    a_schedule(office)
    early = MORNING - timedelta(hours=2)
    assert [sent(SUNDAY), sent(early), sent(MORNING), sent(MORNING), sent(MORNING + timedelta(days=1))] == [
        0,
        0,
        1,
        0,
        1,
    ]
    assert Letter.objects.count() == 2


def test_the_letter_brings_the_file_and_tells_what_it_is(office: Office) -> None:
    a_schedule(office, report="vat", as_="xlsx")
    sent(MORNING)
    assert delivery.deliver(clock=lambda: MORNING) == 1
    (letter,) = mail.outbox
    ((name, content, kind),) = letter.attachments
    assert (name, content[:2], kind) == (
        "vat-2026-03-01-2026-03-01.xlsx",
        b"PK",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    assert letter.to == [office.staff.user.email]


def test_each_reads_it_in_their_own_language(office: Office) -> None:
    a_schedule(office)
    office.staff.user.language = "en"
    office.staff.user.save()
    sent(MORNING)
    assert Letter.objects.get().subject.startswith("Sales by day: 1 March 2026")


def test_two_workers_send_it_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    a_schedule(office)
    told = schedules._told

    def meanwhile(*facts: object) -> object:
        monkeypatch.setattr(schedules, "_told", told)
        assert sent(MORNING) == 1
        return told(*facts)  # type: ignore[arg-type]

    monkeypatch.setattr(schedules, "_told", meanwhile)
    assert sent(MORNING) == 0
    assert Letter.objects.count() == 1


def test_too_many_letters_to_one_address_wait_for_the_next_hour(office: Office) -> None:
    for _number in range(6):
        a_schedule(office)
    assert sent(MORNING) == rules.MOST_AN_HOUR_TO_ONE_ADDRESS
    assert sent(MORNING + timedelta(minutes=61)) == 1


def test_who_has_left_or_may_not_read_reports_gets_none(office: Office) -> None:
    gone = factories.some_staff(Role.ACCOUNTANT, programme=office.programme)
    a_schedule(office, office.staff, gone)
    Staff.objects.filter(pk=gone.pk).update(left_at=SUNDAY)
    Staff.objects.filter(pk=office.staff.pk).update(role=Role.CASHIER)
    assert (sent(MORNING), Letter.objects.count()) == (1, 0)


def test_a_stopped_report_is_sent_no_more_and_resumed_it_leaves_out_what_was_missed(office: Office) -> None:
    schedule = a_schedule(office)
    schedules.stop(schedule=schedule, deed=factories.a_deed(now=SUNDAY))
    assert sent(MORNING) == 0
    resumed = schedules.resume(schedule=schedule, deed=factories.a_deed(now=MORNING))
    assert (resumed.sent_until, sent(MORNING)) == (date(2026, 3, 1), 0)


def test_a_file_that_is_too_large_is_not_sent_but_named(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules, "MOST_ATTACHED", 10)
    a_schedule(office)
    office.staff.user.language = "en"
    office.staff.user.save()
    assert sent(MORNING) == 1
    assert "too long for an e-mail" in Letter.objects.get().text
    assert not Attachment.objects.exists()


def test_an_outbox_holds_no_file_above_its_limit(office: Office) -> None:
    a_schedule(office)
    sent(MORNING)
    with pytest.raises(IntegrityError), transaction.atomic():
        Attachment.objects.update(size=MOST_ATTACHED + 1)
    letter = Letter.objects.get()
    too_large = writing.File("x.csv", "text/csv", bytes(MOST_ATTACHED + 1))
    with pytest.raises(writing.FileTooLarge), transaction.atomic():
        writing.write(
            letter_id=1,
            programme_id=office.programme.id,
            about="",
            origin="",
            actor="",
            sender="",
            address=letter.address,
            subject="",
            text="",
            html="",
            now=MORNING,
            attached=too_large,
        )


def test_files_are_erased_with_the_letters_words(office: Office) -> None:
    a_schedule(office)
    sent(MORNING)
    delivery.deliver(clock=lambda: MORNING)
    assert delivery.erase(now=MORNING + rules.KEPT + timedelta(days=1)) == 1
    assert not Attachment.objects.exists()


def test_without_a_mail_server_nothing_is_written(office: Office, settings: pytest.FixtureRequest) -> None:
    settings.SENDS_MAIL = False  # type: ignore[attr-defined]
    a_schedule(office)
    assert (sent(MORNING), Letter.objects.count()) == (0, 0)


def test_the_last_period_is_whole() -> None:
    today = date(2026, 3, 4)
    assert [schedules.last_period(every, today=today) for every in Every] == [
        Period(date(2026, 3, 3), date(2026, 3, 3)),
        Period(date(2026, 2, 23), date(2026, 3, 1)),
        Period(date(2026, 2, 1), date(2026, 2, 28)),
    ]


# ---- Pages ----


def test_a_report_is_had_sent_and_stopped_from_the_office(office: Office) -> None:
    assert "Nothing is sent yet" in text(office.get("schedules"))
    typed = {
        "report": "journal",
        "file_format": "xml",
        "every": "month",
        "recipients": [str(office.staff.public_id)],
    }
    made = office.post("schedule_new", typed, key="the-same-form")
    again = office.post("schedule_new", typed, key="the-same-form")
    assert (made.status_code, again.status_code, Schedule.objects.count()) == (302, 302, 1)
    assert "Marta Manager" in text(office.get("schedules"))
    stopped = office.post("schedule_stop", schedule=Schedule.objects.get())
    assert toasts(stopped)[-1] == "This report is sent no more."
    assert "Nothing is sent yet" in text(office.get("schedules"))
    office.post("schedule_resume", schedule=Schedule.objects.get())
    assert "Marta Manager" in text(office.get("schedules"))


def test_only_the_journal_is_there_as_xml(office: Office) -> None:
    typed = {"report": "vat", "file_format": "xml", "every": "day", "recipients": [str(office.staff.public_id)]}
    answer = office.post("schedule_new", typed)
    assert (answer.status_code, Schedule.objects.exists()) == (422, False)
    assert "Only the journal is there as XML" in text(answer)


def test_a_report_is_sent_to_nobody_of_another_programme(office: Office) -> None:
    stranger = Office().staff
    typed = {"report": "vat", "file_format": "pdf", "every": "day", "recipients": [str(stranger.public_id)]}
    assert (office.post("schedule_new", typed).status_code, Schedule.objects.exists()) == (422, False)


def test_there_are_so_many_and_no_more(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules, "MOST_SCHEDULES", 1)
    a_schedule(office)
    with pytest.raises(schedules.TooManySchedules):
        a_schedule(office)


def test_the_list_takes_as_many_queries_for_many_as_for_one(office: Office) -> None:
    a_schedule(office)
    one = queries_of(lambda: office.get("schedules"))
    for _number in range(5):
        a_schedule(office)
    assert queries_of(lambda: office.get("schedules")) == one
