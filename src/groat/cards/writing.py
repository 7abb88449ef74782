"""How a card and a wallet come together. Everything here demands a transaction."""

from groat.cards import queries, rules, showing
from groat.cards.models import Alarm, Card, CardBox, CardState, Medium, Pairing, PairingState
from groat.customers import writing as people
from groat.customers.models import Wallet
from groat.errors import Refusal
from groat.ledger import queries as ledger
from groat.ledger.core import commands
from groat.ledger.core.refusals import InsufficientCredit
from groat.programmes import audit, writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Till


def pair(*, wallet: Wallet, token: str, replaces: Card | None, deed: Deed) -> Card:
    """Bind the chip with this token to the wallet; the card that it replaces ends.

    Refusals: InvalidToken, RandomToken, ForgedTap, TapUsedBefore, NumberAlone, CardTaken, CardReportedLost,
    CardReplaced, NotFound. A card out of a box that is nobody's yet is handed over, with its credits.
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
    if known is not None and _can_be_given(known, wallet) and replaces is None:
        if kind := rules.doubt(known.medium, known.counter, shown.counter):
            raise rules.DOUBTS[kind]
        return _tapped(hand_over(card=known, wallet=wallet, deed=deed), shown)
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


def _can_be_given(card: Card, wallet: Wallet) -> bool:
    return card.is_unassigned and card.state == CardState.ACTIVE and card.wallet_id != wallet.id


def _tapped(card: Card, shown: showing.Shown) -> Card:
    """The card, whose chip's tap counts."""
    if card.counter is not None and shown.counter is not None:
        counter, seen = rules.counted(card.counter, card.seen_taps, shown.counter)
        writing.change(card, {"counter": counter, "seen_taps": seen})
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
        note(old, "card.replaced", deed, {"by": str(card)})
    note(card, "card.paired", deed, {"replaces": str(old)} if old else None)


def offer(*, pairing: Pairing, token: str, deed: Deed) -> Pairing:
    """Give a token to what waits for one: it is paired, or the pairing keeps the refusal's code.

    Refusal: PairingOver, when it no longer waits.
    """
    writing.demand_transaction()
    if pairing.box_id is not None and pairing.till is not None:
        # Before the pairing, as whoever begins to wait does it.
        writing.locked(pairing.till)
    pairing = writing.locked(pairing)
    if pairing.state != PairingState.WAITING:
        raise rules.PairingOver
    try:
        if pairing.expires_at <= deed.now:
            raise rules.PairingExpired
        if pairing.box:
            card = add_to_box(box=pairing.box, token=token, deed=deed)
        else:
            card = pair(wallet=pairing.wallet, token=token, replaces=pairing.replaces, deed=deed)
    except Refusal as refusal:
        writing.change(pairing, {"state": PairingState.REFUSED, "refusal": refusal.code})
    else:
        writing.change(pairing, {"state": PairingState.PAIRED, "card": card})
    if pairing.box and pairing.till and pairing.refusal != rules.PairingExpired.code:
        wait_for_next(box=pairing.box, till=pairing.till, deed=deed)
    return pairing


# ---- Boxes of new cards ----


def add_to_box(*, box: CardBox, token: str, deed: Deed) -> Card:
    """Make the card with this token one of the box: with a wallet of its own, its first credit, and the next number.

    Refusals: CardInThisBox, and those of `pair`.
    """
    writing.demand_transaction()
    # Two readers may work on one box: each card gets its own wallet and its own number.
    box = writing.locked(box)
    wallet = _spare(box, deed)
    shown = showing.shown(programme_id=box.programme_id, token=token)
    known = queries.by_hash(programme_id=box.programme_id, token_hash=shown.token_hash)
    if known is not None and known.state != CardState.REPLACED:
        raise rules.CardInThisBox if known.box_id == box.id else rules.CardTaken
    card = pair(wallet=wallet, token=token, replaces=None, deed=deed)
    writing.change(card, {"box": box, "number": box.next_number})
    writing.change(box, {"spare": None, "next_number": rules.number_after(box.next_number)})
    if box.first_credit_minor:
        told = {"amount_minor": box.first_credit_minor, "reason": box.name}
        command = commands.Adjust(wallet.id, box.first_credit_minor, reason=box.name, actor=deed.actor.code)
        people.post(wallet=wallet, command=command, action="wallet.adjusted", details=told, deed=deed)
    return card


def wait_for_next(*, box: CardBox, till: Till, deed: Deed) -> Pairing:
    """Have a till's reader, which is locked, wait for the next card of a box."""
    writing.demand_transaction()
    Pairing.objects.filter(till=till, state=PairingState.WAITING).update(state=PairingState.CANCELLED)
    return Pairing.objects.create(
        id=deed.mint(),
        programme_id=box.programme_id,
        wallet=_spare(writing.locked(box), deed),
        box=box,
        till=till,
        created_at=deed.now,
        expires_at=deed.now + rules.BOX_WAITS,
    )


def hand_over(*, card: Card, wallet: Wallet | None, deed: Deed) -> Card:
    """Give a card that is nobody's to a customer: it pays from their wallet, and the credits on it go along.

    Without a wallet it keeps its own, of somebody without a name. Refusals: CardHandedOver, CardInUse, NotFound.
    """
    writing.demand_transaction()
    writing.same_programme(card, wallet)
    card = writing.locked(card)
    if not card.is_unassigned:
        raise rules.CardHandedOver
    changes: dict[str, object] = {"handed_over_at": deed.now}
    if wallet is not None and wallet.id != card.wallet_id:
        moved_minor = _move_all(card, wallet, deed)
        changes |= {"wallet": wallet, "customer": wallet.owner}
    else:
        moved_minor = 0
    writing.change(card, changes)
    note(card, "card.handed_over", deed, {"amount_minor": moved_minor} if moved_minor else None)
    return card


def _move_all(card: Card, wallet: Wallet, deed: Deed) -> int:
    """What was moved from a card's own wallet to the customer's, with origins and dates; minor units."""
    source = card.wallet
    standing = ledger.balance(programme_id=card.programme_id, wallet=source.id, now=deed.now)
    if standing.posted_minor < 0 or standing.held_minor:
        raise rules.CardInUse
    if standing.posted_minor:
        told = {"amount_minor": standing.posted_minor, "target": str(wallet.public_id), "reason": str(card)}
        command = commands.Transfer(
            source.id, wallet.id, standing.posted_minor, actor=deed.actor.code, reason=str(card)
        )
        try:
            people.post(wallet=source, command=command, action="wallet.transferred", details=told, deed=deed)
        except InsufficientCredit as refusal:
            raise rules.CardInUse from refusal
    # Both wallets are locked by now: whatever came between the look and the transfer shows here.
    left = ledger.balance(programme_id=card.programme_id, wallet=source.id, now=deed.now)
    if left.posted_minor or left.held_minor:
        raise rules.CardInUse
    return standing.posted_minor


def _spare(box: CardBox, deed: Deed) -> Wallet:
    """The wallet of the box's next card, of somebody without a name; the box is locked."""
    if box.spare is None:
        _customer, wallet = people.open_customer(programme=box.programme, deed=deed)
        writing.change(box, {"spare": wallet})
        return wallet
    return box.spare


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
