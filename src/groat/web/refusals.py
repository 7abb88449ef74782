"""How a refusal is told to a person: its sentence in their language, with its facts filled in."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import Enum

from django.utils import formats, timezone
from django.utils.translation import get_language, gettext, ngettext

from groat.errors import Refusal
from groat.web import money


def worded(refusal: Refusal, *, programme: money.Denomination | None = None) -> str:
    """The sentence of a refusal in the current language.

    Facts called `…_minor` are amounts: credits of the programme, or its currency if they are
    called `…_currency_minor`.
    """
    facts = {name: _told(name, value, programme) for name, value in refusal.facts().items()}
    return gettext(refusal.sentence) % facts


def _told(name: str, value: object, programme: money.Denomination | None) -> object:
    if isinstance(value, int) and name.endswith("_minor"):
        return _amount(value, programme, is_currency=name.endswith("_currency_minor"))
    if isinstance(value, Enum):
        return getattr(value, "label", value.value)
    if isinstance(value, datetime):
        return formats.date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    if isinstance(value, date):
        return formats.date_format(value, "SHORT_DATE_FORMAT")
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return ", ".join(str(_told(name, one, programme)) for one in value)
    return value


def _amount(value_minor: int, programme: money.Denomination | None, *, is_currency: bool) -> str:
    language = get_language() or "en"
    if programme is None:
        number = money.format_number(value_minor, decimals=0, language=language)
        return ngettext("%(number)s minor unit", "%(number)s minor units", value_minor) % {"number": number}
    if is_currency:
        return money.format_currency(value_minor, currency=programme.currency, language=language)
    return money.format_credits(
        value_minor, decimals=programme.credit_decimals, name=programme.credit_name, language=language
    )
