"""A numbered message to every live connection of its recipient: push, confirm, retry, give up.

The push is a hint; what receives it is `realtime.sockets.ordered_feedback`.
"""

import asyncio
import itertools
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from django.conf import settings

from realtime.broadcast import publish
from realtime.presence import connection_records
from realtime.presence.connection_records import SocketAddress
from speaktracker import db
from speaktracker.layers.subscription import SharedChannel, Subscription

ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class NumberedMessage:
    """One message of its recipient's sequence, ready to be written."""

    sequence: int
    message_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a delivery went, and how many connections confirmed that they wrote the message.

    `delivered` to one at least; else `failed`, or `queued` where no connection was live at the end.
    """

    status: Literal["delivered", "queued", "failed"]
    connections: int


async def deliver(user_id: int, message: NumberedMessage, live: Sequence[SocketAddress]) -> Outcome:
    """Push to every live connection; only those that do not confirm are tried again.

    `live` are those that there were when the message was stored: later ones have it replayed, or
    are found by the second attempt. Raises Unavailable when the records cannot be read again.
    """
    confirmations = await Confirmations.of_this_loop()
    delivery = Delivery(message, confirmations.subscription.channel)
    confirmations.expected[message.message_id] = delivery
    try:
        for attempt in itertools.count():
            missing = [one for one in live if one.connection_id not in delivery.confirmed]
            # Those that left after the last attempt are missed no longer.
            if not missing or attempt == ATTEMPTS:
                break
            pause = settings.LIMITS.delivery_attempt_seconds * (1 + attempt / 2)
            if await delivery.push(missing, within_seconds=pause):
                break
            live = await db.read(connection_records.addresses, user_id)
    finally:
        del confirmations.expected[message.message_id]
    if delivery.confirmed:
        return Outcome("delivered", len(delivery.confirmed))
    return Outcome("failed" if missing else "queued", 0)


class Delivery:
    """One message on its way to a user's connections, and which of them have confirmed it."""

    def __init__(self, message: NumberedMessage, reply_to: str) -> None:
        self.confirmed: set[str] = set()
        self._missing: set[str] = set()
        self._all_confirmed = asyncio.Event()
        self._event = {
            "type": "message.deliver",
            "sequence": message.sequence,
            "message_id": message.message_id,
            "text": message.text,
            "reply_to": reply_to,
        }

    async def push(self, addresses: Sequence[SocketAddress], within_seconds: float) -> bool:
        """Send to each, all at once, and wait; False when some have not confirmed in time."""
        self._missing = {address.connection_id for address in addresses}
        self._all_confirmed.clear()
        for address in addresses:
            publish.send(address.channel, self._event)
        with suppress(TimeoutError):
            async with asyncio.timeout(within_seconds):
                await self._all_confirmed.wait()
        return not self._missing

    def confirm(self, connection_id: str) -> None:
        """Note that a connection has written the message."""
        self.confirmed.add(connection_id)
        self._missing.discard(connection_id)
        if not self._missing:
            self._all_confirmed.set()


class Confirmations(SharedChannel):
    """The channel on which an event loop's deliveries are confirmed, one for all of them.

    `expected` has those under way by the id of their message.
    """

    prefix = "delivery."

    def __init__(self, subscription: Subscription) -> None:
        self.expected: dict[str, Delivery] = {}
        super().__init__(subscription)

    def receive(self, event: dict[str, Any]) -> None:
        """Pass a confirmation on to its delivery; one that comes late has none any more."""
        if event["type"] == "delivery.confirmed":
            delivery = self.expected.get(event["message_id"])
            if delivery is not None:
                delivery.confirm(event["connection_id"])
