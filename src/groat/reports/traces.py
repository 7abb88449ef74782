"""What stands in the audit trail, in words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from groat import ids
from groat.customers import statements
from groat.customers.models import Customer
from groat.programmes import queries as programmes
from groat.programmes.models import AuditEntry, Programme, Role
from groat.reports.queries import Trace
from groat.till.models import Payment, Refund, WithoutCard
from groat.topups.expiry import words
from groat.topups.expiry.rules import ImpossibleRule, Rule
from groat.web import money


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that somebody did, as a person reads it."""

    at: datetime
    who: str
    what: str
    address: str | None
    icon: str
    url: str = ""


def told(*, programme: Programme, traces: list[Trace]) -> list[Told]:
    """The traces in words, in their order; two queries at most."""
    actors = {trace.actor for trace in traces if not isinstance(trace, AuditEntry)}
    names = programmes.names_of(programme_id=programme.id, actors=actors)
    return [_told(trace, programme, names) for trace in traces]


def _told(trace: Trace, programme: Programme, names: dict[str, str]) -> Told:
    if isinstance(trace, AuditEntry):
        return _noted(trace, programme)
    who = names.get(trace.actor, trace.actor)
    if isinstance(trace, Refund):
        payment, icon = trace.payment, "undo-2"
        sentence = _("Gave back %(amount)s of a payment of %(customer)s at %(till)s")
    else:
        payment, icon = trace, "receipt"
        sentence = _("Took a payment of %(amount)s from %(customer)s at %(till)s")
    facts = {"amount": _credits(trace.amount_minor, programme), "customer": payment.customer, "till": payment.till}
    url = _page("payment", Payment.kind, payment.id, programme)
    return Told(trace.at, who, sentence % facts, trace.address, icon, url)


def _noted(entry: AuditEntry, programme: Programme) -> Told:
    icon, sentence = _SENTENCES.get(entry.action, ("info", entry.action.replace("%", "%%") + " %(subject)s"))
    facts = _Facts(entry, programme)
    what = str(sentence) % facts
    if reason := entry.details.get("reason"):
        what = f"{what}: {_('“%(reason)s”') % {'reason': reason}}"
    who = entry.actor_name or _("Somebody unknown")
    return Told(entry.at, who, what, entry.address, icon, _subject_url(entry, programme))


class _Facts(dict[str, Any]):
    """What a sentence may name: the subject and the details, worded when they are asked for."""

    def __init__(self, entry: AuditEntry, programme: Programme) -> None:
        super().__init__(subject=entry.subject_name)
        self._details, self._programme = entry.details, programme

    def __missing__(self, name: str) -> str:
        value = self._details.get(f"{name}_minor", self._details.get(name))
        if isinstance(value, list) and len(value) == 2 and name != "fields":
            # From what to what: what it is now.
            value = value[1]
        word = _WORDERS.get(name)
        return word(value, self._programme) if word else str(value if value is not None else "")


def _credits(amount_minor: Any, programme: Programme, *, signed: bool = False) -> str:
    if not isinstance(amount_minor, int):
        return ""
    return money.format_credits(
        amount_minor,
        decimals=programme.credit_decimals,
        name=programme.credit_name,
        language=get_language() or "en",
        signed=signed,
    )


def _currency(amount_minor: Any, programme: Programme) -> str:
    if not isinstance(amount_minor, int):
        return ""
    return money.format_currency(amount_minor, currency=programme.currency, language=get_language() or "en")


def _role(value: Any, _programme: Programme) -> str:
    return str(Role(value).label) if value in Role else ""


def _without_card(value: Any, _programme: Programme) -> str:
    return str(WithoutCard(value).label) if value in WithoutCard else ""


def _rule(told: Any, programme: Programme) -> str:
    try:
        return " ".join(words.sentences(Rule.of(told), programme))
    except (ImpossibleRule, TypeError):
        return ""


def _day(moment: Any, _programme: Programme) -> str:
    return statements.day_of(datetime.fromisoformat(moment)) if isinstance(moment, str) else ""


_WORDERS: dict[str, Callable[[Any, Programme], str]] = {
    "amount": _credits,
    "bought": _credits,
    "cash": _currency,
    "counted": _currency,
    "difference": _currency,
    "float": _currency,
    "rule": _rule,
    "starts_at": _day,
    "floor": _credits,
    "role": _role,
    "without_card": _without_card,
}


def _subject_url(entry: AuditEntry, programme: Programme) -> str:
    kind, _sign, key = entry.subject.partition(":")
    pages = {Customer.kind: "customer", Payment.kind: "payment"}
    return _page(pages[kind], kind, int(key), programme) if kind in pages and key.isdecimal() else ""


def _page(name: str, kind: str, key: int, programme: Programme) -> str:
    return reverse(name, kwargs={"programme": programme.slug, kind: ids.public(kind, key)})


# By action: the icon, and what was done. Every action of every feature stands here.
_SENTENCES: dict[str, tuple[str, str | Promise]] = {
    "api_key.issued": ("key-round", gettext_lazy("Issued the API key %(subject)s")),
    "api_key.revoked": ("ban", gettext_lazy("Revoked the API key %(subject)s")),
    "bookkeeping.changed": ("calculator", gettext_lazy("Changed what the bookkeeping is told")),
    "card.blocked": ("ban", gettext_lazy("Blocked the card %(subject)s")),
    "card.handed_over": ("credit-card", gettext_lazy("Handed over the card %(subject)s")),
    "card_box.changed": ("package", gettext_lazy("Changed the box of cards %(subject)s")),
    "card_box.opened": ("package", gettext_lazy("Opened a box of new cards: %(subject)s")),
    "card.paired": ("nfc", gettext_lazy("Paired the card %(subject)s")),
    "card.pin_set": ("lock", gettext_lazy("Set a PIN for the card %(subject)s")),
    "card.replaced": ("refresh-cw", gettext_lazy("Replaced the card %(subject)s by another")),
    "card.reported_lost": ("ban", gettext_lazy("Reported the card %(subject)s lost")),
    "card.unblocked": ("lock-open", gettext_lazy("Unblocked the card %(subject)s")),
    "cashier_card.named": ("id-card", gettext_lazy("Named a card with which %(subject)s opens tills")),
    "cashier_card.taken_away": ("ban", gettext_lazy("Had no card open tills for %(subject)s any more")),
    "category.added": ("tags", gettext_lazy("Added the category %(subject)s")),
    "category.changed": ("tags", gettext_lazy("Changed the category %(subject)s")),
    "category.removed": ("tags", gettext_lazy("Removed the category %(subject)s")),
    "customer.changed": ("pencil", gettext_lazy("Changed what is known of %(subject)s")),
    "customer.opened": ("user-plus", gettext_lazy("Opened an account for %(subject)s")),
    "drawer.cash_put_in": ("plus", gettext_lazy("Put %(cash)s into the cash drawer %(subject)s")),
    "drawer.cash_taken_out": ("minus", gettext_lazy("Took %(cash)s out of the cash drawer %(subject)s")),
    "drawer.closed": (
        "lock",
        gettext_lazy("Closed the cash drawer %(subject)s with %(counted)s counted (difference %(difference)s)"),
    ),
    "drawer.opened": ("lock-open", gettext_lazy("Opened the cash drawer %(subject)s with %(float)s")),
    "products.stocked": ("package", gettext_lazy("Put %(count)s products on sale at once")),
    "expiry_rule.set": ("hourglass", gettext_lazy("Set the rule of expiry from %(starts_at)s: %(rule)s")),
    "expiry_rule.withdrawn": ("undo-2", gettext_lazy("Took back the rule of expiry planned from %(starts_at)s")),
    "offline.allowed": ("wifi-off", gettext_lazy("Allowed payments without network")),
    "offline.collected": ("check", gettext_lazy("Collected %(amount)s that %(subject)s owed")),
    "offline.device_enrolled": (
        "wifi-off",
        gettext_lazy("Let %(subject)s take payments without network"),
    ),
    "offline.device_shut_out": ("ban", gettext_lazy("Let %(subject)s take no more payments without network")),
    "offline.forbidden": ("ban", gettext_lazy("Allowed no more payments without network")),
    "offline.forgiven": ("check", gettext_lazy("Forgave %(subject)s a debt of %(amount)s")),
    "offline.in_cash": ("coins", gettext_lazy("Took %(amount)s in cash that %(subject)s owed")),
    "offline.tried": ("refresh-cw", gettext_lazy("Tried to collect %(amount)s that %(subject)s owes")),
    "payment.cancelled": ("x", gettext_lazy("Cancelled a payment of %(amount)s that waited for confirmation")),
    "payment.confirmed": ("check", gettext_lazy("Confirmed a payment of %(amount)s")),
    "customer.looked_up": ("search", gettext_lazy("Looked %(subject)s up at a till")),
    "customers.searched": ("search", gettext_lazy("Searched customers at the till %(subject)s (%(found)s found)")),
    "payment.without_card": (
        "receipt",
        gettext_lazy("Had %(subject)s pay %(amount)s without a card (%(without_card)s)"),
    ),
    "categories.ordered": ("tags", gettext_lazy("Changed the order of the categories")),
    "category.ordered": ("tags", gettext_lazy("Changed the order in the category %(subject)s")),
    "category.restored": ("tags", gettext_lazy("Put the category %(subject)s back on the tills")),
    "category.withdrawn": ("eye-off", gettext_lazy("Took the category %(subject)s off the tills")),
    "product.back": ("package", gettext_lazy("Had %(subject)s again")),
    "product.price_planned": ("calendar", gettext_lazy("Dated prices of %(subject)s ahead")),
    "product.sold_out": ("eye-off", gettext_lazy("Said that %(subject)s is sold out")),
    "offer.added": ("gift", gettext_lazy("Put %(subject)s on offer to those who top up")),
    "offer.changed": ("gift", gettext_lazy("Changed the offer %(subject)s")),
    "offer.restored": ("undo-2", gettext_lazy("Put %(subject)s on offer again")),
    "offer.withdrawn": ("eye-off", gettext_lazy("Took %(subject)s off the offers")),
    "top_up.amounts_limited": ("gift", gettext_lazy("Changed which amounts may be bought")),
    "product.added": ("package", gettext_lazy("Put %(subject)s on sale")),
    "product.changed": ("package", gettext_lazy("Changed the product %(subject)s")),
    "product.restored": ("package", gettext_lazy("Put %(subject)s on sale again")),
    "product.withdrawn": ("eye-off", gettext_lazy("Took %(subject)s off the tills")),
    "reader.may_make_chips": ("nfc", gettext_lazy("Let the reader %(subject)s make chips into cards")),
    "reader.paired": ("nfc", gettext_lazy("Paired the reader %(subject)s")),
    "reader.unpaired": ("ban", gettext_lazy("Shut out the reader %(subject)s")),
    "opening_code.claimed": ("key-round", gettext_lazy("Made the first login with the opening code")),
    "opening_code.issued": ("key-round", gettext_lazy("Issued an opening code")),
    "programme.changed": ("settings", gettext_lazy("Changed the settings")),
    "programme.opened": ("store", gettext_lazy("Opened the programme %(subject)s")),
    "second_factor.added": ("shield", gettext_lazy("Set up a second factor of sign-in")),
    "second_factor.removed": ("shield", gettext_lazy("Took away a second factor of sign-in")),
    "schedule.started": ("mail", gettext_lazy("Had the report “%(subject)s” sent regularly")),
    "schedule.stopped": ("ban", gettext_lazy("Had the report “%(subject)s” sent no more")),
    "sign_in.done": ("log-in", gettext_lazy("Signed in")),
    "sign_in.ended": ("log-out", gettext_lazy("Signed out")),
    "sign_in.failed": ("shield", gettext_lazy("Tried a wrong password for %(subject)s")),
    "sign_in.password_changed": ("lock", gettext_lazy("Changed the password of %(subject)s")),
    "receipt.mailed": ("mail", gettext_lazy("Sent a receipt by e-mail")),
    "site.added": ("store", gettext_lazy("Added the site %(subject)s")),
    "site.changed": ("store", gettext_lazy("Changed the site %(subject)s")),
    "site.closed": ("lock", gettext_lazy("Closed the site %(subject)s with its tills")),
    "site.hours_set": ("store", gettext_lazy("Set the opening hours of %(subject)s")),
    "site.reopened": ("lock-open", gettext_lazy("Opened the site %(subject)s again")),
    "site.sells": ("tags", gettext_lazy("Chose what the site %(subject)s sells")),
    "till.sells": ("tags", gettext_lazy("Chose what the till %(subject)s sells")),
    "staff.sites_set": ("store", gettext_lazy("Chose the sites at which %(subject)s works")),
    "staff.dismissed": ("door-open", gettext_lazy("Dismissed %(subject)s")),
    "staff.engaged": ("id-card", gettext_lazy("Took %(subject)s onto the staff (%(role)s)")),
    "staff.invited": ("send", gettext_lazy("Invited %(subject)s to the staff (%(role)s)")),
    "staff.invitation_withdrawn": ("x", gettext_lazy("Withdrew the invitation of %(subject)s")),
    "staff.limits_changed": ("id-card", gettext_lazy("Changed the limits of %(subject)s")),
    "staff.role_changed": ("id-card", gettext_lazy("Changed the role of %(subject)s (now %(role)s)")),
    "till.added": ("store", gettext_lazy("Added the till %(subject)s")),
    "till.changed": ("store", gettext_lazy("Changed the till %(subject)s")),
    "till.closed": ("lock", gettext_lazy("Closed the till %(subject)s")),
    "till.entered": ("log-in", gettext_lazy("Began to work at the till %(subject)s")),
    "till.reopened": ("lock-open", gettext_lazy("Opened the till %(subject)s again")),
    "till.shared": ("users", gettext_lazy("Shared the till %(subject)s")),
    "till.unshared": ("ban", gettext_lazy("Ended the sharing of the till %(subject)s")),
    "till_pin.reset": ("lock", gettext_lazy("Gave %(subject)s a new PIN for the tills")),
    "till_pin.set": ("lock", gettext_lazy("Chose a PIN for the tills")),
    "till_pin.wrong": ("shield", gettext_lazy("Tried a wrong PIN: %(subject)s")),
    "top_up.made": ("coins", gettext_lazy("Topped up %(subject)s by %(bought)s")),
    "top_up.reversed": ("undo-2", gettext_lazy("Took back %(amount)s of a top-up of %(subject)s")),
    "customer.noted": ("sticky-note", gettext_lazy("Wrote a note about %(subject)s")),
    "customer.note_removed": ("trash-2", gettext_lazy("Removed a note about %(subject)s")),
    "customers.exported": ("download", gettext_lazy("Exported customers: %(customers)s")),
    "customer.blocked": ("ban", gettext_lazy("Blocked %(subject)s")),
    "customer.grouped": ("users", gettext_lazy("Put %(subject)s into the group “%(group)s”")),
    "customer.language_set": ("languages", gettext_lazy("Set the language of %(subject)s")),
    "customer.unblocked": ("lock-open", gettext_lazy("Unblocked %(subject)s")),
    "customer.undone": ("undo-2", gettext_lazy("Took back what was done to %(subject)s")),
    "customers.blocked": ("ban", gettext_lazy("Blocked customers: %(customers)s")),
    "customers.grouped": ("users", gettext_lazy("Put customers into the group “%(group)s”: %(customers)s")),
    "customers.language_set": ("languages", gettext_lazy("Set the language of customers: %(customers)s")),
    "customers.unblocked": ("lock-open", gettext_lazy("Unblocked customers: %(customers)s")),
    "customers.undone": ("undo-2", gettext_lazy("Took back what was done to customers: %(customers)s")),
    "account_terms.changed": ("calendar", gettext_lazy("Changed the terms of paying later %(subject)s")),
    "statements.made": (
        "scroll-text",
        gettext_lazy("Made the statements no. %(subject)s of %(month)s: %(amount)s are owed"),
    ),
    "statements.settled": ("coins", gettext_lazy("Settled %(amount)s of the statements no. %(subject)s")),
    "statements.settlement_undone": (
        "undo-2",
        gettext_lazy("Took back that %(amount)s of the statements no. %(subject)s were settled"),
    ),
    "group.added": ("users", gettext_lazy("Added the group %(subject)s")),
    "group.changed": ("users", gettext_lazy("Changed the group %(subject)s")),
    "group.restored": ("undo-2", gettext_lazy("Uses the group %(subject)s again")),
    "group.withdrawn": ("archive", gettext_lazy("Withdrew the group %(subject)s")),
    "import.confirmed": ("download", gettext_lazy("Confirmed the import of %(subject)s")),
    "import.done": (
        "download",
        gettext_lazy("Imported %(subject)s: %(made)s new, %(changed)s changed, %(refused)s refused"),
    ),
    "wallet.adjusted": ("sliders-horizontal", gettext_lazy("Adjusted the balance of %(subject)s by %(amount)s")),
    "wallet.extended": ("calendar", gettext_lazy("Extended the credits of %(subject)s")),
    "wallet.floor_set": ("scroll-text", gettext_lazy("Set the minimum balance of %(subject)s to %(floor)s")),
    "wallet.transferred": ("arrow-left-right", gettext_lazy("Transferred %(amount)s from %(subject)s")),
    "wallet.written_off": ("badge-check", gettext_lazy("Wrote off %(amount)s of the debt of %(subject)s")),
}
ACTIONS = frozenset(_SENTENCES)


class Topic(models.TextChoices):
    """What somebody looks through the trail for."""

    MONEY = "money", gettext_lazy("Money")
    CUSTOMERS = "customers", gettext_lazy("Customers and cards")
    DOORS = "doors", gettext_lazy("Staff and sign-in")
    PROGRAMME = "programme", gettext_lazy("Products and settings")


NOUNS: dict[Topic, frozenset[str]] = {
    Topic.MONEY: frozenset(
        {"account_terms", "drawer", "offline", "payment", "receipt", "statements", "top_up", "wallet"}
    ),
    Topic.CUSTOMERS: frozenset({"card", "card_box", "customer", "customers", "group", "import"}),
    Topic.DOORS: frozenset(
        {"api_key", "cashier_card", "opening_code", "second_factor", "sign_in", "staff", "till_pin"}
    ),
    Topic.PROGRAMME: frozenset(
        {
            "bookkeeping",
            "categories",
            "category",
            "expiry_rule",
            "offer",
            "product",
            "products",
            "programme",
            "reader",
            "schedule",
            "site",
            "till",
        }
    ),
}
"""The first parts of the actions' names, by topic. Every noun stands in one."""
