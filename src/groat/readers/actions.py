"""What is done with readers: inviting, pairing, unpairing, what they say of themselves."""

import hmac
from datetime import timedelta

from django.db import transaction

from groat.cards import writing as cards
from groat.cards.models import Card
from groat.errors import Refusal
from groat.ledger.models import Request
from groat.programmes import audit, writing
from groat.programmes.deeds import Actor, Deed
from groat.programmes.models import Till
from groat.readers import queries, rules
from groat.readers.models import Invitation, Reader
from groat.till import actions as till_actions
from groat.till.actions import Presented
from groat.till.rules import NothingWaits, UnknownCard

SEEN_EVERY = timedelta(seconds=20)
"""What a reader says of itself is written when it is new, else no more often than this."""


@transaction.atomic
def invite(*, till: Till, random: bytes, deed: Deed) -> tuple[Invitation, str]:
    """A code with which a reader may be paired with the till, and the code itself, shown this once. Raises TillClosed.

    `random` is eight bytes of chance.
    """
    writing.open_till(writing.locked(till))
    code = rules.code_of(random)
    made = Invitation.objects.create(
        id=deed.mint(),
        programme_id=till.programme_id,
        till=till,
        code_hash=_hash(code),
        created_at=deed.now,
        expires_at=deed.now + rules.CODE_LASTS,
    )
    return made, code


@transaction.atomic
def pair(*, code: str, token: str, device: str, version: str, deed: Deed) -> Reader:
    """Pair the reader that has the code, once, under a token that nobody else knows. Raises CodeUnknown."""
    invited = Invitation.objects.select_for_update(of=("self",)).filter(code_hash=_hash(code)).first()
    if invited is None or invited.reader_id is not None or invited.expires_at <= deed.now:
        raise rules.CodeUnknown
    reader = Reader(
        id=deed.mint(),
        programme_id=invited.programme_id,
        till_id=invited.till_id,
        device=device.strip() or "USB",
        version=version,
        token_hash=rules.hash_of(token),
        paired_at=deed.now,
        seen_at=deed.now,
    )
    writing.checked(reader).save(force_insert=True)
    invited.reader = reader
    invited.save(update_fields=["reader"])
    _note(reader, "reader.paired", deed)
    return reader


@transaction.atomic
def unpair(*, reader: Reader, deed: Deed) -> Reader:
    """Shut a reader out at once. Doing it twice is doing it once."""
    reader = writing.locked(reader)
    if writing.change(reader, {"unpaired_at": reader.unpaired_at or deed.now}):
        _note(reader, "reader.unpaired", deed)
    return reader


@transaction.atomic
def report(*, reader: Reader, state: str, device: str, deed: Deed) -> Reader:
    """What a reader says of itself: its state, and what is plugged in."""
    told = {"state": state, "device": device.strip() or reader.device}
    is_new = any(getattr(reader, name) != value for name, value in told.items())
    if is_new or deed.now - reader.seen_at > SEEN_EVERY:
        writing.change(reader, {**told, "seen_at": deed.now})
    return reader


def present(*, reader: Reader, token: str, key: str, deed: Deed, seconds_since_tap: int = 0) -> Presented | Card:
    """Give a token to what waits at the reader's till; when nothing does, the card whose balance shall be told.

    Raises what `till.actions.present` raises, UnknownCard, and TapTooOld for a late tap that nobody has heard of.
    """
    if seconds_since_tap > rules.TAP_LASTS_SECONDS and not _was_asked(reader, key, deed):
        raise rules.TapTooOld
    try:
        return till_actions.present(till=reader.till, token=token, key=key, deed=deed)
    except NothingWaits:
        return _look(reader=reader, token=token, deed=deed)


def _was_asked(reader: Reader, key: str, deed: Deed) -> bool:
    made = Request.objects.filter(programme=reader.programme_id, client=deed.actor.code, key=key)
    return made.exists()


def _look(*, reader: Reader, token: str, deed: Deed) -> Card:
    with transaction.atomic():
        card = cards.recognised(programme_id=reader.programme_id, token=token, till=reader.till, deed=deed)
        if isinstance(card, Card):
            writing.change(reader, {"looked_card": card, "looked_at": deed.now})
    if isinstance(card, Refusal):
        raise card
    if card is None:
        raise UnknownCard
    return card


def actor(reader: Reader, *, address: str | None) -> Actor:
    """A reader at work, from this address."""
    return Actor(f"reader:{reader.id}", reader.device, None, address)


def _hash(code: str) -> bytes:
    return hmac.digest(queries.code_key(), b"groat reader code" + rules.plain(code).encode(), "sha256")


def _note(reader: Reader, action: str, deed: Deed) -> None:
    audit.write(
        programme_id=reader.programme_id,
        deed=deed,
        action=action,
        subject=reader,
        subject_name=f"{reader} · {reader.till.name}",
    )
