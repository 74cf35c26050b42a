"""A student who practises for seconds, and knows exactly what they did."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import uuid4

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.patient_clients import connect, http_client
from tests.server_process import ServerProcess

DEADLINE_SECONDS = 60
Frame = dict[str, Any]


class Step(NamedTuple):
    """What a student does for so many seconds."""

    status: str
    sentence: str
    seconds: float


class Arrived(NamedTuple):
    """A status that came to the server after one moment and before another (monotonic seconds)."""

    status: str
    after: float
    before: float


@dataclass
class Lasted:
    """How long something lasted by the server's clock: no less than, and no more than."""

    least: float = 0
    most: float = 0


@dataclass
class Did:
    """What was done in one session."""

    session_id: str
    sentences: int
    seconds: dict[str, Lasted] = field(default_factory=dict)


class Pupil:
    """A student at a phone: signs in again after whatever happens to the server."""

    def __init__(self, server: ServerProcess, email: str, password: str) -> None:
        self.email = email
        self.did: list[Did] = []
        self.feedback: list[Frame] = []
        self.help: list[str] = []
        self._server = server
        self._password = password
        self._heard = asyncio.Event()
        self._acks: set[str] = set()

    async def practise(
        self, steps: Sequence[Step], sentences: int, halfway: Callable[[], Awaitable[None]]
    ) -> None:
        """Do these steps in a new session, in which so many sentences are done, and finish.

        `halfway` is waited for without a connection: the server may be another one afterwards.
        """
        did = Did(f"session_{uuid4().hex[:8]}", sentences)
        self.did.append(did)
        half = len(steps) // 2
        async with self.in_class() as socket:
            last = await self._do(socket, did, steps[:half])
        await halfway()
        async with self.in_class() as socket:
            finish = Step("finished", steps[-1].sentence, 0)
            await self._do(socket, did, [*steps[half:], finish], last)

    async def _do(
        self, socket: ClientConnection, did: Did, steps: Sequence[Step], last: Arrived | None = None
    ) -> Arrived | None:
        for step in steps:
            sent = time.monotonic()
            await self._report(socket, did, step)
            arrived = Arrived(step.status, sent, time.monotonic())
            if last is not None:
                lasted = did.seconds.setdefault(last.status, Lasted())
                lasted.least += arrived.after - last.before
                lasted.most += arrived.before - last.after
            last = arrived
            await asyncio.sleep(step.seconds)
        return last

    @asynccontextmanager
    async def in_class(self) -> AsyncIterator[ClientConnection]:
        """Come into class, and read what comes meanwhile."""
        token = await self._token()
        headers = {"Authorization": f"Bearer {token}"}
        async with connect(f"{self._server.ws_url}?acks=1", additional_headers=headers) as socket:
            reading = asyncio.create_task(self._read(socket))
            try:
                yield socket
            finally:
                reading.cancel()

    async def ask(self, socket: ClientConnection, note: str) -> None:
        """Ask the tutor, and wait until the question stands."""
        await socket.send(json.dumps({"type": "help", "action": "ask", "note": note}))
        await self.until(lambda: "asked" in self.help)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for what the socket brings."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not holds():
                self._heard.clear()
                await self._heard.wait()

    async def _report(self, socket: ClientConnection, did: Did, step: Step) -> None:
        said = {
            "type": "status",
            "message_id": uuid4().hex,
            "status": step.status,
            "session_id": did.session_id,
            "current_sentence": step.sentence,
            "progress": 100 if step.status == "finished" else 50,
        }
        await socket.send(json.dumps(said))
        await self.until(lambda: said["message_id"] in self._acks)

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                self._take(json.loads(text))
                if self.feedback and '"feedback"' in str(text):
                    seen = {"type": "feedback_ack", "state": "seen"}
                    last = self.feedback[-1]["message_id"]
                    await socket.send(json.dumps({**seen, "message_id": last}))
                self._heard.set()
        except ConnectionClosed:
            pass

    def _take(self, frame: Frame) -> None:
        if frame["type"] == "ack":
            self._acks.add(frame["message_id"])
        elif frame["type"] == "feedback":
            self.feedback.append(frame)
        elif frame["type"] == "help":
            self.help.append(frame["state"])
        assert "error" not in frame["type"], frame

    async def _token(self) -> str:
        async with http_client(base_url=self._server.url) as client:
            who = {"email": self.email, "password": self._password}
            answer = await client.post("/api/auth/token", json=who)
            assert answer.status_code == 200, answer.text
            return str(answer.json()["access"])
