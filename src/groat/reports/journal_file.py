"""The journal as CSV for other programs: the same on every machine and in every language (docs/journal.md)."""

import csv
from decimal import Decimal
from io import StringIO

from groat.reports.asked import Asked
from groat.reports.cells import NO_VAT
from groat.reports.figures import Figures
from groat.reports.files import defused
from groat.reports.journal import KINDS, Assignment, bookings, documents, settings_of
from groat.web.money import currency_decimals

COLUMNS = ("date", "document", "kind", "text", "debit", "credit", "amount", "currency", "vat_rate", "is_vat")


def journal_csv(figures: Figures, asked: Asked) -> bytes:
    """UTF-8, commas, a point before the decimals, ISO dates; one line a booking."""
    programme = asked.programme
    places = currency_decimals(programme.currency)
    out = StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for one in bookings(documents(figures, asked), Assignment(settings_of(programme).accounts)):
        rate = "" if one.vat_rate == NO_VAT else f"{Decimal(one.vat_rate).scaleb(-2):f}"
        rows.writerow(
            [
                one.document.day.isoformat(),
                one.document.number,
                one.document.kind,
                defused(str(KINDS[one.document.kind].name)),
                defused(one.debit),
                defused(one.credit),
                f"{Decimal(one.amount_minor).scaleb(-places):f}",
                programme.currency,
                rate,
                int(one.is_vat),
            ]
        )
    return out.getvalue().encode()
