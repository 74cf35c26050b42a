"""How our cost grows: with connections, dashboards, processes and rows."""

import asyncio
import itertools
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.rosters import CROWD, FAN, SCHOOL
from bench.systems.child_servers import ChildServer
from bench.systems.client_sockets import ClientSocket
from bench.systems.product import Product
from bench.works.arrivals import measure_handshakes
from bench.works.feedback_work import measure_feedback
from bench.works.measured_classroom import MeasuredClassroom
from bench.works.turns import Row, calm, settled

RATE = 500
BASELINE_SECONDS = 3.0


def _row(against: str, size: int, **figures: Any) -> Row:
    return {"work": f"growth-{against}", "how": "rate", "system": "ours", "size": size, **figures}


async def with_connections(
    product: Product, valkey: ChildServer, sizes: list[int], seconds: float
) -> list[Row]:
    """Measure CPU per status beside ever more students who only listen (their pings taken off)."""
    rows: list[Row] = []
    crowd: list[ClientSocket] = []
    emails = iter(CROWD)
    running = product.run(valkey)
    classroom = MeasuredClassroom(running, FAN, 1)
    try:
        await classroom.connect()
        for size in sizes:
            missing = itertools.islice(emails, size - len(crowd))
            crowd += await running.connector.connect_many(map(running.token, missing))
            await calm([running.server])
            cpu = running.server.cpu_seconds
            await asyncio.sleep(BASELINE_SECONDS)
            idle = (running.server.cpu_seconds - cpu) / BASELINE_SECONDS
            figures = await classroom.at_rate(RATE, seconds)
            rows.append(_row("connections", size, idle_cpu_share=idle, **asdict(figures)))
    finally:
        classroom.close()
        for socket in crowd:
            socket.close()
        running.server.stop()
    return rows


async def with_dashboards(
    product: Product, valkey: ChildServer, sizes: list[int], seconds: float
) -> list[Row]:
    """Measure CPU per status and per delivery with ever more dashboards."""
    rows: list[Row] = []
    running = product.run(valkey)
    try:
        for size in sizes:
            classroom = MeasuredClassroom(running, FAN, size)
            try:
                await classroom.connect()
                await calm([running.server])
                figures = await classroom.at_rate(RATE / 5, seconds)
            finally:
                classroom.close()
            await settled([running])
            rows.append(_row("dashboards", size, idle_cpu_share=0.0, **asdict(figures)))
    finally:
        running.server.stop()
    return rows


async def with_processes(
    product: Product, valkey: ChildServer, sizes: list[int], seconds: float
) -> list[Row]:
    """Measure a school with ever more worker processes, which share all cores with the load."""
    rows = []
    for size in sizes:
        running = product.run(valkey, size)
        classroom = MeasuredClassroom(running, SCHOOL, 2)
        try:
            await classroom.connect()
            await calm([running.server])
            figures = await classroom.as_fast_as_it_goes(seconds, 2)
            rows.append(_row("processes", size, idle_cpu_share=0.0, **asdict(figures)))
            classroom.close()
        finally:
            running.server.stop()
    return rows


async def with_rows(
    product: Product, valkey: ChildServer, sizes: list[int], seconds: float
) -> list[Row]:
    """Measure statuses, feedback and handshakes with ever more rows in the tables."""
    rows = []
    for size in sizes:
        product.call(["-m", "bench.people", "rows", str(size)])
        running = product.run(valkey)
        try:
            classroom = MeasuredClassroom(running, FAN, 1)
            await classroom.connect()
            await calm([running.server])
            figures = asdict(await classroom.at_rate(RATE, seconds))
            classroom.close()
            await settled([running])
            [given] = await measure_feedback([running], 1, seconds)
            [arrived] = await measure_handshakes([running], 1, 200)
            figures["feedback_p50_ms"] = given["p50_ms"]
            figures["feedback_cpu_ms"] = given["server_cpu"] / given["feedback"] * 1e3
            figures["handshake_cpu_ms"] = arrived["server_cpu"] / arrived["handshakes"] * 1e3
            rows.append(_row("rows", size, idle_cpu_share=0.0, **figures))
        finally:
            running.server.stop()
    return rows


def prepared(valkey: ChildServer, folder: Path) -> Product:
    """Make a database for the growth works."""
    product = Product(valkey.port, folder)
    product.prepare()
    return product
