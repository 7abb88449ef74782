"""Who comes in, and what the others are told."""

import json
from typing import Any

import pytest

from groat.api.answers import Answer
from groat.api.gate import Admitted, Gate
from groat.api.keys import Caller, KeyRing
from groat.api.limits import Limiter

SCOPE = "payments:write"
GOOD = "Bearer groat_good"


class Door:
    """A gate with one good key, whose clock stands still."""

    def __init__(self, *, per_minute: int | None = None, strangers: int = 3) -> None:
        self.looked_up = 0
        self.caller = Caller(1, 2, "Kiosk", frozenset({SCOPE}), per_minute, 2)
        self.gate = Gate(
            ring=KeyRing(find=self.find, clock=lambda: 0.0),
            callers=Limiter(policy="key", clock=lambda: 0.0),
            strangers=Limiter(policy="address", clock=lambda: 0.0),
            requests_per_minute=5,
            strangers_per_minute=strangers,
        )

    def find(self, secret: str) -> Caller | None:
        self.looked_up += 1
        return self.caller if secret == "groat_good" else None

    def __call__(self, authorization: str = GOOD, *, address: str | None = "192.0.2.1", scope: str = SCOPE) -> Any:
        return self.gate.admit(authorization=authorization, address=address, scope=scope)


def said(answer: Answer) -> tuple[int, str]:
    body = json.loads(answer.body)
    assert body["status"] == answer.status
    return answer.status, body["code"]


def test_a_good_key_comes_in_with_the_state_of_its_limit():
    door = Door()

    assert door() == Admitted(door.caller, (("RateLimit-Policy", '"key";q=5;w=60'), ("RateLimit", '"key";r=4;t=12')))


@pytest.mark.parametrize("authorization", ["bearer groat_good", "BEARER  groat_good "])
def test_the_schemes_case_and_spaces_do_not_matter(authorization: str):
    assert isinstance(Door()(authorization), Admitted)


@pytest.mark.parametrize("authorization", ["", "groat_good", "Basic groat_good", "Bearer", "Bearer "])
def test_no_key_is_answered_with_how_to_send_one(authorization: str):
    answer = Door()(authorization)

    assert said(answer) == (401, "key_missing")
    assert ("WWW-Authenticate", 'Bearer realm="Groat"') in answer.headers


def test_a_wrong_key_is_answered_with_what_is_wrong():
    answer = Door()("Bearer groat_wrong")

    assert said(answer) == (401, "key_invalid")
    assert ("WWW-Authenticate", 'Bearer realm="Groat", error="invalid_token"') in answer.headers


def test_a_key_without_the_scope_is_told_which():
    answer = Door()(scope="refunds:write")

    assert said(answer) == (403, "scope_missing")
    assert json.loads(answer.body)["scope"] == "refunds:write"


def test_a_key_asks_no_oftener_than_the_installation_allows():
    door = Door()

    answers = [door() for _ in range(6)]

    assert [isinstance(answer, Admitted) for answer in answers] == [True] * 5 + [False]
    assert said(answers[5]) == (429, "rate_limited")
    assert ("Retry-After", "12") in answers[5].headers


def test_a_keys_own_limit_goes_before_the_installations():
    door = Door(per_minute=7)

    assert sum(isinstance(door(), Admitted) for _ in range(10)) == 7


def test_who_tries_keys_is_slowed_down_and_the_database_left_alone():
    door = Door(strangers=3)

    answers = [said(door(f"Bearer groat_{guess}")) for guess in range(5)]

    assert answers == [(401, "key_invalid")] * 3 + [(429, "rate_limited")] * 2
    assert door.looked_up == 3


def test_a_known_key_comes_in_from_an_address_that_is_slowed_down():
    door = Door(strangers=1)
    door()
    for _ in range(3):
        door("Bearer groat_wrong")

    assert isinstance(door(), Admitted)


def test_strangers_are_slowed_down_by_address_and_by_network():
    door = Door(strangers=1)
    door("", address="192.0.2.1")
    door("", address="2001:db8::1")

    codes = [
        said(door("", address=address))[1]
        for address in ("192.0.2.1", "192.0.2.2", "2001:db8::2", "2001:db8:0:1::1", None)
    ]

    assert codes == ["rate_limited", "key_missing", "rate_limited", "key_missing", "key_missing"]


def test_who_is_remembered_comes_in_without_the_database():
    door = Door()

    first = door.gate.admit_remembered(authorization=GOOD, scope=SCOPE)
    door()
    second = door.gate.admit_remembered(authorization=GOOD, scope=SCOPE)

    assert first is None
    assert isinstance(second, Admitted)
    assert door.looked_up == 1
