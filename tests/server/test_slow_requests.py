"""A request that never becomes whole holds no connection, however steadily it comes."""

import asyncio
import resource
from types import SimpleNamespace
from typing import Any

import pytest
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from speaktracker.server.http_requests import (
    BODY_SECONDS,
    HEAD_SECONDS,
    LAST_FILES_SECONDS,
    RequestFactory,
)


class FileTransport(StringTransport):
    """A connection that has some file of this process."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number

    def fileno(self) -> int:
        """Name its file."""
        return self._number


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def channel(clock: Clock) -> Any:
    """One connection of a server whose clock the test turns."""
    return connected(clock, 20)


def connected(clock: Clock, number: int) -> Any:
    """Connect by a file of this number."""
    factory = RequestFactory(SimpleNamespace(protocol_connected=print, protocol_disconnected=print))
    factory.reactor = clock
    made = factory.buildProtocol(None)
    made.makeConnection(FileTransport(number))
    return made


def drips(clock: Clock, channel: Any, data: bytes, seconds: float) -> bool:
    """Send `data` every two seconds for `seconds`; True when the connection ended meanwhile."""
    for _ in range(int(seconds / 2)):
        clock.advance(2)
        if channel.transport.disconnecting:
            return True
        channel.dataReceived(data)
    return False


@pytest.mark.parametrize("data", [b"X-A: b\r\n", b"a"])
def test_a_head_that_drips_ends(clock: Clock, channel: Any, data: bytes) -> None:
    channel.dataReceived(b"GET / HTTP/1.1\r\n")
    assert not drips(clock, channel, data, HEAD_SECONDS - 4)
    assert drips(clock, channel, data, 8)


def test_who_says_nothing_at_first_ends(clock: Clock, channel: Any) -> None:
    clock.advance(HEAD_SECONDS - 1)
    assert not channel.transport.disconnecting
    clock.advance(2)
    assert channel.transport.disconnecting


def test_a_declared_body_that_drips_ends(clock: Clock, channel: Any) -> None:
    channel.dataReceived(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
    assert not drips(clock, channel, b"a", BODY_SECONDS - 4)
    assert drips(clock, channel, b"a", 8)


def test_a_request_that_is_whole_may_take_its_time(clock: Clock, channel: Any) -> None:
    asyncio.set_event_loop(loop := asyncio.new_event_loop())
    channel.requestFactory = type("Silent", (channel.requestFactory,), {"process": lambda _: None})
    channel.dataReceived(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na")
    clock.advance(HEAD_SECONDS + BODY_SECONDS)
    assert not channel.transport.disconnecting
    loop.close()


def test_who_has_one_of_the_last_files_has_little_time(clock: Clock) -> None:
    last = connected(clock, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 1)
    clock.advance(LAST_FILES_SECONDS)
    assert last.transport.disconnecting
