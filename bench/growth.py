"""How our cost grows: with connections, dashboards, processes and rows."""

import asyncio
import itertools
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.children import Child
from bench.classes import CROWD, FAN, SCHOOL
from bench.classroom import Classroom
from bench.doors import feedback, handshakes
from bench.sockets import Socket
from bench.systems import OURS, Product, Running
from bench.works import calm, settled

Row = dict[str, Any]
RATE = 500
BASELINE_SECONDS = 3.0


def _row(against: str, size: int, **figures: Any) -> Row:
    return {"work": f"growth-{against}", "how": "rate", "system": "ours", "size": size, **figures}


async def with_connections(
    product: Product, valkey: Child, sizes: list[int], seconds: float
) -> list[Row]:
    """Measure CPU per status beside ever more students who only listen (their pings taken off)."""
    rows: list[Row] = []
    crowd: list[Socket] = []
    emails = iter(CROWD)
    running = Running(OURS, product.serve(), product.tokens)
    room = Classroom(running, valkey, FAN, 1)
    try:
        await room.open()
        for size in sizes:
            missing = itertools.islice(emails, size - len(crowd))
            crowd += await running.door.open_many([running.token(email) for email in missing])
            await calm([running.child])
            cpu = running.child.cpu_seconds
            await asyncio.sleep(BASELINE_SECONDS)
            idle = (running.child.cpu_seconds - cpu) / BASELINE_SECONDS
            figures = await room.at_rate(RATE, seconds)
            rows.append(_row("connections", size, idle_cpu_share=idle, **asdict(figures)))
    finally:
        room.close()
        for socket in crowd:
            socket.close()
        running.child.stop()
    return rows


async def with_dashboards(
    product: Product, valkey: Child, sizes: list[int], seconds: float
) -> list[Row]:
    """Measure CPU per status and per delivery with ever more dashboards."""
    rows: list[Row] = []
    running = Running(OURS, product.serve(), product.tokens)
    try:
        for size in sizes:
            room = Classroom(running, valkey, FAN, size)
            try:
                await room.open()
                await calm([running.child])
                figures = await room.at_rate(RATE / 5, seconds)
            finally:
                room.close()
            await settled([running])
            rows.append(_row("dashboards", size, idle_cpu_share=0.0, **asdict(figures)))
    finally:
        running.child.stop()
    return rows


async def with_processes(
    product: Product, valkey: Child, sizes: list[int], seconds: float
) -> list[Row]:
    """Measure a school with ever more worker processes, which share all cores with the load."""
    rows = []
    for size in sizes:
        running = Running(OURS, product.serve(size), product.tokens)
        room = Classroom(running, valkey, SCHOOL, 2)
        try:
            await room.open()
            await calm([running.child])
            figures = await room.as_fast_as_it_goes(seconds, 2)
            rows.append(_row("processes", size, idle_cpu_share=0.0, **asdict(figures)))
            room.close()
        finally:
            running.child.stop()
    return rows


async def with_rows(product: Product, valkey: Child, sizes: list[int], seconds: float) -> list[Row]:
    """Measure statuses, feedback and handshakes with ever more rows in the tables."""
    rows = []
    for size in sizes:
        product.call(["-m", "bench.people", "rows", str(size)])
        running = Running(OURS, product.serve(), product.tokens)
        try:
            room = Classroom(running, valkey, FAN, 1)
            await room.open()
            await calm([running.child])
            figures = asdict(await room.at_rate(RATE, seconds))
            room.close()
            await settled([running])
            [given] = await feedback([running], 1, seconds)
            [arrived] = await handshakes([running], 1, 200)
            figures["feedback_p50_ms"] = given["p50_ms"]
            figures["feedback_cpu_ms"] = given["server_cpu"] / given["feedback"] * 1e3
            figures["handshake_cpu_ms"] = arrived["server_cpu"] / arrived["handshakes"] * 1e3
            rows.append(_row("rows", size, idle_cpu_share=0.0, **figures))
        finally:
            running.child.stop()
    return rows


def prepared(valkey: Child, folder: Path) -> Product:
    """Make a database for the growth works."""
    product = Product(valkey.port, folder)
    product.prepare()
    return product
