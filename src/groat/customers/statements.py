"""A wallet's movements in plain words.

The ledger knows amounts, lots and dates; what was bought with them is known by the feature that
booked it. Features register a teller for the movements that are theirs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from groat.customers.models import Customer, Wallet
from groat.ledger import queries as ledger
from groat.ledger.core.entries import Kind
from groat.ledger.core.lots import Origin
from groat.ledger.queries import Line, UseLine
from groat.programmes import queries
from groat.programmes.models import Programme
from groat.web import money


@dataclass(frozen=True, slots=True)
class Told:
    """What the feature that booked a movement says about it."""

    title: str
    detail: str = ""
    url: str = ""
    undo_url: str = ""
    """The page on which it can be taken back, if it still can."""
    undo_label: str = ""


type Teller = Callable[[Programme, Sequence[Line]], Mapping[int, Told]]
"""Tells the movements that are its own, by entry, in a fixed number of queries."""

_tellers: list[Teller] = []


def register(*tellers: Teller) -> None:
    """Ask these too when a statement is shown."""
    _tellers.extend(teller for teller in tellers if teller not in _tellers)


@dataclass(frozen=True, slots=True)
class Movement:
    """A line of a statement as a person reads it."""

    line: Line
    told: Told
    who: str
    icon: str
    tone: str
    parts: tuple[str, ...]
    """Which credits it took or brought, one sentence each."""


def explained(*, programme: Programme, lines: Sequence[Line]) -> list[Movement]:
    """The lines in words, in their order."""
    told: dict[int, Told] = dict(_transfers(programme, lines))
    for teller in _tellers:
        told.update(teller(programme, lines))
    names = queries.names_of(programme_id=programme.id, actors={line.actor for line in lines})
    movements = []
    for line in lines:
        icon, tone = _SIGNS[line.kind]
        movements.append(
            Movement(
                line=line,
                told=told.get(line.entry_id) or Told(_title(line)),
                who=names.get(line.actor, ""),
                icon=icon,
                tone=tone,
                parts=tuple(_parts(line, programme)),
            )
        )
    return movements


def _transfers(programme: Programme, lines: Sequence[Line]) -> Mapping[int, Told]:
    """With whom credits were exchanged; two queries."""
    ours = {line.entry_id: line.amount_minor for line in lines if line.kind is Kind.TRANSFER}
    if not ours:
        return {}
    moved = ledger.wallets_of(programme_id=programme.id, entries=ours)
    others = {
        entry: next(account for account, amount_minor in moved[entry].items() if amount_minor == -ours[entry])
        for entry in ours
    }
    wallets = Wallet.objects.filter(programme_id=programme.id, pk__in=others.values()).select_related("owner")
    owners = {wallet.id: wallet.owner for wallet in wallets}
    return {entry: _transfer(owners[other], programme, comes=ours[entry] > 0) for entry, other in others.items()}


def _transfer(other: Customer, programme: Programme, *, comes: bool) -> Told:
    title = _("Transfer from %(customer)s") if comes else _("Transfer to %(customer)s")
    url = reverse("customer", kwargs={"programme": programme.slug, "customer": other.public_id})
    return Told(title % {"customer": other}, url=url)


_SIGNS: dict[Kind, tuple[str, str]] = {
    Kind.SPEND: ("receipt", ""),
    Kind.CAPTURE: ("receipt", ""),
    Kind.TOP_UP: ("arrow-down-left", "good"),
    Kind.REVERSAL: ("undo-2", "warn"),
    Kind.EXPIRY: ("hourglass", "bad"),
    Kind.EXTENSION: ("calendar", ""),
    Kind.TRANSFER: ("arrow-left-right", ""),
    Kind.ADJUSTMENT: ("sliders-horizontal", ""),
    Kind.WRITE_OFF: ("badge-check", "good"),
}


def _title(line: Line) -> str:
    comes = line.amount_minor > 0
    match line.kind:
        case Kind.SPEND | Kind.CAPTURE:
            return _("Payment")
        case Kind.TOP_UP:
            return _("Top-up")
        case Kind.REVERSAL:
            return _("Given back") if comes else _("Taken back")
        case Kind.EXPIRY:
            return _("Expired")
        case Kind.EXTENSION:
            return _("Validity extended")
        case Kind.TRANSFER:
            return _("Transfer")
        case Kind.ADJUSTMENT:
            return _("Credits given by hand") if comes else _("Credits taken by hand")
        case Kind.WRITE_OFF:
            return _("Debt forgiven")


def _parts(line: Line, programme: Programme) -> list[str]:
    """Which lots the movement touched, and what of it made or settled debt."""
    takes = line.amount_minor < 0
    uses = [use for use in line.uses if use.amount_minor < 0] if takes else _netted(line.uses)
    parts = [_part(use, programme) for use in uses]
    beside_lots = abs(line.amount_minor) - abs(sum(use.amount_minor for use in uses))
    if beside_lots > 0:
        sentence = _("%(amount)s below zero") if takes else _("%(amount)s settled debt")
        parts.append(sentence % {"amount": _amount(beside_lots, programme)})
    return parts


def _netted(uses: Sequence[UseLine]) -> list[UseLine]:
    """What lots were really given: new ones less what of them settled debt on arrival."""
    left = [use for use in uses if use.amount_minor > 0]
    for settled in (use for use in uses if use.amount_minor < 0):
        owed = -settled.amount_minor
        for place, use in enumerate(left):
            if use.origin == settled.origin:
                taken = min(owed, use.amount_minor)
                left[place] = replace(use, amount_minor=use.amount_minor - taken)
                owed -= taken
    return [use for use in left if use.amount_minor]


def _part(use: UseLine, programme: Programme) -> str:
    lasting, passing = (_TAKEN if use.amount_minor < 0 else _BROUGHT)[use.origin]
    amount = _amount(abs(use.amount_minor), programme)
    if use.amount_minor < 0 and use.since is not None and use.origin in _TAKEN_SINCE:
        lasting, passing = _TAKEN_SINCE[use.origin]
        words = {"amount": amount, "since": day_of(use.since)}
        if use.expires_at is None:
            return str(lasting) % words
        return str(passing) % (words | {"day": day_of(use.expires_at)})
    if use.expires_at is None:
        return str(lasting) % {"amount": amount}
    return str(passing) % {"amount": amount, "day": day_of(use.expires_at)}


def day_of(until: datetime) -> str:
    """The day, in the current time zone, of an expiry, as the language writes it."""
    return formats.date_format(timezone.localdate(until), "DATE_FORMAT")


def _amount(amount_minor: int, programme: Programme) -> str:
    return money.format_number(amount_minor, decimals=programme.credit_decimals, language=get_language() or "en")


# Whole sentences, since languages bend the words in them differently. Without and with a date.
_TAKEN: dict[Origin, tuple[Promise, Promise]] = {
    Origin.PURCHASED: (
        gettext_lazy("%(amount)s from credits bought, without expiry"),
        gettext_lazy("%(amount)s from credits bought, expiring %(day)s"),
    ),
    Origin.BONUS: (
        gettext_lazy("%(amount)s from bonus credits, without expiry"),
        gettext_lazy("%(amount)s from bonus credits, expiring %(day)s"),
    ),
    Origin.GIFT: (
        gettext_lazy("%(amount)s from credits given, without expiry"),
        gettext_lazy("%(amount)s from credits given, expiring %(day)s"),
    ),
    Origin.REFUND: (
        gettext_lazy("%(amount)s from credits given back, without expiry"),
        gettext_lazy("%(amount)s from credits given back, expiring %(day)s"),
    ),
}
_TAKEN_SINCE: dict[Origin, tuple[Promise, Promise]] = {
    Origin.PURCHASED: (
        gettext_lazy("%(amount)s from the credits bought on %(since)s, without expiry"),
        gettext_lazy("%(amount)s from the credits bought on %(since)s, expiring %(day)s"),
    ),
    Origin.BONUS: (
        gettext_lazy("%(amount)s from the bonus of %(since)s, without expiry"),
        gettext_lazy("%(amount)s from the bonus of %(since)s, expiring %(day)s"),
    ),
    Origin.GIFT: (
        gettext_lazy("%(amount)s from the credits given on %(since)s, without expiry"),
        gettext_lazy("%(amount)s from the credits given on %(since)s, expiring %(day)s"),
    ),
}
_BROUGHT: dict[Origin, tuple[Promise, Promise]] = {
    Origin.PURCHASED: (
        gettext_lazy("%(amount)s to credits bought, without expiry"),
        gettext_lazy("%(amount)s to credits bought, expiring %(day)s"),
    ),
    Origin.BONUS: (
        gettext_lazy("%(amount)s to bonus credits, without expiry"),
        gettext_lazy("%(amount)s to bonus credits, expiring %(day)s"),
    ),
    Origin.GIFT: (
        gettext_lazy("%(amount)s to credits given, without expiry"),
        gettext_lazy("%(amount)s to credits given, expiring %(day)s"),
    ),
    Origin.REFUND: (
        gettext_lazy("%(amount)s to credits given back, without expiry"),
        gettext_lazy("%(amount)s to credits given back, expiring %(day)s"),
    ),
}
ORIGINS: dict[Origin, Promise] = {
    Origin.PURCHASED: gettext_lazy("Bought"),
    Origin.BONUS: gettext_lazy("Bonus"),
    Origin.GIFT: gettext_lazy("Given"),
    Origin.REFUND: gettext_lazy("Given back"),
}
