"""Sending a receipt by e-mail."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from groat.notifications import queries as outbox
from groat.notifications import writing as letters
from groat.notifications.models import Letter
from groat.notifications.rules import MailNotSet
from groat.programmes import audit, writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Staff, Till
from groat.programmes.rules import InvalidValue
from groat.receipts import queries, rules, slip
from groat.receipts.queries import Paper
from groat.web import slips


@transaction.atomic
def send(*, paper: Paper, address: str = "", page_url: str, place: Till | Staff, deed: Deed) -> Letter:
    """Have a receipt sent to an address, or to the one that its customer has left.

    `page_url` is where the receipt is on the web; `place` is from where it is sent, which may not be too often.
    Refusals: MailNotSet, AddressUnknown, InvalidValue, TooManyLetters.
    """
    if not outbox.is_mail_set():
        raise MailNotSet
    address = _checked(address.strip() or paper.customer.email)
    writing.locked(place)
    row = paper.row
    with translation.override(language_for(paper)), timezone.override(ZoneInfo(row.programme.time_zone)):
        told = slip.of(paper)
        subject = _("Receipt from %(programme)s") % {"programme": row.programme.name}
        known = {"slip": told, "url": page_url}
        html = render_to_string("receipts/letter.html", known)
        text = "\n".join([slips.text(told), "", _("This receipt on the web:"), page_url, ""])
    audit.write(programme_id=row.programme_id, deed=deed, action="receipt.mailed", subject=row, subject_name="")
    return letters.write(
        letter_id=deed.mint(),
        programme_id=row.programme_id,
        about=queries.subject_of(paper),
        origin=f"{place.kind}:{place.id}",
        actor=deed.actor.code,
        sender=row.programme.name,
        address=address,
        subject=subject,
        text=text,
        html=html,
        now=deed.now,
    )


def language_for(paper: Paper) -> str:
    """The language in which its customer is written to: their own, else the programme's."""
    known = dict(settings.LANGUAGES)
    own = paper.customer.language
    return own if own in known else paper.row.programme.language


def _checked(address: str) -> str:
    if not address:
        raise rules.AddressUnknown
    try:
        validate_email(address)
    except ValidationError as error:
        raise InvalidValue("address", "invalid") from error
    return address
