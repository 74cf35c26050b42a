"""The shipped nginx bounds what one address may hold, and how long a head may take."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cluster import test_nginx
from tests.cluster.test_nginx import Nginx

REQUEST = b"GET /ws/ HTTP/1.1\r\nHost: class.example.com\r\nConnection: close\r\n\r\n"
AT_ONCE = 4000


Writers = list[asyncio.StreamWriter]


@pytest.fixture
async def writers() -> AsyncIterator[Writers]:
    """What a test has open, closed after it."""
    opened: Writers = []
    yield opened
    for writer in opened:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


class HeldCalls:
    """A server that takes requests and leaves them without an answer until it is told."""

    def __init__(self, writers: Writers) -> None:
        self.writers, self.taken = writers, asyncio.Semaphore(0)
        self.waiting: Writers = []

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        self.waiting.append(writer)
        self.taken.release()

    def answer_all(self) -> None:
        """Answer the requests that wait."""
        while self.waiting:
            writer = self.waiting.pop()
            writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            writer.close()


@pytest.fixture
async def held(writers: Writers) -> AsyncIterator[tuple[HeldCalls, int]]:
    calls = HeldCalls(writers)
    async with await asyncio.start_server(calls.take, "127.0.0.1", 0) as server:
        yield calls, server.sockets[0].getsockname()[1]
        calls.answer_all()


@pytest.fixture
async def proxy(
    held: tuple[HeldCalls, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Nginx]:
    """Nginx as it is shipped, with two connections for an address and a second for a head."""
    text = test_nginx.SHIPPED.read_text(encoding="utf-8")
    for shipped, ours in {
        f"limit_conn address {AT_ONCE};": "limit_conn address 2;",
        "client_header_timeout 30s;": "client_header_timeout 1s;",
    }.items():
        assert shipped in text
        text = text.replace(shipped, ours)
    smaller = tmp_path / "smaller.conf"
    smaller.write_text(text, encoding="utf-8")
    monkeypatch.setattr(test_nginx, "SHIPPED", smaller)
    running = Nginx(tmp_path, [held[1], held[1]])
    await running.answers()
    yield running
    running.stop()


Ask = Callable[[bytes], Awaitable[asyncio.StreamReader]]


@pytest.fixture
def ask(proxy: Nginx, writers: Writers) -> Ask:
    """Give a call that sends the proxy some bytes on a connection of its own."""

    async def send(request: bytes) -> asyncio.StreamReader:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writers.append(writer)
        writer.write(request)
        return reader

    return send


async def test_an_address_that_holds_all_it_may_is_told_to_come_back(
    ask: Ask, held: tuple[HeldCalls, int]
) -> None:
    calls = held[0]
    async with asyncio.timeout(30):
        holding = [await ask(REQUEST) for _ in range(2)]
        for _ in holding:
            await calls.taken.acquire()
        refused = await (await ask(REQUEST)).readuntil(b"}")
        assert refused.startswith(b"HTTP/1.1 429 ")
        assert b"Retry-After: 30" in refused
        calls.answer_all()
        for reader in holding:
            assert (await reader.read()).startswith(b"HTTP/1.1 204 ")
        again = await ask(REQUEST)
        await calls.taken.acquire()
        calls.answer_all()
        assert (await again.readline()).startswith(b"HTTP/1.1 204 ")


async def test_a_head_that_does_not_come_to_its_end_is_cut_off(ask: Ask, proxy: Nginx) -> None:
    async with asyncio.timeout(30):
        reader = await ask(REQUEST[:-2])
        assert await reader.read() == b""
    assert " 408 0 " in proxy.log.read_text(encoding="utf-8")
