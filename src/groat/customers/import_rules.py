"""What a table of customers, or of what they did before Groat, says. Pure.

A file's columns are found by their headings in three languages, and can be chosen by hand. Each row
then is a customer, or a movement; or it is refused, with the column and the reason.
"""

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from io import StringIO
from zoneinfo import ZoneInfo

from groat.customers.rules import folded
from groat.errors import Refusal, _
from groat.web import money


class Kind(StrEnum):
    """What the rows of a file are."""

    CUSTOMERS = "customers"
    MOVEMENTS = "movements"


@dataclass(unsafe_hash=True)
class FileUnreadable(Refusal):
    """Neither CSV nor XLSX, or empty."""

    code = "file_unreadable"
    sentence = _("This file cannot be read. Save your table as CSV or XLSX, with the headings in its first row.")


@dataclass(unsafe_hash=True)
class FileTooLarge(Refusal):
    code = "file_too_large"
    sentence = _("This file is too large: at most %(rows)s rows and %(megabytes)s MB. Divide it into several.")

    rows: int
    megabytes: int


@dataclass(unsafe_hash=True)
class ColumnMissing(Refusal):
    """Without it the rows say nothing."""

    code = "column_missing"
    sentence = _("Choose a column for “%(column)s”.")

    column: str


@dataclass(unsafe_hash=True)
class ColumnTwice(Refusal):
    code = "column_twice"
    sentence = _("“%(column)s” is chosen for two columns. Choose it for one.")

    column: str


@dataclass(unsafe_hash=True)
class CellUnreadable(Refusal):
    """A cell that is no amount, no date …"""

    code = "cell_unreadable"
    sentence = _("“%(text)s” cannot be read as “%(column)s”.")

    text: str
    column: str


@dataclass(unsafe_hash=True)
class NobodyNamed(Refusal):
    """A row with nothing that tells who it is."""

    code = "nobody_named"
    sentence = _("The row names nobody: it has no identifier, e-mail or phone.")


@dataclass(unsafe_hash=True)
class NobodyFound(Refusal):
    code = "nobody_found"
    sentence = _("No customer has this identifier, e-mail or phone. Import the customers first.")


@dataclass(unsafe_hash=True)
class SeveralFound(Refusal):
    """Two customers go by it."""

    code = "several_found"
    sentence = _("Several customers go by this. Give each an identifier of their own first.")


@dataclass(unsafe_hash=True)
class NoSuchGroup(Refusal):
    code = "no_such_group"
    sentence = _("There is no group “%(group)s”. Add it first.")

    group: str


@dataclass(unsafe_hash=True)
class BelowFloor(Refusal):
    """An opening balance in debt, for somebody who may not be."""

    code = "opening_below_floor"
    sentence = _("The opening balance is below what this customer may owe. Give them a minimum balance.")


@dataclass(unsafe_hash=True)
class OpeningDiffers(Refusal):
    """The opening balance was booked by an earlier import, and was another."""

    code = "opening_differs"
    sentence = _("Another opening balance was imported before. Adjust the balance on the customer’s page.")


@dataclass(unsafe_hash=True)
class ImportRuns(Refusal):
    code = "import_runs"
    sentence = _("Another import is still under way. Wait until it has ended.")


@dataclass(unsafe_hash=True)
class ImportNotReady(Refusal):
    """It was confirmed, discarded or changed meanwhile."""

    code = "import_not_ready"
    sentence = _("This import has gone on meanwhile. Look at it again.")


MOST_ROWS = 500_000
MOST_MEGABYTES = 50
MOST_CELL = 2000
"""Signs of a cell that are read."""

HEADINGS: dict[str, tuple[str, ...]] = {
    "name": ("name", "full name", "customer", "jmeno", "cele jmeno", "jmeno a prijmeni", "zakaznik", "klient", "meno",
             "meno a priezvisko", "cele meno"),
    "first_name": ("first name", "given name", "krestni jmeno", "krstne meno"),
    "last_name": ("last name", "surname", "family name", "prijmeni", "priezvisko"),
    "identifier": ("identifier", "id", "number", "customer number", "member number", "employee number", "code",
                   "cislo", "cislo zakaznika", "osobni cislo", "osobne cislo", "identifikator", "kod", "clenske cislo"),
    "email": ("e-mail", "email", "mail", "e-mail address", "email address", "e-mailova adresa", "emailova adresa"),
    "phone": ("phone", "telephone", "mobile", "phone number", "telefon", "mobil", "telefonni cislo", "telefonne cislo",
              "tel", "tel."),
    "language": ("language", "jazyk"),
    "group": ("group", "company", "skupina", "firma", "spolecnost", "spolocnost"),
    "note": ("note", "notes", "remark", "poznamka"),
    "floor": ("minimum balance", "limit", "overdraft", "minimalni zustatek", "minimalny zostatok", "debet"),
    "opening": ("opening balance", "balance", "credit", "credits", "zustatek", "pocatecni zustatek", "kredit",
                "zostatok", "pociatocny zostatok"),
    "expires_on": ("expires", "expires on", "valid until", "expiry", "platnost do", "plati do", "platne do",
                   "platnost"),
    "at": ("date", "time", "date and time", "when", "datum", "datum a cas", "cas", "kdy", "datum a cas"),
    "amount": ("amount", "sum", "castka", "suma", "ciastka"),
    "text": ("text", "what", "description", "product", "popis", "polozka", "produkt", "co"),
    "reference": ("reference", "document", "receipt", "transaction", "doklad", "cislo dokladu", "transakce",
                  "transakcia", "variabilni symbol", "variabilny symbol"),
}  # fmt: skip
"""What headings say, without case and diacritics, by the field that they mean."""

FIELDS: dict[Kind, tuple[str, ...]] = {
    Kind.CUSTOMERS: (
        "name", "first_name", "last_name", "identifier", "email", "phone", "language", "group", "note", "floor",
        "opening", "expires_on",
    ),
    Kind.MOVEMENTS: ("identifier", "email", "phone", "at", "amount", "text", "reference"),
}  # fmt: skip
IDENTITY = ("identifier", "email", "phone")
"""What a customer is known by, the surest first."""


def guessed(kind: Kind, headings: Sequence[str]) -> list[str]:
    """For each column the field that it is likely to be, or an empty text; no field twice."""
    left = dict.fromkeys(FIELDS[kind])
    found = []
    for heading in headings:
        plain = folded(heading).strip(" *:")
        field = next((name for name in left if plain == name.replace("_", " ") or plain in HEADINGS[name]), "")
        left.pop(field, None)
        found.append(field)
    return found


def checked_mapping(kind: Kind, mapping: Sequence[str]) -> None:
    """Refuse columns that say nothing together. Refusals: ColumnTwice, ColumnMissing."""
    chosen = [field for field in mapping if field]
    for field in chosen:
        if chosen.count(field) > 1:
            raise ColumnTwice(field)
    if not any(field in chosen for field in IDENTITY):
        raise ColumnMissing("identifier")
    if kind is Kind.MOVEMENTS:
        for field in ("at", "amount"):
            if field not in chosen:
                raise ColumnMissing(field)


def rows_of_csv(text: Iterator[str]) -> Iterator[list[str]]:
    """The rows of a CSV whose separator is found by its first lines: semicolon, comma or tab."""
    lines = _with_first(text)
    first = next(lines, "")
    counts = {sign: first.count(sign) for sign in (";", "\t", ",")}
    separator = max(counts, key=lambda sign: counts[sign])
    reader = csv.reader(_joined(first, lines), delimiter=separator, strict=False)
    try:
        for row in reader:
            yield [cell[:MOST_CELL].strip() for cell in row]
    except csv.Error as error:
        raise FileUnreadable from error


def _with_first(text: Iterator[str]) -> Iterator[str]:
    for line in text:
        if line.strip():
            yield line
            break
    yield from text


def _joined(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def encoding_of(start: bytes) -> str:
    """How a file of text is written, by its beginning: UTF-8, UTF-16 or what Windows writes in Central Europe."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        # The end may have cut a sign in two.
        start[: len(start) - 4].decode("utf-8") if len(start) > 4 else start.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(start) - 8:
            return "cp1250"
    return "utf-8-sig"


def named(row: Sequence[str], mapping: Sequence[str]) -> dict[str, str]:
    """The cells of a row by field; columns that were left out are not in it."""
    return {field: cell for field, cell in zip(mapping, row, strict=False) if field}


def name_of(cells: Mapping[str, str]) -> str:
    """The name, however many columns it stands in."""
    whole = cells.get("name", "")
    return whole or f"{cells.get('first_name', '')} {cells.get('last_name', '')}".strip()


def amount_of(cells: Mapping[str, str], field: str, *, decimals: int, language: str, unit: str) -> int | None:
    """Minor units; None for an empty cell. Refusal: CellUnreadable."""
    text = cells.get(field, "")
    if not text:
        return None
    try:
        return money.parse_minor(text, decimals=decimals, language=language, unit=unit)
    except money.NotAnAmount as error:
        raise CellUnreadable(text[:60], field) from error


_DAY = (
    re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"),
    re.compile(r"(?P<day>[0-9]{1,2})\. ?(?P<month>[0-9]{1,2})\. ?(?P<year>[0-9]{4})"),
    re.compile(r"(?P<day>[0-9]{1,2})/(?P<month>[0-9]{1,2})/(?P<year>[0-9]{4})"),
)
_TIME = re.compile(r"[T ]+(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})(?:[:.](?P<second>[0-9]{2}))?(?:\.[0-9]+)?Z?")


def moment_of(cells: Mapping[str, str], field: str, *, zone: ZoneInfo) -> datetime | None:
    """A day, with a time if there is one, of the place's clock: 2026-05-03, 3.5.2026 14:30, 3/5/2026 (day first).

    None for an empty cell. Refusal: CellUnreadable.
    """
    text = cells.get(field, "")
    if not text:
        return None
    for form in _DAY:
        if found := form.match(text):
            rest = text[found.end() :]
            clock = _TIME.fullmatch(rest) if rest else None
            if rest and clock is None:
                break
            try:
                day = date(int(found["year"]), int(found["month"]), int(found["day"]))
                hour, minute, second = (int(part or 0) for part in clock.groups()) if clock else (0, 0, 0)
                return datetime.combine(day, time(hour, minute, second), zone).astimezone(UTC)
            except (ValueError, OverflowError) as error:
                raise CellUnreadable(text[:60], field) from error
    raise CellUnreadable(text[:60], field)


def movement_key(*, wallet: int, at: datetime, amount_minor: int, text: str, reference: str) -> bytes:
    """What a past movement is known by: its reference if it has one, and otherwise all that is said of it."""
    said: tuple[object, ...] = ("reference", reference) if reference else (at.isoformat(), amount_minor, text)
    return hashlib.blake2b(repr((wallet, *said)).encode(), digest_size=16).digest()


def sample(kind: Kind) -> str:
    """A small table to begin with, as CSV with semicolons, which every spreadsheet of Central Europe opens."""
    rows = {
        Kind.CUSTOMERS: (
            ("name", "identifier", "email", "phone", "language", "group", "note", "minimum balance",
             "opening balance", "valid until"),
            ("Jana Nováková", "E-1042", "jana@example.com", "+420 601 234 567", "cs", "", "", "", "450,00",
             "2027-12-31"),
            ("Peter Kováč", "E-1043", "peter@example.com", "", "sk", "", "locker 12", "500,00", "-120,50", ""),
        ),
        Kind.MOVEMENTS: (
            ("identifier", "date", "amount", "text", "reference"),
            ("E-1042", "2026-05-03 14:30", "-45,00", "Espresso", "R-20991"),
            ("E-1042", "2026-05-01 09:00", "500,00", "Top-up", "R-20417"),
        ),
    }  # fmt: skip
    out = StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(rows[kind])
    return "\ufeff" + out.getvalue()
