"""What is done to boxes of new cards, and to cards that are nobody's yet."""

from typing import Any

from django.db import transaction

from groat.cards import writing as cards
from groat.cards.models import Card, CardBox, Pairing, PairingState
from groat.customers.models import Wallet
from groat.ledger.core.commands import MOST_MINOR
from groat.programmes import audit, writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme, Till
from groat.programmes.rules import InvalidAmount


@transaction.atomic
def open_box(
    *, programme: Programme, name: str, first_credit_minor: int = 0, next_number: str = "", deed: Deed
) -> CardBox:
    """A box of new cards, none of them read yet. Refusals: InvalidValue, InvalidAmount."""
    box = CardBox(
        id=deed.mint(),
        programme=programme,
        name=name.strip(),
        first_credit_minor=first_credit_minor,
        next_number=next_number.strip(),
        made_at=deed.now,
    )
    _check(box).save(force_insert=True)
    _note(box, "card_box.opened", deed, {"amount_minor": first_credit_minor})
    return box


@transaction.atomic
def change_box(*, box: CardBox, name: str, first_credit_minor: int, next_number: str, deed: Deed) -> CardBox:
    """Change what the cards get that are yet to come. Refusals as of `open_box`."""
    box = writing.locked(box)
    asked = {"name": name.strip(), "first_credit_minor": first_credit_minor, "next_number": next_number.strip()}
    told = writing.change(box, asked, check=_check)
    if told:
        _note(box, "card_box.changed", deed, told)
    return box


@transaction.atomic
def add(*, box: CardBox, token: str, deed: Deed) -> Card:
    """The next card of a box. Refusals: CardInThisBox, and those of `actions.pair`."""
    return cards.add_to_box(box=box, token=token, deed=deed)


@transaction.atomic
def wait(*, box: CardBox, till: Till, deed: Deed) -> Pairing:
    """Have a till's reader take the box's cards, one after the other. Refusals: TillClosed, NotFound."""
    writing.same_programme(box, till)
    return cards.wait_for_next(box=box, till=writing.open_till(writing.locked(till)), deed=deed)


@transaction.atomic
def stop(*, box: CardBox) -> None:
    """Wait for no more of a box's cards, until somebody goes on."""
    Pairing.objects.filter(box=box, state=PairingState.WAITING).update(state=PairingState.CANCELLED)


@transaction.atomic
def hand_over(*, card: Card, wallet: Wallet | None, deed: Deed) -> Card:
    """Give a card that is nobody's yet to a customer, with the credits on it; None: to somebody without a name.

    Refusals: CardHandedOver, CardInUse, NotFound.
    """
    return cards.hand_over(card=card, wallet=wallet, deed=deed)


def _check(box: CardBox) -> CardBox:
    if not 0 <= box.first_credit_minor <= MOST_MINOR:
        raise InvalidAmount
    return writing.checked(box)


def _note(box: CardBox, action: str, deed: Deed, told: dict[str, Any]) -> None:
    audit.write(
        programme_id=box.programme_id, deed=deed, action=action, subject=box, subject_name=box.name, details=told
    )
