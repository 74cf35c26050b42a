"""Texts are offered to an application's receiver while it waits, and to nobody's out of turn."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from speaktracker.server.asgi_server import ClassroomServer
from speaktracker.server.server_options import ServerOptions
from tests.server.raw import masked
from tests.server.wire import WiredSocket, accepting

DEADLINE = 30


class Application:
    """Waits for events when it is told to, and says no to what its receiver is to leave."""

    def __init__(self, wired: WiredSocket) -> None:
        self.wired = wired
        self.heard: list[bytes] = []
        self.received: list[str] = []
        wired.protocol.on_text(self.receive)

    def receive(self, payload: bytes) -> bool:
        if payload == b"broken":
            raise RuntimeError("a receiver that fails")
        self.heard.append(payload)
        return not payload.startswith(b"slow")

    async def waits(self) -> "asyncio.Task[dict[str, Any]]":
        waiting: asyncio.Task[dict[str, Any]] = asyncio.ensure_future(
            self.wired.protocol.application_queue.get()
        )
        await asyncio.sleep(0)
        return waiting

    def is_told(self, *texts: str) -> None:
        self.wired.feed(b"".join(masked(text.encode()) for text in texts))

    async def receives(self, waiting: "asyncio.Task[dict[str, Any]]") -> str:
        async with asyncio.timeout(DEADLINE):
            return str((await waiting)["text"])


@pytest.fixture
async def application() -> AsyncIterator[Application]:
    """An application on an open socket of our own server."""
    server = ClassroomServer(accepting, ServerOptions(fast_frames=True))
    wired = WiredSocket(server, server.ws_factory)
    await wired.open()
    yield Application(wired)
    await wired.clean_up()


async def test_an_application_that_waits_hears_at_once(application: Application) -> None:
    waiting = await application.waits()
    application.is_told("one", "two")
    assert application.heard == [b"one", b"two"]
    assert not waiting.done()
    waiting.cancel()


async def test_what_the_receiver_leaves_is_received_and_so_is_what_comes_behind_it(
    application: Application,
) -> None:
    waiting = await application.waits()
    application.is_told("one", "slow", "two")
    assert application.heard == [b"one", b"slow"]
    assert await application.receives(waiting) == "slow"
    # It is busy with the slow one now: nothing may overtake.
    application.is_told("three")
    assert application.heard == [b"one", b"slow"]
    assert await application.receives(await application.waits()) == "two"
    assert await application.receives(await application.waits()) == "three"
    waiting = await application.waits()
    application.is_told("four")
    assert application.heard[-1] == b"four"
    waiting.cancel()


async def test_an_application_that_stopped_waiting_hears_nothing(application: Application) -> None:
    waiting = await application.waits()
    waiting.cancel()
    await asyncio.wait([waiting])
    application.is_told("one")
    assert application.heard == []
    assert await application.receives(await application.waits()) == "one"


async def test_a_fragmented_text_is_heard_too(application: Application) -> None:
    waiting = await application.waits()
    application.wired.feed(masked(b"one", final=False) + masked(b" half", opcode=0))
    assert application.heard == [b"one half"]
    waiting.cancel()


async def test_a_receiver_that_fails_is_asked_no_more(
    application: Application, caplog: pytest.LogCaptureFixture
) -> None:
    waiting = await application.waits()
    application.is_told("broken")
    assert await application.receives(waiting) == "broken"
    waiting = await application.waits()
    application.is_told("one")
    assert await application.receives(waiting) == "one"
    assert application.heard == []
    assert caplog.text.count("The text receiver of a socket failed") == 1


async def test_after_our_close_nothing_is_heard(application: Application) -> None:
    waiting = await application.waits()
    application.wired.protocol.close(4000)
    application.is_told("one")
    assert application.heard == []
    waiting.cancel()
