"""Lots, and the order of their use."""

import pytest

from groat.ledger.core.lots import ImpossibleLot, Lot, Origin, later
from tests.ledger.core.times import day


def in_order(*lots: Lot) -> list[int]:
    return [lot.id for lot in sorted(lots, key=lambda lot: lot.order)]


def test_the_earliest_expiry_is_used_first_and_what_never_expires_last() -> None:
    never = Lot(1, Origin.PURCHASED, 10, 10)
    late = Lot(2, Origin.PURCHASED, 10, 10, expires_at=day(20))
    early = Lot(3, Origin.PURCHASED, 10, 10, expires_at=day(10))
    assert in_order(never, late, early) == [3, 2, 1]


def test_bonus_is_used_before_purchased_at_the_same_expiry() -> None:
    purchased = Lot(1, Origin.PURCHASED, 10, 10, expires_at=day(10))
    bonus = Lot(2, Origin.BONUS, 10, 10, expires_at=day(10))
    assert in_order(purchased, bonus) == [2, 1]


def test_the_oldest_is_used_first_where_all_else_is_equal() -> None:
    for origin in Origin:
        assert in_order(Lot(9, origin, 10, 10), Lot(8, origin, 10, 10)) == [8, 9]


def test_gifts_and_refunds_do_not_come_before_purchased_credits() -> None:
    purchased, gift, refund = (Lot(i, o, 1, 1) for i, o in enumerate([Origin.PURCHASED, Origin.GIFT, Origin.REFUND]))
    assert in_order(refund, gift, purchased) == [0, 1, 2]


def test_a_lot_is_due_at_the_instant_of_its_expiry() -> None:
    lot = Lot(1, Origin.PURCHASED, 10, 10, expires_at=day(10))
    assert not lot.is_due(day(9.999))
    assert lot.is_due(day(10))
    assert not Lot(1, Origin.PURCHASED, 10, 10).is_due(day(10_000))


@pytest.mark.parametrize(
    ("remaining", "held", "settled", "expired"),
    [(-1, 0, 0, 0), (11, 0, 0, 0), (5, 6, 0, 0), (5, -1, 0, 0), (5, 0, 6, 0), (5, 0, 0, 6), (5, 0, 3, 3)],
)
def test_a_lot_cannot_hold_what_it_was_not_granted(remaining: int, held: int, settled: int, expired: int) -> None:
    with pytest.raises(ImpossibleLot):
        Lot(1, Origin.PURCHASED, 10, remaining, held, settled, expired_minor=expired)


def test_no_expiry_is_later_than_any() -> None:
    assert later(day(1), day(2)) == day(2)
    assert later(day(2), day(1)) == day(2)
    assert later(None, day(1)) is None
    assert later(day(1), None) is None
