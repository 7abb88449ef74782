"""The programme, by REST."""

from typing import Literal
from uuid import UUID

from django.http import HttpResponse
from ninja import Router

from groat.api import examples
from groat.api.http import ApiRequest, response
from groat.api.operations import Out
from groat.programmes import queries, rest
from groat.programmes.models import ConfirmBy, Programme, Scope, Site, Till

router = Router(tags=["Programme"])


class CreditOut(Out):
    """The unit that the programme's credits are counted in."""

    name: str
    """What the programme calls it: Kč, credit, point."""
    decimals: int
    """How many minor units make a whole one: 2 means that 1250 is 12.50."""


class TillOut(Out):
    """A place where payments are taken."""

    id: UUID
    name: str
    closed: bool
    """A closed till takes no payments."""


class SiteOut(Out):
    """A place of the programme."""

    id: UUID
    name: str
    sector: Literal["cafe", "canteen", "gym", "spa", "restaurant", "shop", "other"]
    tills: list[TillOut]


class ProgrammeOut(Out):
    """One merchant's credit programme."""

    id: UUID
    name: str
    credit: CreditOut
    currency: str
    """ISO 4217."""
    price_minor: int
    """What one whole credit costs, in minor units of the currency."""
    time_zone: str
    """A name of the tz database; days begin and credits expire by it."""
    vat_rate: int | None
    """Hundredths of a per cent that prices contain, unless a product has a rate of its own: 2100 is 21 %. Null: no VAT
    is charged."""
    confirm_by: Literal["cashier", "pin"]
    """Who confirms a payment of state `confirming`: the cashier, who compares the customer, or the card's PIN."""
    sites: list[SiteOut]


PROGRAMME = {
    "id": examples.PROGRAMME,
    "name": "Harbour House",
    "credit": {"name": "credit", "decimals": 2},
    "currency": "EUR",
    "price_minor": 100,
    "time_zone": "Europe/Prague",
    "vat_rate": 2100,
    "confirm_by": "cashier",
    "sites": [
        {
            "id": examples.SITE,
            "name": "Café",
            "sector": "cafe",
            "tills": [{"id": examples.TILL, "name": "Counter", "closed": False}],
        }
    ],
}


@router.get(
    "/programme",
    **rest.operation(
        scope=Scope.PROGRAMME_READ,
        summary="Read the programme",
        description="The programme that the key belongs to: its unit of credit, what a credit costs, and its sites "
        "with their tills. Payments name a till by the id that is told here.",
        answers={200: (ProgrammeOut, PROGRAMME)},
    ),
)
def read_programme(request: ApiRequest) -> HttpResponse:
    return response(rest.done(_programme(rest.programme(request))))


def _programme(programme: Programme) -> ProgrammeOut:
    return ProgrammeOut(
        id=programme.public_id,
        name=programme.name,
        credit=CreditOut(name=programme.credit_name, decimals=programme.credit_decimals),
        currency=programme.currency,
        price_minor=programme.price_minor,
        time_zone=programme.time_zone,
        vat_rate=programme.vat_rate,
        confirm_by="pin" if programme.confirm_by == ConfirmBy.PIN else "cashier",
        sites=[_site(site) for site in queries.sites(programme_id=programme.id)],
    )


def _site(site: Site) -> SiteOut:
    return SiteOut.model_validate(
        {"id": site.public_id, "name": site.name, "sector": site.sector, "tills": [_till(t) for t in site.tills.all()]}
    )


def _till(till: Till) -> TillOut:
    return TillOut(id=till.public_id, name=till.name, closed=till.closed_at is not None)
