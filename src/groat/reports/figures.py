"""Figures as they are at this instant: what is folded, and what is younger, read as it is and added."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db import connection

from groat.errors import Refusal, _
from groat.ledger.core.accounts import FIRST_CURRENCY_TALLY
from groat.ledger.verify import snapshot
from groat.programmes.models import Programme
from groat.reports.cells import Cells, Posted, PostedKey, Sold, SoldKey, counted
from groat.reports.facts import Range
from groat.reports.folding import fold_of
from groat.reports.models import PostedCell, SoldCell

_ALL = 2**62
_TALLIES = """
SELECT account, sum(amount_minor) FROM reports_posted
WHERE programme = %s AND day < %s AND account < %s GROUP BY account
"""
_GROUPED = "SELECT {columns}{sums} FROM {table} WHERE programme = %s{where}{groups}"


MOST_UNFOLDED = 20_000
"""What is younger than the folded figures is read entry by entry; beyond so many nobody waits for it."""

_UNFOLDED = "SELECT count(*) FROM (SELECT 1 FROM ledger_entry WHERE programme = %s AND id > %s LIMIT %s) AS young"


@dataclass(unsafe_hash=True)
class FiguresNotReady(Refusal):
    """Much of the past is not folded: after an update, an import, or another time zone; or no worker runs."""

    code = "figures_not_ready"
    sentence = _("The figures of the past are still being counted. Come back in a few minutes.")


@dataclass(frozen=True, slots=True)
class Scope:
    """Which figures are asked for; None is all of them."""

    since: date | None = None
    """The first day …"""
    until: date | None = None
    """… and the last one."""
    tills: frozenset[int] | None = None
    actors: frozenset[str] | None = None
    products: frozenset[int] | None = None
    hours: frozenset[int] | None = None

    def holds(self, key: PostedKey | SoldKey) -> bool:
        """Whether a cell is asked for."""
        return (
            (self.since is None or key.day >= self.since)
            and (self.until is None or key.day <= self.until)
            and (self.tills is None or key.till in self.tills)
            and (self.actors is None or key.actor in self.actors)
            and (self.hours is None or key.hour in self.hours)
            and (self.products is None or not isinstance(key, SoldKey) or key.product in self.products)
        )

    def where(self, *, sold: bool) -> tuple[str, list[Any]]:
        """The same in SQL."""
        parts, values = [], []
        for sql, value in (("day >= %s", self.since), ("day <= %s", self.until)):
            if value is not None:
                parts.append(sql)
                values.append(value)
        lists: list[tuple[str, frozenset[Any] | None]] = [
            ("till", self.tills),
            ("actor", self.actors),
            ("hour", self.hours),
            ("product", self.products if sold else None),
        ]
        for name, wanted in lists:
            if wanted is not None:
                parts.append(f"{name} IN ({', '.join(['%s'] * len(wanted))})" if wanted else "1 = 0")
                values += sorted(wanted)
        return "".join(f" AND {part}" for part in parts), values


ALL = Scope()


class Figures:
    """A programme's figures at one instant. Each question is one query; what is not folded yet is read once."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme

    def demand_ready(self) -> None:
        """Refuse to read a long past entry by entry; one query. Refusal: FiguresNotReady."""
        with connection.cursor() as cursor:
            cursor.execute(_UNFOLDED, [self.programme.id, self._state.folded_id, MOST_UNFOLDED + 1])
            if cursor.fetchone()[0] > MOST_UNFOLDED:
                raise FiguresNotReady

    def posted(self, *by: str, scope: Scope = ALL) -> dict[tuple[Any, ...], Posted]:
        """What entries added to the tallies, grouped by fields of `PostedKey`."""
        fresh = (item for item in self._tail.posted.items() if scope.holds(item[0]))
        return self._grouped(by, "reports_posted", scope.where(sold=False), Posted, fresh)

    def sold(self, *by: str, scope: Scope = ALL) -> dict[tuple[Any, ...], Sold]:
        """What was bought, grouped by fields of `SoldKey`."""
        fresh = (item for item in self._tail.sold.items() if scope.holds(item[0]))
        return self._grouped(by, "reports_sold", scope.where(sold=True), Sold, fresh)

    def tallies(self, *, before: date) -> Mapping[int, int]:
        """What had been added to each tally of credits before a day."""
        with connection.cursor() as cursor:
            cursor.execute(_TALLIES, [self._folded_programme, before, FIRST_CURRENCY_TALLY])
            found = {account: int(amount) for account, amount in cursor.fetchall()}
        for key, posted in self._tail.posted.items():
            if key.day < before and key.account < FIRST_CURRENCY_TALLY:
                found[key.account] = found.get(key.account, 0) + posted.amount_minor
        return found

    @cached_property
    def _state(self) -> Any:
        return fold_of(self.programme)

    @property
    def _folded_programme(self) -> int:
        """Whose folded figures count: nobody's, while they have to be folded anew."""
        return self.programme.id if self._state.folded_id else 0

    @cached_property
    def _tail(self) -> Cells:
        read = Range(programme_id=self.programme.id, after=self._state.folded_id, until=_ALL, prices=self._state.prices)
        return counted(read.facts(), time_zone=self.programme.time_zone)

    def _grouped[T: (Posted, Sold)](
        self,
        by: tuple[str, ...],
        table: str,
        where: tuple[str, list[Any]],
        kind: type[T],
        fresh: Iterable[tuple[Any, T]],
    ) -> dict[tuple[Any, ...], T]:
        sums = ", ".join(f"coalesce(sum({name}), 0)" for name in kind._fields)
        columns = "".join(f"{name}, " for name in by)
        groups = f" GROUP BY {', '.join(by)}" if by else ""
        sql = _GROUPED.format(columns=columns, sums=sums, table=table, where=where[0], groups=groups)
        width = len(by)
        with connection.cursor() as cursor:
            cursor.execute(sql, [self._folded_programme, *where[1]])
            rows = [tuple(row) for row in cursor.fetchall()]
        days = [i for i, name in enumerate(by) if name == "day"]
        found: dict[tuple[Any, ...], T] = {}
        for row in rows:
            key = tuple(_day(one) if i in days else one for i, one in enumerate(row[:width]))
            found[key] = kind(*(int(one) for one in row[width:]))
        for cell, more in fresh:
            key = tuple(getattr(cell, name) for name in by)
            old = found.get(key)
            found[key] = more if old is None else kind(*(a + b for a, b in zip(old, more, strict=True)))
        return found


def _day(value: Any) -> date:
    return date.fromisoformat(value[:10]) if isinstance(value, str) else value


@contextmanager
def reading(programme: Programme) -> Iterator[Figures]:
    """The figures as of one instant: the worker folds nothing twice before the reader's eyes.

    Refusal: FiguresNotReady.
    """
    with snapshot():
        figures = Figures(programme)
        figures.demand_ready()
        yield figures


def folded_cells(programme_id: int) -> Cells:
    """The figures as they are kept, for whoever looks whether they are right."""
    cells = Cells()
    keyed: list[tuple[Any, Any, Any, dict[Any, Any]]] = [
        (PostedCell, PostedKey, Posted, cells.posted),
        (SoldCell, SoldKey, Sold, cells.sold),
    ]
    for model, key, sums, into in keyed:
        for row in model.objects.filter(programme=programme_id).values_list(*key._fields, *sums._fields).iterator():
            into[key(*row[: len(key._fields)])] = sums(*row[len(key._fields) :])
    return cells
