"""One run of the bench: which parts are measured, in which order, and where the rows are kept."""

import json
import time
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from picows import WSError

from bench import machine
from bench.district.district_run import measure_district
from bench.district.district_size import USUAL, DistrictSize
from bench.systems.available import OUT
from bench.systems.child_servers import ChildServer, NotStarted
from bench.systems.product import Product
from bench.systems.system import Running, System, run_valkey
from bench.works import growth
from bench.works.arrivals import measure_handshakes, measure_idle
from bench.works.feedback_work import measure_feedback
from bench.works.post_work import measure_posts
from bench.works.status_works import QUICK_WORKS, STATUS_WORKS, measure
from bench.works.turns import Row

# In turns with all systems, in this order; then what starts servers of its own.
IN_TURNS = (*(work.key for work in STATUS_WORKS), "feedback", "handshakes")
# Takes minutes and needs a PostgreSQL: measured only where it is named.
DISTRICT = "district"
EVERYTHING = (*IN_TURNS, "posts", "idle", "growth")
PARTS = (*EVERYTHING, DISTRICT)
QUICK_PARTS = (*QUICK_WORKS, "feedback", "handshakes", "posts", "idle", "growth")


@dataclass(frozen=True)
class Plan:
    """How long and how much; `parts` names what is measured.

    With fewer `handshakes` the quickest peers would use less CPU than the clock can tell.
    """

    rounds: int
    seconds: float
    feedback_seconds: float
    handshakes: int
    idle: tuple[int, ...]
    connections: tuple[int, ...]
    dashboards: tuple[int, ...]
    processes: tuple[int, ...]
    rows: tuple[int, ...]
    parts: tuple[str, ...]
    district: DistrictSize = USUAL


QUICK = Plan(2, 0.7, 1.0, 100, (200,), (100, 1_000), (1, 20), (), (), QUICK_PARTS)
FULL = Plan(
    5, 1.8, 2.5, 1_600, (1_000, 5_000), (100, 1_000, 5_000, 10_000), (1, 10, 50, 100), (1, 2),
    (10_000, 1_000_000), EVERYTHING,
)  # fmt: skip


def plan_for(is_quick: bool, parts: list[str], rounds: int | None) -> Plan:
    """Choose a plan; `parts` and `rounds` replace its own where they are given."""
    plan = QUICK if is_quick else FULL
    return replace(plan, parts=tuple(parts) or plan.parts, rounds=rounds or plan.rounds)


class BenchRun:
    """Measures `systems` by a plan; rows are kept in var/bench/results.json as they come."""

    def __init__(self, plan: Plan, systems: list[System], about: str, folder: Path) -> None:
        self.plan, self.systems, self.about, self.folder = plan, systems, about, folder
        self.rows: list[Row] = []
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        """Print what goes on, with the minutes passed."""
        print(f"[{(time.monotonic() - self._began) / 60:4.1f} min] {text}", flush=True)

    async def measure(self) -> None:
        """Measure every part of the plan; raises NotStarted when our own product does not start."""
        valkey = run_valkey(self.folder)
        await self.measure_in_turns(valkey)
        if "posts" in self.plan.parts:
            folder, seconds = self.folder / "posts", self.plan.feedback_seconds
            measured = measure_posts(valkey, folder, self.plan.rounds, seconds)
            await self._try("posts of the Management API → the socket's frame", measured)
        for system in self.systems if "idle" in self.plan.parts else ():
            for connections in self.plan.idle if system.takes_part("idle") else ():
                for running in self._started([system], valkey):
                    title = f"{connections} idle connections: {system.title}"
                    await self._try(title, measure_idle(running, connections))
                    running.server.stop()
        if "growth" in self.plan.parts:
            await self.measure_growth(valkey)
        if DISTRICT in self.plan.parts:
            valkey.stop()
            measured = measure_district(self.plan.district, self.folder / DISTRICT, self.say)
            await self._try("a district", measured)

    async def measure_in_turns(self, valkey: ChildServer) -> None:
        plan = self.plan
        parts = [part for part in IN_TURNS if part in plan.parts]
        everyone = self._started([s for s in self.systems if any(map(s.takes_part, parts))], valkey)

        def those_in(part: str) -> list[Running]:
            return [running for running in everyone if running.system.takes_part(part)]

        for work in STATUS_WORKS:
            if work.key in parts:
                measured = measure(work, those_in(work.key), plan.rounds, plan.seconds)
                await self._try(work.title, measured)
        if "feedback" in parts:
            measured = measure_feedback(those_in("feedback"), plan.rounds, plan.feedback_seconds)
            await self._try("feedback: POST → the student's frame", measured)
        if "handshakes" in parts:
            measured = measure_handshakes(those_in("handshakes"), plan.rounds, plan.handshakes)
            await self._try("handshakes", measured)
        for running in everyone:
            running.server.stop()

    async def measure_growth(self, valkey: ChildServer) -> None:
        plan = self.plan
        product = Product(valkey.port, self.folder / "growth")
        product.prepare()
        sizes = [size for size in plan.connections if size + 500 < machine.allow_many_files()]
        if len(sizes) < len(plan.connections):
            print(f"  only {sizes}: raise the limit of open files (ulimit -n) for more")
        for title, measure_with, numbers in (
            ("dashboards", growth.with_dashboards, plan.dashboards),
            ("connections", growth.with_connections, sizes),
            ("processes", growth.with_processes, plan.processes),
            ("rows", growth.with_rows, plan.rows),
        ):
            if numbers:
                measured = measure_with(product, valkey, list(numbers), plan.seconds)
                await self._try(f"growth with {title}", measured)

    def _started(self, systems: list[System], valkey: ChildServer) -> list[Running]:
        everyone = []
        for system in systems:
            self.say(f"starting {system.title}")
            try:
                everyone.append(system.run(valkey, self.folder / system.key))
            except NotStarted as error:
                if system.is_product:
                    raise
                print(f"Left out: {error}")
        return everyone

    async def _try(self, title: str, work: Coroutine[Any, Any, list[Row]]) -> None:
        """Keep the rows of one part; one that fails costs its own figures only."""
        self.say(title)
        try:
            self.rows += await work
        except (OSError, RuntimeError, ValueError, WSError) as error:
            print(f"  {title}: not measured: {error!r}; see {OUT / 'logs'}")
        kept = {"about": self.about, "rows": self.rows}
        (OUT / "results.json").write_text(json.dumps(kept, indent=1))
