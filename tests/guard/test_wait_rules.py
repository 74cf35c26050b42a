"""How long a try waits, whoever comes however often."""

from random import Random

import pytest

from speaktracker.guard.wait_rules import (
    KEPT_SECONDS,
    NOISY_FAILURES,
    Failure,
    TryHistory,
    growing_seconds,
    seconds_to_wait,
)

FREE, FREE_OF_ADDRESS = 4, 2_000
Tried = tuple[float, int]  # when, from which address


def try_at(now: float, address: int, known: int, tried: list[Tried]) -> bool:
    """Try from `address`, of which the first `known` are known; tell whether it passed."""
    failures = [
        Failure(at, number < known, number == address)
        for at, number in tried
        if at > now - KEPT_SECONDS
    ]
    history = TryHistory(failures, address < known)
    if seconds_to_wait(history, now, FREE, FREE_OF_ADDRESS):
        return False
    tried.append((now, address))
    return True


@pytest.mark.parametrize("addresses", [1, 3, 50])
@pytest.mark.parametrize("known", [0, 1, 10])
def test_at_most_twenty_tries_of_an_account_pass_in_any_ten_minutes(
    addresses: int, known: int
) -> None:
    random, tried, now = Random(known), [], 1e9  # type: tuple[Random, list[Tried], float]
    for _ in range(4_000):
        now += random.choice((0, 0, 1, 10, 30, 61))
        try_at(now, random.randrange(addresses), min(known, addresses), tried)
    times = [at for at, _ in tried]
    assert max(times) - min(times) > 10
    assert max(sum(at <= other < at + 600 for other in times) for at in times) <= 20


def test_who_hits_all_at_once_gets_no_more() -> None:
    tried: list[Tried] = []
    for address in range(50):
        for _ in range(20):
            try_at(1e9, address, 10, tried)
    assert len(tried) <= 20


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (3, 0), (4, 60), (5, 120), (6, 240), (9, 1800), (10, 1800), (10_000, 1800)],
)
def test_a_wait_doubles_up_to_half_an_hour(failures: int, seconds: float) -> None:
    assert growing_seconds(failures, FREE) == seconds


def test_a_wait_ends() -> None:
    history = TryHistory([Failure(1e9, False, True)] * 4, False)
    waits = [seconds_to_wait(history, 1e9 + s, FREE, FREE_OF_ADDRESS) for s in (0, 59, 60, 7000)]
    assert waits == [60, 1, 0, 0]


def test_where_very_much_fails_a_second_try_waits_but_no_first_one_does() -> None:
    def wait(failures: int, known: bool) -> float:
        mine = [Failure(1e9, known, True)] * failures
        history = TryHistory(mine, known, NOISY_FAILURES, NOISY_FAILURES, 1e9)
        return seconds_to_wait(history, 1e9, FREE, FREE_OF_ADDRESS)

    assert [wait(0, False), wait(1, False), wait(1, True)] == [0, 60, 0]


def test_an_address_from_which_thousands_fail_waits_but_for_whom_it_knows() -> None:
    def wait(of_address: int, known: bool) -> float:
        history = TryHistory([], known, of_address, 0, 1e9)
        return seconds_to_wait(history, 1e9, FREE, FREE_OF_ADDRESS)

    assert [wait(1_999, False), wait(2_000, False), wait(2_001, False)] == [0, 60, 120]
    assert wait(5_000, True) == 0
