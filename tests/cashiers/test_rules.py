"""How long nobody may guess, and when a till that nobody touches is locked."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from groat.cashiers.rules import FORGOTTEN_AFTER, OF_CARDS, OF_STAFF, OF_TILL, Patience, is_idle, still_wrong
from tests.factories import NOW

patience = st.sampled_from([OF_STAFF, OF_TILL, OF_CARDS])


@given(of=patience, wrong=st.integers(0, 10_000))
def test_pauses_begin_after_the_free_guesses_and_never_shrink(of: Patience, wrong: int):
    assert (of.pause(wrong) > timedelta()) == (wrong >= of.free)
    assert of.pause(wrong) <= of.pause(wrong + 1) <= of.longest


def test_each_pause_is_twice_the_one_before():
    pauses = [OF_STAFF.pause(wrong).total_seconds() for wrong in range(4, 14)]
    assert pauses == [0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_whoever_guesses_all_day_tries_no_more_than_a_few_of_ten_thousand():
    wrong, spent = 0, timedelta()
    while spent < timedelta(days=1):
        wrong += 1
        spent += OF_STAFF.pause(wrong)
    assert wrong < 40


@given(wrong=st.integers(0, 100), age=st.timedeltas(timedelta(), timedelta(days=3)))
def test_wrong_guesses_are_forgotten_after_a_day(wrong: int, age: timedelta):
    counts = still_wrong(wrong, last_at=NOW - age, now=NOW)
    assert counts == (0 if age >= FORGOTTEN_AFTER else wrong)


@given(minutes=st.integers(1, 240), seconds=st.integers(0, 20_000))
def test_the_server_locks_a_minute_after_the_page_should_have(minutes: int, seconds: int):
    is_locked = is_idle(NOW - timedelta(seconds=seconds), lock_after_minutes=minutes, now=NOW)
    assert is_locked == (seconds > (minutes + 1) * 60)


def test_a_programme_may_leave_its_tills_open():
    assert not is_idle(NOW - timedelta(days=30), lock_after_minutes=None, now=NOW)
