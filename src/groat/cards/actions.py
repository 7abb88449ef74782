"""What is done to cards."""

from typing import Literal

from django.db import transaction

from groat.cards import rules, tokens
from groat.cards import writing as cards
from groat.cards.models import Card, CardState, Medium, Pairing, PairingState
from groat.customers.models import Wallet
from groat.errors import Refusal
from groat.programmes import pins, writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme, Till


@transaction.atomic
def pair(*, wallet: Wallet, token: str, replaces: Card | None = None, deed: Deed) -> Card:
    """Bind the chip with this token to the wallet; the card that it replaces ends.

    Refusals: InvalidToken, RandomToken, CardTaken, CardReportedLost, CardReplaced, NotFound.
    """
    return cards.pair(wallet=wallet, token=token, replaces=replaces, deed=deed)


@transaction.atomic
def print_code(*, wallet: Wallet, random: bytes, replaces: Card | None = None, deed: Deed) -> tuple[Card, str]:
    """A card that is a printed code, and the code, told this once. `random` is sixteen bytes of chance.

    Refusals: CardReplaced, NotFound.
    """
    code = tokens.drawn(random)
    return cards.print_code(wallet=wallet, code=code, replaces=replaces, deed=deed), code


def recognise(*, till: Till, token: str, deed: Deed) -> Card | None:
    """Whose card a reader of the till read, with nothing to pay; None when nobody's.

    Refusals: InvalidToken, RandomToken, ForgedTap, TapUsedBefore, NumberAlone.
    """
    with transaction.atomic():
        found = cards.recognised(programme_id=till.programme_id, token=token, till=till, deed=deed)
    if isinstance(found, Refusal):
        raise found
    return found


def recognise_in_office(*, programme: Programme, token: str, deed: Deed) -> Card | None:
    """Whose card a reader of the office read; None when nobody's. Refusals as of `recognise`."""
    with transaction.atomic():
        found = cards.recognised(programme_id=programme.id, token=token, till=None, deed=deed)
    if isinstance(found, Refusal):
        raise found
    return found


def recognise_tap(*, programme: Programme, token: str, deed: Deed) -> Card | None:
    """Whose chip was held to somebody's own phone; None when nobody's. Refusals as of `recognise`.

    Raises NumberAlone for a token that is no chip's tap: away from a till a number opens nothing.
    """
    if isinstance(tokens.read(token), bytes):
        raise rules.NumberAlone
    with transaction.atomic():
        found = cards.recognised(programme_id=programme.id, token=token, till=None, deed=deed)
    if isinstance(found, Refusal):
        raise found
    return found if found is None or found.medium == Medium.CHIP else None


@transaction.atomic
def wait_for_card(*, wallet: Wallet, till: Till | None, replaces: Card | None = None, deed: Deed) -> Pairing:
    """Wait two minutes for a card at the till's reader, or (`till` None) at the reader of who asks.

    A pairing that waits at the till already is cancelled. Refusals: NotFound, TillClosed, CardReplaced.
    """
    writing.same_programme(wallet, till, replaces)
    if replaces is not None and (replaces.wallet_id != wallet.id or replaces.state == CardState.REPLACED):
        raise rules.CardReplaced
    if till is not None:
        # The till is locked, so that of two pairings that begin at once the second replaces the first.
        till = writing.open_till(writing.locked(till))
        Pairing.objects.filter(till=till, state=PairingState.WAITING).update(state=PairingState.CANCELLED)
    return Pairing.objects.create(
        id=deed.mint(),
        programme_id=wallet.programme_id,
        wallet=wallet,
        replaces=replaces,
        till=till,
        created_at=deed.now,
        expires_at=deed.now + rules.PAIRING_LASTS,
    )


@transaction.atomic
def offer(*, pairing: Pairing, token: str, deed: Deed) -> Pairing:
    """Give a token to a pairing: afterwards it is paired, or refused with the refusal's code. Refusal: PairingOver."""
    return cards.offer(pairing=pairing, token=token, deed=deed)


@transaction.atomic
def cancel_pairing(*, pairing: Pairing, deed: Deed) -> Pairing:
    """Stop waiting. What waits no longer stays as it is."""
    del deed  # nothing was opened, so nothing is noted
    pairing = writing.locked(pairing)
    if pairing.state == PairingState.WAITING:
        writing.change(pairing, {"state": PairingState.CANCELLED})
    return pairing


@transaction.atomic
def block(*, card: Card, reason: Literal["blocked", "lost"], deed: Deed) -> Card:
    """Let a card pay no more; its wallet stays as it is. Refusal: CardReplaced."""
    card = _in_use(card)
    state = CardState(reason)
    if writing.change(card, {"state": state, "ended_at": card.ended_at or deed.now}):
        cards.note(card, f"card.{state.value}" if state is CardState.BLOCKED else "card.reported_lost", deed)
    return card


@transaction.atomic
def unblock(*, card: Card, deed: Deed) -> Card:
    """Let a blocked or found card pay again. Refusal: CardReplaced."""
    card = _in_use(card)
    if writing.change(card, {"state": CardState.ACTIVE, "ended_at": None}):
        cards.note(card, "card.unblocked", deed)
    return card


@transaction.atomic
def set_pin(*, card: Card, pin: str, deed: Deed) -> Card:
    """Give a card a PIN, in place of the one that it had; a blocked one is good again.

    Refusals: InvalidPin, TrivialPin, CardReplaced.
    """
    card = _in_use(card)
    # Not by `change`, which would tell what is kept of it.
    card.pin_hash, card.pin_tries = pins.kept(pins.checked(pin), of=card), 0
    card.save(update_fields=["pin_hash", "pin_tries"])
    cards.note(card, "card.pin_set", deed)
    return card


def _in_use(card: Card) -> Card:
    card = writing.locked(card)
    if card.state == CardState.REPLACED:
        raise rules.CardReplaced
    return card
