"""What is done to groups of customers."""

from typing import Any, Unpack

from django.db import transaction

from groat.customers import rules
from groat.customers import writing as people
from groat.customers.changes import GroupChanges
from groat.customers.models import Group
from groat.ledger.core import commands
from groat.programmes import audit, writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme
from groat.programmes.rules import NameTaken


@transaction.atomic
def add_group(*, programme: Programme, name: str, note: str = "", floor_minor: int | None = None, deed: Deed) -> Group:
    """A new group with nobody in it. Refusals: NameTaken, InvalidValue, InvalidAmount."""
    _check_floor(floor_minor)
    group = Group(
        id=deed.mint(),
        programme=programme,
        name=" ".join(name.split()),
        note=note.strip(),
        floor_minor=floor_minor,
        created_at=deed.now,
    )
    with writing.unless_taken(NameTaken(group.name), "one_group_a_name"):
        writing.checked(group).save(force_insert=True)
    _note(group, "group.added", deed, {"floor_minor": floor_minor} if floor_minor else None)
    return group


@transaction.atomic
def change_group(*, group: Group, deed: Deed, **changes: Unpack[GroupChanges]) -> Group:
    """Change what is known of a group. A new floor is at once that of all in it who have none of their own.

    Refusals: NameTaken, InvalidValue, InvalidAmount.
    """
    fields: dict[str, Any] = dict(changes)
    for name in {"name", "note"} & fields.keys():
        fields[name] = " ".join(fields[name].split()) if name == "name" else fields[name].strip()
    _check_floor(fields.get("floor_minor"))
    group = people.lock_groups(group.programme_id)[group.pk]
    before = rules.floor_of(group)
    with writing.unless_taken(NameTaken(fields.get("name", group.name)), "one_group_a_name"):
        told: dict[str, Any] = dict(writing.change(group, fields))
    if rules.floor_of(group) != before:
        told["customers"] = _let_follow(group, deed)
    if told:
        told.pop("note", None)
        _note(group, "group.changed", deed, told)
    return group


@transaction.atomic
def withdraw(*, group: Group, deed: Deed) -> Group:
    """Put nobody into the group any more. Who is in it stays, with its minimum balance."""
    group = writing.locked(group)
    if group.withdrawn_at is None:
        writing.change(group, {"withdrawn_at": deed.now})
        _note(group, "group.withdrawn", deed)
    return group


@transaction.atomic
def restore(*, group: Group, deed: Deed) -> Group:
    """Let customers be put into the group again."""
    group = writing.locked(group)
    if group.withdrawn_at is not None:
        writing.change(group, {"withdrawn_at": None})
        _note(group, "group.restored", deed)
    return group


def _let_follow(group: Group, deed: Deed) -> int:
    """Give the group's floor to all its wallets that have none of their own; says to how many."""
    # Owners too: who leaves at this moment is waited for, and then is no longer found.
    wallets = (
        people.following(group.programme_id)
        .filter(owner__group=group)
        .select_for_update(of=("self", "owner"))
        .order_by("pk")
    )
    names = [wallet.pk for wallet in wallets.select_related("owner").only("id", "owner__id")]
    people.follow(programme_id=group.programme_id, wallets=names, floor_minor=rules.floor_of(group), deed=deed)
    return len(names)


def _check_floor(floor_minor: int | None) -> None:
    with writing.sensible_amounts():
        commands.SetFloor(0, floor_minor or 0)


def _note(group: Group, action: str, deed: Deed, details: dict[str, Any] | None = None) -> None:
    audit.write(
        programme_id=group.programme_id,
        deed=deed,
        action=action,
        subject=group,
        subject_name=group.name,
        details=details,
    )
