"""The programme's own accounts."""

from groat.ledger.core.accounts import Tally, is_in_currency, is_tally


def test_every_tally_is_told_from_a_wallet_by_its_number() -> None:
    assert [tally for tally in Tally if not is_tally(tally)] == []
    assert not is_tally(100)


def test_money_is_counted_in_currency_and_all_else_in_credits() -> None:
    money = {Tally.TAKINGS, Tally.CASH, Tally.CARD_TERMINAL, Tally.BANK, Tally.PAYROLL}
    assert {tally for tally in Tally if is_in_currency(tally)} == money
    assert not is_in_currency(100)
