"""People who arrive: handshakes, and the memory of those who then only listen."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import Sequence

from bench.rosters import CROWD
from bench.systems.system import Running
from bench.works.turns import Row, calm, in_turns, settled

HANDSHAKES_AT_ONCE = 32
SETTLE_SECONDS = 3.0
# Two heartbeats of ours: in less, some would not have been pinged.
IDLE_SECONDS = 20.0
# They connect and leave again first, so that what a server loads once is not counted.
WARM_UP_PEOPLE = 20


async def measure_handshakes(everyone: Sequence[Running], rounds: int, count: int) -> list[Row]:
    """Measure `count` students who arrive at the same time, in turns."""
    rows: list[Row] = []
    students = itertools.cycle(CROWD)
    for number in range(rounds):
        for running in in_turns(everyone, number):
            tokens = [running.token(next(students)) for _ in range(count)]
            await calm([each.server for each in everyone])
            refused = running.connector.refusals
            cpu, began = running.server.cpu_seconds, time.perf_counter()
            sockets = await running.connector.connect_many(tokens, HANDSHAKES_AT_ONCE)
            seconds = time.perf_counter() - began
            used = running.server.cpu_seconds - cpu
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
                    "refused": running.connector.refusals - refused,
                    "server_cpu": used,
                }
            )
    return rows


async def measure_idle(running: Running, connections: int) -> list[Row]:
    """Measure what `connections` students who only listen cost a server that was just started."""
    emails = list(itertools.islice(CROWD, connections))
    connector, server = running.connector, running.server
    for socket in await connector.connect_many(map(running.token, emails[:WARM_UP_PEOPLE])):
        socket.close()
    await calm([server])
    before, refused = server.memory_kib, connector.refusals
    sockets = await connector.connect_many(map(running.token, emails))
    try:
        await asyncio.sleep(SETTLE_SECONDS)
        after, cpu = server.memory_kib, server.cpu_seconds
        await asyncio.sleep(IDLE_SECONDS)
        idle = (server.cpu_seconds - cpu) / IDLE_SECONDS
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
        "refused": connector.refusals - refused,
        "kib_per_connection": (after - before) / connections,
        "idle_cpu_share": idle,
    }
    return [row]
