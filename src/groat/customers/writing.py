"""How customers and their wallets come to be. Everything here demands a transaction."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from groat.customers import rules
from groat.customers.models import Customer, Group, Wallet
from groat.errors import NotFound
from groat.ledger import book
from groat.ledger.core import commands
from groat.ledger.core.decide import Accepted
from groat.ledger.models import Balance
from groat.programmes import audit, writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme

LANGUAGES = ("", "en", "cs", "sk")
"""In which customers are written to; empty for the programme's."""
AT_ONCE = 1000
"""Wallets that one round of the book takes: a bound on memory, not on the transaction."""


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
    """A new customer with an empty wallet that may fall to `floor_minor` (0, or negative); anonymous without a name.

    Without a floor of its own the wallet has the group's, or zero. Refusals: InvalidPhone, NameMissing, Unreachable,
    InvalidValue, InvalidAmount, GroupWithdrawn, NotFound.
    """
    writing.demand_transaction()
    if group is not None:
        # Locked, so that its floor does not change between reading it and having one more customer.
        group = joinable(programme, writing.locked(group))
    customer = Customer(id=deed.mint(), programme=programme, group=group, created_at=deed.now)
    fields = as_kept(
        programme, name=name, identifier=identifier, email=email, phone=phone, language=language, note=note
    )
    for field, value in fields.items():
        setattr(customer, field, value)
    writing.checked(customer).save(force_insert=True)
    has_own_floor = floor_minor is not None
    wallet = Wallet(
        id=deed.mint(), programme=programme, owner=customer, has_own_floor=has_own_floor, created_at=deed.now
    )
    wallet.save(force_insert=True)
    if floor_minor is None:
        floor_minor = rules.floor_of(group)
    with writing.sensible_amounts():
        book.open_account(programme_id=programme.id, account=wallet.id, now=deed.now, floor_minor=floor_minor)
    audit.write(
        programme_id=programme.id,
        deed=deed,
        action="customer.opened",
        subject=customer,
        subject_name=str(customer),
        details={"floor_minor": floor_minor} if floor_minor else None,
    )
    return customer, wallet


def joinable(programme: Programme, group: Group) -> Group:
    """The group, if customers may be put into it. Refusals: NotFound, GroupWithdrawn."""
    if group.programme_id != programme.id:
        raise NotFound
    if group.withdrawn_at is not None:
        raise rules.GroupWithdrawn(group.name)
    return group


def lock_groups(programme_id: int) -> dict[int, Group]:
    """All groups of the programme, locked: who joins, who leaves and what a group's floor is then wait for each other.

    Before customers and wallets, in ascending order.
    """
    writing.demand_transaction()
    return {
        group.id: group for group in Group.objects.filter(programme_id=programme_id).order_by("pk").select_for_update()
    }


def move(*, customer: Customer, group: Group | None, groups: dict[int, Group], deed: Deed) -> Group | None:
    """The group that a locked customer is to be in; wallets without a floor of their own get its floor.

    `groups` is what `lock_groups` gave. Refusals: NotFound, GroupWithdrawn.
    """
    if group is not None:
        if group.pk not in groups:
            raise NotFound
        group = groups[group.pk]
        if group.pk != customer.group_id:
            joinable(customer.programme, group)
    before = groups.get(customer.group_id or 0)
    if rules.floor_of(before) != rules.floor_of(group):
        wallets = following(customer.programme_id).select_for_update().filter(owner=customer).order_by("pk")
        follow(
            programme_id=customer.programme_id,
            wallets=[wallet.pk for wallet in wallets],
            floor_minor=rules.floor_of(group),
            deed=deed,
        )
    return group


def following(programme_id: int) -> QuerySet[Wallet]:
    """The wallets that have their group's floor now: none of their own, and no debt that was not settled in time."""
    return Wallet.objects.filter(programme_id=programme_id, has_own_floor=False, overdue_since=None)


def stop_credit(*, programme_id: int, wallets: Iterable[int], deed: Deed) -> int:
    """Let wallets owe nothing more until `restore_credit`: their floor is zero, and what was agreed is remembered.

    What is owed stays owed. Returns how many there were of which this was not so already.
    """
    writing.demand_transaction()
    rows = Wallet.objects.filter(programme_id=programme_id, pk__in=list(wallets), overdue_since=None)
    stopped = list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))
    own = Balance.objects.filter(programme=programme_id, account__in=[row.pk for row in stopped if row.has_own_floor])
    floors = dict(own.values_list("account", "floor_minor"))
    for row in stopped:
        row.overdue_since, row.agreed_floor_minor = deed.now, floors.get(row.pk)
    Wallet.objects.bulk_update(stopped, ["overdue_since", "agreed_floor_minor"], batch_size=AT_ONCE)
    follow(programme_id=programme_id, wallets=[row.pk for row in stopped], floor_minor=0, deed=deed)
    return len(stopped)


def restore_credit(*, programme_id: int, wallets: Iterable[int], deed: Deed) -> int:
    """Let wallets owe again as far as was agreed, or as their groups say by now; returns how many could not."""
    groups = lock_groups(programme_id)
    rows = Wallet.objects.filter(programme_id=programme_id, pk__in=list(wallets), overdue_since__isnull=False)
    stopped = list(rows.select_for_update(of=("self",), no_key=True).select_related("owner").order_by("pk"))
    by_floor: dict[int, list[int]] = {}
    for row in stopped:
        floor_minor = (
            row.agreed_floor_minor if row.has_own_floor else rules.floor_of(groups.get(row.owner.group_id or 0))
        )
        by_floor.setdefault(floor_minor or 0, []).append(row.pk)
        row.overdue_since, row.agreed_floor_minor = None, None
    Wallet.objects.bulk_update(stopped, ["overdue_since", "agreed_floor_minor"], batch_size=AT_ONCE)
    for floor_minor, names in by_floor.items():
        follow(programme_id=programme_id, wallets=names, floor_minor=floor_minor, deed=deed)
    return len(stopped)


def follow(*, programme_id: int, wallets: Iterable[int], floor_minor: int, deed: Deed) -> None:
    """Give wallets this floor, all in one go."""
    orders: list[commands.Command] = [
        commands.SetFloor(wallet, floor_minor, actor=deed.actor.code) for wallet in sorted(wallets)
    ]
    for start in range(0, len(orders), AT_ONCE):
        book.post_many(programme_id=programme_id, batch=orders[start : start + AT_ONCE], now=deed.now, mint=deed.mint)


def as_kept(
    programme: Programme, *, name: str, identifier: str, email: str, phone: str, language: str, note: str
) -> dict[str, str]:
    """The fields of a customer as they are kept, from what a person typed; refuses what cannot be."""
    region = rules.region(time_zone=programme.time_zone, currency=programme.currency, language=programme.language)
    name, identifier, email = " ".join(name.split()), identifier.strip(), email.strip()
    phone = rules.normalised_phone(phone, region) if phone.strip() else ""
    rules.check_reachable(name=name, identifier=identifier, email=email, phone=phone)
    search = rules.search_text(name=name, identifier=identifier, email=email, phone=phone)
    return {
        "name": name,
        "identifier": identifier,
        "email": email,
        "phone": phone,
        "language": language,
        "note": note.strip(),
        "search": search,
    }


def post(*, wallet: Wallet, command: commands.Command, action: str, details: dict[str, Any], deed: Deed) -> Accepted:
    """Give the book a command on a wallet, and note it in the audit trail. Raises the ledger's refusals."""
    done = book.post(programme_id=wallet.programme_id, command=command, now=deed.now, mint=deed.mint)
    audit.write(
        programme_id=wallet.programme_id,
        deed=deed,
        action=action,
        subject=wallet,
        subject_name=str(wallet.owner),
        details=details,
    )
    return done
