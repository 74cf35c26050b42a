"""Feedback: from a tutor's POST to the frame at the student, one after another."""

import asyncio
import itertools
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.rosters import FAN, TUTOR_OF
from bench.systems.system import Running
from bench.works.turns import Row, calm, in_turns

ANSWER_SECONDS = 10
# What the students' sockets look for in a frame.
MARK = b"bench feedback"


async def measure_feedback(everyone: Sequence[Running], rounds: int, seconds: float) -> list[Row]:
    """Measure every system in turns; returns a row for each system and round."""
    rows: list[Row] = []
    for number in range(rounds):
        for running in in_turns(everyone, number):
            await calm([each.server for each in everyone])
            figures = await give_for(running, seconds)
            about = {"work": "feedback", "how": "rate", "system": running.system.key}
            rows.append({**about, "round": number, **figures})
    return rows


async def give_for(running: Running, seconds: float) -> Row:
    """Give feedback to each student of one class in turn; returns the figures."""
    students = list(FAN)
    arrival = Arrival()
    connector = running.connector
    sockets = [await connector.connect(running.token(who), arrival.on_text) for who in students]
    api = TutorApi(connector.api_port, running.token(TUTOR_OF[students[0]]))
    await api.open()
    trips = RoundTrips()
    cpu, begin = running.server.cpu_seconds, time.perf_counter()
    try:
        for student in itertools.cycle(students):
            if time.perf_counter() - begin > seconds:
                break
            await trips.add(api, arrival, student)
        used = running.server.cpu_seconds - cpu
    finally:
        api.close()
        for socket in sockets:
            socket.close()
    return {"seconds": time.perf_counter() - begin, "server_cpu": used, **trips.figures()}


class Arrival:
    """When the last feedback reached its student."""

    def __init__(self) -> None:
        self.came = asyncio.Event()
        self.at = 0.0

    def on_text(self, payload: bytes) -> None:
        """Note the time of a feedback frame, and of no other."""
        if MARK in payload:
            self.at = time.perf_counter()
            self.came.set()


@dataclass
class RoundTrips:
    """How long each feedback took, in seconds: to its frame, and to the answer of its POST."""

    pushed: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)

    async def add(self, api: "TutorApi", arrival: Arrival, student: str) -> None:
        """Give one feedback; raises RuntimeError when refused, TimeoutError when lost."""
        arrival.came.clear()
        began = time.perf_counter()
        async with asyncio.timeout(ANSWER_SECONDS):
            status = await api.post(body_for(student))
            self.answered.append(time.perf_counter() - began)
            if status != 201:
                raise RuntimeError(f"feedback was answered with {status}")
            await arrival.came.wait()
        self.pushed.append(arrival.at - began)

    def figures(self) -> Row:
        """Sum up in milliseconds."""
        return {
            "feedback": len(self.pushed),
            "p50_ms": statistics.median(self.pushed) * 1e3,
            "p99_ms": sorted(self.pushed)[len(self.pushed) * 99 // 100] * 1e3,
            "answer_p50_ms": statistics.median(self.answered) * 1e3,
        }


class TutorApi:
    """A tutor's HTTP connection that stays open."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token

    async def open(self) -> None:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)

    async def post(self, body: bytes) -> int:
        """Post one feedback; return the status of the answer."""
        head = (
            f"POST /api/tutor/feedback HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
            f"Authorization: Bearer {self._token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return await self.exchange(head.encode() + body)

    async def exchange(self, request: bytes) -> int:
        """Write a whole request; return the status of the answer, once all of it has come."""
        self._writer.write(request)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        size = 0
        for line in answer.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                size = int(value)
        await self._reader.readexactly(size)
        return int(answer.split(b" ", 2)[1])

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()


def body_for(student: str, message: str = f"{MARK.decode()}: 발음이 좋아졌어요") -> bytes:
    """Write the body of one feedback."""
    given = {
        "student_email": student,
        "session_id": "bench-1",
        "message": message,
        "message_type": "text",
    }
    return json.dumps(given).encode()
