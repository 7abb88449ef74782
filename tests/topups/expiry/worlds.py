"""A programme in which time passes, with the worker's jobs that move and book dates."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from groat import ids
from groat.customers.models import Wallet
from groat.ledger import book, queries, seal, sweep
from groat.ledger.core import commands
from groat.ledger.core.entries import Kind
from groat.ledger.core.lots import Origin
from groat.ledger.models import LotDate, Posting
from groat.ledger.queries import LotLine
from groat.programmes.deeds import SYSTEM, Deed
from groat.topups import actions
from groat.topups.expiry import visits
from groat.topups.expiry.rules import Rule
from groat.topups.models import TopUp
from tests.factories import NOW, a_programme, a_wallet


@dataclass
class World:
    """One wallet of a programme with a rule, from the morning of NOW on."""

    rule: Rule
    now: datetime = NOW
    spent: list[int] = field(default_factory=list)
    """Payments that nobody took back."""

    def __post_init__(self) -> None:
        # Seals look at when ids were minted.
        self.mint = ids.Minter(worker=7, clock_ms=lambda: int(self.now.timestamp() * 1000))
        self.programme = a_programme(expiry=self.rule)
        self.wallet: Wallet = a_wallet(programme=self.programme)

    @property
    def deed(self) -> Deed:
        return Deed(SYSTEM, self.now, self.mint)

    def wait(self, days: int) -> None:
        """Days go by on which the worker books what has expired."""
        self.now += timedelta(days=days)
        sweep.sweep(now=self.now, mint=self.mint)

    def work(self) -> int:
        """Ten minutes later the worker has sealed the book and moved dates; of how many entries."""
        self.now += timedelta(minutes=10)
        seal.seal_all(now=self.now)
        return visits.move_dates(deed=self.deed)

    def buy(self, minor: int, bonus_minor: int = 0) -> TopUp:
        return actions.top_up(wallet=self.wallet, bought_minor=minor, bonus_minor=bonus_minor, deed=self.deed)

    def pay(self, minor: int) -> None:
        """So much, or what there is."""
        there = min(minor, self.balance)
        if there:
            entry = self._post(commands.Spend(self.wallet.id, there))
            if entry is not None:
                self.spent.append(entry)

    def take_back(self) -> None:
        """The last payment, if there is one."""
        if self.spent:
            grace = timedelta(days=self.rule.refund_grace_days)
            self._post(commands.Reverse(self.spent.pop(), grace=grace, reason="undone"))

    def _post(self, command: commands.Command) -> int | None:
        with transaction.atomic():
            done = book.post(programme_id=self.programme.id, command=command, now=self.now, mint=self.mint)
        return done.entry.id if done.entry else None

    @property
    def balance(self) -> int:
        return queries.balance(programme_id=self.programme.id, wallet=self.wallet.id, now=self.now).posted_minor

    @property
    def lots(self) -> list[LotLine]:
        return queries.lots(programme_id=self.programme.id, wallet=self.wallet.id, now=self.now)

    @property
    def dates(self) -> list[tuple[Origin, int, datetime | None]]:
        """Origin, what is left, and date of each lot that has something."""
        return [(lot.origin, lot.remaining_minor, lot.expires_at) for lot in self.lots]

    @property
    def expired_minor(self) -> int:
        """All that was booked as expired."""
        lines = queries.statement(programme_id=self.programme.id, wallet=self.wallet.id, limit=10_000)
        return sum(-line.amount_minor for line in lines if line.kind is Kind.EXPIRY)

    @property
    def moved(self) -> int:
        """How many dates were moved."""
        return LotDate.objects.filter(programme=self.programme.id, account=self.wallet.id).count()

    @property
    def postings(self) -> int:
        return Posting.objects.filter(programme=self.programme.id).count()
