"""How credits are sold. Everything here demands a transaction."""

from collections.abc import Callable, Iterable
from datetime import datetime
from enum import Enum
from typing import Any

from groat.customers.models import Wallet
from groat.customers.writing import post
from groat.ledger import book
from groat.ledger.core import commands
from groat.ledger.core.accounts import Tally
from groat.ledger.models import Lot
from groat.programmes import writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Till
from groat.programmes.rules import InvalidAmount, InvalidValue, checked_reason
from groat.topups import queries, rules
from groat.topups.expiry import queries as expiry
from groat.topups.expiry import rules as expiring
from groat.topups.models import GivenBonus, Means, Offer, TopUp
from groat.topups.offers import Channel, Given, QuoteChanged

type Seen = tuple[int, int]
"""What was shown: what is to be paid and the bonus, minor units of currency and of credit."""


class Expiry(Enum):
    DEFAULT = "default"
    """As the programme says."""


DEFAULT = Expiry.DEFAULT


class Offered(Enum):
    OFFERED = "offered"
    """As the programme's offers say."""


OFFERED = Offered.OFFERED
INTO = {Means.CASH: Tally.CASH, Means.CARD: Tally.CARD_TERMINAL, Means.BANK: Tally.BANK}
"""By what credits are sold, and where the money then is."""


def top_up(
    *,
    wallet: Wallet,
    bought: Offer | int,
    paid_minor: int | None = None,
    bonus_minor: int | Offered = OFFERED,
    means: str,
    till: Till | None,
    channel: Channel,
    expires_at: datetime | Expiry | None,
    seen: Seen | None = None,
    deed: Deed,
) -> TopUp:
    """Sell credits into a wallet: a package, or so many minor units of credit, with a bonus on top.

    `paid_minor`, of the currency, None: the price; a bonus in credits that was agreed by hand takes the place of what
    offers give. `seen` is what was shown before: when it is no longer so, nothing is sold.
    Refusals: InvalidAmount, InvalidValue, TillClosed, NotFound, QuoteChanged, those of `offers.quote` and the ledger's.
    """
    writing.demand_transaction()
    _check(wallet, bought, means, till)
    programme = wallet.programme
    made_rule = expiry.in_force(programme_id=programme.id, at=deed.now)
    rule = made_rule.terms if made_rule else expiring.NO_EXPIRY
    is_agreed = not isinstance(expires_at, Expiry)
    if isinstance(expires_at, Expiry):
        expires_at = expiring.expires_at(rule, at=deed.now, time_zone=programme.time_zone)
    # Locked before anything is read: of two that buy at once only one is the first, and each sees the other's volume.
    book.lock(programme_id=programme.id, wallet=wallet.id)
    shelf = queries.shelf(wallet=wallet, channel=channel, now=deed.now, expires_at=expires_at)
    quoted = shelf.quote(bought)
    given = quoted.given if isinstance(bonus_minor, Offered) else ()
    bonus_expires_at = quoted.bonus_expires_at if given else None
    amounts = {
        "bought_minor": quoted.bought_minor,
        "bonus_minor": quoted.bonus_minor if isinstance(bonus_minor, Offered) else bonus_minor,
        "paid_minor": quoted.paid_minor if paid_minor is None else paid_minor,
    }
    if seen is not None and seen != (amounts["paid_minor"], amounts["bonus_minor"]):
        raise QuoteChanged(bonus_minor=amounts["bonus_minor"], paid_currency_minor=amounts["paid_minor"])
    terms = expiring.agreed(
        rule,
        expires_at=expires_at,
        bought_minor=quoted.bought_minor,
        at=deed.now,
        time_zone=programme.time_zone,
    )
    with writing.sensible_amounts():
        command = commands.TopUp(
            wallet.id,
            amounts["bought_minor"],
            amounts["paid_minor"],
            into=INTO[Means(means)],
            bonus_minor=amounts["bonus_minor"],
            expires_at=expires_at,
            bonus_expires_at=bonus_expires_at,
            extends=terms.extends,
            extends_until=terms.extends_until,
            actor=deed.actor.code,
        )
    told = amounts | {"means": means} | ({"package": quoted.package.name} if quoted.package else {})
    entry = post(wallet=wallet, command=command, action="top_up.made", details=told, deed=deed).entry
    assert entry is not None  # selling always moves money
    made = TopUp.objects.create(
        id=entry.id,
        programme=programme,
        wallet=wallet,
        till=till,
        **amounts,
        means=means,
        expires_at=expires_at,
        rule=None if is_agreed else made_rule,
        package_id=quoted.package.id if quoted.package else None,
        bonus_expires_at=bonus_expires_at if bonus_expires_at != expires_at else None,
        actor=deed.actor.code,
        at=deed.now,
    )
    _remember(made, given, deed)
    for follow in _followers:
        follow(top_up=made, deed=deed)
    return made


def _check(wallet: Wallet, bought: Offer | int, means: str, till: Till | None) -> None:
    """What can be told without the wallet's lock."""
    writing.same_programme(wallet, till, bought if isinstance(bought, Offer) else None)
    if till is not None:
        writing.open_till(till)
    if means not in INTO:
        raise InvalidValue("means", "invalid_choice")
    if isinstance(bought, int) and not 0 < bought <= commands.MOST_MINOR:
        raise InvalidAmount


def _remember(made: TopUp, given: Iterable[Given], deed: Deed) -> None:
    """Keep what the offers said: they may say something else tomorrow."""
    rows = [
        GivenBonus(
            id=deed.mint(),
            programme_id=made.programme_id,
            top_up=made,
            offer_id=one.offer,
            name=one.name,
            bonus_minor=one.bonus_minor,
            why=dict(one.why),
        )
        for one in given
    ]
    if rows:
        GivenBonus.objects.bulk_create(rows)


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
            grace=expiry.grace(programme_id=top_up.programme_id, at=deed.now),
            actor=deed.actor.code,
            reason=reason,
        )
    if amount_minor is None:
        amount_minor = left_minor
    told = {"top_up": str(top_up.public_id), "amount_minor": amount_minor, "reason": reason}
    lots_minor = _in_its_lots(top_up)
    entry = post(wallet=top_up.wallet, command=command, action="top_up.reversed", details=told, deed=deed).entry
    changes: dict[str, Any] = {"reversed_minor": top_up.reversed_minor + amount_minor}
    if amount_minor == top_up.bought_minor and entry is not None:
        taken = {use.lot: -use.amount_minor for use in entry.uses}
        # Less than it put there: some of it was spent or has expired, and so was its bonus.
        changes["is_undone"] = all(taken.get(lot, 0) == minor for lot, minor in lots_minor.items())
    writing.change(top_up, changes)
    return top_up


def _in_its_lots(top_up: TopUp) -> dict[int, int]:
    """By lot: what a top-up put there, without the debt that it settled."""
    rows = Lot.objects.filter(programme=top_up.programme_id, account=top_up.wallet_id, entry=top_up.id)
    return {lot.id: lot.granted_minor - lot.settled_minor for lot in rows}


_followers: list[Callable[..., Any]] = []


def register(follow: Callable[..., Any]) -> None:
    """Have a feature above hear of each sale, in its transaction: `follow(top_up=…, deed=…)`."""
    _followers.append(follow)
