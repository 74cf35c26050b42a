"""Four tutors and their students on two processes of one peer, and what each of them gets."""

import asyncio
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.rosters import SCHOOL
from bench.systems.child_servers import ChildServer
from bench.systems.client_sockets import ClientSocket, Frame
from bench.systems.system import System

TUTORS = tuple(dict.fromkeys(SCHOOL.values()))[:4]
# On which of the two processes each tutor has dashboards.
DASHBOARDS = (0, 0, 1)
ARRIVAL_SECONDS = 20
Reader = Callable[[bytes], list[Frame]]


class Listener:
    """One person's socket on process `process`, and every frame that came to it."""

    def __init__(self, email: str, process: int, came: asyncio.Event, read: Reader) -> None:
        self.email, self.process = email, process
        self.frames: list[Frame] = []
        self.socket: ClientSocket
        self._came, self._read = came, read

    def on_text(self, payload: bytes) -> None:
        """Keep the frames of a text, and wake whoever waits for them."""
        self.frames += self._read(payload)
        self._came.set()

    def of_type(self, kind: str) -> list[Frame]:
        """List the frames of one type in the order they came."""
        return [frame for frame in self.frames if frame["type"] == kind]

    def report(self, status: str, sentence: str) -> None:
        """Send a status."""
        body = {
            "status": status,
            "session_id": "verify-1",
            "current_sentence": sentence,
            "progress": len(sentence) % 101,
            "timestamp": "2026-01-14T10:30:00.000Z",
        }
        self.socket.send_status(json.dumps(body, ensure_ascii=False).encode())


class SchoolOfTwo:
    """Two processes of `system` on one Valkey; dashboards and every class sit on both."""

    def __init__(self, system: System, valkey: ChildServer, folder: Path) -> None:
        """Start both; raises NotStarted."""
        self.running = [system.run(valkey, folder / f"{system.key}-{n}") for n in range(2)]
        self._came = asyncio.Event()
        self.dashboards = [self._listener(tutor, n) for tutor in TUTORS for n in DASHBOARDS]
        # Each class is divided between the processes.
        self.students = [
            self._listener(email, number % 2)
            for one in TUTORS
            for number, email in enumerate(s for s, tutor in SCHOOL.items() if tutor == one)
        ]

    def _listener(self, email: str, process: int) -> Listener:
        read = self.running[process].connector.kind.frames_in
        return Listener(email, process, self._came, read)

    def everybody(self) -> Iterator[Listener]:
        """Name all who are connected."""
        return itertools.chain(self.dashboards, self.students)

    async def connect(self) -> None:
        """Connect the dashboards, then the students."""
        for one in self.everybody():
            running = self.running[one.process]
            token = running.token(one.email)
            one.socket = await running.connector.connect(token, one.on_text)

    async def until(self, arrived: Callable[[], bool]) -> bool:
        """Wait until `arrived()` is true, asking at each frame that comes; False when too late."""
        try:
            async with asyncio.timeout(ARRIVAL_SECONDS):
                while not arrived():
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        """Disconnect everybody and end both processes."""
        for one in self.everybody():
            if hasattr(one, "socket"):
                one.socket.close()
        for running in self.running:
            running.server.stop()
