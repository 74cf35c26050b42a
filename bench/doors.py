"""What happens once per person: handshakes, feedback, and the memory of those who only listen."""

import asyncio
import contextlib
import itertools
import json
import statistics
import time
from collections.abc import Sequence
from typing import Any

from bench.classes import CROWD, FAN, TUTOR_OF
from bench.sockets import Socket
from bench.systems import Running
from bench.works import calm, settled

Row = dict[str, Any]
HANDSHAKES_AT_ONCE = 32
ANSWER_SECONDS = 10
QUIET_SECONDS = 3.0


async def handshakes(everyone: Sequence[Running], rounds: int, count: int) -> list[Row]:
    """Measure `count` students who arrive at the same time, in turns."""
    rows: list[Row] = []
    students = itertools.cycle(CROWD)
    for number in range(rounds):
        order = list(everyone)
        for running in order if number % 2 == 0 else reversed(order):
            tokens = [running.token(next(students)) for _ in range(count)]
            await calm([each.child for each in everyone])
            refused = running.door.refusals
            cpu, began = running.child.cpu_seconds, time.perf_counter()
            sockets = await running.door.open_many(tokens, HANDSHAKES_AT_ONCE)
            seconds = time.perf_counter() - began
            used = running.child.cpu_seconds - cpu
            for socket in sockets:
                socket.close()
            await settled([running])
            rows.append(
                {
                    "work": "handshakes",
                    "how": "fast",
                    "system": running.system.key,
                    "round": number,
                    "seconds": seconds,
                    "handshakes": count,
                    "refused": running.door.refusals - refused,
                    "server_cpu": used,
                }
            )
    return rows


class _Api:
    """A tutor's HTTP connection that stays open."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)

    async def post(self, body: bytes) -> int:
        """Post one feedback; return the status of the answer."""
        head = (
            f"POST /api/tutor/feedback HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
            f"Authorization: Bearer {self._token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        size = 0
        for line in answer.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                size = int(value)
        await self._reader.readexactly(size)
        return int(answer.split(b" ", 2)[1])

    def close(self) -> None:
        self._writer.close()


async def feedback(everyone: Sequence[Running], rounds: int, seconds: float) -> list[Row]:
    """Measure from a tutor's POST to the frame at the student, one after another."""
    rows: list[Row] = []
    for number in range(rounds):
        order = list(everyone)
        for running in order if number % 2 == 0 else reversed(order):
            await calm([each.child for each in everyone])
            rows.append(
                {
                    "work": "feedback",
                    "how": "rate",
                    "system": running.system.key,
                    "round": number,
                    **await _feedback(running, seconds),
                }
            )
    return rows


async def _feedback(running: Running, seconds: float) -> Row:
    arrived = asyncio.Event()
    when = 0.0

    def ear(payload: bytes) -> None:
        nonlocal when
        if b"bench feedback" in payload:
            when = time.perf_counter()
            arrived.set()

    students = list(FAN)
    sockets: list[Socket] = [
        await running.door.open(running.token(email), ear) for email in students
    ]
    api = _Api(running.door.api_port, running.token(TUTOR_OF[students[0]]))
    await api.open()
    pushed: list[float] = []
    answered: list[float] = []
    cpu = running.child.cpu_seconds
    begin = time.perf_counter()
    try:
        for student in itertools.cycle(students):
            began = time.perf_counter()
            if began - begin > seconds:
                break
            arrived.clear()
            async with asyncio.timeout(ANSWER_SECONDS):
                status = await api.post(_body(student))
                answered.append(time.perf_counter() - began)
                if status != 201:
                    raise RuntimeError(f"{running.system.title} answered feedback with {status}")
                await arrived.wait()
            pushed.append(when - began)
        used = running.child.cpu_seconds - cpu
    finally:
        api.close()
        for socket in sockets:
            socket.close()
    return {
        "seconds": time.perf_counter() - begin,
        "feedback": len(pushed),
        "server_cpu": used,
        "p50_ms": statistics.median(pushed) * 1e3,
        "p99_ms": sorted(pushed)[len(pushed) * 99 // 100] * 1e3,
        "answer_p50_ms": statistics.median(answered) * 1e3,
    }


def _body(student: str) -> bytes:
    given = {
        "student_email": student,
        "session_id": "bench-1",
        "message": "bench feedback: 발음이 좋아졌어요",
        "message_type": "text",
    }
    return json.dumps(given).encode()


async def idle_memory(running: Running, connections: int) -> list[Row]:
    """Measure what `connections` students who only listen cost a server that was just started."""
    emails = list(itertools.islice(CROWD, connections))
    warm = await running.door.open_many([running.token(email) for email in emails[:20]])
    for socket in warm:
        socket.close()
    await calm([running.child])
    before = running.child.memory_kib
    refused = running.door.refusals
    sockets = await running.door.open_many([running.token(email) for email in emails])
    try:
        await asyncio.sleep(QUIET_SECONDS)
        after = running.child.memory_kib
        cpu = running.child.cpu_seconds
        await asyncio.sleep(QUIET_SECONDS)
        idle = (running.child.cpu_seconds - cpu) / QUIET_SECONDS
        closed = sum(socket.is_closed for socket in sockets)
    finally:
        for socket in sockets:
            with contextlib.suppress(OSError):
                socket.close()
    row = {
        "work": "idle",
        "how": str(connections),
        "system": running.system.key,
        "round": 0,
        "connections": connections,
        "closed": closed,
        "refused": running.door.refusals - refused,
        "kib_per_connection": (after - before) / connections,
        "idle_cpu_share": idle,
    }
    return [row]
