"""How debts are paid that were told in a statement, of many wallets at once. Everything here demands a transaction."""

from collections.abc import Iterable, Mapping
from itertools import batched

from groat.errors import Refusal
from groat.ledger import book
from groat.ledger.core import commands
from groat.ledger.core.accounts import Tally
from groat.ledger.core.decide import Accepted
from groat.programmes import writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme
from groat.topups import rules
from groat.topups.expiry import queries as expiry
from groat.topups.models import Means, TopUp
from groat.topups.writing import INTO

AT_ONCE = 1000
"""Wallets that one round of the book takes: a bound on memory, not on the transaction."""
TALLIES = INTO | {Means.WAGES: Tally.PAYROLL}


def settle(*, programme: Programme, debts: Mapping[int, int], means: Means, deed: Deed) -> dict[int, TopUp]:
    """Pay so much of each wallet's debt, in minor units of credit, at the usual price; by wallet what paid it.

    Nothing is given on top, nothing is extended, and no offer counts it. Whoever calls has locked the wallets and
    seen that so much is owed: what a debt takes whole leaves no credits, and so none that could expire.
    """
    writing.demand_transaction()
    into = TALLIES[means]
    book.open_missing(programme_id=programme.id, tally=into, now=deed.now)
    made: dict[int, TopUp] = {}
    for some in batched(sorted(debts.items()), AT_ONCE):
        paid = {wallet: _price(programme, minor) for wallet, minor in some}
        orders: list[commands.Command] = [
            commands.TopUp(wallet, minor, paid[wallet], into=into, actor=deed.actor.code) for wallet, minor in some
        ]
        for wallet, done in zip(paid, _booked(programme.id, orders, deed), strict=True):
            made[wallet] = TopUp(
                id=_entry(done),
                programme=programme,
                wallet_id=wallet,
                bought_minor=debts[wallet],
                bonus_minor=0,
                paid_minor=paid[wallet],
                means=means,
                is_settlement=True,
                actor=deed.actor.code,
                at=deed.now,
            )
    TopUp.objects.bulk_create(made.values(), batch_size=AT_ONCE)
    return made


def unsettle(*, programme: Programme, top_ups: Iterable[TopUp], reason: str, deed: Deed) -> int:
    """Take back what is left of such payments, so that it is owed again; returns of how many something was left."""
    writing.demand_transaction()
    left = {row.id: row for row in top_ups if row.reversed_minor < row.bought_minor}
    grace = expiry.grace(programme_id=programme.id, at=deed.now)
    for some in batched(sorted(left), AT_ONCE):
        orders: list[commands.Command] = [
            commands.Reverse(entry, grace=grace, actor=deed.actor.code, reason=reason) for entry in some
        ]
        _booked(programme.id, orders, deed)
        for entry in some:
            left[entry].reversed_minor = left[entry].bought_minor
        TopUp.objects.bulk_update([left[entry] for entry in some], ["reversed_minor"])
    return len(left)


def _booked(programme_id: int, orders: list[commands.Command], deed: Deed) -> list[Accepted]:
    """All of them, or none: raises the first refusal."""
    accepted = []
    for done in book.post_many(programme_id=programme_id, batch=orders, now=deed.now, mint=deed.mint):
        if isinstance(done, Refusal):
            raise done
        accepted.append(done)
    return accepted


def _entry(done: Accepted) -> int:
    assert done.entry is not None  # paying always moves money
    return done.entry.id


def _price(programme: Programme, minor: int) -> int:
    return rules.price(bought_minor=minor, decimals=programme.credit_decimals, price_minor=programme.price_minor)
