"""How much may be taken without a network, and what a device's word is worth. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from groat.errors import Refusal, _
from groat.ledger.core.values import value

CLOCK_MAY_DIFFER = timedelta(minutes=10)
"""Between a device and the server."""
MOST_HOURS = 72


@dataclass(unsafe_hash=True)
class OfflineNotAllowed(Refusal):
    code = "offline_not_allowed"
    sentence = _("Taps without a network are not allowed here. The owner can allow them in the office.")


@dataclass(unsafe_hash=True)
class InvalidKey(Refusal):
    """What should be a device's public key is none, or of another kind."""

    code = "device_key_invalid"
    sentence = _("This browser cannot keep payments safely without a network.")


@dataclass(unsafe_hash=True)
class DeviceUnknown(Refusal):
    """Never enrolled at this till."""

    code = "offline_device_unknown"
    sentence = _("This device is not known at this till.")


@dataclass(unsafe_hash=True)
class LimitsOutOfOrder(Refusal):
    code = "offline_limits_out_of_order"
    sentence = _("A card may take at least one payment, and a till at least as much as one card.")


@dataclass(unsafe_hash=True)
class NotOwed(Refusal):
    """It was booked or settled meanwhile."""

    code = "debt_settled"
    sentence = _("This debt was settled meanwhile.")


@dataclass(unsafe_hash=True)
class CannotCollect(Refusal):
    """It cannot be read, or the card could not prove itself."""

    code = "debt_not_collectable"
    sentence = _("It is not known whose card this was, so nothing can be taken from it.")


# ---- Why a tap that a device kept is not booked by itself ----


@dataclass(unsafe_hash=True)
class OverLimit(Refusal):
    code = "offline_over_limit"
    sentence = _("The till took more without a network than it may.")


@dataclass(unsafe_hash=True)
class TooLongAlone(Refusal):
    code = "offline_too_long"
    sentence = _("The till took this after its time without a network was over.")


@dataclass(unsafe_hash=True)
class DeviceShutOut(Refusal):
    code = "offline_device_revoked"
    sentence = _("The till’s browser had been shut out.")


@dataclass(unsafe_hash=True)
class Unreadable(Refusal):
    """Signed by the device, but not what a device writes."""

    code = "offline_tap_unreadable"
    sentence = _("The till’s record of this tap cannot be read.")


@value(frozen=True, slots=True)
class Limits:
    """What a device may take until its taps are booked. Minor units of credit."""

    payment_minor: int
    """With a card that proves itself."""
    copyable_minor: int
    """With a card that can be copied, at once."""
    card_minor: int
    till_minor: int


class Terms(Protocol):
    """What the programme allows."""

    payment_minor: int
    card_minor: int
    till_minor: int


def limits(
    terms: Terms, *, confirm_from_minor: int | None, confirm_copyable_from_minor: int | None, granted_minor: int
) -> Limits:
    """What one device may take. Without a network nobody can be compared: what asks for it is not taken."""
    payment = min(terms.payment_minor, (confirm_from_minor or terms.payment_minor + 1) - 1)
    copyable = min(payment, (confirm_copyable_from_minor or payment + 1) - 1)
    return Limits(payment, copyable, terms.card_minor, granted_minor)


def share(till_minor: int, *, others_minor: Iterable[int]) -> int:
    """What a device may take of its till's most, while others hold shares of it.

    An equal part, and never what others were promised: they may be without a network and use it.
    """
    promised = list(others_minor)
    return max(0, min(till_minor // (len(promised) + 1), till_minor - sum(promised)))


@value(frozen=True, slots=True)
class Used:
    """What a device's tap comes on top of. Minor units of credit."""

    by_card_minor: int
    in_all_minor: int


def objection(
    *,
    amount_minor: int,
    is_copyable: bool,
    tapped_at: datetime,
    heard_at: datetime,
    now: datetime,
    hours: int,
    most: Limits,
    used: Used,
) -> Refusal | None:
    """Why a device should not have taken this tap; None when it kept to what it was allowed.

    `heard_at` is when it had last heard of the server before it sent the tap.
    """
    alone_until = heard_at + timedelta(hours=hours)
    if not heard_at - timedelta(hours=hours) <= tapped_at <= min(alone_until, now) + CLOCK_MAY_DIFFER:
        return TooLongAlone()
    is_too_much = (
        amount_minor > (most.copyable_minor if is_copyable else most.payment_minor)
        or used.by_card_minor + amount_minor > most.card_minor
        or used.in_all_minor + amount_minor > most.till_minor
    )
    return OverLimit() if is_too_much else None
