"""The figures as a table, as JSON, and against the bars that Groat sets itself."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from bench import pgbench, runs
from bench.databases import POSTGRESQL, SQLITE
from bench.load import Result
from bench.measure import DATABASES, TILLS, Case, Measured
from bench.places import LARGE, SMALL

FILE = Path(__file__).resolve().parent.parent / "var" / "bench.json"
MEMORY_MB = 200
WIDTH = 110


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that the figures shall be."""

    text: str
    wanted: float
    measured: float
    at_most: bool = False

    @property
    def is_met(self) -> bool:
        return self.measured <= self.wanted if self.at_most else self.measured >= self.wanted


class Figures:
    """Means over the rounds, and the ratios made of them."""

    def __init__(self, measured: Measured) -> None:
        self._results = measured.results
        self.memory_mb = measured.memory_mb
        self.taps = measured.taps
        self.yardstick = fmean(rate.per_second for rate in measured.yardstick)

    def of(self, case: Case, what: Callable[[Result], float]) -> float | None:
        """A figure's mean over its rounds; None when it was not measured."""
        seen = self._results.get(case)
        return fmean(what(result) for result in seen) if seen else None

    def per_second(self, database: str, tills: int, *, entries: int = SMALL) -> float | None:
        """The main figure: payments at one merchant with one server process."""
        return self.of(_main(database, tills, entries), lambda result: result.per_second)

    def to_pgbench(self, database: str, *, entries: int = SMALL) -> dict[str, float]:
        """By tills: payments a second for each of pgbench's transactions."""
        return _each(lambda tills: _ratio(self.per_second(database, tills, entries=entries), self.yardstick))

    def sqlite_to_postgresql(self) -> dict[str, float]:
        return _each(lambda tills: _ratio(self.per_second(SQLITE, tills), self.per_second(POSTGRESQL, tills)))

    def history_cost(self, database: str) -> dict[str, float]:
        """By tills: a payment's time with 1,000,000 entries of history for its time with 1,000."""
        return _each(
            lambda tills: _ratio(self.per_second(database, tills), self.per_second(database, tills, entries=LARGE))
        )

    def p99_ms_of_one_till(self, database: str) -> float | None:
        return self.of(_main(database, 1, SMALL), lambda result: result.p99_ms)


def _main(database: str, tills: int, entries: int) -> Case:
    return Case(database, entries, 1, runs.Scenario("payments", tills, 1))


def _ratio(one: float | None, other: float | None) -> float | None:
    return round(one / other, 3) if one and other else None


def _each(ratio: Callable[[int], float | None]) -> dict[str, float]:
    found = {str(tills): ratio(tills) for tills in TILLS}
    return {tills: value for tills, value in found.items() if value is not None}


def bars(figures: Figures) -> list[Bar]:
    """What was set, as far as it was measured."""
    to_pgbench, to_postgresql = figures.to_pgbench(POSTGRESQL), figures.sqlite_to_postgresql()
    found = [
        Bar("payments on PostgreSQL to pgbench, 16 tills", 1.0, to_pgbench["16"]),
        Bar("payments on PostgreSQL to pgbench, 64 tills", 1.3, to_pgbench["64"]),
        *(Bar(f"SQLite to PostgreSQL, {tills} tills", 0.8, ratio) for tills, ratio in to_postgresql.items()),
    ]
    for database in DATABASES:
        p99 = figures.p99_ms_of_one_till(database)
        if p99 is not None:
            found.append(Bar(f"p99 at one till on {database}, ms", 15, p99, at_most=True))
        for tills, cost in figures.history_cost(database).items():
            found.append(Bar(f"1,000,000 entries to 1,000 on {database}, {tills} tills", 1.2, cost, at_most=True))
    most = max(figures.memory_mb.values())
    if figures.taps is not None:
        found.append(Bar(f"p99 of {figures.taps.describe()}, ms", 150, figures.taps.p99_ms, at_most=True))
    return [*found, Bar("most memory of a server process, MB", MEMORY_MB, most, at_most=True)]


def as_json(measured: Measured) -> dict[str, Any]:
    """Everything, for var/bench.json."""
    figures = Figures(measured)
    return {
        **measured.facts,
        "seconds": round(measured.seconds),
        "books": f"sound: {measured.payments} payments, each there once",
        "pgbench": {
            "load": "tpcb-like",
            "clients": pgbench.CLIENTS,
            "scale": pgbench.SCALE,
            "per_second": round(figures.yardstick, 1),
            "runs": [asdict(rate) for rate in measured.yardstick],
        },
        "ratio_to_pgbench": {database: figures.to_pgbench(database) for database in DATABASES},
        "ratio_to_pgbench_at_1000000_entries": {
            database: figures.to_pgbench(database, entries=LARGE) for database in DATABASES
        },
        "ratio_sqlite_to_postgresql": figures.sqlite_to_postgresql(),
        "history_cost": {database: figures.history_cost(database) for database in DATABASES},
        "tap_to_outcome": asdict(measured.taps) if measured.taps else None,
        "memory_mb": {database: round(memory, 1) for database, memory in measured.memory_mb.items()},
        "bars": [{**asdict(bar), "is_met": bar.is_met} for bar in bars(figures)],
        "runs": [
            {**case.facts(), **{name: value for name, value in asdict(result).items() if name != "faults"}}
            for case, results in measured.results.items()
            for result in results
        ],
    }


def write(measured: Measured) -> None:
    """Write var/bench.json."""
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(as_json(measured), indent=2) + "\n")


def show(measured: Measured) -> None:
    """Print the tables."""
    figures = Figures(measured)
    # As wide as the table, also where nobody says how wide the screen is: nothing may be cut off.
    console = Console(highlight=False, width=max(WIDTH, Console().width))
    console.print()
    console.print(_table(measured, figures))
    console.print(
        f"pgbench, tpcb-like, {pgbench.CLIENTS} clients, scale {pgbench.SCALE}: "
        f"{figures.yardstick:,.0f} transactions/s, the mean of {len(measured.yardstick)} runs "
        f"({', '.join(f'{rate.per_second:,.0f}' for rate in measured.yardstick)})"
    )
    console.print(
        "A server process took at most "
        + ", ".join(f"{memory:.0f} MB on {database}" for database, memory in measured.memory_mb.items())
        + f". All {measured.payments:,} payments are in the books, each once, and `groat verify` passes."
    )
    console.print(_verdict(bars(figures)))
    console.print(f"Took {measured.seconds:.0f} s; every figure is in {FILE.relative_to(FILE.parent.parent)}.")


def _table(measured: Measured, figures: Figures) -> Table:
    table = Table(title="What the tills saw, over HTTP", box=box.SIMPLE_HEAD)
    for name in ("database", "asks", "merchants", "entries", "processes", "tills"):
        table.add_column(name, justify="left" if name in {"database", "asks"} else "right")
    for name in ("a second", "to pgbench", "p50 ms", "p99 ms"):
        table.add_column(name, justify="right")
    before = None
    for case in sorted(measured.results, key=_order):
        group = (case.database, case.scenario.asks, case.scenario.merchants, case.entries, case.workers)
        if before not in {None, group}:
            table.add_section()
        before = group
        rate = figures.of(case, lambda result: result.per_second) or 0
        table.add_row(
            case.database,
            case.scenario.asks,
            str(case.scenario.merchants),
            f"{case.entries:,}",
            str(case.workers),
            str(case.scenario.tills),
            f"{rate:,.0f}",
            f"{rate / figures.yardstick:.2f}" if case.scenario.asks == "payments" else "",
            f"{figures.of(case, lambda result: result.p50_ms):.2f}",
            f"{figures.of(case, lambda result: result.p99_ms):.2f}",
        )
    return table


def _order(case: Case) -> tuple[Any, ...]:
    scenario = case.scenario
    return (case.database, scenario.asks != "payments", case.workers, scenario.merchants, case.entries, scenario.tills)


def _verdict(found: Sequence[Bar]) -> Table:
    table = Table(title="The bars", box=box.SIMPLE_HEAD)
    table.add_column("")
    for name in ("wanted", "measured", ""):
        table.add_column(name, justify="right")
    for bar in found:
        wanted = f"{'≤' if bar.at_most else '≥'} {bar.wanted:g}"
        said = "[green]met[/green]" if bar.is_met else "[red]missed[/red]"
        table.add_row(bar.text, wanted, f"{bar.measured:.2f}", said)
    return table
