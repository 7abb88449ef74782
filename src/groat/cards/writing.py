"""How a card and a wallet come together. Everything here demands a transaction."""

from groat.cards import queries, rules, showing
from groat.cards.models import Alarm, Card, CardState, Medium, Pairing, PairingState
from groat.customers.models import Wallet
from groat.errors import Refusal
from groat.programmes import audit, writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Till


def pair(*, wallet: Wallet, token: str, replaces: Card | None, deed: Deed) -> Card:
    """Bind the chip with this token to the wallet; the card that it replaces ends.

    Refusals: InvalidToken, RandomToken, ForgedTap, TapUsedBefore, NumberAlone, CardTaken, CardReportedLost,
    CardReplaced, NotFound.
    """
    writing.demand_transaction()
    writing.same_programme(wallet, replaces)
    shown = showing.shown(programme_id=wallet.programme_id, token=token)
    old = _replaceable(replaces, wallet) if replaces else None
    if shown.is_forged:
        raise rules.ForgedTap
    if shown.medium == Medium.CODE:
        # A code is good by its chance alone: it must have been drawn here (`print_code`).
        raise rules.CodeOfNobody
    known = queries.by_hash(programme_id=wallet.programme_id, token_hash=shown.token_hash)
    if known is not None and known.state != CardState.REPLACED:
        raise rules.CardReportedLost if known.state == CardState.LOST else rules.CardTaken
    if known is not None and (kind := rules.doubt(known.medium, known.counter, shown.counter)):
        raise rules.DOUBTS[kind]
    card = _new(wallet, shown, deed)
    # Two tills may pair the same chip at once: the constraint decides.
    with writing.unless_taken(rules.CardTaken(), "one_card_a_token", "groat_card.token_hash"):
        card.save(force_insert=True)
    _end(old, card, deed)
    return card


def print_code(*, wallet: Wallet, code: str, replaces: Card | None, deed: Deed) -> Card:
    """Bind a code that was just drawn to the wallet; the card that it replaces ends.

    Refusals: CardReplaced, NotFound.
    """
    writing.demand_transaction()
    writing.same_programme(wallet, replaces)
    old = _replaceable(replaces, wallet) if replaces else None
    card = _new(wallet, showing.shown(programme_id=wallet.programme_id, token=code), deed)
    card.save(force_insert=True)
    _end(old, card, deed)
    return card


def _new(wallet: Wallet, shown: showing.Shown, deed: Deed) -> Card:
    return Card(
        id=deed.mint(),
        programme_id=wallet.programme_id,
        wallet=wallet,
        customer_id=wallet.owner_id,
        medium=shown.medium,
        counter=shown.counter,
        token_hash=shown.token_hash,
        last_four=shown.last_four,
        paired_at=deed.now,
    )


def _end(old: Card | None, card: Card, deed: Deed) -> None:
    """The old card ends with the new one, which is noted."""
    if old is not None:
        writing.change(old, {"state": CardState.REPLACED, "ended_at": deed.now, "replaced_by": card})
    note(card, "card.paired", deed, {"replaces": str(old)} if old else None)


def offer(*, pairing: Pairing, token: str, deed: Deed) -> Pairing:
    """Give a token to what waits for one: it is paired, or the pairing keeps the refusal's code.

    Refusal: PairingOver, when it no longer waits.
    """
    writing.demand_transaction()
    pairing = writing.locked(pairing)
    if pairing.state != PairingState.WAITING:
        raise rules.PairingOver
    try:
        if pairing.expires_at <= deed.now:
            raise rules.PairingExpired
        card = pair(wallet=pairing.wallet, token=token, replaces=pairing.replaces, deed=deed)
    except Refusal as refusal:
        writing.change(pairing, {"state": PairingState.REFUSED, "refusal": refusal.code})
    else:
        writing.change(pairing, {"state": PairingState.PAIRED, "card": card})
    return pairing


def recognised(*, programme_id: int, token: str, till: Till | None, deed: Deed) -> Card | Refusal | None:
    """The card that a reader read, to be looked at and not to pay: its tap counts all the same.

    A refusal is returned and not raised where the alarm about it must stay. Raises InvalidToken, RandomToken.
    """
    writing.demand_transaction()
    shown = showing.shown(programme_id=programme_id, token=token)
    card = queries.by_hash(programme_id=programme_id, token_hash=shown.token_hash)
    if card is not None:
        card = Card.objects.select_for_update(of=("self",)).select_related("wallet", "customer").get(pk=card.pk)
    medium, counter = (card.medium, card.counter) if card else ("", None)
    kind = rules.FORGED if shown.is_forged else rules.doubt(medium, counter, shown.counter)
    if kind:
        raise_alarm(programme_id=programme_id, card=card, till=till, what=kind, deed=deed)
        return rules.DOUBTS[kind]()
    if card is not None and card.counter is not None:
        counter, seen = rules.counted(card.counter, card.seen_taps, shown.counter or 0)
        writing.change(card, {"counter": counter, "seen_taps": seen})
    return card


def raise_alarm(*, programme_id: int, card: Card | None, till: Till | None, what: str, deed: Deed) -> None:
    """Remember that a card was shown that may be a copy."""
    Alarm.objects.create(id=deed.mint(), programme_id=programme_id, card=card, till=till, what=what, at=deed.now)


def try_pin(*, card_id: int) -> Card | Refusal:
    """Count a try of the card's PIN, before anybody looks whether it is right; the card, with what is kept of its PIN.

    A refusal is returned and not raised, so that what the caller does about it stays: PinNotSet, PinBlocked.
    """
    writing.demand_transaction()
    card = Card.objects.select_for_update(of=("self",)).get(pk=card_id)
    if not card.pin_hash:
        return rules.PinNotSet()
    if card.pin_tries_left == 0:
        return rules.PinBlocked()
    writing.change(card, {"pin_tries": card.pin_tries + 1})
    return card


def pin_was_right(*, card_id: int) -> None:
    """The tries before this one count no more."""
    writing.demand_transaction()
    Card.objects.filter(pk=card_id).update(pin_tries=0)


def note(card: Card, action: str, deed: Deed, details: dict[str, object] | None = None) -> None:
    """Write into the audit trail what was done to a card."""
    audit.write(
        programme_id=card.programme_id,
        deed=deed,
        action=action,
        subject=card,
        subject_name=f"{card} {card.customer}",
        details=details,
    )


def _replaceable(card: Card, wallet: Wallet) -> Card:
    """The wallet's own card, if it was not replaced before."""
    card = writing.locked(card)
    if card.wallet_id != wallet.id or card.state == CardState.REPLACED:
        raise rules.CardReplaced
    return card
