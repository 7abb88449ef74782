"""Folding: figures of what can no longer change are kept by day, so that a report need not read each entry.

The seal says what can no longer change: below its last block's horizon no entry is under way, and a trigger
refuses any that came late. So the worker adds the entries up to there to the figures, each once; a payment
knows nothing of it. What is younger is read as it is (`figures`). If the programme's time zone or the rules
here change, its figures are thrown away and folded anew.
"""

import logging
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction

from groat.ledger import seal
from groat.programmes.models import Programme
from groat.reports.cells import Cells, counted
from groat.reports.facts import Prices, Range
from groat.reports.models import Fold, PostedCell, SoldCell

log = logging.getLogger(__name__)

VERSION = 1
"""Of the rules in `cells` and `facts`: to be raised when they count what is past in another way."""
AT_ONCE = 2_000
"""Entries that are folded in one transaction."""

TURNS = 5
"""So often a programme with much to fold has its turn before the next."""

_TO_FOLD = """
SELECT programme.* FROM groat_programme AS programme
LEFT JOIN groat_fold AS fold ON fold.programme_id = programme.id
WHERE coalesce((
    SELECT horizon FROM ledger_block AS block WHERE block.programme = programme.id ORDER BY number DESC LIMIT 1
), 0) > CASE WHEN fold.time_zone = programme.time_zone AND fold.version = %s THEN fold.folded_id ELSE 0 END
ORDER BY programme.id
"""
_FOLDED = """
INSERT INTO {table} ({keys}, {sums}) VALUES ({marks})
ON CONFLICT ({keys}) DO UPDATE SET {added}
"""


def fold_all() -> int:
    """Fold what was sealed meanwhile, of every programme a part; returns how many entries were folded."""
    folded = 0
    for programme in Programme.objects.raw(_TO_FOLD, [VERSION]):
        try:
            for _turn in range(TURNS):
                done = fold(programme=programme)
                folded += done
                if done < AT_ONCE:
                    break
        except Exception:
            # The others' figures shall not wait for this one's.
            log.exception("programme %d could not be folded", programme.id)
    return folded


def fold(*, programme: Programme) -> int:
    """Fold the next entries of a programme; returns how many there were, 0 when another process was faster.

    What is read cannot change any more, so it is read before the transaction that adds it up.
    """
    head = seal.head(programme_id=programme.id)
    if head is None:
        return 0
    state = fold_of(programme)
    if state.folded_id >= head.horizon:
        return 0
    read = Range(
        programme_id=programme.id, after=state.folded_id, until=head.horizon, prices=state.prices, limit=AT_ONCE
    )
    cells = counted(read.facts(), time_zone=state.time_zone)
    with transaction.atomic():
        kept, _made = Fold.objects.select_for_update().get_or_create(
            programme=programme, defaults={"time_zone": state.time_zone, "version": VERSION}
        )
        is_old = is_stale(kept, programme)
        if (0 if is_old else kept.folded_id) != state.folded_id:
            return 0
        if is_old:
            _empty(programme.id)
        _add(programme.id, cells)
        kept.folded_id, kept.time_zone, kept.version = read.last_id, state.time_zone, VERSION
        kept.prices = state.prices
        kept.save()
    return len(read.entries)


def fold_of(programme: Programme) -> Fold:
    """How far a programme is folded; from nothing, when what is there was counted otherwise. Not stored.

    Its prices end with what a credit costs today.
    """
    kept = Fold.objects.filter(programme=programme).first()
    state = Fold(programme=programme, folded_id=0, time_zone=programme.time_zone, version=VERSION)
    if kept is not None and not is_stale(kept, programme):
        state.folded_id = kept.folded_id
    state.prices = list(_prices(programme, kept))
    return state


def is_stale(kept: Fold, programme: Programme) -> bool:
    """Whether the figures were counted in another time zone or by other rules."""
    return (kept.time_zone, kept.version) != (programme.time_zone, VERSION)


def _prices(programme: Programme, kept: Fold | None) -> Prices:
    """What credits cost since when. A new price counts from the first entry that is not folded yet."""
    known = list(kept.prices) if kept is not None else []
    today = [programme.price_minor, 10**programme.credit_decimals]
    if known and list(known[-1][1:]) == today:
        return known
    return [*known, [kept.folded_id if kept is not None and known else 0, *today]]


def _empty(programme_id: int) -> None:
    for cells in (PostedCell, SoldCell):
        cells.objects.filter(programme=programme_id).delete()


def _add(programme_id: int, cells: Cells) -> None:
    _insert(PostedCell, 8, ((programme_id, *key, *sums) for key, sums in cells.posted.items()))
    _insert(SoldCell, 8, ((programme_id, *key, *sums) for key, sums in cells.sold.items()))


def _insert(model: Any, keys: int, rows: Iterable[tuple[Any, ...]]) -> None:
    """Add rows to the cells of their keys: the first columns of the table."""
    columns = [field.column for field in model._meta.concrete_fields]
    table = model._meta.db_table
    sql = _FOLDED.format(
        table=table,
        keys=", ".join(columns[:keys]),
        sums=", ".join(columns[keys:]),
        marks=", ".join(["%s"] * len(columns)),
        added=", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in columns[keys:]),
    )
    # In order, so that two that fold different programmes never wait for each other's pages in a circle.
    with connection.cursor() as cursor:
        cursor.executemany(sql, sorted(rows))
