"""The token bucket alone."""

from hypothesis import given, settings
from hypothesis import strategies as st

from speaktracker.token_bucket import TokenBucket


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
