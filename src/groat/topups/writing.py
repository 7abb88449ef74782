"""How credits are sold. Everything here demands a transaction."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from groat.customers.models import Wallet
from groat.customers.writing import post
from groat.ledger.core import commands
from groat.ledger.core.accounts import Tally
from groat.programmes import writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme, Till
from groat.programmes.rules import InvalidAmount, InvalidValue, checked_reason
from groat.topups import rules
from groat.topups.models import Means, TopUp


class Expiry(Enum):
    DEFAULT = "default"
    """As the programme says."""


DEFAULT = Expiry.DEFAULT
INTO = {Means.CASH: Tally.CASH, Means.CARD: Tally.CARD_TERMINAL, Means.BANK: Tally.BANK}


def top_up(
    *,
    wallet: Wallet,
    bought_minor: int,
    paid_minor: int | None,
    bonus_minor: int,
    means: str,
    till: Till | None,
    expires_at: datetime | Expiry | None,
    deed: Deed,
) -> TopUp:
    """Sell credits into a wallet: `bought_minor` and a bonus for `paid_minor` of the currency (None: the price).

    Refusals: InvalidAmount, InvalidValue, TillClosed, NotFound, and the ledger's.
    """
    writing.demand_transaction()
    writing.same_programme(wallet, till)
    if till is not None:
        writing.open_till(till)
    if means not in Means:
        raise InvalidValue("means", "invalid_choice")
    programme = wallet.programme
    expires_at = _expiry(expires_at, programme, deed)
    if paid_minor is None:
        paid_minor = _price(programme, bought_minor)
    with writing.sensible_amounts():
        command = commands.TopUp(
            wallet.id,
            bought_minor,
            paid_minor,
            into=INTO[Means(means)],
            bonus_minor=bonus_minor,
            expires_at=expires_at,
            bonus_expires_at=expires_at,
            extends=programme.extends_on_top_up,
            actor=deed.actor.code,
        )
    told = {"bought_minor": bought_minor, "bonus_minor": bonus_minor, "paid_minor": paid_minor, "means": means}
    entry = post(wallet=wallet, command=command, action="top_up.made", details=told, deed=deed).entry
    assert entry is not None  # selling always moves money
    made = TopUp.objects.create(
        id=entry.id,
        programme=programme,
        wallet=wallet,
        till=till,
        bought_minor=bought_minor,
        bonus_minor=bonus_minor,
        paid_minor=paid_minor,
        means=means,
        expires_at=expires_at,
        actor=deed.actor.code,
        at=deed.now,
    )
    for follow in _followers:
        follow(top_up=made, deed=deed)
    return made


def reverse(*, top_up: TopUp, amount_minor: int | None, reason: str, deed: Deed) -> TopUp:
    """Take a sale back, or `amount_minor` of the credits bought; its bonus goes in proportion, what was spent is debt.

    Refusals: ReasonMissing, InvalidAmount, TopUpReversed, BeyondOriginal.
    """
    writing.demand_transaction()
    reason = checked_reason(reason)
    top_up = writing.locked(top_up)
    left_minor = top_up.bought_minor - top_up.reversed_minor
    if not left_minor:
        raise rules.TopUpReversed
    with writing.sensible_amounts():
        command = commands.Reverse(
            top_up.id,
            amount_minor,
            grace=timedelta(days=top_up.programme.grace_days),
            actor=deed.actor.code,
            reason=reason,
        )
    if amount_minor is None:
        amount_minor = left_minor
    told = {"top_up": str(top_up.public_id), "amount_minor": amount_minor, "reason": reason}
    post(wallet=top_up.wallet, command=command, action="top_up.reversed", details=told, deed=deed)
    writing.change(top_up, {"reversed_minor": top_up.reversed_minor + amount_minor})
    return top_up


_followers: list[Callable[..., Any]] = []


def register(follow: Callable[..., Any]) -> None:
    """Have a feature above hear of each sale, in its transaction: `follow(top_up=…, deed=…)`."""
    _followers.append(follow)


def _expiry(asked: datetime | Expiry | None, programme: Programme, deed: Deed) -> datetime | None:
    if isinstance(asked, Expiry):
        return rules.default_expiry(now=deed.now, months=programme.credit_valid_months, time_zone=programme.time_zone)
    return asked


def _price(programme: Programme, bought_minor: int) -> int:
    if bought_minor <= 0:
        raise InvalidAmount
    return rules.price(bought_minor=bought_minor, decimals=programme.credit_decimals, price_minor=programme.price_minor)
