"""How letters come into the outbox, and out of it again. Everything here demands a transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from groat.notifications import queries, rules
from groat.notifications.models import MOST_ATTACHED, Attachment, Letter, LetterState


class NoTransaction(Exception):
    """A letter would leave though what it is about might not happen."""


class FileTooLarge(ValueError):
    """Nobody's outbox is for files of that size: whoever calls sends an address in place of it."""


@dataclass(frozen=True, slots=True)
class File:
    """Something to be attached to a letter."""

    name: str
    content_type: str
    content: bytes


def write(
    *,
    letter_id: int,
    programme_id: int,
    about: str,
    origin: str,
    actor: str,
    sender: str,
    address: str,
    subject: str,
    text: str,
    html: str,
    is_secret: bool = False,
    now: datetime,
    attached: File | None = None,
) -> Letter:
    """Put a letter into the outbox: it leaves if the transaction commits. Raises TooManyLetters, FileTooLarge.

    Whoever calls holds a lock on the place that it comes from, so that the letters of two at once are counted.
    """
    _demand_transaction()
    if attached is not None and not 0 < len(attached.content) <= MOST_ATTACHED:
        raise FileTooLarge(attached.name)
    if queries.is_too_many(origin=origin, address=address, now=now):
        raise rules.TooManyLetters
    row = letter(
        letter_id=letter_id,
        programme_id=programme_id,
        about=about,
        origin=origin,
        actor=actor,
        sender=sender,
        address=address,
        subject=subject,
        text=text,
        html=html,
        is_secret=is_secret,
        now=now,
    )
    row.save(force_insert=True)
    if attached is not None:
        Attachment.objects.create(
            programme_id=programme_id,
            letter=row,
            name=attached.name,
            content_type=attached.content_type,
            size=len(attached.content),
            content=attached.content,
        )
    return row


def write_all(found: Iterable[Letter]) -> int:
    """Put letters of the programme itself into the outbox, each of which is written once: how many.

    They are not throttled, for nobody at a counter can ask for them.
    """
    _demand_transaction()
    return len(Letter.objects.bulk_create(found))


def letter(
    *,
    letter_id: int,
    programme_id: int,
    about: str,
    origin: str,
    actor: str,
    sender: str,
    address: str,
    subject: str,
    text: str,
    html: str,
    is_secret: bool = False,
    now: datetime,
) -> Letter:
    """A letter that waits, not yet in the outbox."""
    row = Letter(
        id=letter_id,
        programme_id=programme_id,
        about=about,
        origin=origin,
        actor=actor,
        # A line break in a name would begin another header.
        sender=" ".join(sender.split())[:120],
        address=address,
        address_hash=queries.hash_of(address),
        subject=" ".join(subject.split())[:200],
        text=text,
        html=html,
        is_secret=is_secret,
        state=LetterState.WAITING,
        due_at=now,
        written_at=now,
    )
    row.message_id = queries.message_id(row.public_id)
    return row


def _demand_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise NoTransaction
