"""The doctor's two connections to each Redis: one that asks and publishes, one that listens."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import hiredis
from redis.crc import key_slot

from speaktracker.layers.installation import key_prefix
from speaktracker.layers.redis.address import RedisAddress
from speaktracker.layers.redis.cluster.shard_wire import ShardWire
from speaktracker.layers.redis.cluster.slot_owners import find_owners, named
from speaktracker.layers.redis.dialing import dial
from speaktracker.layers.redis.resp_wire import Wire, command

Message = tuple[bytes, bytes]
# Behind the address of a node: others have it from the node itself.
AS_NAMED: Final = "as the cluster names it"
_ENOUGH: Final = "the doctor has seen enough"


@dataclass(frozen=True, slots=True)
class RedisVisit:
    """`heard` has each (topic, payload) that came; every call may raise what `dial` does.

    `slots` has first and last of each range that a node of a cluster serves; else none.
    """

    address: RedisAddress
    asking: Wire
    listening: Wire
    heard: "asyncio.Queue[Message]"
    slots: tuple[tuple[int, int], ...] = ()

    @property
    def where(self) -> str:
        """Name the host and the port."""
        return named(self.address.hosts[0])

    def own_name(self) -> str:
        """Make a name of the doctor's own, for a key or a topic that belongs here."""
        while True:
            name = f"{key_prefix()}doctor.{secrets.token_hex(8)}"
            slot = key_slot(name.encode())
            if not self.slots or any(first <= slot <= last for first, last in self.slots):
                return name

    async def ask(self, *words: bytes | str) -> object:
        """Ask one command and return its answer."""
        framed = (word if isinstance(word, bytes) else word.encode() for word in words)
        return await self.asking.ask(command(*framed))

    async def subscribe(self, *topics: bytes) -> None:
        """Hear `topics` from now on."""
        word = b"SSUBSCRIBE" if self.slots else b"SUBSCRIBE"
        await asyncio.gather(*(self.listening.ask(command(word, topic)) for topic in topics))

    async def publish(self, topic: bytes, payload: bytes) -> None:
        """Publish as the bus does."""
        await self.ask("SPUBLISH" if self.slots else "PUBLISH", topic, payload)

    async def topics(self, pattern: str) -> list[bytes]:
        """List the topics that somebody listens to here."""
        listed = await self.ask("PUBSUB", "SHARDCHANNELS" if self.slots else "CHANNELS", pattern)
        return listed if isinstance(listed, list) else []

    async def heard_within(self, seconds: float, last: Message | None = None) -> list[Message]:
        """Collect what comes within so many seconds, or until `last` has come."""
        messages: list[Message] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while last is None or last not in messages[-1:]:
                    messages.append(await self.heard.get())
        return messages


@asynccontextmanager
async def visits_of(address: RedisAddress) -> AsyncIterator[list[RedisVisit]]:
    """Connect twice to each Redis: the one there is, or every master of a cluster.

    OSError or hiredis.ReplyError says why that cannot be, and which node of a cluster is away.
    """
    wires: list[Wire] = []
    try:
        if not address.cluster:
            yield [await _visit(address, (), wires)]
            return
        wire, _, ranges = await find_owners(address)
        wires.append(wire)
        visits = []
        for node in dict.fromkeys(node for *_, node in ranges):
            slots = tuple((first, last) for first, last, owner in ranges if owner == node)
            try:
                visits.append(await _visit(address.of_node(node), slots, wires))
            except (OSError, hiredis.ReplyError) as error:
                raise ConnectionError(f"{named(node)}, {AS_NAMED}: {error}") from None
        yield visits
    finally:
        for wire in wires:
            wire.abort(_ENOUGH)


async def _visit(
    address: RedisAddress, slots: tuple[tuple[int, int], ...], wires: list[Wire]
) -> RedisVisit:
    heard: asyncio.Queue[Message] = asyncio.Queue()
    listener = ShardWire if slots else Wire
    wires.append(asking := await dial(address))
    made = listener(lambda *message: heard.put_nowait(message))
    wires.append(listening := await dial(address, made))
    return RedisVisit(address, asking, listening, heard, slots)
