"""Tables as people keep them, read row by row: CSV as spreadsheets of Central Europe write it, and XLSX."""

import io
import warnings
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from groat.customers import import_rules as rules

ZIPPED = b"PK\x03\x04"
MOST_UNPACKED = 1024 * 1024 * 1024
"""Bytes that an XLSX may unpack to: more is no table but a trap."""


def rows(file: IO[bytes]) -> Iterator[list[str]]:
    """The rows of a file, the headings first; those that are empty are left out. Refusal: FileUnreadable."""
    start = file.read(64 * 1024)
    file.seek(0)
    found = _xlsx(file) if start.startswith(ZIPPED) else _csv(file, start)
    return ([cell.replace("\0", "") for cell in row] for row in found)


def _csv(file: IO[bytes], start: bytes) -> Iterator[list[str]]:
    text = io.TextIOWrapper(file, encoding=rules.encoding_of(start), newline="")
    try:
        yield from rules.rows_of_csv(text)
    except UnicodeDecodeError as error:
        raise rules.FileUnreadable from error
    finally:
        # The file is its owner's to close.
        text.detach()


def _xlsx(file: IO[bytes]) -> Iterator[list[str]]:
    try:
        with ZipFile(file) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise rules.FileTooLarge(rules.MOST_ROWS, rules.MOST_MEGABYTES)
        with warnings.catch_warnings():
            # Of styles and validations that are not read anyway.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            sheet = book.worksheets[0]
            for row in sheet.iter_rows(values_only=True):
                yield [_cell(value) for value in row]
            book.close()
    except (BadZipFile, InvalidFileException, KeyError, IndexError, ValueError, OSError) as error:
        raise rules.FileUnreadable from error


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds") if value.time() != time() else value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        # As the sheet shows it: what was typed as 45.1 is kept as 45.10000000000000142.
        return format(value, ".10f").rstrip("0").rstrip(".")
    return str(value)[: rules.MOST_CELL].strip()
