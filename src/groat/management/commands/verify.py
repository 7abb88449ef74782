"""`groat verify`: whether the books are right."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from groat.ledger import verify as ledger
from groat.programmes import trail
from groat.programmes.models import Programme
from groat.reports import verify as reports
from groat.till import verify as till

CHECKS = (*ledger.CHECKS, *till.CHECKS, *reports.CHECKS)


class Command(BaseCommand):
    help = (
        "Compute the books anew and compare: "
        "the seal's chain, sums, balances, lots, holds, floors, payments, the audit trail, figures. "
        "Ends with 0 when all is right, else with 1 and the first fault."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--programme", metavar="SLUG", help="only this programme's books")
        parser.add_argument("--heads", metavar="FILE", help="also compare with what `groat heads` once wrote")

    def handle(self, *args: Any, **options: Any) -> None:
        programmes = _programmes(options["programme"])
        heads = _heads(options["heads"])
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
            transient=True,
        )
        entries = 0
        with bar:
            for programme in programmes:
                with ledger.snapshot():
                    fault = first_fault(programme=programme, head=heads.get(programme.slug), bar=bar)
                    entries += ledger.sealed(programme_id=programme.id)
                if fault:
                    bar.stop()
                    self.stdout.write(f"{programme.slug}: {fault.what} ({fault.code})")
                    raise SystemExit(1)
        self.stdout.write(f"The books of {len(programmes)} programme(s) are right; {entries} entries are sealed.")


def first_fault(*, programme: Programme, head: dict[str, Any] | None = None, bar: Progress) -> ledger.Fault | None:
    """The first thing in a programme's books that cannot be."""
    task = bar.add_task(programme.slug, total=len(CHECKS))
    for check in CHECKS:
        bar.update(task, description=f"{programme.slug}: {check.title}")
        fault = check.fault(programme_id=programme.id)
        if fault:
            return fault
        bar.advance(task)
    if head:
        fault = ledger.head_fault(programme_id=programme.id, number=head["number"], hash_hex=head["hash"])
        kept = head.get("trail")
        if kept and not fault:
            fault = trail.head_fault(programme_id=programme.id, number=kept["number"], hash_hex=kept["hash"])
        if fault:
            return fault
    total = ledger.sealed(programme_id=programme.id)
    bar.update(task, description=f"{programme.slug}: the seal, entry by entry", completed=0, total=total)
    fault = ledger.chain_fault(programme_id=programme.id, passed=lambda count: bar.advance(task, count))
    if fault:
        return fault
    links = trail.linked(programme_id=programme.id)
    bar.update(task, description=f"{programme.slug}: the audit trail, entry by entry", completed=0, total=links)
    fault = trail.fault(programme_id=programme.id, passed=lambda count: bar.advance(task, count))
    if fault:
        return fault
    bar.update(task, description=f"{programme.slug}: the figures of days", completed=0, total=total)
    return reports.fault(programme=programme, passed=lambda count: bar.advance(task, count))


def _programmes(slug: str | None) -> list[Programme]:
    programmes = Programme.objects.order_by("slug")
    if slug is None:
        return list(programmes)
    found = list(programmes.filter(slug=slug))
    if not found:
        raise CommandError(f"There is no programme {slug!r}.")
    return found


def _heads(file: str | None) -> dict[str, dict[str, Any]]:
    if file is None:
        return {}
    try:
        return {head["programme"]: head for head in json.loads(Path(file).read_text())}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{file} is not what `groat heads` wrote: {error}") from error
