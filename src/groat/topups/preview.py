"""What an offer would give, before it is saved: the table beside its form, by the function that books."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from groat.programmes.models import Programme
from groat.topups import offers, queries
from groat.topups.models import Offer
from groat.topups.queries import OnOffer


@dataclass(frozen=True, slots=True)
class Row:
    """What somebody gets for one amount."""

    quote: offers.Quote
    names: tuple[str, ...]
    """Of the offers that give the bonus."""
    is_ours: bool
    """Whether the offer at hand is one of them, or the package that is bought."""
    is_step: bool
    later: offers.Quote | None
    """The same for somebody who has reached the last step of the period before."""


@dataclass(frozen=True, slots=True)
class Table:
    """Amounts and what one gets for them, and what a merchant should know of it."""

    rows: tuple[Row, ...]
    at: datetime
    """For when it is computed: now, or when the offer begins."""
    dips: tuple[int, ...] = ()
    """Steps at which paying more gives less."""
    poorer: tuple[str, ...] = ()
    """Packages that cost more than another one and give less."""
    beaten_by: str = ""
    """Another offer that gives more at every amount."""
    until: datetime | None = None
    """How long the bonus of the offer at hand would be good; None: for ever."""
    period_top_minor: int | None = None
    """What was bought before, in the column of those who have bought."""


def of(offer: Offer, *, programme: Programme, now: datetime, usual: Iterable[int]) -> Table:
    """The table of an offer that need not be written yet, among the others as they are; three queries."""
    ours = offer.terms
    known = queries.on_offer(programme_id=programme.id)
    terms = (*(one for one in known.terms if one.id != ours.id), ours)
    at = queries.occasion(
        programme=programme,
        channel=min(ours.audience.channels, default=offers.Channel.OFFICE),
        now=_when(ours, now),
        expires_at=None,
    )
    expires_at = queries.usual_expiry(programme=programme, now=at.now)
    shelf = queries.Shelf(
        # Limits are for who buys; here each step is to be seen.
        OnOffer(terms, offers.FreeAmounts()),
        offers.Buyer(group=ours.audience.group, is_first=ours.audience.first_only),
        replace(at, expires_at=expires_at),
    )
    if isinstance(ours, offers.Package):
        return _of_packages(ours, shelf)
    amounts = offers.amounts_to_show(ours.tiers, usual=usual, unit_minor=10**programme.credit_decimals)
    return _of_bonus(ours, shelf, amounts)


def _when(ours: offers.Offer, now: datetime) -> datetime:
    """Now, or where that is before it begins or after it ended, an instant at which it runs."""
    starts_at, ends_at = ours.audience.starts_at, ours.audience.ends_at
    if starts_at is not None and now < starts_at:
        return starts_at
    if ends_at is not None and now >= ends_at:
        return max(starts_at or ends_at, ends_at - timedelta(minutes=1))
    return now


def _of_packages(ours: offers.Package, shelf: queries.Shelf) -> Table:
    quotes = shelf.packages
    costs_and_gets = [(quote.paid_minor, quote.total_minor) for quote in quotes]
    poorer = [_name(quotes[place]) for place in offers.poorer(costs_and_gets)]
    return Table(
        tuple(_row(quote, ours) for quote in quotes),
        shelf.occasion.now,
        poorer=tuple(poorer),
        until=_until(ours, shelf),
    )


def _of_bonus(ours: offers.Bonus, shelf: queries.Shelf, amounts: list[int]) -> Table:
    steps = {tier.from_minor for tier in ours.tiers}
    later, top = None, ours.tiers[-1].from_minor if ours.tiers else 0
    if ours.basis is not offers.Basis.SINGLE and ours.unit is offers.Unit.PERCENT and top:
        before = offers.Purchase(shelf.occasion.now, top)
        later = replace(shelf, buyer=replace(shelf.buyer, purchases=(before,)))
    rows = [
        _row(
            shelf.quote(amount),
            ours,
            is_step=amount in steps,
            later=later.quote(amount) if later else None,
        )
        for amount in amounts
    ]
    others = {name for row in rows for name in row.names}
    never_ours = bool(rows) and not any(row.is_ours for row in rows) and bool(others)
    return Table(
        tuple(rows),
        shelf.occasion.now,
        dips=tuple(tier.from_minor for tier in offers.dips(ours)),
        beaten_by=", ".join(sorted(others)) if never_ours else "",
        until=_until(ours, shelf),
        period_top_minor=top if later else None,
    )


def _until(ours: offers.Offer, shelf: queries.Shelf) -> datetime | None:
    return ours.lasts.until(shelf.occasion)


def _row(quote: offers.Quote, ours: offers.Offer, *, is_step: bool = False, later: offers.Quote | None = None) -> Row:
    names = tuple(one.name for one in quote.given)
    package = quote.package.id if quote.package else None
    is_ours = ours.id in {package, *(one.offer for one in quote.given)}
    return Row(quote, names, is_ours, is_step, later)


def _name(quote: offers.Quote) -> str:
    return quote.package.name if quote.package else ""
