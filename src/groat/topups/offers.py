"""What a customer gets for what they pay: packages, bonus, and which offer wins. Pure.

One function decides, `quote`: what a page shows before a top-up and what is booked are the same.
Amounts are whole minor units: of credit, and what is paid of the programme's currency. A rate is
a whole number of hundredths of a per cent.

Of several bonuses the largest one counts (of two that are equal the older offer's); those of which
the merchant says so come on top of it. The largest of several sums that never fall never falls
either, so paying more never gives less as long as no offer by itself does (`dips`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from groat.errors import Refusal, _
from groat.programmes import days
from groat.topups import rules
from groat.topups.expiry.rules import months_later

WHOLE_RATE = 10_000
"""A hundred per cent."""
MOST_RATE = 10 * WHOLE_RATE
MOST_TIERS = 12
LONGEST_PERIOD_DAYS = 731
LONGEST_LASTING = 1000
"""Days or months."""


class Channel(StrEnum):
    """Where something is sold."""

    TILL = "till"
    OFFICE = "office"
    ONLINE = "online"
    """By whatever speaks REST without naming a till."""


class Unit(StrEnum):
    """What the steps of a bonus say."""

    PERCENT = "percent"
    CREDITS = "credits"


class Basis(StrEnum):
    """Which amount decides on the step."""

    SINGLE = "single"
    """The top-up's own."""
    MONTH = "month"
    """All of the calendar month, this one included."""
    DAYS = "days"
    """All of so many local days, today included."""


class Lasting(StrEnum):
    """How long a bonus is good."""

    AS_BOUGHT = "as_bought"
    DAYS = "days"
    MONTHS = "months"
    DATE = "date"


@dataclass(unsafe_hash=True)
class OfferNotOpen(Refusal):
    """It has ended, is not sold here, or is not for this customer."""

    code = "offer_not_open"
    sentence = _("“%(name)s” is not on offer here for this customer now.")

    name: str


@dataclass(unsafe_hash=True)
class OnlyPackages(Refusal):
    code = "only_packages"
    sentence = _("Any amount is not sold here. Choose one of the packages.")


@dataclass(unsafe_hash=True)
class BelowLeast(Refusal):
    code = "top_up_too_small"
    sentence = _("At least %(least_minor)s are sold at once.")

    least_minor: int


@dataclass(unsafe_hash=True)
class AboveMost(Refusal):
    code = "top_up_too_large"
    sentence = _("At most %(most_minor)s are sold at once.")

    most_minor: int


@dataclass(unsafe_hash=True)
class QuoteChanged(Refusal):
    """What was shown is not what would be booked now."""

    code = "quote_changed"
    sentence = _(
        "The offer changed meanwhile: the bonus is %(bonus_minor)s now, and %(paid_currency_minor)s are to be paid. "
        "Look once more and send it again."
    )

    bonus_minor: int
    paid_currency_minor: int


@dataclass(frozen=True, slots=True)
class Lasts:
    """How long a bonus is good: so many days or months, to the end of a day, or as long as what was bought."""

    kind: Lasting = Lasting.AS_BOUGHT
    number: int | None = None
    day: date | None = None

    def __post_init__(self) -> None:
        counts = self.kind in (Lasting.DAYS, Lasting.MONTHS)
        if counts != (self.number is not None and self.number > 0) or (self.kind is Lasting.DATE) != bool(self.day):
            raise ValueError(self)

    def until(self, at: "Occasion") -> datetime | None:
        """When a bonus that is given now expires; None for never."""
        today = at.today
        match self:
            case Lasts(Lasting.DAYS, int(number)):
                return days.end_of(today + timedelta(days=number), time_zone=at.time_zone)
            case Lasts(Lasting.MONTHS, int(number)):
                return days.end_of(months_later(today, number), time_zone=at.time_zone)
            case Lasts(Lasting.DATE, _, date() as day):
                return days.end_of(day, time_zone=at.time_zone)
            case _:
                return at.expires_at


AS_BOUGHT = Lasts()


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may have an offer, where and when: from `starts_at` until just before `ends_at`."""

    channels: frozenset[Channel] = frozenset(Channel)
    group: int | None = None
    first_only: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.starts_at and self.ends_at and self.starts_at >= self.ends_at:
            raise ValueError(self)

    def lets_in(self, buyer: "Buyer", at: "Occasion") -> bool:
        """Whether it is open to somebody, here and now."""
        return (
            at.channel in self.channels
            and (self.group is None or self.group == buyer.group)
            and (buyer.is_first or not self.first_only)
            and (self.starts_at is None or self.starts_at <= at.now)
            and (self.ends_at is None or at.now < self.ends_at)
        )


@dataclass(frozen=True, slots=True)
class Package:
    """A fixed amount of credits at a price (None: the usual one), with a bonus of its own."""

    id: int
    name: str
    credits_minor: int
    price_minor: int | None = None
    bonus_minor: int = 0
    audience: Audience = field(default_factory=Audience)
    lasts: Lasts = AS_BOUGHT

    def __post_init__(self) -> None:
        if self.credits_minor <= 0 or self.bonus_minor < 0 or (self.price_minor is not None and self.price_minor < 0):
            raise ValueError(self)


@dataclass(frozen=True, slots=True)
class Tier:
    """A step: from so many credits on, a rate or an amount."""

    from_minor: int
    bonus: int
    """Hundredths of a per cent, or minor units of credit."""

    def __post_init__(self) -> None:
        if self.from_minor < 0 or self.bonus < 0:
            raise ValueError(self)


@dataclass(frozen=True, slots=True)
class Bonus:
    """Credits given on top, in steps. The step that is reached counts for all that is bought now."""

    id: int
    name: str
    unit: Unit
    tiers: tuple[Tier, ...]
    basis: Basis = Basis.SINGLE
    period_days: int | None = None
    on_packages: bool = False
    adds_up: bool = False
    """On top of others."""
    audience: Audience = field(default_factory=Audience)
    lasts: Lasts = AS_BOUGHT

    def __post_init__(self) -> None:
        steps = [tier.from_minor for tier in self.tiers]
        if steps != sorted(set(steps)) or (self.basis is Basis.DAYS) != (self.period_days is not None):
            raise ValueError(self)

    def since(self, at: "Occasion") -> datetime | None:
        """When the period began whose purchases count; None where only the single top-up does."""
        match self.basis:
            case Basis.MONTH:
                return days.start_of(at.today.replace(day=1), time_zone=at.time_zone)
            case Basis.DAYS:
                return days.start_of(at.today - timedelta(days=(self.period_days or 1) - 1), time_zone=at.time_zone)
            case _:
                return None

    def tier(self, volume_minor: int) -> Tier | None:
        """The highest step that an amount reaches."""
        reached = [tier for tier in self.tiers if tier.from_minor <= volume_minor]
        return reached[-1] if reached else None


type Offer = Package | Bonus


@dataclass(frozen=True, slots=True)
class FreeAmounts:
    """Whether any amount may be bought, and from how many credits to how many."""

    are_sold: bool = True
    least_minor: int | None = None
    most_minor: int | None = None

    def check(self, bought_minor: int) -> None:
        """Refusals: OnlyPackages, BelowLeast, AboveMost."""
        if not self.are_sold:
            raise OnlyPackages
        if self.least_minor is not None and bought_minor < self.least_minor:
            raise BelowLeast(self.least_minor)
        if self.most_minor is not None and bought_minor > self.most_minor:
            raise AboveMost(self.most_minor)


@dataclass(frozen=True, slots=True)
class Purchase:
    """An earlier top-up, less what was taken back of it."""

    at: datetime
    bought_minor: int
    given: Mapping[int, int] = field(default_factory=dict)
    """By offer: what of its bonus still stands."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys: what offers ask about."""

    group: int | None = None
    is_first: bool = False
    """Nothing was bought before, or it was undone before any of it was spent."""
    purchases: tuple[Purchase, ...] = ()


@dataclass(frozen=True, slots=True)
class Occasion:
    """Where and when something is bought, and what a credit costs there."""

    now: datetime
    channel: Channel
    time_zone: str
    credit_decimals: int
    price_minor: int
    """Of one whole credit."""
    expires_at: datetime | None
    """Of the credits bought now."""

    @property
    def today(self) -> date:
        return self.now.astimezone(ZoneInfo(self.time_zone)).date()


@dataclass(frozen=True, slots=True)
class Given:
    """What one offer gives of a bonus, and why."""

    offer: int
    name: str
    bonus_minor: int
    why: Mapping[str, Any]
    """What the offer said then, as JSON keeps it; empty for a package's own bonus."""
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Quote:
    """What is bought, what is paid for it and what is given on top."""

    bought_minor: int
    paid_minor: int
    package: Package | None = None
    given: tuple[Given, ...] = ()

    @property
    def bonus_minor(self) -> int:
        return sum(one.bonus_minor for one in self.given)

    @property
    def total_minor(self) -> int:
        """All the credits that the customer gets."""
        return self.bought_minor + self.bonus_minor

    @property
    def bonus_expires_at(self) -> datetime | None:
        """Of bonuses that come together the latest date counts for all of them; None is never."""
        dates = [one.expires_at for one in self.given if one.expires_at is not None]
        return max(dates) if dates and len(dates) == len(self.given) else None


def quote(
    *, asked: Package | int, offers: Iterable[Offer], free: FreeAmounts, buyer: Buyer, occasion: Occasion
) -> Quote:
    """What somebody gets who buys a package, or so many credits, here and now.

    Refusals: OfferNotOpen, OnlyPackages, BelowLeast, AboveMost.
    """
    if isinstance(asked, Package):
        if not _open(asked, buyer, occasion):
            raise OfferNotOpen(asked.name)
        package, bought_minor = asked, asked.credits_minor
    else:
        free.check(asked)
        package, bought_minor = None, asked
    bonuses = [one for one in offers if isinstance(one, Bonus) and (one.on_packages or package is None)]
    found = [(one, _given(one, bought_minor, buyer, occasion)) for one in bonuses if _open(one, buyer, occasion)]
    rivals = [given for one, given in found if given.bonus_minor and not one.adds_up]
    if package is not None and package.bonus_minor:
        rivals.append(Given(package.id, package.name, package.bonus_minor, {}, package.lasts.until(occasion)))
    best = max(rivals, key=lambda given: (given.bonus_minor, -given.offer), default=None)
    on_top = [given for one, given in found if given.bonus_minor and one.adds_up]
    on_top.sort(key=lambda given: given.offer)
    return Quote(
        bought_minor=bought_minor,
        paid_minor=paid(package, bought_minor, decimals=occasion.credit_decimals, price_minor=occasion.price_minor),
        package=package,
        given=(*([best] if best else []), *on_top),
    )


def paid(package: Package | None, bought_minor: int, *, decimals: int, price_minor: int) -> int:
    """What is paid for so many credits, or for the package of them, in minor units of the currency."""
    if package is not None and package.price_minor is not None:
        return package.price_minor
    return rules.price(bought_minor=bought_minor, decimals=decimals, price_minor=price_minor)


def open_packages(*, offers: Iterable[Offer], buyer: Buyer, occasion: Occasion) -> list[Package]:
    """The packages that somebody may buy here and now, in the order given."""
    return [one for one in offers if isinstance(one, Package) and _open(one, buyer, occasion)]


def share(amount_minor: int, *, rate: int) -> int:
    """So many hundredths of a per cent of an amount. What is less than a minor unit is not given."""
    return amount_minor * rate // WHOLE_RATE


def standing(bonus_minor: int, *, bought_minor: int, reversed_minor: int) -> int:
    """What is left of a bonus when so much of what was bought was taken back: the ledger rounds what goes up."""
    return bonus_minor * (bought_minor - reversed_minor) // bought_minor


def needs_purchases_since(offers: Iterable[Offer], at: Occasion) -> datetime | None:
    """From when on earlier purchases must be known; None when none must."""
    starts = [since for one in offers if isinstance(one, Bonus) and (since := one.since(at))]
    return min(starts, default=None)


def _open(offer: Offer, buyer: Buyer, at: Occasion) -> bool:
    if not offer.audience.lets_in(buyer, at):
        return False
    gives = isinstance(offer, Bonus) or bool(offer.bonus_minor)
    until = offer.lasts.until(at)
    # A bonus whose day is over would be gone as it is given.
    return not gives or until is None or until > at.now


def _given(bonus: Bonus, bought_minor: int, buyer: Buyer, at: Occasion) -> Given:
    since = bonus.since(at)
    counted = [one for one in buyer.purchases if since is not None and since <= one.at <= at.now]
    before_minor = sum(one.bought_minor for one in counted)
    tier = bonus.tier(before_minor + bought_minor)
    given_minor = 0
    if tier is not None:
        given_minor = share(bought_minor, rate=tier.bonus) if bonus.unit is Unit.PERCENT else tier.bonus
        if bonus.unit is Unit.CREDITS and since is not None:
            # The amount of a step is for all of the period: what it gave before is part of it.
            given_minor = max(0, given_minor - sum(one.given.get(bonus.id, 0) for one in counted))
    why = {
        "unit": bonus.unit.value,
        "basis": bonus.basis.value,
        "days": bonus.period_days,
        "from_minor": tier.from_minor if tier else 0,
        "step": tier.bonus if tier else 0,
        "before_minor": before_minor,
        "adds_up": bonus.adds_up,
    }
    return Given(bonus.id, bonus.name, given_minor, why, bonus.lasts.until(at))


# ---- What the office shows of an offer before it is saved ----


def amounts_to_show(tiers: Sequence[Tier], *, usual: Iterable[int], unit_minor: int) -> list[int]:
    """The amounts at which a table shows most of a bonus: usual ones, each step, just below it, and above the last."""
    edges = [tier.from_minor for tier in tiers if tier.from_minor]
    near = [amount for edge in edges for amount in (edge - 1, edge, edge + unit_minor)]
    return sorted({amount for amount in (*usual, *near, 2 * max(edges, default=0)) if amount > 0})


def dips(bonus: Bonus) -> list[Tier]:
    """The steps at which paying a little more gives less in all, or in a period less than a step before."""
    found = []
    for before, tier in zip((Tier(0, 0), *bonus.tiers), bonus.tiers, strict=False):
        below = tier.from_minor - 1
        falls_over_time = bonus.basis is not Basis.SINGLE and tier.bonus < before.bonus
        if falls_over_time or tier.from_minor + _alone(bonus, tier, tier.from_minor) < below + _alone(
            bonus, before, below
        ):
            found.append(tier)
    return found


def _alone(bonus: Bonus, tier: Tier, amount_minor: int) -> int:
    return share(max(0, amount_minor), rate=tier.bonus) if bonus.unit is Unit.PERCENT else tier.bonus


def poorer(packages: Iterable[tuple[int, int]]) -> list[int]:
    """Of packages given as what they cost and what one gets: the places of those that cost more and give less."""
    found, most = [], 0
    for place, (_cost, gets) in sorted(enumerate(packages), key=lambda one: (one[1][0], -one[1][1])):
        if gets < most:
            found.append(place)
        most = max(most, gets)
    return found
