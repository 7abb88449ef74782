"""What is done to many customers at once, and undone: each in one transaction, whoever they are."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import batched
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_datetime

from groat.customers import queries, rules
from groat.customers import writing as people
from groat.customers.models import Customer, Group, MassChange
from groat.customers.queries import Sought
from groat.programmes import audit, writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme
from groat.programmes.rules import InvalidValue, checked_reason

AT_ONCE = 5000
"""Rows that one statement names."""


@transaction.atomic
def block(*, programme: Programme, sought: Sought, expected: int, reason: str, deed: Deed) -> MassChange:
    """Let none of their cards pay any more. Who is blocked already stays so, with the earlier reason.

    `expected` is the number that a person has confirmed. Refusals: ReasonMissing, NotSoMany.
    """
    values = {"blocked_at": deed.now, "block_reason": checked_reason(reason)}
    change = _change(programme, sought, expected, "block", values, deed)
    return _noted(change, "blocked", deed, {"reason": values["block_reason"]})


@transaction.atomic
def unblock(*, programme: Programme, sought: Sought, expected: int, deed: Deed) -> MassChange:
    """Let their cards pay again. Refusal: NotSoMany."""
    values = {"blocked_at": None, "block_reason": ""}
    return _noted(_change(programme, sought, expected, "unblock", values, deed), "unblocked", deed, {})


@transaction.atomic
def set_language(*, programme: Programme, sought: Sought, expected: int, language: str, deed: Deed) -> MassChange:
    """Write to them in this language; empty for the programme's. Refusals: InvalidValue, NotSoMany."""
    if language not in people.LANGUAGES:
        raise InvalidValue("language", "invalid_choice")
    change = _change(programme, sought, expected, "language", {"language": language}, deed)
    return _noted(change, "language_set", deed, {"language": language})


@transaction.atomic
def put_into_group(
    *, programme: Programme, sought: Sought, expected: int, group: Group | None, deed: Deed
) -> MassChange:
    """Put them into a group, or into none; who has no minimum balance of their own gets the group's.

    Refusals: NotFound, GroupWithdrawn, NotSoMany.
    """
    groups = people.lock_groups(programme.id)
    if group is not None:
        group = people.joinable(programme, groups.get(group.pk, group))
    values = {"group_id": group.pk if group else None}
    change = _change(programme, sought, expected, "group", values, deed)
    _follow(programme, {int(one): before[0] for one, before in change.before.items()}, group, groups, deed)
    return _noted(change, "grouped", deed, {"group": group.name if group else ""})


@transaction.atomic
def undo(*, change: MassChange, deed: Deed) -> MassChange:
    """Give back what stood there before, to whom it was not changed again since. Refusal: AlreadyUndone."""
    groups = people.lock_groups(change.programme_id) if change.what == "group" else {}
    change = writing.locked(change)
    if change.undone_at is not None:
        raise rules.AlreadyUndone
    writing.change(change, {"undone_at": deed.now})
    after = _unpacked(change.after)
    by_value: dict[tuple[Any, ...], list[int]] = {}
    for one, before in change.before.items():
        by_value.setdefault(tuple(before), []).append(int(one))
    for before, names in by_value.items():
        values = _unpacked(dict(zip(change.after, before, strict=True)))
        for some in batched(sorted(names), AT_ONCE):
            same = Customer.objects.filter(programme_id=change.programme_id, pk__in=some, **after)
            moved = list(same.select_for_update().order_by("pk").values_list("pk", flat=True))
            Customer.objects.filter(pk__in=moved).update(**values)
            if change.what == "group":
                group = groups.get(values["group_id"] or 0)
                _follow(change.programme, dict.fromkeys(moved, after["group_id"]), group, groups, deed)
    return _noted(change, "undone", deed, {"what": change.what})


def _change(
    programme: Programme, sought: Sought, expected: int, what: str, values: dict[str, Any], deed: Deed
) -> MassChange:
    """Give all of them these values, and keep what stood there before."""
    rows = queries.found(programme_id=programme.id, sought=sought)
    locked = rows.select_for_update(of=("self",)).order_by("pk").values_list("pk", *values)
    new = list(values.values())
    before: dict[str, list[Any]] = {}
    count = 0
    for one, *old in locked:
        count += 1
        if old != new and not (what == "block" and old[0] is not None):
            before[str(one)] = [_packed(value) for value in old]
    if count != expected:
        raise rules.NotSoMany(count)
    for some in _names(before):
        Customer.objects.filter(pk__in=some).update(**values)
    change = MassChange(
        id=deed.mint(),
        programme=programme,
        what=what,
        before=before,
        after={name: _packed(value) for name, value in values.items()},
        at=deed.now,
    )
    change.save(force_insert=True)
    return change


def _names(before: dict[str, Any]) -> Iterator[Sequence[int]]:
    return batched((int(one) for one in before), AT_ONCE)


def _follow(
    programme: Programme, moved: dict[int, int | None], group: Group | None, groups: dict[int, Group], deed: Deed
) -> None:
    """Give the group's floor to those who come from another floor and have none of their own."""
    floor_minor = rules.floor_of(group)
    other = [one for one, before in moved.items() if rules.floor_of(groups.get(before or 0)) != floor_minor]
    for some in batched(sorted(other), AT_ONCE):
        wallets = people.following(programme.id).filter(owner_id__in=some).order_by("pk").select_for_update()
        names = list(wallets.values_list("pk", flat=True))
        people.follow(programme_id=programme.id, wallets=names, floor_minor=floor_minor, deed=deed)


def _noted(change: MassChange, done: str, deed: Deed, details: dict[str, Any]) -> MassChange:
    """Note it: of a single customer by name, of several by their number."""
    one = (
        Customer.objects.filter(pk__in=[int(name) for name in change.before]).first()
        if len(change.before) == 1
        else None
    )
    audit.write(
        programme_id=change.programme_id,
        deed=deed,
        action=f"{'customers' if one is None else 'customer'}.{done}",
        subject=one or change,
        subject_name=str(one or len(change.before)),
        details={"customers": len(change.before)} | details,
    )
    return change


def _packed(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _unpacked(values: dict[str, Any]) -> dict[str, Any]:
    return {name: parse_datetime(value) if name == "blocked_at" and value else value for name, value in values.items()}
