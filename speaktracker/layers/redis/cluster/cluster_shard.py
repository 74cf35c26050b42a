"""The links to one master of a cluster."""

from collections.abc import Collection, Iterable

from speaktracker.layers.redis.address import RedisAddress
from speaktracker.layers.redis.audience import Audience
from speaktracker.layers.redis.cluster.shard_publisher import ShardPublisher
from speaktracker.layers.redis.cluster.shard_subscriber import ShardSubscriber
from speaktracker.layers.redis.cluster.slot_moves import SlotMoves
from speaktracker.layers.redis.cluster.slot_owners import CLUSTER_SLOTS, Node, slot_ranges
from speaktracker.layers.redis.publisher import Publisher
from speaktracker.layers.redis.resp_wire import Answer, Wire, command
from speaktracker.layers.redis.shard import BusEnds, Shard
from speaktracker.layers.redis.subscriber import Subscriber


class ShardAudience(Audience):
    """Ask one node who listens to its topics, and whether they are its topics still.

    A node from which a slot has moved counts nobody there, and says no more than that.
    """

    def __init__(
        self, publisher: Publisher, subscriber: Subscriber, node: Node, cluster: SlotMoves
    ) -> None:
        super().__init__(publisher, subscriber)
        self._node = node
        self._cluster = cluster

    def _count(self, wire: Wire, topics: Iterable[bytes]) -> Answer:
        counts = wire.ask(command(b"PUBSUB", b"SHARDNUMSUB", *topics))
        wire.ask(CLUSTER_SLOTS).add_done_callback(self._heed)
        return counts

    def _heed(self, answer: Answer) -> None:
        if not answer.cancelled() and answer.exception() is None:
            self._cluster.heed(self._node, slot_ranges(answer.result(), self._node))


class ClusterShard(Shard):
    """What belongs to the slots of one `node`; without one, to slots that nobody serves."""

    publisher: ShardPublisher
    subscriber: ShardSubscriber

    def __init__(
        self, address: RedisAddress, ends: BusEnds, node: Node | None, cluster: SlotMoves
    ) -> None:
        self._on_gap = ends.on_gap
        self._node = node
        self.subscriber = ShardSubscriber(address, ends.on_message, self._note_gap, node, cluster)
        self.publisher = ShardPublisher(address, ends, self.subscriber, node, cluster)
        self.audience = ShardAudience(self.publisher, self.subscriber, node or ("", 0), cluster)
        self.publisher.partner, self.subscriber.partner = self.subscriber, self.publisher

    def take_over(self, old: "ClusterShard", slots: Collection[int]) -> None:
        """Take what `old` had in `slots`: who listens, and what was kept for this moment."""
        published = old.publisher.release(slots)
        if old is not self:
            was_heard = old._node is not None or old.subscriber.has_missed
            self.subscriber.adopt(old.subscriber.release(slots), was_heard=was_heard)
            if old._node is not None:
                self.audience.forget_all()  # others may come later than this process
        self.publisher.take(published)

    def stand(self, trouble: str) -> None:
        """Say why nobody is known who serves these slots; empty when it is no fault any more."""
        for link in (self.publisher, self.subscriber):
            link.down, link.trouble = bool(trouble), trouble
            link.settled.set()
        if trouble:
            Publisher.on_failed(self.publisher, trouble)
            Subscriber.on_failed(self.subscriber, trouble)
