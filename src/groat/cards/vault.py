"""Keys at rest: what the database keeps of them opens only with a key that it does not have.

Each is wrapped with AES-256-GCM (NIST SP 800-38D) under one of `settings.KEYS.wrap_keys`, bound to its use and
its programme, so that none can be put in another's place. What was wrapped names the key that did it; which
keys there are, and how one is changed for another, is told in docs/operator.md.
"""

import secrets
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import transaction

from groat.cards import chips
from groat.cards.models import WrappedChipKeys
from groat.cards.rules import ChipsNotSetUp

META_KEY, MASTER_KEY = "meta_key", "master_key"
"""What a programme's keys are wrapped for, which are also the names of their columns."""

_FORMAT = 1
_NONCE_BYTES = 12
_BATCH = 100


class CannotOpen(Exception):
    """What was sealed does not open here; the message tells what is missing or wrong."""


class ChipKeys(NamedTuple):
    """The keys of one programme's chips, 16 bytes each."""

    meta_key: bytes
    """In every chip: what hides who it is."""
    master_key: bytes
    """In none: what each chip's own keys are made from."""


_opened: dict[int, ChipKeys] = {}
"""By programme. A programme's keys never change, so what was read once is right for ever."""


def chip_keys(*, programme_id: int) -> ChipKeys:
    """The keys of a programme's chips, made on first use. Refusal: ChipsNotSetUp. Raises CannotOpen."""
    known = _opened.get(programme_id)
    if known is not None:
        return known
    row = WrappedChipKeys.objects.filter(programme_id=programme_id).first()
    if row is None:
        # Of two that come first at once, both get what one of them has written.
        row, _ = WrappedChipKeys.objects.get_or_create(
            programme_id=programme_id,
            defaults={
                use: seal(secrets.token_bytes(chips.KEY_BYTES), use=use, programme_id=programme_id)
                for use in (META_KEY, MASTER_KEY)
            },
        )
    found = ChipKeys(
        meta_key=open_(bytes(row.meta_key), use=META_KEY, programme_id=programme_id),
        master_key=open_(bytes(row.master_key), use=MASTER_KEY, programme_id=programme_id),
    )
    # Not before it is certain that the row stays.
    transaction.on_commit(lambda: _opened.__setitem__(programme_id, found))
    return found


def is_at_hand(*, programme_id: int) -> bool:
    """Whether `chip_keys` would answer without asking the database."""
    return programme_id in _opened


def seal(data: bytes, *, use: str, programme_id: int = 0) -> bytes:
    """The bytes wrapped under the current key; they open for the same use and programme alone.

    Laid out as format ‖ length of the key's id ‖ id ‖ nonce ‖ ciphertext with tag. Refusal: ChipsNotSetUp.
    """
    if not settings.KEYS.wrap_keys:
        raise ChipsNotSetUp
    current = settings.KEYS.wrap_keys[0]
    nonce = secrets.token_bytes(_NONCE_BYTES)
    name = current.id.encode()
    sealed = AESGCM(current.key).encrypt(nonce, data, _bound(use, programme_id))
    return bytes([_FORMAT, len(name)]) + name + nonce + sealed


def open_(sealed: bytes, *, use: str, programme_id: int = 0) -> bytes:
    """What was sealed for this use and programme. Raises CannotOpen."""
    key_id, rest = _parts(sealed)
    key = next((one.key for one in settings.KEYS.wrap_keys if one.id == key_id), None)
    if key is None:
        raise CannotOpen(
            f"The {use} of programme {programme_id} was wrapped under the key {key_id!r}, which is not among the "
            "wrapping keys of this installation. Put it back, behind the current one."
        )
    try:
        return AESGCM(key).decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], _bound(use, programme_id))
    except InvalidTag as error:
        raise CannotOpen(
            f"The {use} of programme {programme_id} does not open with the key {key_id!r}: that key is another one "
            "than it was, or the row was changed or belongs elsewhere."
        ) from error


def rewrap(*, passed: Callable[[int], None]) -> int:
    """Wrap everything anew that is not under the current key; how many programmes' keys that were.

    `passed` hears of how many programmes have been looked at. Refusal: ChipsNotSetUp. Raises CannotOpen.
    """
    if not settings.KEYS.wrap_keys:
        raise ChipsNotSetUp
    current, after, changed = settings.KEYS.wrap_keys[0].id, 0, 0
    while True:
        with transaction.atomic():
            found = WrappedChipKeys.objects.filter(programme_id__gt=after).order_by("programme_id")
            rows = list(found.select_for_update()[:_BATCH])
            older = [row for row in rows if _wrapped_under(row) != {current}]
            for row in older:
                for use in (META_KEY, MASTER_KEY):
                    key = open_(bytes(getattr(row, use)), use=use, programme_id=row.programme_id)
                    setattr(row, use, seal(key, use=use, programme_id=row.programme_id))
            WrappedChipKeys.objects.bulk_update(older, [META_KEY, MASTER_KEY])
        passed(len(rows))
        changed += len(older)
        if len(rows) < _BATCH:
            return changed
        after = rows[-1].programme_id


def in_use() -> Counter[str]:
    """By id, how many programmes' keys each wrapping key has wrapped."""
    return Counter(key_id for row in WrappedChipKeys.objects.iterator() for key_id in _wrapped_under(row))


def _wrapped_under(row: WrappedChipKeys) -> set[str]:
    return {_parts(bytes(getattr(row, use)))[0] for use in (META_KEY, MASTER_KEY)}


def _parts(sealed: bytes) -> tuple[str, bytes]:
    """The id of the key, and nonce with ciphertext."""
    if len(sealed) < 2 or sealed[0] != _FORMAT:
        raise CannotOpen("This was not sealed by Groat, or by a later version of it.")
    end = 2 + sealed[1]
    if len(sealed) < end + _NONCE_BYTES:
        raise CannotOpen("Of what was sealed a part is missing.")
    return sealed[2:end].decode("ascii", "replace"), sealed[end:]


def _bound(use: str, programme_id: int) -> bytes:
    return f"groat {use}\0".encode() + programme_id.to_bytes(8, "big")
