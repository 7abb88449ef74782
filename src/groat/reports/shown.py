"""The overview as its page shows it: tiles and charts in words, each with the address of what is behind it."""

from typing import Any

from django.urls import reverse
from django.utils import formats
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from groat.ledger.core.accounts import Tally
from groat.programmes.models import Programme
from groat.reports.asked import Asked
from groat.reports.charts import Bar, Chart, drawn
from groat.reports.overview import CHART_DAYS, LIMIT_EUR_MINOR, Compared, Overview
from groat.reports.periods import Period
from groat.reports.tables import Unit, shown
from groat.web import money


def tiles(seen: Overview, asked: Asked, *, debt_minor: int) -> list[dict[str, str]]:
    """The figures of the day."""
    programme = asked.programme
    day = Period(seen.day, seen.day)
    behind = asked.entries_url(Tally.REVENUE, day)
    found = [
        _tile(
            _("Paid today") if seen.until_hour is not None else _("Paid"), seen.paid, programme, Unit.CREDITS, behind
        ),
        _tile(_("Payments"), seen.payments, programme, Unit.COUNT, behind),
        _tile(_("Average payment"), seen.average, programme, Unit.CREDITS, behind),
        _tile(
            _("Received for top-ups"), seen.received, programme, Unit.CURRENCY, asked.entries_url(Tally.TAKINGS, day)
        ),
        _tile(_("Top-ups"), seen.top_ups, programme, Unit.COUNT, asked.entries_url(Tally.ISSUED, day)),
    ]
    if seen.customers is not None:
        found.append(_tile(_("Customers seen"), seen.customers, programme, Unit.COUNT, behind))
    found[0]["hint"] += f" · {_payments(seen.payments.now)}"
    found[3]["hint"] += f" · {_top_ups(seen.top_ups.now)}"
    return found + _standing(seen, asked, debt_minor)


def _payments(count: int) -> str:
    return ngettext("%(count)s payment", "%(count)s payments", count) % {"count": count}


def _top_ups(count: int) -> str:
    return ngettext("%(count)s top-up", "%(count)s top-ups", count) % {"count": count}


def _standing(seen: Overview, asked: Asked, debt_minor: int) -> list[dict[str, str]]:
    """What is owed, given and gone, whatever day it is."""
    programme = asked.programme
    month = Period(seen.day.replace(day=1), seen.day)
    liability = reverse("report", kwargs={"programme": programme.slug, "report": "liability"})
    debtors = reverse("customers", kwargs={"programme": programme.slug})

    def told(minor: int) -> str:
        return shown(minor, Unit.CREDITS, programme)

    expected = seen.owed.breakage
    hint = _("this month, booked")
    if expected is not None:
        hint = _("this month, booked; %(expected)s more expected") % {"expected": told(expected[0])}
    return [
        {"label": _("Credits of customers"), "value": told(seen.owed.total_minor), "hint": _("to be honoured"),
         "tone": "", "url": f"{liability}?period=year"},
        {"label": _("Owed by customers"), "value": told(debt_minor), "hint": _("postpaid and overdrawn"),
         "tone": "bad" if debt_minor else "", "url": debtors},
        {"label": _("Bonus given"), "value": told(seen.bonus_month_minor), "hint": _("this month"), "tone": "",
         "url": asked.entries_url(Tally.BONUS, month)},
        {"label": _("Expired"), "value": told(seen.expired_month_minor), "hint": hint, "tone": "",
         "url": asked.entries_url(Tally.BREAKAGE, month)},
    ]  # fmt: skip


def _tile(label: str, figure: Compared, programme: Programme, unit: Unit, url: str) -> dict[str, str]:
    usual = shown(figure.usual, unit, programme)
    change = figure.change_percent
    if change is None:
        hint = _("nothing to compare with yet")
    elif change == 0:
        hint = _("as usual (%(usual)s)") % {"usual": usual}
    else:
        sign = "+" if change > 0 else "−"
        hint = _("%(change)s %% to the usual %(usual)s") % {"change": f"{sign}{abs(change)}", "usual": usual}
    return {"label": label, "value": shown(figure.now, unit, programme), "hint": hint, "tone": "", "url": url}


def volume(seen: Overview, programme: Programme) -> dict[str, Any]:
    """The twelve months against what must be notified."""
    language = get_language() or "en"
    return {
        "told": money.format_currency(seen.volume.minor, currency=programme.currency, language=language),
        "eur": None
        if seen.volume.eur_minor is None
        else money.format_currency(seen.volume.eur_minor, currency="EUR", language=language),
        "limit": money.format_currency(LIMIT_EUR_MINOR, currency="EUR", language=language),
        "per_cent": seen.volume.per_cent,
        "is_other": programme.currency != "EUR",
    }


def charts(seen: Overview, asked: Asked) -> list[Chart]:
    """The days before, and the hours of the day."""
    programme = asked.programme

    def told(minor: int) -> str:
        return shown(minor, Unit.CREDITS, programme)

    days = [
        Bar(
            formats.date_format(day, "j. n." if (get_language() or "en")[:2] in {"cs", "sk"} else "j M"),
            amount,
            told(amount),
            asked.entries_url(Tally.REVENUE, Period(day, day)),
            is_marked=day == seen.day,
        )
        for day, amount in seen.by_day
    ]
    hours = [
        Bar(
            f"{hour}:00",
            amount,
            told(amount),
            asked.entries_url(Tally.REVENUE, Period(seen.day, seen.day), hour=hour),
            usual,
            told(usual),
        )
        for hour, amount, usual in seen.by_hour
    ]
    best = max(seen.by_day, key=lambda one: one[1], default=(seen.day, 0))
    found = [
        drawn(
            days,
            key="by-day",
            title=_("Paid in credits, day by day"),
            about=_("%(days)s days up to this one. The best was %(best)s with %(amount)s.")
            % {"days": CHART_DAYS, "best": formats.date_format(best[0], "DATE_FORMAT"), "amount": told(best[1])},
            first=_("Day"),
            second=_("Paid in credits"),
        )
    ]
    if hours:
        found.append(
            drawn(
                hours,
                key="by-hour",
                title=_("Paid in credits, hour by hour"),
                about=_("The hours of this day beside what is usual on this day of the week."),
                first=_("Hour"),
                second=_("Paid in credits"),
                usual=_("usual"),
            )
        )
    return found


def products(seen: Overview, asked: Asked) -> list[dict[str, Any]]:
    """What sold most."""
    period = Period(seen.by_day[0][0], seen.day)
    known = asked.known
    highest = max((minor for _key, minor in seen.by_product), default=1)
    found = []
    for key, minor in seen.by_product:
        product = known.products.get(key)
        what = f"product-{product.public_id}" if product else "product-none"
        found.append(
            {
                "name": known.product_name(key),
                "told": shown(minor, Unit.CREDITS, asked.programme),
                "share": 100 * minor // highest,
                "url": asked.entries_url(Tally.REVENUE, period, what=what),
            }
        )
    return found


def owed_lists(seen: Overview, programme: Programme) -> list[dict[str, Any]]:
    """What is owed by expiry, by age and by origin."""
    origins = {"purchased": _("bought"), "bonus": _("bonus"), "gift": _("given"), "refund": _("given back")}

    def lines(parts: Any) -> list[tuple[str, str, int]]:
        return [
            (label, shown(minor, Unit.CREDITS, programme), 100 * minor // max(1, seen.owed.total_minor))
            for label, minor in parts
            if minor
        ]

    return [
        {"title": _("By expiry"), "lines": lines((one.label, one.amount_minor) for one in seen.owed.by_expiry)},
        {"title": _("By age"), "lines": lines((one.label, one.amount_minor) for one in seen.owed.by_age)},
        {
            "title": _("By origin"),
            "lines": lines((origins.get(name, name), minor) for name, minor in seen.owed.by_origin.items()),
        },
    ]
