"""Full garbage collections come when there is something to find, and not before."""

import gc
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from speaktracker.server.asgi_server import ClassroomServer
from speaktracker.server.garbage import CLOSED, LONGEST_SECONDS, OPENED, Garbage
from speaktracker.server.server_options import ServerOptions
from tests.server.wire import WiredSocket, accepting

FULL = 2


class Watched:
    """A collector on a clock that stands still, and how many full collections were made."""

    def __init__(self) -> None:
        self.now = 0.0
        self.full = 0
        self.garbage = Garbage(lambda: self.now)

    def count(self, phase: str, info: dict[str, Any]) -> None:
        self.full += phase == "stop" and info["generation"] == FULL

    def come(self, sockets: int) -> None:
        for _ in range(sockets):
            self.garbage.opened()

    def go(self, sockets: int) -> None:
        for _ in range(sockets):
            self.garbage.closed()


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


def test_what_those_who_came_left_behind_is_collected_and_set_aside(watched: Watched) -> None:
    watched.come(OPENED - 1)
    watched.garbage.sweep(sockets=10)
    assert watched.full == 0
    kept = [[number] for number in range(10_000)]
    set_aside = gc.get_freeze_count()
    watched.come(1)
    watched.garbage.sweep(sockets=10)
    watched.garbage.sweep(sockets=10)
    assert watched.full == 1
    assert gc.get_freeze_count() >= set_aside + len(kept)


def test_cycles_that_were_set_aside_are_found_after_many_have_gone(watched: Watched) -> None:
    class Cycle:
        def __init__(self) -> None:
            self.itself = self

    cycle = Cycle()
    gone = weakref.ref(cycle)
    watched.come(OPENED)
    watched.garbage.sweep(sockets=10)
    del cycle
    watched.come(OPENED)
    watched.go(CLOSED - 1)
    watched.garbage.sweep(sockets=10)
    assert gone() is not None
    watched.go(1)
    watched.garbage.sweep(sockets=10)
    assert gone() is None
    assert gc.get_freeze_count() > 10_000


def test_beside_many_sockets_half_as_many_must_have_gone(watched: Watched) -> None:
    watched.go(CLOSED)
    watched.garbage.sweep(sockets=10_000)
    assert watched.full == 0
    watched.go(5_000 - CLOSED)
    watched.garbage.sweep(sockets=10_000)
    assert watched.full == 1


async def test_sockets_are_counted_once_and_requests_not_at_all() -> None:
    server = ClassroomServer(accepting, ServerOptions(fast_frames=True))
    wired = WiredSocket(server, server.ws_factory)
    await wired.open()
    request = object()
    server.protocol_connected(request)
    for _ in range(2):
        server.protocol_disconnected(request)
        server.protocol_disconnected(wired.protocol)
    assert (server.garbage._opened, server.garbage._closed) == (1, 1)
    await wired.clean_up()


def test_the_rest_is_collected_every_ten_minutes(watched: Watched) -> None:
    watched.now = LONGEST_SECONDS - 1
    watched.garbage.sweep(sockets=10)
    assert watched.full == 0
    watched.now = LONGEST_SECONDS
    watched.garbage.sweep(sockets=10)
    watched.garbage.sweep(sockets=10)
    assert watched.full == 1
