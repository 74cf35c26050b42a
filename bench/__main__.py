"""The bench: `python -m bench` writes tables and a plot to var/bench/; see docs/performance.md.

Every work connects all systems and measures them in turns (A B C, then C B A), so that what else
the machine does meets them all. Ratios are taken within a round; medians and ranges are reported.
"""

import argparse
import asyncio
import gc
import signal
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from bench import machine
from bench.bench_run import PARTS, BenchRun, plan_for
from bench.district.district_size import REDIS_FORMS, USUAL, DistrictSize
from bench.results import plot
from bench.results.report import report
from bench.systems import child_servers, older_commit
from bench.systems.available import OUT, PEERS, available
from bench.systems.child_servers import NotStarted
from bench.systems.system import System


def read_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about 9 minutes instead of 50")
    parser.add_argument(
        "--only", nargs="*", default=[], choices=PARTS, metavar="PART",
        help=f"measure some parts: {', '.join(PARTS)}",
    )  # fmt: skip
    parser.add_argument(
        "--peers", nargs="*", choices=("none", *(peer.key for peer in PEERS)), metavar="PEER",
        help=f"measure some peers: none, or {', '.join(peer.key for peer in PEERS)}",
    )  # fmt: skip
    parser.add_argument(
        "--before", metavar="COMMIT", help="measure an older commit of ours in the same turns"
    )
    add_district(parser)
    parser.add_argument("--rounds", type=int, help="how often each system has its turn")
    return parser.parse_args()


def add_district(parser: argparse.ArgumentParser) -> None:
    """Add how large the district is, which is measured where `--only` names it."""
    parser.add_argument("--students", type=int, default=USUAL.students, help="in the district")
    parser.add_argument("--processes", type=int, default=USUAL.processes, help="that serve it")
    parser.add_argument(
        "--rates", type=float, nargs="*", default=USUAL.rates, metavar="RATE",
        help="its statuses a second, one rate after another until one is not carried",
    )  # fmt: skip
    parser.add_argument(
        "--mirror-seconds", type=int, default=USUAL.mirror_seconds, metavar="SECONDS",
        help="its SESSION_MIRROR_SECONDS",
    )  # fmt: skip
    parser.add_argument("--redis", default=USUAL.redis, choices=REDIS_FORMS, help="how Redis runs")


def choose_district(arguments: argparse.Namespace) -> DistrictSize:
    """Say how large the district is; a quick run holds each rate for a shorter time."""
    return DistrictSize(
        students=arguments.students,
        processes=arguments.processes,
        rates=tuple(arguments.rates),
        seconds=USUAL.seconds / (5 if arguments.quick else 1),
        mirror_seconds=arguments.mirror_seconds,
        redis=arguments.redis,
    )


def choose_systems(arguments: argparse.Namespace) -> list[System]:
    """List what is measured, ours first; raises NotStarted when the older commit cannot be had."""
    wanted = arguments.peers
    if wanted is None:
        wanted = [peer.key for peer in PEERS if peer.is_target or not arguments.quick]
    systems = available(wanted)
    if arguments.before:
        systems.insert(1, older_commit.older_commit(arguments.before, OUT / "before"))
    return systems


def describe(arguments: argparse.Namespace) -> str:
    """Name the machine, and the older commit when there is one."""
    if not arguments.before:
        return machine.description()
    return f"{machine.description()}. {older_commit.description(arguments.before)}"


def run_bench(arguments: argparse.Namespace, folder: Path) -> BenchRun:
    """Measure, and end every server; returns the run, finished or stopped by hand."""
    plan = plan_for(arguments.quick, arguments.only, arguments.rounds)
    plan = replace(plan, district=choose_district(arguments))
    run = BenchRun(plan, choose_systems(arguments), describe(arguments), folder)
    try:
        uvloop.run(run.measure())
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("Stopped; what was measured so far is reported.")
    finally:
        keep_logs(folder)
        child_servers.stop_all()
    return run


def keep_logs(folder: Path) -> None:
    """Keep the ends of the servers' logs, to see why one failed."""
    for log in folder.rglob("*.log"):
        kept = OUT / "logs" / f"{log.parent.name}-{log.name}"
        kept.parent.mkdir(exist_ok=True)
        kept.write_bytes(log.read_bytes()[-100_000:])


def main() -> int:
    """Measure, then write tables and plot; servers end with the bench, Ctrl-C included."""
    arguments = read_arguments()
    OUT.mkdir(parents=True, exist_ok=True)
    machine.allow_many_files()
    machine.pin(machine.LOAD_CORES)
    gc.freeze()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with TemporaryDirectory(prefix="speaktracker-bench-") as folder:
            run = run_bench(arguments, Path(folder))
    except NotStarted as error:
        print(error)
        return 1
    table = report(run.rows, run.about, run.plan.rounds)
    (OUT / "table.md").write_text(table)
    (OUT / "plot.svg").write_text(plot.draw(run.rows))
    print(f"\n{table}\nWritten: {OUT / 'table.md'}, {OUT / 'plot.svg'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
