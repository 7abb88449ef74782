"""Reads over cards and pairings."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from groat.cards.models import Alarm, Card, CardState, Pairing, PairingState
from groat.customers.rules import folded


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
        found = found.filter(Q(last_four__startswith=word.upper()) | Q(customer__search__contains=folded(word)))
    return list(found.order_by("-id")[:limit])


def alarms(*, programme_id: int, card_ids: Iterable[int] | None = None, limit: int = 20) -> list[Alarm]:
    """The newest alarms about copies, of the programme or of these cards, with cards, customers and tills."""
    found = Alarm.objects.filter(programme_id=programme_id).select_related("card__customer", "till")
    if card_ids is not None:
        found = found.filter(card__in=list(card_ids))
    return list(found[:limit])


def waiting_at(*, till_id: int, now: datetime) -> Pairing | None:
    """The pairing that the till's reader shall give its next card to."""
    found = Pairing.objects.filter(till_id=till_id, state=PairingState.WAITING, expires_at__gt=now)
    return found.select_related("wallet__owner", "replaces").first()
