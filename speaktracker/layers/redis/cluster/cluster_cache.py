"""Django's cache on a Redis Cluster: redis-py's client of a cluster, a key at a time."""

from collections.abc import Iterable
from typing import Any, Final

from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.retry import Retry

from speaktracker.layers.redis.json_cache import JsonCacheClient, JsonRedisCache

_ABSENT: Final = object()
# Where a node is away one more try goes to whoever has taken its place; the caller goes on without.
_ONCE_MORE: Final = 1


class ClusterCacheClient(JsonCacheClient):
    """The same for keys in several slots; `servers` are the hosts and ports of some nodes."""

    def __init__(
        self, servers: Iterable[tuple[str, int]], serializer: Any = None, **options: Any
    ) -> None:
        super().__init__([], serializer)
        self._nodes = [ClusterNode(*node) for node in servers]  # type: ignore[no-untyped-call]
        self._options = options
        self._cluster: RedisCluster | None = None

    def get_client(self, _key: Any = None, *, write: bool = False) -> Any:  # noqa: ARG002
        """Return the one client, which finds the node of each key; it connects when it is made."""
        if self._cluster is None:
            self._cluster = RedisCluster(
                startup_nodes=self._nodes,
                retry=Retry(NoBackoff(), _ONCE_MORE),
                require_full_coverage=False,
                **self._options,
            )
        return self._cluster

    def get_many(self, keys: Iterable[Any]) -> dict[Any, Any]:
        """Return the readable values of `keys`."""
        found = ((key, self.get(key, _ABSENT)) for key in keys)
        return {key: value for key, value in found if value is not _ABSENT}


class JsonClusterCache(JsonRedisCache):
    """Django's cache in a Redis Cluster. LOCATION is a list of hosts with their ports."""

    def __init__(self, server: list[tuple[str, int]], params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = ClusterCacheClient

    def probe(self) -> None:
        """Write, and reach every master: a key has its node, and each may be away."""
        super().probe()
        client: Any = self._cache.get_client()
        for node in client.get_primaries():
            client.ping(target_nodes=node)
