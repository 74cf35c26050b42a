"""Full garbage collections come when there is something to find, and not before."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest

from speaktracker.server.garbage import CALM, LONGEST_SECONDS, RUSH, Garbage

FULL = 2


class Watched:
    """A collector on a clock that stands still, and how many full collections were made."""

    def __init__(self) -> None:
        self.now = 0.0
        self.full = 0
        self.garbage = Garbage(lambda: self.now)

    def count(self, phase: str, info: dict[str, Any]) -> None:
        self.full += phase == "stop" and info["generation"] == FULL

    def change(self, sockets: int) -> None:
        for _ in range(sockets):
            self.garbage.changed()


@pytest.fixture
def watched() -> Iterator[Watched]:
    """A collector that has begun; the test process then gets its own settings back."""
    thresholds = gc.get_threshold()
    watched = Watched()
    gc.callbacks.append(watched.count)
    try:
        watched.garbage.begin()
        watched.full = 0
        yield watched
    finally:
        gc.callbacks.remove(watched.count)
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def test_what_is_there_at_the_start_is_not_looked_at_again(watched: Watched) -> None:
    assert gc.get_freeze_count() > 10_000
    assert len(gc.get_objects(generation=FULL)) < gc.get_freeze_count() / 10


def test_python_starts_no_full_collection_by_itself(watched: Watched) -> None:
    kept = [[number] for number in range(500_000)]
    assert watched.full == 0
    assert len(kept) == 500_000


def test_a_rush_is_collected_once_it_is_over(watched: Watched) -> None:
    for _ in range(3):
        watched.change(CALM)
        watched.garbage.sweep(sockets=10)
    assert watched.full == 0
    watched.garbage.sweep(sockets=10)
    watched.garbage.sweep(sockets=10)
    assert watched.full == 1


def test_few_who_come_and_go_are_not_worth_it(watched: Watched) -> None:
    watched.change(CALM - 1)
    for _ in range(3):
        watched.garbage.sweep(sockets=10)
    assert watched.full == 0


def test_a_rush_that_goes_on_is_collected_in_its_middle(watched: Watched) -> None:
    watched.change(RUSH - 1)
    watched.garbage.sweep(sockets=10)
    assert watched.full == 0
    watched.change(1)
    watched.garbage.sweep(sockets=10)
    assert watched.full == 1


def test_beside_many_sockets_half_as_many_must_have_come_and_gone(watched: Watched) -> None:
    watched.change(RUSH)
    watched.garbage.sweep(sockets=10_000)
    assert watched.full == 0
    watched.change(3_000)
    watched.garbage.sweep(sockets=10_000)
    assert watched.full == 1


def test_the_rest_is_collected_every_ten_minutes(watched: Watched) -> None:
    watched.now = LONGEST_SECONDS - 1
    watched.garbage.sweep(sockets=10)
    assert watched.full == 0
    watched.now = LONGEST_SECONDS
    watched.garbage.sweep(sockets=10)
    watched.garbage.sweep(sockets=10)
    assert watched.full == 1
