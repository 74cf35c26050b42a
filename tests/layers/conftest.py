"""Layers to test: Channels' own and ours, alone and over a real Valkey."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from channels.layers import InMemoryChannelLayer

from speaktracker.layers import ClassroomLayer
from speaktracker.layers.redis.django_config import channels_redis_host
from speaktracker.layers.redis.stock_layer import StockLayer
from tests.layers.listening import Layer, an_installation
from tests.valkey import Valkey, running_valkey


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey]:
    """One Valkey for all tests that leave it alive."""
    with running_valkey() as server:
        yield server


@pytest.fixture
def own_valkey() -> Iterator[Valkey]:
    """A Valkey that the test may kill."""
    with running_valkey() as server:
        yield server


@pytest.fixture
async def process(valkey: Valkey) -> AsyncIterator[Callable[[], ClassroomLayer]]:
    """Each call makes the layer of one more "process" on the shared Valkey."""
    installation = an_installation()
    made: list[ClassroomLayer] = []

    def make() -> ClassroomLayer:
        made.append(ClassroomLayer(valkey.url, [installation]))
        return made[-1]

    yield make
    for layer in made:
        await layer.close()


def _make(kind: str, request: pytest.FixtureRequest) -> Layer:
    if kind == "channels in memory":
        return InMemoryChannelLayer()
    if kind == "ours alone":
        return ClassroomLayer()
    url = request.getfixturevalue("valkey").url
    if kind == "channels-redis":
        return StockLayer(hosts=[channels_redis_host(url)], installations=[an_installation()])
    return ClassroomLayer(url, [an_installation()])


@pytest.fixture(params=["channels in memory", "channels-redis", "ours alone", "ours on Valkey"])
async def any_layer(request: pytest.FixtureRequest) -> AsyncIterator[Layer]:
    """Each layer that speaks Channels' API."""
    layer = _make(request.param, request)
    yield layer
    await layer.flush()


@pytest.fixture(params=["ours alone", "ours on Valkey"])
async def layer(request: pytest.FixtureRequest) -> AsyncIterator[ClassroomLayer]:
    """Our layer, alone and over Valkey: whatever it promises, it promises in both."""
    ours = _make(request.param, request)
    yield ours
    await ours.flush()


@pytest.fixture(params=["channels in memory", "ours alone", "ours on Valkey"])
async def strict_layer(request: pytest.FixtureRequest) -> AsyncIterator[Layer]:
    """Each layer that looks at names before it uses them; channels-redis' pub/sub does not."""
    layer = _make(request.param, request)
    yield layer
    await layer.flush()
