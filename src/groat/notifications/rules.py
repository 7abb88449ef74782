"""How often letters are written and tried, how long they are kept, and why one is not written. Pure."""

import re
from dataclasses import dataclass
from datetime import timedelta

from groat.errors import Refusal, _

HOUR = timedelta(hours=1)
MOST_AN_HOUR_FROM_ONE_PLACE = 60
MOST_AN_HOUR_TO_ONE_ADDRESS = 5

PAUSES = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
)
"""After each try that failed; after the last one it is given up, about a day later."""
ON_ITS_WAY = timedelta(minutes=5)
"""Longer than any try takes: if nothing was heard of it by then, whoever tried is gone."""
KEPT = timedelta(days=7)
"""Address and words of a letter are kept for so long after its end."""

_LONGEST_FAILURE = 200
_ADDRESS = re.compile(r"[^\s<>:;,]+@[^\s<>:;,]+")


@dataclass(unsafe_hash=True)
class MailNotSet(Refusal):
    code = "mail_not_set"
    sentence = _("This installation sends no e-mail.")


@dataclass(unsafe_hash=True)
class TooManyLetters(Refusal):
    """From this place or to this address."""

    code = "too_many_letters"
    sentence = _("Too many e-mails were sent in the last hour. Try again later.")


@dataclass(unsafe_hash=True)
class LetterNotFailed(Refusal):
    """Only what was given up can be tried again, and only while its words are kept."""

    code = "letter_not_failed"
    sentence = _("This e-mail cannot be sent again.")


def pause_after(tries: int) -> timedelta | None:
    """How long to wait after so many tries that failed; None to give up."""
    return PAUSES[tries - 1] if tries <= len(PAUSES) else None


def masked(address: str) -> str:
    """As much of an address as its owner needs to know it again: j•••@e•••.org."""
    name, _at, domain = address.rpartition("@")
    host, _dot, top = domain.rpartition(".")
    return f"{name[:1]}•••@{host[:1]}•••.{top}" if host else f"{name[:1]}•••@•••"


def told_failure(code: int | None, reply: str) -> str:
    """Why a letter was not taken, without any address in it."""
    said = _ADDRESS.sub("…", " ".join(reply.split()))
    return f"{code} {said}".strip()[:_LONGEST_FAILURE] if code else said[:_LONGEST_FAILURE]
