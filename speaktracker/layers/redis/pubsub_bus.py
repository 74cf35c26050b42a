"""The way to the other processes: topics and envelopes, over a publisher and a subscriber."""

import asyncio
import logging
import threading
from collections.abc import Collection, Iterable, Mapping
from functools import partial
from typing import Final

from speaktracker.layers.envelopes import Envelopes
from speaktracker.layers.installation import SIGNATURE_LENGTH
from speaktracker.layers.local_channels import ChannelQueue, LocalChannels
from speaktracker.layers.packed_events import GAP, Event, decode, decode_all
from speaktracker.layers.redis.address import RedisAddress
from speaktracker.layers.redis.cluster.cluster_shards import ClusterShards
from speaktracker.layers.redis.publisher import LONGEST_BACKLOG
from speaktracker.layers.redis.shard import BusEnds, Shard
from speaktracker.layers.running_loop import running_loop

logger = logging.getLogger(__name__)

PROCESS_ID_LENGTH: Final = 16
GROUP: Final = "group."
INBOX: Final = "process."
_END_OF_NAME: Final = b"\0"


class Bus:
    """Carry events between this process and the others, for one event loop.

    What is sealed is the sender's process id, for a channel its name and a zero byte, and the event
    as msgpack, for a group one or more. What this process sent itself was delivered before it was
    published and is ignored.
    """

    def __init__(
        self, address: RedisAddress, envelopes: Envelopes, process: str, channels: LocalChannels
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.gaps = 0
        self._channels = channels
        self._process = process.encode()
        self._envelopes = envelopes
        self._groups, self._inboxes = envelopes.topic(GROUP), envelopes.topic(INBOX)
        inbox = self._inboxes + self._process
        ends = BusEnds(self._seal, self.receive, self.announce_gap, inbox)
        self._shards = ClusterShards(address, ends) if address.cluster else Shard(address, ends)
        self._shard_of = self._shards.of
        self._inbox_open = False
        # Signatures of what Redis will send back here: known as ours without another look.
        self._echoes: set[bytes] = set()

    @property
    def healthy(self) -> bool:
        """Tell whether no link is known to be down."""
        return not self._shards.trouble

    @property
    def trouble(self) -> str:
        """Say why a link is down; empty where none is."""
        return self._shards.trouble

    @property
    def nodes(self) -> Mapping[str, bool]:
        """Tell of each node of a cluster whether its links are up."""
        return self._shards.nodes

    async def open_inbox(self) -> None:
        """Receive what other processes send to the channels of this one."""
        topics = self._envelopes.topics(INBOX + self._process.decode())
        if not self._inbox_open:
            self._inbox_open = True
            for topic in topics:
                self._shard_of(topic).subscriber.subscribe(topic)
                self._shard_of(topic).publisher.start()
        for topic in topics:
            await self._shards.confirmed(topic)

    def join(self, group: str) -> None:
        """Receive what is sent to `group` for one more member."""
        for topic in self._envelopes.topics(GROUP + group):
            self._shard_of(topic).subscriber.subscribe(topic)
            self._shard_of(topic).audience.forget(topic)

    def leave(self, group: str) -> None:
        """Receive what is sent to `group` for one member less."""
        for topic in self._envelopes.topics(GROUP + group):
            self._shard_of(topic).subscriber.unsubscribe(topic)
            self._shard_of(topic).audience.forget(topic)

    def is_elsewhere(self, group: str) -> bool:
        """Tell whether others may hear `group`: False only while Redis counts nobody else."""
        topic = self._groups + group.encode()
        return self._shard_of(topic).audience.is_elsewhere(topic)

    def heard_elsewhere(self, group: str) -> None:
        """Note that another process listens to `group` now."""
        topic = self._groups + group.encode()
        self._shard_of(topic).audience.forget(topic)

    async def joined(self, group: str) -> None:
        """Wait until what others send to `group` arrives here, as far as Redis is there."""
        for topic in self._envelopes.topics(GROUP + group):
            await self._shards.confirmed(topic)

    async def publish(self, group: str, packed: bytes) -> None:
        """Send an event to the members of `group` elsewhere; Unavailable when Redis is away."""
        topic = self._groups + group.encode()
        await self._shard_of(topic).publisher.publish(topic, packed)

    def publish_nowait(self, group: str, packed: bytes) -> None:
        """Send without waiting for Redis; Unavailable when it is known to be away."""
        topic = self._groups + group.encode()
        self._shard_of(topic).publisher.publish_nowait(topic, packed)

    async def forward(self, channel: str, packed: bytes) -> None:
        """Send an event to a channel of another process; Unavailable when Redis is away."""
        topic, addressed = self._addressed(channel, packed)
        await self._shard_of(topic).publisher.publish(topic, addressed)

    def forward_nowait(self, channel: str, packed: bytes) -> None:
        """Send without waiting for Redis; Unavailable when it is known to be away."""
        topic, addressed = self._addressed(channel, packed)
        self._shard_of(topic).publisher.publish_alone(topic, addressed)

    def receive(self, topic: bytes, envelope: bytes) -> None:
        """Deliver what came from Redis to whom it is for in this loop."""
        if (signature := envelope[:SIGNATURE_LENGTH]) in self._echoes:
            self._echoes.discard(signature)
            return
        opened = self._envelopes.open(topic, envelope)
        if opened is None or envelope.startswith(self._process, SIGNATURE_LENGTH):
            return
        name, rest = opened[0], opened[1][PROCESS_ID_LENGTH:]
        try:
            if name.startswith(GROUP):
                members = self._channels.members(name.removeprefix(GROUP))
                for event in decode_all(rest):
                    self._deliver(members, event)
            else:
                channel, _, packed = bytes(rest).partition(_END_OF_NAME)
                queue = self._channels.find(channel.decode())
                self._deliver([queue] if queue else [], decode(packed))
        except (TypeError, ValueError):
            # A newer or older release may speak differently for the time of a deployment.
            logger.warning("An event on %s is not readable; it is dropped.", topic.decode())

    def announce_gap(self, topics: Collection[bytes]) -> None:
        """Tell the channels of this loop that hear `topics` that anything may have been missed."""
        self.gaps += 1
        names = [topic.rpartition(b":")[2].decode() for topic in topics]
        if all(name.startswith(GROUP) for name in names):
            groups = [self._channels.members(name.removeprefix(GROUP)) for name in names]
            concerned = [*{queue.name: queue for members in groups for queue in members}.values()]
        else:
            concerned = self._channels.everyone()
        self._deliver(concerned, {"type": GAP})

    async def close(self) -> None:
        """Publish what waits and end both links."""
        await self._shards.close()

    def _seal(self, topic: bytes, payload: bytes) -> bytes:
        envelope = self._envelopes.seal(topic, self._process + payload)
        if self._shard_of(topic).subscriber.wants(topic):
            if len(self._echoes) >= LONGEST_BACKLOG:  # those that were lost with a connection
                self._echoes.clear()
            self._echoes.add(envelope[:SIGNATURE_LENGTH])
        return envelope

    def _addressed(self, channel: str, packed: bytes) -> tuple[bytes, bytes]:
        """Return the topic and the envelope of an event for one channel."""
        process = channel.partition("!")[0][-PROCESS_ID_LENGTH:]
        return self._inboxes + process.encode(), channel.encode() + _END_OF_NAME + packed

    def _deliver(self, queues: Iterable[ChannelQueue], event: Event) -> None:
        # Every loop of the process subscribes for its own members.
        self._channels.deliver((queue for queue in queues if queue.loop is self.loop), event)


class Buses:
    """One bus for each event loop that needs one."""

    def __init__(
        self, address: RedisAddress, envelopes: Envelopes, process: str, channels: LocalChannels
    ) -> None:
        self._make = partial(Bus, address, envelopes, process, channels)
        self._lock = threading.Lock()
        self._buses: dict[asyncio.AbstractEventLoop, Bus] = {}
        self._past_gaps = 0

    def here(self) -> Bus:
        """Return the running loop's bus."""
        loop = running_loop()
        if (bus := self._buses.get(loop)) is not None:
            return bus
        self._living()
        with self._lock:
            return self._buses.setdefault(loop, self._make())

    async def close(self) -> None:
        """End the running loop's bus, if it has one."""
        with self._lock:
            bus = self._remove(asyncio.get_running_loop())
        if bus is not None:
            await bus.close()

    @property
    def healthy(self) -> bool:
        """Tell whether no living loop has lost Redis."""
        return all(bus.healthy for bus in self._living())

    @property
    def trouble(self) -> str:
        """Say why some loop has lost Redis; empty where none has."""
        return next((bus.trouble for bus in self._living() if bus.trouble), "")

    @property
    def nodes(self) -> Mapping[str, bool]:
        """Tell of each node of a cluster whether no loop has lost it."""
        told = [(node, is_up) for bus in self._living() for node, is_up in bus.nodes.items()]
        return {node: (node, False) not in told for node, _ in told}

    @property
    def gaps(self) -> int:
        """Count the gaps of all loops, past ones included."""
        return self._past_gaps + sum(bus.gaps for bus in self._living())

    def _living(self) -> list[Bus]:
        with self._lock:
            for loop in [loop for loop in self._buses if loop.is_closed()]:
                self._remove(loop)
            return list(self._buses.values())

    def _remove(self, loop: asyncio.AbstractEventLoop) -> Bus | None:
        bus = self._buses.pop(loop, None)
        if bus is not None:
            self._past_gaps += bus.gaps
        return bus
