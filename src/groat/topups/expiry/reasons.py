"""Why credits expire when they do: which purchase, visit or hand gave them their date."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from groat.customers.models import Wallet
from groat.ledger.core.lots import Origin
from groat.ledger.models import Lot
from groat.ledger.queries import LotLine
from groat.topups.expiry import queries, rules, words
from groat.topups.expiry.models import ExpiryRule
from groat.topups.expiry.rules import Life, Rule
from groat.topups.models import TopUp


def explain(wallet: Wallet, lots: Sequence[LotLine]) -> Mapping[int, str]:
    """By lot: why it expires when it does. Three queries, none where nothing expires."""
    dated = {lot.id: lot for lot in lots if lot.expires_at is not None}
    if not dated:
        return {}
    made = Lot.objects.filter(programme=wallet.programme_id, account=wallet.id, id__in=list(dated))
    rows = list(made.values_list("id", "entry", "granted_until"))
    bought = {row.id: row for row in TopUp.objects.filter(wallet=wallet).order_by("-id")}
    versions = queries.versions(programme_id=wallet.programme_id)
    found: dict[int, str] = {}
    for lot_id, entry, granted_until in rows:
        lot, sold = dated[lot_id], bought.get(entry)
        if lot.expires_at is None:
            continue
        if lot.expires_at != granted_until:
            later = [one for one in bought.values() if sold is None or one.id > sold.id]
            found[lot_id] = _moved(lot.expires_at, later, versions, wallet)
        elif sold is not None and not (lot.origin is Origin.BONUS and sold.bonus_expires_at):
            found[lot_id] = _as_bought(sold, versions, wallet)
    return {lot_id: why for lot_id, why in found.items() if why}


def _as_bought(sold: TopUp, versions: Sequence[ExpiryRule], wallet: Wallet) -> str:
    """Why what was bought has the date that it was bought with."""
    rule = next((row.terms for row in versions if row.id == sold.rule_id), None)
    bought_on = rules.day_at(sold.at, wallet.programme.time_zone)
    day = words.day_of(bought_on)
    if rule is None:
        return _("agreed when it was bought on %(day)s") % {"day": day}
    if rules.expires_at(rule, at=sold.at, time_zone=wallet.programme.time_zone) != sold.expires_at:
        # It was sold before there were rules, under a setting that has changed since.
        return _("bought on %(day)s") % {"day": day}
    return _with_grace(_by_rule(rule, day), rule)


def _by_rule(rule: Rule, day: str) -> str:
    if rule.life is Life.MONTHS:
        months = rule.months or 0
        return ngettext(
            "%(months)d month after it was bought on %(day)s",
            "%(months)d months after it was bought on %(day)s",
            months,
        ) % {"months": months, "day": day}
    if rule.life is Life.VISIT:
        days = rule.visit_days or 0
        return ngettext(
            "%(days)d day after it was bought on %(day)s", "%(days)d days after it was bought on %(day)s", days
        ) % {"days": days, "day": day}
    return _("end of the period for what was bought on %(day)s") % {"day": day}


def _moved(expires_at: datetime, later: Iterable[TopUp], versions: Sequence[ExpiryRule], wallet: Wallet) -> str:
    """Why a date is another one than it was: a purchase after it, a visit, or somebody's hand."""
    time_zone = wallet.programme.time_zone
    for sold in later:
        row = next((row for row in versions if row.starts_at <= sold.at), None)
        if row is None:
            continue
        rule = row.terms
        told = rules.agreed(
            rule, expires_at=sold.expires_at, bought_minor=sold.bought_minor, at=sold.at, time_zone=time_zone
        )
        if told.extends and told.extends_until == expires_at:
            day = words.day_of(rules.day_at(sold.at, time_zone))
            return _with_grace(_("extended by what was bought on %(day)s") % {"day": day}, rule)
    for row in versions:
        rule = row.terms
        if rule.life is Life.VISIT and rule.visit_days:
            came = rules.day_at(expires_at, time_zone) - timedelta(days=rule.visit_days + rule.grace_days)
            if not rules.day_at(row.starts_at, time_zone) <= came <= timezone.localdate():
                # Nobody has been here on that day yet: somebody chose this date.
                continue
            said = ngettext(
                "%(days)d day after the visit on %(day)s", "%(days)d days after the visit on %(day)s", rule.visit_days
            )
            return _with_grace(said % {"days": rule.visit_days, "day": words.day_of(came)}, rule)
    return _("changed by hand")


def _with_grace(why: str, rule: Rule) -> str:
    if not rule.grace_days:
        return why
    return ngettext("%(why)s, and %(days)d day of grace", "%(why)s, and %(days)d days of grace", rule.grace_days) % {
        "why": why,
        "days": rule.grace_days,
    }
