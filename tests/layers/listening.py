"""Words for what a member of a group hears, each with a deadline."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from speaktracker.exceptions import Unavailable
from speaktracker.layers import ClassroomLayer, Event
from speaktracker.layers.installation import Installation

Layer = Any  # Channels' own layers share an API, not a base class
DEADLINE = 20


def an_installation() -> Installation:
    """Make an installation that no other test has."""
    return Installation(uuid.uuid4().hex, uuid.uuid4().bytes)


async def hears(layer: Layer, channel: str) -> Event:
    """Receive the next event of `channel`."""
    event: Event = await asyncio.wait_for(layer.receive(channel), DEADLINE)
    return event


async def hears_nothing_before(layer: Layer, channel: str, marker: str) -> None:
    """Check that a marker sent now is the first event that `channel` hears."""
    await layer.send(channel, {"type": marker})
    assert await hears(layer, channel) == {"type": marker}


async def member(layer: Layer, *groups: str) -> str:
    """Open a channel in `groups`."""
    channel: str = await layer.new_channel()
    for group in groups:
        await layer.group_add(group, channel)
    return channel


async def until(queue: "asyncio.Queue[Event]", kind: str) -> Event:
    """Wait for an event of type `kind` in `queue`, whatever comes before it."""
    async with asyncio.timeout(DEADLINE):
        while (event := await queue.get())["type"] != kind:
            pass
        return event


async def sends_again(layer: ClassroomLayer, kind: str) -> None:
    """Send to the class until Redis takes it."""
    async with asyncio.timeout(DEADLINE):
        while True:
            try:
                return await layer.group_send("class", {"type": kind})
            except Unavailable:
                await asyncio.sleep(0.02)


async def is_noticed(layer: ClassroomLayer) -> None:
    """Send until a send fails: the loss of Redis is known."""
    async with asyncio.timeout(DEADLINE):
        while True:
            try:
                await layer.group_send("class", {"type": "noise"})
            except Unavailable:
                return


@asynccontextmanager
async def attached(layer: ClassroomLayer, *groups: str) -> "AsyncIterator[asyncio.Queue[Event]]":
    """Open a channel in `groups` whose events all go to the queue that is given."""
    heard: asyncio.Queue[Event] = asyncio.Queue()
    channel = await member(layer, *groups)
    layer.attach(channel, heard.put_nowait)
    try:
        yield heard
    finally:
        layer.forget(channel)
