"""Reads over cards and pairings."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Q

from groat.cards.models import Alarm, Card, CardBox, CardState, Pairing, PairingState
from groat.customers.rules import folded
from groat.programmes.models import AuditEntry


def by_hash(*, programme_id: int, token_hash: bytes) -> Card | None:
    """The card that is known by this hash, with its wallet and customer: the one in use, else the one last replaced."""
    found = list(
        Card.objects.filter(programme_id=programme_id, token_hash=token_hash)
        .select_related("wallet", "customer")
        .order_by("-id")
    )
    in_use = [card for card in found if card.state != CardState.REPLACED]
    return next(iter(in_use + found), None)


def by_hashes(*, programme_id: int, hashes: Iterable[bytes]) -> dict[bytes, Card]:
    """The cards in use that are known by these hashes, with their customers; one query."""
    found = Card.objects.filter(programme_id=programme_id, token_hash__in=list(hashes))
    rows = found.exclude(state=CardState.REPLACED).select_related("customer")
    return {bytes(card.token_hash): card for card in rows}


def of_customer(*, programme_id: int, customer_id: int) -> list[Card]:
    """A customer's cards, those in use first, then the newest."""
    found = Card.objects.filter(programme_id=programme_id, customer_id=customer_id)
    return sorted(found.order_by("-id"), key=lambda card: card.state == CardState.REPLACED)


def search(
    *,
    programme_id: int,
    text: str = "",
    state: str = "",
    wallet_id: int | None = None,
    last_four: str = "",
    before: int | None = None,
    limit: int = 50,
) -> list[Card]:
    """Cards with their customers, newest first, by their last four or their customer's name; one query.

    `state` shows only those in it, `wallet_id` only a wallet's, `last_four` only those that begin
    with it; `before` is the id of the last card seen.
    """
    found = Card.objects.filter(programme_id=programme_id).select_related("customer", "wallet")
    found = found.filter(last_four__startswith=last_four.upper())
    if wallet_id is not None:
        found = found.filter(wallet_id=wallet_id)
    if state:
        found = found.filter(state=state)
    if before is not None:
        found = found.filter(id__lt=before)
    for word in text.split()[:8]:
        found = found.filter(
            Q(last_four__startswith=word.upper())
            | Q(number__startswith=word)
            | Q(customer__search__contains=folded(word))
        )
    return list(found.order_by("-id")[:limit])


def unassigned(
    *, programme_id: int, text: str = "", box_id: int | None = None, before: int | None = None, limit: int = 50
) -> list[Card]:
    """Cards that are nobody's yet, newest first, with their boxes; one query. `before` is the last id seen."""
    found = Card.objects.filter(programme_id=programme_id, box__isnull=False, handed_over_at=None)
    found = found.exclude(state=CardState.REPLACED).select_related("box", "wallet")
    if box_id is not None:
        found = found.filter(box=box_id)
    if before is not None:
        found = found.filter(id__lt=before)
    for word in text.split()[:8]:
        found = found.filter(Q(last_four__startswith=word.upper()) | Q(number__startswith=word))
    return list(found.order_by("-id")[:limit])


def boxes(*, programme_id: int) -> list[CardBox]:
    """The programme's boxes, newest first, each with `count` cards, of which `left` are nobody's yet; one query."""
    is_left = Q(cards__handed_over_at=None) & ~Q(cards__state=CardState.REPLACED)
    counted = CardBox.objects.annotate(
        count=Count("cards"), left=Count("cards", filter=is_left & Q(cards__isnull=False))
    )
    return list(counted.filter(programme_id=programme_id))


def of_box(*, box: CardBox, limit: int = 50) -> tuple[int, list[Card]]:
    """How many cards a box has, and the last of them; two queries."""
    found = Card.objects.filter(programme_id=box.programme_id, box=box)
    return found.count(), list(found.order_by("-id")[:limit])


def box_waits(*, box: CardBox, now: datetime) -> Pairing | None:
    """The till's reader that waits for the box's next card."""
    found = Pairing.objects.filter(box=box, state=PairingState.WAITING, expires_at__gt=now).select_related("till")
    return found.order_by("-id").first()


def last_of_box(*, box: CardBox) -> Pairing | None:
    """The last try at a till's reader that came to an end."""
    ended = [PairingState.PAIRED, PairingState.REFUSED]
    return Pairing.objects.filter(box=box, state__in=ended).select_related("card").order_by("-id").first()


def history(*, card: Card, limit: int = 100) -> list[AuditEntry | Alarm]:
    """What was done to a card and which alarms it raised, the newest first; two queries."""
    noted = AuditEntry.objects.filter(programme_id=card.programme_id, subject=f"{card.kind}:{card.id}")
    raised = Alarm.objects.filter(programme_id=card.programme_id, card=card).select_related("till")
    found: list[AuditEntry | Alarm] = [*noted.order_by("-id")[:limit], *raised[:limit]]
    return sorted(found, key=lambda one: (one.at, one.id), reverse=True)[:limit]


def alarms(*, programme_id: int, card_ids: Iterable[int] | None = None, limit: int = 20) -> list[Alarm]:
    """The newest alarms about copies, of the programme or of these cards, with cards, customers and tills."""
    found = Alarm.objects.filter(programme_id=programme_id).select_related("card__customer", "till")
    if card_ids is not None:
        found = found.filter(card__in=list(card_ids))
    return list(found[:limit])


def waiting_at(*, till_id: int, now: datetime) -> Pairing | None:
    """The pairing that the till's reader shall give its next card to."""
    found = Pairing.objects.filter(till_id=till_id, state=PairingState.WAITING, expires_at__gt=now)
    return found.select_related("wallet__owner", "replaces", "box").first()
