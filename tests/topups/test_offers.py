"""What a customer gets for what they pay."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groat.errors import Refusal
from groat.topups import offers
from groat.topups.offers import (
    AboveMost,
    Audience,
    Basis,
    BelowLeast,
    Bonus,
    Buyer,
    Channel,
    FreeAmounts,
    Given,
    Lasting,
    Lasts,
    Occasion,
    Offer,
    OfferNotOpen,
    OnlyPackages,
    Package,
    Purchase,
    Quote,
    Tier,
    Unit,
)

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
HERE = Occasion(
    now=NOW,
    channel=Channel.TILL,
    time_zone="Europe/Prague",
    credit_decimals=2,
    price_minor=100,
    expires_at=datetime(2027, 3, 14, 22, 59, 59, tzinfo=UTC),
)
SOMEBODY = Buyer()
ANY_AMOUNT = FreeAmounts()
STEPS = (Tier(50_000, 500), Tier(100_000, 1_000))
"""5 % from 500,00 on, 10 % from 1 000,00 on."""


def a_bonus(**given: Any) -> Bonus:
    terms: dict[str, Any] = {"id": 1, "name": "Spring", "unit": Unit.PERCENT, "tiers": STEPS}
    return Bonus(**terms | given)


def bonus_of(asked: Package | int, *found: Offer, buyer: Buyer = SOMEBODY, at: Occasion = HERE) -> int:
    return quoted(asked, *found, buyer=buyer, at=at).bonus_minor


def quoted(
    asked: Package | int, *found: Offer, buyer: Buyer = SOMEBODY, at: Occasion = HERE, free: FreeAmounts = ANY_AMOUNT
) -> Quote:
    return offers.quote(asked=asked, offers=found, free=free, buyer=buyer, occasion=at)


# ---- Steps ----


@pytest.mark.parametrize(
    ("bought_minor", "bonus_minor"),
    [(49_999, 0), (50_000, 2_500), (50_001, 2_500), (99_999, 4_999), (100_000, 10_000), (300_000, 30_000)],
)
def test_the_step_that_is_reached_counts_for_all_that_is_bought(bought_minor: int, bonus_minor: int):
    assert bonus_of(bought_minor, a_bonus()) == bonus_minor


@pytest.mark.parametrize(("bought_minor", "bonus_minor"), [(999, 0), (1_000, 100), (1_999, 100), (2_000, 300)])
def test_a_step_may_give_an_amount(bought_minor: int, bonus_minor: int):
    steps = (Tier(1_000, 100), Tier(2_000, 300))

    assert bonus_of(bought_minor, a_bonus(unit=Unit.CREDITS, tiers=steps)) == bonus_minor


def test_what_is_less_than_a_minor_unit_is_not_given():
    third = a_bonus(tiers=(Tier(0, 3_333),))

    assert [bonus_of(bought, third) for bought in (1, 2, 3, 4, 10_000)] == [0, 0, 0, 1, 3_333]


def test_a_quote_says_what_is_bought_paid_and_given_by_which_step_of_which_offer():
    at = replace(HERE, price_minor=91)

    assert quoted(100_000, a_bonus(), at=at) == Quote(
        bought_minor=100_000,
        paid_minor=91_000,
        given=(
            Given(
                offer=1,
                name="Spring",
                bonus_minor=10_000,
                why={
                    "unit": "percent",
                    "basis": "single",
                    "days": None,
                    "from_minor": 100_000,
                    "step": 1_000,
                    "before_minor": 0,
                    "adds_up": False,
                },
                expires_at=HERE.expires_at,
            ),
        ),
    )


# ---- Periods ----


def bought(days_ago: float, minor: int, **given: int) -> Purchase:
    return Purchase(NOW - timedelta(days=days_ago), minor, {int(key[1:]): value for key, value in given.items()})


def test_the_volume_of_a_calendar_month_reaches_the_step_which_counts_for_what_is_bought_now():
    of_the_month = a_bonus(basis=Basis.MONTH)
    # The first was on 28 February.
    buyer = Buyer(purchases=(bought(14, 90_000), bought(10, 30_000), bought(0, 10_000)))

    assert [bonus_of(now, of_the_month, buyer=buyer) for now in (9_999, 10_000, 60_000)] == [0, 500, 6_000]


def test_a_month_begins_at_midnight_where_the_programme_is():
    of_the_month = a_bonus(basis=Basis.MONTH)
    midnight = datetime(2026, 2, 28, 23, 0, tzinfo=UTC)

    before = Buyer(purchases=(Purchase(midnight - timedelta(seconds=1), 90_000),))
    after = Buyer(purchases=(Purchase(midnight, 90_000),))

    assert [bonus_of(10_000, of_the_month, buyer=buyer) for buyer in (before, after)] == [0, 1_000]


def test_rolling_days_are_whole_days_and_today_is_one_of_them():
    of_two_days = a_bonus(basis=Basis.DAYS, period_days=2)
    yesterday = datetime(2026, 3, 12, 23, 0, tzinfo=UTC)

    before = Buyer(purchases=(Purchase(yesterday - timedelta(seconds=1), 90_000),))
    after = Buyer(purchases=(Purchase(yesterday, 90_000),))

    assert [bonus_of(10_000, of_two_days, buyer=buyer) for buyer in (before, after)] == [0, 1_000]


def test_an_amount_for_the_volume_of_a_period_is_given_once_in_it():
    in_all = a_bonus(unit=Unit.CREDITS, basis=Basis.MONTH, tiers=(Tier(10_000, 500), Tier(30_000, 2_000)))
    ever = [
        ((), 10_000, 500),
        ((bought(1, 10_000, o1=500),), 1_000, 0),
        ((bought(1, 10_000, o1=500),), 20_000, 1_500),
        ((bought(2, 10_000, o1=500), bought(1, 20_000, o1=1_500)), 50_000, 0),
        # What another offer gave is no part of it.
        ((bought(1, 10_000, o2=500),), 20_000, 2_000),
        # Taken back in part: what stands of it does.
        ((bought(1, 9_900, o1=495),), 100, 5),
    ]

    for purchases, now, bonus_minor in ever:
        assert bonus_of(now, in_all, buyer=Buyer(purchases=purchases)) == bonus_minor


@given(st.lists(st.integers(1, 40_000), min_size=1, max_size=8))
def test_however_it_is_split_a_period_gives_its_amount_once(parts: list[int]):
    in_all = a_bonus(unit=Unit.CREDITS, basis=Basis.MONTH, tiers=(Tier(10_000, 500), Tier(30_000, 2_000)))
    purchases: tuple[Purchase, ...] = ()
    for part in parts:
        given_minor = bonus_of(part, in_all, buyer=Buyer(purchases=purchases))
        purchases += (Purchase(NOW, part, {1: given_minor}),)

    assert sum(one.given[1] for one in purchases) == bonus_of(sum(parts), in_all)


# ---- Which offer wins ----


def test_of_several_bonuses_the_largest_counts_alone():
    small, large = a_bonus(id=1), a_bonus(id=2, name="Large", tiers=(Tier(0, 2_000),))

    assert [(one.name, one.bonus_minor) for one in quoted(100_000, small, large).given] == [("Large", 20_000)]


def test_of_two_equal_bonuses_the_older_offers_counts():
    assert [one.offer for one in quoted(100_000, a_bonus(id=7), a_bonus(id=3)).given] == [3]


def test_a_bonus_comes_on_top_of_others_when_the_merchant_says_so():
    best, worse = a_bonus(id=1), a_bonus(id=2, tiers=(Tier(0, 1),))
    more, most = a_bonus(id=3, adds_up=True), a_bonus(id=4, unit=Unit.CREDITS, tiers=(Tier(0, 7),), adds_up=True)

    given_ = quoted(100_000, worse, most, best, more).given

    assert [(one.offer, one.bonus_minor) for one in given_] == [(1, 10_000), (3, 10_000), (4, 7)]


def test_a_packages_own_bonus_is_one_of_those_of_which_the_largest_counts():
    package = Package(id=9, name="Ten entries", credits_minor=100_000, price_minor=90_000, bonus_minor=5_000)
    not_for_packages, weaker = a_bonus(id=1), a_bonus(id=2, tiers=(Tier(0, 1),), on_packages=True)
    stronger = a_bonus(id=3, on_packages=True)

    def given_by(*found: Bonus) -> list[tuple[int, int]]:
        quote = quoted(package, *found)
        assert (quote.bought_minor, quote.paid_minor, quote.package) == (100_000, 90_000, package)
        return [(one.offer, one.bonus_minor) for one in quote.given]

    assert given_by(not_for_packages, weaker) == [(9, 5_000)]
    assert given_by(not_for_packages, stronger) == [(3, 10_000)]


def test_a_package_without_a_price_of_its_own_costs_what_credits_cost():
    package = Package(id=9, name="Ten entries", credits_minor=100_000)

    assert quoted(package, at=replace(HERE, price_minor=250)).paid_minor == 250_000


# ---- For whom, where and when ----


OTHERS = [
    Audience(group=4),
    Audience(first_only=True),
    Audience(channels=frozenset({Channel.OFFICE, Channel.ONLINE})),
    Audience(channels=frozenset()),
    Audience(starts_at=NOW + timedelta(seconds=1)),
    Audience(ends_at=NOW),
]
OURS = [
    Audience(),
    Audience(group=3),
    Audience(channels=frozenset({Channel.TILL})),
    Audience(starts_at=NOW, ends_at=NOW + timedelta(microseconds=1)),
]


@pytest.mark.parametrize("audience", OTHERS)
def test_what_is_not_for_somebody_here_and_now_gives_nothing(audience: Audience):
    buyer = Buyer(group=3)
    package = Package(id=9, name="Ten entries", credits_minor=100, audience=audience)

    assert bonus_of(100_000, a_bonus(audience=audience), buyer=buyer) == 0
    with pytest.raises(OfferNotOpen) as refused:
        quoted(package, buyer=buyer)
    assert refused.value == OfferNotOpen("Ten entries")
    assert offers.open_packages(offers=[package, a_bonus()], buyer=buyer, occasion=HERE) == []


@pytest.mark.parametrize("audience", OURS)
def test_what_is_for_somebody_here_and_now_is_given(audience: Audience):
    buyer = Buyer(group=3)
    package = Package(id=9, name="Ten entries", credits_minor=100, audience=audience)

    assert bonus_of(100_000, a_bonus(audience=audience), buyer=buyer) == 10_000
    assert offers.open_packages(offers=[package, a_bonus()], buyer=buyer, occasion=HERE) == [package]


def test_a_first_top_up_is_one_before_which_nothing_was_bought():
    first = a_bonus(audience=Audience(first_only=True))

    assert [bonus_of(100_000, first, buyer=Buyer(is_first=is_first)) for is_first in (True, False)] == [10_000, 0]


# ---- How long a bonus is good ----


@pytest.mark.parametrize(
    ("lasts", "until"),
    [
        (Lasts(), HERE.expires_at),
        (Lasts(Lasting.DAYS, 30), datetime(2026, 4, 13, 21, 59, 59, tzinfo=UTC)),
        (Lasts(Lasting.MONTHS, 1), datetime(2026, 4, 14, 21, 59, 59, tzinfo=UTC)),
        (Lasts(Lasting.DATE, day=date(2026, 3, 14)), datetime(2026, 3, 14, 22, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_bonus_is_good_for_its_own_time(lasts: Lasts, until: datetime):
    assert quoted(100_000, a_bonus(lasts=lasts)).bonus_expires_at == until


def test_bonuses_that_come_together_are_good_for_the_longest_of_their_times():
    short = a_bonus(id=1, lasts=Lasts(Lasting.DAYS, 3))
    longer = a_bonus(id=2, lasts=Lasts(Lasting.DAYS, 9), adds_up=True)
    for_ever = a_bonus(id=3, adds_up=True)
    never = replace(HERE, expires_at=None)

    assert quoted(100_000, short, longer).bonus_expires_at == datetime(2026, 3, 23, 22, 59, 59, tzinfo=UTC)
    assert quoted(100_000, short, longer, for_ever).bonus_expires_at == HERE.expires_at
    assert quoted(100_000, short, longer, for_ever, at=never).bonus_expires_at is None


def test_a_bonus_whose_day_is_over_is_not_given():
    over = Lasts(Lasting.DATE, day=date(2026, 3, 13))

    assert bonus_of(100_000, a_bonus(lasts=over)) == 0


# ---- Free amounts ----


@pytest.mark.parametrize(
    ("free", "bought_minor", "refusal"),
    [
        (FreeAmounts(are_sold=False), 5_000, OnlyPackages()),
        (FreeAmounts(least_minor=5_000), 4_999, BelowLeast(5_000)),
        (FreeAmounts(most_minor=5_000), 5_001, AboveMost(5_000)),
    ],
)
def test_an_amount_that_is_not_sold_is_refused(free: FreeAmounts, bought_minor: int, refusal: Refusal):
    with pytest.raises(Refusal) as refused:
        quoted(bought_minor, free=free)

    assert refused.value == refusal


def test_the_limits_themselves_are_sold_and_packages_have_none():
    limits = FreeAmounts(least_minor=5_000, most_minor=6_000)
    package = Package(id=9, name="Ten entries", credits_minor=100)

    bought_minor = [quoted(asked, free=limits).bought_minor for asked in (5_000, 6_000)]
    only_packages = quoted(package, free=FreeAmounts(are_sold=False)).bought_minor

    assert (bought_minor, only_packages) == ([5_000, 6_000], 100)


# ---- Whatever a merchant sets ----


@st.composite
def bonuses(draw: st.DrawFn, *, rising: bool = False) -> Bonus:
    unit = draw(st.sampled_from(Unit))
    basis = draw(st.sampled_from(Basis))
    steps = sorted(draw(st.sets(st.integers(0, 20_000), min_size=1, max_size=5)))
    values = [draw(st.integers(1, 15_000)) for _ in steps]
    if rising:
        values.sort()
    return Bonus(
        id=draw(st.integers(1, 9)),
        name="Any",
        unit=unit,
        basis=basis,
        period_days=draw(st.integers(1, 40)) if basis is Basis.DAYS else None,
        tiers=tuple(Tier(step, value) for step, value in zip(steps, values, strict=True)),
        adds_up=draw(st.booleans()),
        audience=Audience(first_only=draw(st.booleans())),
    )


histories = st.lists(
    st.builds(
        Purchase,
        at=st.floats(0, 50).map(lambda days: NOW - timedelta(days=days)),
        bought_minor=st.integers(0, 10_000),
        given=st.dictionaries(st.integers(1, 9), st.integers(0, 5_000), max_size=3),
    ),
    max_size=6,
).map(tuple)
buyers = st.builds(Buyer, is_first=st.booleans(), purchases=histories)


@given(st.lists(bonuses(), max_size=4), buyers, st.integers(1, 25_000), st.integers(1, 25_000))
def test_paying_more_never_gives_less_unless_the_page_warns_of_it(
    found: list[Bonus], buyer: Buyer, one: int, other: int
):
    less, more = sorted((one, other))

    falls = quoted(more, *found, buyer=buyer).total_minor < quoted(less, *found, buyer=buyer).total_minor

    assert not falls or any(offers.dips(bonus) for bonus in found)


@given(bonuses(rising=True))
def test_steps_that_rise_are_not_warned_of(bonus: Bonus):
    assert offers.dips(bonus) == []


@pytest.mark.parametrize(
    ("bonus", "warned"),
    [
        (a_bonus(tiers=(Tier(1_000, 2_000), Tier(2_000, 500))), [2_000]),
        (a_bonus(unit=Unit.CREDITS, tiers=(Tier(1_000, 500), Tier(2_000, 100))), [2_000]),
        # One unit more is paid, and one unit less is given: in all it is the same.
        (a_bonus(unit=Unit.CREDITS, tiers=(Tier(1_000, 500), Tier(2_000, 499))), []),
        (a_bonus(basis=Basis.MONTH, unit=Unit.CREDITS, tiers=(Tier(1_000, 500), Tier(2_000, 499))), [2_000]),
    ],
)
def test_a_step_at_which_one_gets_less_is_warned_of(bonus: Bonus, warned: list[int]):
    assert [tier.from_minor for tier in offers.dips(bonus)] == warned


@given(st.lists(bonuses(), max_size=4), buyers, st.integers(1, 25_000))
def test_the_bonus_is_never_less_than_the_best_single_offers_and_its_parts_are_whole_and_positive(
    found: list[Bonus], buyer: Buyer, bought_minor: int
):
    quote = quoted(bought_minor, *found, buyer=buyer)

    alone = [quoted(bought_minor, bonus, buyer=buyer).bonus_minor for bonus in found]
    assert quote.bonus_minor >= max(alone, default=0)
    assert all(type(one.bonus_minor) is int and one.bonus_minor > 0 for one in quote.given)
    assert quote.bonus_minor == sum(one.bonus_minor for one in quote.given)


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, offers.MOST_RATE))
def test_a_share_is_within_a_minor_unit_and_two_shares_are_never_more_than_that_of_both(a: int, b: int, rate: int):
    both = offers.share(a + b, rate=rate)

    assert 0 <= both * offers.WHOLE_RATE <= (a + b) * rate < (both + 1) * offers.WHOLE_RATE
    assert offers.share(a, rate=rate) + offers.share(b, rate=rate) <= both


# ---- What the office shows ----


def test_a_table_shows_each_step_what_is_just_below_and_above_it_and_usual_amounts():
    shown = offers.amounts_to_show(STEPS, usual=[20_000, 50_000], unit_minor=100)

    assert shown == [20_000, 49_999, 50_000, 50_100, 99_999, 100_000, 100_100, 200_000]


def test_a_package_that_costs_more_and_gives_less_is_known():
    costs_and_gets = [(100, 100), (300, 250), (200, 280), (300, 280)]

    assert offers.poorer(costs_and_gets) == [1]
