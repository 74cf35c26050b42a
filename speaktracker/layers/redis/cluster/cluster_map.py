"""The link that keeps asking who serves which slots."""

import asyncio
from collections.abc import Callable

from speaktracker.layers.redis.address import RedisAddress
from speaktracker.layers.redis.cluster.slot_owners import (
    CLUSTER_INFO,
    CLUSTER_SLOTS,
    WHOLE,
    Node,
    SlotRanges,
    find_owners,
    slot_ranges,
)
from speaktracker.layers.redis.kept_link import Link
from speaktracker.layers.redis.resp_wire import Answer, Wire


class ClusterMap(Link):
    """Ask one node every few seconds, and at once when something seems to have changed.

    `on_learned` gets each answer; `on_unknown` the reason whenever no node can be asked.
    """

    def __init__(
        self,
        address: RedisAddress,
        on_learned: Callable[[SlotRanges], None],
        on_unknown: Callable[[str], None],
    ) -> None:
        super().__init__(address)
        self._on_learned = on_learned
        self._on_unknown = on_unknown
        self._asked: Node = address.hosts[0]
        self._ranges: SlotRanges = ()
        self._answer: Answer | None = None

    def refresh(self) -> None:
        """Ask now: a node was lost, or serves other slots than it did."""
        self.retry_now()
        if self.wire is not None and self._answer is None:
            self._answer = self.wire.ask(CLUSTER_SLOTS)
            self._answer.add_done_callback(self._on_answer)

    async def dial(self) -> Wire:
        """Connect to the first node that can be asked, those that serve slots before all others."""
        wire, self._asked, self._ranges = await find_owners(
            self._address, [node for *_, node in self._ranges]
        )
        return wire

    async def on_open(self, wire: Wire) -> None:  # noqa: ARG002
        """Tell what the new node said."""
        self._on_learned(self._ranges)

    def on_failed(self, reason: str) -> None:
        """Tell that nobody can be asked."""
        self._on_unknown(reason)

    async def probe(self, wire: Wire) -> None:
        """Ask again; while its node sees no whole cluster, another one may know more."""
        info, slots = await asyncio.gather(wire.ask(CLUSTER_INFO), wire.ask(CLUSTER_SLOTS))
        self._learn(slots)
        if WHOLE not in info:
            wire.abort("the node sees no whole cluster")

    def _on_answer(self, answer: Answer) -> None:
        self._answer = None
        if not answer.cancelled() and answer.exception() is None:
            self._learn(answer.result())

    def _learn(self, slots: object) -> None:
        self._ranges = slot_ranges(slots, self._asked)
        self._on_learned(self._ranges)
