"""What the doctor says of a real Redis that is well, away, closed, full or shared."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator

import pytest
import redis.asyncio
from pytest_django import Settings

from speaktracker.doctor import foreign_voices
from speaktracker.doctor.findings import Finding
from speaktracker.doctor.redis_checks import check_redis, redis_findings
from speaktracker.layers import ClassroomLayer
from speaktracker.layers.installation import installation
from speaktracker.layers.redis.address import parse
from tests.layers.listening import member
from tests.valkey import Valkey, running_valkey

RULES = "~speaktracker-dev:* &speaktracker-dev:* +@all -eval -persist -info -pubsub"


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """A Redis where the user `bound` may not do everything."""
    orders = tmp_path_factory.mktemp("redis") / "redis.conf"
    orders.write_text(f"user bound on >secret {RULES}\n")
    with running_valkey(str(orders)) as server:
        yield server


@pytest.fixture(autouse=True)
def _here(settings: Settings, valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REDIS_URL = valkey.url
    settings.STACK = "speaktracker-dev"
    monkeypatch.setattr(foreign_voices, "LISTEN_SECONDS", 0.3)


@pytest.fixture
async def admin(valkey: Valkey) -> "AsyncIterator[redis.asyncio.Redis]":
    async with redis.asyncio.from_url(valkey.url) as connected:
        yield connected


async def found(url: str) -> dict[str, Finding]:
    """Look at the Redis of this address; what was found, by its subject."""
    return {finding.subject: finding for finding in await redis_findings(parse(url))}


async def test_a_redis_in_order_is_said_to_be(valkey: Valkey) -> None:
    findings = await found(f"{valkey.url[:-1]}3")
    assert {finding.state for finding in findings.values()} == {"ok"}
    assert re.match(r"valkey \d", findings["redis memory"].says)


def test_without_one_it_is_off(settings: Settings) -> None:
    settings.REDIS_URL = ""
    assert [finding.state for finding in check_redis()] == ["off"]


async def test_one_that_is_killed_is_named_with_what_to_do() -> None:
    with running_valkey() as server:
        server.kill()
        findings = await found(server.url)
    assert [finding.state for finding in findings.values()] == ["failed", *["unknown"] * 3]
    assert findings["redis rights"].says == "Not looked at, since Redis cannot be used."
    assert "Connect call failed" in findings["redis"].says
    assert "Check that it runs" in findings["redis"].says


async def test_a_wrong_password_is_named(valkey: Valkey) -> None:
    findings = await found(f"redis://bound:wrong@127.0.0.1:{valkey.port}/0")
    assert "Check user and password" in findings["redis"].says


async def test_rights_that_are_missing_are_listed_and_what_may_not_be_asked_is_unknown(
    valkey: Valkey,
) -> None:
    findings = await found(f"redis://bound:secret@127.0.0.1:{valkey.port}/0")
    assert findings["redis rights"].says.startswith("It forbids PERSIST, EVAL: grant what")
    states = [findings[name].state for name in ("redis", "redis memory", "redis names")]
    assert states == ["ok", "unknown", "unknown"]


async def test_a_policy_that_drops_counts_is_a_warning(
    valkey: Valkey, admin: "redis.asyncio.Redis"
) -> None:
    await admin.config_set("maxmemory", "100mb")
    await admin.config_set("maxmemory-policy", "allkeys-lru")
    says = (await found(valkey.url))["redis memory"].says
    await admin.config_set("maxmemory", "0")
    assert "set maxmemory-policy to noeviction" in says


async def test_processes_with_another_key_are_seen_by_their_topics(
    valkey: Valkey, settings: Settings
) -> None:
    stranger = installation(settings.STACK, "another secret", settings.REDIS_URL)
    layer = ClassroomLayer(valkey.url, [stranger])
    await member(layer, "class")
    finding = (await found(valkey.url))["redis names"]
    await layer.flush()
    assert finding.state == "warning"
    assert "processes with another SECRET_KEY" in finding.says


async def test_a_forged_event_is_heard(
    valkey: Valkey, admin: "redis.asyncio.Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign_voices, "LISTEN_SECONDS", 2)
    layer = ClassroomLayer(valkey.url)
    await member(layer, "class")
    topics: list[bytes] = await admin.pubsub_channels("*group.class")  # type: ignore[assignment]
    (topic,) = topics

    async def forge() -> None:
        while True:  # until it has heard one: it must be listening first
            await admin.publish(topic, b"forged forged")
            await asyncio.sleep(0.02)

    forging = asyncio.create_task(forge())
    finding = (await found(valkey.url))["redis names"]
    forging.cancel()
    await layer.flush()
    assert finding.state == "warning"
    assert "were not signed by this installation" in finding.says
