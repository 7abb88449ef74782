"""Why a card cannot be what somebody wants it to be. Pure."""

from dataclasses import dataclass
from datetime import timedelta

from groat.errors import Refusal, _

PAIRING_LASTS = timedelta(minutes=2)


@dataclass(unsafe_hash=True)
class InvalidToken(Refusal):
    code = "token_invalid"
    sentence = _("This is no card number. Hold the card to the reader again.")


@dataclass(unsafe_hash=True)
class RandomToken(Refusal):
    """A chip that shows another number at each tap, as phones do."""

    code = "token_random"
    sentence = _("This card or phone shows another number at each tap, so it cannot be used. Take another card.")


@dataclass(unsafe_hash=True)
class CardTaken(Refusal):
    code = "card_taken"
    sentence = _("This card already belongs to somebody.")


@dataclass(unsafe_hash=True)
class CardReportedLost(Refusal):
    """The chip of a card that somebody reported lost."""

    code = "card_lost"
    sentence = _("This card was reported lost. Unblock or replace it at its owner first.")


@dataclass(unsafe_hash=True)
class CardReplaced(Refusal):
    code = "card_replaced"
    sentence = _("This card was replaced by another one.")


@dataclass(unsafe_hash=True)
class PairingOver(Refusal):
    """It was cancelled, replaced by another one, or has had its card."""

    code = "pairing_over"
    sentence = _("Nothing waits for a card any more. Start again.")


@dataclass(unsafe_hash=True)
class PairingExpired(Refusal):
    code = "pairing_expired"
    sentence = _("The card came too late. Start again.")
