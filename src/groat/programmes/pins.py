"""PINs: which are too easy, and how one is kept. A PIN is never told again, to nobody.

What is kept is hashed slowly (`settings.PASSWORD_HASHERS`) behind a keyed hash: whoever has the database alone
cannot even try the ten thousand that there are.
"""

import hmac
from dataclasses import dataclass
from itertools import pairwise

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password

from groat.errors import Refusal, _
from groat.rows import Row

SHORTEST, LONGEST = 4, 8
_COMMON = {"1004", "1122", "2580", "0852", "1342", "6969", "2468", "1357", "8520", "112233"}


@dataclass(unsafe_hash=True)
class InvalidPin(Refusal):
    code = "pin_invalid"
    sentence = _("A PIN is 4 to 8 digits.")


@dataclass(unsafe_hash=True)
class TrivialPin(Refusal):
    code = "pin_too_easy"
    sentence = _("This PIN is too easy to guess. Choose another one.")


def checked(pin: str) -> str:
    """The PIN, if it can be one. Refusals: InvalidPin, TrivialPin."""
    if not (pin.isascii() and pin.isdecimal() and SHORTEST <= len(pin) <= LONGEST):
        raise InvalidPin
    if is_trivial(pin):
        raise TrivialPin
    return pin


def is_trivial(pin: str) -> bool:
    """Whether it is what a stranger tries first: 0000, 1234, 9876, 1212, 123123 …"""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    is_run = len(steps) == 1
    sizes = [size for size in range(1, len(pin)) if len(pin) % size == 0]
    is_repeated = any(pin[:size] * (len(pin) // size) == pin for size in sizes)
    return is_run or is_repeated or pin in _COMMON


def kept(pin: str, *, of: Row) -> str:
    """What is kept of somebody's PIN."""
    return make_password(_keyed(pin, of))


def is_right(pin: str, *, of: Row, kept: str) -> bool:
    """Whether it is the PIN of which this is kept. Where nothing is, that takes as long to find out."""
    return check_password(_keyed(pin, of), kept)


def _keyed(pin: str, of: Row) -> str:
    # Bound to whose it is: one that was copied to another's row is good for nothing.
    asked = f"groat pin\n{of.kind}\n{of.id}\n{pin}".encode(errors="surrogatepass")
    return hmac.digest(settings.KEYS.token_key, asked, "sha256").hex()
