"""What a rule says, and why credits expire when they do, in the words of the person who reads it."""

from datetime import date

from django.utils import formats
from django.utils.text import get_text_list
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from groat.topups.expiry.rules import Extension, Life, Period, Rule
from groat.web import money


def sentences(rule: Rule, programme: money.Denomination) -> list[str]:
    """The rule, a sentence for each thing that it says."""
    said = [life(rule)]
    if rule.grace_days:
        said.append(grace(rule.grace_days))
    if extends := extension(rule, programme):
        said.append(extends)
    if rule.reminder_days:
        said.append(reminders(rule.reminder_days))
    return said


def life(rule: Rule) -> str:
    """How long credits are good that are bought by it."""
    match rule.life:
        case Life.NEVER:
            return _("Bought credits do not expire.")
        case Life.MONTHS:
            months = rule.months or 0
            return ngettext(
                "Bought credits are good for %(months)d month.",
                "Bought credits are good for %(months)d months.",
                months,
            ) % {"months": months}
        case Life.VISIT:
            days = rule.visit_days or 0
            return ngettext(
                "Bought credits are good for %(days)d day after the last payment or top-up.",
                "Bought credits are good for %(days)d days after the last payment or top-up.",
                days,
            ) % {"days": days}
        case Life.PERIOD:
            return _PERIODS[rule.period or Period.YEAR, rule.periods_after]()


_PERIODS = {
    (Period.MONTH, 0): lambda: _("Bought credits are good until the end of the month."),
    (Period.MONTH, 1): lambda: _("Bought credits are good until the end of the following month."),
    (Period.QUARTER, 0): lambda: _("Bought credits are good until the end of the quarter."),
    (Period.QUARTER, 1): lambda: _("Bought credits are good until the end of the following quarter."),
    (Period.HALF_YEAR, 0): lambda: _("Bought credits are good until the end of the half-year."),
    (Period.HALF_YEAR, 1): lambda: _("Bought credits are good until the end of the following half-year."),
    (Period.YEAR, 0): lambda: _("Bought credits are good until the end of the year."),
    (Period.YEAR, 1): lambda: _("Bought credits are good until the end of the following year."),
}


def grace(days: int) -> str:
    """What comes on top of each date."""
    return ngettext(
        "After that day they still pay for %(days)d day of grace.",
        "After that day they still pay for %(days)d days of grace.",
        days,
    ) % {"days": days}


def extension(rule: Rule, programme: money.Denomination) -> str:
    """What moves dates forward; empty when nothing does but what the life itself says."""
    if rule.extension is Extension.NONE:
        return ""
    months = rule.extension_months or 0
    if rule.extends_from_minor <= 1:
        if rule.extension is Extension.AS_NEW:
            return _("Buying credits extends those bought before: they are good as long as the new ones.")
        return ngettext(
            "Buying credits extends those bought before to %(months)d month from that day.",
            "Buying credits extends those bought before to %(months)d months from that day.",
            months,
        ) % {"months": months}
    amount = amount_of(rule.extends_from_minor, programme)
    if rule.extension is Extension.AS_NEW:
        return _(
            "Buying %(amount)s or more extends the credits bought before: they are good as long as the new ones."
        ) % {"amount": amount}
    return ngettext(
        "Buying %(amount)s or more extends the credits bought before to %(months)d month from that day.",
        "Buying %(amount)s or more extends the credits bought before to %(months)d months from that day.",
        months,
    ) % {"amount": amount, "months": months}


def reminders(distances: tuple[int, ...]) -> str:
    """How long ahead customers hear of it; the distances stand from the longest to the shortest."""
    listed = get_text_list([str(distance) for distance in distances], _("and"))
    return ngettext(
        "Customers with an e-mail address are reminded %(days)s day ahead.",
        "Customers with an e-mail address are reminded %(days)s days ahead.",
        distances[-1] if len(distances) == 1 else 5,
    ) % {"days": listed}


def amount_of(amount_minor: int, programme: money.Denomination) -> str:
    """An amount of credits with its unit."""
    return money.format_credits(
        amount_minor,
        decimals=programme.credit_decimals,
        name=programme.credit_name,
        language=get_language() or "en",
    )


def how_to_extend(rule: Rule, programme: money.Denomination) -> str:
    """What a customer can do so that bought credits are good for longer; empty when nothing helps but using them."""
    if rule.life is Life.VISIT:
        days = rule.visit_days or 0
        return ngettext(
            "Pay or top up before then, and what you bought is good for another %(days)d day.",
            "Pay or top up before then, and what you bought is good for another %(days)d days.",
            days,
        ) % {"days": days}
    if rule.extension is Extension.NONE:
        return ""
    if rule.extends_from_minor <= 1:
        return _("Buy credits before then, and those that you bought before are good for longer, too.")
    return _("Buy %(amount)s or more before then, and those that you bought before are good for longer, too.") % {
        "amount": amount_of(rule.extends_from_minor, programme)
    }


def day_of(day: date) -> str:
    """A day as the language writes it."""
    return formats.date_format(day, "DATE_FORMAT")
