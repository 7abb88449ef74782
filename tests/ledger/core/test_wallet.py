"""A wallet on its own: each way in which it changes leaves it consistent."""

from groat.ledger.core import wallet as wallets
from groat.ledger.core.entries import LotUse
from groat.ledger.core.lots import Lot, Origin
from groat.ledger.core.wallet import Hold, Wallet
from tests.ledger.core.times import day

EARLY = Lot(1, Origin.PURCHASED, 10, 10, expires_at=day(10))
LATE = Lot(2, Origin.PURCHASED, 10, 10, expires_at=day(20))
FULL = Wallet(501, posted_minor=20, lots=(EARLY, LATE))


def test_a_debit_names_the_lots_that_it_takes_from_and_numbers_its_posting() -> None:
    wallet, uses = wallets.debit(FULL, 14)
    assert uses == (LotUse(501, 1, -10), LotUse(501, 2, -4))
    assert wallet == Wallet(
        501,
        posted_minor=6,
        sequence=1,
        lots=(
            Lot(1, Origin.PURCHASED, 10, 0, expires_at=day(10)),
            Lot(2, Origin.PURCHASED, 10, 6, expires_at=day(20)),
        ),
    )


def test_a_debit_takes_no_more_of_a_lot_named_first_than_was_said() -> None:
    _, uses = wallets.debit(FULL, 14, first={2: 7})
    assert uses == (LotUse(501, 2, -7), LotUse(501, 1, -7))


def test_a_debit_below_the_floor_says_by_how_much_holds_included() -> None:
    held = wallets.place(FULL, Hold(9, 501, 8, day(1)))
    wallet, _ = wallets.debit(held, 30)
    assert (wallet.available_minor, wallet.overdrawn_minor) == (-18, 18)


def test_a_hold_gives_up_its_latest_lot_first() -> None:
    held = wallets.place(Wallet(501, 20, floor_minor=-10, lots=(EARLY, LATE)), Hold(9, 501, 20, day(1)))
    wallet, uses = wallets.debit(held, 4)
    assert (wallet.holds[0].lots, uses) == (((1, 10), (2, 6)), (LotUse(501, 2, -4),))


def test_a_credit_says_what_is_left_over_by_the_debt() -> None:
    owing = Wallet(501, posted_minor=-15, floor_minor=-20)
    assert [wallets.credit(owing, amount)[1] for amount in (10, 15, 40)] == [0, 0, 25]
    assert wallets.credit(FULL, 10)[1] == 10


def test_lots_stay_in_the_order_of_their_use_when_a_date_moves() -> None:
    later = Lot(1, Origin.PURCHASED, 10, 10, expires_at=day(30))
    assert wallets.with_lots(FULL, [later]).lots == (LATE, later)


def test_a_hold_placed_and_dropped_leaves_no_trace() -> None:
    held = wallets.place(FULL, Hold(9, 501, 15, day(1)))
    assert (held.held_minor, held.free_minor, held.holds[0].lots) == (15, 5, ((1, 10), (2, 5)))
    assert wallets.drop(held, held.holds[0]) == FULL


def test_only_free_credits_expire() -> None:
    held = wallets.place(FULL, Hold(9, 501, 6, day(30)))
    wallet, uses = wallets.expire(held, day(10))
    assert uses == (LotUse(501, 1, -4),)
    assert wallet.lots == (
        Lot(1, Origin.PURCHASED, 10, 6, 6, expires_at=day(10), expired_minor=4),
        LATE,
    )
    assert wallets.expire(wallet, day(10)) == (wallet, ())
