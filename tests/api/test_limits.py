"""Token buckets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groat.api import limits
from groat.api.limits import Limiter


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def passed(limiter: Limiter, *, per_minute: int, asked: int) -> int:
    return sum(limiter.take("caller", per_minute=per_minute).allowed for _ in range(asked))


def test_a_bucket_holds_a_minutes_requests():
    assert passed(Limiter(policy="key", clock=Clock()), per_minute=60, asked=100) == 60


def test_a_bucket_fills_evenly():
    clock = Clock()
    limiter = Limiter(policy="key", clock=clock)
    passed(limiter, per_minute=60, asked=60)

    clock.now += 2.5

    assert passed(limiter, per_minute=60, asked=10) == 2


def test_a_bucket_overflows_no_further_than_full():
    clock = Clock()
    limiter = Limiter(policy="key", clock=clock)
    passed(limiter, per_minute=60, asked=60)

    clock.now += 3600

    assert passed(limiter, per_minute=60, asked=100) == 60


def test_callers_do_not_drink_from_each_others_buckets():
    limiter = Limiter(policy="key", clock=Clock())
    passed(limiter, per_minute=1, asked=1)

    assert limiter.take("somebody else", per_minute=1).allowed


def test_looking_takes_nothing():
    limiter = Limiter(policy="key", clock=Clock())

    seen = [limiter.look("caller", per_minute=1).allowed for _ in range(3)]
    limiter.take("caller", per_minute=1)

    assert seen == [True, True, True]
    assert not limiter.look("caller", per_minute=1).allowed


def test_headers_tell_the_policy_and_what_is_left():
    limiter = Limiter(policy="key", clock=Clock())

    assert limiter.take("caller", per_minute=120).headers() == (
        ("RateLimit-Policy", '"key";q=120;w=60'),
        ("RateLimit", '"key";r=119;t=1'),
    )


def test_headers_tell_who_is_refused_when_to_come_again():
    clock = Clock()
    limiter = Limiter(policy="key", clock=clock)
    passed(limiter, per_minute=6, asked=6)

    assert limiter.take("caller", per_minute=6).headers() == (
        ("RateLimit-Policy", '"key";q=6;w=60'),
        ("RateLimit", '"key";r=0;t=60'),
        ("Retry-After", "10"),
    )
    clock.now += 10
    assert limiter.take("caller", per_minute=6).allowed


@given(
    per_minute=st.integers(1, 2000),
    steps=st.lists(st.tuples(st.floats(0, 30), st.integers(0, 50)), max_size=20),
)
def test_nobody_gets_more_than_a_full_bucket_and_what_flowed_in_since(per_minute: int, steps: list[tuple[float, int]]):
    clock = Clock()
    limiter = Limiter(policy="key", clock=clock)
    let_through = 0
    for seconds, asked in steps:
        clock.now += seconds
        let_through += passed(limiter, per_minute=per_minute, asked=asked)

    assert let_through <= per_minute + (clock.now - 1000.0) * per_minute / 60 + 1e-3


def test_full_buckets_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "_MANY", 10)
    clock = Clock()
    limiter = Limiter(policy="address", clock=clock)
    for name in range(10):
        limiter.take(name, per_minute=60)
    limiter.take("busy", per_minute=1)

    clock.now += 5
    limiter.take("new", per_minute=60)

    assert not limiter.look("busy", per_minute=1).allowed
    assert len(limiter._full_at) <= 10
