"""Waking up."""

from groat_reader.program import SleepWatch


def test_sleep_is_noticed_by_a_clock_that_stood_still_or_by_being_late() -> None:
    watch = SleepWatch(wall=1000, monotonic=0)
    looks = [(1001, 1), (1002, 2), (4602, 3), (4603, 4), (4703, 104), (4704, 105), (4700, 106)]
    assert [watch.slept(wall=wall, monotonic=monotonic) for wall, monotonic in looks] == [
        False, False, True, False, True, False, False,
    ]  # fmt: skip
