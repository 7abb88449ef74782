"""A book kept in memory, loaded for each command as a database would load it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from groat.errors import Refusal
from groat.ledger.core import commands
from groat.ledger.core.accounts import is_in_currency, is_tally
from groat.ledger.core.decide import Accepted, Book, decide
from groat.ledger.core.entries import Entry, Posting
from groat.ledger.core.reversal import Record, note
from groat.ledger.core.wallet import Hold, Wallet
from tests.ledger.core.times import Clock, day

PROGRAMME = 7


def mints(first: int = 1000) -> Callable[[], int]:
    """Ids that rise by one."""
    return count(first).__next__


@dataclass
class Kept:
    """Wallets, holds and entries as they are kept: whole."""

    wallets: dict[int, Wallet] = field(default_factory=dict)
    holds: dict[int, Hold] = field(default_factory=dict)
    entries: dict[int, Entry] = field(default_factory=dict)

    def open(self, *accounts: int, floor_minor: int = 0) -> None:
        for account in accounts:
            self.wallets[account] = Wallet(account, floor_minor=floor_minor, programme=PROGRAMME)

    def load(self, batch: Iterable[commands.Command]) -> Book:
        """The pages that a batch needs and no more: used-up lots only where something is undone."""
        book = Book({})
        for command in batch:
            wallets: set[int] = set()
            whole = False
            match command:
                case commands.Transfer():
                    wallets = {command.source, command.target}
                case commands.Capture() | commands.Release():
                    if command.hold in self.holds:
                        book.holds[command.hold] = self.holds[command.hold]
                        wallets = {self.holds[command.hold].wallet}
                case commands.Reverse():
                    whole = True
                    if command.entry in self.entries:
                        book.records[command.entry] = self.record(command.entry)
                        postings = self.entries[command.entry].postings
                        dates = self.entries[command.entry].dates
                        wallets = {posting.account for posting in postings if not is_tally(posting.account)}
                        wallets |= {date.account for date in dates}
                case _:
                    wallets = {command.wallet}
            for account in wallets & self.wallets.keys():
                if whole or account not in book.wallets:
                    book.wallets[account] = self.loaded(account, whole=whole)
        return book

    def loaded(self, account: int, *, whole: bool) -> Wallet:
        wallet = self.wallets[account]
        lots = tuple(lot for lot in wallet.lots if whole or lot.remaining_minor)
        return replace(wallet, lots=lots, holds=tuple(sorted_claims(hold) for hold in wallet.holds))

    def record(self, entry_id: int) -> Record:
        """An entry with what was undone of it, its parts in the order of their keys."""
        records = {entry_id: Record(keyed(self.entries[entry_id]))}
        for entry in self.entries.values():
            if entry.reverses == entry_id:
                note(records, entry)
        return records[entry_id]

    def save(self, book: Book, outcome: Accepted | Refusal) -> None:
        """Put the changed pages back."""
        if isinstance(outcome, Refusal):
            return
        for account, wallet in book.wallets.items():
            seen = {lot.id for lot in wallet.lots}
            unseen = [lot for lot in self.wallets[account].lots if lot.id not in seen]
            lots = sorted((*wallet.lots, *unseen), key=lambda lot: lot.order)
            self.wallets[account] = replace(wallet, lots=tuple(lots))
        self.holds.update({hold.id: hold for hold in outcome.holds})
        self.entries.update({entry.id: entry for entry in outcome.entries})
        for wallet in self.wallets.values():
            self.holds.update({hold.id: hold for hold in wallet.holds})


def sorted_claims(hold: Hold) -> Hold:
    return replace(hold, lots=tuple(sorted(hold.lots)))


def keyed(entry: Entry) -> Entry:
    """The entry with its parts in the order of their keys, as a database returns them."""
    return replace(
        entry,
        postings=tuple(sorted(entry.postings, key=lambda posting: posting.account)),
        uses=tuple(sorted(entry.uses, key=lambda use: use.lot)),
        grants=tuple(sorted(entry.grants, key=lambda grant: grant.lot.id)),
        dates=tuple(sorted(entry.dates, key=lambda date: date.lot)),
    )


class Story:
    """What happens to Alice's wallet, and to Bob's, told command by command."""

    ALICE = 501
    BOB = 502

    def __init__(self, *, floor: int = 0) -> None:
        self.kept = Kept()
        self.kept.open(self.ALICE, floor_minor=floor)
        self.kept.open(self.BOB)
        self.clock = Clock()
        self.mint = mints()

    def at_day(self, number: float) -> None:
        self.clock.at_day(number)

    def decide(self, command: commands.Command) -> Accepted | Refusal:
        book = self.kept.load([command])
        outcome = decide(book, command, now=self.clock.now, mint=self.mint)
        self.kept.save(book, outcome)
        return outcome

    def do(self, command: commands.Command) -> Accepted:
        outcome = self.decide(command)
        assert isinstance(outcome, Accepted), outcome
        return outcome

    def refused(self, command: commands.Command) -> Refusal:
        before = copy(self.kept)
        outcome = self.decide(command)
        assert isinstance(outcome, Refusal), outcome
        assert self.kept == before
        return outcome

    def entry(self, command: commands.Command) -> Entry:
        entry = self.do(command).entry
        assert entry is not None
        return entry

    def top_up(self, bought: int, *, bonus: int = 0, until: float | None = None, **more: Any) -> int:
        """The id of its entry. `until` counts days."""
        until_when = None if until is None else day(until)
        return self.entry(
            commands.TopUp(self.ALICE, bought, bought, bonus_minor=bonus, expires_at=until_when, **more)
        ).id

    def spend(self, amount: int) -> int:
        """The id of its entry."""
        return self.entry(commands.Spend(self.ALICE, amount)).id

    def hold(self, amount: int, *, until: float = 1) -> int:
        """Its id. `until` counts days."""
        return self.do(commands.PlaceHold(self.ALICE, amount, day(until))).holds[-1].id

    def undo(self, entry: int, amount: int | None = None, **more: Any) -> Entry:
        return self.entry(commands.Reverse(entry, amount, **more))

    def wallet(self, account: int = ALICE) -> Wallet:
        """The wallet as it stands now, with what is due by now booked."""
        self.do(commands.Expire(account))
        return self.kept.loaded(account, whole=False)

    def balance(self, account: int = ALICE) -> int:
        return self.wallet(account).posted_minor

    def available(self, account: int = ALICE) -> int:
        return self.wallet(account).available_minor

    def lots(self, account: int = ALICE) -> list[tuple[str, int, float | None]]:
        """What is left in which lots, in the order of their use: (origin, minor units, expiry in days)."""
        return [
            (lot.origin.value, lot.remaining_minor, self.clock.days(lot.expires_at))
            for lot in self.wallet(account).lots
        ]


def copy(kept: Kept) -> Kept:
    return Kept(dict(kept.wallets), dict(kept.holds), dict(kept.entries))


def sums(entry: Entry) -> tuple[int, int]:
    """What the postings of an entry come to: in credits, in currency."""
    return (
        sum(posting.amount_minor for posting in entry.postings if not is_in_currency(posting.account)),
        sum(posting.amount_minor for posting in entry.postings if is_in_currency(posting.account)),
    )


def own_postings(entry: Entry) -> list[Posting]:
    return [posting for posting in entry.postings if not is_tally(posting.account)]
