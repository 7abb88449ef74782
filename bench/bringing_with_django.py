"""Imports two files as the office and the worker do, and says how long each step took."""

import csv
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from django.core.management import call_command

from bench.merchants import Wanted
from bench.seed import merchant
from groat.customers import imports
from groat.customers.import_rules import Kind
from groat.customers.models import Import, ImportState
from groat.programmes.deeds import SYSTEM, Deed
from groat.programmes.models import Programme


def customers(file: Path, count: int) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, delimiter=";")
        rows.writerow(["Jméno", "Číslo", "E-mail", "Telefon", "Zůstatek", "Platnost do"])
        for number in range(count):
            mail, phone = f"person{number}@example.org", f"601 {number // 1000 % 1000:03} {number % 1000:03}"
            opening = f"{number % 900},{number % 100:02}"
            rows.writerow([f"Žaneta Nováková {number}", f"E-{number}", mail, phone, opening, "31.12.2039"])


def movements(file: Path, count: int, customers: int) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, delimiter=";")
        rows.writerow(["Číslo", "Datum", "Částka", "Popis"])
        for number in range(count):
            day = f"{number % 28 + 1}.{number % 12 + 1}.2025 {number % 24}:{number % 60:02}"
            rows.writerow([f"E-{number * 7 % customers}", day, f"-{number % 200 + 1},50", "Espresso"])


def main() -> None:
    wanted = json.load(sys.stdin)
    folder = Path(wanted["folder"])
    call_command("migrate", verbosity=0)
    merchant(Wanted("bench", 1, 1, 1))
    programme = Programme.objects.get()
    customers(folder / "customers.csv", wanted["customers"])
    movements(folder / "movements.csv", wanted["movements"], wanted["customers"])
    seen = {kind.value: _import(programme, kind, folder / f"{kind.value}.csv") for kind in Kind}
    json.dump(seen, sys.stdout)


def _import(programme: Programme, kind: Kind, file: Path) -> dict[str, float]:
    before = _memory_mb()
    row, read_seconds = _timed(lambda: _take_apart(programme, kind, file))
    row, check_seconds = _timed(lambda: _check(row))
    row, import_seconds = _timed(lambda: _confirm(row))
    if row.refused or row.made != row.rows:
        sys.exit(f"{row.made} of {row.rows} rows were imported, {row.refused} refused")
    again, again_seconds = _timed(lambda: _confirm(_check(_take_apart(programme, kind, file))))
    return {
        "rows": row.rows,
        "read_seconds": read_seconds,
        "check_seconds": check_seconds,
        "import_seconds": import_seconds,
        "again_seconds": again_seconds,
        "again_made": again.made + again.changed,
        "memory_before_mb": before,
        "memory_mb": _memory_mb(),
    }


def _take_apart(programme: Programme, kind: Kind, file: Path) -> Import:
    with file.open("rb") as content:
        return imports.take_apart(
            programme=programme,
            what=kind,
            file=content,
            file_name=file.name,
            size=file.stat().st_size,
            deed=Deed.at_once(SYSTEM),
        )


def _check(row: Import) -> Import:
    return _to_the_end(imports.check(row=row, mapping=row.mapping, deed=Deed.at_once(SYSTEM)))


def _confirm(row: Import) -> Import:
    return _to_the_end(imports.confirm(row=row, deed=Deed.at_once(SYSTEM)))


def _to_the_end(row: Import) -> Import:
    while row.state in {ImportState.CHECKING, ImportState.RUNNING}:
        imports.go_on(deed=Deed.at_once(SYSTEM))
        row.refresh_from_db()
    return row


def _timed(act: Callable[[], Import]) -> tuple[Import, float]:
    begun = time.monotonic()
    row = act()
    return row, time.monotonic() - begun


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
