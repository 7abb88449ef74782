"""What is on offer to those who top up, by REST."""

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from ninja import Query, Router

from groat import ids
from groat.api import examples
from groat.api.bodies import LARGEST_MINOR, Id
from groat.api.cursors import Listing, Page, PageIn
from groat.api.http import ApiRequest, response
from groat.api.operations import At, Out
from groat.customers.models import Group, Wallet
from groat.programmes import rest
from groat.programmes.models import Scope, Till
from groat.topups import offers, queries
from groat.topups.models import Offer

router = Router(tags=["Top-ups"])

OF_TILL = "Of a top-up at this till; left out, of one that is made online."


class StepOut(Out):
    """From how many credits on, and what is given then: one of the two."""

    from_minor: int
    percent_hundredths: int | None
    """1250 is 12.5 %."""
    bonus_minor: int | None


class OfferOut(Out):
    """A package (so many credits for a price), or a bonus in steps on top of what is bought."""

    id: UUID
    kind: Literal["package", "bonus"]
    name: str
    bought_minor: int | None
    """Credits of a package."""
    paid_minor: int | None
    """What a package costs, in minor units of the currency; null: what its credits usually cost."""
    bonus_minor: int
    """A package's own bonus."""
    basis: Literal["single", "month", "days"]
    """What reaches a step: this top-up, all of the calendar month, or of `period_days` local days, today included."""
    period_days: int | None
    steps: list[StepOut]
    """The highest that is reached counts for all that is bought."""
    on_packages: bool
    """Whether the bonus is given on packages too."""
    adds_up: bool
    """Whether it is given on top of others; of the rest only the largest is."""
    group: UUID | None
    """For customers of this group alone."""
    first_only: bool
    """For a first top-up alone."""
    sold: list[Literal["till", "office", "online"]]
    """Where: online is whoever names no till."""
    starts_at: At | None
    ends_at: At | None
    """From this moment on it is over."""
    withdrawn_at: At | None


class BonusOut(Out):
    """What one offer gives."""

    offer: UUID
    name: str
    bonus_minor: int


class QuoteOut(Out):
    """What somebody would get now, and pay for it: the same as a top-up would book."""

    offer: UUID | None
    """The package."""
    name: str | None
    bought_minor: int
    paid_minor: int
    """Minor units of the programme's currency."""
    bonus_minor: int
    expires_at: At | None
    bonus_expires_at: At | None
    bonuses: list[BonusOut]
    """Of which offers the bonus consists."""


class PackagesOut(Out):
    """The packages that are open to somebody, in the order in which a till shows them."""

    items: list[QuoteOut]


OFFER: dict[str, Any] = {
    "id": examples.OFFER,
    "kind": "bonus",
    "name": "More for more",
    "bought_minor": None,
    "paid_minor": None,
    "bonus_minor": 0,
    "basis": "single",
    "period_days": None,
    "steps": [{"from_minor": 10000, "percent_hundredths": 1000, "bonus_minor": None}],
    "on_packages": False,
    "adds_up": False,
    "group": None,
    "first_only": False,
    "sold": ["till", "office", "online"],
    "starts_at": None,
    "ends_at": None,
    "withdrawn_at": None,
}
QUOTE: dict[str, Any] = {
    "offer": None,
    "name": None,
    "bought_minor": 10000,
    "paid_minor": 10000,
    "bonus_minor": 1000,
    "expires_at": examples.EXPIRES,
    "bonus_expires_at": examples.EXPIRES,
    "bonuses": [{"offer": examples.OFFER, "name": "More for more", "bonus_minor": 1000}],
}
PACKAGE: dict[str, Any] = QUOTE | {
    "offer": examples.OFFER,
    "name": "Ten entries",
    "paid_minor": 9000,
    "bonus_minor": 0,
    "bonus_expires_at": None,
    "bonuses": [],
}


@router.get(
    "/offers",
    **rest.operation(
        scope=Scope.PRODUCTS_READ,
        summary="List offers",
        description="Packages and bonuses in the order in which they were made, those that are over or withdrawn too: "
        "they are never deleted.",
        answers={200: (Page[OfferOut], examples.page(OFFER))},
        refusals=("cursor_invalid",),
    ),
)
def list_offers(request: ApiRequest, page: Query[PageIn]) -> HttpResponse:
    programme_id = request.auth.caller.programme_id
    listing = Listing("offers", programme_id)
    found = queries.offers_page(programme_id=programme_id, after=listing.position(page), limit=page.limit + 1)
    shown, position = listing.page_of(found, page, at=lambda offer: offer.id)
    return response(rest.done(listing.page([_offer(one) for one in shown], next_position=position)))


@router.get(
    "/wallets/{wallet}/quote",
    **rest.operation(
        scope=Scope.CUSTOMERS_READ,
        summary="Quote a top-up",
        description="What the wallet's owner would get for so many credits, and pay for them, without buying them.",
        answers={200: (QuoteOut, QUOTE)},
        refusals=("only_packages", "top_up_too_small", "top_up_too_large"),
    ),
)
def quote_top_up(
    request: ApiRequest,
    wallet: Id,
    bought_minor: Annotated[int, Query(ge=1, le=LARGEST_MINOR, description="Minor units of credit.")],
    till: Annotated[Id | None, Query(description=OF_TILL)] = None,
) -> HttpResponse:
    shelf = _shelf(request, wallet, till)
    return response(rest.done(_quote(shelf.quote(bought_minor), shelf)))


@router.get(
    "/wallets/{wallet}/packages",
    **rest.operation(
        scope=Scope.CUSTOMERS_READ,
        summary="List the packages that somebody may buy",
        description="Those that are open to the wallet's owner here and now, with what they cost and give.",
        answers={200: (PackagesOut, {"items": [PACKAGE]})},
    ),
)
def list_packages(
    request: ApiRequest,
    wallet: Id,
    till: Annotated[Id | None, Query(description=OF_TILL)] = None,
) -> HttpResponse:
    shelf = _shelf(request, wallet, till)
    return response(rest.done(PackagesOut(items=[_quote(one, shelf) for one in shelf.packages])))


def _shelf(request: ApiRequest, wallet: UUID, till: UUID | None) -> queries.Shelf:
    programme_id = request.auth.caller.programme_id
    row = Wallet.named(programme_id=programme_id, public_id=wallet)
    place = Till.named(programme_id=programme_id, public_id=till) if till else None
    now = timezone.now()
    expires_at = queries.usual_expiry(programme=row.programme, now=now)
    return queries.shelf(wallet=row, channel=queries.channel_of(place), now=now, expires_at=expires_at)


def _quote(quote: offers.Quote, shelf: queries.Shelf) -> QuoteOut:
    expires_at = shelf.occasion.expires_at
    return QuoteOut(
        offer=ids.public(Offer.kind, quote.package.id) if quote.package else None,
        name=quote.package.name if quote.package else None,
        bought_minor=quote.bought_minor,
        paid_minor=quote.paid_minor,
        bonus_minor=quote.bonus_minor,
        expires_at=expires_at,
        bonus_expires_at=quote.bonus_expires_at if quote.given else None,
        bonuses=[
            BonusOut(offer=ids.public(Offer.kind, one.offer), name=one.name, bonus_minor=one.bonus_minor)
            for one in quote.given
        ],
    )


def _offer(offer: Offer) -> OfferOut:
    is_rate = offer.unit == offers.Unit.PERCENT
    sold = (("till", offer.at_till), ("office", offer.at_office), ("online", offer.online))
    return OfferOut.model_validate(
        {
            "id": offer.public_id,
            "kind": offer.sort,
            "name": offer.name,
            "bought_minor": offer.credits_minor,
            "paid_minor": offer.price_minor,
            "bonus_minor": offer.bonus_minor,
            "basis": offer.basis,
            "period_days": offer.period_days,
            "steps": [
                {
                    "from_minor": tier["from_minor"],
                    "percent_hundredths": tier["bonus"] if is_rate else None,
                    "bonus_minor": None if is_rate else tier["bonus"],
                }
                for tier in offer.tiers
            ],
            "on_packages": offer.on_packages,
            "adds_up": offer.adds_up,
            "group": offer.group_id and ids.public(Group.kind, offer.group_id),
            "first_only": offer.first_only,
            "sold": [name for name, is_sold in sold if is_sold],
            "starts_at": offer.starts_at,
            "ends_at": offer.ends_at,
            "withdrawn_at": offer.withdrawn_at,
        }
    )
