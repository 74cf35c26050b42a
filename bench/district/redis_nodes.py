"""Redis as a district has it: one server, or a cluster of three."""

import time
from pathlib import Path
from typing import Any

import redis
from redis.crc import REDIS_CLUSTER_HASH_SLOTS

from bench import machine
from bench.systems.child_servers import ChildServer, NotStarted, free_port
from bench.systems.system import run_valkey

NODES = 3
FORM_SECONDS = 30.0


class RedisNodes:
    """The nodes, one of them where it `is_cluster` is false, and what they have published."""

    def __init__(self, folder: Path, *, is_cluster: bool) -> None:
        """Start them; raises NotStarted."""
        self.servers: list[ChildServer] = [
            run_valkey(
                folder,
                f"valkey-{number}",
                machine.ALL_CORES,
                _options_of_node(number) if is_cluster else (),
            )
            for number in range(NODES if is_cluster else 1)
        ]
        self._clients: list[Any] = [redis.Redis(port=server.port) for server in self.servers]
        hosts = [f"127.0.0.1:{server.port}" for server in self.servers]
        self.url = f"redis+cluster://{','.join(hosts)}" if is_cluster else f"redis://{hosts[0]}/0"
        if is_cluster:
            self._form()

    def publications(self) -> tuple[int, float]:
        """Count what was published so far, and the seconds that took."""
        calls, microseconds = 0, 0
        for client in self._clients:
            for command, counted in client.info("commandstats").items():
                if command in ("cmdstat_publish", "cmdstat_spublish"):
                    calls, microseconds = calls + counted["calls"], microseconds + counted["usec"]
        return calls, microseconds / 1e6

    def stop(self) -> None:
        """End them."""
        for server in self.servers:
            server.stop()

    def _form(self) -> None:
        share = REDIS_CLUSTER_HASH_SLOTS // NODES
        for number, client in enumerate(self._clients):
            last = REDIS_CLUSTER_HASH_SLOTS if number == NODES - 1 else share * (number + 1)
            client.execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)
            client.execute_command("CLUSTER ADDSLOTSRANGE", share * number, last - 1)
        for server, client in zip(self.servers[1:], self._clients[1:], strict=True):
            bus = client.config_get("cluster-port")["cluster-port"]
            self._clients[0].execute_command("CLUSTER MEET", "127.0.0.1", server.port, bus)
        give_up = time.monotonic() + FORM_SECONDS
        while not all(self._is_whole(client) for client in self._clients):
            if time.monotonic() > give_up:
                raise NotStarted("the nodes of the Redis Cluster do not find each other")
            time.sleep(0.05)

    @staticmethod
    def _is_whole(client: Any) -> bool:
        said: dict[str, str] = client.execute_command("CLUSTER INFO")
        return said["cluster_state"] == "ok" and said["cluster_known_nodes"] == str(NODES)


def _options_of_node(number: int) -> tuple[str, ...]:
    # They have one folder: each keeps what it knows of the cluster in a file of its own.
    file, port = f"nodes-{number}.conf", str(free_port())
    return "--cluster-enabled", "yes", "--cluster-config-file", file, "--cluster-port", port
