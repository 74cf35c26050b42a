"""The shards of a cluster: topics are where their slots are, and go with them."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from functools import partial
from typing import Final

from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot

from speaktracker.layers.redis.address import RedisAddress
from speaktracker.layers.redis.cluster.cluster_map import ClusterMap
from speaktracker.layers.redis.cluster.cluster_shard import ClusterShard
from speaktracker.layers.redis.cluster.shard_publisher import ShardPublisher
from speaktracker.layers.redis.cluster.slot_owners import Node, SlotRanges, named
from speaktracker.layers.redis.shard import BusEnds

# While a slot moves, nodes may name each other: so long each has to hear of it.
PAUSE_SECONDS: Final = 0.1
# So long a third node may not have heard what the owner of a slot has said of it.
SETTLED_SECONDS: Final = 2.0


class ClusterShards:
    """One shard for each master, by the slots that it serves; one more for slots that nobody does.

    A slot changes its shard only when all that was published in it has been answered: until then
    what comes is held. So the order of each topic stays, wherever it goes.
    """

    def __init__(self, address: RedisAddress, ends: BusEnds) -> None:
        self._loop = asyncio.get_running_loop()
        self._address = address
        self._ends = ends
        self._map = ClusterMap(address, self._learn, self._lose)
        self._nowhere = ClusterShard(address, ends, None, self)
        self._shards: dict[Node, ClusterShard] = {}
        self._of_slot = [self._nowhere] * REDIS_CLUSTER_HASH_SLOTS
        self._slots = Counter({self._nowhere: REDIS_CLUSTER_HASH_SLOTS})
        self._ranges: SlotRanges = ()
        # Slots on their way to another shard, and when (seconds of the loop) others have moved.
        self._moving: dict[int, ClusterShard] = {}
        self._moved_at: dict[int, float] = {}
        self._retiring: set[asyncio.Task[None]] = set()

    def of(self, topic: bytes) -> ClusterShard:
        """Return the shard that serves `topic` now."""
        return self._of_slot[key_slot(topic)]

    def publisher_of(self, topic: bytes) -> ShardPublisher:
        """Return the publisher of the shard that serves `topic` now."""
        return self.of(topic).publisher

    async def confirmed(self, topic: bytes) -> None:
        """Wait until what others publish on `topic` arrives here, as far as its node is there."""
        shard = None
        while shard is not self.of(topic):
            shard = self.of(topic)
            await shard.confirmed(topic)

    @property
    def trouble(self) -> str:
        """Say which node is away and why; empty where none is."""
        shards = (self._nowhere, *self._shards.values())
        return next((shard.trouble for shard in shards if shard.trouble), "")

    @property
    def nodes(self) -> Mapping[str, bool]:
        """Tell of each node whether it can be used, as far as is known."""
        return {named(node): not shard.trouble for node, shard in self._shards.items()}

    def start(self) -> None:
        """Begin to ask who serves which slots."""
        self._map.start()

    def refresh(self) -> None:
        """Ask anew who serves which slots."""
        self._map.refresh()

    def moved(self, slot: int, node: Node) -> None:
        """Follow `slot` to the node that its last owner names."""
        self._ranges = ()
        self._move({slot: self._shard_at(node)})

    def heed(self, node: Node, ranges: SlotRanges) -> None:
        """Follow the slots of `node` that it says others serve."""
        shard = self._shards.get(node)
        if ranges == self._ranges or shard is None:
            return
        self._move(
            {
                slot: self._shard_at(owner)
                for first, last, owner in ranges
                if owner != node
                for slot in range(first, last + 1)
                if self._of_slot[slot] is shard
            }
        )

    async def close(self) -> None:
        """Publish what waits and end all links."""
        shards = [shard.close() for shard in (self._nowhere, *self._shards.values())]
        await asyncio.gather(self._map.close(), *shards, *self._retiring)

    def _learn(self, ranges: SlotRanges) -> None:
        if ranges != self._ranges:
            owners = [self._nowhere] * REDIS_CLUSTER_HASH_SLOTS
            for first, last, node in ranges:
                owners[first : last + 1] = [self._shard_at(node)] * (last + 1 - first)
            settled = self._loop.time() - SETTLED_SECONDS
            young = {slot for slot, at in self._moved_at.items() if at > settled}
            self._ranges = () if young else ranges
            self._move(
                {
                    slot: owner
                    for slot, (owner, known) in enumerate(zip(owners, self._of_slot, strict=True))
                    if owner is not known and slot not in young
                }
            )
            unserved = self._slots[self._nowhere]
            says = f"No node of the cluster serves {unserved} of its slots." if unserved else ""
            self._nowhere.stand(says)
        for node in [node for node, shard in self._shards.items() if not self._slots[shard]]:
            self._retire(node)

    def _lose(self, reason: str) -> None:
        if self._slots[self._nowhere]:
            self._nowhere.stand(reason)

    def _shard_at(self, node: Node) -> ClusterShard:
        if node not in self._shards:
            address = self._address.of_node(node)
            self._shards[node] = ClusterShard(address, self._ends, node, self)
        return self._shards[node]

    def _retire(self, node: Node) -> None:
        if self._shards[node] in self._moving.values():
            return
        ending = self._loop.create_task(self._shards.pop(node).close())
        self._retiring.add(ending)
        ending.add_done_callback(self._retiring.discard)

    def _move(self, moves: Mapping[int, ClusterShard]) -> None:
        leaving: defaultdict[ClusterShard, set[int]] = defaultdict(set)
        for slot, to in moves.items():
            if slot in self._moving:
                self._moving[slot] = to
            elif self._of_slot[slot] is not to:
                self._moving[slot] = to
                leaving[self._of_slot[slot]].add(slot)
        for shard, slots in leaving.items():
            shard.publisher.hold(slots, partial(self._leave, shard, slots))

    def _leave(self, shard: ClusterShard, slots: Collection[int]) -> None:
        before = self._loop.time() - PAUSE_SECONDS
        if any(self._moved_at.get(slot, 0.0) > before for slot in slots):
            self._loop.call_later(PAUSE_SECONDS, self._arrive, shard, slots)
        else:
            self._arrive(shard, slots)

    def _arrive(self, old: ClusterShard, slots: Collection[int]) -> None:
        arriving: defaultdict[ClusterShard, set[int]] = defaultdict(set)
        for slot in slots:
            to = self._of_slot[slot] = self._moving.pop(slot)
            arriving[to].add(slot)
            if old is not self._nowhere:
                self._moved_at[slot] = self._loop.time()
        for to, at_once in arriving.items():
            self._slots[old] -= len(at_once)
            self._slots[to] += len(at_once)
            to.take_over(old, at_once)
