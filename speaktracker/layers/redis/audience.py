"""Who listens elsewhere: what nobody else would hear need not be published.

Redis itself counts the subscribers of a topic (PUBSUB NUMSUB) and is asked once a second for those
that are used. An answer counts for two seconds, and is forgotten at once when somebody elsewhere
says that they listen, when this process begins or ends to, and after a gap.
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from functools import partial
from typing import Final

import hiredis

from speaktracker.layers.redis.publisher import Publisher
from speaktracker.layers.redis.resp_wire import Answer, Wire, command
from speaktracker.layers.redis.subscriber import Subscriber

logger = logging.getLogger(__name__)

ASK_SECONDS: Final = 1.0
TRUSTED_SECONDS: Final = 2.0
# After a gap others may come back later than this process: they are not counted yet.
SUSPECT_SECONDS: Final = 15.0


class Audience:
    """What is known of who listens to the topics of one event loop's bus."""

    COUNT = b"NUMSUB"

    def __init__(self, publisher: Publisher, subscriber: Subscriber) -> None:
        self._loop = asyncio.get_running_loop()
        self._publisher = publisher
        self._subscriber = subscriber
        # Until when (monotonic seconds) nobody but this process listens to a topic.
        self._alone_until: dict[bytes, float] = {}
        self._used: set[bytes] = set()
        # What Redis was asked about last, each with how many of its subscribers are this process.
        self._asked: dict[bytes, int] = {}
        self._suspect_until = 0.0
        self._next_question: asyncio.Handle | None = None
        self._may_ask = True

    def is_elsewhere(self, topic: bytes) -> bool:
        """Tell whether others may listen to `topic`; from then on it is looked at each second."""
        self._used.add(topic)
        if self._next_question is None and self._may_ask:
            self._next_question = self._loop.call_soon(self._ask)
        return time.monotonic() >= self._alone_until.get(topic, 0.0)

    def forget(self, topic: bytes) -> None:
        """Take it that others listen to `topic`, until Redis says otherwise anew."""
        self._alone_until.pop(topic, None)
        self._asked.pop(topic, None)  # the answer may be on its way, and wrong by now

    def forget_all(self) -> None:
        """Take it that others listen to everything, for some time: who is back is unknown."""
        self._alone_until.clear()
        self._suspect_until = time.monotonic() + SUSPECT_SECONDS

    def _ask(self) -> None:
        self._next_question = None
        used, self._used = self._used, set()
        if not used:
            return
        self._next_question = self._loop.call_later(ASK_SECONDS, self._ask)
        now, wire = time.monotonic(), self._publisher.wire
        for topic in [topic for topic, until in self._alone_until.items() if until < now]:
            del self._alone_until[topic]
        if wire is None or now < self._suspect_until:
            return
        # Of a subscription that is under way nobody knows whether it is counted.
        asked = self._asked = {
            topic: int(self._subscriber.wants(topic))
            for topic in used
            if self._subscriber.is_confirmed(topic) == self._subscriber.wants(topic)
        }
        if asked:
            answer = self._count(wire, asked)
            answer.add_done_callback(partial(self._learn, now, asked))

    def _count(self, wire: Wire, topics: Iterable[bytes]) -> Answer:
        return wire.ask(command(b"PUBSUB", self.COUNT, *topics))

    def _learn(self, asked_at: float, asked: dict[bytes, int], answer: Answer) -> None:
        error = None if answer.cancelled() else answer.exception()
        if isinstance(error, hiredis.ReplyError) and self._may_ask:
            self._may_ask = False
            logger.warning(
                "Redis may not be asked who listens, so every status is published; "
                "docs/operations.md says what to grant: %s",
                error,
            )
        # One that took long, or that a gap has overtaken, says nothing.
        is_late = time.monotonic() - asked_at > ASK_SECONDS / 2 or asked_at < self._suspect_until
        if answer.cancelled() or error is not None or is_late:
            return
        counts = iter(answer.result())
        for topic, count in zip(counts, counts, strict=True):
            if topic in asked and count <= asked[topic]:
                self._alone_until[topic] = asked_at + TRUSTED_SECONDS
            else:
                self._alone_until.pop(topic, None)
