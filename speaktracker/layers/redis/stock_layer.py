"""channels-redis' pub/sub layer as a choice: its way of working, with what it lacks to be safe."""

import asyncio
import logging
import math
import time
from collections import defaultdict
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final, TypeVar

from channels_redis.pubsub import RedisPubSubChannelLayer, RedisSingleShardConnection
from redis.exceptions import RedisError, ResponseError

from speaktracker.exceptions import Unavailable
from speaktracker.layers.envelopes import Envelopes
from speaktracker.layers.installation import Installation, here
from speaktracker.layers.redis.kept_link import KEEP_ALIVE

logger = logging.getLogger(__name__)

R = TypeVar("R")
# AttributeError: redis-py writes to a connection that its other user has just taken down.
AWAY: Final = (RedisError, OSError, AttributeError)
# Callers wait behind one lock: together for so long, and then nobody for a while.
ANSWER_SECONDS: Final = 2.0
PAUSE_SECONDS: Final = 1.0


class SealedShard(RedisSingleShardConnection):  # type: ignore[misc]
    """channels-redis' connection, with the installation before each topic and its signature."""

    def __init__(self, host: dict[str, Any], layer: Any, envelopes: Envelopes) -> None:
        super().__init__(host, layer)
        self._envelopes = envelopes
        self._ask_role_at = 0.0

    async def publish(self, channel: str, message: bytes) -> None:
        """Publish to `channel` of this installation; ConnectionError when no master is there."""
        await self._leave_replica()
        topic = self._envelopes.topic(channel)
        await super().publish(topic, self._envelopes.seal(topic, message))

    async def subscribe(self, channel: str) -> None:
        """Receive what is published to `channel` of this installation."""
        for topic in self._envelopes.topics(channel):
            await super().subscribe(topic)

    async def unsubscribe(self, channel: str) -> None:
        """End what `subscribe` began."""
        for topic in self._envelopes.topics(channel):
            await super().unsubscribe(topic)

    async def _leave_replica(self) -> None:
        """Connect anew, the subscriptions too, where a failover has left a replica behind."""
        if time.monotonic() < self._ask_role_at:
            return
        self._ask_role_at = time.monotonic() + KEEP_ALIVE
        self._ensure_redis()
        try:
            role = (await self._redis.role())[0]
        except ResponseError as error:
            self._ask_role_at = math.inf
            logger.warning("Redis may not be asked for its ROLE: %s", error)
            return
        if role != b"master":
            self._ask_role_at = 0.0
            await self._redis.connection_pool.disconnect()
            raise ConnectionError("the address leads to a replica instead of the master")

    def _receive_message(self, message: dict[str, Any] | None) -> None:
        # Here and not where it is decoded: that is once for each receiver, and an error ends it.
        if message is None:
            return
        opened = self._envelopes.open(message["channel"], message["data"])
        if opened is not None:
            super()._receive_message({"channel": opened[0], "data": opened[1]})


class StockLayer(RedisPubSubChannelLayer):  # type: ignore[misc]  # channels-redis has no types
    """Deliver through Redis, at most once, in each process that has a member.

    It says Unavailable where channels-redis raises redis-py's errors, or waits; and a channel can
    be ended, which channels-redis leaves to a cancelled `receive`. Nobody is told of a gap.
    `installations` as for `ClassroomLayer`; the other arguments are channels-redis'.
    """

    def __init__(
        self, *args: Any, installations: Sequence[Installation] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._envelopes = Envelopes(installations or here())
        self.healthy, self.trouble = True, ""
        self._ask_again_at = 0.0
        self._groups_of: defaultdict[str, set[str]] = defaultdict(set)
        self._ending: set[asyncio.Task[None]] = set()

    async def new_channel(self, prefix: str = "specific.") -> str:
        """Open a channel that belongs to the running event loop; end it with `forget`."""
        return await self._answered(self._get_layer().new_channel(prefix))

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        """Send to one channel of whichever process has it."""
        await self._answered(self._get_layer().send(channel, message))

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Send to every member of `group`, those of this process too by way of Redis."""
        await self._answered(self._get_layer().group_send(group, message))

    async def group_add(self, group: str, channel: str) -> None:
        """Make `channel` a member of `group`."""
        self._groups_of[channel].add(group)
        await self._answered(self._get_layer().group_add(group, channel))

    async def group_discard(self, group: str, channel: str) -> None:
        """End the membership of `channel` in `group`, if there is one."""
        self._groups_of[channel].discard(group)
        await self._answered(self._get_layer().group_discard(group, channel))

    def forget(self, channel: str) -> None:
        """Drop `channel`, its memberships and what it had waiting; harmless to repeat."""
        ending = asyncio.ensure_future(self._end(channel))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def flush(self) -> None:
        """Forget every channel and group, and close the running loop's connections."""
        self._groups_of.clear()
        layer = self._get_layer()
        pools = [shard._redis.connection_pool for shard in layer._shards if shard._redis]
        await layer.flush()
        for pool in pools:
            # channels-redis makes clients for the sentinels with each pool, and leaves them open.
            for sentinel in getattr(getattr(pool, "sentinel_manager", None), "sentinels", ()):
                await sentinel.aclose()

    def _get_layer(self) -> Any:
        layer = super()._get_layer()
        if not isinstance(layer._shards[0], SealedShard):
            layer._shards = [SealedShard(one.host, layer, self._envelopes) for one in layer._shards]
        return layer

    async def _end(self, channel: str) -> None:
        layer = self._get_layer()
        layer.channels.pop(channel, None)
        leaving = [
            layer.group_discard(group, channel) for group in self._groups_of.pop(channel, ())
        ]
        for step in (*leaving, layer._get_shard(channel).unsubscribe(channel)):
            # What stays subscribed because Redis is away reaches no channel here.
            with suppress(*AWAY):
                async with asyncio.timeout(ANSWER_SECONDS):
                    await step

    async def _answered(self, call: Coroutine[Any, Any, R]) -> R:
        if time.monotonic() < self._ask_again_at:
            call.close()
            raise Unavailable("Redis is away; nobody got the event.")
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await call
        except AWAY as error:
            reason = str(error) or f"no answer within {ANSWER_SECONDS} s"
            self._ask_again_at = time.monotonic() + PAUSE_SECONDS
            self.trouble = reason
            if self.healthy:
                self.healthy = False
                logger.warning("Redis cannot be used, events reach nobody: %s", reason)
            raise Unavailable(f"Redis did not take it: {reason}") from None
        if not self.healthy:
            self.healthy, self.trouble = True, ""
            logger.info("Redis is back.")
        return answer
