"""Three servers on PostgreSQL, Redis and DynamoDB, with a cable at every place that can be cut."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from speaktracker.devstack.child_processes import Server
from speaktracker.devstack.stack_servers import ministack
from tests.cluster.cluster import ROOMY, Cluster, Node
from tests.cluster.cut import Cable
from tests.cluster.databases import PostgreSQL
from tests.valkey import Valkey, running_valkey

NODES = 3
ENVIRONMENT = {
    **ROOMY,
    "REJOIN_GRACE_SECONDS": "5",  # each check waits for the leaves of those who have just gone
    "MIRROR": "dynamodb",
    "STACK": "soak",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}


@dataclass
class Cables:
    """What one node hangs on: its ways to Redis and PostgreSQL, and its clients' way to it."""

    redis: Cable
    postgresql: Cable
    clients: Cable


@dataclass
class Parts:
    """The servers that the nodes share; `standby` is the Redis that is not in use."""

    postgresql: PostgreSQL
    redis: Valkey
    standby: Valkey
    dynamodb: Server


@dataclass
class Installation(Cluster):
    """The nodes, their cables, and what they stand on."""

    folder: Path
    parts: Parts
    cables: list[Cables] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(self.folder, self.parts.postgresql, self.parts.redis, nodes=0)
        self.dynamodb_cable = Cable(self.parts.dynamodb.port)

    async def open(self) -> None:
        """Lay the cables, make the tables, start every node."""
        await self.dynamodb_cable.start()
        for number in range(1, NODES + 1):
            await self._add(number)
        await asyncio.to_thread(self.nodes[0].server.manage, "create_tables")
        await asyncio.to_thread(self.start)

    async def _add(self, number: int) -> None:
        redis, postgresql = Cable(self.parts.redis.port), Cable(self.parts.postgresql.port)
        await redis.start()
        await postgresql.start()
        environment = {
            **ENVIRONMENT,
            "REDIS_URL": f"redis://127.0.0.1:{redis.port}/0",
            "DATABASE_URL": f"postgres://postgres@127.0.0.1:{postgresql.port}/postgres",
            "DYNAMODB_ENDPOINT_URL": f"http://127.0.0.1:{self.dynamodb_cable.port}",
        }
        node = Node(self.folder / f"node{number}", environment, 1)
        clients = Cable(node.port)
        await clients.start()
        self.nodes.append(node)
        self.cables.append(Cables(redis, postgresql, clients))

    def some_port(self) -> int:
        """Pick a way to a node that is up, as a load balancer would."""
        both = zip(self.nodes, self.cables, strict=True)
        return random.choice([cables.clients.port for node, cables in both if node.is_up])

    def promote_standby(self) -> None:
        """Lead everybody who connects from now on to the other Redis."""
        parts = self.parts
        parts.redis, parts.standby = parts.standby, parts.redis
        for cables in self.cables:
            cables.redis.lead_to(parts.redis.port)

    async def shut(self) -> None:
        """End the nodes and their cables."""
        await asyncio.to_thread(self.close)
        laid = [cable for cables in self.cables for cable in vars(cables).values()]
        await asyncio.gather(*(cable.close() for cable in [*laid, self.dynamodb_cable]))


@asynccontextmanager
async def running_installation(folder: Path, database: PostgreSQL) -> AsyncIterator[Installation]:
    """Run everything that the school needs, on a database with its people."""
    quick = ("--repl-diskless-sync-delay", "0")
    dynamodb = ministack(folder / "dynamodb")
    with running_valkey(*quick) as redis, running_valkey(*quick) as standby, dynamodb:
        installation = Installation(folder, Parts(database, redis, standby, dynamodb))
        try:
            await installation.open()
            yield installation
        finally:
            await installation.shut()
