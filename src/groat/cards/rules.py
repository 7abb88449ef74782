"""Why a card cannot be what somebody wants it to be. Pure."""

from dataclasses import dataclass
from datetime import timedelta

from groat.errors import Refusal, _

BOX_WAITS = timedelta(minutes=10)
"""How long a till's reader waits for the next card of a box."""
PAIRING_LASTS = timedelta(minutes=2)
MOST_PIN_TRIES = 3


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
class CodeOfNobody(Refusal):
    """A code that was not drawn here for a customer."""

    code = "code_of_nobody"
    sentence = _("This code belongs to no customer. Print a new one at the customer's page.")


@dataclass(unsafe_hash=True)
class CardTaken(Refusal):
    code = "card_taken"
    sentence = _("This card already belongs to somebody.")


@dataclass(unsafe_hash=True)
class CardInThisBox(Refusal):
    """The same card came twice."""

    code = "card_in_this_box"
    sentence = _("This card is in the box already. It was not counted again.")


@dataclass(unsafe_hash=True)
class CardHandedOver(Refusal):
    code = "card_handed_over"
    sentence = _("This card was handed over already.")


@dataclass(unsafe_hash=True)
class CardInUse(Refusal):
    """A payment waits to be confirmed, or came at this very moment; or the wallet owes something."""

    code = "card_in_use"
    sentence = _("Something is being paid with this card just now, or it is in debt. Settle that first.")


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


@dataclass(unsafe_hash=True)
class ForgedTap(Refusal):
    """What pretends to be a chip's tap was not written by a chip of this programme."""

    code = "chip_not_authentic"
    sentence = _("This card could not prove that it is genuine. Take another one, and tell the manager.")


@dataclass(unsafe_hash=True)
class TapUsedBefore(Refusal):
    """A chip counts its taps, and this one was taken before: a copy, or the same tap twice."""

    code = "tap_replayed"
    sentence = _("This tap was used before. Hold the card to the reader once more.")


@dataclass(unsafe_hash=True)
class NumberAlone(Refusal):
    """The number of a chip without its proof: a copy, or a reader that cannot ask the chip."""

    code = "chip_expected"
    sentence = _("This card must be read by its chip, and only its number came. Use a reader that can do that.")


@dataclass(unsafe_hash=True)
class PinNotSet(Refusal):
    """The programme wants a PIN for so much, and the card has none."""

    code = "pin_not_set"
    sentence = _("So much needs a PIN, and this card has none yet. The manager sets one at the customer’s page.")


@dataclass(unsafe_hash=True)
class PinMissing(Refusal):
    code = "pin_missing"
    sentence = _("The customer has to type the PIN of the card.")


@dataclass(unsafe_hash=True)
class PinWrong(Refusal):
    code = "pin_wrong"
    sentence = _("This PIN is wrong. Tries left: %(tries_left)s.")

    tries_left: int


@dataclass(unsafe_hash=True)
class PinBlocked(Refusal):
    """It was wrong three times, now or before."""

    code = "pin_blocked"
    sentence = _("The PIN of this card is blocked, since it was wrong three times. The manager sets a new one.")


@dataclass(unsafe_hash=True)
class ChipRefused(Refusal):
    """A chip that was to become a card did not do what it was asked, or was taken away."""

    code = "chip_refused"
    sentence = _("The chip did not do what it was asked (%(answer)s). Leave it on the reader and begin again.")
    answer: str
    """The chip's answer in hex as its maker lists them, or "gone", or what is wrong with the answer."""


@dataclass(unsafe_hash=True)
class ChipOfAnotherKind(Refusal):
    code = "chip_of_another_kind"
    sentence = _("This is no NTAG 424 DNA chip. It can be used by its number alone.")


@dataclass(unsafe_hash=True)
class ChipHasOtherKeys(Refusal):
    """Somebody else's chip, or one that said it was blank though it was finished here before."""

    code = "chip_has_other_keys"
    sentence = _("This chip has keys that are not ours. Take a blank one.")


@dataclass(unsafe_hash=True)
class ChipNeedsRest(Refusal):
    """After wrong keys a chip lets nobody try for a while."""

    code = "chip_needs_rest"
    sentence = _("Wrong keys were tried with this chip too often. Leave it on the reader for a minute and begin again.")


@dataclass(unsafe_hash=True)
class ChipHasAnotherAddress(Refusal):
    """To move the places in its address would set its counter back, and make old taps good again."""

    code = "chip_has_another_address"
    sentence = _("This card was made for an address of another length, which it keeps. Take a blank one.")


FORGED, REPLAYED, NUMBER_ALONE = "forged", "replayed", "number_alone"
"""What a copy gives itself away by, as `models.AlarmKind` names it."""
DOUBTS: dict[str, type[Refusal]] = {FORGED: ForgedTap, REPLAYED: TapUsedBefore, NUMBER_ALONE: NumberAlone}


def doubt(medium: str, last: int | None, counter: int | None, *, seen: int | None = None) -> str:
    """Why a card that was shown with this counter may be a copy; "" when it is believed.

    `medium` and `last` are the card's: its kind, and the highest counter of its taps. Of a card known
    by its number alone nothing more is asked: that is all it can show. A tap that a till kept while it
    had no network may come after later ones: for it `seen` tells which of them have come (see `counted`).
    """
    if medium != "chip":
        return ""
    if counter is None:
        return NUMBER_ALONE
    if last is None or counter > last:
        return ""
    behind = last - counter
    is_skipped = seen is not None and behind < SEEN_BITS and not seen >> behind & 1
    return "" if is_skipped else REPLAYED


SEEN_BITS = 63
"""How many of a chip's last taps are told apart; what is behind them counts as seen."""
ALL_SEEN = (1 << SEEN_BITS) - 1
"""Of a card that was just paired: nothing that it did before is good for its new owner."""


def counted(last: int, seen: int, counter: int) -> tuple[int, int]:
    """The highest counter of a chip's taps and which of the last ones were seen, after this tap.

    Bit n of `seen` stands for the tap n before the highest: the window with which IPsec refuses packets
    that come twice and takes those that come late (RFC 4303, section 3.4.3).
    """
    if counter <= last:
        return last, seen | 1 << last - counter
    return counter, (seen << min(counter - last, SEEN_BITS) | 1) & ALL_SEEN


@dataclass(unsafe_hash=True)
class ChipsNotSetUp(Refusal):
    """The installation has no wrapping key, so it could not keep the keys of chips safely."""

    code = "chips_not_set_up"
    sentence = _("This installation cannot keep keys for chips yet: whoever runs it must set GROAT_WRAP_KEYS.")


def number_after(number: str) -> str:
    """The number printed on the next card: its last digits count up, with their zeros; "" after nothing."""
    head = number.rstrip("0123456789")
    digits = number[len(head) :]
    return f"{head}{int(digits) + 1:0{len(digits)}}" if digits else number
