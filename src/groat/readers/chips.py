"""How a reader makes a blank chip into a card: the commands are the server's, the reader only carries them."""

from uuid import UUID

from django.conf import settings
from django.db import transaction

from groat.cards import personalising, tokens, vault
from groat.cards.rules import InvalidToken
from groat.errors import NotFound, Refusal
from groat.programmes import audit, writing
from groat.programmes.deeds import Deed
from groat.readers import rules
from groat.readers.models import Making, Reader

USE = "personalisation"
"""What its state is sealed for."""


@transaction.atomic
def allow(*, reader: Reader, address: str, deed: Deed) -> Reader:
    """Let a reader make chips for a quarter of an hour, with an `address` that phones open. Raises ChipsNotSetUp."""
    personalising.ndef(address=address)
    vault.chip_keys(programme_id=reader.programme_id)
    reader = writing.locked(reader)
    writing.change(reader, {"makes_chips_until": deed.now + rules.MAKES_CHIPS_FOR, "chip_address": address})
    audit.write(
        programme_id=reader.programme_id,
        deed=deed,
        action="reader.may_make_chips",
        subject=reader,
        subject_name=f"{reader} · {reader.till.name}",
    )
    return reader


@transaction.atomic
def begin(*, reader: Reader, uid: str, chance: bytes, deed: Deed) -> tuple[Making, list[bytes]]:
    """Begin with the chip that has this number: the first commands. `chance` is 32 random bytes.

    Raises MayNotMakeChips, InvalidToken, RandomToken, ChipOfAnotherKind.
    """
    if reader.makes_chips_until is None or reader.makes_chips_until <= deed.now:
        raise rules.MayNotMakeChips
    number = tokens.read(uid)
    if not isinstance(number, bytes):
        raise InvalidToken
    known_by = tokens.hash_of(programme_id=reader.programme_id, uid=number, key=settings.KEYS.token_key)
    before = Making.objects.filter(programme_id=reader.programme_id, uid_hash=known_by, done_at__isnull=False)
    keys = vault.chip_keys(programme_id=reader.programme_id)
    late = Making.objects.filter(programme_id=reader.programme_id, begun_at__lt=deed.now - rules.MAKING_LASTS)
    late.exclude(state=b"").update(state=b"")
    state, commands = personalising.begin(
        address=reader.chip_address,
        uid=number,
        meta_key=keys.meta_key,
        master_key=keys.master_key,
        chance=chance,
        known=before.exists(),
    )
    making = Making.objects.create(
        id=deed.mint(),
        programme_id=reader.programme_id,
        reader=reader,
        uid_hash=known_by,
        state=vault.seal(personalising.kept(state), use=USE, programme_id=reader.programme_id),
        begun_at=deed.now,
    )
    return making, commands


def go_on(*, making: Making, responses: list[bytes], deed: Deed) -> tuple[list[bytes], bool]:
    """Take the chip's answers: the next commands, and whether it is a card now.

    Raises MakingOver, and what `personalising.go_on` refuses; after a refusal it is over.
    """
    with transaction.atomic():
        making = writing.locked(making)
        if not making.state or making.begun_at < deed.now - rules.MAKING_LASTS:
            raise rules.MakingOver
        sealed = vault.open_(bytes(making.state), use=USE, programme_id=making.programme_id)
        try:
            state, commands, is_done = personalising.go_on(state=personalising.resumed(sealed), responses=responses)
        except Refusal as no:
            refusal = no
        else:
            kept = b"" if is_done else vault.seal(personalising.kept(state), use=USE, programme_id=making.programme_id)
            making.state, making.done_at = kept, deed.now if is_done else None
            making.save(update_fields=["state", "done_at"])
            return commands, is_done
        making.state = b""
        making.save(update_fields=["state"])
    raise refusal


def of_reader(*, reader: Reader, public_id: UUID) -> Making:
    """The reader's own making; NotFound for another's."""
    found = Making.named(programme_id=reader.programme_id, public_id=public_id)
    if found.reader_id != reader.id:
        raise NotFound
    return found
