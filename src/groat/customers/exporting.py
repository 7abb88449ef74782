"""The list of customers as a table to take along."""

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
from django.db import transaction
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from groat.customers import queries
from groat.customers.queries import Sought
from groat.customers.tables import defused
from groat.ledger import queries as ledger
from groat.programmes import audit
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme

AT_ONCE = 1000


@transaction.atomic
def begin(*, programme: Programme, sought: Sought, deed: Deed) -> int:
    """Note that people's data are taken along, and of how many."""
    count = queries.found(programme_id=programme.id, sought=sought).count()
    audit.write(
        programme_id=programme.id,
        deed=deed,
        action="customers.exported",
        subject=programme,
        subject_name=programme.name,
        details={"customers": count},
    )
    return count


type Cell = str | int | float | datetime | None


def rows(*, programme: Programme, sought: Sought, now: datetime) -> Iterator[tuple[Cell, ...]]:
    """What is known of each, in the order of the list: a few queries for a thousand of them.

    Name, identifier, e-mail, phone, language, group, cards, balance and minimum balance in credits, since when,
    blocked since, note.
    """
    groups = {group.pk: group.name for group, _ in queries.counted_groups(programme_id=programme.id)}
    zone, unit = ZoneInfo(programme.time_zone), 10**programme.credit_decimals
    after: int | None = None
    while True:
        page = queries.search(programme_id=programme.id, sought=sought, after=after, limit=AT_ONCE)
        wallets = [queries.wallet_of(customer).pk for customer in page.customers]
        standings = ledger.balances(programme_id=programme.id, wallets=wallets, now=now)
        for customer, wallet in zip(page.customers, wallets, strict=True):
            stands = standings[wallet]
            blocked_at = customer.blocked_at
            yield (
                customer.name,
                customer.identifier,
                customer.email,
                customer.phone,
                customer.language or programme.language,
                groups.get(customer.group_id or 0, ""),
                " ".join(card.last_four for card in customer.cards.all() if card.state != "replaced"),
                # Shown to the last digit: far below what a float holds exactly.
                stands.posted_minor / unit,
                stands.floor_minor / unit,
                customer.created_at.astimezone(zone).replace(tzinfo=None, microsecond=0),
                blocked_at.astimezone(zone).replace(tzinfo=None, microsecond=0) if blocked_at else None,
                customer.note,
            )
        if page.after is None:
            return
        after = page.after


def spreadsheet(heading: tuple[str, ...], told: Iterator[tuple[Cell, ...]]) -> BytesIO:
    """The rows as XLSX; texts are never formulas. openpyxl keeps them in a file while it packs them."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    sheet.append(heading)
    for row in told:
        sheet.append([_cell(sheet, value) for value in row])
    file = BytesIO()
    book.save(file)
    file.seek(0)
    return file


def _cell(sheet: Any, value: Cell) -> object:
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, str(defused(ILLEGAL_CHARACTERS_RE.sub("", value))))
    cell.data_type = "s"
    return cell
