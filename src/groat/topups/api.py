"""Top-ups, by REST."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import ConfigDict, Field, model_validator

from groat import ids
from groat.api import examples
from groat.api.answers import Answer
from groat.api.bodies import Amount, AmountOrNothing, Body, FilledLine, Id, Moment, only_one_of, optional
from groat.api.cursors import Listing, Page, PageIn
from groat.api.http import ApiRequest, response
from groat.api.operations import At, Idempotency, Out
from groat.customers.models import Wallet
from groat.programmes import rest
from groat.programmes.deeds import Deed
from groat.programmes.models import Scope, Till
from groat.topups import actions, queries
from groat.topups.models import Offer, TopUp

router = Router(tags=["Top-ups"])

Means = Literal["cash", "card", "bank"]
PaidBy = Literal["cash", "card", "bank", "wages"]
"""How it was paid; debts told in a statement are deducted from wages, too."""


class ShownIn(Body):
    """What the customer was shown before."""

    paid_minor: AmountOrNothing
    bonus_minor: AmountOrNothing


class TopUpIn(Body):
    """Credits sold to a customer: so many, or a package."""

    model_config = ConfigDict(json_schema_extra=only_one_of("bought_minor", "offer"))

    wallet: Id
    bought_minor: Amount = optional()
    """Minor units of credit."""
    offer: Id = optional()
    """A package, with its credits, its price and its bonus."""
    paid_minor: AmountOrNothing = optional()
    """Minor units of the programme's currency; left out, what the programme's price or the package says."""
    bonus_minor: AmountOrNothing = optional()
    """Credits given on top; left out, what the programme's offers give."""
    shown: ShownIn = optional()
    """What was quoted. When it is no longer so, nothing is sold."""
    means: Means = "cash"
    till: Id = optional()
    """At which till it was paid."""
    expires_at: Moment | None = optional()
    """When the credits expire; null for never; left out, what the programme says."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if len({"bought_minor", "offer"} & self.model_fields_set) != 1:
            raise ValueError("give either bought_minor or offer")
        return self


class ReversalIn(Body):
    """Which part of a top-up is taken back, and why."""

    amount_minor: Amount = optional()
    """Of the credits bought; left out, all that is left. The bonus goes in proportion."""
    reason: Annotated[FilledLine, Field(max_length=200)]


class TopUpOut(Out):
    """Credits that a customer bought, with what was paid for them."""

    id: UUID
    wallet: UUID
    till: UUID | None
    bought_minor: int
    """Minor units of credit."""
    bonus_minor: int
    paid_minor: int
    """Minor units of the programme's currency."""
    offer: UUID | None
    """The package that was bought."""
    means: PaidBy
    """`wages`: it settled a debt that was deducted from the customer's wages."""
    expires_at: At | None
    bonus_expires_at: At | None
    """Null where there is no bonus, too."""
    at: At
    reversed_minor: int
    """How much of what was bought has been taken back."""


TOP_UP: dict[str, Any] = {
    "id": examples.TOP_UP,
    "wallet": examples.WALLET,
    "till": None,
    "bought_minor": 10000,
    "bonus_minor": 1000,
    "paid_minor": 10000,
    "offer": None,
    "means": "cash",
    "expires_at": examples.EXPIRES,
    "bonus_expires_at": examples.EXPIRES,
    "at": examples.AT,
    "reversed_minor": 0,
}


@router.get(
    "/top-ups",
    **rest.operation(
        scope=Scope.CUSTOMERS_READ,
        summary="List top-ups",
        description="Top-ups, newest first: all of them, or a wallet's.",
        answers={200: (Page[TopUpOut], examples.page(TOP_UP))},
        refusals=("cursor_invalid", "not_found"),
    ),
)
def list_top_ups(
    request: ApiRequest,
    page: Query[PageIn],
    wallet: Annotated[Id | None, Query(description="Only this wallet's.")] = None,
) -> HttpResponse:
    programme_id = request.auth.caller.programme_id
    wallet_id = Wallet.named(programme_id=programme_id, public_id=wallet).id if wallet else None
    listing = Listing("top-ups", programme_id, wallet=wallet_id)
    found = queries.top_ups(
        programme_id=programme_id, wallet_id=wallet_id, before=listing.position(page), limit=page.limit + 1
    )
    shown, position = listing.page_of(found, page, at=lambda top_up: top_up.id)
    return response(rest.done(listing.page([_top_up(one) for one in shown], next_position=position)))


@router.post(
    "/top-ups",
    **rest.operation(
        scope=Scope.TOP_UPS_WRITE,
        summary="Top up a wallet",
        description="Sells credits into a wallet, or a package of them. What is bought and the bonus become lots of "
        "their own; a debt is settled first. The bonus is what the programme's offers give at the till, or without one "
        "online, unless `bonus_minor` says otherwise.",
        body={
            "cash": {"wallet": examples.WALLET, "bought_minor": 10000},
            "package": {
                "wallet": examples.WALLET,
                "offer": examples.OFFER,
                "shown": {"paid_minor": 9000, "bonus_minor": 0},
            },
            "bonus": {
                "wallet": examples.WALLET,
                "bought_minor": 10000,
                "bonus_minor": 1000,
                "paid_minor": 10000,
                "means": "card",
                "expires_at": examples.EXPIRES,
            },
        },
        answers={201: (TopUpOut, TOP_UP)},
        refusals=(
            *("not_found", "till_closed", "expiry_in_the_past", "balance_too_large", "amount_invalid"),
            *("offer_not_open", "only_packages", "top_up_too_small", "top_up_too_large", "quote_changed"),
        ),
        idempotency=Idempotency.REQUIRED,
        links={
            "top_up": ("read_top_up", {"top_up": "$response.body#/id"}),
            "reversal": ("reverse_top_up", {"top_up": "$response.body#/id"}),
            "wallet": ("read_wallet", {"wallet": "$response.body#/wallet"}),
        },
    ),
)
def top_up_wallet(request: ApiRequest, body: TopUpIn) -> HttpResponse:
    def top_up(deed: Deed) -> Answer:
        programme_id = request.auth.caller.programme_id
        told = body.model_dump(exclude_unset=True)
        told["wallet"] = Wallet.named(programme_id=programme_id, public_id=body.wallet)
        if "till" in told:
            told["till"] = Till.named(programme_id=programme_id, public_id=body.till)
        if "shown" in told:
            shown = told.pop("shown")
            told["seen"] = (shown["paid_minor"], shown["bonus_minor"])
        if "offer" in told:
            package = Offer.named(programme_id=programme_id, public_id=told.pop("offer"))
            sold = actions.sell_package(**told, package=package, deed=deed)
        else:
            sold = actions.top_up(**told, deed=deed)
        return rest.created(_top_up(sold), path=f"/api/v1/top-ups/{sold.public_id}")

    return rest.once(request, top_up)


@router.get(
    "/top-ups/{top_up}",
    **rest.operation(
        scope=Scope.CUSTOMERS_READ,
        summary="Read a top-up",
        description="What was bought, what was paid for it, and how much of it was taken back.",
        answers={200: (TopUpOut, TOP_UP)},
    ),
)
def read_top_up(request: ApiRequest, top_up: Id) -> HttpResponse:
    return response(rest.done(_top_up(_named(request, top_up))))


@router.post(
    "/top-ups/{top_up}/reversals",
    **rest.operation(
        scope=Scope.TOP_UPS_WRITE,
        summary="Take a top-up back",
        description="Takes credits back that were sold, all or a part, with their bonus in proportion. What the "
        "customer has spent of them already becomes debt. The answer is the top-up as it stands then.",
        body={
            "whole": {"reason": "Booked to the wrong customer"},
            "part": {"amount_minor": 5000, "reason": "Customer moved away"},
        },
        answers={201: (TopUpOut, TOP_UP | {"reversed_minor": 5000})},
        refusals=("top_up_reversed", "more_than_left_to_refund", "reason_missing"),
        idempotency=Idempotency.REQUIRED,
    ),
)
def reverse_top_up(request: ApiRequest, top_up: Id, body: ReversalIn) -> HttpResponse:
    def reverse(deed: Deed) -> Answer:
        found = _named(request, top_up)
        taken = actions.reverse_top_up(top_up=found, **body.model_dump(exclude_unset=True), deed=deed)
        return rest.created(_top_up(taken), path=f"/api/v1/top-ups/{taken.public_id}")

    return rest.once(request, reverse)


def _named(request: ApiRequest, top_up: UUID) -> TopUp:
    return TopUp.named(programme_id=request.auth.caller.programme_id, public_id=top_up)


def _top_up(top_up: TopUp) -> TopUpOut:
    return TopUpOut.model_validate(
        {
            "id": top_up.public_id,
            "wallet": ids.public(Wallet.kind, top_up.wallet_id),
            "till": top_up.till_id and ids.public(Till.kind, top_up.till_id),
            "bought_minor": top_up.bought_minor,
            "bonus_minor": top_up.bonus_minor,
            "paid_minor": top_up.paid_minor,
            "offer": top_up.package_id and ids.public(Offer.kind, top_up.package_id),
            "means": top_up.means,
            "expires_at": top_up.expires_at,
            "bonus_expires_at": (top_up.bonus_expires_at or top_up.expires_at) if top_up.bonus_minor else None,
            "at": top_up.at,
            "reversed_minor": top_up.reversed_minor,
        }
    )
