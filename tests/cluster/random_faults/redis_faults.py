"""A Redis that is killed, hangs, is demoted behind its address, or has no memory left."""

import asyncio
import random

from redis.asyncio import Redis

from tests.cluster.random_faults.fault import Part
from tests.cluster.random_faults.installation import Installation
from tests.valkey import Valkey


class OfRedis:
    """A fault of the Redis in use."""

    part: Part = "redis"

    def __init__(self, installation: Installation, _chance: random.Random) -> None:
        self.installation = installation

    @property
    def server(self) -> Valkey:
        """Return the one in use now, which need not be the one it was when this was planned."""
        return self.installation.parts.redis


class RestartRedis(OfRedis):
    """Redis is gone for a while, and comes back empty."""

    name = "kill redis"

    async def begin(self) -> None:
        """End it without a goodbye."""
        await asyncio.to_thread(self.server.kill)

    async def end(self) -> None:
        """Start it again."""
        await asyncio.to_thread(self.server.start)


class HangRedis(OfRedis):
    """Redis hangs: its connections stand, nothing answers."""

    name = "stop redis"

    async def begin(self) -> None:
        """Let it hang."""
        self.server.pause()

    async def end(self) -> None:
        """Let it go on."""
        self.server.resume()


class Demote(OfRedis):
    """The master becomes a replica; its address leads to the new master only afterwards."""

    name = "demote redis"

    async def begin(self) -> None:
        """Swap the two."""
        standby = self.installation.parts.standby
        async with Redis(port=standby.port) as administrator:
            await administrator.replicaof("NO", "ONE")
        async with Redis(port=self.server.port) as administrator:
            await administrator.replicaof("127.0.0.1", str(standby.port))

    async def end(self) -> None:
        """Lead the address to the new master."""
        self.installation.promote_standby()


class FillRedis(OfRedis):
    """Redis has no memory left and refuses what would need some."""

    name = "fill redis"

    async def begin(self) -> None:
        """Leave it none."""
        await self._allow(1)

    async def end(self) -> None:
        """Leave it as much as there is."""
        await self._allow(0)

    async def _allow(self, size: int) -> None:
        async with Redis(port=self.server.port) as administrator:
            await administrator.config_set("maxmemory", size)
