"""How many password hashes one process computes at a time, and who waits for one.

A hash takes a core for a fifth of a second. The threads that compute them step back for the rest of
the process, so that its sockets go on however many people sign in.
"""

import heapq
import itertools
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import ParamSpec, TypeVar

from django.conf import settings

from speaktracker import drain_state
from speaktracker.guard.refusals import too_many_at_once

P = ParamSpec("P")
R = TypeVar("R")

# Whoever would wait longer is refused at once; who waits longer after all is refused then.
EXPECTED_SECONDS = 10.0
WAIT_SECONDS = 20.0
NICENESS = 5
# How long a turn takes, until the first have shown it; each counts this much of the average.
FIRST_GUESS_SECONDS = 0.25
SHARE = 0.1

_has_turn: ContextVar[bool] = ContextVar("has_turn_to_hash", default=False)


class HashTurn(threading.Event):
    """A thread that waits; who is known where they are goes first, then who came first."""

    def __init__(self, is_known: bool, number: int) -> None:
        super().__init__()
        self.rank = (not is_known, number)
        self.is_granted = False

    def __lt__(self, other: "HashTurn") -> bool:
        return self.rank < other.rank


class HashBudget:
    """Lets `at_once` hash at a time; `waiting` wait, and as many again who are known."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._at_once = self._free = at_once
        self._turn_seconds = FIRST_GUESS_SECONDS
        self._bound = waiting
        self._waiting: list[HashTurn] = []
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(at_once, "hash", initializer=_step_back)

    @contextmanager
    def turn(self, is_known: bool = False) -> Iterator[None]:
        """Wait for a turn and have it inside; TryRefused when too many wait, or too long."""
        if _has_turn.get():
            yield
            return
        mine = self._take_place(is_known)
        if mine:
            mine.wait(WAIT_SECONDS)
            self._begin(mine)
        token, began = _has_turn.set(True), time.monotonic()
        try:
            yield
        finally:
            _has_turn.reset(token)
            self._pass_on(time.monotonic() - began)

    def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Have `work` done in a turn, by a thread that steps back; raises as `turn`."""
        with self.turn():
            return self._threads.submit(work, *args, **kwargs).result()

    def refuse_waiting(self) -> None:
        """Send home whoever waits; for a process that stops."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.set()

    def _take_place(self, is_known: bool) -> HashTurn | None:
        with self._lock:
            if self._free:
                self._free -= 1
                return None
            mine = HashTurn(is_known, next(self._numbers))
            before = sum(one < mine for one in self._waiting)
            is_too_long = before * self._turn_seconds > EXPECTED_SECONDS * self._at_once
            if is_too_long or len(self._waiting) >= self._bound * (2 if is_known else 1):
                raise too_many_at_once()
            heapq.heappush(self._waiting, mine)
            return mine

    def _begin(self, mine: HashTurn) -> None:
        with self._lock:
            if mine.is_granted:
                return
            if mine in self._waiting:
                self._waiting.remove(mine)
                heapq.heapify(self._waiting)
        raise too_many_at_once()

    def _pass_on(self, seconds: float) -> None:
        with self._lock:
            self._turn_seconds += (seconds - self._turn_seconds) * SHARE
            if not self._waiting:
                self._free += 1
                return
            first = heapq.heappop(self._waiting)
            first.is_granted = True
        first.set()


def _step_back() -> None:
    # On Linux alone each thread has a niceness of its own; elsewhere the sockets would have it too.
    if sys.platform == "linux":
        os.nice(NICENESS)


@cache
def hash_budget() -> HashBudget:
    """Return this process's budget."""
    limits = settings.LIMITS
    return HashBudget(limits.password_hashes_at_once, limits.password_hashes_waiting)


@drain_state.on_drain
async def refuse_waiting_hashes() -> None:
    """Let nobody who waits for a hash keep this process from stopping."""
    hash_budget().refuse_waiting()
