"""Load, decide, save: the only writer of the book.

Every path is the same three steps inside one transaction. Here are those that open accounts and
book one command at a time through Django's connection; the till books many at once by the same
steps in a transaction of its own (see `group_commit`).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import batched
from types import ModuleType
from typing import Any

from django.db import connection, transaction

from groat.errors import Refusal
from groat.ledger import postgresql, sqlite, store
from groat.ledger.core import commands
from groat.ledger.core.accounts import Tally
from groat.ledger.core.decide import Accepted, Book, decide
from groat.ledger.models import Account, Balance
from groat.ledger.pipeline import Pipeline


def database(vendor: str) -> ModuleType:
    """The module that speaks to this kind of database."""
    return {"postgresql": postgresql, "sqlite": sqlite}[vendor]


def raw() -> Any:
    """Django's connection as `database` speaks to it. Demands an open transaction."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("the book is written inside a transaction")
    connection.ensure_connection()
    driver: Any = connection.connection
    return Pipeline(driver, own=False) if connection.vendor == "postgresql" else driver


def open_tallies(*, programme_id: int, now: datetime) -> None:
    """Open a programme's own accounts. Demands a transaction."""
    raw()
    Account.objects.bulk_create([Account(programme=programme_id, id=tally, opened_at=now) for tally in Tally])
    Balance.objects.bulk_create([_empty(programme_id, tally, floor_minor=None) for tally in Tally])


def open_missing(*, programme_id: int, tally: Tally, now: datetime) -> None:
    """Open a tally that programmes opened by an earlier release lack. Demands a transaction, one at a time."""
    raw()
    if not Account.objects.filter(programme=programme_id, id=tally).exists():
        Account.objects.bulk_create([Account(programme=programme_id, id=tally, opened_at=now)])
        Balance.objects.bulk_create([_empty(programme_id, tally, floor_minor=None)])


def open_account(*, programme_id: int, account: int, now: datetime, floor_minor: int = 0) -> None:
    """Open a wallet's account, empty, with how far below zero it may go. Demands a transaction."""
    open_accounts(programme_id=programme_id, floors={account: floor_minor}, now=now)


def open_accounts(*, programme_id: int, floors: Mapping[int, int], now: datetime) -> None:
    """Open several wallets' accounts, empty; by each how far below zero it may go. Demands a transaction."""
    raw()
    for account, floor_minor in floors.items():
        commands.SetFloor(account, floor_minor)  # refuses a floor that cannot be
    Account.objects.bulk_create([Account(programme=programme_id, id=account, opened_at=now) for account in floors])
    Balance.objects.bulk_create(
        [_empty(programme_id, account, floor_minor=floor_minor) for account, floor_minor in floors.items()]
    )


def _empty(programme_id: int, account: int, *, floor_minor: int | None) -> Balance:
    return Balance(
        programme=programme_id,
        account=account,
        posted_minor=0,
        held_minor=0,
        floor_minor=floor_minor,
        overdrawn_minor=0,
        sequence=0,
        next_due=None,
    )


def lock(*, programme_id: int, wallet: int) -> None:
    """Let nobody else book on a wallet until the transaction ends: what is read next holds. Demands a transaction."""
    lock_all(programme_id=programme_id, wallets=[wallet])


def lock_all(*, programme_id: int, wallets: Iterable[int]) -> None:
    """The same for many, in ascending order, as on every path. Demands a transaction."""
    raw()
    for some in batched(sorted(wallets), 1000):
        rows = Balance.objects.select_for_update().filter(programme=programme_id, account__in=some)
        list(rows.order_by("account").values_list("sequence"))


def post(*, programme_id: int, command: commands.Command, now: datetime, mint: Callable[[], int]) -> Accepted:
    """Book one command; raises its refusal. Demands a transaction, which a refusal leaves as it was."""
    (outcome,) = post_many(programme_id=programme_id, batch=[command], now=now, mint=mint)
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


def post_many(
    *, programme_id: int, batch: list[commands.Command], now: datetime, mint: Callable[[], int]
) -> list[Accepted | Refusal]:
    """Book a batch in order, each command seeing the effect of those before. Demands a transaction.

    A refused one leaves its neighbours alone.
    """
    link, speaks = raw(), database(connection.vendor)
    wallets, holds, entries = _named(batch)
    if holds or entries:
        wallets |= set(speaks.accounts_of(link, programme_id, holds, entries))
    accounts = [(programme_id, account) for account in sorted(wallets)]
    # Undoing gives back to lots that may be used up.
    loaded = speaks.load(link, accounts, whole=bool(entries))
    book = Book(
        dict(loaded),
        speaks.holds(link, programme_id, holds) if holds else {},
        speaks.records(link, programme_id, entries) if entries else {},
    )
    outcomes = [decide(book, command, now=now, mint=mint) for command in batch]
    accepted = [(programme_id, outcome) for outcome in outcomes if isinstance(outcome, Accepted)]
    speaks.save(link, store.difference(loaded, book, accepted))
    return outcomes


def _named(batch: list[commands.Command]) -> tuple[set[int], list[int], list[int]]:
    """The wallets, holds and entries that commands name."""
    wallets: set[int] = set()
    holds: list[int] = []
    entries: list[int] = []
    for command in batch:
        match command:
            case commands.Transfer(source=source, target=target):
                wallets |= {source, target}
            case commands.Capture(hold=hold) | commands.Release(hold=hold):
                holds.append(hold)
            case commands.Reverse(entry=entry):
                entries.append(entry)
            case _:
                wallets.add(command.wallet)
    return wallets, holds, entries
