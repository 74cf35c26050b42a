"""A real cluster of Valkeys for tests, whose slots can be moved and whose nodes can be killed."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import Any, Final

import redis
from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot

from tests.held_ports import hold_port
from tests.valkey import Valkey, running_valkey

DEADLINE: Final = 30


class RedisCluster:
    """Masters that share the slots in equal parts, and replicas of the first ones of them."""

    def __init__(self, masters: list[Valkey], replicas: list[Valkey]) -> None:
        self.masters, self.replicas = masters, replicas
        self._clients = {node.port: redis.Redis(port=node.port) for node in self.nodes}
        self._names = {node.port: self.ask(node, "CLUSTER", "MYID").decode() for node in self.nodes}

    @property
    def nodes(self) -> list[Valkey]:
        """List all of them, those that were killed too."""
        return [*self.masters, *self.replicas]

    @property
    def url(self) -> str:
        """Name two of its nodes: the others are found."""
        return "redis+cluster://" + ",".join(f"127.0.0.1:{one.port}" for one in self.masters[1:])

    def ask(self, node: Valkey, *words: object) -> Any:
        """Ask one node."""
        return self._clients[node.port].execute_command(*words)

    def owner(self, topic: bytes) -> Valkey:
        """Find the node that serves the slot of `topic`, as the last master sees it."""
        for first, last, (_, port, *_), *_ in self.ask(self.masters[-1], "CLUSTER", "SLOTS"):
            if first <= key_slot(topic) <= last:
                return next(node for node in self.nodes if node.port == port)
        raise AssertionError(f"Nobody serves {topic!r}.")

    def slots_of(self, node: Valkey) -> tuple[int, int]:
        """Return the first and last of the slots that a node serves, in its own words."""
        ranges = self.ask(node, "CLUSTER", "SLOTS")
        return next((first, last) for first, last, (_, port, *_), *_ in ranges if port == node.port)

    def move(self, topic: bytes, to: Valkey) -> None:
        """Have the slot of `topic`, which holds no keys, served by the master `to`."""
        source = self.owner(topic)
        others = [one for one in self.nodes if one not in (source, to) and self.is_master(one)]
        slot, new = key_slot(topic), self._names[to.port]
        self.ask(to, "CLUSTER", "SETSLOT", slot, "IMPORTING", self._names[source.port])
        self.ask(source, "CLUSTER", "SETSLOT", slot, "MIGRATING", new)
        for node in (to, source, *others):
            self.ask(node, "CLUSTER", "SETSLOT", slot, "NODE", new)

    def form(self) -> None:
        """Make the nodes one cluster, and return when each knows that it is whole."""
        share = REDIS_CLUSTER_HASH_SLOTS // len(self.masters)
        for number, master in enumerate(self.masters):
            last = REDIS_CLUSTER_HASH_SLOTS if master is self.masters[-1] else share * (number + 1)
            self.ask(master, "CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            self.ask(master, "CLUSTER", "ADDSLOTSRANGE", share * number, last - 1)
        for node in self.nodes[1:]:
            bus = self.ask(node, "CONFIG", "GET", "cluster-port")[b"cluster-port"]
            self.ask(self.masters[0], "CLUSTER", "MEET", "127.0.0.1", node.port, bus)
        for node in self.nodes:
            until(partial(self.says, node, f"cluster_known_nodes:{len(self.nodes)}"))
        for master, replica in zip(self.masters, self.replicas, strict=False):
            name = self._names[master.port]
            until(partial(self.ask, replica, "CLUSTER", "REPLICATE", name))
            until(partial(self.follows, replica))
        for node in self.nodes:
            until(partial(self.says, node, "cluster_state:ok"))

    def says(self, node: Valkey, fact: str) -> bool:
        """Tell whether a node says so of the cluster."""
        return fact.encode() in self.ask(node, "CLUSTER", "INFO")

    def follows(self, replica: Valkey) -> bool:
        """Tell whether a replica is in step with its master."""
        role = self.ask(replica, "ROLE")
        return bool(role[0] == b"slave" and role[3] == b"connected")

    def is_master(self, node: Valkey) -> bool:
        """Tell whether a node lives and is a master."""
        return not node.is_killed and bool(self.ask(node, "ROLE")[0] == b"master")

    def close(self) -> None:
        """End the connections to its nodes."""
        for client in self._clients.values():
            client.close()


def until(fact: Callable[[], object]) -> None:
    """Ask until it is so; a refusal is no answer yet."""
    give_up = time.monotonic() + DEADLINE
    while True:
        with suppress(redis.RedisError):
            if fact():
                return
        assert time.monotonic() < give_up
        time.sleep(0.02)


@contextmanager
def running_cluster(replicas: int = 0, *options: str) -> Iterator[RedisCluster]:
    """Run three masters and so many replicas, of the first masters, on loopback."""
    words = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"]
    words += ["--repl-diskless-sync-delay", "0", "--cluster-replica-validity-factor", "0"]
    with ExitStack() as stack:
        nodes = [
            stack.enter_context(
                running_valkey(*words, "--cluster-port", str(hold_port(stack)), *options)
            )
            for _ in range(3 + replicas)
        ]
        cluster = RedisCluster(nodes[:3], nodes[3:])
        stack.callback(cluster.close)
        cluster.form()
        yield cluster
