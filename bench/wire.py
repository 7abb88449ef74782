"""What the load says to Groat over HTTP, and what it must be answered."""

import itertools
import json
import random
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

EXPECTED = {"payments": b"201", "balances": b"200"}
"""The status of a success."""
_AMOUNTS_MINOR = range(100, 1000)
"""All of three digits, so that no request's length differs."""


class WrongAnswer(Exception):
    """An answer that is not what the requests before it make certain."""


class Wallet(NamedTuple):
    """A wallet as it stands before a run. None but its own till moves it, so its answers are certain."""

    token: str
    id: str
    """The public one."""
    balance_minor: int


def amount_minor(number: int) -> int:
    """What the payment of this number at a till is over: all of them differ from their neighbours."""
    return _AMOUNTS_MINOR[number * 7 % len(_AMOUNTS_MINOR)]


def keys(run: str) -> Iterator[int]:
    """The idempotency keys of one till in one run, as numbers: in no order, as those of integrators are."""
    draw = random.Random(run).getrandbits
    while True:
        yield draw(128)


def payments(*, host: str, run: str, till: str, secret: str, wallets: Sequence[Wallet]) -> Iterator[bytes]:
    """The requests of one till: a payment by each wallet in turn, for ever."""
    body = {"till": till, "token": {"kind": "uid", "value": "<token>"}, "amount_minor": 0}
    before_token, after_token = json.dumps(body).encode()[:-2].split(b"<token>")
    tokens = [wallet.token.encode() for wallet in wallets]
    length = len(before_token) + len(tokens[0]) + len(after_token) + len("000}")
    before_key = (
        f"POST /api/v1/payments HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {secret}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\nIdempotency-Key: "
    ).encode()
    before_token = b"\r\n\r\n" + before_token
    # The 900 endings come round as the amounts do.
    endings = [b"%s%d}" % (after_token, amount_minor(number)) for number in range(len(_AMOUNTS_MINOR))]
    for token, ending, key in zip(itertools.cycle(tokens), itertools.cycle(endings), keys(run), strict=False):
        yield b"%s%032x%s%s%s" % (before_key, key, before_token, token, ending)


def balances(*, host: str, run: str, till: str, secret: str, wallets: Sequence[Wallet]) -> Iterator[bytes]:
    """The requests of one till: a look at each wallet in turn, for ever."""
    del run, till
    requests = [
        f"GET /api/v1/wallets/{wallet.id} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {secret}\r\n\r\n".encode()
        for wallet in wallets
    ]
    return itertools.cycle(requests)


def check_payments(run: str, wallets: Sequence[Wallet], answers: Sequence[bytes]) -> Iterator[str]:
    """See that each payment was made in full and left its wallet with exactly the rest; a line for each."""
    left = [wallet.balance_minor for wallet in wallets]
    ids = set()
    for number, (answer, key) in enumerate(zip(answers, keys(run), strict=False)):
        place = number % len(wallets)
        amount = amount_minor(number)
        left[place] -= amount
        said = json.loads(answer)
        _same(number, said, state="paid", amount_minor=amount, balance_minor=left[place])
        if said["id"] in ids:
            raise WrongAnswer(f"payments {number} and one before it have the same id: {said}")
        ids.add(said["id"])
        yield f"{said['id']} {wallets[place].id} {amount} {left[place]} {key:032x}\n"


def check_balances(run: str, wallets: Sequence[Wallet], answers: Sequence[bytes]) -> Iterator[str]:
    """See that each look told the balance; no line for any."""
    del run
    for number, answer in enumerate(answers):
        wallet = wallets[number % len(wallets)]
        _same(number, json.loads(answer), id=wallet.id, posted_minor=wallet.balance_minor)
    yield from ()


def _same(number: int, said: dict[str, Any], **expected: object) -> None:
    got = {name: said.get(name) for name in expected}
    if got != expected:
        raise WrongAnswer(f"request {number} should be answered {expected}, not {said}")
