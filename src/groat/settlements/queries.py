"""Reads over statements and what is unpaid of them. Every list in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import batched
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from groat.customers.models import Customer, Group, Wallet
from groat.ledger.core.entries import Kind
from groat.ledger.models import Balance, Entry, Posting
from groat.programmes.models import Programme
from groat.settlements import rules
from groat.settlements.models import AccountTerms, SettledStatement, Settlement, Statement, StatementRun
from groat.settlements.rules import Month, Moved, Terms

AT_ONCE = 500
"""Wallets that one statement names."""


# ---- A month, from the book ----


@dataclass(frozen=True, slots=True)
class Told:
    """A wallet's month, as a statement will tell it."""

    wallet: int
    owner: int
    group: int | None
    since: int
    until: int
    opening_minor: int
    closing_minor: int
    moved: Moved

    @property
    def owed_minor(self) -> int:
        """What is owed at its end."""
        return max(0, -self.closing_minor)


def month(
    *, programme: Programme, month: Month, group: Group | None = None, until: datetime | None = None
) -> list[Told]:
    """What statements of a month would say now: of all who pay later or owe, and have none of it; or of a group's.

    Two queries for each 500 of them. `until` is earlier than the month's end while it lasts. Each goes on where the
    wallet's last statement ended. Who had nothing and moved nothing is not told.
    """
    found = []
    for some in batched(_spans(programme, month, group, until), AT_ONCE):
        sums = _moved(programme.id, [(one.wallet, one.since, one.until) for one in some])
        for one in some:
            was_moved = rules.moved(sums.get(one.wallet, {}))
            found.append(
                Told(one.wallet, one.owner, one.group, one.since, one.until, one.opening, one.closing, was_moved)
            )
    return found


@dataclass(frozen=True, slots=True)
class _Span:
    wallet: int
    owner: int
    group: int | None
    since: int
    until: int
    opening: int
    closing: int


def _spans(programme: Programme, month: Month, group: Group | None, until: datetime | None) -> list[_Span]:
    """From which posting to which each wallet's month goes; one query."""
    start, end = month.span(time_zone=programme.time_zone)
    last = Statement.objects.filter(wallet=OuterRef("pk")).order_by("-month")
    balance = Balance.objects.filter(programme=programme.id, account=OuterRef("pk"))
    before, at_end = _postings(programme.id, start), _postings(programme.id, min(end, until or end))
    rows = Wallet.objects.filter(programme_id=programme.id).filter(
        Q(Exists(balance.filter(Q(floor_minor__lt=0) | Q(posted_minor__lt=0))))
        | Q(overdue_since__isnull=False)
        | Q(Exists(last.filter(closing_minor__lt=0)))
    )
    if group is not None:
        rows = rows.filter(owner__group=group)
    told = rows.order_by("pk").values_list(
        "pk",
        "owner_id",
        "owner__group_id",
        Subquery(last.values("month")[:1]),
        Subquery(last.values("until_sequence")[:1]),
        Subquery(last.values("closing_minor")[:1]),
        Coalesce(Subquery(before.values("sequence")[:1]), Value(0)),
        Coalesce(Subquery(before.values("balance_minor")[:1]), Value(0)),
        Coalesce(Subquery(at_end.values("sequence")[:1]), Value(0)),
        Coalesce(Subquery(at_end.values("balance_minor")[:1]), Value(0)),
        Subquery(balance.values("floor_minor")[:1]),
        "overdue_since",
    )
    spans = []
    for wallet, owner, own_group, stated, since, closed, first, opening, sequence, closing, floor, overdue in told:
        if stated is not None:
            if stated >= month.first:
                continue
            first, opening = since, closed
        is_postpaid = bool(floor) or overdue is not None or opening < 0 or closing < 0
        if is_postpaid and (opening or sequence > first):
            spans.append(_Span(wallet, owner, own_group, first, sequence, opening, closing))
    return spans


def _postings(programme_id: int, before: datetime) -> QuerySet[Posting]:
    """The postings of a wallet (OuterRef pk) before an instant, the last one first: found from the end of its row."""
    entries = Entry.objects.filter(programme=programme_id, id=OuterRef("entry"), at__lt=before)
    own = Posting.objects.filter(programme=programme_id, account=OuterRef("pk"))
    return own.filter(Exists(entries)).order_by("-sequence")


# What a reversal undid says what it counts as.
_MOVED = """
WITH span (account, since, until) AS (VALUES {spans})
SELECT s.account, COALESCE(o.kind, e.kind), SUM(p.amount_minor)
FROM span AS s
JOIN ledger_posting AS p ON p.programme = %s AND p.account = s.account
    AND p.sequence > s.since AND p.sequence <= s.until
JOIN ledger_entry AS e ON e.programme = p.programme AND e.id = p.entry
LEFT JOIN ledger_entry AS o ON o.programme = e.programme AND o.id = e.reverses
GROUP BY 1, 2
"""


def _moved(programme_id: int, spans: Sequence[tuple[int, int, int]]) -> dict[int, dict[Kind, int]]:
    """By wallet and kind: what was added to the balance in its span."""
    found: dict[int, dict[Kind, int]] = defaultdict(dict)
    for account, kind, amount_minor in _asked(_MOVED, spans, programme_id):
        found[account][Kind(kind)] = int(amount_minor)
    return found


# ---- What is unpaid ----

# Credited: what was paid in, given or forgiven after the statement's end, and what of its spending was given back.
# What is spent after it is a new debt; taking back an older top-up makes one, too.
_CREDITED = """
WITH span (statement, account, until) AS (VALUES {spans})
SELECT s.statement, SUM(p.amount_minor)
FROM span AS s
JOIN ledger_posting AS p ON p.programme = %s AND p.account = s.account AND p.sequence > s.until
JOIN ledger_entry AS e ON e.programme = p.programme AND e.id = p.entry
LEFT JOIN ledger_entry AS o ON o.programme = e.programme AND o.id = e.reverses
LEFT JOIN ledger_posting AS u ON u.programme = e.programme AND u.entry = e.reverses AND u.account = p.account
WHERE (e.kind IN ('top_up', 'adjustment', 'write_off', 'transfer') AND p.amount_minor > 0)
    OR (e.kind = 'reversal' AND p.amount_minor > 0 AND u.sequence <= s.until)
    OR (e.kind = 'reversal' AND p.amount_minor < 0 AND u.sequence > s.until
        AND o.kind IN ('top_up', 'adjustment', 'write_off', 'transfer'))
GROUP BY 1
"""


def unpaid(statements: Iterable[Statement]) -> dict[int, int]:
    """By statement of one programme: what is left of its debt now, with what was left from before it.

    One query for each 500.
    """
    rows = list(statements)
    left = {one.id: 0 for one in rows}
    for some in batched([one for one in rows if one.owed_minor], AT_ONCE):
        spans = [(one.id, one.wallet_id, one.until_sequence) for one in some]
        credited = dict(_asked(_CREDITED, spans, some[0].programme_id))
        for one in some:
            left[one.id] = rules.unpaid(owed_minor=one.owed_minor, credited_minor=int(credited.get(one.id, 0)))
    return left


def _asked(sql: str, spans: Sequence[tuple[int, int, int]], programme_id: int) -> list[tuple[Any, ...]]:
    if not spans:
        return []
    rows = ", ".join(["(%s, %s, %s)"] * len(spans))
    with connection.cursor() as cursor:
        cursor.execute(sql.format(spans=rows), [*(number for span in spans for number in span), programme_id])
        return list(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class Debt:
    """What a wallet has not paid of its statements."""

    wallet: int
    group: int | None
    parts: tuple[tuple[date, int], ...]
    """(when it was due, how much of it is left), the oldest first; they sum to all of it."""
    blocks_on: date | None
    """When the first of what is unpaid stops its credit."""

    @property
    def unpaid_minor(self) -> int:
        """All of it."""
        return sum(amount_minor for _due_on, amount_minor in self.parts)


def debts(*, programme_id: int, wallets: Iterable[int] | None = None) -> list[Debt]:
    """The unpaid debts of a programme, or of some wallets, by wallet; of open statements alone."""
    rows = Statement.objects.filter(programme_id=programme_id, is_open=True)
    if wallets is not None:
        rows = rows.filter(wallet_id__in=list(wallets))
    by_wallet: dict[int, list[Statement]] = defaultdict(list)
    for row in rows.order_by("month", "id"):
        by_wallet[row.wallet_id].append(row)
    left = unpaid(row for own in by_wallet.values() for row in own)
    return [debt for own in by_wallet.values() if (debt := _debt(own, left)).unpaid_minor]


def _debt(own: Sequence[Statement], left: Mapping[int, int]) -> Debt:
    """Each statement includes what was left from before it, so that what is its own is the difference."""
    parts, passed, blocks_on = [], 0, None
    for row in own:
        part_minor = max(0, left[row.id] - passed)
        passed += part_minor
        if part_minor:
            parts.append((row.due_on, part_minor))
            if row.blocks_on is not None and (blocks_on is None or row.blocks_on < blocks_on):
                blocks_on = row.blocks_on
    return Debt(own[0].wallet_id, own[-1].group_id, tuple(parts), blocks_on)


@dataclass(frozen=True, slots=True)
class GroupDebts:
    """What a group's customers have not paid, by age (`rules.by_age`). Minor units of credit."""

    group: Group | None
    people: int
    by_age: tuple[int, ...]

    @property
    def unpaid_minor(self) -> int:
        """All of it."""
        return sum(self.by_age)


def debts_by_group(*, programme_id: int, today: date) -> list[GroupDebts]:
    """Unpaid debts by group, those without one last; a fixed number of queries."""
    by_group: dict[int | None, list[Debt]] = defaultdict(list)
    for debt in debts(programme_id=programme_id):
        by_group[debt.group].append(debt)
    groups = Group.objects.filter(programme_id=programme_id).in_bulk(one for one in by_group if one is not None)
    found = [
        GroupDebts(
            groups[key] if key is not None else None,
            len(own),
            rules.by_age(parts=(part for debt in own for part in debt.parts), today=today),
        )
        for key, own in by_group.items()
    ]
    return sorted(found, key=lambda one: (one.group is None, one.group.name.casefold() if one.group else ""))


# ---- Runs and their statements ----


def runs(*, programme_id: int, before: int | None = None, limit: int = 50) -> list[StatementRun]:
    """The programme's runs, newest first, with their groups; `before` is the id of the last one seen."""
    found = StatementRun.objects.filter(programme_id=programme_id).select_related("group")
    if before is not None:
        found = found.filter(id__lt=before)
    return list(found.order_by("-id")[:limit])


def statements(
    *, run: StatementRun, after: int | None = None, limit: int | None = None, chosen: Iterable[int] | None = None
) -> list[Statement]:
    """The statements of a run with wallets and owners, in the order of their making."""
    found = Statement.objects.filter(run=run).select_related("wallet__owner", "group")
    if chosen is not None:
        found = found.filter(pk__in=list(chosen))
    if after is not None:
        found = found.filter(id__gt=after)
    return list(found.order_by("id")[:limit])


def statements_of(*, wallet: Wallet, limit: int = 12) -> list[Statement]:
    """A wallet's statements, the latest first."""
    found = Statement.objects.filter(programme_id=wallet.programme_id, wallet=wallet).select_related("run")
    return list(found.order_by("-month")[:limit])


def settlements(*, run: StatementRun) -> list[Settlement]:
    """How the debts of a run were settled, the latest first."""
    return list(Settlement.objects.filter(run=run).order_by("-id"))


def parts(*, settlement: Settlement) -> list[SettledStatement]:
    """What a settlement paid, with the customers."""
    found = SettledStatement.objects.filter(settlement=settlement)
    return list(found.select_related("statement__wallet__owner", "top_up").order_by("id"))


def owners(*, programme_id: int, names: Iterable[int]) -> dict[int, Customer]:
    """Customers by their ids."""
    return Customer.objects.filter(programme_id=programme_id).in_bulk(list(names))


# ---- Terms ----


USUAL = Terms()


def all_terms(*, programme_id: int) -> dict[int | None, Terms]:
    """The terms by group; under None those of everybody else. One query."""
    rows = AccountTerms.objects.filter(programme_id=programme_id)
    return {None: USUAL} | {row.group_id: row.terms for row in rows}


def terms_for(group: int | None, found: Mapping[int | None, Terms]) -> Terms:
    """The group's terms, or everybody's."""
    return found.get(group, found[None])
