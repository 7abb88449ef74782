"""A batch: each command sees the effect of those before, and a refused one disturbs nobody."""

from collections.abc import Callable, Sequence

from groat.errors import Refusal
from groat.ledger.core import commands
from groat.ledger.core.decide import Accepted, Book, decide
from groat.ledger.core.refusals import BeyondOriginal, HoldClosed, InsufficientCredit
from tests.ledger.core.books import Kept, Story, copy, mints
from tests.ledger.core.times import day

ALICE, BOB = Story.ALICE, Story.BOB


def decided(kept: Kept, batch: Sequence[commands.Command]) -> tuple[Book, list[Accepted | Refusal]]:
    book, mint = kept.load(batch), mints(5000)
    return book, [decide(book, command, now=day(1), mint=mint) for command in batch]


def balances(outcomes: list[Accepted | Refusal]) -> list[object]:
    return [done.wallet.posted_minor if isinstance(done, Accepted) else done for done in outcomes]


def test_each_command_of_a_batch_sees_those_before_it() -> None:
    story = Story()
    story.top_up(100)
    _, outcomes = decided(story.kept, [commands.Spend(ALICE, 60)] * 2 + [commands.Spend(ALICE, 40)])
    assert balances(outcomes) == [40, InsufficientCredit(available_minor=40, missing_minor=20), 0]


def test_an_entry_is_undone_no_further_by_two_commands_of_a_batch_than_by_one() -> None:
    story = Story()
    story.top_up(100)
    paid = story.spend(50)
    _, outcomes = decided(story.kept, [commands.Reverse(paid, 30), commands.Reverse(paid, 30), commands.Reverse(paid)])
    assert balances(outcomes) == [80, BeyondOriginal(left_minor=20), 100]


def test_a_hold_is_captured_once_in_a_batch() -> None:
    story = Story()
    story.top_up(100)
    hold = story.hold(50, until=9)
    _, outcomes = decided(story.kept, [commands.Capture(hold, 20), commands.Capture(hold), commands.Release(hold)])
    assert balances(outcomes) == [80, HoldClosed(), HoldClosed()]


def test_a_hold_is_captured_with_what_its_neighbours_in_the_batch_left_it() -> None:
    story = Story(floor=-50)
    story.top_up(60)
    older, younger = story.hold(30, until=9), story.hold(30, until=9)
    book, outcomes = decided(
        story.kept, [commands.Spend(ALICE, 40), commands.Capture(younger), commands.Capture(older)]
    )
    assert balances(outcomes) == [20, -10, -40]
    wallet = book.wallets[ALICE]
    assert (wallet.held_minor, wallet.holds, wallet.free_minor) == (0, (), 0)


def test_a_refused_command_leaves_the_book_as_it_was_though_something_was_due() -> None:
    story = Story()
    story.top_up(100, until=0.5)
    story.hold(10, until=0.5)
    kept = copy(story.kept)
    book, outcomes = decided(story.kept, [commands.Spend(ALICE, 1)])
    assert outcomes == [InsufficientCredit(available_minor=0, missing_minor=1)]
    assert (story.kept, book) == (kept, kept.load([commands.Spend(ALICE, 1)]))


def test_a_batch_over_many_wallets_is_each_wallets_own_tale() -> None:
    kept = Kept()
    kept.open(*range(501, 521))
    top_ups: list[commands.Command] = [commands.TopUp(account, 10, 10) for account in kept.wallets]
    spends: list[commands.Command] = [commands.Spend(account, account - 500) for account in kept.wallets]
    book, outcomes = decided(kept, top_ups + spends)
    assert [isinstance(done, Refusal) for done in outcomes[20:]] == [False] * 10 + [True] * 10
    assert [book.wallets[account].posted_minor for account in kept.wallets] == [*range(9, -1, -1), *[10] * 10]


def test_ids_are_minted_by_the_caller_and_none_twice() -> None:
    story = Story()
    minted: list[int] = []

    def recording(mint: Callable[[], int]) -> Callable[[], int]:
        def next_id() -> int:
            minted.append(mint())
            return minted[-1]

        return next_id

    story.mint = recording(story.mint)
    bought = story.entry(commands.TopUp(ALICE, 10, 10, bonus_minor=1))
    hold = story.hold(5)
    paid = story.spend(3)
    made = [*(grant.lot.id for grant in bought.grants), bought.id, hold, paid]
    assert sorted(made) == sorted(minted)
    assert len(set(minted)) == len(minted)
