"""The subscribing half of one node of a cluster."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any, Final

import hiredis
from redis.crc import key_slot

from speaktracker.layers.redis.address import RedisAddress
from speaktracker.layers.redis.cluster.shard_wire import ShardWire
from speaktracker.layers.redis.cluster.slot_moves import SlotMoves
from speaktracker.layers.redis.cluster.slot_owners import Node, moved_to, named
from speaktracker.layers.redis.dialing import dial
from speaktracker.layers.redis.resp_wire import Answer, OnMessage, Wire
from speaktracker.layers.redis.subscriber import OnGap, Subscriber

# What a node says while nobody serves a slot, or while it is not ready itself.
UNSERVED: Final = ("CLUSTERDOWN", "TRYAGAIN", "LOADING", "MASTERDOWN")


class ShardSubscriber(Subscriber):
    """Receive the topics whose slots one `node` serves; None before it is known which does.

    A topic that has come from another node, or was taken away and given back, is a gap of its own.
    """

    SUBSCRIBE = b"SSUBSCRIBE"

    def __init__(
        self,
        address: RedisAddress,
        on_message: OnMessage,
        on_gap: OnGap,
        node: Node | None,
        cluster: SlotMoves,
    ) -> None:
        super().__init__(address, on_message, on_gap)
        self._loop = asyncio.get_running_loop()
        self._node = node
        self._cluster = cluster
        # Of which something may be missing, and of those the ones that are heard again.
        self._interrupted: set[bytes] = set()
        self._resumed: set[bytes] = set()
        # Those that the node could not give now, since nobody serves their slot.
        self._unserved: set[bytes] = set()
        if node is not None:
            self._of = f"{named(node)}: "

    @property
    def has_missed(self) -> bool:
        """Tell whether something may have been missed before there was a connection."""
        return self._missed

    def start(self) -> None:
        """Begin to connect, or to look for whom to connect to."""
        if self._node is None:
            self._cluster.start()
        else:
            super().start()

    def release(self, slots: Collection[int]) -> dict[bytes, int]:
        """Give away the topics of `slots`, each with how many want it.

        They are not unsubscribed: the node does that itself when it stops to serve them.
        """
        topics = [topic for topic in self._wanted if key_slot(topic) in slots]
        for topic in topics:
            self._confirmed.discard(topic)
            self._unconfirmed.pop(topic, None)
            self._interrupted.discard(topic)
        return {topic: self._wanted.pop(topic) for topic in topics}

    def adopt(self, wanted: Mapping[bytes, int], *, was_heard: bool) -> None:
        """Receive topics of another node from now on; those that it `was_heard` on have a gap."""
        if not wanted:
            return
        self.start()
        self._wanted.update(wanted)
        if self.wire is None:
            self._missed = self._missed or was_heard
            return
        if was_heard:
            self._interrupted.update(wanted)
        for topic in wanted:
            self._ask_for(topic, self.wire)

    async def dial(self) -> Wire:
        """Make a connection that takes messages, and notes topics that are taken away."""
        return await dial(self._address, ShardWire(self._on_message, self._on_taken_away))

    async def probe(self, wire: Wire) -> None:
        """Ask whether the node is there, and again for what it has refused."""
        await super().probe(wire)
        unserved, self._unserved = self._unserved, set()
        for topic in unserved & self._wanted.keys():
            self._interrupted.add(topic)
            self._ask_for(topic, wire)

    def on_lost(self) -> None:
        """Note that messages are missed, and look whether another node serves the topics now."""
        super().on_lost()
        self._cluster.refresh()

    def on_failed(self, reason: str) -> None:
        """Note that messages are missed, and look whether another node serves the topics now."""
        super().on_failed(reason)
        self._cluster.refresh()

    def _on_taken_away(self, topic: bytes) -> None:
        if topic in self._wanted and self.wire is not None:
            self._confirmed.discard(topic)
            self._interrupted.add(topic)
            self._ask_for(topic, self.wire)  # which it refuses, and names the node that has it

    def _leave(self, topic: bytes, wire: Wire) -> None:
        self._interrupted.discard(topic)
        if isinstance(wire, ShardWire):
            wire.leave(topic)

    def _confirm(self, topic: bytes, wire: Wire, answer: Answer) -> None:
        error = None if answer.cancelled() else answer.exception()
        if isinstance(error, hiredis.ReplyError):
            self._follow(topic, wire, answer, error)
            return
        if error is None and not _is_of(topic, answer.result()):
            wire.abort("its answers are out of step")
            return
        super()._confirm(topic, wire, answer)
        if topic in self._confirmed and topic in self._interrupted:
            self._interrupted.discard(topic)
            if not self._resumed:
                self._loop.call_soon(self._tell_gap)
            self._resumed.add(topic)

    def _follow(self, topic: bytes, wire: Wire, answer: Answer, error: hiredis.ReplyError) -> None:
        if self._unconfirmed.get(topic) is answer:
            del self._unconfirmed[topic]
        moved = moved_to(error, self._node) if self._node else None
        if moved is not None and moved[0] != key_slot(topic):
            wire.abort("its answers are out of step")
        elif moved is not None:
            self._cluster.moved(*moved)
        elif str(error).startswith(UNSERVED):
            self._unserved.add(topic)
            self._cluster.refresh()
        else:
            super()._confirm(topic, wire, answer)

    def _tell_gap(self) -> None:
        topics, self._resumed = self._resumed, set()
        self._on_gap(topics)


def _is_of(topic: bytes, answer: Any) -> bool:
    return isinstance(answer, list) and answer[:2] == [b"ssubscribe", topic]
