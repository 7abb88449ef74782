"""The same request many times at the same moment, to a real server."""

import threading
from concurrent.futures import ThreadPoolExecutor

from tests.faults.installation import Answer, Installation, Till
from tests.faults.stage import CREDIT_MINOR

TIMES = 50


def test_the_same_key_fifty_times_at_once_pays_once(installation: Installation) -> None:
    installation.serve()
    (token,) = installation.cards(1)
    start = threading.Barrier(TIMES)

    def ask() -> Answer | None:
        till = Till(installation)
        start.wait(30)
        answer = till.pay(token=token, amount_minor=700, key="the-same")
        till.close()
        return answer

    with ThreadPoolExecutor(TIMES) as tills:
        answers = [asked.result() for asked in [tills.submit(ask) for _ in range(TIMES)]]
    found = [answer for answer in answers if answer is not None]
    assert len(found) == TIMES, installation.log()
    assert {answer.status for answer in found} == {201}, found[0].body
    assert len({answer.body for answer in found}) == 1
    assert [answer.replayed for answer in found].count(False) == 1
    assert found[0].told["balance_minor"] == CREDIT_MINOR - 700
    assert installation.verify()[0] == 0
