"""A district on an installation: it arrives, rests, reports at growing rates, and leaves."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable

from bench.district.component_readings import Reading
from bench.district.district_people import Pupil, Seen, WatchingTutor
from bench.district.district_size import DistrictSize
from bench.district.installation import Installation
from bench.rosters import district
from bench.systems.client_sockets import ClientSocket
from bench.works.turns import Row

PUMP_SECONDS = 0.001
LOOK_SECONDS = 0.2
JOIN_SECONDS = 120
# What has not come so long after the last that came is lost.
LOST_AFTER_SECONDS = 10.0
# The relay and the journal have as long to be through with what was before.
SETTLE_SECONDS = 60
LEAVE_SECONDS = 120
JOINS_PER_SECOND = 500


class MeasuredDistrict:
    """Everybody of a district, and what is measured with them."""

    def __init__(self, size: DistrictSize, installation: Installation) -> None:
        self.size, self._installation = size, installation
        self._tutor_of = district(size.students, size.tutors)
        self.seen = Seen()
        self._pupils = {email: Pupil() for email in self._tutor_of}
        self._turn = 0
        self._sockets: list[ClientSocket] = []

    async def arrive(self) -> Row:
        """Connect the dashboards, then the students, as fast as it goes."""
        installation = self._installation
        connector, tokens = installation.connector, installation.tokens
        taught: dict[str, dict[str, Pupil]] = defaultdict(dict)
        for email, tutor in self._tutor_of.items():
            taught[tutor][email] = self._pupils[email]
        for tutor, pupils in taught.items():
            shown = WatchingTutor(pupils, self.seen)
            connecting = connector.connect(tokens[tutor], shown.on_text, b"broadcast_all")
            self._sockets.append(await connecting)
        memory, before = installation.memory_kib(), installation.read()
        began = time.perf_counter()
        sockets = await connector.connect_many(tokens[email] for email in self._pupils)
        seconds = time.perf_counter() - began
        used = installation.read().since(before)
        for pupil, socket in zip(self._pupils.values(), sockets, strict=True):
            pupil.socket = socket
        self._sockets += sockets
        kib = (installation.memory_kib() - memory) / len(sockets)
        return row("arrive", seconds, len(sockets), used, kib_of_a_socket=kib, empty_kib=memory)

    async def join(self) -> Row:
        """Have each student send the first status, which their tutor sees as a join."""
        before, began = self._installation.read(), time.perf_counter()
        for number, pupil in enumerate(self._pupils.values()):
            pupil.begin()
            if number % (JOINS_PER_SECOND // 10) == 0:
                await asyncio.sleep(0.1)
        await self._until(lambda: self.seen.joined >= self.size.students, JOIN_SECONDS)
        seconds = time.perf_counter() - began
        used = self._installation.read().since(before)
        return row(
            "join", seconds, self.seen.joined, used, lost=self.size.students - self.seen.joined
        )

    async def rest(self) -> Row:
        """Measure what everybody costs who only listens."""
        await self._settled()
        before, began = self._installation.read(), time.perf_counter()
        await asyncio.sleep(self.size.seconds)
        used = self._installation.read().since(before)
        return row("rest", time.perf_counter() - began, len(self._sockets), used)

    async def report(self, rate: float) -> Row:
        """Have statuses come at `rate` a second for a while; all must be seen once, in order."""
        seen = self.seen
        await self._pump(rate, self.size.seconds / 6)  # the journal's and the relay's rhythm
        await self._drained()
        del seen.latencies[:]
        shown, text_bytes = seen.shown, seen.text_bytes
        wrong = (seen.doubled, seen.skipped, seen.strangers)
        before, began = self._installation.read(), time.perf_counter()
        sent = await self._pump(rate, self.size.seconds)
        seconds = time.perf_counter() - began
        # Beside the loop, which must not keep what is under way from being seen.
        used = (await asyncio.to_thread(self._installation.read)).since(before)
        waiting = await asyncio.to_thread(self._installation.waiting_for_mirror)
        lost = await self._drained()
        latencies = sorted(seen.latencies)
        doubled, skipped, strangers = (
            b - a for a, b in zip(wrong, (seen.doubled, seen.skipped, seen.strangers), strict=True)
        )
        return row(
            "report", seconds, sent, used, rate=rate, shown=seen.shown - shown, lost=lost,
            text_bytes=seen.text_bytes - text_bytes, memory_kib=self._installation.memory_kib(),
            doubled=doubled, skipped=skipped, strangers=strangers, waiting=waiting,
            p50_ms=part_of(latencies, 0.5), p99_ms=part_of(latencies, 0.99),
            max_ms=part_of(latencies, 1.0),
            closed=sum(socket.is_closed for socket in self._sockets),
        )  # fmt: skip

    async def leave(self) -> Row:
        """Break all students off, and wait until SQL has nobody in class."""
        installation = self._installation
        before, began = installation.read(), time.perf_counter()
        for pupil in self._pupils.values():
            pupil.socket.close()
        await self._until(lambda: installation.students_in_class() == 0, LEAVE_SECONDS)
        seconds = time.perf_counter() - began
        used = installation.read().since(before)
        return row(
            "leave", seconds, self.size.students, used, lost=installation.students_in_class()
        )

    def close(self) -> None:
        """Break off who is still there."""
        for socket in self._sockets:
            socket.close()

    async def _pump(self, rate: float, seconds: float) -> int:
        pupils = list(self._pupils.values())
        began, sent = time.perf_counter(), 0
        while (passed := time.perf_counter() - began) < seconds:
            while sent < passed * rate:
                pupils[self._turn % len(pupils)].report()
                self._turn += 1
                sent += 1
            await asyncio.sleep(PUMP_SECONDS)
        return sent

    async def _drained(self) -> int:
        """Wait for what is under way; return what never came, and forget it."""
        shown, deadline = -1, time.monotonic() + LOST_AFTER_SECONDS
        while any(pupil.sent for pupil in self._pupils.values()):
            if shown != self.seen.shown:
                shown, deadline = self.seen.shown, time.monotonic() + LOST_AFTER_SECONDS
            elif time.monotonic() > deadline:
                break
            await asyncio.sleep(LOOK_SECONDS)
        lost = sum(len(pupil.sent) for pupil in self._pupils.values())
        for pupil in self._pupils.values():
            pupil.sent.clear()
        return lost

    async def _settled(self) -> None:
        """Let the journal and the relay write what is left of before."""
        await self._until(lambda: self._installation.waiting_for_mirror() == 0, SETTLE_SECONDS)

    async def _until(self, is_so: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not is_so() and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)


def row(how: str, seconds: float, count: int, used: Reading, **figures: float | None) -> Row:
    """Write a row of `count` statuses or people; CPU in seconds, by part."""
    often = used.most_frequent(12)
    return {
        "work": "district", "how": how, "system": "ours", "seconds": seconds, "count": count,
        "cpu": used.cpu, "statements": used.statement_count, "wal_bytes": used.wal_bytes,
        "publishes": used.publishes, "publish_seconds": used.publish_seconds,
        "mirrored": used.mirrored, "often": [(one.calls, one.seconds, one.text) for one in often],
        **figures,
    }  # fmt: skip


def part_of(ordered: list[int], part: float) -> float | None:
    """Read a percentile of nanoseconds in milliseconds."""
    if not ordered:
        return None
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] / 1e6
