"""What may be in a programme, and why not. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo, available_timezones

from babel.numbers import is_currency

from groat.errors import Refusal, _
from groat.web import accents

MOST_DECIMALS = 4
"""Of a credit."""
MOST_VAT_RATE = 10_000
"""100 % in basis points."""


@dataclass(unsafe_hash=True)
class InvalidValue(Refusal):
    """A field that cannot hold what was given: too long, empty, not among the choices."""

    code = "value_invalid"
    sentence = _("The value of “%(field)s” cannot be used.")

    field: str
    problem: str
    """A stable word: `blank`, `max_length`, `invalid`, `invalid_choice` …"""


@dataclass(unsafe_hash=True)
class InvalidAmount(Refusal):
    """Zero, negative where it must not be, or beyond all sense."""

    code = "amount_invalid"
    sentence = _("This amount cannot be used.")


@dataclass(unsafe_hash=True)
class ReasonMissing(Refusal):
    code = "reason_missing"
    sentence = _("Say why: this is written into the books for good.")


@dataclass(unsafe_hash=True)
class NameTaken(Refusal):
    """Something of this kind goes by that name already."""

    code = "name_taken"
    sentence = _("“%(name)s” is already used.")

    name: str


@dataclass(unsafe_hash=True)
class AddressTaken(Refusal):
    """Another programme has this slug."""

    code = "address_taken"
    sentence = _("The address “%(slug)s” is already used.")

    slug: str


@dataclass(unsafe_hash=True)
class HostTaken(Refusal):
    """Another programme has this host name."""

    code = "host_taken"
    sentence = _("The host name “%(host)s” is already used.")

    host: str


@dataclass(unsafe_hash=True)
class TillClosed(Refusal):
    code = "till_closed"
    sentence = _("The till “%(till)s” is closed.")

    till: str


@dataclass(unsafe_hash=True)
class WeakPassword(Refusal):
    code = "password_weak"
    sentence = _("Choose a password of at least 10 characters that is not a common one and not like the name.")


@dataclass(unsafe_hash=True)
class AlreadyStaff(Refusal):
    code = "already_staff"
    sentence = _("%(email)s already works here.")

    email: str


@dataclass(unsafe_hash=True)
class AlreadyInvited(Refusal):
    """The invitation is open: send that one again."""

    code = "already_invited"
    sentence = _("%(email)s was invited already. Send the invitation again from the list.")

    email: str


@dataclass(unsafe_hash=True)
class InvitationNotGood(Refusal):
    """Used, withdrawn, too old, or never sent."""

    code = "invitation_not_good"
    sentence = _("This invitation is no longer good. Ask whoever invited you to send it again.")


@dataclass(unsafe_hash=True)
class InvitedHasLogin(Refusal):
    """Whoever has a login is not made another one."""

    code = "invited_has_login"
    sentence = _("%(email)s has a login already: sign in with it to accept.")

    email: str


@dataclass(unsafe_hash=True)
class RefundAboveLimit(Refusal):
    code = "refund_above_limit"
    sentence = _("You may give back at most %(most_minor)s at once. Ask the manager.")

    most_minor: int


@dataclass(unsafe_hash=True)
class TopUpAboveLimit(Refusal):
    code = "top_up_above_limit"
    sentence = _("You may take at most %(most_currency_minor)s for one top-up. Ask the manager.")

    most_currency_minor: int


@dataclass(unsafe_hash=True)
class LastOwner(Refusal):
    """Without an owner nobody could manage the programme any more."""

    code = "last_owner"
    sentence = _("A programme needs an owner: make somebody else an owner first.")


@dataclass(unsafe_hash=True)
class NoLongerStaff(Refusal):
    code = "no_longer_staff"
    sentence = _("This person no longer works here.")


@dataclass(unsafe_hash=True)
class InvalidScopes(Refusal):
    code = "scopes_invalid"
    sentence = _("Choose at least one thing that the key may do, from the list.")


INVITATION_LASTS = timedelta(days=7)


def checked_time_zone(name: str) -> str:
    """The name of a time zone of the tz database, such as Europe/Prague."""
    if name not in available_timezones():
        raise InvalidValue("time_zone", "invalid_choice")
    return ZoneInfo(name).key


def checked_colour(text: str) -> str:
    """A colour such as #2545b0."""
    try:
        return accents.checked(text)
    except accents.NotAColour as error:
        raise InvalidValue("accent", "invalid") from error


def checked_currency(code: str) -> str:
    """A currency's code by ISO 4217, such as EUR."""
    if not (code.isascii() and code.isupper() and is_currency(code)):
        raise InvalidValue("currency", "invalid_choice")
    return code


def usual_vat_rates(*, currency: str, time_zone: str) -> tuple[int, ...]:
    """The rates of VAT that are usual where a programme is, in basis points, the standard one first; () if unknown.

    Czech: Act 235/2004 § 47, since 2024. Slovak: Act 222/2004 § 27, since 2025. Others may be typed all the same.
    """
    if currency == "CZK":
        return (2100, 1200, 0)
    if currency == "EUR" and time_zone == "Europe/Bratislava":
        return (2300, 1900, 500, 0)
    return ()


def checked_vat_rate(rate: int | None, *, field: str = "vat_rate") -> int | None:
    """A rate of VAT in basis points, 0 to 100 %, or None."""
    if rate is not None and not 0 <= rate <= MOST_VAT_RATE:
        raise InvalidValue(field, "max_value" if rate > 0 else "min_value")
    return rate


def device_of(agent: str) -> str:
    """What sort of browser this is, in a word or two that tell one till's from another's."""
    systems = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "Mac"}
    browsers = {"Edg/": "Edge", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
    known = [next((name for sign, name in of.items() if sign in agent), "") for of in (browsers, systems)]
    return " · ".join(filter(None, [known[0], known[1] or ("Linux" if "Linux" in agent else "")]))


def checked_host(host: str) -> str:
    """A host name such as credit.example.org, in small letters; empty for none."""
    host = host.strip().lower().rstrip(".")
    if host and not re.fullmatch(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}", host):
        raise InvalidValue("host", "invalid")
    return host


def checked_scopes(scopes: Iterable[str], *, known: Iterable[str]) -> list[str]:
    """The scopes without repetitions, in the order in which they are known."""
    asked, order = set(scopes), list(known)
    if not asked or not asked <= set(order):
        raise InvalidScopes
    return [scope for scope in order if scope in asked]


def checked_reason(reason: str) -> str:
    """Why something is done, without space around it; at most 200 characters."""
    reason = reason.strip()
    if not reason:
        raise ReasonMissing
    if len(reason) > 200 or not is_storable(reason):
        raise InvalidValue("reason", "max_length" if len(reason) > 200 else "invalid")
    return reason


def is_storable(text: str) -> bool:
    """Whether both databases can keep the text: no NUL, no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)
