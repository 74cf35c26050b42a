"""A plugin of pytest: in channels-redis' suite its layers are ours.

`ON_LAYER` is `ours` or `stock`; `ON_REDIS` the address that stands for every host the suite names.
"""

import asyncio
import os
import sys
from types import ModuleType
from typing import Any

import channels_redis.core
import channels_redis.pubsub

from speaktracker.layers import ClassroomLayer
from speaktracker.layers.installation import Installation
from speaktracker.layers.redis.stock_layer import StockLayer

ADDRESS = os.environ["ON_REDIS"]
INSTALLATIONS = [Installation("suite", b"of sixteen bytes")]


class OursInstead(ClassroomLayer):
    """Our layer, made as channels-redis' are; the names of two things differ."""

    def __init__(self, hosts: Any = None, capacity: int = 100, **_: Any) -> None:
        super().__init__(ADDRESS, INSTALLATIONS, capacity)

    @property
    def client_prefix(self) -> str:
        """Return what stands before the `!` of its channels."""
        return self._process

    async def close_pools(self) -> None:
        """Close the running loop's connections."""
        await self.close()


class StockInstead(StockLayer):
    """channels-redis' pub/sub layer as we give it to the product."""

    def __init__(self, hosts: Any = None, **options: Any) -> None:
        super().__init__(hosts=[ADDRESS], installations=INSTALLATIONS, **options)


def pytest_configure() -> None:
    """Take the place of channels-redis' layers, and of a library that it no longer needs."""
    if os.environ["ON_LAYER"] == "ours":
        channels_redis.core.RedisChannelLayer = OursInstead
        channels_redis.pubsub.RedisPubSubChannelLayer = OursInstead
    else:
        channels_redis.pubsub.RedisPubSubChannelLayer = StockInstead
    if "async_timeout" not in sys.modules:
        library: Any = ModuleType("async_timeout")
        library.timeout = asyncio.timeout
        sys.modules["async_timeout"] = library
