"""What the links of one node tell the cluster they are part of."""

from typing import TYPE_CHECKING, Protocol

from speaktracker.layers.redis.cluster.slot_owners import Node, SlotRanges

if TYPE_CHECKING:
    from speaktracker.layers.redis.cluster.shard_publisher import ShardPublisher


class SlotMoves(Protocol):
    """Follows slots from node to node."""

    def start(self) -> None:
        """Begin to ask who serves which slots."""

    def refresh(self) -> None:
        """Ask anew, something has changed."""

    def moved(self, slot: int, node: Node) -> None:
        """Note that the node which served `slot` names another one."""

    def heed(self, node: Node, ranges: SlotRanges) -> None:
        """Note what `node` says of the slots that it serves itself."""

    def publisher_of(self, topic: bytes) -> "ShardPublisher":
        """Return the publisher of the node that serves `topic` now."""
