"""A numbered message to every live connection of its recipient: push, confirm, retry, give up.

The push is a hint; what receives it is `realtime.sockets.ordered_feedback`.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from realtime.broadcast import publish
from realtime.presence import connection_records
from realtime.presence.connection_records import SocketAddress
from speaktracker import db
from speaktracker.layers.subscription import Subscription

ATTEMPTS = 3
PARALLEL = 10


@dataclass(frozen=True, slots=True)
class NumberedMessage:
    """One message of its recipient's sequence, ready to be written."""

    sequence: int
    message_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a delivery went: how many connections confirmed, and whether any was live at the end."""

    confirmed: int
    online: bool


async def deliver(user_id: int, message: NumberedMessage) -> Receipt:
    """Push to every live connection; only those that do not confirm are tried again.

    Raises Unavailable when the connection records cannot be read.
    """
    delivery = Delivery(user_id, message)
    confirmations = await Subscription.open("delivery.")
    confirmations.start(delivery.on_confirmation)
    try:
        for attempt in range(ATTEMPTS):
            missing = await delivery.unconfirmed()
            if not missing:
                return delivery.receipt(online=False)
            await delivery.push(missing, reply_to=confirmations.channel)
            pause = settings.LIMITS.delivery_attempt_seconds * (1 + attempt / 2)
            if await delivery.is_confirmed(within_seconds=pause):
                return delivery.receipt(online=True)
        # Those that left meanwhile are missed no longer.
        return delivery.receipt(online=bool(await delivery.unconfirmed()))
    finally:
        confirmations.close()


class Delivery:
    """One message on its way to a user's connections, and who has confirmed it."""

    def __init__(self, user_id: int, message: NumberedMessage) -> None:
        self._user_id = user_id
        self._event = {
            "type": "message.deliver",
            "sequence": message.sequence,
            "message_id": message.message_id,
            "text": message.text,
        }
        self._confirmed: set[str] = set()
        self._expected: set[str] = set()
        self._all_confirmed = asyncio.Event()

    async def unconfirmed(self) -> list[SocketAddress]:
        """Find the connections, as they are now, that have not confirmed."""
        live = await db.read(connection_records.addresses, self._user_id)
        return [address for address in live if address.connection_id not in self._confirmed]

    async def push(self, addresses: Sequence[SocketAddress], reply_to: str) -> None:
        """Send to each, ten at a time; they confirm to the channel `reply_to`."""
        self._expected = {address.connection_id for address in addresses}
        self._all_confirmed.clear()
        event = {**self._event, "reply_to": reply_to}
        turns = asyncio.Semaphore(PARALLEL)

        async def push(address: SocketAddress) -> None:
            async with turns:
                await publish.send(address.channel, event)

        await asyncio.gather(*(push(address) for address in addresses))

    def on_confirmation(self, event: dict[str, Any]) -> None:
        """Note that a connection has written the message."""
        if event["type"] == "delivery.confirmed":
            self._confirmed.add(event["connection_id"])
            if self._expected <= self._confirmed:
                self._all_confirmed.set()

    async def is_confirmed(self, *, within_seconds: float) -> bool:
        """Wait until all that were pushed to have confirmed; False when some have not in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_seconds):
                await self._all_confirmed.wait()
        return self._expected <= self._confirmed

    def receipt(self, *, online: bool) -> Receipt:
        """Say how it went; whoever confirmed was online."""
        return Receipt(len(self._confirmed), online or bool(self._confirmed))
