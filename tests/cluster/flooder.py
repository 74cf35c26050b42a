"""One user with several tabs at several processes who sends as fast as the test says."""

import asyncio
import json
import time
from collections import Counter
from types import TracebackType
from typing import Any, Self

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.cluster.cluster import Cluster
from tests.patient_clients import connect

DRAIN_SECONDS = 30


class Flooder:
    """Tabs of one user, one at each of `ports`; counts the answers by what they say."""

    def __init__(self, cluster: Cluster, email: str, ports: list[int]) -> None:
        self.answers: Counter[str] = Counter()
        self.tabs: list[ClientConnection] = []
        self.passed_at: list[float] = []
        self.seconds = 0.0
        self._cluster = cluster
        self._email = email
        self._ports = ports
        self._readers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Open every tab."""
        for port in self._ports:
            self.tabs.append(await open_tab(self._cluster, self._email, port))
        self._readers = [asyncio.create_task(self._read(tab)) for tab in self.tabs]
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        """Close every tab."""
        for tab in self.tabs:
            await tab.close()
        await asyncio.gather(*self._readers)

    async def flood(self, rate: float, seconds: float) -> int:
        """Send `rate` messages a second in turn over the tabs; return how many passed."""
        before, start = self.answers["pong"], time.monotonic()
        for number in range(round(rate * seconds)):
            await asyncio.sleep(start + number / rate - time.monotonic())
            await self.tabs[number % len(self.tabs)].send('{"type":"ping"}')
        sent = round(rate * seconds)
        async with asyncio.timeout(DRAIN_SECONDS):
            while sum(self.answers.values()) < sent:  # noqa: ASYNC110 - counted by the readers
                await asyncio.sleep(0.01)
        self.answers["sent"] -= sent
        self.seconds = time.monotonic() - start  # longer than asked for on a slow machine
        return self.answers["pong"] - before

    async def _read(self, tab: ClientConnection) -> None:
        try:
            async for text in tab:
                frame: dict[str, Any] = json.loads(text)
                if frame["type"] in ("pong", "message_error"):
                    self.answers[frame.get("code", frame["type"])] += 1
                    if frame["type"] == "pong":
                        self.passed_at.append(time.monotonic())
        except ConnectionClosed:
            pass


async def open_tab(cluster: Cluster, email: str, port: int) -> ClientConnection:
    """Open a socket, with its first frame still to be read."""
    return await connect(
        f"ws://127.0.0.1:{port}/ws/",
        additional_headers={"Authorization": f"Bearer {cluster.token(email)}"},
        compression=None,
    )
