"""Tables as files: CSV, XLSX and PDF. Text that a spreadsheet would compute is defused."""

import csv
import json
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import typst
from django.utils import timezone
from django.utils.translation import get_language
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from groat.programmes.models import Programme
from groat.reports.tables import Column, Line, Table, Unit, Value, decimals_of, headed, shown
from groat.web.slips import fonts

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
CONTENT_TYPES = FORMATS | {"xml": "application/xml"}
MOST_LINES = {"csv": 200_000, "xlsx": 100_000, "pdf": 5_000}
"""What is longer is no use in this format."""

_SHEET = Path(__file__).resolve().parent / "typst" / "report.typ"
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_COMMA = {"cs", "sk", "de", "pl", "hu"}
"""Languages whose spreadsheets read a comma before the decimals and semicolons between cells."""


def written(table: Table, *, file_format: str, programme: Programme, at: datetime) -> bytes:
    """The table in this format, in the current language."""
    if file_format == "csv":
        return csv_of(table, programme=programme)
    if file_format == "xlsx":
        return xlsx_of(table, programme=programme)
    return pdf_of(table, programme=programme, at=at)


def csv_of(table: Table, *, programme: Programme) -> bytes:
    """UTF-8 with its mark, as the spreadsheet of the language opens it without questions; money without its unit."""
    is_comma = (get_language() or "en")[:2] in _COMMA
    out = StringIO()
    rows = csv.writer(out, delimiter=";" if is_comma else ",", lineterminator="\r\n")
    rows.writerow([defused(headed(column, programme)) for column in table.columns])
    for line in _all_lines(table):
        told = (_plain(value, column, programme) for value, column in _cells(line, table))
        rows.writerow([one.replace(".", ",") if is_comma and is_number else one for one, is_number in told])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def xlsx_of(table: Table, *, programme: Programme) -> bytes:
    """A workbook of one sheet, in which numbers are numbers; written line by line."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_sheet_name(table.title))
    sheet.freeze_panes = "A2"
    for i, column in enumerate(table.columns):
        sheet.column_dimensions[get_column_letter(i + 1)].width = 16 if column.is_number else 28
    sheet.append([_bold(sheet, defused(headed(column, programme))) for column in table.columns])
    for line in table.lines:
        sheet.append([_cell(sheet, value, column, programme) for value, column in _cells(line, table)])
    if table.totals:
        sheet.append(
            [_cell(sheet, value, column, programme, bold=True) for value, column in _cells(table.totals, table)]
        )
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def pdf_of(table: Table, *, programme: Programme, at: datetime) -> bytes:
    """The table on sheets of A4. What it says reaches them as data, never as markup."""
    told = {
        "issuer": programme.name,
        "title": table.title,
        "facts": list(table.facts),
        "notes": list(table.notes),
        "tops": [list(top) for top in table.tops],
        "empty": table.empty if not table.lines else "",
        "columns": [
            {"label": headed(column, programme) if table.is_wide else column.label, "number": column.is_number}
            for column in table.columns
        ],
        "lines": [_texts(line, table, programme) for line in table.lines],
        "totals": _texts(table.totals, table, programme) if table.totals else [],
        "made": shown(at, Unit.MOMENT, programme),
        "language": get_language() or "en",
    }
    try:
        return _typeset(json.dumps(told), at, ["a-2a"])
    except typst.TypstError:
        # A sign that the font lacks, such as an emoji, is a box, which PDF/A does not allow.
        return _typeset(json.dumps(told), at, [])


def defused(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def _typeset(told: str, at: datetime, standards: "list[typst.PDFStandard]") -> bytes:
    made = typst.compile(
        str(_SHEET),
        root=str(_SHEET.parent),
        font_paths=fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"told": told},
        pdf_standards=standards,
        timestamp=at.replace(microsecond=0),
    )
    if not isinstance(made, bytes):
        raise TypeError("typst made something else than one PDF")
    return made


def _all_lines(table: Table) -> list[Line]:
    return [*table.lines, *([table.totals] if table.totals else [])]


def _cells(line: Line, table: Table) -> list[tuple[Value, Column]]:
    return list(zip(line.values, table.columns, strict=True))


def _texts(line: Line, table: Table, programme: Programme) -> list[str]:
    return [shown(value, column.unit, programme, bare=table.is_wide) for value, column in _cells(line, table)]


def _number(value: int, column: Column, programme: Programme) -> Decimal:
    return Decimal(value).scaleb(-decimals_of(column.unit, programme))


def _plain(value: Value, column: Column, programme: Programme) -> tuple[str, bool]:
    """A value in a file of text, and whether it is a number."""
    if isinstance(value, int):
        return f"{_number(value, column, programme):f}", True
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S"), False
    if isinstance(value, date):
        return value.isoformat(), False
    return defused(value or ""), False


def _cell(sheet: Any, value: Value, column: Column, programme: Programme, *, bold: bool = False) -> Any:
    told: Any = value
    if isinstance(value, int):
        told = _number(value, column, programme)
        cell = WriteOnlyCell(sheet, value=told)
        places = decimals_of(column.unit, programme)
        cell.number_format = "#,##0" + ("." + "0" * places if places else "")
    elif isinstance(value, datetime):
        cell = WriteOnlyCell(sheet, value=timezone.localtime(value).replace(tzinfo=None))
        cell.number_format = "yyyy-mm-dd hh:mm"
    elif isinstance(value, date):
        cell = WriteOnlyCell(sheet, value=told)
        cell.number_format = "yyyy-mm-dd"
    else:
        cell = WriteOnlyCell(sheet, value=defused(value or ""))
    if bold:
        cell.font = Font(bold=True)
    return cell


def _bold(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font = Font(bold=True)
    return cell


def _sheet_name(title: str) -> str:
    """As a spreadsheet allows it: 31 signs, none of them special."""
    return "".join(sign for sign in title if sign not in "[]:*?/\\'")[:31].strip() or "Report"
