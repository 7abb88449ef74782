"""What statements and settlements look like on paper and in files: slips, and the table for the payroll."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from io import StringIO

from django.utils import formats, timezone, translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from groat.customers.models import Customer
from groat.ledger import queries as ledger
from groat.ledger.core.entries import Kind
from groat.ledger.queries import Line as Booked
from groat.programmes.models import Programme
from groat.settlements import queries, rules
from groat.settlements.models import Statement, StatementRun
from groat.till.models import Payment, Refund
from groat.topups.models import Means, TopUp
from groat.topups.rules import price
from groat.web import money, slips
from groat.web.slips import Line, Part, Slip

_MINUS = "\N{MINUS SIGN}"


def worth(minor: int, programme: Programme) -> int:
    """What credits cost, in minor units of the currency."""
    return price(bought_minor=minor, decimals=programme.credit_decimals, price_minor=programme.price_minor)


# ---- One statement ----


def of_statement(statement: Statement, *, programme: Programme) -> Slip:
    """A customer's month, each movement with what was bought, in the current language and time zone; five queries."""
    said = _Said(programme)
    owner = statement.wallet.owner
    return Slip(
        issuer=programme.name,
        place=" · ".join(filter(None, (str(owner), owner.identifier))),
        title=_("Statement for %(month)s") % {"month": month_of(statement.month)},
        facts=(
            _("Made on %(day)s") % {"day": day_of(timezone.localtime(statement.run.at))},
            *((_("To be settled by %(day)s") % {"day": day_of(statement.due_on)},) if statement.owed_minor else ()),
        ),
        parts=(
            *said.movements(_booked(statement), opening_minor=statement.opening_minor),
            Part(_("Together"), tuple(said.sums(statement))),
        ),
        number=_("Statements no. %(number)s") % {"number": statement.run.number},
    )


def _booked(statement: Statement) -> list[Booked]:
    """What a statement tells, the first movement first."""
    lines = ledger.statement(
        programme_id=statement.programme_id,
        wallet=statement.wallet_id,
        before=statement.until_sequence + 1,
        limit=statement.until_sequence - statement.since_sequence,
    )
    return lines[::-1]


class _Said:
    """The figures of a statement in the programme's credits."""

    def __init__(self, programme: Programme) -> None:
        self._programme = programme

    def movements(self, lines: Sequence[Booked], *, opening_minor: int) -> Iterator[Part]:
        """Day by day, under what was there before."""
        yield Part("", (Line(_("Balance before"), self._credits(opening_minor)),))
        words = _words(self._programme.id, lines)
        by_day: dict[str, list[Line]] = {}
        for line in lines:
            when = timezone.localtime(line.at)
            what, where = words.get(line.entry_id) or (_other(line), "")
            detail = " · ".join(filter(None, (formats.time_format(when, "TIME_FORMAT"), where, line.reason)))
            by_day.setdefault(day_of(when), []).append(Line(what, self._credits(line.amount_minor), detail))
        for day, told in by_day.items():
            yield Part(day, tuple(told))

    def sums(self, statement: Statement) -> Iterator[Line]:
        """What it comes to."""
        yield Line(_("Spent"), self._credits(-statement.spent_minor))
        if statement.topped_up_minor:
            yield Line(_("Topped up and settled"), self._credits(statement.topped_up_minor))
        if statement.corrected_minor:
            yield Line(_("Corrected"), self._credits(statement.corrected_minor))
        yield Line(_("Balance at the end"), self._credits(statement.closing_minor), tone="sum")
        if statement.owed_minor:
            due = slips.in_currency(worth(statement.owed_minor, self._programme), self._programme)
            yield Line(_("To be settled"), due, tone="sum")

    def _credits(self, amount_minor: int) -> str:
        return slips.in_credits(amount_minor, self._programme)


def _words(programme_id: int, lines: Iterable[Booked]) -> dict[int, tuple[str, str]]:
    """By entry: what it was, and at which till; three queries."""
    named = {line.entry_id: line.hold or line.reverses or line.entry_id for line in lines}
    payments = Payment.objects.filter(programme_id=programme_id, pk__in=named.values()).select_related("till__site")
    by_id = {row.id: row for row in payments}
    refunds = Refund.objects.filter(programme_id=programme_id, pk__in=named).select_related("payment__till__site")
    top_ups = TopUp.objects.filter(programme_id=programme_id, pk__in=named.values()).in_bulk()
    found: dict[int, tuple[str, str]] = {}
    given_back = {row.id: row.payment for row in refunds}
    for entry, about in named.items():
        if entry in given_back:
            payment = given_back[entry]
            found[entry] = (_("Given back: %(what)s") % {"what": _what(payment)}, payment.till.site.name)
        elif about in by_id:
            found[entry] = (_what(by_id[about]), by_id[about].till.site.name)
        elif about in top_ups:
            found[entry] = (_top_up(top_ups[about], is_back=entry != about), "")
    return found


def _what(payment: Payment) -> str:
    names = [
        f"{line['quantity']} × {line['name']}" if line["quantity"] > 1 else str(line["name"] or _("Free amount"))
        for line in payment.lines
    ]
    return ", ".join(names) or _("Payment")


def _top_up(top_up: TopUp, *, is_back: bool) -> str:
    if is_back:
        return _("Top-up taken back")
    means = str(Means(top_up.means).label)
    told = _("Settled (%(means)s)") if top_up.is_settlement else _("Top-up (%(means)s)")
    return told % {"means": means}


def _other(line: Booked) -> str:
    match line.kind:
        case Kind.SPEND | Kind.CAPTURE:
            return _("Payment")
        case Kind.WRITE_OFF:
            return _("Debt forgiven")
        case Kind.EXPIRY:
            return _("Expired")
        case Kind.TRANSFER:
            return _("Transfer")
        case Kind.REVERSAL:
            return _("Given back") if line.amount_minor > 0 else _("Taken back")
        case _:
            return _("Put right by hand")


# ---- All of a run ----


def of_run(run: StatementRun, *, programme: Programme) -> Slip:
    """Everybody's debt of a month on one list, for the company that pays or withholds it; one query."""
    rows = [row for row in queries.statements(run=run) if row.owed_minor]
    rows.sort(key=lambda row: row.wallet.owner.search)
    lines = [
        Line(str(row.wallet.owner), slips.in_currency(worth(row.owed_minor, programme), programme), _about(row))
        for row in rows
    ]
    whole = sum(worth(row.owed_minor, programme) for row in rows)
    total = Line(_("Together"), slips.in_currency(whole, programme), tone="sum")
    due = {row.due_on for row in rows}
    return Slip(
        issuer=programme.name,
        place=run.group.name if run.group else "",
        title=_("Debts of %(month)s") % {"month": month_of(run.month)},
        facts=(
            _("Made on %(day)s") % {"day": day_of(timezone.localtime(run.at))},
            *((_("To be settled by %(day)s") % {"day": day_of(max(due))},) if due else ()),
        ),
        parts=(Part(_("Customers"), (*lines, total)),),
        number=_("Statements no. %(number)s") % {"number": run.number},
    )


def _about(row: Statement) -> str:
    group = row.group.name if row.group and row.run.group_id is None else ""
    return " · ".join(filter(None, (row.wallet.owner.identifier, group)))


def pdf(slip: Slip, *, name: str, language: str, at: datetime) -> tuple[str, bytes]:
    """A slip as a file to be kept, in a language, with a name for it."""
    with translation.override(language):
        return f"{slugify(name) or 'statement'}.pdf", slips.pdf(slip, at=at)


# ---- For the payroll ----

COLUMNS = ("identifier", "name", "month", "amount")
"""Named in English in every language: other programs read them."""


def payroll(
    rows: Iterable[tuple[Customer, int]], *, month: rules.Month, programme: Programme, has_decimal_comma: bool
) -> bytes:
    """What is to be withheld from whose wages, in the currency: UTF-8 with its mark, `;` and decimal commas or `,` and
    points. What a spreadsheet would compute is defused.
    """
    out = StringIO()
    table = csv.writer(out, delimiter=";" if has_decimal_comma else ",", lineterminator="\r\n")
    table.writerow(COLUMNS)
    decimals, sign = money.currency_decimals(programme.currency), "," if has_decimal_comma else "."
    for customer, minor in rows:
        amount = rules.plain_amount(worth(minor, programme), decimals=decimals, sign=sign)
        names = (rules.cell(customer.identifier), rules.cell(str(customer)))
        table.writerow([*names, month.first.isoformat()[:7], amount])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def month_of(first: date) -> str:
    """A month as the language writes it."""
    return formats.date_format(first, "YEAR_MONTH_FORMAT")


def day_of(day: date) -> str:
    """A day as the language writes it."""
    return formats.date_format(day, "DATE_FORMAT")


def left_of(rows: Iterable[Statement], left: Mapping[int, int]) -> list[tuple[Customer, int]]:
    """Whose debt is unpaid and how much of it, by name."""
    owing = [(row.wallet.owner, left[row.id]) for row in rows if left.get(row.id)]
    return sorted(owing, key=lambda pair: pair[0].search)
