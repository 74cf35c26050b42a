"""Students who report, the dashboards that show them, and what reached whom.

A sentence carries `|when|number|student|`: when it was sent (monotonic ns), its number (grows by
one per student) and whose it is. An update that a dashboard never shows, since a newer one of the
same student took its place, is counted as superseded, not as delivered.
"""

import asyncio
import contextlib
import gc
import os
import time
from array import array
from collections import Counter
from collections.abc import Awaitable, Mapping

import psutil

from bench.systems.client_sockets import ClientSocket
from bench.systems.system import Running
from bench.works.figures import Figures
from bench.works.reporting_student import ReportingStudent

WARM_SECONDS = 0.4
WARM_AT_MOST_SECONDS = 4.0
LOST_AFTER_SECONDS = 3.0
PUMP_SECONDS = 0.001
POLL_SECONDS = 0.02
NUMBERS_OF_ONE_CLASSROOM = 10**8
_now = time.monotonic_ns


class MeasuredClassroom:
    """The people of one work on one system, connected."""

    _highest = 0

    def __init__(
        self,
        running: Running,
        tutor_of: Mapping[str, str],
        dashboards: int,
        batch: bool = False,
    ) -> None:
        """Show each tutor's students on `dashboards` dashboards, which take batches or not."""
        MeasuredClassroom._highest += NUMBERS_OF_ONE_CLASSROOM
        self._base = MeasuredClassroom._highest
        self.running = running
        self._tutor_of = tutor_of
        self._dashboards = dashboards
        self._batch = batch
        self._students = [ReportingStudent(n, self._base, dashboards) for n in range(len(tutor_of))]
        self._sockets: list[ClientSocket] = []
        self._goes_on = False
        self._window = 0
        self._latencies: array[int] | None = None
        self._statuses = self._deliveries = self._frames = self._superseded = 0
        self.closed_unasked = 0

    async def connect(self) -> None:
        """Connect the dashboards, then the students."""
        running = self.running
        word = b"broadcast_all" if running.system.is_product else b"connection_success"
        taught = Counter(self._tutor_of.values())
        for tutor in taught:
            token = running.token(tutor)
            for _ in range(self._dashboards):
                shown = Dashboard(self, dict.fromkeys(range(len(self._students)), self._base))
                connecting = running.connector.connect(token, shown.on_text, word, self._batch)
                self._sockets.append(await connecting)
        sockets = await running.connector.connect_many(map(running.token, self._tutor_of))
        for student, socket in zip(self._students, sockets, strict=True):
            student.socket = socket
        self._sockets += sockets

    def close(self) -> None:
        """Break every connection off."""
        self.closed_unasked = sum(socket.is_closed for socket in self._sockets)
        for socket in self._sockets:
            socket.close()

    async def as_fast_as_it_goes(self, seconds: float, window: int) -> Figures:
        """Measure with `window` statuses of each student under way all the time."""
        self._goes_on, self._window = True, window
        replacing = asyncio.create_task(self._replace_lost())
        for student in self._students:
            for _ in range(window):
                student.report()
        await self._warm_up(window)
        figures = await self._measured(asyncio.sleep(seconds))
        self._goes_on = False
        replacing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await replacing
        figures.lost = await self._drain()
        return figures

    async def _warm_up(self, window: int) -> None:
        """Wait until the first burst is through, so that a steady flow is measured."""
        enough = self._statuses + window * len(self._students)
        deadline = time.monotonic() + WARM_AT_MOST_SECONDS
        await asyncio.sleep(WARM_SECONDS)
        while self._statuses < enough and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(POLL_SECONDS)

    async def at_rate(self, per_second: float, seconds: float) -> Figures:
        """Measure latencies while statuses come at a fixed rate, whatever comes back."""
        self._latencies = None
        await self._pump(per_second, WARM_SECONDS)
        await self._drain()
        self._latencies = array("q")
        figures = await self._measured(self._pump(per_second, seconds))
        figures.lost = await self._drain()
        found, self._latencies = sorted(self._latencies), None
        if found:
            figures.p50_ms = found[len(found) // 2] / 1e6
            figures.p99_ms = found[min(len(found) - 1, len(found) * 99 // 100)] / 1e6
            figures.max_ms = found[-1] / 1e6
        return figures

    def shown(self, student: int, last: int, number: int, sent: int) -> None:
        """Note that a dashboard that had `last` shows `number` of `student`."""
        self._deliveries += 1
        if self._latencies is not None:
            self._latencies.append(_now() - sent)
        self._superseded += number - last - 1
        person = self._students[student]
        pending = person.pending
        for one in range(last + 1, number + 1):
            left = pending.get(one)
            if left is None:
                continue
            if left > 1:
                pending[one] = left - 1
                continue
            del pending[one]
            self._statuses += 1
            if self._goes_on:
                person.report()

    def framed(self) -> None:
        """Count one frame."""
        self._frames += 1

    async def _measured(self, work: Awaitable[None]) -> Figures:
        gc.collect()
        gc.disable()
        me = psutil.Process(os.getpid())
        before = (self._statuses, self._deliveries, self._frames, self._superseded)
        cpu = (self.running.server.cpu_seconds, self.running.valkey.cpu_seconds, _cpu(me))
        began = time.perf_counter()
        await work
        seconds = time.perf_counter() - began
        cpu_after = (self.running.server.cpu_seconds, self.running.valkey.cpu_seconds, _cpu(me))
        after = (self._statuses, self._deliveries, self._frames, self._superseded)
        gc.enable()
        statuses, deliveries, frames, superseded = (
            b - a for a, b in zip(before, after, strict=True)
        )
        server_cpu, valkey_cpu, load_cpu = (b - a for a, b in zip(cpu, cpu_after, strict=True))
        return Figures(
            seconds=seconds,
            statuses=statuses,
            deliveries=deliveries,
            frames=frames,
            superseded=superseded,
            lost=0,
            server_cpu=server_cpu,
            valkey_cpu=valkey_cpu,
            load_cpu=load_cpu,
        )

    async def _pump(self, per_second: float, seconds: float) -> None:
        began = time.perf_counter()
        sent = 0
        while (passed := time.perf_counter() - began) < seconds:
            while sent < passed * per_second:
                self._students[sent % len(self._students)].report()
                sent += 1
            await asyncio.sleep(PUMP_SECONDS)

    async def _replace_lost(self) -> None:
        """Send again for students whose statuses were lost, so that a loss does not end the run."""
        while True:
            before = {student.index: student.number for student in self._students}
            await asyncio.sleep(LOST_AFTER_SECONDS)
            for student in self._students:
                if student.number == before[student.index]:
                    for _ in range(self._window):
                        student.report()

    async def _drain(self) -> int:
        """Wait for what is under way; return how many deliveries never came."""
        deadline = time.monotonic() + LOST_AFTER_SECONDS
        seen = -1
        while any(student.pending for student in self._students):
            if time.monotonic() > deadline:
                break
            if seen != self._deliveries:  # still coming
                seen = self._deliveries
                deadline = max(deadline, time.monotonic() + 1)
            await asyncio.sleep(POLL_SECONDS)
        lost = sum(sum(student.pending.values()) for student in self._students)
        for student in self._students:
            student.pending.clear()
        return lost


class Dashboard:
    """What one dashboard has shown last of each student."""

    __slots__ = ("_classroom", "_last")

    def __init__(self, classroom: MeasuredClassroom, last: dict[int, int]) -> None:
        self._classroom = classroom
        self._last = last

    def on_text(self, payload: bytes) -> None:
        """Read every update of a frame."""
        parts = payload.split(b"|")
        if len(parts) < 5:
            return
        self._classroom.framed()
        for at in range(1, len(parts) - 3, 4):
            student, number = int(parts[at + 2]), int(parts[at + 1])
            last = self._last.get(student, number)
            if number > last:
                self._last[student] = number
                self._classroom.shown(student, last, number, int(parts[at]))


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
