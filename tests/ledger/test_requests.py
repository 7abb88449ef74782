"""Once is once: the same request gets its first answer, and another one no answer under its key."""

import pytest

from groat.errors import Refusal
from groat.ledger import queries, requests
from groat.ledger.core import commands
from groat.ledger.core.refusals import InsufficientCredit
from groat.ledger.models import Request
from tests.ledger.books import NOW, Ledger
from tests.races import at_once

pytestmark = pytest.mark.django_db


def pay(
    ledger: Ledger, amount: int = 30, *, key: str = "a", client: str = "key:1", fingerprint: bytes = b"as before"
) -> tuple[dict[str, object], bool]:
    def act() -> dict[str, object]:
        return {"balance_minor": ledger.post(commands.Spend(ledger.wallet, amount)).wallet.posted_minor}

    return requests.once(
        programme_id=ledger.programme, client=client, key=key, fingerprint=fingerprint, act=act, now=NOW
    )


def balance(ledger: Ledger) -> int:
    return queries.balance(programme_id=ledger.programme, wallet=ledger.wallet, now=NOW).posted_minor


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger()
    ledger.top_up(100)
    return ledger


def test_the_same_request_again_gets_the_first_answer_and_does_nothing(ledger: Ledger) -> None:
    assert pay(ledger) == ({"balance_minor": 70}, False)
    assert pay(ledger) == ({"balance_minor": 70}, True)
    assert balance(ledger) == 70


def test_another_key_another_client_and_another_programme_are_other_requests(ledger: Ledger) -> None:
    assert pay(ledger) == ({"balance_minor": 70}, False)
    assert pay(ledger, key="b") == ({"balance_minor": 40}, False)
    assert pay(ledger, client="key:2") == ({"balance_minor": 10}, False)
    other = Ledger()
    other.top_up(100)
    assert pay(other) == ({"balance_minor": 70}, False)


def test_another_request_under_the_same_key_is_refused(ledger: Ledger) -> None:
    pay(ledger)
    with pytest.raises(requests.KeyReused):
        pay(ledger, fingerprint=b"another")
    assert balance(ledger) == 70


def test_a_refusal_is_kept_too_and_said_again_though_it_would_no_longer_be_true(ledger: Ledger) -> None:
    refusal = InsufficientCredit(available_minor=100, missing_minor=50)
    with pytest.raises(InsufficientCredit) as first:
        pay(ledger, 150)
    ledger.top_up(100)
    with pytest.raises(InsufficientCredit) as again:
        pay(ledger, 150)
    assert [first.value, again.value] == [refusal, refusal]
    assert balance(ledger) == 200


def test_a_fault_leaves_nothing_and_the_request_may_be_made_again(ledger: Ledger) -> None:
    def breaks() -> dict[str, object]:
        ledger.post(commands.Spend(ledger.wallet, 30))
        raise OSError("the disk is full")

    facts = {"programme_id": ledger.programme, "client": "key:1", "key": "a", "fingerprint": b"as before", "now": NOW}
    with pytest.raises(OSError, match="the disk is full"):
        requests.once(**facts, act=breaks)  # type: ignore[arg-type]
    assert not Request.objects.filter(programme=ledger.programme).exists()
    assert balance(ledger) == 100
    assert pay(ledger) == ({"balance_minor": 70}, False)


def test_a_refusal_undoes_what_was_done_before_it(ledger: Ledger) -> None:
    def act() -> dict[str, object]:
        ledger.post(commands.Spend(ledger.wallet, 30))
        ledger.post(commands.Spend(ledger.wallet, 90))
        return {}

    with pytest.raises(Refusal):
        requests.once(programme_id=ledger.programme, client="key:1", key="a", fingerprint=b"", act=act, now=NOW)
    assert balance(ledger) == 100


@pytest.mark.django_db(transaction=True)
def test_the_same_request_many_times_at_once_is_done_once() -> None:
    ledger = Ledger()
    ledger.top_up(100)
    answers = at_once(*[lambda: pay(ledger)] * 12)
    assert sorted(repeated for _, repeated in answers) == [False] + [True] * 11  # type: ignore[misc]
    assert {str(result) for result, _ in answers} == {"{'balance_minor': 70}"}  # type: ignore[misc]
    assert balance(ledger) == 70
    assert ledger.fault() is None
