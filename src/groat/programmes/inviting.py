"""What is done to invite people: each of these is an action, and owns its transaction."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from groat.notifications import queries as outbox
from groat.notifications import writing as letters
from groat.notifications.rules import MailNotSet
from groat.programmes import audit, founding, keys, queries, rules, writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme, Staff, StaffInvitation, User

type Address = Callable[[str], str]
"""Where the link with this token leads."""


@transaction.atomic
def invite(
    *, programme: Programme, email: str, name: str, role: str, token: str, address: Address, deed: Deed
) -> StaffInvitation:
    """Ask somebody by e-mail to work here. `token` is fresh, and told in the letter alone.

    Refusals: MailNotSet, AlreadyStaff, AlreadyInvited, InvalidValue, TooManyLetters.
    """
    programme = writing.locked(programme)
    email = email.strip().lower()
    if Staff.objects.filter(programme=programme, user__email__iexact=email, left_at=None).exists():
        raise rules.AlreadyStaff(email)
    row = StaffInvitation(
        id=deed.mint(),
        programme=programme,
        email=email,
        name=name.strip(),
        role=role,
        token_hash=keys.hash_of(token),
        sent_at=deed.now,
        expires_at=deed.now + rules.INVITATION_LASTS,
    )
    with writing.unless_taken(rules.AlreadyInvited(email), "one_open_invitation_an_email"):
        writing.checked(row).save(force_insert=True)
    _note(row, "staff.invited", deed, {"role": role})
    _write(row, address(token), deed)
    return row


@transaction.atomic
def send_again(*, invitation: StaffInvitation, token: str, address: Address, deed: Deed) -> StaffInvitation:
    """Send an invitation once more, for another seven days; the link of the letter before is dead.

    Refusals: MailNotSet, InvitationNotGood, TooManyLetters.
    """
    row = _open(invitation)
    row.token_hash, row.sent_at = keys.hash_of(token), deed.now
    row.expires_at = deed.now + rules.INVITATION_LASTS
    row.save(update_fields=["token_hash", "sent_at", "expires_at"])
    _note(row, "staff.invited", deed, {"role": row.role})
    _write(row, address(token), deed)
    return row


@transaction.atomic
def withdraw(*, invitation: StaffInvitation, deed: Deed) -> StaffInvitation:
    """Take an invitation back: its link is dead. Refusal: InvitationNotGood when it was taken up, or back, before."""
    row = _open(invitation)
    row.ended_at = deed.now
    row.save(update_fields=["ended_at"])
    _note(row, "staff.invitation_withdrawn", deed)
    return row


@transaction.atomic
def accept_as_new(*, token: str, name: str, password: str, deed: Deed) -> Staff:
    """Take up an invitation with a new login.

    Refusals: InvitationNotGood, InvitedHasLogin, WeakPassword, InvalidValue.
    """
    row = _good(token, deed)
    if User.objects.filter(email__iexact=row.email).exists():
        raise rules.InvitedHasLogin(row.email)
    user = founding.new_person(email=row.email, name=name, password=password, deed=deed)
    return _taken_up(row, user, deed)


@transaction.atomic
def accept(*, token: str, user: User, deed: Deed) -> Staff:
    """Take up an invitation with the login that one has, whatever its e-mail.

    Refusals: InvitationNotGood, AlreadyStaff.
    """
    return _taken_up(_good(token, deed), user, deed)


def _good(token: str, deed: Deed) -> StaffInvitation:
    found = queries.invitation(token, now=deed.now)
    row = writing.locked(found) if found else None
    if row is None or row.ended_at is not None or bytes(row.token_hash) != keys.hash_of(token):
        raise rules.InvitationNotGood
    return row


def _open(invitation: StaffInvitation) -> StaffInvitation:
    row = writing.locked(invitation)
    if row.ended_at is not None:
        raise rules.InvitationNotGood
    return row


def _taken_up(row: StaffInvitation, user: User, deed: Deed) -> Staff:
    staff = founding.engage(programme=row.programme, user=user, role=row.role, deed=deed)
    row.staff, row.ended_at = staff, deed.now
    row.save(update_fields=["staff", "ended_at"])
    return staff


def _write(row: StaffInvitation, url: str, deed: Deed) -> None:
    if not outbox.is_mail_set():
        raise MailNotSet
    programme = row.programme
    with translation.override(programme.language):
        known = {"invitation": row, "programme": programme, "by": deed.actor.name, "url": url}
        subject = _("%(programme)s invites you to its staff") % {"programme": programme.name}
        text = render_to_string("programmes/invitation_letter.txt", known)
        html = render_to_string("programmes/invitation_letter.html", known)
    letters.write(
        letter_id=deed.mint(),
        programme_id=programme.id,
        about=f"{row.kind}:{row.id}",
        origin=deed.actor.code,
        actor=deed.actor.code,
        sender=programme.name,
        address=row.email,
        subject=subject,
        text=text,
        html=html,
        is_secret=True,
        now=deed.now,
    )


def _note(row: StaffInvitation, action: str, deed: Deed, details: dict[str, Any] | None = None) -> None:
    audit.write(
        programme_id=row.programme_id, deed=deed, action=action, subject=row, subject_name=row.name, details=details
    )
