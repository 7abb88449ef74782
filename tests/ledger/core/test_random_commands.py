"""Whatever is asked in whatever order: the core agrees with the reference, and every invariant holds."""

from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, initialize, multiple, rule

from groat.errors import Refusal
from groat.ledger.core import commands
from groat.ledger.core.accounts import Tally
from groat.ledger.core.decide import Accepted
from groat.ledger.core.lots import Origin
from tests.ledger.core.twofold import Twofold

PREPAID, POSTPAID, OTHER = 501, 502, 503

wallets = st.sampled_from([PREPAID, POSTPAID, POSTPAID, OTHER])
amounts = st.integers(1, 12)
some = st.none() | amounts
days = st.integers(0, 8)
expiries = st.none() | days
floors = st.sampled_from([0, 0, -5, -10, -30])
graces = st.sampled_from([timedelta(days=14), timedelta(days=2), timedelta(0)])


class Ledger(RuleBasedStateMachine):
    """Some wallets of one programme."""

    holds: Bundle[int] = Bundle("holds")
    entries: Bundle[int] = Bundle("entries")

    @initialize(floor=floors, other=floors)
    def open(self, floor: int, other: int) -> None:
        self.books = Twofold({PREPAID: 0, POSTPAID: floor - 10, OTHER: other})

    def do(self, command: commands.Command) -> MultipleResults[int]:
        """Decide it; the ids of the entries that it made."""
        outcome = self.books.do(command)
        return multiple(*(entry.id for entry in outcome.entries)) if isinstance(outcome, Accepted) else multiple()

    def after(self, days: int | None) -> datetime | None:
        return None if days is None else self.books.now + timedelta(days=days)

    @rule(days=st.sampled_from([0.5, 1, 1, 2, 5]))
    def pass_time(self, days: float) -> None:
        self.books.pass_time(self.books.now + timedelta(days=days))

    @rule(target=entries, wallet=wallets, amount=amounts)
    def spend(self, wallet: int, amount: int) -> MultipleResults[int]:
        self.books.undo_at_once(commands.Spend(wallet, amount))
        return self.do(commands.Spend(wallet, amount))

    @rule(
        target=entries,
        wallet=wallets,
        bought=amounts,
        paid=st.sampled_from([0, 1, 7, 100]),
        into=st.sampled_from([Tally.CASH, Tally.BANK]),
        bonus=st.sampled_from([0, 0, 1, 3, 7]),
        until=expiries,
        bonus_until=expiries,
        extends=st.booleans(),
        extends_until=expiries,
    )
    def top_up(
        self,
        wallet: int,
        bought: int,
        paid: int,
        into: Tally,
        bonus: int,
        until: int | None,
        bonus_until: int | None,
        extends: bool,
        extends_until: int | None,
    ) -> MultipleResults[int]:
        dates = self.after(until), self.after(bonus_until)
        return self.do(
            commands.TopUp(wallet, bought, paid, into, bonus, *dates, extends, "key:1", self.after(extends_until))
        )

    @rule(target=holds, wallet=wallets, amount=amounts, lasts=days)
    def hold(self, wallet: int, amount: int, lasts: int) -> MultipleResults[int]:
        until = self.books.now + timedelta(days=lasts)
        outcome = self.books.do(commands.PlaceHold(wallet, amount, until))
        if isinstance(outcome, Refusal):
            return multiple()
        return multiple(*(hold.id for hold in outcome.holds if hold.closed_at is None))

    @rule(target=entries, hold=holds, amount=some)
    def capture(self, hold: int, amount: int | None) -> MultipleResults[int]:
        return self.do(commands.Capture(hold, amount))

    @rule(target=entries, hold=holds)
    def release(self, hold: int) -> MultipleResults[int]:
        return self.do(commands.Release(hold))

    @rule(target=entries, entry=entries, amount=some, grace=graces)
    def undo(self, entry: int, amount: int | None, grace: timedelta) -> MultipleResults[int]:
        return self.do(commands.Reverse(entry, amount, grace))

    @rule(target=entries, entry=entries)
    def undo_the_rest(self, entry: int) -> MultipleResults[int]:
        return self.do(commands.Reverse(entry))

    @rule(target=entries, wallet=wallets)
    def expire(self, wallet: int) -> MultipleResults[int]:
        return self.do(commands.Expire(wallet))

    @rule(target=entries, wallet=wallets, until=expiries)
    def extend(self, wallet: int, until: int | None) -> MultipleResults[int]:
        return self.do(commands.Extend(wallet, self.after(until)))

    @rule(target=entries, ways=st.permutations([PREPAID, POSTPAID, OTHER]), amount=amounts)
    def transfer(self, ways: list[int], amount: int) -> MultipleResults[int]:
        return self.do(commands.Transfer(ways[0], ways[1], amount))

    @rule(target=entries, wallet=wallets, amount=amounts, origin=st.sampled_from(Origin), until=expiries)
    def adjust_up(self, wallet: int, amount: int, origin: Origin, until: int | None) -> MultipleResults[int]:
        return self.do(commands.Adjust(wallet, amount, "counted wrong", "staff:1", origin, self.after(until)))

    @rule(target=entries, wallet=wallets, amount=amounts)
    def adjust_down(self, wallet: int, amount: int) -> MultipleResults[int]:
        return self.do(commands.Adjust(wallet, -amount, "counted wrong", "staff:1"))

    @rule(target=entries, wallet=wallets, amount=some)
    def write_off(self, wallet: int, amount: int | None) -> MultipleResults[int]:
        return self.do(commands.WriteOff(wallet, "moved away", "staff:1", amount))

    @rule(target=entries, wallet=wallets, floor=floors)
    def set_floor(self, wallet: int, floor: int) -> MultipleResults[int]:
        return self.do(commands.SetFloor(wallet, floor))

    @rule(command=st.sampled_from([commands.Release(4711), commands.Capture(4711), commands.Reverse(4711)]))
    def name_what_is_not_there(self, command: commands.Command) -> None:
        self.books.do(command)


TestLedger = Ledger.TestCase
