"""The token bucket and the sliding window alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.per_process.rates import SlidingWindow, TokenBucket


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_up_to_the_capacity() -> None:
    bucket = TokenBucket(10, 10, Clock())
    assert [bucket.take() for _ in range(10)] == [0.0] * 10
    assert bucket.take() > 0


def test_a_refusal_says_when_it_may_pass() -> None:
    clock = Clock()
    bucket = TokenBucket(2, 2, clock)
    bucket.take(2)
    assert bucket.take(1) == 0.5
    clock.now += 0.5
    assert bucket.take(1) == 0.0


def test_a_refusal_takes_nothing() -> None:
    clock = Clock()
    bucket = TokenBucket(1, 4, clock)
    bucket.take(3)
    for _ in range(5):
        assert bucket.take(2) == 1.0
    assert bucket.take(1) == 0.0


def test_what_is_larger_than_the_bucket_may_pass_when_it_is_full() -> None:
    clock = Clock()
    bucket = TokenBucket(1, 4, clock)
    assert bucket.take(100) == 0.0
    assert bucket.take(100) == 4.0


def test_a_clock_that_runs_backwards_gives_nothing_away() -> None:
    clock = Clock()
    bucket = TokenBucket(1, 4, clock)
    bucket.take(4)
    clock.now -= 100
    assert bucket.take(1) > 0


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0, 12)), max_size=50))
@settings(deadline=None, derandomize=True, database=None)
def test_no_more_passes_than_capacity_and_refill_and_waiting_helps(
    asked: list[tuple[float, float]],
) -> None:
    clock, passed = Clock(), 0.0
    bucket = TokenBucket(3, 10, clock)
    for pause, amount in asked:
        clock.now += pause
        wait = bucket.take(amount)
        if wait:
            clock.now += wait + 1e-6
            assert bucket.take(amount) == 0.0
        passed += min(amount, 10)
        assert passed <= 10 + 3 * clock.now + 1e-3


def passed(window: SlidingWindow, clock: Clock, rate: float, seconds: float = 10) -> list[float]:
    """Ask `rate` times a second; list when one passed."""
    times = []
    for number in range(round(rate * seconds)):
        clock.now = number / rate
        if not window.take():
            times.append(clock.now)
    return times


@pytest.mark.parametrize("rate", [11, 15, 50, 500])
def test_a_flood_comes_to_ten_a_second(rate: float) -> None:
    clock = Clock()
    times = passed(SlidingWindow(10, clock), clock, rate)
    assert 95 <= len(times) <= 101
    assert max(sum(start <= time < start + 1 for time in times) for start in times) <= 12


def test_nine_a_second_pass() -> None:
    clock = Clock()
    assert len(passed(SlidingWindow(10, clock), clock, 9)) == 90


def test_ten_at_once_pass_every_second() -> None:
    clock = Clock()
    window = SlidingWindow(10, clock)
    for second in range(5):
        clock.now = float(second)
        assert [window.take() for _ in range(10)] == [0.0] * 10


@pytest.mark.parametrize(("rate", "wait"), [(10, 1.0), (2.5, 0.8), (0.5, 2.0)])
def test_a_refusal_says_when_one_may_pass(rate: float, wait: float) -> None:
    clock = Clock()
    window = SlidingWindow(rate, clock)
    while not (told := window.take()):
        pass
    assert told == pytest.approx(wait)
    clock.now += told
    assert window.take() == 0.0


def test_those_who_waited_are_let_on_evenly() -> None:
    clock = Clock()
    window = SlidingWindow(10, clock)
    for _ in range(20):
        window.take()
    clock.now = 1.0
    assert [window.take() == 0 for _ in range(2)] == [True, False]
    clock.now = 1.11
    assert window.take() == 0


@given(st.lists(st.floats(0, 0.4), max_size=200))
@settings(deadline=None, derandomize=True, database=None)
def test_however_they_come_no_second_sees_many_more_and_waiting_helps(pauses: list[float]) -> None:
    clock = Clock()
    window, times = SlidingWindow(5, clock), []
    for pause in pauses:
        clock.now += pause
        if wait := window.take():
            clock.now += wait + 1e-6
            assert window.take() == 0.0
        times.append(clock.now)
    for start in times:
        assert sum(start <= time < start + 1 for time in times) <= 7
