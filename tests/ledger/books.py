"""A programme's book in the run's database, with nothing of the features around it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any

from django.db import connection, transaction

from groat import ids
from groat.errors import Refusal
from groat.ledger import book
from groat.ledger.core import commands
from groat.ledger.core.decide import Accepted
from groat.ledger.core.wallet import Wallet
from groat.ledger.verify import CHECKS, Fault, chain_fault

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)

_programmes = count(1_000_001)


def minter(at: datetime = NOW, *, worker: int = 0) -> Callable[[], int]:
    """Ids as they are minted at an instant, and from then on."""
    return ids.Minter(worker=worker, clock_ms=lambda: int(at.timestamp() * 1000))


class Ledger:
    """A programme's book, and how a test writes in it: each batch in a transaction of its own."""

    def __init__(self, *floors_minor: int, programme: int | None = None, at: datetime = NOW) -> None:
        self.programme = next(_programmes) if programme is None else programme
        self.move_on(at)
        self.wallets: list[int] = []
        with transaction.atomic():
            book.open_tallies(programme_id=self.programme, now=at)
        for floor_minor in floors_minor or (0,):
            self.open(floor_minor=floor_minor)

    @property
    def wallet(self) -> int:
        return self.wallets[0]

    def open(self, *, floor_minor: int = 0) -> int:
        account = self.mint()
        with transaction.atomic():
            book.open_account(programme_id=self.programme, account=account, now=self.now, floor_minor=floor_minor)
        self.wallets.append(account)
        return account

    def move_on(self, at: datetime) -> None:
        """Let time pass."""
        self.now, self.mint = at, minter(at, worker=self.programme % ids.WORKERS)

    def post(self, command: commands.Command) -> Accepted:
        with transaction.atomic():
            return book.post(programme_id=self.programme, command=command, now=self.now, mint=self.mint)

    def post_many(self, *batch: commands.Command) -> list[Accepted | Refusal]:
        with transaction.atomic():
            return book.post_many(programme_id=self.programme, batch=list(batch), now=self.now, mint=self.mint)

    def top_up(self, amount_minor: int, *, wallet: int | None = None, **given: Any) -> Accepted:
        return self.post(commands.TopUp(wallet or self.wallet, amount_minor, amount_minor, **given))

    def spend(self, amount_minor: int, *, wallet: int | None = None) -> Accepted:
        return self.post(commands.Spend(wallet or self.wallet, amount_minor))

    def loaded(self, *wallets: int) -> dict[int, Wallet]:
        """The wallets as the database has them, used-up lots too."""
        with transaction.atomic():
            accounts = [(self.programme, account) for account in wallets or self.wallets]
            found = book.database(connection.vendor).load(book.raw(), sorted(accounts), whole=True)
        return dict(found)

    def fault(self) -> Fault | None:
        """The first thing in the book that cannot be."""
        faults = (check.fault(programme_id=self.programme) for check in CHECKS)
        return next((fault for fault in faults if fault), None) or chain_fault(programme_id=self.programme)


@contextmanager
def past_the_triggers() -> Iterator[None]:
    """What nobody can do in earnest: change history. All of it is forgotten at the end."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')
        yield
        transaction.set_rollback(True)


def execute(sql: str, *values: Any) -> None:
    """A statement past all code, each in a savepoint of its own."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def rows(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
