"""A card as it was shown to a reader: by which hash it is known, and how far it can be believed."""

from django.conf import settings

from groat.cards import chips, tokens, vault
from groat.cards.models import Medium
from groat.ledger.core.values import value


@value(frozen=True, slots=True)
class Shown:
    """What a reader read, with no number of a card in it."""

    token_hash: bytes
    last_four: str
    medium: Medium
    counter: int | None = None
    """The number of a chip's tap, proved by the chip."""
    is_forged: bool = False
    """Whether it pretends to be a chip's tap and is none: then nothing else of it is to be believed."""


NOBODY = Shown(token_hash=b"", last_four="", medium=Medium.CHIP, is_forged=True)


def shown(*, programme_id: int, token: str) -> Shown:
    """What a reader read. May ask the database for the programme's keys: see `is_at_hand`.

    Raises InvalidToken, RandomToken.
    """
    read = tokens.read(token)
    if isinstance(read, bytes):
        return _known(programme_id, read, Medium.UID)
    if isinstance(read, str):
        code_hash = tokens.hash_of_code(programme_id=programme_id, code=read, key=settings.KEYS.token_key)
        return Shown(code_hash, read[-4:], Medium.CODE)
    keys = vault.chip_keys(programme_id=programme_id)
    try:
        tap = chips.read_tap(meta_key=keys.meta_key, picc_data=read.picc_data)
    except chips.NotAuthentic:
        return NOBODY
    own_key = chips.file_key(master_key=keys.master_key, uid=tap.uid)
    is_forged = not chips.is_authentic(file_key=own_key, tap=tap, mac=read.mac)
    return _known(programme_id, tap.uid, Medium.CHIP, tap.counter, is_forged=is_forged)


def is_at_hand(*, programme_id: int, token: str) -> bool:
    """Whether `shown` would answer without asking the database."""
    return "?" not in token or vault.is_at_hand(programme_id=programme_id)


def _known(
    programme_id: int, uid: bytes, medium: Medium, counter: int | None = None, *, is_forged: bool = False
) -> Shown:
    # By the number, however it was read: a copied number is then seen to be a chip's.
    token_hash = tokens.hash_of(programme_id=programme_id, uid=uid, key=settings.KEYS.token_key)
    return Shown(token_hash, tokens.last_four(uid), medium, counter, is_forged)
