"""What the doctor, the probes and the metrics say of a cluster."""

from collections.abc import Iterator
from functools import partial

import pytest
from pytest_django import Settings

from speaktracker.doctor import foreign_voices
from speaktracker.doctor.findings import Finding
from speaktracker.doctor.redis_checks import redis_findings
from speaktracker.layers import ClassroomLayer
from speaktracker.layers.installation import installation
from speaktracker.layers.redis.address import parse
from tests.layers.listening import member
from tests.redis_cluster import RedisCluster, until
from tests.valkey import running_valkey


@pytest.fixture(autouse=True)
def _here(settings: Settings, nodes: RedisCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REDIS_URL = nodes.url
    settings.STACK = "speaktracker-dev"
    monkeypatch.setattr(foreign_voices, "LISTEN_SECONDS", 0.1)


@pytest.fixture
def misplaced(nodes: RedisCluster) -> Iterator[str]:
    """Have the last master name an address at which nobody can reach it."""
    node, known = nodes.masters[-1], partial(nodes.ask, nodes.masters[1], "CLUSTER", "SLOTS")
    nodes.ask(node, "CONFIG", "SET", "cluster-announce-port", 1)
    until(lambda: b"'127.0.0.1', 1," in repr(known()).encode())
    yield "127.0.0.1:1"
    nodes.ask(node, "CONFIG", "SET", "cluster-announce-port", 0)
    until(lambda: b"'127.0.0.1', 1," not in repr(known()).encode())


async def found(url: str) -> dict[str, Finding]:
    """Look at the Redis of this address; what was found, by its subject."""
    return {finding.subject: finding for finding in await redis_findings(parse(url))}


async def test_a_cluster_in_order_is_said_to_be(nodes: RedisCluster) -> None:
    findings = await found(nodes.url)
    assert {finding.state for finding in findings.values()} == {"ok"}
    assert findings["redis"].says.startswith("3 masters: It answers")


async def test_a_plain_address_of_a_node_is_failed_with_what_to_do(nodes: RedisCluster) -> None:
    finding = (await found(f"redis://127.0.0.1:{nodes.masters[0].port}"))["redis"]
    assert finding.state == "failed"
    assert "let REDIS_URL begin with redis+cluster://" in finding.says


async def test_what_is_no_cluster_is_failed_with_what_to_do() -> None:
    with running_valkey() as server:
        finding = (await found(f"redis+cluster://127.0.0.1:{server.port}"))["redis"]
    assert finding.state == "failed"
    assert "Let REDIS_URL begin with redis://" in finding.says


async def test_an_announced_address_that_leads_nowhere_is_named(
    nodes: RedisCluster, misplaced: str
) -> None:
    finding = (await found(nodes.url))["redis"]
    assert f"{misplaced}, as the cluster names it: " in finding.says
    assert "cluster-announce-ip" in finding.says


async def test_another_installation_of_the_stack_is_seen_at_the_node_it_is_at(
    nodes: RedisCluster, settings: Settings
) -> None:
    layer = ClassroomLayer(nodes.url, [installation(settings.STACK, "other", settings.REDIS_URL)])
    await member(layer, "class")
    finding = (await found(nodes.url))["redis names"]
    await layer.flush()
    assert finding.state == "warning"
    assert finding.says.startswith("127.0.0.1:")
