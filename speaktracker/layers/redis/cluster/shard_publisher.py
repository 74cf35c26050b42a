"""The publishing half of one node of a cluster."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Final

import hiredis
from redis.crc import key_slot

from speaktracker.exceptions import Unavailable
from speaktracker.layers.redis.address import RedisAddress
from speaktracker.layers.redis.cluster.slot_moves import SlotMoves
from speaktracker.layers.redis.cluster.slot_owners import Node, moved_to, named
from speaktracker.layers.redis.dialing import PING
from speaktracker.layers.redis.publisher import Publication, Publisher
from speaktracker.layers.redis.resp_wire import Answer
from speaktracker.layers.redis.shard import BusEnds
from speaktracker.layers.redis.subscriber import Subscriber

logger = logging.getLogger(__name__)

# Nodes that name each other are not asked for longer than that by whoever waits.
LONGEST_WAY: Final = 2.0


class ShardPublisher(Publisher):
    """Publish what belongs to the slots of one `node`; None before it is known which serves them.

    What meets a slot that has moved follows it, before whatever is published later on its topic.
    """

    PUBLISH = b"SPUBLISH"

    def __init__(
        self,
        address: RedisAddress,
        ends: BusEnds,
        subscriber: Subscriber,
        node: Node | None,
        cluster: SlotMoves,
    ) -> None:
        super().__init__(address, ends.seal, subscriber, ends.inbox)
        self._node = node
        self._cluster = cluster
        # Of slots that are about to leave: what was refused here, and what came after it.
        self._strays: dict[int, list[Publication]] = {}
        self._held: dict[int, list[Publication]] = {}
        self._refusal_logged = False
        if node is not None:
            self._of = f"{named(node)}: "

    def start(self) -> None:
        """Begin to connect, or to look for whom to connect to."""
        if self._node is None:
            self._cluster.start()
        else:
            super().start()

    async def publish(self, topic: bytes, payload: bytes) -> None:
        """Publish and wait for the node's answer; Unavailable within about 2 s if there is none."""
        try:
            async with asyncio.timeout(LONGEST_WAY):
                await super().publish(topic, payload)
        except TimeoutError:
            raise Unavailable("Redis did not take the event: its slot is moving.") from None

    def hold(self, slots: Collection[int], then: Callable[[], None]) -> None:
        """Keep what is published in `slots` from now on; call `then` when nothing is under way."""
        for slot in slots:
            self._strays[slot], self._held[slot] = [], []
        self.flush()
        if self.wire is None:
            then()
            return

        def answered(fence: Answer) -> None:
            if not fence.cancelled():
                fence.exception()  # a connection that was lost has nothing under way either
            then()

        self.wire.ask(PING).add_done_callback(answered)

    def release(self, slots: Collection[int]) -> list[Publication]:
        """Hand out what was held of `slots`, and what waited for a connection, in order."""
        self.flush()
        waiting, self._early = self._early, deque()
        released: list[Publication] = []
        for publication in waiting:
            left = key_slot(publication[0]) in slots
            (released if left else self._early).append(publication)
        for kept in (self._strays, self._held):
            released += [publication for slot in slots for publication in kept.pop(slot)]
        return released

    def take(self, publications: Iterable[Publication]) -> None:
        """Publish what another node was given first; who waits is told where that is impossible."""
        for topic, framed, answer in publications:
            try:
                self.check()
            except Unavailable as error:
                if answer is not None and not answer.done():
                    answer.set_exception(ConnectionError(str(error)))
            else:
                self._publish(topic, framed, answer)

    def on_lost(self) -> None:
        """Look whether another node serves the slots now."""
        self._cluster.refresh()

    def on_failed(self, reason: str) -> None:
        """Tell those who wait; and look whether another node serves the slots now."""
        super().on_failed(reason)
        self._cluster.refresh()

    def _publish(self, topic: bytes, framed: bytes, answer: Answer | None) -> None:
        if (held := self._held.get(key_slot(topic))) is not None:
            held.append((topic, framed, answer))
        elif self.wire is None:
            super()._publish(topic, framed, answer)
        else:
            reply = self.wire.ask(framed)
            reply.add_done_callback(partial(self._on_reply, (topic, framed, answer)))

    def _on_reply(self, publication: Publication, reply: Answer) -> None:
        error = None if reply.cancelled() else reply.exception()
        answer = publication[2]
        if self._node is not None and (moved := moved_to(error, self._node)):
            self._cluster.moved(*moved)
            if (strays := self._strays.get(moved[0])) is not None:
                strays.append(publication)
            else:
                self._cluster.publisher_of(publication[0]).take([publication])
            return
        if isinstance(error, hiredis.ReplyError):
            self._cluster.refresh()  # CLUSTERDOWN: nobody serves the slot, as far as it knows
            if answer is None and not self._refusal_logged:
                self._refusal_logged = True
                logger.error("Redis refuses what other processes should have heard: %s", error)
        if answer is not None and not answer.done():
            answer.set_exception(error) if error else answer.set_result(reply.result())
