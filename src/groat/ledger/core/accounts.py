"""The accounts of a programme's book: one for each wallet, and a few tallies of its own.

A posting with a plus adds to the account. A wallet's balance is what the programme owes its
customer (a liability when positive, the customer's debt when negative); a tally's balance is
what has run up against the wallets. All balances of one unit sum to zero.
"""

from enum import IntEnum

FIRST_CURRENCY_TALLY = 20
LAST_TALLY = 99
"""Accounts up to here are tallies; every wallet's id is greater, for it was minted."""


class Tally(IntEnum):
    """The programme's own accounts. Their numbers are their ids in every programme's book."""

    # In credits.
    REVENUE = 1
    """Spent on goods and services."""
    ISSUED = 2
    """Sold: minus the credits that customers bought."""
    BONUS = 3
    """Given on top: minus the credits that cost the merchant."""
    BREAKAGE = 4
    """Expired unspent."""
    ADJUSTMENTS = 5
    """Put right by hand."""
    WRITE_OFFS = 6
    """Debts forgiven."""

    # In the programme's currency.
    TAKINGS = 20
    """Earned by selling credits: minus what was paid for them."""
    CASH = 21
    """In the drawers."""
    CARD_TERMINAL = 22
    """Owed to us by the payment card's acquirer."""
    BANK = 23
    """In the bank."""
    PAYROLL = 24
    """Withheld from wages: owed to us by whoever pays them, or owed by us as the employer the less."""


def is_tally(account: int) -> bool:
    """Whether the account is the programme's own."""
    return account <= LAST_TALLY


def is_in_currency(account: int) -> bool:
    """Whether the account counts minor units of the currency; all others count credits."""
    return FIRST_CURRENCY_TALLY <= account <= LAST_TALLY
