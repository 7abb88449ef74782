"""What a reader shows: two short lines in the programme's language.

They face the customer and whoever stands beside, so they name nobody. Displays have sixteen
characters a line: an amount stands alone or behind one word.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from groat.cards import queries as cards
from groat.cards.models import Card, CardState, PairingState
from groat.errors import Refusal
from groat.ledger import queries as ledger
from groat.programmes.models import ConfirmBy, Programme, Till
from groat.readers import queries, rules
from groat.readers.models import Reader, ReaderState
from groat.till import queries as tills
from groat.till import shown as tills_shown
from groat.till.actions import Presented
from groat.till.models import CheckoutState, Payment
from groat.web import money

_SHORT = {
    "insufficient_credit": gettext_noop("Credit too low"),
    "card_unknown": gettext_noop("Unknown card"),
    "card_blocked": gettext_noop("Card blocked"),
    "customer_blocked": gettext_noop("See the office"),
    "token_invalid": gettext_noop("Not readable"),
    "token_random": gettext_noop("Use another card"),
    "card_taken": gettext_noop("Card is taken"),
    "card_lost": gettext_noop("Card is lost"),
    "pin_not_set": gettext_noop("No PIN yet"),
    "pin_blocked": gettext_noop("PIN blocked"),
    "tap_replayed": gettext_noop("Tap once more"),
    "tap_too_old": gettext_noop("Tap once more"),
    "till_closed": gettext_noop("Till is closed"),
    "checkout_closed": gettext_noop("Nothing to pay"),
}
"""Refusals in sixteen characters; whatever is not here is worded on the till's screen."""


LOOKED_WITHIN = timedelta(seconds=10)
"""For so long the till's page may still show what a card told."""


def beside(till: Till, now: datetime) -> dict[str, Any]:
    """For the till's page: how the till's readers are, and the card that was last held to one with nothing to pay."""
    readers = queries.of_till(till)
    looked = max((one for one in readers if one.looked_at), key=lambda one: one.looked_at or now, default=None)
    is_new = looked is not None and looked.looked_at is not None and now - looked.looked_at < LOOKED_WITHIN
    return {
        "readers": [_state(one, now) for one in readers],
        "looked": _looked(looked, now) if looked and is_new else None,
    }


def _state(reader: Reader, now: datetime) -> dict[str, str]:
    if rules.is_silent(reader.seen_at, now=now):
        told, tone = _("Silent: its computer is off or has no network."), "bad"
    elif reader.state == ReaderState.READY:
        told, tone = _("It reads: hold the card to it."), "good"
    elif reader.state == ReaderState.ABSENT:
        told, tone = _("Not plugged in."), "warn"
    else:
        told, tone = _("It does not answer: plug it out and in again."), "bad"
    return {"device": reader.device, "sentence": told, "tone": tone}


def _looked(reader: Reader, now: datetime) -> dict[str, Any] | None:
    if reader.looked_card_id is None or reader.looked_at is None:
        return None
    card = Card.objects.select_related("customer", "wallet").get(pk=reader.looked_card_id)
    return {"at": reader.looked_at.isoformat(), "card": tills_shown.card(card, now=now)}


def display(*, till: Till, programme: Programme, now: datetime) -> dict[str, Any]:
    """What the reader shows while no card is on it: what waits at its till."""
    with translation.override(programme.language):
        state, lines = _waiting(till, programme, now)
    revision = hashlib.sha256(repr((state, lines)).encode()).hexdigest()[:16]
    return {"revision": revision, "state": state, "lines": lines}


def _waiting(till: Till, programme: Programme, now: datetime) -> tuple[str, list[str]]:
    if till.closed_at is not None:
        return "idle", [_("Till is closed"), ""]
    if cards.waiting_at(till_id=till.id, now=now):
        return "pairing", [_("New card:"), _("hold it here")]
    checkout = tills.waiting_checkout(till=till, now=now) or tills.busy_with(till=till, now=now)
    if checkout is None:
        return "idle", [programme.name, _("Hold card here")]
    if checkout.state == CheckoutState.CONFIRMING:
        # Without a card there is no PIN of one.
        with_card = Payment.objects.filter(pk=checkout.payment_id or 0, card__isnull=False).exists()
        first = _confirming(programme) if with_card else _("One moment")
        return "confirming", [first, number(checkout.credit_minor, programme)]
    return "waiting", [_("To pay"), number(checkout.credit_minor, programme)]


def outcome(done: Presented | Card | Refusal, *, programme: Programme, now: datetime) -> dict[str, Any]:
    """What became of a card that was held to a reader."""
    with translation.override(programme.language):
        if isinstance(done, Card):
            return _balance(done, programme, now)
        if isinstance(done, Refusal):
            return _refused("refused", done, programme)
        if done.pairing is not None:
            if done.pairing.state != PairingState.PAIRED:
                return _refused("refused", Refusal.revived(done.pairing.refusal, {}), programme)
            return _told("paired", _("Card paired"), "", good=True)
        if done.outcome is None:
            raise RuntimeError("a token was for a payment or for a pairing")
        if done.outcome.refusal is not None:
            return _refused("declined", done.outcome.refusal, programme)
        payment = done.outcome.payment or {}
        if payment["state"] == "confirming":
            return _told("confirming", _confirming(programme), number(payment["amount_minor"], programme), good=True)
        return _told(
            "paid",
            _("Paid %(amount)s") % {"amount": number(payment["amount_minor"], programme)},
            _("Balance %(amount)s") % {"amount": number(payment["balance_minor"], programme)},
            good=True,
        )


def _confirming(programme: Programme) -> str:
    return _("PIN at the till") if programme.confirm_by == ConfirmBy.PIN else _("One moment")


def _balance(card: Card, programme: Programme, now: datetime) -> dict[str, Any]:
    if card.state != CardState.ACTIVE:
        return _told("balance", _("Card blocked"), "", good=False)
    standing = ledger.balance(programme_id=card.programme_id, wallet=card.wallet_id, now=now)
    return _told("balance", _("Balance"), number(standing.posted_minor, programme), good=True)


def _refused(state: str, refusal: Refusal, programme: Programme) -> dict[str, Any]:
    short = _(_SHORT.get(refusal.code, gettext_noop("Declined")))
    missing = refusal.facts().get("missing_minor")
    second = _("Missing %(amount)s") % {"amount": number(missing, programme)} if isinstance(missing, int) else ""
    return _told(state, short, second, good=False)


def _told(state: str, first: str, second: str, *, good: bool) -> dict[str, Any]:
    return {"state": state, "good": good, "lines": [first, second]}


def number(amount_minor: int, programme: Programme) -> str:
    """An amount without the credit's name, which would not fit."""
    language = translation.get_language() or "en"
    return money.format_number(amount_minor, decimals=programme.credit_decimals, language=language)
