"""Amounts as people read and write them. Inside, an amount is a whole number of minor units."""

import re
from decimal import Decimal
from functools import cache
from typing import Protocol

from babel import Locale, numbers

LARGEST_MINOR = 10**15
"""No typed amount is larger: what is, is a slip of the hand or a card number."""

_MINUS = "\N{MINUS SIGN}"
_SPACES = re.compile(r"\s")
_GROUPED_BY_SPACE = re.compile(r"\d{1,3}(\s\d{3})+$")


class Denomination(Protocol):
    """What money needs to know of a programme."""

    @property
    def credit_name(self) -> str: ...
    @property
    def credit_decimals(self) -> int: ...
    @property
    def currency(self) -> str: ...


class NotAnAmount(ValueError):
    """The text is no amount of money."""


class TooManyDecimals(NotAnAmount):
    """The text has more decimals than the unit."""

    def __init__(self, decimals: int) -> None:
        super().__init__(f"more than {decimals} decimals")
        self.decimals = decimals


class Ambiguous(NotAnAmount):
    """The text reads as thousands or as decimals: 12,505 in English."""

    def __init__(self, *, whole: str, fraction: str, decimals: int) -> None:
        super().__init__(f"{whole} and {fraction} are thousands or decimals")
        self.as_thousands_minor = int(whole + fraction) * 10**decimals
        self.as_decimals_minor = int(whole + fraction.ljust(decimals, "0")[:decimals])


class TooLarge(NotAnAmount):
    """The text is a number beyond any sensible amount."""


def format_number(amount_minor: int, *, decimals: int, language: str, signed: bool = False) -> str:
    """`amount_minor` with all its decimals and no unit, as the language writes numbers."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    text: str = numbers.format_decimal(
        Decimal(abs(amount_minor)).scaleb(-decimals), format=pattern, locale=_locale(language)
    )
    if amount_minor < 0:
        return _MINUS + text
    return f"+{text}" if signed and amount_minor else text


def format_credits(amount_minor: int, *, decimals: int, name: str, language: str, signed: bool = False) -> str:
    """Credits with the programme's name for them: 1 250,00 Kč."""
    number = format_number(amount_minor, decimals=decimals, language=language, signed=signed)
    return f"{number}\N{NO-BREAK SPACE}{name}"


def format_currency(amount_minor: int, *, currency: str, language: str) -> str:
    """Money of a currency (ISO 4217), from its minor units, as the language writes it: €12.50."""
    amount = Decimal(amount_minor).scaleb(-currency_decimals(currency))
    text: str = numbers.format_currency(amount, currency, locale=_locale(language))
    # A code such as CZK, where a language has no sign for the currency, stands apart from the number.
    return re.sub(r"(?<=[A-Z])(?=\d)", "\N{NO-BREAK SPACE}", text).replace("-", _MINUS)


def currency_decimals(currency: str) -> int:
    """How many decimals a currency (ISO 4217) has: 2 for EUR, 0 for JPY."""
    decimals: int = numbers.get_currency_precision(currency)
    return decimals


def currency_symbol(currency: str, *, language: str) -> str:
    """The sign of a currency in a language: Kč, €."""
    symbol: str = numbers.get_currency_symbol(currency, locale=_locale(language))
    return symbol


def parse_minor(text: str, *, decimals: int, language: str, unit: str = "") -> int:
    """The minor units that a person typed: "12,50", "12.50", "1 250", "-3 Kč" if Kč is the unit.

    A comma and a point both mean the decimals. One of them before exactly three digits could
    group thousands just as well, unless it is the language's decimal sign: that is refused. Where
    the unit has no decimals, a group as the language writes it is a group.
    Raises NotAnAmount, and of these Ambiguous, TooManyDecimals and TooLarge.
    """
    text = text.strip().replace(_MINUS, "-")
    if unit and text.endswith(unit):
        text = text.removesuffix(unit).rstrip()
    negative = text.startswith("-")
    unsigned = text.removeprefix("-") if negative else text.removeprefix("+")
    whole, fraction = _split(unsigned, decimals=decimals, language=language)
    if len(fraction) > decimals:
        raise TooManyDecimals(decimals)
    amount_minor = int(whole + fraction.ljust(decimals, "0"))
    if amount_minor > LARGEST_MINOR:
        raise TooLarge(text)
    return -amount_minor if negative else amount_minor


def _split(text: str, *, decimals: int, language: str) -> tuple[str, str]:
    """The digits before and after the decimal sign."""
    sign = _decimal_sign(text, decimals=decimals, language=language)
    whole, fraction = text.rsplit(sign, 1) if sign else (text, "")
    if sign and not fraction:
        raise NotAnAmount(text)
    whole = "0" if sign and not whole else _ungrouped(whole)
    # str.isdigit would let in digits of other scripts and superscripts.
    if not re.fullmatch(r"[0-9]{1,18}", whole) or not re.fullmatch(r"[0-9]{0,18}", fraction):
        raise NotAnAmount(text)
    return whole, fraction


def _decimal_sign(text: str, *, decimals: int, language: str) -> str:
    """The character that begins the decimals in this text, or nothing."""
    points, commas = text.count("."), text.count(",")
    if points and commas:
        return max(".,", key=text.rfind)
    if points + commas != 1:
        return ""
    sign = "." if points else ","
    locale = _locale(language)
    may_group = re.fullmatch(r"([1-9][0-9]{0,2})[.,]([0-9]{3})", text)
    if not may_group or sign == numbers.get_decimal_symbol(locale):
        return sign
    if decimals:
        raise Ambiguous(whole=may_group[1], fraction=may_group[2], decimals=decimals)
    return "" if sign == numbers.get_group_symbol(locale) else sign


def _ungrouped(whole: str) -> str:
    """Thousands may be grouped, by one kind of sign throughout."""
    if _GROUPED_BY_SPACE.match(whole):
        return _SPACES.sub("", whole)
    for sign in ".,":
        if re.fullmatch(rf"\d{{1,3}}({re.escape(sign)}\d{{3}})+", whole):
            return whole.replace(sign, "")
    return whole


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language, sep="-")
