"""Which node of a cluster serves the topics of which groups."""

from speaktracker.layers.installation import Installation
from tests.redis_cluster import RedisCluster
from tests.valkey import Valkey


def topic_of(school: Installation, group: str) -> bytes:
    """Name the topic of a group of the school."""
    return f"{school.name}:group.{group}".encode()


def groups_of_all_nodes(nodes: RedisCluster, school: Installation) -> dict[int, str]:
    """Find a group for each master, by its port."""
    found: dict[int, str] = {}
    for number in range(100):
        group = f"class.{number}"
        found.setdefault(nodes.owner(topic_of(school, group)).port, group)
    assert len(found) == len(nodes.masters)
    return found


def elsewhere(nodes: RedisCluster, topic: bytes) -> Valkey:
    """Pick a master that does not serve `topic`."""
    owner = nodes.owner(topic)
    return next(node for node in nodes.nodes if node is not owner and nodes.is_master(node))
