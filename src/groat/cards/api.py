"""Cards, by REST."""

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router

from groat import ids
from groat.api import examples
from groat.api.answers import Answer
from groat.api.bodies import Body, Id, optional
from groat.api.cursors import Listing, Page, PageIn
from groat.api.http import ApiRequest, response
from groat.api.operations import At, Idempotency, Out
from groat.cards import actions, queries
from groat.cards.models import Card
from groat.cards.wire import TokenIn
from groat.customers.models import Customer, Wallet
from groat.programmes import rest
from groat.programmes.deeds import Deed
from groat.programmes.models import Scope

router = Router(tags=["Cards"])


class CardIn(Body):
    """A card to be bound to a wallet."""

    wallet: Id
    token: TokenIn
    replaces: Id = optional()
    """A card of the same wallet that ends with this one: it pays no more."""


class BlockIn(Body):
    """Why a card shall pay no more."""

    reason: Literal["blocked", "lost"] = "blocked"


_BLOCKED = BlockIn()


class CardOut(Out):
    """Whatever a person presents, bound to one wallet."""

    id: UUID
    wallet: UUID
    customer: UUID
    kind: Literal["uid", "chip", "code"]
    """`chip`: it proves itself at each tap and cannot be copied."""
    last_four: str
    """The last four hex digits of its number, which is all that we can tell."""
    state: Literal["active", "blocked", "lost", "replaced"]
    """Only an active card pays."""
    replaced_by: UUID | None
    paired_at: At
    ended_at: At | None


CARD: dict[str, Any] = {
    "id": examples.CARD,
    "wallet": examples.WALLET,
    "customer": examples.CUSTOMER,
    "kind": "uid",
    "last_four": "5D80",
    "state": "active",
    "replaced_by": None,
    "paired_at": examples.AT,
    "ended_at": None,
}


@router.get(
    "/cards",
    **rest.operation(
        scope=Scope.CUSTOMERS_READ,
        summary="List or search cards",
        description="Cards, newest first: all of them, a wallet's, or those whose last four begin with `last_four`.",
        answers={200: (Page[CardOut], examples.page(CARD))},
        refusals=("cursor_invalid", "not_found"),
    ),
)
def list_cards(
    request: ApiRequest,
    page: Query[PageIn],
    wallet: Annotated[Id | None, Query(description="Only this wallet's.")] = None,
    last_four: Annotated[str, Query(description="Hex digits.", pattern=r"^[0-9A-Fa-f]{0,4}$")] = "",
) -> HttpResponse:
    programme_id = request.auth.caller.programme_id
    wallet_id = Wallet.named(programme_id=programme_id, public_id=wallet).id if wallet else None
    listing = Listing("cards", programme_id, wallet=wallet_id, last_four=last_four)
    found = queries.search(
        programme_id=programme_id,
        wallet_id=wallet_id,
        last_four=last_four,
        before=listing.position(page),
        limit=page.limit + 1,
    )
    shown, position = listing.page_of(found, page, at=lambda card: card.id)
    return response(rest.done(listing.page([card_out(card) for card in shown], next_position=position)))


@router.post(
    "/cards",
    **rest.operation(
        scope=Scope.CUSTOMERS_WRITE,
        summary="Pair a card with a wallet",
        description="Binds the card with this token to the wallet. With `replaces` the older card ends. The number "
        "itself is not kept, only a keyed hash of it.",
        body={
            "pair": {"wallet": examples.WALLET, "token": examples.TOKEN},
            "replace": {"wallet": examples.WALLET, "token": examples.TOKEN, "replaces": examples.CARD},
        },
        answers={201: (CardOut, CARD)},
        refusals=(
            "not_found",
            "token_invalid",
            "token_random",
            "code_of_nobody",
            "chip_not_authentic",
            "chip_expected",
            "tap_replayed",
            "card_taken",
            "card_lost",
            "card_replaced",
        ),
        idempotency=Idempotency.OPTIONAL,
        links={
            "card": ("read_card", {"card": "$response.body#/id"}),
            "block": ("block_card", {"card": "$response.body#/id"}),
            "unblock": ("unblock_card", {"card": "$response.body#/id"}),
        },
    ),
)
def pair_card(request: ApiRequest, body: CardIn) -> HttpResponse:
    def pair(deed: Deed) -> Answer:
        programme_id = request.auth.caller.programme_id
        wallet = Wallet.named(programme_id=programme_id, public_id=body.wallet)
        named = "replaces" in body.model_fields_set
        replaced = Card.named(programme_id=programme_id, public_id=body.replaces) if named else None
        card = actions.pair(wallet=wallet, token=body.token.value, replaces=replaced, deed=deed)
        return rest.created(card_out(card), path=f"/api/v1/cards/{card.public_id}")

    return rest.once(request, pair)


@router.get(
    "/cards/{card}",
    **rest.operation(
        scope=Scope.CUSTOMERS_READ,
        summary="Read a card",
        description="Whose a card is, and whether it pays.",
        answers={200: (CardOut, CARD)},
    ),
)
def read_card(request: ApiRequest, card: Id) -> HttpResponse:
    return response(rest.done(card_out(_named(request, card))))


@router.post(
    "/cards/{card}/block",
    **rest.operation(
        scope=Scope.CUSTOMERS_WRITE,
        summary="Block a card",
        description="The card pays no more until it is unblocked; the wallet and its credits stay. Blocking a blocked "
        "card changes nothing.",
        body={"blocked": {}, "lost": {"reason": "lost"}},
        answers={200: (CardOut, CARD | {"state": "lost", "ended_at": examples.AT})},
        refusals=("card_replaced",),
        idempotency=Idempotency.OPTIONAL,
    ),
)
def block_card(request: ApiRequest, card: Id, body: BlockIn = _BLOCKED) -> HttpResponse:
    def block(deed: Deed) -> Answer:
        return rest.done(card_out(actions.block(card=_named(request, card), reason=body.reason, deed=deed)))

    return rest.once(request, block)


@router.post(
    "/cards/{card}/unblock",
    **rest.operation(
        scope=Scope.CUSTOMERS_WRITE,
        summary="Unblock a card",
        description="The card, blocked or found again, pays as before. Unblocking an active card changes nothing.",
        answers={200: (CardOut, CARD)},
        refusals=("card_replaced",),
        idempotency=Idempotency.OPTIONAL,
    ),
)
def unblock_card(request: ApiRequest, card: Id) -> HttpResponse:
    def unblock(deed: Deed) -> Answer:
        return rest.done(card_out(actions.unblock(card=_named(request, card), deed=deed)))

    return rest.once(request, unblock)


def _named(request: ApiRequest, card: UUID) -> Card:
    return Card.named(programme_id=request.auth.caller.programme_id, public_id=card)


def card_out(card: Card) -> CardOut:
    """A card as it is told outside."""
    return CardOut.model_validate(
        {
            "id": card.public_id,
            "wallet": ids.public(Wallet.kind, card.wallet_id),
            "customer": ids.public(Customer.kind, card.customer_id),
            "kind": card.medium,
            "last_four": card.last_four,
            "state": card.state,
            "replaced_by": card.replaced_by_id and ids.public(Card.kind, card.replaced_by_id),
            "paired_at": card.paired_at,
            "ended_at": card.ended_at,
        }
    )
