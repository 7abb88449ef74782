"""Why a card cannot be what somebody wants it to be. Pure."""

from dataclasses import dataclass
from datetime import timedelta

from groat.errors import Refusal

PAIRING_LASTS = timedelta(minutes=2)


@dataclass(unsafe_hash=True)
class InvalidToken(Refusal):
    code = "token_invalid"
    sentence = "This is no card number. Hold the card to the reader again."


@dataclass(unsafe_hash=True)
class RandomToken(Refusal):
    """A chip that shows another number at each tap, as phones do."""

    code = "token_random"
    sentence = "This card or phone shows another number at each tap, so it cannot be used. Take another card."


@dataclass(unsafe_hash=True)
class CardTaken(Refusal):
    code = "card_taken"
    sentence = "This card already belongs to somebody."


@dataclass(unsafe_hash=True)
class CardReportedLost(Refusal):
    """The chip of a card that somebody reported lost."""

    code = "card_lost"
    sentence = "This card was reported lost. Unblock or replace it at its owner first."


@dataclass(unsafe_hash=True)
class CardReplaced(Refusal):
    code = "card_replaced"
    sentence = "This card was replaced by another one."


@dataclass(unsafe_hash=True)
class PairingOver(Refusal):
    """It was cancelled, replaced by another one, or has had its card."""

    code = "pairing_over"
    sentence = "Nothing waits for a card any more. Start again."


@dataclass(unsafe_hash=True)
class PairingExpired(Refusal):
    code = "pairing_expired"
    sentence = "The card came too late. Start again."
