"""One cluster of three masters for all tests that leave its nodes alive, and processes on it."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from speaktracker.layers import ClassroomLayer
from speaktracker.layers.installation import Installation
from tests.layers.listening import an_installation
from tests.redis_cluster import RedisCluster, running_cluster


@pytest.fixture(scope="session")
def nodes() -> Iterator[RedisCluster]:
    """Three masters."""
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture
def school() -> Installation:
    """The installation of the processes."""
    return an_installation()


@pytest.fixture
async def process(
    nodes: RedisCluster, school: Installation
) -> AsyncIterator[Callable[[], ClassroomLayer]]:
    """Each call makes the layer of one more "process" on the cluster."""
    made: list[ClassroomLayer] = []

    def make() -> ClassroomLayer:
        made.append(ClassroomLayer(nodes.url, [school]))
        return made[-1]

    yield make
    for layer in made:
        await layer.close()
