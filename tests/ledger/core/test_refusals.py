"""Refusals travel: stored as a code and facts, they come back as they were."""

import json

import pytest

from groat.errors import Refusal
from groat.ledger.core import refusals

ALL = [
    (refusals.InsufficientCredit(5, 7), "insufficient_credit", {"available_minor": 5, "missing_minor": 7}),
    (refusals.DebtNotAllowed(5, 7), "debt_not_allowed", {"available_minor": 5, "missing_minor": 7}),
    (refusals.NoSuchWallet(), "wallet_not_found", {}),
    (refusals.AlreadyPast(), "expiry_in_the_past", {}),
    (refusals.NoSuchHold(), "hold_not_found", {}),
    (refusals.HoldClosed(), "hold_closed", {}),
    (refusals.BeyondHold(7), "more_than_held", {"held_minor": 7}),
    (refusals.NoSuchEntry(), "entry_not_found", {}),
    (refusals.NotReversible(), "not_reversible", {}),
    (refusals.BeyondOriginal(7), "more_than_left_to_refund", {"left_minor": 7}),
    (refusals.NoDebt(7), "more_than_the_debt", {"debt_minor": 7}),
    (refusals.OverTheLimit(), "balance_too_large", {}),
]


@pytest.mark.parametrize(("refusal", "code", "facts"), ALL, ids=[code for _, code, _ in ALL])
def test_a_refusal_has_a_stable_code_and_what_a_person_needs(
    refusal: Refusal, code: str, facts: dict[str, int]
) -> None:
    assert (refusal.code, refusal.facts()) == (code, facts)
    assert refusal.sentence % facts
    assert Refusal.revived(code, json.loads(json.dumps(facts))) == refusal


def test_no_refusal_of_the_ledger_is_forgotten_here() -> None:
    own = {
        value for value in vars(refusals).values() if isinstance(value, type) and value.__module__ == refusals.__name__
    }
    assert own == {type(refusal) for refusal, _, _ in ALL}
