"""Selling credits, and taking a sale back."""

from datetime import datetime

from django.db import transaction

from groat.customers import writing as people
from groat.customers.models import Customer, Group, Wallet
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme, Till
from groat.topups import writing as selling
from groat.topups.models import Offer, TopUp
from groat.topups.offers import Channel
from groat.topups.queries import channel_of
from groat.topups.writing import DEFAULT, OFFERED, Expiry, Offered, Seen


@transaction.atomic
def top_up(
    *,
    wallet: Wallet,
    bought_minor: int,
    paid_minor: int | None = None,
    bonus_minor: int | Offered = OFFERED,
    means: str = "cash",
    till: Till | None = None,
    channel: Channel | None = None,
    expires_at: datetime | Expiry | None = DEFAULT,
    seen: Seen | None = None,
    deed: Deed,
) -> TopUp:
    """Sell credits into a wallet: `bought_minor` and a bonus for `paid_minor` of the currency (None: the price).

    `bonus_minor` OFFERED is what the programme's offers give, where it is sold by `channel` (None: at the till, if one
    is named, and else online). `expires_at` None means never; DEFAULT is what the programme says. Debt is settled
    first. Refusals: InvalidAmount, InvalidValue, AlreadyPast, TillClosed, NotFound, OverTheLimit, QuoteChanged,
    OnlyPackages, BelowLeast, AboveMost.
    """
    return selling.top_up(
        wallet=wallet,
        bought=bought_minor,
        paid_minor=paid_minor,
        bonus_minor=bonus_minor,
        means=means,
        till=till,
        channel=channel or channel_of(till),
        expires_at=expires_at,
        seen=seen,
        deed=deed,
    )


@transaction.atomic
def sell_package(
    *,
    wallet: Wallet,
    package: Offer,
    paid_minor: int | None = None,
    bonus_minor: int | Offered = OFFERED,
    means: str = "cash",
    till: Till | None = None,
    channel: Channel | None = None,
    expires_at: datetime | Expiry | None = DEFAULT,
    seen: Seen | None = None,
    deed: Deed,
) -> TopUp:
    """Sell a package into a wallet, at its price and with what is given on top. The rest is as in `top_up`.

    And refused with OfferNotOpen, when it is not for this customer, here and now.
    """
    return selling.top_up(
        wallet=wallet,
        bought=package,
        paid_minor=paid_minor,
        bonus_minor=bonus_minor,
        means=means,
        till=till,
        channel=channel or channel_of(till),
        expires_at=expires_at,
        seen=seen,
        deed=deed,
    )


@transaction.atomic
def reverse_top_up(*, top_up: TopUp, amount_minor: int | None = None, reason: str, deed: Deed) -> TopUp:
    """Take a sale back, or `amount_minor` of the credits bought; its bonus goes in proportion, what was spent is debt.

    Refusals: ReasonMissing, InvalidAmount, TopUpReversed, BeyondOriginal.
    """
    return selling.reverse(top_up=top_up, amount_minor=amount_minor, reason=reason, deed=deed)


@transaction.atomic
def open_account(
    *,
    programme: Programme,
    name: str = "",
    identifier: str = "",
    email: str = "",
    phone: str = "",
    language: str = "",
    note: str = "",
    group: Group | None = None,
    floor_minor: int | None = None,
    deposit_minor: int = 0,
    means: str = "cash",
    deed: Deed,
) -> Customer:
    """A new customer with a wallet and, unless it is 0, a first deposit in credits: all of it, or nothing.

    Refusals: those of `customers.writing.open_customer` and of `top_up`.
    """
    customer, wallet = people.open_customer(
        programme=programme,
        name=name,
        identifier=identifier,
        email=email,
        phone=phone,
        language=language,
        note=note,
        group=group,
        floor_minor=floor_minor,
        deed=deed,
    )
    if deposit_minor:
        selling.top_up(
            wallet=wallet,
            bought=deposit_minor,
            means=means,
            till=None,
            channel=Channel.OFFICE,
            expires_at=DEFAULT,
            deed=deed,
        )
    return customer
