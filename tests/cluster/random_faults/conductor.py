"""Leads a run: lessons, a fault, its end, the questions; and writes what happened."""

import asyncio
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster.cluster import Node
from tests.cluster.random_faults.fault import Step
from tests.cluster.random_faults.invariants import Invariants
from tests.cluster.random_faults.school import School
from tests.patient_clients import http_client

MEGABYTE = 1024 * 1024


@dataclass
class Diary:
    """A file of a line per fault, which is printed, too."""

    path: Path
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)

    def note(self, text: str) -> None:
        """Write a line with the seconds since the beginning."""
        line = f"{time.monotonic() - self.began:7.1f} {text}\n"
        with self.path.open("a") as file:
            file.write(line)
        sys.stdout.write(line)
        sys.stdout.flush()

    def text(self) -> str:
        """Read all of it."""
        return self.path.read_text()


@dataclass
class Conductor:
    """Lives through the steps of a plan; `steady` is a node that is never restarted."""

    school: School
    invariants: Invariants
    diary: Diary
    steady: Node
    sizes: list[tuple[float, int]] = field(default_factory=list)

    async def run(self, plan: Iterator[Step], seconds: float) -> None:
        """Take one step after the other until the time is over; then ask what holds at the end."""
        until = time.monotonic() + seconds
        await self.school.open()
        async with http_client() as client:
            for step in plan:
                self.school.begin_lessons(client)
                await asyncio.sleep(step.pause)
                await self._live_through(step)
                if time.monotonic() > until:
                    break
        self.diary.note(f"the end: {await self.invariants.hold_at_the_end()}")
        self.diary.note(f"{step.number} steps, {self.school.given} feedback, none lost")

    async def _live_through(self, step: Step) -> None:
        self.diary.note(f"{step.number:3}. {step.name}")
        await step.begin()
        try:
            await asyncio.sleep(step.seconds)
        finally:
            await step.end()
        ended = time.monotonic()
        await self.school.rest()
        held = await self.invariants.hold(ended)
        size = self.steady.memory()
        self.sizes.append((time.monotonic() - self.diary.began, size))
        for bot in self.school.crowd.bots:
            for sitting in bot.sittings:
                sitting.frames.clear()  # an hour of them would be the memory of the test
        self.diary.note(
            f"     {held}; {self.school.given} feedback, {self.school.reports} statuses,"
            f" {size / MEGABYTE:.0f} MB"
        )
