"""The links to one Redis: what is published there, what is heard from there, and who else listens.

A plain Redis is one shard; a cluster has several, each with the topics of its slots.
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from speaktracker.layers.redis.address import RedisAddress
from speaktracker.layers.redis.audience import Audience
from speaktracker.layers.redis.publisher import Publisher, Seal
from speaktracker.layers.redis.resp_wire import OnMessage
from speaktracker.layers.redis.subscriber import OnGap, Subscriber


@dataclass(frozen=True, slots=True)
class BusEnds:
    """What a bus does with what leaves and comes, and the topic that it hears itself on."""

    seal: Seal
    on_message: OnMessage
    on_gap: OnGap
    inbox: bytes


class Shard:
    """A publisher, a subscriber and what is known of the audience of one Redis."""

    def __init__(self, address: RedisAddress, ends: BusEnds) -> None:
        self._on_gap = ends.on_gap
        self.subscriber = Subscriber(address, ends.on_message, self._note_gap)
        self.publisher = Publisher(address, ends.seal, self.subscriber, ends.inbox)
        self.audience = Audience(self.publisher, self.subscriber)
        self.publisher.partner, self.subscriber.partner = self.subscriber, self.publisher

    def of(self, _topic: bytes) -> "Shard":
        """Return the shard of a topic: here, the only one."""
        return self

    @property
    def trouble(self) -> str:
        """Say why a link is down; empty where none is."""
        if self.publisher.down:
            return self.publisher.trouble
        return self.subscriber.trouble if self.subscriber.down else ""

    @property
    def nodes(self) -> Mapping[str, bool]:
        """Name the nodes of a cluster: here none."""
        return {}

    async def confirmed(self, topic: bytes) -> None:
        """Wait until what others publish on `topic` arrives here, as far as Redis is there."""
        await self.subscriber.confirmed(topic)

    async def close(self) -> None:
        """Publish what waits and end both links."""
        self.publisher.flush()
        await asyncio.gather(self.publisher.close(), self.subscriber.close())

    def _note_gap(self, topics: Collection[bytes]) -> None:
        self.audience.forget_all()
        self._on_gap(topics)
