"""The server is killed in the middle of load. What was acknowledged is there once; the rest is whole or absent."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from tests.faults.installation import Answer, Installation, Till

TILLS = 12
ENOUGH = 250
"""So many payments are acknowledged before the kill."""
WITHIN_SECONDS = 60


class Day:
    """What the tills asked and were answered."""

    def __init__(self) -> None:
        self.asked: dict[str, tuple[str, int]] = {}
        """By key: card and amount."""
        self.answers: dict[str, Answer] = {}


def load(installation: Installation, day: Day, name: str, tokens: list[str], over: threading.Event) -> None:
    """A till that takes one payment after the other, each with a key of its own, until the day is over."""
    till = Till(installation)
    for number in count():
        if over.is_set():
            break
        key, asked = f"{name}-{number}", (tokens[number % len(tokens)], 1 + number % 7)
        day.asked[key] = asked
        answer = till.pay(token=asked[0], amount_minor=asked[1], key=key)
        if answer is None:
            break  # the server is gone
        day.answers[key] = answer
    till.close()


def asked_again(installation: Installation, day: Day) -> dict[str, Answer]:
    """Every request of the day once more, under its key."""
    till = Till(installation)
    answers = {}
    for key, (token, amount_minor) in day.asked.items():
        answer = till.pay(token=token, amount_minor=amount_minor, key=key)
        assert answer is not None
        answers[key] = answer
    till.close()
    return answers


def test_a_kill_in_the_middle_of_load_loses_nothing_and_books_nothing_twice(installation: Installation) -> None:
    day, over, cards = Day(), threading.Event(), installation.cards(8)
    before = installation.credit()
    server, worker = installation.serve(), installation.work()
    with ThreadPoolExecutor(TILLS) as tills:
        running = [tills.submit(load, installation, day, f"till{n}", cards, over) for n in range(TILLS)]
        try:
            end = time.monotonic() + WITHIN_SECONDS
            while len(day.answers) < ENOUGH and time.monotonic() < end:
                time.sleep(0.01)
            installation.kill(server)
            installation.kill(worker)
        finally:
            over.set()
        for till in running:
            till.result()
    assert len(day.answers) >= ENOUGH, installation.log()
    assert len(day.answers) < len(day.asked), "the kill came too late to interrupt anything"
    assert {answer.status for answer in day.answers.values()} == {201}
    status, said = installation.verify()
    assert status == 0, said

    installation.serve()
    installation.work()
    again = asked_again(installation, day)
    for key, answer in day.answers.items():
        assert (again[key].body, again[key].replayed) == (answer.body, True), "acknowledged, so it is there"
    assert {answer.status for answer in again.values()} == {201}
    ids = [answer.told["id"] for answer in again.values()]
    assert len(set(ids)) == len(day.asked), "each request is one payment"
    spent = sum(amount for _, amount in day.asked.values())
    assert installation.credit() == before - spent
    status, said = installation.verify()
    assert status == 0, said
