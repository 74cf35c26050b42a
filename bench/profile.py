"""Where our server's time goes: `python -m bench.profile [WORK] [OPTIONS]`, --help lists them.

Runs one work against `manage.py serve` as the bench does and samples the server with py-spy.
Prints the functions that hold most of the time, alone (self) and with what they call (total);
the folded stacks stand in var/bench/profile-*.txt for a flame graph.
"""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Awaitable
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from bench import machine
from bench.rosters import CROWD, FAN, HALL, LECTURE, SCHOOL
from bench.systems import child_servers
from bench.systems.available import OUT
from bench.systems.product import Product
from bench.systems.system import Running, run_valkey
from bench.works.arrivals import measure_handshakes
from bench.works.feedback_work import measure_feedback
from bench.works.figures import Figures
from bench.works.measured_classroom import MeasuredClassroom

SAMPLES_PER_SECOND = 250
# What a thread without work stands in; py-spy counts it as work on some machines.
WAITING = "_worker  concurrent/futures/thread.py"
SHOWN = 30
# After this, a crowd that has just come is idle.
SETTLE_SECONDS = 3
# Who reports in each work, and how many of a student's statuses are under way.
STATUS_WORKS = {"fan": (FAN, 1), "school": (SCHOOL, 2), "hall": (HALL, 2), "batch": (LECTURE, 8)}


async def sample(pid: int, seconds: float, path: Path, work: Awaitable[object]) -> None:
    """Sample a process while `work` goes on."""
    spy = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("py-spy")),
        *("record", "--pid", str(pid), "--duration", str(max(1, round(seconds)))),
        *("--rate", str(SAMPLES_PER_SECOND), "--format", "raw", "--output", str(path)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    await work
    _, said = await spy.communicate()
    if spy.returncode:
        raise SystemExit(f"py-spy could not sample (it needs ptrace): {said.decode()[-500:]}")


def top(path: Path) -> str:
    """Write the functions with most samples, alone and with what they call."""
    alone: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for line in path.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        if not count.isdigit():  # py-spy could not read the whole stack while it changed
            continue
        functions = [_function(frame) for frame in stack.split(";")]
        if functions[-1].startswith(WAITING):
            continue
        alone[functions[-1]] += int(count)
        for function in set(functions):
            total[function] += int(count)
    samples = sum(alone.values()) or 1
    lines = [f"{samples} samples", "", " self   total  function"]
    lines += [
        f"{count / samples:5.1%}  {total[name] / samples:6.1%}  {name}"
        for name, count in alone.most_common(SHOWN)
    ]
    lines += ["", " total  self   function"]
    lines += [
        f"{count / samples:6.1%}  {alone[name] / samples:5.1%}  {name}"
        for name, count in total.most_common(SHOWN * 2)
    ]
    return "\n".join(lines)


def _function(frame: str) -> str:
    """Drop the line number, and the folders of installed packages."""
    name, _, place = frame.partition(" (")
    file = place.rstrip(")").rpartition(":")[0] or place.rstrip(")")
    return f"{name}  {file.rpartition('site-packages/')[2]}"


async def profile(arguments: argparse.Namespace, folder: Path) -> None:
    """Serve, work, sample, print."""
    valkey = run_valkey(folder)
    product = Product(valkey.port, folder / "ours")
    product.prepare()
    running = product.run(valkey)
    running.token(next(iter(FAN)))
    path = OUT / f"profile-{arguments.work}-{arguments.dashboards}.txt"
    work = await prepare_work(running, arguments)
    found: list[object] = []

    async def keep() -> None:
        found.append(await work)

    await sample(running.server.pid, arguments.seconds, path, keep())
    print(top(path))
    for figures in found:
        print(figures)
        if isinstance(figures, Figures):
            each = figures.server_cpu / max(1, figures.deliveries) * 1e6
            print(f"{each:.1f} µs of server CPU per delivery (with the sampler's burden)")


async def prepare_work(running: Running, arguments: argparse.Namespace) -> Awaitable[object]:
    """Connect whoever the work needs; return what goes on while the server is sampled."""
    seconds: float = arguments.seconds
    if arguments.work in STATUS_WORKS:
        people, window = STATUS_WORKS[arguments.work]
        batch = arguments.work == "batch"
        classroom = MeasuredClassroom(running, people, arguments.dashboards, batch)
        await classroom.connect()
        return classroom.as_fast_as_it_goes(seconds, window)
    if arguments.work == "feedback":
        return measure_feedback([running], 1, seconds)
    if arguments.work == "handshakes":
        return measure_handshakes([running], 1, arguments.people)
    await running.connector.connect_many(map(running.token, islice(CROWD, arguments.people)))
    await asyncio.sleep(SETTLE_SECONDS)
    return asyncio.sleep(seconds)


def main() -> None:
    """Profile one work."""
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description=__doc__)
    kinds = [*STATUS_WORKS, "feedback", "handshakes", "idle"]
    parser.add_argument(
        "work", nargs="?", default="fan", choices=kinds, help="what goes on meanwhile"
    )
    parser.add_argument("--dashboards", type=int, default=1, help="dashboards of each tutor")
    parser.add_argument("--seconds", type=float, default=5, help="how long it is sampled")
    parser.add_argument("--people", type=int, default=200, help="how many arrive, or sit idle")
    machine.allow_many_files()
    machine.pin(machine.LOAD_CORES)
    OUT.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="speaktracker-profile-") as folder:
        try:
            uvloop.run(profile(parser.parse_args(), Path(folder)))
        finally:
            child_servers.stop_all()


if __name__ == "__main__":
    main()
