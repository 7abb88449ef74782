"""Reads over the credits sold, and what is on offer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Sum

from groat.customers.models import Wallet
from groat.programmes.models import Programme, Till
from groat.topups import offers
from groat.topups.expiry import queries as expiry
from groat.topups.expiry.rules import expires_at as expires_at_of
from groat.topups.models import AmountLimits, GivenBonus, Offer, TopUp


def top_ups(
    *, programme_id: int, wallet_id: int | None = None, before: int | None = None, limit: int = 50
) -> list[TopUp]:
    """The programme's top-ups, or a wallet's, newest first, with wallet and owner; one query.

    `before` is the id of the last one seen.
    """
    found = TopUp.objects.filter(programme_id=programme_id).select_related("wallet__owner")
    if wallet_id is not None:
        found = found.filter(wallet_id=wallet_id)
    if before is not None:
        found = found.filter(id__lt=before)
    return list(found.order_by("-id")[:limit])


@dataclass(frozen=True, slots=True)
class Counted:
    """An offer, and what it has given in all, less what was taken back."""

    offer: Offer
    given_minor: int
    top_ups: int


def offers_of(*, programme_id: int) -> list[Counted]:
    """All that is and ever was on offer, with its group, and what it has given; three queries."""
    sums: dict[int, tuple[int, int]] = {}
    given = GivenBonus.objects.filter(programme_id=programme_id).order_by()
    for offer, minor, times in (
        given.filter(top_up__reversed_minor=0).values_list("offer_id").annotate(Sum("bonus_minor"), Count("id"))
    ):
        sums[offer] = (minor, times)
    # Of few sales a part is taken back; their shares are not for 64 bits to multiply.
    parts = given.filter(top_up__reversed_minor__gt=0, top_up__reversed_minor__lt=F("top_up__bought_minor"))
    for offer, bonus_minor, bought_minor, reversed_minor in parts.values_list(
        "offer_id", "bonus_minor", "top_up__bought_minor", "top_up__reversed_minor"
    ):
        left_minor = offers.standing(bonus_minor, bought_minor=bought_minor, reversed_minor=reversed_minor)
        minor, times = sums.get(offer, (0, 0))
        sums[offer] = (minor + left_minor, times + 1)
    rows = Offer.objects.filter(programme_id=programme_id).select_related("group")
    return [Counted(row, *sums.get(row.id, (0, 0))) for row in rows]


def offers_page(*, programme_id: int, after: int | None = None, limit: int = 50) -> list[Offer]:
    """The programme's offers in the order in which they were made, whatever became of them; one query.

    `after` is the id of the last one seen.
    """
    found = Offer.objects.filter(programme_id=programme_id)
    if after is not None:
        found = found.filter(id__gt=after)
    return list(found.order_by("id")[:limit])


@dataclass(frozen=True, slots=True)
class OnOffer:
    """What a programme has on offer: all that is not withdrawn, whoever it is for and whenever."""

    terms: tuple[offers.Offer, ...]
    free: offers.FreeAmounts


def on_offer(*, programme_id: int) -> OnOffer:
    """The programme's offers and limits; two queries."""
    rows = Offer.objects.filter(programme_id=programme_id, withdrawn_at=None)
    return OnOffer(tuple(row.terms for row in rows), free_amounts(programme_id=programme_id))


def free_amounts(*, programme_id: int) -> offers.FreeAmounts:
    """Whether any amount is sold, and between which limits; one query."""
    row = AmountLimits.objects.filter(programme_id=programme_id).first()
    return offers.FreeAmounts(row.are_sold, row.least_minor, row.most_minor) if row else offers.FreeAmounts()


def occasion(
    *, programme: Programme, channel: offers.Channel, now: datetime, expires_at: datetime | None
) -> offers.Occasion:
    """A purchase of credits that expire then."""
    return offers.Occasion(
        now=now,
        channel=channel,
        time_zone=programme.time_zone,
        credit_decimals=programme.credit_decimals,
        price_minor=programme.price_minor,
        expires_at=expires_at,
    )


def usual_expiry(*, programme: Programme, now: datetime) -> datetime | None:
    """When credits expire that are bought now, by the programme's rule; one query."""
    rule = expiry.rule(programme_id=programme.id, at=now)
    return expires_at_of(rule, at=now, time_zone=programme.time_zone)


def channel_of(till: Till | None) -> offers.Channel:
    """Where something is sold by a caller who names a till, or none."""
    return offers.Channel.TILL if till else offers.Channel.ONLINE


def buyer(*, wallet: Wallet, found: Iterable[offers.Offer], at: offers.Occasion) -> offers.Buyer:
    """What these offers ask about a wallet's owner; three queries at most, none where no offer asks."""
    asking = tuple(found)
    is_first = any(one.audience.first_only for one in asking) and not (
        TopUp.objects.filter(wallet__owner_id=wallet.owner_id, is_undone=False, is_settlement=False).exists()
    )
    since = offers.needs_purchases_since(asking, at)
    return offers.Buyer(
        group=wallet.owner.group_id, is_first=is_first, purchases=_purchases(wallet, since) if since else ()
    )


def _purchases(wallet: Wallet, since: datetime) -> tuple[offers.Purchase, ...]:
    made = TopUp.objects.filter(wallet_id=wallet.id, at__gte=since, is_settlement=False).values_list(
        "id", "at", "bought_minor", "reversed_minor"
    )
    given: dict[int, dict[int, int]] = {}
    rows = GivenBonus.objects.filter(top_up__wallet_id=wallet.id, top_up__at__gte=since)
    named = rows.values_list(
        "top_up_id", "offer_id", "bonus_minor", "top_up__bought_minor", "top_up__reversed_minor"
    ).order_by()
    for top_up, offer, bonus_minor, bought_minor, reversed_minor in named:
        left_minor = offers.standing(bonus_minor, bought_minor=bought_minor, reversed_minor=reversed_minor)
        given.setdefault(top_up, {})[offer] = left_minor
    return tuple(
        offers.Purchase(at, bought_minor - reversed_minor, given.get(top_up, {}))
        for top_up, at, bought_minor, reversed_minor in made
    )


@dataclass(frozen=True, slots=True)
class Shelf:
    """What somebody may buy here and now, and what they get for it."""

    on_offer: OnOffer
    buyer: offers.Buyer
    occasion: offers.Occasion

    @property
    def packages(self) -> list[offers.Quote]:
        """The packages that are open to them, with what is given on top."""
        terms = offers.open_packages(offers=self.on_offer.terms, buyer=self.buyer, occasion=self.occasion)
        return [self._quote(package) for package in terms]

    def quote(self, asked: Offer | int) -> offers.Quote:
        """What they get for a package, or for so many credits. Refusals: as `offers.quote`."""
        return self._quote(asked if isinstance(asked, int) else self._package(asked))

    def _quote(self, asked: offers.Package | int) -> offers.Quote:
        return offers.quote(
            asked=asked,
            offers=self.on_offer.terms,
            free=self.on_offer.free,
            buyer=self.buyer,
            occasion=self.occasion,
        )

    def _package(self, asked: Offer) -> offers.Package:
        """The package as it is now, not as it was when it was asked for."""
        for one in self.on_offer.terms:
            if isinstance(one, offers.Package) and one.id == asked.id:
                return one
        raise offers.OfferNotOpen(asked.name)


def shelf(*, wallet: Wallet, channel: offers.Channel, now: datetime, expires_at: datetime | None) -> Shelf:
    """What a wallet's owner may buy here and now, of credits that expire then; at most five queries.

    What is to be booked is read after the wallet was locked.
    """
    found = on_offer(programme_id=wallet.programme_id)
    at = occasion(programme=wallet.programme, channel=channel, now=now, expires_at=expires_at)
    return Shelf(found, buyer(wallet=wallet, found=found.terms, at=at), at)


def shelf_for_newcomer(
    *, programme: Programme, group: int | None, channel: offers.Channel, now: datetime, expires_at: datetime | None
) -> Shelf:
    """What somebody may buy whose account is about to be opened; two queries."""
    at = occasion(programme=programme, channel=channel, now=now, expires_at=expires_at)
    return Shelf(on_offer(programme_id=programme.id), offers.Buyer(group=group, is_first=True), at)
