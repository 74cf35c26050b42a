"""The doctor's two connections to Redis: one that asks and publishes, one that listens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from speaktracker.layers.redis.address import RedisAddress
from speaktracker.layers.redis.dialing import dial
from speaktracker.layers.redis.resp_wire import Wire, command

Message = tuple[bytes, bytes]
_ENOUGH: Final = "the doctor has seen enough"


@dataclass(frozen=True, slots=True)
class RedisVisit:
    """`heard` has each (topic, payload) that came; every call may raise what `dial` does."""

    address: RedisAddress
    asking: Wire
    listening: Wire
    heard: "asyncio.Queue[Message]"

    async def ask(self, *words: bytes | str) -> object:
        """Ask one command and return its answer."""
        framed = (word if isinstance(word, bytes) else word.encode() for word in words)
        return await self.asking.ask(command(*framed))

    async def subscribe(self, *topics: bytes) -> None:
        """Hear `topics` from now on."""
        await asyncio.gather(
            *(self.listening.ask(command(b"SUBSCRIBE", topic)) for topic in topics)
        )

    async def heard_within(self, seconds: float, last: Message | None = None) -> list[Message]:
        """Collect what comes within so many seconds, or until `last` has come."""
        messages: list[Message] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while last is None or last not in messages[-1:]:
                    messages.append(await self.heard.get())
        return messages


@asynccontextmanager
async def visit_of(address: RedisAddress) -> AsyncIterator[RedisVisit]:
    """Connect twice; OSError or hiredis.ReplyError says why that cannot be."""
    heard: asyncio.Queue[Message] = asyncio.Queue()
    asking = await dial(address)
    try:
        listening = await dial(address, Wire(lambda *message: heard.put_nowait(message)))
        try:
            yield RedisVisit(address, asking, listening, heard)
        finally:
            listening.abort(_ENOUGH)
    finally:
        asking.abort(_ENOUGH)
