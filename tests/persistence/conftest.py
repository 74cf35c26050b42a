"""Engines to mirror into, tables of a test's own, and relays that run as far as a block does."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import boto3
import pytest
from pytest_django import Settings

from speaktracker.persistence import sources
from speaktracker.persistence.relay.relay import Relay
from speaktracker.persistence.relay.timing import Timing
from tests.persistence import engines, shelf
from tests.persistence.faults import FaultProxy
from tests.persistence.mirror import Mirror

QUICK = Timing(
    poll=0.1,
    batch_delay=0.01,
    lease=4,
    renew=0.5,
    call_timeout=2,
    first_backoff=0.02,
    longest_backoff=0.2,
    rewrite_delay=1,
    purge=0.1,
    tell=0.1,
)
Relaying = Callable[..., AbstractAsyncContextManager[Relay]]


@pytest.fixture(scope="session")
def engine_ports() -> Iterator[Callable[[str], int]]:
    """Give the port of an engine, started at its first use."""
    running: dict[str, Any] = {}

    def port(name: str) -> int:
        if name not in running:
            running[name] = engines.engine(name).start()
        found: int = running[name].port
        return found

    yield port
    for server in running.values():
        server.stop()


@pytest.fixture(params=engines.NAMES)
def each_engine(request: pytest.FixtureRequest) -> str:
    """Run the test once per engine."""
    name: str = request.param
    return name


@pytest.fixture
def engine_port(request: pytest.FixtureRequest, engine_ports: Callable[[str], int]) -> int:
    """Give the port of the engine of this test: ministack, unless it asks for each."""
    each = "each_engine" in request.fixturenames
    return engine_ports(request.getfixturevalue("each_engine") if each else "ministack")


@pytest.fixture
def aws(settings: Settings, monkeypatch: pytest.MonkeyPatch, engine_port: int) -> Any:
    """Point the product at tables of this test's own; gives boto3's own client to see them."""
    endpoint = f"http://127.0.0.1:{engine_port}"
    settings.MIRROR = "dynamodb"
    settings.STACK = f"test-{uuid.uuid4().hex[:8]}"
    settings.AWS_REGION = "us-east-1"
    settings.DYNAMODB_ENDPOINT_URL = endpoint
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    return boto3.session.Session().client("dynamodb", "us-east-1", endpoint_url=endpoint)


@pytest.fixture
def records(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Make the shelf the source of every table."""
    monkeypatch.setattr(sources, "_registered", {})
    shelf.make()
    yield shelf.register()
    shelf.drop()


@pytest.fixture
async def mirror(aws: Any, records: dict[str, Any]) -> Mirror:
    """Make the tables, with a shelf of records to mirror."""
    made = Mirror(aws)
    await asyncio.to_thread(made.make_tables)
    return made


@pytest.fixture
def relaying() -> Relaying:
    """Give `async with relaying():`, which runs a relay that far."""

    @asynccontextmanager
    async def run(timing: Timing = QUICK, **options: Any) -> AsyncIterator[Relay]:
        relay = Relay(timing=timing, **options)
        task = asyncio.create_task(relay.run())
        try:
            yield relay
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    return run


@pytest.fixture
async def proxy(mirror: Mirror, engine_port: int, settings: Settings) -> AsyncIterator[FaultProxy]:
    """Put a proxy between the product and the engine."""
    between = FaultProxy(engine_port)
    await between.start()
    settings.DYNAMODB_ENDPOINT_URL = between.url
    yield between
    await between.stop()
