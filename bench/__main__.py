"""The bench: `python -m bench [--quick] [--only WORD…]`; tables and plot go to var/bench/.

Every work connects all systems and measures them in turns (A B C, then C B A), so that what else
the machine does meets them all. Ratios are taken within a round; medians and ranges are reported.
"""

import argparse
import asyncio
import gc
import json
import signal
import sys
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvloop
from picows import WSError

from bench import children, doors, growth, machine, plot, report, works
from bench.children import Child, NotStarted
from bench.systems import OUT, Running, System, available, run_valkey

Row = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """How long and how much."""

    rounds: int
    seconds: float
    feedback_seconds: float
    handshakes: int
    idle: tuple[int, ...]
    connections: tuple[int, ...]
    dashboards: tuple[int, ...]
    processes: tuple[int, ...]
    rows: tuple[int, ...]
    # Leaves out all but the peers and works that the targets name.
    is_quick: bool = False


QUICK = Plan(2, 0.7, 1.0, 100, (200,), (100, 1_000), (1, 20), (), (), is_quick=True)
FULL = Plan(
    5, 1.8, 2.5, 400, (1_000, 5_000), (100, 1_000, 5_000, 10_000), (1, 10, 50, 100), (1, 2),
    (10_000, 1_000_000),
)  # fmt: skip
PARTS = (*(work.key for work in works.WORKS), "feedback", "handshakes", "idle", "growth")


class Bench:
    """One run; rows are kept in var/bench/results.json as they come."""

    def __init__(self, plan: Plan, only: set[str], folder: Path) -> None:
        self.plan, self.only, self.folder = plan, only, folder
        self.rows: list[Row] = []
        self.valkey: Child
        self._began = time.monotonic()

    def wants(self, part: str) -> bool:
        """Tell whether a part was asked for."""
        if self.only:
            return part in self.only
        return not self.plan.is_quick or part in (*works.QUICK_WORKS, *PARTS[-4:])

    def say(self, text: str) -> None:
        """Print what goes on, with the minutes passed."""
        print(f"[{(time.monotonic() - self._began) / 60:4.1f} min] {text}", flush=True)

    def keep(self, rows: list[Row]) -> None:
        """Keep figures, on disk too."""
        self.rows += rows
        kept = {"machine": machine.description(), "rows": self.rows}
        (OUT / "results.json").write_text(json.dumps(kept, indent=1))

    async def run(self) -> None:
        """Measure everything that was asked for."""
        self.valkey = run_valkey(self.folder)
        systems = available()
        if self.plan.is_quick:
            systems = [system for system in systems if system.is_target]
        await self._side_by_side(systems)
        if self.wants("idle"):
            await self._idle(systems)
        if self.wants("growth"):
            await self._growth()

    async def _part(self, key: str, title: str, work: Coroutine[Any, Any, list[Row]]) -> None:
        """Do one part if it was asked for; one that fails costs its own figures only."""
        if not self.wants(key):
            work.close()
            return
        await self._try(title, work)

    async def _try(self, title: str, work: Coroutine[Any, Any, list[Row]]) -> None:
        self.say(title)
        try:
            self.keep(await work)
        except (OSError, RuntimeError, ValueError, WSError) as error:
            print(f"  {title}: not measured: {error!r}; see {OUT / 'logs'}")

    async def _side_by_side(self, systems: list[System]) -> None:
        plan = self.plan
        parts = [part for part in PARTS[:-2] if self.wants(part)]
        needed = [system for system in systems if any(map(system.takes_part, parts))]
        everyone = self._started(needed)

        def of(part: str) -> list[Running]:
            return [running for running in everyone if running.system.takes_part(part)]

        for work in works.WORKS:
            given = works.measure(work, of(work.key), self.valkey, plan.rounds, plan.seconds)
            await self._part(work.key, work.title, given)
        given = doors.feedback(of("feedback"), plan.rounds, plan.feedback_seconds)
        await self._part("feedback", "feedback: POST → the student's frame", given)
        given = doors.handshakes(of("handshakes"), plan.rounds, plan.handshakes)
        await self._part("handshakes", "handshakes", given)
        for running in everyone:
            running.child.stop()

    def _started(self, systems: list[System]) -> list[Running]:
        everyone = []
        for system in systems:
            self.say(f"starting {system.title}")
            try:
                everyone.append(system.run(self.valkey, self.folder / system.key))
            except NotStarted as error:
                if system.is_ours:
                    raise
                print(f"Left out: {error}")
        return everyone

    async def _idle(self, systems: list[System]) -> None:
        for system in systems:
            for connections in self.plan.idle if system.takes_part("idle") else ():
                for running in self._started([system]):
                    measured = doors.idle_memory(running, connections)
                    await self._try(f"{connections} idle connections: {system.title}", measured)
                    running.child.stop()

    async def _growth(self) -> None:
        plan, seconds, valkey = self.plan, self.plan.seconds, self.valkey
        product = growth.prepared(valkey, self.folder / "growth")
        sizes = [size for size in plan.connections if size + 500 < machine.allow_many_files()]
        if len(sizes) < len(plan.connections):
            print(f"  only {sizes}: raise the limit of open files (ulimit -n) for more")
        for title, measure, numbers in (
            ("dashboards", growth.with_dashboards, plan.dashboards),
            ("connections", growth.with_connections, sizes),
            ("processes", growth.with_processes, plan.processes),
            ("rows", growth.with_rows, plan.rows),
        ):
            if numbers:
                measured = measure(product, valkey, list(numbers), seconds)
                await self._try(f"growth with {title}", measured)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about 6 minutes instead of 35")
    parser.add_argument("--only", nargs="*", default=[], choices=PARTS, metavar="PART")
    return parser.parse_args()


def main() -> int:
    """Measure, then write tables and plot; servers end with the bench, Ctrl-C included."""
    arguments = _arguments()
    OUT.mkdir(parents=True, exist_ok=True)
    machine.allow_many_files()
    machine.pin(machine.LOAD_CORES)
    gc.freeze()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    plan = QUICK if arguments.quick else FULL
    with TemporaryDirectory(prefix="speaktracker-bench-") as folder:
        bench = Bench(plan, set(arguments.only), Path(folder))
        try:
            uvloop.run(bench.run())
        except (KeyboardInterrupt, asyncio.CancelledError):
            print("Stopped; what was measured so far is reported.")
        except NotStarted as error:
            print(error)
            return 1
        finally:
            _keep_logs(Path(folder))
            children.stop_all()
    table = report.table(bench.rows, machine.description(), plan.rounds)
    (OUT / "table.md").write_text(table)
    (OUT / "plot.svg").write_text(plot.draw(bench.rows))
    print(f"\n{table}\nWritten: {OUT / 'table.md'}, {OUT / 'plot.svg'}")
    return 0


def _keep_logs(folder: Path) -> None:
    """Keep the ends of the servers' logs, to see why one failed."""
    for log in folder.rglob("*.log"):
        kept = OUT / "logs" / f"{log.parent.name}-{log.name}"
        kept.parent.mkdir(exist_ok=True)
        kept.write_bytes(log.read_bytes()[-100_000:])


if __name__ == "__main__":
    sys.exit(main())
