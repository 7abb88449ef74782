"""What the worker does with the outbox: it delivers, tries again, gives up, and erases."""

import logging
from collections.abc import Callable
from datetime import datetime
from email.headerregistry import Address
from email.utils import parseaddr
from smtplib import (
    SMTPException,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, mailers
from django.db import transaction

from groat.notifications import rules
from groat.notifications.models import Attachment, Letter, LetterState

log = logging.getLogger(__name__)

AT_ONCE = 20
_REFUSED_FOR_GOOD = 500


class _NoServer(Exception):
    """The mail server cannot be spoken to: no other letter need be tried now."""


def deliver(*, clock: Callable[[], datetime]) -> int:
    """Try the letters that are due, a few at once; returns how many left.

    Each is delivered at least once: one that left just before this process was cut off is sent again under
    the same Message-ID. While one is tried, no transaction is open.
    """
    left = 0
    if not Letter.objects.filter(state=LetterState.WAITING, due_at__lte=clock()).exists():
        return left
    server = mailers.default
    try:
        for _turn in range(AT_ONCE):
            letter = _claimed(clock())
            if letter is None:
                break
            left += _try(server, letter, clock)
    except _NoServer:
        # The others would only wait for the same time-out, and everything else for them.
        _postpone_all(clock())
    finally:
        _hang_up(server)
    return left


@transaction.atomic
def again(*, letter: Letter, now: datetime) -> Letter:
    """Try once more what was given up. Raises LetterNotFailed, as for one whose words are erased."""
    locked = Letter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    if locked.state != LetterState.FAILED or not locked.address:
        raise rules.LetterNotFailed
    _end(locked, LetterState.WAITING, tries=0, due_at=now, ended_at=None)
    return locked


def erase(*, now: datetime) -> int:
    """Erase addresses and words of letters that ended some days ago; returns of how many."""
    old = Letter.objects.filter(ended_at__lt=now - rules.KEPT).exclude(address="")
    Attachment.objects.filter(letter__in=old).delete()
    return old.update(**_ERASED)


_ERASED = {"address": "", "subject": "", "text": "", "html": ""}


@transaction.atomic
def _claimed(now: datetime) -> Letter | None:
    """The letter that waits longest, put off so that nobody else tries it at the same time."""
    due = Letter.objects.filter(state=LetterState.WAITING, due_at__lte=now).order_by("due_at", "id")
    letter = due.select_for_update(of=("self",), skip_locked=True).first()
    if letter is None:
        return None
    letter.tries += 1
    letter.due_at = now + rules.ON_ITS_WAY
    letter.save(update_fields=["tries", "due_at"])
    return letter


def _try(server: Any, letter: Letter, clock: Callable[[], datetime]) -> bool:
    try:
        server.open()
        server.send_messages([_message(letter)])
    except (SMTPNotSupportedError, ValueError) as error:
        # An address that this server, or e-mail itself, cannot carry.
        _failed(letter, None, f"{type(error).__name__}: {error}", clock(), is_final=True)
    except SMTPRecipientsRefused as error:
        code, reply = next(iter(error.recipients.values()))
        _failed(letter, code, reply, clock(), is_final=code >= _REFUSED_FOR_GOOD)
    except SMTPResponseException as error:
        # Whom the server lets send is the operator's affair, and may be put right.
        is_about_us = isinstance(error, SMTPSenderRefused) or server.connection is None
        is_final = error.smtp_code >= _REFUSED_FOR_GOOD and not is_about_us
        _failed(letter, error.smtp_code, error.smtp_error, clock(), is_final=is_final)
        if is_about_us:
            raise _NoServer from error
    except (SMTPException, OSError) as error:
        _failed(letter, None, f"{type(error).__name__}: {error}", clock(), is_final=False)
        raise _NoServer from error
    else:
        _end(letter, LetterState.SENT, failure="", due_at=None, ended_at=clock())
        return True
    return False


def _message(letter: Letter) -> EmailMultiAlternatives:
    _name, own = parseaddr(settings.DEFAULT_FROM_EMAIL)
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        from_email=str(Address(display_name=letter.sender, addr_spec=own)),
        to=[letter.address],
        headers={"Message-ID": letter.message_id, "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(letter.html, "text/html")
    for file in letter.attachments.all():
        message.attach(file.name, bytes(file.content), file.content_type)
    return message


def _failed(letter: Letter, code: int | None, reply: bytes | str, now: datetime, *, is_final: bool) -> None:
    failure = rules.told_failure(code, reply.decode(errors="replace") if isinstance(reply, bytes) else reply)
    pause = None if is_final else rules.pause_after(letter.tries)
    log.warning("letter %s was not taken at try %d: %s", letter.public_id, letter.tries, failure)
    if pause is None:
        _end(letter, LetterState.FAILED, failure=failure, due_at=None, ended_at=now)
    else:
        _end(letter, LetterState.WAITING, failure=failure, due_at=now + pause)


def _end(letter: Letter, state: LetterState, **changes: Any) -> None:
    letter.state = state
    if letter.is_secret and state != LetterState.WAITING:
        changes |= _ERASED
    for name, value in changes.items():
        setattr(letter, name, value)
    letter.save(update_fields=["state", *changes])


def _postpone_all(now: datetime) -> None:
    waits = Letter.objects.filter(state=LetterState.WAITING, due_at__lte=now)
    waits.update(due_at=now + rules.PAUSES[0])


def _hang_up(server: Any) -> None:
    try:
        server.close()
    except (SMTPException, OSError):
        # It hung up first.
        log.info("the mail server hung up")
