"""Every identity ends with what it was made from, at every process, with Redis and without."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.rights.credentials_kit import LIVES, CredentialsKit, kit_of
from tests.rights.events import EVENTS
from tests.rights.site import Calls, RightsSite
from tests.rights.tables import Verdict, read
from tests.valkey import running_valkey

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("rights")]
TABLE = read("endings")
# What the contract grants; what a machine needs that runs other tests as well is added.
SECONDS, WITHOUT_REDIS = 2.0, 10.0
BUSY = [pytest.param(15.0, id="busy"), pytest.param(1.0, id="quiet", marks=pytest.mark.soak)]
NUMBERS = {event: number for number, event in enumerate(TABLE.rows)}


def test_every_event_is_in_the_table() -> None:
    assert EVENTS.keys() == TABLE.rows.keys()


async def _is_over(
    site: RightsSite, calls: Calls, kit: CredentialsKit, event: str, seconds: float, busy: float
) -> Verdict:
    await EVENTS[event](site, calls, kit)
    granted = asyncio.get_running_loop().time() + seconds
    verdict = Verdict(event)

    async def look(kind: str, port: int) -> None:
        expected = TABLE.cell(event, kind)
        # What is to live is not watched for longer than what is to end has time.
        until = granted if expected == LIVES else granted + busy
        left = await kit.left_of(kind, port, calls, until)
        verdict.expect(f"{kind} at {port}", expected, left)

    sockets = [kind for kind in TABLE.columns if kind.startswith("socket")]
    await asyncio.gather(*(look(kind, port) for kind in sockets for port in kit.ports))
    for kind in TABLE.columns:
        if kind not in sockets:
            for port in kit.ports:
                await look(kind, port)
    await kit.close()
    return verdict


@pytest.mark.parametrize("busy", BUSY)
@pytest.mark.parametrize("event", TABLE.rows)
async def test_what_was_made_from_it_is_over(rights: RightsSite, event: str, busy: float) -> None:
    async with rights.calls() as calls:
        kit = await kit_of(rights, calls, rights.ports, f"ends-{NUMBERS[event]}")
        verdict = await _is_over(rights, calls, kit, event, SECONDS, busy)
    verdict.settle()


@pytest.fixture
def without_redis(rights: RightsSite, tmp_path: Path) -> Iterator[list[int]]:
    """The ports of two more processes on the same database, whose Redis dies when they stand."""
    with running_valkey() as valkey:
        cluster = Cluster(tmp_path, rights.database, valkey, 2, 1, **rights.environment)
        cluster.start()
        valkey.kill()
        yield [node.port for node in cluster.nodes]
        cluster.close()


@pytest.mark.parametrize("busy", BUSY)
async def test_it_is_over_without_redis_too(
    rights: RightsSite, without_redis: list[int], busy: float
) -> None:
    async with rights.calls(without_redis) as calls:

        async def end(event: str) -> Verdict:
            person = f"ends-{len(NUMBERS) + NUMBERS[event]}"
            kit = await kit_of(rights, calls, without_redis, person)
            return await _is_over(rights, calls, kit, event, WITHOUT_REDIS, busy)

        for verdict in await asyncio.gather(*map(end, TABLE.rows)):
            verdict.settle()
