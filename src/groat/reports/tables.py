"""A report as a table: told once, shown on a page and written into files."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from django.utils import formats, timezone
from django.utils.translation import get_language

from groat.programmes.models import Programme
from groat.web import money

type Value = str | int | date | datetime | None


class Unit(StrEnum):
    """What a column's values are."""

    TEXT = "text"
    DAY = "day"
    MOMENT = "moment"
    COUNT = "count"
    CREDITS = "credits"
    """Minor units of credit."""
    CURRENCY = "currency"
    """Minor units of the programme's currency."""
    PERCENT = "percent"
    """Basis points."""


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    unit: Unit = Unit.TEXT
    strong: bool = False
    """The figure that a phone shows beside the line's name."""

    @property
    def is_number(self) -> bool:
        return self.unit in {Unit.COUNT, Unit.CREDITS, Unit.CURRENCY, Unit.PERCENT}


def headed(column: Column, programme: Programme) -> str:
    """A column's name with the unit of its numbers."""
    unit = unit_name(column.unit, programme)
    return f"{column.label} ({unit})" if unit else column.label


@dataclass(frozen=True, slots=True)
class Line:
    """A line's values, and for each the address of what is behind it, or nothing."""

    values: tuple[Value, ...]
    urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """What a report says, in one language."""

    title: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    totals: Line | None = None
    facts: tuple[str, ...] = ()
    """Of which days, of what."""
    notes: tuple[str, ...] = ()
    empty: str = ""
    """What to do or to think when there are no lines."""
    tops: tuple[tuple[str, str], ...] = field(default=())
    """Figures above the table: name and what it is."""

    @property
    def is_wide(self) -> bool:
        return len(self.columns) > WIDE


WIDE = 7
"""A table of more columns says its units in their names alone."""


def shown(value: Value, unit: Unit, programme: Programme, *, bare: bool = False) -> str:
    """A value as a person reads it; `bare` leaves out what stands behind the number."""
    language = get_language() or "en"
    if value is None:
        return ""
    if isinstance(value, datetime):
        return formats.date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    if isinstance(value, date):
        return formats.date_format(value, "SHORT_DATE_FORMAT")
    if isinstance(value, str):
        return value
    if bare:
        return money.format_number(value, decimals=decimals_of(unit, programme), language=language)
    if unit is Unit.CREDITS:
        return money.format_credits(
            value, decimals=programme.credit_decimals, name=programme.credit_name, language=language
        )
    if unit is Unit.CURRENCY:
        return money.format_currency(value, currency=programme.currency, language=language)
    if unit is Unit.PERCENT:
        return f"{money.format_number(value, decimals=2, language=language)} %"
    return money.format_number(value, decimals=0, language=language)


def decimals_of(unit: Unit, programme: Programme) -> int:
    """How many decimals a number of this unit has."""
    places = {
        Unit.CREDITS: programme.credit_decimals,
        Unit.CURRENCY: money.currency_decimals(programme.currency),
        Unit.PERCENT: 2,
    }
    return places.get(unit, 0)


def unit_name(unit: Unit, programme: Programme) -> str:
    """What stands behind a column's name in a file, where numbers carry no unit."""
    return {Unit.CREDITS: programme.credit_name, Unit.CURRENCY: programme.currency, Unit.PERCENT: "%"}.get(unit, "")


def summed(lines: Iterable[Line], columns: Iterable[int]) -> list[int]:
    """What the lines' numbers in these columns sum to."""
    known = list(lines)
    return [sum(value for line in known if isinstance(value := line.values[i], int)) for i in columns]
