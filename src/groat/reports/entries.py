"""What is behind a figure: the postings to an account, with the payments, refunds and top-ups that they belong to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _

from groat import ids
from groat.catalogue.models import Product
from groat.customers.models import Customer, Wallet
from groat.ledger import queries as ledger
from groat.ledger import sqlite
from groat.ledger.core.accounts import Tally
from groat.ledger.core.entries import Kind
from groat.programmes.models import Programme
from groat.reports.asked import Asked
from groat.till.models import Payment
from groat.topups.models import TopUp

CLOCKS_DIFFER_MS = 60_000

_FOUND = """
SELECT posting.entry, entry.kind, entry.at, entry.actor, entry.reason, posting.amount_minor, posting.balance_minor,
       entry.reverses, coalesce(sale.id, back.id), coalesce(sale.till_id, back.till_id, sold.till_id),
       sold.id, sold.means
FROM ledger_posting AS posting
JOIN ledger_entry AS entry ON entry.programme = posting.programme AND entry.id = posting.entry
LEFT JOIN groat_payment AS sale
    ON sale.id = coalesce(entry.hold, entry.id) AND sale.programme_id = entry.programme
    AND entry.kind IN ('spend', 'capture')
LEFT JOIN groat_refund AS refund ON refund.id = entry.id AND refund.programme_id = entry.programme
LEFT JOIN groat_payment AS back ON back.id = refund.payment_id
LEFT JOIN groat_topup AS sold
    ON sold.id = coalesce(entry.reverses, entry.id) AND sold.programme_id = entry.programme
WHERE posting.programme = %s AND posting.account = %s AND posting.entry >= %s AND posting.entry < %s {narrowed}
ORDER BY posting.entry DESC LIMIT %s
"""
_BEFORE = """
SELECT coalesce(sum(posting.amount_minor), 0) FROM ledger_posting AS posting
JOIN ledger_entry AS entry ON entry.programme = posting.programme AND entry.id = posting.entry
WHERE posting.programme = %s AND posting.account = %s AND entry.at < %s
"""
_WITH_PRODUCT = {
    "postgresql": """ AND EXISTS (
        SELECT 1 FROM jsonb_array_elements(coalesce(sale.lines, back.lines)) AS line
        WHERE coalesce(line ->> 'product', '') IN ({marks}))""",
    "sqlite": """ AND EXISTS (
        SELECT 1 FROM json_each(coalesce(sale.lines, back.lines)) AS line
        WHERE coalesce(json_extract(line.value, '$.product'), '') IN ({marks}))""",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A posting, and what it belongs to."""

    entry: int
    kind: str
    at: datetime
    actor: str
    reason: str
    amount_minor: int
    balance_minor: int
    reverses: int | None
    payment: int | None
    till: int | None
    top_up: int | None
    means: str | None
    customer: Customer | None = None


_COLUMNS = [one.name for one in fields(Found)][:-1]


def found(asked: Asked, *, account: int, before: int | None = None, limit: int = 50) -> list[Found]:
    """What was posted to an account and fits what is asked, newest first; three queries.

    `before` is the id of the last entry seen.
    """
    narrowed, values = _narrowed(asked)
    since = asked.period.ranges(time_zone=asked.programme.time_zone)[0][0]
    oldest = ids.lowest_at(max(0, int(since.timestamp() * 1000) - CLOCKS_DIFFER_MS))
    newest = before if before is not None else 2**62
    with connection.cursor() as cursor:
        sql = _FOUND.format(narrowed=narrowed)
        cursor.execute(sql, [asked.programme.id, account, oldest, newest, *values, limit])
        rows = [(*row[:2], _at(row[2]), *row[3:]) for row in cursor.fetchall()]
    owners = _owners(asked.programme, [row[0] for row in rows])
    return [Found(**dict(zip(_COLUMNS, row, strict=True)), customer=owners.get(row[0])) for row in rows]


def balance_before(*, programme: Programme, account: int, at: datetime) -> int:
    """What an account had before an instant; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE, [programme.id, account, _bound(at)])
        return int(cursor.fetchone()[0])


def told(one: Found, programme: Programme) -> tuple[str, str]:
    """What it is in a few words, and the page that tells more."""
    if one.payment is not None:
        url = _url("payment", programme, payment=ids.public(Payment.kind, one.payment))
        return (_("Refund") if one.kind == Kind.REVERSAL else _("Payment")), url
    if one.top_up is not None:
        url = _url("top_up_made", programme, top_up=ids.public(TopUp.kind, one.top_up))
        return (_("Top-up taken back") if one.kind == Kind.REVERSAL else _("Top-up")), url
    url = _url("customer", programme, customer=one.customer.public_id) if one.customer else ""
    return _kinds().get(one.kind, one.kind), url


def account_name(account: int) -> str:
    """What an account of the programme's own is called."""
    names: dict[int, str] = {
        Tally.REVENUE: _("Spent"),
        Tally.ISSUED: _("Credits sold"),
        Tally.BONUS: _("Bonus given"),
        Tally.BREAKAGE: _("Expired"),
        Tally.ADJUSTMENTS: _("Put right by hand"),
        Tally.WRITE_OFFS: _("Debts written off"),
        Tally.TAKINGS: _("Received for credits"),
        Tally.CASH: _("Cash"),
        Tally.CARD_TERMINAL: _("Payment cards"),
        Tally.BANK: _("Bank"),
        Tally.PAYROLL: _("Withheld from wages"),
    }
    return names.get(account, "")


def sign_of(account: int) -> int:
    """-1 for accounts that run up against what is sold: people read what was sold above zero."""
    return -1 if account in (Tally.ISSUED, Tally.BONUS, Tally.TAKINGS) else 1


def _kinds() -> Mapping[str, str]:
    return {
        Kind.SPEND: _("Payment"),
        Kind.CAPTURE: _("Payment"),
        Kind.TOP_UP: _("Top-up"),
        Kind.REVERSAL: _("Undone"),
        Kind.EXPIRY: _("Expired"),
        Kind.TRANSFER: _("Transfer"),
        Kind.ADJUSTMENT: _("Adjustment"),
        Kind.WRITE_OFF: _("Debt written off"),
    }


def _narrowed(asked: Asked) -> tuple[str, list[Any]]:
    hours = _numbers(asked.more.get("hour"), 24)
    weekdays = _numbers(asked.more.get("weekday"), 7)
    ranges = asked.period.ranges(time_zone=asked.programme.time_zone, hours=hours, weekdays=weekdays)
    times = " OR ".join(["(entry.at >= %s AND entry.at < %s)"] * len(ranges)) or "1 = 0"
    sql, values = f" AND ({times})", [_bound(moment) for one in ranges for moment in one]
    columns: list[tuple[str, Iterable[Any] | None]] = [
        ("coalesce(sale.till_id, back.till_id, sold.till_id, 0)", asked.tills),
        ("entry.actor", asked.actors if asked.actors is not None else _listed(asked.more.get("actor"))),
        ("sold.means", _listed(asked.more.get("means"))),
    ]
    for column, wanted in columns:
        if wanted is not None:
            members = sorted(wanted)
            sql += f" AND {column} IN ({_marks(members)})" if members else " AND 1 = 0"
            values += members
    if asked.products is not None:
        names = [ids.public_text(Product.kind, key) if key else "" for key in sorted(asked.products)]
        sql += _WITH_PRODUCT[connection.vendor].format(marks=_marks(names) or "NULL")
        values += names
    return sql, values


def _listed(text: str | None) -> list[str] | None:
    return [text] if text else None


def _numbers(text: str | None, below: int) -> frozenset[int] | None:
    is_one = text is not None and text.isascii() and text.isdecimal() and int(text) < below
    return frozenset({int(text)}) if is_one and text is not None else None


def _marks(members: list[Any]) -> str:
    return ", ".join(["%s"] * len(members))


def _bound(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def _owners(programme: Programme, entries: list[int]) -> dict[int, Customer]:
    moved = ledger.wallets_of(programme_id=programme.id, entries=entries)
    names = {wallet for wallets in moved.values() for wallet in wallets}
    wallets = Wallet.objects.filter(programme=programme, pk__in=names).select_related("owner").in_bulk()
    return {entry: wallets[next(iter(own))].owner for entry, own in moved.items() if next(iter(own)) in wallets}


def _url(name: str, programme: Programme, **of: Any) -> str:
    return reverse(name, kwargs={"programme": programme.slug, **of})


def _at(value: Any) -> Any:
    return sqlite.moment(value) if connection.vendor == "sqlite" else value
