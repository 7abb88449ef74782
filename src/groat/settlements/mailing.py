"""Letters to customers who pay later: their statement as soon as it is made, and reminders of what is unpaid."""

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from groat.notifications import queries as outbox
from groat.notifications import writing as letters
from groat.notifications.models import Letter
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme
from groat.settlements import queries, rules, shown
from groat.settlements import writing as accounts
from groat.settlements.models import AccountTerms, Statement
from groat.web import slips
from groat.web.slips import Part, Slip

MOST = 50
"""Letters that are written together."""


def send(*, deed: Deed) -> int:
    """Write the letters that are due; returns how many. Where no mail server is set, none is.

    It may run twice at once, and be cut off anywhere: a letter commits with the mark that it is written.
    """
    if not outbox.is_mail_set():
        return 0
    written = 0
    while some := _send_statements(deed):
        written += some
    reminding = AccountTerms.objects.exclude(reminder_days=[]).values_list("programme_id", flat=True)
    for programme in Programme.objects.filter(pk__in=set(reminding)):
        written += _remind(programme, deed)
    return written


@transaction.atomic
def _send_statements(deed: Deed) -> int:
    """The next statements that are to be sent; returns how many these were."""
    waiting = Statement.objects.filter(is_to_be_sent=True).order_by("id")
    locked = waiting.select_for_update(of=("self",), no_key=True, skip_locked=True)
    rows = list(locked.select_related("programme", "run", "wallet__owner")[:MOST])
    letters.write_all(_letter(row, shown.of_statement, deed) for row in rows if row.wallet.owner.email)
    Statement.objects.filter(pk__in=[row.pk for row in rows]).update(is_to_be_sent=False)
    return len(rows)


def _remind(programme: Programme, deed: Deed) -> int:
    """Remind those whose day has come, of all that is unpaid of their last open statement."""
    day = accounts.today(programme, deed)
    terms = queries.all_terms(programme_id=programme.id)
    last: dict[int, Statement] = {}
    for row in Statement.objects.filter(programme=programme, is_open=True).order_by("month"):
        last[row.wallet_id] = row
    due = [
        row.pk
        for row in last.values()
        if rules.reminder_due(
            due_on=row.due_on,
            reminder_days=queries.terms_for(row.group_id, terms).reminder_days,
            reminded_on=row.reminded_on,
            today=day,
        )
    ]
    return sum(_write_reminders(programme, due[start : start + MOST], deed) for start in range(0, len(due), MOST))


@transaction.atomic
def _write_reminders(programme: Programme, names: Sequence[int], deed: Deed) -> int:
    day = accounts.today(programme, deed)
    rows = Statement.objects.filter(pk__in=names).exclude(reminded_on=day).order_by("id")
    locked = rows.select_for_update(of=("self",), no_key=True, skip_locked=True)
    found = list(locked.select_related("programme", "run", "wallet__owner"))
    left = queries.unpaid(found)
    told = [row for row in found if left[row.id] and row.wallet.owner.email]
    Statement.objects.filter(pk__in=[row.pk for row in found]).update(reminded_on=day)

    def reminder(row: Statement, *, programme: Programme) -> Slip:
        return _reminder(row, left[row.id], programme)

    return letters.write_all(_letter(row, reminder, deed) for row in told)


def _reminder(row: Statement, unpaid_minor: int, programme: Programme) -> Slip:
    """What is unpaid, until when it is to be settled, and what follows."""
    owed = slips.in_currency(shown.worth(unpaid_minor, programme), programme)
    notes = [_("If you have settled it in the last few days, you need do nothing.")]
    if row.blocks_on is not None:
        notes.insert(
            0,
            _("Until it is settled you can pay with credits that you buy, but not on credit, from %(day)s on.")
            % {"day": shown.day_of(row.blocks_on)},
        )
    return Slip(
        issuer=programme.name,
        place=str(row.wallet.owner),
        title=_("Reminder for %(month)s") % {"month": shown.month_of(row.month)},
        facts=(_("To be settled by %(day)s") % {"day": shown.day_of(row.due_on)},),
        parts=(Part("", (slips.Line(_("Unpaid"), owed, tone="sum"),)),),
        notes=tuple(notes),
        number=_("Statements no. %(number)s") % {"number": row.run.number},
    )


def _letter(row: Statement, tell: Callable[..., Slip], deed: Deed) -> Letter:
    """A letter that says what a slip says, in the customer's language: no file, and no address that opens it."""
    programme, owner = row.programme, row.wallet.owner
    language = owner.language if owner.language in dict(settings.LANGUAGES) else programme.language
    with translation.override(language), timezone.override(ZoneInfo(programme.time_zone)):
        slip = tell(row, programme=programme)
        subject = _("%(title)s at %(programme)s") % {"title": slip.title, "programme": programme.name}
        text, html = slips.text(slip), render_to_string("settlements/letter.html", {"slip": slip})
    return letters.letter(
        letter_id=deed.mint(),
        programme_id=programme.id,
        about=f"{row.kind}:{row.id}",
        origin=f"programme:{programme.id}",
        actor=deed.actor.code,
        sender=programme.name,
        address=owner.email,
        subject=subject,
        text=text,
        html=html,
        now=deed.now,
    )
