"""Bringing customers, and what they did before Groat, along from elsewhere.

A file is taken apart into rows; then its columns are chosen, its rows checked, and when a person has
confirmed it they are imported. Check and import go on part by part, each in a transaction of its own
that also notes how far it came: so they may be cut off anywhere, and go on from there.
"""

import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import batched, islice
from typing import IO

from django.db import IntegrityError, transaction

from groat.customers import import_files, import_writing
from groat.customers import import_rules as rules
from groat.customers import writing as people
from groat.customers.import_rules import Kind
from groat.customers.import_writing import CustomerRows, Fault, Outcome
from groat.customers.models import Import, ImportFault, ImportPart, ImportState
from groat.programmes import audit, writing
from groat.programmes.deeds import Actor, Deed
from groat.programmes.models import Programme

PART = 1000
"""Rows that are done at once: a bound on memory, and on how long others wait."""
KEPT = timedelta(days=7)
"""How long what nobody goes on with is kept."""
UNDER_WAY = (ImportState.CHECKING, ImportState.RUNNING)


@transaction.atomic
def take_apart(*, programme: Programme, what: str, file: IO[bytes], file_name: str, size: int, deed: Deed) -> Import:
    """Keep a file's rows, and guess what its columns mean. Refusals: FileUnreadable, FileTooLarge."""
    if size > rules.MOST_MEGABYTES * 1024 * 1024:
        raise rules.FileTooLarge(rules.MOST_ROWS, rules.MOST_MEGABYTES)
    rows = import_files.rows(file)
    headings = next((row for row in rows if any(row)), None)
    if headings is None:
        raise rules.FileUnreadable
    kind = Kind(what)
    row = Import(
        id=deed.mint(),
        programme=programme,
        what=kind.value,
        file_name=file_name[-120:],
        headings=[heading[:120] for heading in headings[:100]],
        mapping=rules.guessed(kind, headings[:100]),
        actor=deed.actor.code,
        at=deed.now,
    )
    row.save(force_insert=True)
    for number, (first, cells) in enumerate(_parts(rows)):
        ImportPart.objects.create(
            id=deed.mint(), programme=programme, of=row, number=number, first_row=first, cells=cells
        )
        row.rows += len(cells)
        row.parts = number + 1
        if row.rows > rules.MOST_ROWS:
            raise rules.FileTooLarge(rules.MOST_ROWS, rules.MOST_MEGABYTES)
    if not row.rows:
        raise rules.FileUnreadable
    row.save(update_fields=["rows", "parts"])
    return row


def _parts(rows: Iterator[list[str]]) -> Iterator[tuple[int, list[list[str]]]]:
    """Rows in parts, each with the number of its first one; an empty row keeps its number."""
    first = 2
    for some in batched(rows, PART):
        yield first, [row[:100] if any(row) else [] for row in some]
        first += len(some)


@transaction.atomic
def check(*, row: Import, mapping: list[str], deed: Deed) -> Import:
    """Begin to check the rows, whose columns mean this. Refusals: ColumnTwice, ColumnMissing, ImportNotReady."""
    row = _in(row, ImportState.MAPPING, ImportState.CHECKED)
    kind = Kind(row.what)
    known = [field if field in rules.FIELDS[kind] else "" for field in mapping[: len(row.headings)]]
    rules.checked_mapping(kind, known)
    _begin(row, ImportState.CHECKING, mapping=known, actor=deed.actor.code)
    return row


@transaction.atomic
def choose_again(*, row: Import, deed: Deed) -> Import:
    """Go back to the columns. Refusal: ImportNotReady."""
    row = _in(row, ImportState.CHECKED)
    _begin(row, ImportState.MAPPING, actor=deed.actor.code)
    return row


@transaction.atomic
def confirm(*, row: Import, deed: Deed) -> Import:
    """Begin the import. Refusals: ImportNotReady, ImportRuns."""
    row = _in(row, ImportState.CHECKED)
    try:
        with transaction.atomic():
            _begin(row, ImportState.RUNNING, actor=deed.actor.code)
    except IntegrityError as error:
        raise rules.ImportRuns from error
    _note(row, "import.confirmed", deed)
    return row


@transaction.atomic
def discard(*, row: Import, deed: Deed) -> Import:
    """Import nothing of it, and forget the rows. Refusal: ImportNotReady."""
    row = _in(row, ImportState.MAPPING, ImportState.CHECKING, ImportState.CHECKED)
    _end(row, ImportState.DISCARDED, deed)
    return row


def go_on(*, deed: Deed, only: Import | None = None, seconds: float = 4.0) -> int:
    """Go on with whatever is under way, or one of them, for about so long; returns how many parts were done."""
    until, done = time.monotonic() + seconds, 0
    under_way = Import.objects.filter(state__in=UNDER_WAY).order_by("pk")
    for name in (
        under_way.filter(pk=only.pk).values_list("pk", flat=True) if only else under_way.values_list("pk", flat=True)
    ):
        while time.monotonic() < until and step(name=name, deed=deed):
            done += 1
    return done


@transaction.atomic
def step(*, name: int, deed: Deed) -> bool:
    """Do the next part of an import; False when it has ended, or when somebody else is at it."""
    waiting = Import.objects.filter(pk=name, state__in=UNDER_WAY)
    row = waiting.select_for_update(of=("self",), skip_locked=True).select_related("programme").first()
    if row is None:
        return False
    part = ImportPart.objects.get(of=row, number=row.parts_done)
    rows = [
        (part.first_row + place, rules.named(cells, row.mapping)) for place, cells in enumerate(part.cells) if cells
    ]
    outcome = _done(row, rows, Deed(Actor(row.actor, ""), deed.now, deed.mint))
    _keep_faults(row, outcome.faults, deed)
    row.parts_done += 1
    row.made, row.changed = row.made + outcome.made, row.changed + outcome.changed
    row.unchanged, row.refused = row.unchanged + outcome.unchanged, row.refused + len(outcome.faults)
    row.save(update_fields=["parts_done", "made", "changed", "unchanged", "refused"])
    if row.parts_done == row.parts:
        if row.state == ImportState.CHECKING:
            row.state = ImportState.CHECKED
            row.save(update_fields=["state"])
        else:
            _end(row, ImportState.DONE, deed)
    return True


def _done(row: Import, rows: list[tuple[int, dict[str, str]]], deed: Deed) -> Outcome:
    """Do it, or only say what would be done while it is being checked."""
    programme, writes = row.programme, row.state == ImportState.RUNNING
    groups = people.lock_groups(programme.id) if "group" in row.mapping else {}
    reader = CustomerRows(programme, deed, groups)
    if row.what == Kind.MOVEMENTS:
        moved, faults = import_writing.plan_movements(programme, rows, reader.phone)
        again, new = import_writing.told_apart(programme, moved, seen_in=row.pk, deed=deed)
        if writes:
            import_writing.write_movements(again, new, seen_in=row.pk)
        return Outcome(made=len(new), unchanged=len(moved) - len(new), faults=faults)
    planned, outcome = reader.plan(rows)
    if writes:
        outcome.faults += import_writing.write_customers(programme, planned, deed)
    return outcome


def _keep_faults(row: Import, faults: list[Fault], deed: Deed) -> None:
    ImportFault.objects.bulk_create(
        ImportFault(
            id=deed.mint(),
            programme_id=row.programme_id,
            of=row,
            row=fault.row,
            column=fault.column,
            refusal=fault.refusal.code,
            facts=fault.refusal.facts(),
        )
        for fault in faults
    )


def _in(row: Import, *states: ImportState) -> Import:
    row = writing.locked(row)
    if row.state not in states:
        raise rules.ImportNotReady
    return row


def _begin(row: Import, state: ImportState, **values: object) -> None:
    ImportFault.objects.filter(of=row).delete()
    fresh = dict.fromkeys(("parts_done", "made", "changed", "unchanged", "refused"), 0)
    for name, value in {**fresh, **values, "state": state}.items():
        setattr(row, name, value)
    row.save(update_fields=[*fresh, *values, "state"])


def _end(row: Import, state: ImportState, deed: Deed) -> None:
    """Forget the rows, which are about people."""
    ImportPart.objects.filter(of=row).delete()
    row.state, row.ended_at = state, deed.now
    row.save(update_fields=["state", "ended_at"])
    if state is ImportState.DONE:
        counts = {name: getattr(row, name) for name in ("made", "changed", "unchanged", "refused")}
        _note(row, "import.done", deed, counts)


def _note(row: Import, action: str, deed: Deed, details: dict[str, int] | None = None) -> None:
    audit.write(
        programme_id=row.programme_id,
        deed=deed,
        action=action,
        subject=row,
        subject_name=row.file_name,
        details=details,
    )


@transaction.atomic
def forget(*, deed: Deed) -> int:
    """Discard what nobody went on with, and forget the rows that were refused long ago. The worker's job."""
    old = Import.objects.select_for_update().filter(at__lt=deed.now - KEPT).order_by("pk")
    left = list(old.filter(state__in=[ImportState.MAPPING, ImportState.CHECKED])[:20])
    for row in left:
        _end(row, ImportState.DISCARDED, deed)
    over = Import.objects.filter(ended_at__lt=deed.now - KEPT, refused__gt=0).values_list("pk", flat=True)
    forgotten, _ = ImportFault.objects.filter(of__in=list(islice(over, 100))).delete()
    return len(left) + forgotten
