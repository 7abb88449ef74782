"""Whether the figures of days are what the book says: in sum by the database, cell by cell by folding anew."""

from collections.abc import Callable

from groat.ledger.verify import Check, Fault
from groat.programmes.models import Programme
from groat.reports.cells import Cells, PostedKey, SoldKey, counted
from groat.reports.facts import Range
from groat.reports.figures import folded_cells
from groat.reports.folding import is_stale
from groat.reports.models import Fold

CHUNK = 2_000

CHECKS = (
    Check(
        "figures_differ_from_tally",
        "the figures of days sum to what the tallies got",
        """
        SELECT booked.account, booked.total AS booked_minor, coalesce(folded.total, 0) AS folded_minor FROM (
            SELECT posting.account, sum(posting.amount_minor) AS total FROM ledger_posting AS posting
            JOIN groat_fold AS fold ON fold.programme_id = posting.programme AND posting.entry <= fold.folded_id
            WHERE posting.programme = %(programme)s AND posting.account <= 99 GROUP BY posting.account
        ) AS booked LEFT JOIN (
            SELECT account, sum(amount_minor) AS total FROM reports_posted
            WHERE programme = %(programme)s GROUP BY account
        ) AS folded ON folded.account = booked.account
        WHERE booked.total <> coalesce(folded.total, 0)
        ORDER BY booked.account
        """,
        "The figures of days give account %(account)s %(folded_minor)s; its postings sum to %(booked_minor)s.",
    ),
    Check(
        "lines_differ_from_revenue",
        "what was bought, line by line, is what was paid",
        """
        SELECT folded.revenue_minor, sold.lines_minor FROM (
            SELECT coalesce(sum(amount_minor), 0) AS revenue_minor FROM reports_posted
            WHERE programme = %(programme)s AND account = 1
        ) AS folded CROSS JOIN (
            SELECT coalesce(sum(credits_minor), 0) AS lines_minor FROM reports_sold WHERE programme = %(programme)s
        ) AS sold
        WHERE folded.revenue_minor <> sold.lines_minor
        """,
        "The lines sold sum to %(lines_minor)s of credits; payments took %(revenue_minor)s.",
    ),
)


def fault(*, programme: Programme, passed: Callable[[int], None] | None = None) -> Fault | None:
    """The first cell that folding the programme's entries anew would make otherwise.

    `passed` is told how many entries were read, as they are. Figures that are about to be folded anew, for the
    programme's time zone has changed, are nobody's fault.
    """
    kept = Fold.objects.filter(programme=programme).first()
    if kept is None or is_stale(kept, programme):
        return None
    again = Cells()
    after = 0
    while after < kept.folded_id:
        read = Range(programme_id=programme.id, after=after, until=kept.folded_id, prices=kept.prices, limit=CHUNK)
        cells = counted(read.facts(), time_zone=kept.time_zone)
        for posted_key, posted in cells.posted.items():
            again.post(posted_key, posted)
        for sold_key, sold in cells.sold.items():
            again.sell(sold_key, sold)
        if passed:
            passed(len(read.entries))
        after = read.last_id if read.entries else kept.folded_id
    return _difference(programme, folded_cells(programme.id), again)


def _difference(programme: Programme, kept: Cells, again: Cells) -> Fault | None:
    for key in sorted(kept.posted.keys() | again.posted.keys()):
        if kept.posted.get(key) != again.posted.get(key):
            return _fault(programme, key, kept.posted.get(key), again.posted.get(key))
    for line in sorted(kept.sold.keys() | again.sold.keys()):
        if kept.sold.get(line) != again.sold.get(line):
            return _fault(programme, line, kept.sold.get(line), again.sold.get(line))
    return None


def _fault(programme: Programme, key: PostedKey | SoldKey, kept: object, again: object) -> Fault:
    what = f"The figures of {key} are {kept or 'missing'}; the book makes them {again or 'none'}."
    return Fault("figures_differ", programme.id, what)
