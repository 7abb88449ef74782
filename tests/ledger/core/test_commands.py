"""What cannot even be asked."""

from collections.abc import Callable

import pytest

from groat.ledger.core import commands
from groat.ledger.core.commands import MOST_MINOR, ImpossibleAmount
from tests.ledger.core.times import day

AMOUNTS: dict[str, Callable[[int], object]] = {
    "spend": lambda amount: commands.Spend(1, amount),
    "top up": lambda amount: commands.TopUp(1, amount, 0),
    "hold": lambda amount: commands.PlaceHold(1, amount, day(1)),
    "capture": lambda amount: commands.Capture(1, amount),
    "reverse": lambda amount: commands.Reverse(1, amount),
    "transfer": lambda amount: commands.Transfer(1, 2, amount),
    "write off": lambda amount: commands.WriteOff(1, "moved away", "staff:1", amount),
}


@pytest.mark.parametrize("amount", [0, -1, MOST_MINOR + 1])
@pytest.mark.parametrize("command", AMOUNTS)
def test_an_amount_is_positive_and_countable(command: str, amount: int) -> None:
    with pytest.raises(ImpossibleAmount):
        AMOUNTS[command](amount)


@pytest.mark.parametrize("command", AMOUNTS)
def test_the_largest_amount_can_be_asked(command: str) -> None:
    assert AMOUNTS[command](MOST_MINOR)


@pytest.mark.parametrize(("paid", "bonus"), [(-1, 0), (MOST_MINOR + 1, 0), (0, -1), (0, MOST_MINOR + 1)])
def test_what_was_paid_and_the_bonus_are_not_negative(paid: int, bonus: int) -> None:
    with pytest.raises(ImpossibleAmount):
        commands.TopUp(1, 1, paid, bonus_minor=bonus)


@pytest.mark.parametrize("amount", [0, MOST_MINOR + 1, -MOST_MINOR - 1])
def test_an_adjustment_goes_up_or_down_but_not_nowhere(amount: int) -> None:
    with pytest.raises(ImpossibleAmount):
        commands.Adjust(1, amount, "counted wrong", "staff:1")


@pytest.mark.parametrize(("reason", "actor"), [("", "staff:1"), ("counted wrong", "")])
def test_what_is_put_right_by_hand_has_a_reason_and_a_name(reason: str, actor: str) -> None:
    with pytest.raises(ValueError):
        commands.Adjust(1, 1, reason, actor)
    with pytest.raises(ValueError):
        commands.WriteOff(1, reason, actor)


def test_a_wallet_cannot_transfer_to_itself() -> None:
    with pytest.raises(ImpossibleAmount):
        commands.Transfer(1, 1, 5)


@pytest.mark.parametrize("floor", [1, -MOST_MINOR - 1])
def test_a_floor_is_zero_or_below(floor: int) -> None:
    with pytest.raises(ImpossibleAmount):
        commands.SetFloor(1, floor)
