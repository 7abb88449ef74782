"""How people are written down. Pure."""

import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Protocol

import phonenumbers
from babel.core import get_global
from babel.numbers import get_territory_currencies

from groat.errors import Refusal, _


@dataclass(unsafe_hash=True)
class InvalidPhone(Refusal):
    code = "phone_invalid"
    sentence = _("“%(phone)s” is no phone number. Write it with its country, such as +420 601 234 567.")

    phone: str


@dataclass(unsafe_hash=True)
class NameMissing(Refusal):
    """Somebody with an identifier is not anonymous."""

    code = "customer_needs_name"
    sentence = _("A customer with an identifier needs a name.")


@dataclass(unsafe_hash=True)
class Unreachable(Refusal):
    """A named customer whom no message can reach."""

    code = "customer_needs_contact"
    sentence = _("A customer with a name needs an e-mail address or a phone number.")


@dataclass(unsafe_hash=True)
class SameWallet(Refusal):
    code = "same_wallet"
    sentence = _("Choose another wallet to transfer to.")


@dataclass(unsafe_hash=True)
class GroupWithdrawn(Refusal):
    """Nobody is put into it any more."""

    code = "group_withdrawn"
    sentence = _("The group “%(group)s” was withdrawn. Choose another one, or restore it.")

    group: str


@dataclass(unsafe_hash=True)
class NotSoMany(Refusal):
    """Since somebody said yes to a number, customers came or went."""

    code = "not_so_many"
    sentence = _("Meanwhile %(found)s customers are found. Look again, and confirm that many.")

    found: int


@dataclass(unsafe_hash=True)
class AlreadyUndone(Refusal):
    code = "already_undone"
    sentence = _("This was undone already.")


@dataclass(unsafe_hash=True)
class NotYourNote(Refusal):
    code = "not_your_note"
    sentence = _("Only who wrote a note may remove it.")


class HasFloor(Protocol):
    """A group, as far as a floor goes."""

    floor_minor: int | None


def floor_of(group: HasFloor | None) -> int:
    """The floor of a wallet that has none of its own: its group's, or zero. Minor units of credit."""
    return (group.floor_minor or 0) if group is not None else 0


def check_reachable(*, name: str, identifier: str, email: str, phone: str) -> None:
    """A customer is anonymous, or has a name and a way to be reached. Raises NameMissing or Unreachable."""
    if not name and identifier:
        raise NameMissing
    if name and not (email or phone):
        raise Unreachable


# An import asks of each number several times, and the library takes long.
@lru_cache(maxsize=4096)
def normalised_phone(text: str, region: str) -> str:
    """A phone number as E.164 (+420601234567); `region` (CZ) is whose it is when it names no country."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise InvalidPhone(text[:40]) from error
    # An extension cannot be sent to, and would be lost.
    if not phonenumbers.is_valid_number(number) or number.extension:
        raise InvalidPhone(text[:40])
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@cache
def region(*, time_zone: str, currency: str, language: str) -> str:
    """Where a programme most likely is (ISO 3166, such as SK), for phone numbers without a country.

    The country of its time zone or else of its language, if that country uses its currency: many
    Slovak merchants leave the clock at Prague's zone.
    """
    zone = get_global("zone_territories").get(time_zone)
    tongue = get_global("likely_subtags").get(language, "").rpartition("_")[2]
    countries = [country for country in (zone, tongue) if country in phonenumbers.SUPPORTED_REGIONS]
    for country in countries:
        if currency in get_territory_currencies(country):
            return str(country)
    return countries[0] if countries else "US"


def folded(text: str) -> str:
    """Text as it is searched: without case and diacritics, words one space apart."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return " ".join(plain.casefold().split())


def search_text(*, name: str, identifier: str, email: str, phone: str) -> str:
    """All that a customer is found by, the name first: lists are sorted by it."""
    return folded(f"{name} {identifier} {email} {phone}")
