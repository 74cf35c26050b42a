"""A numbered message to every live connection of its recipient: confirm, retry, give up.

The push is a hint. A connection writes number n only after n-1, reads from the source what is
missing, and confirms again without writing twice.
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from channels.layers import get_channel_layer
from django.conf import settings

from realtime.broadcast import publish
from realtime.presence import connection_records
from realtime.presence.connection_records import Address
from realtime.sockets.live_connection import LiveConnection
from speaktracker import db

ATTEMPTS = 3
PARALLEL = 10
ACKS_PER_MESSAGE = 3  # delivered, seen and played


@dataclass(frozen=True, slots=True)
class Numbered:
    """One message of its recipient's sequence, ready to be written."""

    sequence: int
    message_id: str
    text: str


class Source(Protocol):
    """Where a recipient's messages are kept; the app that owns them provides it."""

    async def undelivered(self, user_id: int, acknowledges: bool) -> Sequence[Numbered]:
        """Read, in order, what a new connection has to be given."""
        ...

    async def after(self, user_id: int, sequence: int) -> Sequence[Numbered]:
        """Read, in order, what comes after `sequence`."""
        ...

    async def waiting(self, user_ids: Collection[int]) -> Collection[int]:
        """Tell which of these users have messages that nobody confirmed."""
        ...

    async def written(self, user_id: int, message_ids: Sequence[str]) -> None:
        """Remember that a connection wrote these."""
        ...


class Mailbox:
    """The sequence of one connection: what it has written, and how it catches up."""

    def __init__(self, connection: LiveConnection, source: Source, last: int) -> None:
        self._connection = connection
        self._user_id = connection.user_id
        self._source = source
        self._last = last
        self._order = asyncio.Lock()

    async def replay(self, acknowledges: bool) -> None:
        """Write what nobody has confirmed before this connection stood."""
        async with self._order:
            waiting = await self._source.undelivered(self._user_id, acknowledges)
            await self._write(waiting)

    async def receive(self, message: Numbered) -> bool:
        """Write a pushed message in its turn; True when it stands written, now or before."""
        async with self._order:
            if message.sequence == self._last + 1:
                return await self._one(message)
            if message.sequence > self._last:
                await self._write(await self._source.after(self._user_id, self._last))
            return message.sequence <= self._last

    async def catch_up(self) -> None:
        """Write what a lost push left out, and confirm what was written but not remembered."""
        async with self._order:
            waiting = await self._source.undelivered(self._user_id, False)
            known = [message.message_id for message in waiting if message.sequence <= self._last]
            if known:
                await self._source.written(self._user_id, known)
            await self._write([message for message in waiting if message.sequence > self._last])

    async def _write(self, messages: Iterable[Numbered]) -> None:
        written = []
        for message in messages:
            if not await self._one(message):
                break
            written.append(message.message_id)
        if written:
            await self._source.written(self._user_id, written)

    async def _one(self, message: Numbered) -> bool:
        self._connection.touch()
        if not await self._connection.outlet.write(message.text):
            return False
        self._connection.acks_expected += ACKS_PER_MESSAGE
        self._last = max(self._last, message.sequence)
        return True


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a delivery went: how many connections confirmed, and whether any was live at the end."""

    confirmed: int
    online: bool


async def deliver(user_id: int, message: Numbered) -> Receipt:
    """Push to every live connection; only those that do not confirm are tried again."""
    layer = get_channel_layer()
    inbox = await layer.new_channel("delivery.")
    confirmed: set[str] = set()
    try:
        missing = await _unconfirmed(user_id, confirmed)
        for attempt in range(ATTEMPTS):
            if not missing:
                break
            expected = {address.connection_id for address in missing}
            await _push(missing, message, inbox)
            pause = settings.LIMITS.delivery_attempt_seconds * (1 + attempt / 2)
            await _collect(layer, inbox, confirmed, expected, pause)
            # Those that left meanwhile are missed no longer, those that came are tried too.
            missing = [] if expected <= confirmed else await _unconfirmed(user_id, confirmed)
        return Receipt(len(confirmed), bool(confirmed or missing))
    finally:
        _forget(layer, inbox)


async def _unconfirmed(user_id: int, confirmed: set[str]) -> list[Address]:
    live = await db.read(connection_records.addresses, user_id)
    return [address for address in live if address.connection_id not in confirmed]


async def _push(addresses: Sequence[Address], message: Numbered, inbox: str) -> None:
    event = {
        "type": "message.deliver",
        "sequence": message.sequence,
        "message_id": message.message_id,
        "text": message.text,
        "reply_to": inbox,
    }
    turns = asyncio.Semaphore(PARALLEL)

    async def push(address: Address) -> None:
        async with turns:
            await publish.send(address.channel, event)

    await asyncio.gather(*(push(address) for address in addresses))


async def _collect(
    layer: Any, inbox: str, confirmed: set[str], expected: set[str], seconds: float
) -> None:
    try:
        async with asyncio.timeout(seconds):
            while not expected <= confirmed:
                event = await layer.receive(inbox)
                if event["type"] == "delivery.confirmed":
                    confirmed.add(event["connection_id"])
    except TimeoutError:
        return


def _forget(layer: Any, inbox: str) -> None:
    forget = getattr(layer, "forget", None)  # Channels' own layers drop idle channels themselves
    if forget:
        forget(inbox)
