"""A book that is kept twice, by the core and by the reference, and compared after every command."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from groat.errors import Refusal
from groat.ledger.core import commands
from groat.ledger.core.accounts import is_tally
from groat.ledger.core.decide import Accepted, Book, decide
from groat.ledger.core.reversal import Record
from groat.ledger.core.wallet import Wallet
from tests.ledger.core import invariants
from tests.ledger.core.books import Kept, keyed, mints, sorted_claims
from tests.ledger.core.reference import Purse, Reference
from tests.ledger.core.times import START

type Standing = tuple[int, int, int, int, dict[int, tuple[object, ...]], list[tuple[object, ...]]]


class Twofold:
    """The core decides each command twice: on pages loaded for it alone, and as one long batch."""

    def __init__(self, floors: Mapping[int, int]) -> None:
        self.now = START
        self.kept = Kept()
        for account, floor in floors.items():
            self.kept.open(account, floor_minor=floor)
        self.batch = Book(dict(self.kept.wallets))
        self.reference = Reference(floors, START)
        self.ids = 1000

    def pass_time(self, now: datetime) -> None:
        self.now = now
        self.reference.pass_time(now)

    def do(self, command: commands.Command) -> Accepted | Refusal:
        expected = self.reference.refusal(command)
        outcome = self._one_by_one(command)
        assert _compared(outcome) == _compared(self._in_the_batch(command)), "a batch is its members one by one"
        if isinstance(outcome, Refusal):
            assert (outcome.code, outcome.facts()) == expected
        else:
            assert expected is None, f"should have been refused: {expected}"
            self.reference.apply(command, outcome)
        invariants.check(self.kept)
        self.compare()
        return outcome

    def _one_by_one(self, command: commands.Command) -> Accepted | Refusal:
        book = self.kept.load([command])
        before, was = dict(book.wallets), _pages(book)
        mint = mints(self.ids)
        outcome = decide(book, command, now=self.now, mint=mint)
        if isinstance(outcome, Refusal):
            assert _pages(book) == was, "a refusal changes nothing"
        else:
            assert outcome.wallet is book.wallets[outcome.wallet.account]
            assert all(due > self.now for wallet in book.wallets.values() if (due := wallet.next_due)), (
                "nothing is left due"
            )
            invariants.check_step(before, command, outcome, book.wallets)
        self.kept.save(book, outcome)
        return outcome

    def _in_the_batch(self, command: commands.Command) -> Accepted | Refusal:
        mint = mints(self.ids)
        outcome = decide(self.batch, command, now=self.now, mint=mint)
        self.ids = mint()
        if isinstance(outcome, Accepted):
            # What a batch names was there before it; here every entry may be named.
            self.batch.records.update({entry.id: Record(entry) for entry in outcome.entries})
        return outcome

    def compare(self) -> None:
        """Both books agree, once what is due by now is booked."""
        entries = [*self.kept.entries.values()]
        mint = mints(10**9)
        for account, purse in self.reference.purses.items():
            page = Book({account: self.kept.wallets[account]})
            done = decide(page, commands.Expire(account), now=self.now, mint=mint)
            assert isinstance(done, Accepted)
            assert standing(done.wallet) == expected_standing(purse)
            entries += done.entries
        tallies: Counter[int] = Counter()
        for entry in entries:
            tallies.update({p.account: p.amount_minor for p in entry.postings if is_tally(p.account)})
        assert {+t: amount for t, amount in tallies.items() if amount} == {
            +t: amount for t, amount in self.reference.tallies.items() if amount
        }

    def undo_at_once(self, command: commands.Spend) -> None:
        """On a copy: paid and undone whole, all is as it was."""
        account = command.wallet
        mint = mints(10**9)
        page = Book({account: self.kept.wallets[account]})
        decide(page, commands.Expire(account), now=self.now, mint=mint)
        before = page.wallets[account]
        paid = decide(page, command, now=self.now, mint=mint)
        if isinstance(paid, Accepted):
            assert paid.entry
            page.records[paid.entry.id] = Record(paid.entry)
            undone = decide(page, commands.Reverse(paid.entry.id), now=self.now, mint=mint)
            assert isinstance(undone, Accepted)
            after = replace(undone.wallet, sequence=before.sequence)
            if paid.wallet.holds != before.holds:
                # It reached into what holds had reserved: these may have other lots afterwards.
                before, after = _without_claims(before), _without_claims(after)
            assert after == before


def _without_claims(wallet: Wallet) -> Wallet:
    return replace(
        wallet,
        lots=tuple(replace(lot, held_minor=0) for lot in wallet.lots),
        holds=tuple(replace(hold, lots=()) for hold in wallet.holds),
    )


def standing(wallet: Wallet) -> Standing:
    return (
        wallet.posted_minor,
        wallet.held_minor,
        wallet.floor_minor,
        wallet.available_minor,
        {
            lot.id: (
                lot.origin,
                lot.granted_minor,
                lot.remaining_minor,
                lot.held_minor,
                lot.settled_minor,
                lot.expired_minor,
                lot.expires_at,
            )
            for lot in wallet.lots
        },
        [(hold.id, hold.amount_minor, hold.expires_at, dict(hold.lots)) for hold in wallet.holds],
    )


def expected_standing(purse: Purse) -> Standing:
    return (
        purse.balance,
        purse.held,
        purse.floor,
        purse.available,
        {
            pot.id: (
                pot.origin,
                pot.granted,
                pot.remaining,
                pot.held.total(),
                pot.settled,
                pot.expired,
                pot.expires_at,
            )
            for pot in purse.pots
        },
        [
            (
                claim.id,
                claim.amount,
                claim.expires_at,
                {pot.id: pot.held[claim.id] for pot in purse.pots if pot.held[claim.id]},
            )
            for claim in purse.claims
        ],
    )


def _compared(outcome: Accepted | Refusal) -> object:
    """An outcome without what depends on how its pages were loaded: used-up lots and the order of parts."""
    if isinstance(outcome, Refusal):
        return outcome
    wallet = outcome.wallet
    return replace(
        outcome,
        wallet=replace(
            wallet,
            lots=tuple(lot for lot in wallet.lots if lot.remaining_minor),
            holds=tuple(sorted_claims(hold) for hold in wallet.holds),
        ),
        entry=outcome.entry and keyed(outcome.entry),
        entries=tuple(keyed(entry) for entry in outcome.entries),
        holds=tuple(sorted_claims(hold) for hold in outcome.holds),
    )


def _pages(book: Book) -> tuple[object, ...]:
    """A book's contents as they are now: hashes tell also of a value that was changed in place."""
    return (
        {account: (wallet, hash(wallet)) for account, wallet in book.wallets.items()},
        {hold.id: (hold, hash(hold)) for hold in book.holds.values()},
        {
            entry_id: (record.entry, hash(record.entry), record.undone_minor, dict(record.returned))
            for entry_id, record in book.records.items()
        },
    )
