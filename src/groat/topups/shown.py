"""Offers, and what they gave, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from groat.programmes.models import Programme
from groat.topups import offers, rules
from groat.topups.models import GivenBonus, Offer, OfferKind
from groat.web import money


def credits_text(amount_minor: int, programme: Programme) -> str:
    """An amount of the programme's credits."""
    return money.format_credits(
        amount_minor,
        decimals=programme.credit_decimals,
        name=programme.credit_name,
        language=get_language() or "en",
    )


def currency_text(amount_minor: int, programme: Programme) -> str:
    """An amount of the programme's currency."""
    return money.format_currency(amount_minor, currency=programme.currency, language=get_language() or "en")


def usual_amounts(programme: Programme) -> list[int]:
    """Four round amounts of the programme's credits."""
    return rules.usual_amounts(
        credit_decimals=programme.credit_decimals,
        price_minor=programme.price_minor,
        currency=programme.currency,
        currency_decimals=money.currency_decimals(programme.currency),
    )


def typed_minor(text: str, programme: Programme) -> int | None:
    """The credits that somebody has typed so far; None while it is no amount."""
    decimals, name = programme.credit_decimals, programme.credit_name
    try:
        typed = money.parse_minor(text.strip(), decimals=decimals, language=get_language() or "en", unit=name)
    except money.NotAnAmount:
        return None
    return typed if typed > 0 else None


def rate_text(rate: int) -> str:
    """Hundredths of a per cent: 12.5 %."""
    number = money.format_number(rate, decimals=2, language=get_language() or "en")
    sign = money.format_number(1, decimals=1, language=get_language() or "en")[1]
    return f"{number.rstrip('0').rstrip(sign)}\N{NO-BREAK SPACE}%"


def step_text(unit: str, step: int, programme: Programme) -> str:
    """What a step gives."""
    return rate_text(step) if unit == offers.Unit.PERCENT else credits_text(step, programme)


def gives(offer: Offer, programme: Programme) -> str:
    """What an offer gives for what, in a line."""
    if offer.sort == OfferKind.PACKAGE:
        said = _("%(credits)s for %(price)s") % {
            "credits": credits_text(offer.credits_minor or 0, programme),
            "price": currency_text(paid_for(offer, programme), programme),
        }
        more = _("%(bonus)s bonus") % {"bonus": credits_text(offer.bonus_minor, programme)}
        return f"{said} + {more}" if offer.bonus_minor else said
    return " · ".join(
        _("%(bonus)s from %(amount)s on")
        % {
            "bonus": step_text(offer.unit, tier["bonus"], programme),
            "amount": credits_text(tier["from_minor"], programme),
        }
        for tier in offer.tiers
    )


def paid_for(offer: Offer, programme: Programme) -> int:
    """What a package costs, in minor units of the currency."""
    terms = offer.terms
    if not isinstance(terms, offers.Package):
        return 0
    decimals, price_minor = programme.credit_decimals, programme.price_minor
    return offers.paid(terms, terms.credits_minor, decimals=decimals, price_minor=price_minor)


def for_whom(offer: Offer) -> str:
    """Who may have it."""
    parts = [offer.group.name] if offer.group else []
    parts += [_("first top-up")] if offer.first_only else []
    return " · ".join(parts) or _("everybody")


def where(offer: Offer) -> str:
    """Where it is sold."""
    sold = [(offer.at_till, _("till")), (offer.at_office, _("office")), (offer.online, _("online"))]
    if all(is_sold for is_sold, _name in sold):
        return _("everywhere")
    return ", ".join(name for is_sold, name in sold if is_sold)


def when(offer: Offer) -> str:
    """From when to when."""
    named = {"start": _moment(offer.starts_at), "end": _moment(offer.ends_at)}
    if offer.starts_at and offer.ends_at:
        return _("from %(start)s to %(end)s") % named
    if offer.starts_at:
        return _("from %(start)s on") % named
    return _("until %(end)s") % named if offer.ends_at else _("always")


def _moment(at: Any) -> str:
    return formats.date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT") if at else ""


@dataclass(frozen=True, slots=True)
class Reason:
    """What an offer gave, and why."""

    name: str
    bonus_minor: int
    why: str


def reasons_of(quote: offers.Quote, programme: Programme) -> list[Reason]:
    """Why a quote gives what it gives."""
    return [Reason(one.name, one.bonus_minor, why(one.why, programme)) for one in quote.given]


def reasons_kept(given: list[GivenBonus], programme: Programme) -> list[Reason]:
    """Why a top-up got what it got, as the offers said then."""
    return [Reason(one.name, one.bonus_minor, why(one.why, programme)) for one in given]


def why(told: Mapping[str, Any], programme: Programme) -> str:
    """`offers.Given.why` in words."""
    if not told:
        return _("part of the package")
    named = {
        "bonus": step_text(told["unit"], told["step"], programme),
        "amount": credits_text(told["from_minor"], programme),
        "before": credits_text(told["before_minor"], programme),
        "days": told["days"],
    }
    match told["basis"]:
        case offers.Basis.MONTH:
            said = _("%(bonus)s from %(amount)s in the month on; %(before)s bought in it before")
        case offers.Basis.DAYS:
            said = ngettext(
                "%(bonus)s from %(amount)s in %(days)s day on; %(before)s bought in it before",
                "%(bonus)s from %(amount)s in %(days)s days on; %(before)s bought in them before",
                told["days"],
            )
        case _:
            said = _("%(bonus)s from %(amount)s on") if told["from_minor"] else _("%(bonus)s of any amount")
    return said % named
