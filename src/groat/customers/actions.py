"""What is done to customers and, by hand, to their wallets."""

from datetime import datetime
from typing import Any, Unpack

from django.db import transaction

from groat.customers import rules
from groat.customers import writing as people
from groat.customers.changes import CustomerChanges
from groat.customers.models import Customer, Group, Wallet
from groat.ledger import queries as ledger
from groat.ledger.core import commands
from groat.ledger.core.refusals import AlreadyPast
from groat.programmes import audit, writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme
from groat.programmes.rules import checked_reason

PERSON = tuple(name for name in CustomerChanges.__annotations__ if name != "group")
"""What a person types of a customer."""


@transaction.atomic
def open_customer(
    *,
    programme: Programme,
    name: str = "",
    identifier: str = "",
    email: str = "",
    phone: str = "",
    language: str = "",
    note: str = "",
    group: Group | None = None,
    floor_minor: int | None = None,
    deed: Deed,
) -> tuple[Customer, Wallet]:
    """As `writing.open_customer`."""
    return people.open_customer(
        programme=programme,
        name=name,
        identifier=identifier,
        email=email,
        phone=phone,
        language=language,
        note=note,
        group=group,
        floor_minor=floor_minor,
        deed=deed,
    )


@transaction.atomic
def change_customer(*, customer: Customer, deed: Deed, **changes: Unpack[CustomerChanges]) -> Customer:
    """Change what is known of a customer; what is not told stays as it is by now.

    Who changes the group and has no minimum balance of their own gets the new group's. Refusals: InvalidPhone,
    NameMissing, Unreachable, InvalidValue, GroupWithdrawn, NotFound.
    """
    groups = people.lock_groups(customer.programme_id) if "group" in changes else {}
    customer = writing.locked(customer)
    # What stays is read from the locked row: of two changes at once neither undoes the other.
    asked: dict[str, Any] = {name: getattr(customer, name) for name in PERSON}
    typed = {name: value for name, value in changes.items() if name != "group"}
    fields: dict[str, Any] = dict(people.as_kept(customer.programme, **asked | typed))
    if "group" in changes:
        fields["group"] = people.move(customer=customer, group=changes["group"], groups=groups, deed=deed)
    told = writing.change(customer, fields)
    if told:
        audit.write(
            programme_id=customer.programme_id,
            deed=deed,
            action="customer.changed",
            subject=customer,
            subject_name=str(customer),
            # What changed, not from what to what: the trail stays when the person is forgotten.
            details={"fields": sorted(told.keys() - {"search"})},
        )
    return customer


@transaction.atomic
def set_floor(*, wallet: Wallet, floor_minor: int | None, deed: Deed) -> Wallet:
    """Agree how far below zero a wallet may go: 0 is prepaid, a negative number postpaid; None: as its group.

    Refusal: InvalidAmount.
    """
    has_own_floor = floor_minor is not None
    groups = people.lock_groups(wallet.programme_id)
    wallet = (
        Wallet.objects.select_for_update(of=("self", "owner")).select_related("owner", "programme").get(pk=wallet.pk)
    )
    if floor_minor is None:
        floor_minor = rules.floor_of(groups.get(wallet.owner.group_id or 0))
    before = ledger.balance(programme_id=wallet.programme_id, wallet=wallet.id, now=deed.now).floor_minor
    agreed_minor = None
    if wallet.overdue_since is not None:
        # Counts once the debt is settled; until then the book's floor stays zero.
        before = (wallet.agreed_floor_minor or 0) if wallet.has_own_floor else before
        agreed_minor = floor_minor if has_own_floor else None
    with writing.sensible_amounts():
        booked_minor = 0 if wallet.overdue_since is not None else floor_minor
        commands.SetFloor(wallet.id, floor_minor)
        command = commands.SetFloor(wallet.id, booked_minor, actor=deed.actor.code)
    if floor_minor != before or has_own_floor != wallet.has_own_floor:
        writing.change(wallet, {"has_own_floor": has_own_floor, "agreed_floor_minor": agreed_minor})
        told = {"floor_minor": [before, floor_minor]}
        people.post(wallet=wallet, command=command, action="wallet.floor_set", details=told, deed=deed)
    return wallet


@transaction.atomic
def adjust(*, wallet: Wallet, amount_minor: int, reason: str, expires_at: datetime | None = None, deed: Deed) -> Wallet:
    """Put a balance right by hand: a positive amount gives credits, a negative one takes them.

    Refusals: InvalidAmount, ReasonMissing, AlreadyPast, InsufficientCredit.
    """
    reason = checked_reason(reason)
    with writing.sensible_amounts():
        command = commands.Adjust(wallet.id, amount_minor, reason=reason, actor=deed.actor.code, expires_at=expires_at)
    told = {"amount_minor": amount_minor, "reason": reason}
    people.post(wallet=wallet, command=command, action="wallet.adjusted", details=told, deed=deed)
    return wallet


@transaction.atomic
def write_off(*, wallet: Wallet, amount_minor: int | None = None, reason: str, deed: Deed) -> Wallet:
    """Forgive a wallet's debt, or a part of it. Refusals: InvalidAmount, ReasonMissing, NoDebt."""
    reason = checked_reason(reason)
    with writing.sensible_amounts():
        command = commands.WriteOff(wallet.id, reason=reason, actor=deed.actor.code, amount_minor=amount_minor)
    before = ledger.balance(programme_id=wallet.programme_id, wallet=wallet.id, now=deed.now)
    told = {"amount_minor": amount_minor or -before.posted_minor, "reason": reason}
    people.post(wallet=wallet, command=command, action="wallet.written_off", details=told, deed=deed)
    return wallet


@transaction.atomic
def transfer(*, source: Wallet, target: Wallet, amount_minor: int, reason: str, deed: Deed) -> Wallet:
    """Move credits to another wallet of the programme, with their origins and dates; returns the source.

    Refusals: InvalidAmount, ReasonMissing, SameWallet, NotFound, InsufficientCredit.
    """
    writing.same_programme(source, target)
    if source.pk == target.pk:
        raise rules.SameWallet
    reason = checked_reason(reason)
    with writing.sensible_amounts():
        command = commands.Transfer(source.id, target.id, amount_minor, actor=deed.actor.code, reason=reason)
    told = {"amount_minor": amount_minor, "target": str(target.public_id), "reason": reason}
    people.post(wallet=source, command=command, action="wallet.transferred", details=told, deed=deed)
    return source


@transaction.atomic
def extend(*, wallet: Wallet, expires_at: datetime | None, reason: str, deed: Deed) -> Wallet:
    """Move the expiry of the wallet's unexpired purchased credits forward, never backward; None: they no longer expire.

    Refusals: ReasonMissing, AlreadyPast.
    """
    reason = checked_reason(reason)
    # The book would move nothing, for it never moves an expiry back.
    if expires_at is not None and expires_at <= deed.now:
        raise AlreadyPast
    command = commands.Extend(wallet.id, expires_at, actor=deed.actor.code, reason=reason)
    told = {"expires_at": expires_at.isoformat() if expires_at else None, "reason": reason}
    people.post(wallet=wallet, command=command, action="wallet.extended", details=told, deed=deed)
    return wallet
