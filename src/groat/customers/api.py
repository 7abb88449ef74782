"""Customers and their wallets, by REST."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import ConfigDict, Field, WithJsonSchema
from pydantic.config import JsonDict

from groat import ids
from groat.api import examples
from groat.api.answers import Answer
from groat.api.bodies import LARGEST_MINOR, LINE_PATTERN, WHOLE, Body, FilledLine, Id, Line, Text, optional
from groat.api.cursors import Listing, Page, PageIn
from groat.api.http import ApiRequest, response
from groat.api.operations import At, Idempotency, Out
from groat.customers import actions, queries
from groat.customers.models import Customer, Group, Wallet
from groat.ledger import queries as ledger
from groat.ledger.core.entries import Kind
from groat.ledger.core.lots import Origin
from groat.programmes import rest
from groat.programmes.deeds import Deed
from groat.programmes.models import Scope

router = Router()

Floor = Annotated[int, Field(ge=-LARGEST_MINOR, le=0), WHOLE]
Email = Annotated[Line, Field(min_length=1, max_length=254), WithJsonSchema({"type": "string", "format": "email"})]
Phone = Annotated[Line, Field(min_length=1, max_length=40), WithJsonSchema({"type": "string", "format": "phone"})]
NoEmail = Annotated[
    Line,
    Field(max_length=254),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "email"}, {"type": "string", "const": ""}]}),
]
NoPhone = Annotated[
    Line,
    Field(max_length=40),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "phone"}, {"type": "string", "const": ""}]}),
]
Language = Literal["", "en", "cs", "sk"]

NAMED: JsonDict = {
    "anyOf": [
        {"required": ["name", "email"]},
        {"required": ["name", "phone"]},
        {"not": {"anyOf": [{"required": ["name"]}, {"required": ["identifier"]}]}},
    ]
}


class CustomerIn(Body):
    """A new customer: somebody with a name who can be reached, or nobody in particular."""

    model_config = ConfigDict(json_schema_extra=NAMED)

    name: Annotated[FilledLine, Field(max_length=120)] = optional()
    """Left out for an anonymous customer."""
    identifier: Annotated[FilledLine, Field(max_length=60)] = optional()
    """The merchant's own: employee number, locker."""
    email: Email = optional()
    phone: Phone = optional()
    """With its country, such as +420601234567; without one, the programme's country is meant."""
    language: Language = optional()
    """In which messages are written; empty for the programme's."""
    note: Annotated[Text, Field(max_length=1000)] = optional()
    group: UUID = optional()
    """A group of the programme."""
    floor_minor: Floor = optional()
    """How far below zero the balance may fall: 0 (prepaid), or a negative number (postpaid). The group's unless told,
    and 0 without a group."""


class CustomerChangesIn(Body):
    """What of a customer changes. What is left out stays; an empty text removes."""

    name: Annotated[Line, Field(max_length=120)] = optional()
    identifier: Annotated[Line, Field(max_length=60)] = optional()
    email: NoEmail = optional()
    phone: NoPhone = optional()
    language: Language = optional()
    note: Annotated[Text, Field(max_length=1000)] = optional()
    group: UUID | None = optional()
    """A group of the programme; null for none."""


class CustomerOut(Out):
    """Somebody who pays with credits."""

    id: UUID
    wallet: UUID
    """The credit account that the customer owns."""
    name: str
    """Empty for an anonymous customer."""
    identifier: str
    email: str
    phone: str
    """E.164, such as +420601234567, or empty."""
    language: str
    note: str
    group: UUID | None
    """The group that the customer is in."""
    created_at: At


class LotOut(Out):
    """Credits of one origin with one expiry, in the order in which payments use them."""

    origin: Origin
    remaining_minor: int
    held_minor: int
    """What of it is set aside for payments that wait for confirmation."""
    expires_at: At | None


class WalletOut(Out):
    """A credit account as it stands now. Amounts are minor units of credit."""

    id: UUID
    customer: UUID
    posted_minor: int
    """The balance; negative when the customer owes."""
    held_minor: int
    """Set aside for payments that wait for confirmation."""
    available_minor: int
    """What can be paid now: posted less held less floor."""
    floor_minor: int
    """How far below zero the balance may fall."""
    lots: list[LotOut]


class WalletChangesIn(Body):
    """What of a wallet changes."""

    floor_minor: Floor | None
    """Null: as the customer's group.
    Above today's balance it forgives nothing: payments are refused until the balance is above it again."""


class UseOut(Out):
    """What a movement took from a lot (negative) or brought to it."""

    origin: Origin
    expires_at: At | None
    amount_minor: int


class StatementLineOut(Out):
    """A movement of a wallet."""

    kind: Kind
    entry: UUID
    reverses: UUID | None
    """The entry that this one undoes, whole or in part."""
    payment: UUID | None
    """The payment that took the credits."""
    top_up: UUID | None
    """The top-up that brought them."""
    at: At
    amount_minor: int
    balance_minor: int
    """The balance after it."""
    reason: str
    uses: list[UseOut]


class GroupOut(Out):
    """Customers who have something in common: the employees of a company, the members of a club."""

    id: UUID
    name: str
    floor_minor: int | None
    """How far below zero its customers may go who have no minimum of their own; null: not below."""
    is_withdrawn: bool
    """Whether nobody is put into it any more."""


class GroupsOut(Out):
    """All groups of the programme, by name."""

    items: list[GroupOut]


GROUP: dict[str, Any] = {"id": examples.GROUP, "name": "Acme staff", "floor_minor": -50000, "is_withdrawn": False}
CUSTOMER: dict[str, Any] = {
    "id": examples.CUSTOMER,
    "wallet": examples.WALLET,
    "name": "Jana Nováková",
    "identifier": "E-1042",
    "email": "jana@example.com",
    "phone": "+420601234567",
    "language": "cs",
    "note": "",
    "group": None,
    "created_at": examples.AT,
}
WALLET: dict[str, Any] = {
    "id": examples.WALLET,
    "customer": examples.CUSTOMER,
    "posted_minor": 10450,
    "held_minor": 0,
    "available_minor": 10450,
    "floor_minor": 0,
    "lots": [
        {"origin": "bonus", "remaining_minor": 450, "held_minor": 0, "expires_at": examples.EXPIRES},
        {"origin": "purchased", "remaining_minor": 10000, "held_minor": 0, "expires_at": examples.EXPIRES},
    ],
}
LINE: dict[str, Any] = {
    "kind": "spend",
    "entry": examples.ENTRY,
    "reverses": None,
    "payment": examples.PAYMENT,
    "top_up": None,
    "at": examples.AT,
    "amount_minor": -550,
    "balance_minor": 10450,
    "reason": "",
    "uses": [{"origin": "bonus", "expires_at": examples.EXPIRES, "amount_minor": -550}],
}
CONTACT = ("customer_needs_contact", "customer_needs_name", "group_withdrawn", "phone_invalid", "value_invalid")


@router.get(
    "/customers",
    tags=["Customers"],
    **rest.operation(
        scope=Scope.CUSTOMERS_READ,
        summary="List or search customers",
        description="Customers by name, the anonymous ones last. With `search`, those of whom each word is in the "
        "name, identifier, e-mail or phone, or is the last four of a card.",
        answers={200: (Page[CustomerOut], examples.page(CUSTOMER))},
        refusals=("cursor_invalid",),
    ),
)
def list_customers(
    request: ApiRequest,
    page: Query[PageIn],
    search: Annotated[str, Query(max_length=100, pattern=LINE_PATTERN, description="Words to find.")] = "",
) -> HttpResponse:
    listing = Listing("customers", request.auth.caller.programme_id, search=search)
    found = queries.search(
        programme_id=request.auth.caller.programme_id,
        sought=queries.Sought(text=search),
        after=listing.position(page),
        limit=page.limit,
    )
    customers = [_customer(customer, queries.wallet_of(customer)) for customer in found.customers]
    return response(rest.done(listing.page(customers, next_position=found.after)))


@router.post(
    "/customers",
    tags=["Customers"],
    **rest.operation(
        scope=Scope.CUSTOMERS_WRITE,
        summary="Create a customer",
        description="A customer with an empty wallet. With a name there must be an e-mail address or a phone number; "
        "without one the customer is anonymous, known by a card alone.",
        body={
            "named": {"name": "Jana Nováková", "identifier": "E-1042", "email": "jana@example.com"},
            "postpaid": {"name": "Petr Dvořák", "phone": "+420601234567", "floor_minor": -50000},
            "anonymous": {},
        },
        answers={201: (CustomerOut, CUSTOMER)},
        refusals=("not_found", *CONTACT),
        idempotency=Idempotency.OPTIONAL,
        links={
            "customer": ("read_customer", {"customer": "$response.body#/id"}),
            "changes": ("change_customer", {"customer": "$response.body#/id"}),
            "wallet": ("read_wallet", {"wallet": "$response.body#/wallet"}),
            "statement": ("read_statement", {"wallet": "$response.body#/wallet"}),
        },
    ),
)
def create_customer(request: ApiRequest, body: CustomerIn) -> HttpResponse:
    def create(deed: Deed) -> Answer:
        told = _told(request, body)
        customer, wallet = actions.open_customer(programme=rest.programme(request), **told, deed=deed)
        return rest.created(_customer(customer, wallet), path=f"/api/v1/customers/{customer.public_id}")

    return rest.once(request, create)


@router.get(
    "/customers/{customer}",
    tags=["Customers"],
    **rest.operation(
        scope=Scope.CUSTOMERS_READ,
        summary="Read a customer",
        description="What is known of a customer, and the wallet they own.",
        answers={200: (CustomerOut, CUSTOMER)},
        links={"wallet": ("read_wallet", {"wallet": "$response.body#/wallet"})},
    ),
)
def read_customer(request: ApiRequest, customer: Id) -> HttpResponse:
    found = Customer.named(programme_id=request.auth.caller.programme_id, public_id=customer)
    return response(rest.done(_customer(found, queries.wallet_of(found))))


@router.patch(
    "/customers/{customer}",
    tags=["Customers"],
    **rest.operation(
        scope=Scope.CUSTOMERS_WRITE,
        summary="Change a customer",
        description="Changes what is told and leaves the rest. The customer must stay reachable if they have a name.",
        body={"moved": {"phone": "+421905123456", "language": "sk"}, "without_note": {"note": ""}},
        answers={200: (CustomerOut, CUSTOMER | {"phone": "+421905123456", "language": "sk"})},
        refusals=CONTACT,
    ),
)
def change_customer(request: ApiRequest, customer: Id, body: CustomerChangesIn) -> HttpResponse:
    found = Customer.named(programme_id=request.auth.caller.programme_id, public_id=customer)
    changed = actions.change_customer(customer=found, deed=rest.deed(request), **_told(request, body))
    return response(rest.done(_customer(changed, queries.wallet_of(changed))))


@router.get(
    "/customer-groups",
    tags=["Customers"],
    **rest.operation(
        scope=Scope.CUSTOMERS_READ,
        summary="List groups of customers",
        description="All groups by name, those that were withdrawn among them.",
        answers={200: (GroupsOut, {"items": [GROUP]})},
    ),
)
def list_groups(request: ApiRequest) -> HttpResponse:
    found = Group.objects.filter(programme_id=request.auth.caller.programme_id)
    return response(rest.done(GroupsOut(items=[_group(group) for group in found])))


@router.get(
    "/wallets/{wallet}",
    tags=["Wallets"],
    **rest.operation(
        scope=Scope.CUSTOMERS_READ,
        summary="Read a wallet's balance",
        description="Where the wallet stands now, and its lots in the order in which payments use them: earliest "
        "expiry first, bonus before purchased. What has expired by now is no longer counted.",
        answers={200: (WalletOut, WALLET)},
    ),
)
def read_wallet(request: ApiRequest, wallet: Id) -> HttpResponse:
    return response(rest.done(_wallet(_named_wallet(request, wallet), rest.deed(request).now)))


@router.patch(
    "/wallets/{wallet}",
    tags=["Wallets"],
    **rest.operation(
        scope=Scope.CUSTOMERS_WRITE,
        summary="Change a wallet's floor",
        description="Agrees how far below zero the balance may fall: 0 for prepaid, a negative number for postpaid.",
        body={"postpaid": {"floor_minor": -50000}, "prepaid": {"floor_minor": 0}},
        answers={200: (WalletOut, WALLET | {"floor_minor": -50000, "available_minor": 60450})},
    ),
)
def change_wallet(request: ApiRequest, wallet: Id, body: WalletChangesIn) -> HttpResponse:
    deed = rest.deed(request)
    changed = actions.set_floor(wallet=_named_wallet(request, wallet), floor_minor=body.floor_minor, deed=deed)
    return response(rest.done(_wallet(changed, deed.now)))


@router.get(
    "/wallets/{wallet}/statement",
    tags=["Wallets"],
    **rest.operation(
        scope=Scope.CUSTOMERS_READ,
        summary="Read a wallet's statement",
        description="Every movement of the wallet, newest first, with the balance after it and the lots that it used.",
        answers={200: (Page[StatementLineOut], examples.page(LINE))},
        refusals=("cursor_invalid",),
    ),
)
def read_statement(request: ApiRequest, wallet: Id, page: Query[PageIn]) -> HttpResponse:
    found = _named_wallet(request, wallet)
    listing = Listing("statement", found.programme_id, wallet=found.id)
    lines = ledger.statement(
        programme_id=found.programme_id, wallet=found.id, before=listing.position(page), limit=page.limit + 1
    )
    shown, position = listing.page_of(lines, page, at=lambda line: line.sequence)
    return response(rest.done(listing.page([_line(line) for line in shown], next_position=position)))


def _told(request: ApiRequest, body: CustomerIn | CustomerChangesIn) -> Any:
    """What the body tells of a customer, with the group that it names."""
    told = body.model_dump(exclude_unset=True)
    if told.get("group") is not None:
        told["group"] = Group.named(programme_id=request.auth.caller.programme_id, public_id=told["group"])
    return told


def _named_wallet(request: ApiRequest, wallet: UUID) -> Wallet:
    return Wallet.named(programme_id=request.auth.caller.programme_id, public_id=wallet)


def _customer(customer: Customer, wallet: Wallet) -> CustomerOut:
    return CustomerOut(
        id=customer.public_id,
        wallet=wallet.public_id,
        name=customer.name,
        identifier=customer.identifier,
        email=customer.email,
        phone=customer.phone,
        language=customer.language,
        note=customer.note,
        group=None if customer.group_id is None else ids.public(Group.kind, customer.group_id),
        created_at=customer.created_at,
    )


def _group(group: Group) -> GroupOut:
    return GroupOut(
        id=group.public_id,
        name=group.name,
        floor_minor=group.floor_minor,
        is_withdrawn=group.withdrawn_at is not None,
    )


def _wallet(wallet: Wallet, now: datetime) -> WalletOut:
    seen = ledger.look(programme_id=wallet.programme_id, wallet=wallet.id, now=now)
    stands = seen.standing
    return WalletOut(
        id=wallet.public_id,
        customer=ids.public(Customer.kind, wallet.owner_id),
        posted_minor=stands.posted_minor,
        held_minor=stands.held_minor,
        available_minor=stands.available_minor,
        floor_minor=stands.floor_minor,
        lots=[
            LotOut(
                origin=lot.origin,
                remaining_minor=lot.remaining_minor,
                held_minor=lot.held_minor,
                expires_at=lot.expires_at,
            )
            for lot in seen.lots
        ],
    )


def _line(line: ledger.Line) -> StatementLineOut:
    return StatementLineOut(
        kind=line.kind,
        entry=_public("entry", line.entry_id),
        reverses=_public("entry", line.reverses),
        # A payment goes by its entry's id, or by that of the hold from which it was captured.
        payment=_public("payment", line.hold or line.entry_id) if line.kind in {Kind.SPEND, Kind.CAPTURE} else None,
        top_up=_public("top_up", line.entry_id) if line.kind is Kind.TOP_UP else None,
        at=line.at,
        amount_minor=line.amount_minor,
        balance_minor=line.balance_minor,
        reason=line.reason,
        uses=[UseOut(origin=use.origin, expires_at=use.expires_at, amount_minor=use.amount_minor) for use in line.uses],
    )


def _public(kind: str, row_id: int | None) -> Any:
    return None if row_id is None else ids.public(kind, row_id)
