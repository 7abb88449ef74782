"""Codes and tokens of readers, and why one is refused. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from groat.errors import Refusal, _

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without signs that look alike: a code is read from one screen and typed at another."""
CODE_LENGTH = 8
CODE_LASTS = timedelta(minutes=10)
TAP_LASTS_SECONDS = 15
"""A tap that comes later was meant for a basket that somebody else may have replaced by now."""
PREFIX = "gr_"
"""Of tokens, so that one is known where it was left lying."""
MAKING_LASTS = timedelta(minutes=10)
"""A chip that was taken away is begun again; what is kept of it holds its keys, so not for long."""
MAKES_CHIPS_FOR = timedelta(minutes=15)
SILENT_AFTER = timedelta(seconds=90)
"""A reader tells every 30 s that it is there."""


@dataclass(unsafe_hash=True)
class CodeUnknown(Refusal):
    """Wrong, used and expired alike: whoever guesses learns nothing."""

    code = "reader_code_unknown"
    sentence = _("This code is not valid. Make a new one in the office.")


@dataclass(unsafe_hash=True)
class TapTooOld(Refusal):
    """It was long on its way, and nobody had heard of it: another basket may wait by now."""

    code = "tap_too_old"
    sentence = _("This tap came too late. Hold the card to the reader once more.")


@dataclass(unsafe_hash=True)
class MayNotMakeChips(Refusal):
    """What is carried to a blank chip could be read on its way, so nobody carries it unasked."""

    code = "reader_may_not_make_chips"
    sentence = _("This reader may not make chips into cards now. Let it, in the office, at the till's readers.")


@dataclass(unsafe_hash=True)
class MakingOver(Refusal):
    """It ended well or badly, or these answers were given before."""

    code = "making_over"
    sentence = _("This chip is not being made into a card any more. Begin again.")


def code_of(random: bytes) -> str:
    """A code from eight random bytes: 40 bits, as K7QM-3XPA."""
    signs = "".join(ALPHABET[byte % len(ALPHABET)] for byte in random[:CODE_LENGTH])
    return f"{signs[:4]}-{signs[4:]}"


def plain(code: str) -> str:
    """A code as somebody typed it, in one spelling."""
    return "".join(sign for sign in code.upper() if sign in ALPHABET)


def hash_of(token: str) -> bytes:
    """What the database knows of a reader's token: SHA-256; 256 random bits need no salt."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def is_silent(seen_at: datetime, *, now: datetime) -> bool:
    """Whether nothing was heard of a reader for too long."""
    return now - seen_at > SILENT_AFTER
