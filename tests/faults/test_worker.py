"""The worker as a process: it seals what the tills book, and ends when it is asked to."""

import signal
import time

from tests.faults.installation import Installation, Till

WITHIN_SECONDS = 90


def sealed(installation: Installation) -> int:
    return int(installation.verify()[1].rpartition("; ")[2].split()[0])


def test_two_workers_seal_what_is_booked_and_end_when_they_are_told(installation: Installation) -> None:
    installation.serve()
    workers = [installation.work(), installation.work()]
    before = sealed(installation)
    till = Till(installation)
    (token,) = installation.cards(1)
    for number in range(20):
        answer = till.pay(token=token, amount_minor=5, key=f"worker-{number}")
        assert answer is not None
        assert answer.status == 201
    till.close()
    end = time.monotonic() + WITHIN_SECONDS
    while sealed(installation) < before + 20 and time.monotonic() < end:
        time.sleep(0.5)
    assert sealed(installation) >= before + 20, installation.log()
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
    assert [worker.wait(60) for worker in workers] == [0, 0]
    assert "Traceback" not in installation.log()
    assert installation.verify()[0] == 0
