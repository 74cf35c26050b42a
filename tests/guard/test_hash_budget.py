"""How many hash at a time, who waits, and who is sent home."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.test import override_settings

from speaktracker.guard import hash_budget as hash_budget_file
from speaktracker.guard.hash_budget import HashBudget
from speaktracker.guard.refusals import TryRefused

SECONDS = 20


class SlowHash:
    """A hash that takes until it is let go."""

    def __init__(self) -> None:
        self.may_end = threading.Event()

    def __call__(self) -> str:
        assert self.may_end.wait(SECONDS)
        return "hashed"


@pytest.fixture
def people() -> Iterator[ThreadPoolExecutor]:
    """Threads of those who want to hash."""
    with ThreadPoolExecutor(10) as threads:
        yield threads


def comes(
    people: ThreadPoolExecutor, budget: HashBudget, work: Callable[[], str], is_known: bool = False
) -> "Future[str]":
    """Let one come, and return once they have their turn or wait for it."""
    had_turn, before = threading.Event(), len(budget._waiting)

    def hash_it() -> str:
        with budget.turn(is_known):
            had_turn.set()
            return budget.run(work)

    future = people.submit(hash_it)
    deadline = time.monotonic() + SECONDS
    while not had_turn.wait(0.001) and len(budget._waiting) == before:
        assert time.monotonic() < deadline
    return future


def test_beyond_those_who_wait_people_are_sent_home_at_once(people: ThreadPoolExecutor) -> None:
    budget, slow = HashBudget(at_once=1, waiting=1), SlowHash()
    first, second = comes(people, budget, slow), comes(people, budget, lambda: "second")
    with pytest.raises(TryRefused) as refused:
        budget.run(lambda: "third")
    assert (refused.value.status_code, refused.value.wait) == (503, 5)
    slow.may_end.set()
    assert (first.result(SECONDS), second.result(SECONDS)) == ("hashed", "second")


def test_who_is_known_goes_first_and_has_room_of_their_own(people: ThreadPoolExecutor) -> None:
    budget, slow, order = HashBudget(at_once=1, waiting=2), SlowHash(), list[str]()
    first = comes(people, budget, slow)

    def work(name: str) -> Callable[[], str]:
        return lambda: f"{order.append(name)}"  # type: ignore[func-returns-value]

    waiting = [comes(people, budget, work(name)) for name in ("stranger 1", "stranger 2")]
    waiting.append(comes(people, budget, work("known"), is_known=True))
    slow.may_end.set()
    for one in waiting:
        one.result(SECONDS)
    assert first.result(SECONDS) == "hashed"
    assert order == ["known", "stranger 1", "stranger 2"]


def test_who_would_wait_too_long_is_sent_home_at_once(people: ThreadPoolExecutor) -> None:
    budget, slow = HashBudget(at_once=1, waiting=50), SlowHash()
    budget._turn_seconds = 8.0
    coming = [comes(people, budget, slow), comes(people, budget, lambda: "soon")]
    coming.append(comes(people, budget, lambda: "later"))
    with pytest.raises(TryRefused):
        budget.run(lambda: "too late")
    coming.append(comes(people, budget, lambda: "known", is_known=True))
    slow.may_end.set()
    assert [one.result(SECONDS) for one in coming] == ["hashed", "soon", "later", "known"]


def test_nobody_waits_for_ever(people: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hash_budget_file, "WAIT_SECONDS", 0.01)
    budget, slow = HashBudget(at_once=1, waiting=5), SlowHash()
    first = comes(people, budget, slow)
    with pytest.raises(TryRefused):
        budget.run(lambda: "second")
    slow.may_end.set()
    assert first.result(SECONDS) == "hashed"
    assert budget.run(lambda: "third") == "third"


def test_a_process_that_stops_sends_home_who_waits(people: ThreadPoolExecutor) -> None:
    budget, slow = HashBudget(at_once=1, waiting=5), SlowHash()
    first, second = comes(people, budget, slow), comes(people, budget, lambda: "second")
    budget.refuse_waiting()
    with pytest.raises(TryRefused):
        second.result(SECONDS)
    slow.may_end.set()
    assert first.result(SECONDS) == "hashed"


def test_a_turn_inside_a_turn_is_the_same(people: ThreadPoolExecutor) -> None:
    budget = HashBudget(at_once=1, waiting=0)
    with budget.turn(), budget.turn():
        assert budget.run(lambda: "hashed") == "hashed"
    assert budget.run(lambda: "again") == "again"


def test_a_hash_that_fails_gives_its_turn_back() -> None:
    budget = HashBudget(at_once=1, waiting=0)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            budget.run(lambda: 1 // 0)


@override_settings(PASSWORD_HASHERS=["speaktracker.guard.hashers.BudgetedHasher"])
def test_every_hash_of_django_is_one_of_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    budget = HashBudget(at_once=1, waiting=0)
    monkeypatch.setattr("speaktracker.guard.hashers.hash_budget", lambda: budget)
    encoded = make_password("right")
    assert encoded.startswith("pbkdf2_sha256$")
    assert check_password("right", encoded)
    assert not check_password("wrong", encoded)
    taken = budget._take_place(is_known=False)
    assert taken is None
    for hash_it in (lambda: make_password("right"), lambda: check_password("right", encoded)):
        with pytest.raises(TryRefused):
            hash_it()
