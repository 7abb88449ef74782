"""Everything that `make bench` measures, in an order in which the machine's drift favours nobody.

Runs of PostgreSQL and SQLite, of short and long history, alternate; pgbench runs before, between
and after them. What is compared was measured within the same minute.
"""

import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from bench import books, databases, machine, pgbench, places, runs, servers, taps
from bench.load import Result
from bench.places import LARGE, SMALL, SPREAD, Place
from bench.taps import Taps

TILLS = (1, 16, 64)
DATABASES = (databases.POSTGRESQL, databases.SQLITE)
BALANCES = runs.Scenario("balances", 16, 1)


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured, and for how long."""

    rounds: int
    timing: runs.Timing
    pgbench_seconds: int
    histories: tuple[int, ...]
    everything: bool
    """Also two server processes, and several merchants."""
    taps_seconds: float
    """How long cards are laid on a reader. A tap takes a second or two, for its outcome is shown."""


FULL = Extent(2, runs.Timing(1, 4), 5, (SMALL, LARGE), everything=True, taps_seconds=90)
QUICK = Extent(1, runs.Timing(1, 3), 4, (SMALL,), everything=False, taps_seconds=20)


@dataclass(frozen=True, slots=True)
class Case:
    """What a figure is of."""

    database: str
    entries: int
    """Of history when the server started."""
    workers: int
    """Server processes."""
    scenario: runs.Scenario

    def describe(self) -> str:
        merchants = "one merchant" if self.scenario.merchants == 1 else f"{self.scenario.merchants} merchants"
        return (
            f"{self.database:<10} {self.scenario.asks:<8} {self.scenario.tills:>2} tills, {self.workers} process"
            f"{'es' if self.workers > 1 else '  '}, {merchants}, {self.entries:,} entries"
        )

    def facts(self) -> dict[str, Any]:
        """As JSON tells it."""
        return {"database": self.database, "entries": self.entries, "workers": self.workers, **asdict(self.scenario)}


@dataclass(slots=True)
class Measured:
    """All figures of a bench."""

    facts: dict[str, object]
    results: dict[Case, list[Result]] = field(default_factory=dict)
    yardstick: list[pgbench.Rate] = field(default_factory=list)
    memory_mb: dict[str, float] = field(default_factory=dict)
    """By database: the most that one server process took."""
    taps: Taps | None = None
    payments: int = 0
    """How many were checked in the books."""
    seconds: float = 0


@dataclass(frozen=True, slots=True)
class _Stand:
    """A server on a database, ready to be measured."""

    place: Place
    server: servers.Server
    database: str
    entries: int


class Bench:
    """Holds what all parts of a bench share, while it runs."""

    def __init__(self, extent: Extent, folder: Path, postgresql: Any) -> None:
        self._extent = extent
        self._postgresql = postgresql
        self._places: dict[tuple[str, int], Place] = {}
        self._folder = folder
        self.measured = Measured(machine.facts(folder, postgresql))

    def prepare(self) -> None:
        """Make pgbench's tables and all histories."""
        _say("filling the databases")
        wanted = []
        for entries in self._extent.histories:
            for database in DATABASES:
                server = self._postgresql if database == databases.POSTGRESQL else None
                installation = places.empty(self._folder, database, f"entries_{entries}", server)
                wanted.append(((database, entries), installation, places.merchants(entries)))
        made = places.seed([(installation, merchants) for _, installation, merchants in wanted])
        self._places = {name: place for (name, _, _), place in zip(wanted, made, strict=True)}
        pgbench.prepare(self._postgresql)

    def measure(self) -> None:
        """Every scenario."""
        for number in range(self._extent.rounds):
            self._round(number)
        if self._extent.everything:
            self._several_processes()
        self._taps()
        with ThreadPoolExecutor(len(DATABASES)) as pool:
            large = [place for (_, entries), place in self._places.items() if entries == LARGE]
            if large:
                _say("groat verify, 1,000,000 entries")
            list(pool.map(lambda place: books.verify(place.installation), large))

    def _round(self, number: int) -> None:
        """One process, one merchant: all tills, both databases, every history; pgbench between them."""
        extent, last = self._extent, number == self._extent.rounds - 1
        with ExitStack() as stack:
            stands = self._stands(stack, extent.histories, workers=1)
            self._pgbench()
            for tills in TILLS if number % 2 == 0 else reversed(TILLS):
                for stand in stands if number % 2 == 0 else reversed(stands):
                    self._run(stand, runs.Scenario("payments", tills, 1))
                self._pgbench()
            for stand in stands if last else ():
                self._run(stand, BALANCES)
            if last and extent.everything:
                self._spread(stands, [tills for tills in TILLS if tills > 1])
            self._close(stands)

    def _several_processes(self) -> None:
        with ExitStack() as stack:
            stands = self._stands(stack, (SMALL,), workers=2)
            for tills in TILLS:
                for stand in stands:
                    self._run(stand, runs.Scenario("payments", tills, 1))
            self._spread(stands, [tills for tills in TILLS if tills > 1])
            self._close(stands)

    def _taps(self) -> None:
        """From a card on a reader to its display, on PostgreSQL."""
        if not taps.can_be_measured():
            _say("taps on a reader: not measured, for pcscd, gcc or pyscard is missing (`make test` sets them up)")
            return
        seconds = self._extent.taps_seconds
        with ExitStack() as stack:
            place = stack.enter_context(places.copy_of(self._places[databases.POSTGRESQL, SMALL], "copy"))
            server = stack.enter_context(servers.server(place.installation, workers=1))
            self.measured.taps = taps.measure(place, server, seconds=seconds)
            books.verify(place.installation)
        seen = self.measured.taps
        _say(f"{seen.describe():<72} p50 {seen.p50_ms:6.1f}   p99 {seen.p99_ms:6.1f} ms")

    def _spread(self, stands: Sequence[_Stand], tills: Sequence[int]) -> None:
        for count in tills:
            for stand in stands:
                if stand.entries == SMALL:
                    self._run(stand, runs.Scenario("payments", count, SPREAD))

    def _stands(self, stack: ExitStack, histories: Sequence[int], *, workers: int) -> list[_Stand]:
        """A server on each database: on a copy of the small ones, so that each begins with 1,000 entries."""
        stands = []
        for entries in histories:
            for database in DATABASES:
                place = self._places[database, entries]
                if entries == SMALL:
                    place = stack.enter_context(places.copy_of(place, "copy"))
                server = stack.enter_context(servers.server(place.installation, workers=workers))
                stands.append(_Stand(place, server, database, entries))
        return stands

    def _run(self, stand: _Stand, scenario: runs.Scenario) -> None:
        case = Case(stand.database, stand.entries, stand.server.workers, scenario)
        timing = self._extent.timing
        if stand.database == databases.SQLITE and scenario.asks == "payments" and stand.server.workers > 1:
            # Two that write in turn take long to find their pace.
            timing = replace(timing, warm_up_seconds=timing.warm_up_seconds + 1)
        seen = runs.run(stand.place, stand.server, scenario, timing)
        self.measured.results.setdefault(case, []).append(seen)
        if scenario.asks == "payments":
            self.measured.payments += seen.answered
        _say(f"{case.describe():<72} {seen.per_second:>7,.0f}/s   p50 {seen.p50_ms:6.2f}   p99 {seen.p99_ms:6.2f} ms")

    def _pgbench(self) -> None:
        rate = pgbench.run(self._postgresql, seconds=self._extent.pgbench_seconds)
        self.measured.yardstick.append(rate)
        _say(f"{f'pgbench    tpcb-like {pgbench.CLIENTS} clients':<72} {rate.per_second:>7,.0f}/s")

    def _close(self, stands: Sequence[_Stand]) -> None:
        """Note what the servers took, and have the small books recomputed before they go."""
        for stand in stands:
            memory = self.measured.memory_mb
            memory[stand.database] = max(memory.get(stand.database, 0), stand.server.most_memory_mb())
            if stand.entries == SMALL:
                books.verify(stand.place.installation)


def measure(extent: Extent) -> Measured:
    """Measure everything that the extent says. Raises what makes figures worthless."""
    began = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="groat-bench-")))
        bench = Bench(extent, folder, stack.enter_context(databases.postgresql_server()))
        bench.prepare()
        bench.measure()
    bench.measured.seconds = time.monotonic() - began
    return bench.measured


def _say(text: str) -> None:
    print(f"  {text}", flush=True)
