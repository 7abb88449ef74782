"""By which address a receipt is found, and why one is not sent. Pure."""

import base64
import binascii
import hmac
from dataclasses import dataclass

from groat.errors import Refusal, _

KINDS = ("payment", "top_up")
"""What there are receipts of. Each stands in addresses by its place here, so the order stays."""
_TAG_BYTES = 18
_CODE_BYTES = 1 + 8 + _TAG_BYTES


@dataclass(unsafe_hash=True)
class AddressUnknown(Refusal):
    """Nobody has typed one, and the customer has left none."""

    code = "address_unknown"
    sentence = _("No e-mail address is known. Type one.")


def code_of(*, programme_id: int, kind: str, row_id: int, key: bytes) -> str:
    """36 signs for the end of an address: what the receipt is of, and 144 bits that nobody can guess."""
    named = bytes([KINDS.index(kind)]) + row_id.to_bytes(8, "big")
    return base64.urlsafe_b64encode(named + _tag(programme_id, named, key)).decode()


def read_code(code: str, *, programme_id: int, key: bytes) -> tuple[str, int] | None:
    """Kind and id that a code names; None for a code that was not made by `code_of` with this key."""
    try:
        told = base64.b64decode(code, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    named, tag = told[:-_TAG_BYTES], told[-_TAG_BYTES:]
    if len(told) != _CODE_BYTES or not hmac.compare_digest(tag, _tag(programme_id, named, key)):
        return None
    return KINDS[named[0]], int.from_bytes(named[1:], "big")


def _tag(programme_id: int, named: bytes, key: bytes) -> bytes:
    # Other things are hashed under the same key: what it is for stands before what is hashed.
    told = b"receipt\n" + programme_id.to_bytes(8, "big") + named
    return hmac.digest(key, told, "sha256")[:_TAG_BYTES]
