"""A receipt as a slip, in the current language. The customer's name is not on it: paper gets lost."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from groat.programmes import weeks
from groat.programmes.hours import when
from groat.programmes.models import Programme, Till
from groat.receipts.queries import OfPayment, OfTopUp, Paper
from groat.topups.models import Means
from groat.topups.rules import price, rounded_cash
from groat.web import money, slips
from groat.web.forms import shown_rate
from groat.web.slips import Line, Part, Slip

_MINUS = "\N{MINUS SIGN}"


def of(paper: Paper) -> Slip:
    """What the receipt says, in the current language and time zone."""
    parts = _of_payment(paper) if isinstance(paper, OfPayment) else _of_top_up(paper)
    row = paper.row
    note = paper.note if isinstance(paper, OfPayment) else ""
    return Slip(
        issuer=row.programme.name,
        place=_place(row.till),
        title=_("Receipt"),
        facts=(formats.date_format(timezone.localtime(row.at), "DATETIME_FORMAT"),),
        parts=tuple(part for part in parts if part.lines),
        notes=tuple(filter(None, (note, _rate(row.programme), _where(row.till)))),
        number=str(row.public_id),
    )


def _place(till: Till | None) -> str:
    return f"{till.site.name} · {till.name}" if till else ""


def _where(till: Till | None) -> str:
    """The site's address and hours."""
    return " · ".join(filter(None, (till.site.address, when(weeks.read(till.site.hours))))) if till else ""


# ---- Of a payment ----


def _of_payment(paper: OfPayment) -> Iterator[Part]:
    yield Part("", tuple(_bought(paper)))
    yield Part("", tuple(_paid(paper)))
    yield Part(_("Given back"), tuple(_given_back(paper)))
    yield Part(_("VAT contained"), tuple(_vat(paper)))


def _bought(paper: OfPayment) -> Iterator[Line]:
    programme = paper.row.programme
    for line in paper.row.lines:
        told = slips.in_credits(line["amount_minor"], programme)
        yield Line(line["name"] or _("Free amount"), told, detail=_detail(line, programme))
    yield Line(_("Total"), slips.in_credits(paper.row.whole_minor, programme), tone="sum")


def _detail(line: dict[str, Any], programme: Programme) -> str:
    chosen = ", ".join(choice["name"] for choice in line.get("choices") or ())
    each = slips.in_credits(line["price_minor"], programme)
    times = f"{line['quantity']} × {each}" if line["quantity"] > 1 else ""
    return " · ".join(filter(None, (chosen, times)))


def _paid(paper: OfPayment) -> Iterator[Line]:
    row = paper.row
    # A customer who had no card with them paid with the same credits.
    card = _("Card ···· %(last_four)s") % {"last_four": row.card.last_four} if row.card else _("without a card")
    yield Line(
        _("Paid by card") if row.card else _("Paid with credits"),
        slips.in_credits(row.amount_minor, row.programme),
        detail=card,
    )
    if row.cash_minor:
        yield Line(_("In cash"), slips.in_credits(row.cash_minor, row.programme), detail=_cash(row.cash_minor, paper))
    yield Line(_("New balance"), slips.in_credits(row.balance_minor, row.programme))


def _given_back(paper: OfPayment) -> Iterator[Line]:
    programme = paper.row.programme
    for refund in paper.refunds:
        told = _MINUS + slips.in_credits(refund.amount_minor, programme)
        in_cash = _("and %(cash)s in cash") % {"cash": _cash(refund.cash_minor, paper)} if refund.cash_minor else ""
        yield Line(slips.moment(refund.at), told, detail=in_cash)


def _vat(paper: OfPayment) -> Iterator[Line]:
    programme = paper.row.programme
    for part in paper.vat:
        base = slips.in_currency(part.base_minor, programme)
        detail = _("from a base of %(base)s") % {"base": base}
        yield Line(shown_rate(part.rate), slips.in_currency(part.vat_minor, programme), detail=detail)


def _cash(credits_minor: int, paper: Paper) -> str:
    """What is handed over for so many credits, in coins and notes."""
    programme = paper.row.programme
    cost_minor = price(
        bought_minor=credits_minor, decimals=programme.credit_decimals, price_minor=programme.price_minor
    )
    handed_minor = rounded_cash(cost_minor, currency=programme.currency, time_zone=programme.time_zone)
    return slips.in_currency(handed_minor, programme)


# ---- Of a top-up ----


def _of_top_up(paper: OfTopUp) -> Iterator[Part]:
    yield Part("", tuple(_sold(paper)))
    yield Part("", tuple(_standing(paper)))


def _sold(paper: OfTopUp) -> Iterator[Line]:
    row, programme = paper.row, paper.row.programme
    yield Line(_("Credits bought"), slips.in_credits(row.bought_minor, programme))
    given = [(one.name, one.bonus_minor) for one in row.given.all()] or [("", row.bonus_minor)]
    for name, bonus_minor in given:
        if bonus_minor:
            label = _("Bonus: %(offer)s") % {"offer": name} if name else _("Bonus")
            yield Line(label, slips.in_credits(bonus_minor, programme))
    handed_minor = row.paid_minor if paper.cash_minor is None else paper.cash_minor
    rounding_minor = handed_minor - row.paid_minor
    if rounding_minor:
        sign = "+" if rounding_minor > 0 else ""
        yield Line(_("Price"), slips.in_currency(row.paid_minor, programme))
        yield Line(_("Rounding"), sign + slips.in_currency(rounding_minor, programme))
    means = str(Means(row.means).label)
    yield Line(_("Paid"), slips.in_currency(handed_minor, programme), detail=means, tone="sum")


def _standing(paper: OfTopUp) -> Iterator[Line]:
    row, programme = paper.row, paper.row.programme
    if paper.balance_minor is not None:
        yield Line(_("New balance"), slips.in_credits(paper.balance_minor, programme))
    if row.expires_at:
        yield Line(_("Good until"), formats.date_format(timezone.localtime(row.expires_at), "DATE_FORMAT"))
    if row.reversed_minor:
        yield Line(_("Taken back"), _MINUS + slips.in_credits(row.reversed_minor, programme))


# ---- What a credit is worth ----


def _rate(programme: Programme) -> str:
    """What one credit costs, unless a credit is the currency itself."""
    names = {programme.currency} | {
        money.currency_symbol(programme.currency, language=language) for language, _name in settings.LANGUAGES
    }
    if programme.credit_name in names:
        return ""
    one = slips.in_credits(10**programme.credit_decimals, programme)
    return f"{one} = {slips.in_currency(programme.price_minor, programme)}"
