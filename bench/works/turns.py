"""How systems take turns, so that none is measured while another has still something to do."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, TypeVar

from bench.systems.child_servers import ChildServer
from bench.systems.product import GRACE_SECONDS
from bench.systems.system import Running

Row = dict[str, Any]
T = TypeVar("T")
# Idle servers still ping, check and poll.
CALM_SHARE = 0.25
CALM_SECONDS = 2.0
LOOK_SECONDS = 0.3
AFTERMATH_SECONDS = 20.0


def in_turns(everyone: Sequence[T], round_number: int) -> list[T]:
    """Order those who are measured: there in one round, back again in the next."""
    return list(everyone) if round_number % 2 == 0 else list(reversed(everyone))


async def calm(servers: Sequence[ChildServer], at_most: float = CALM_SECONDS) -> None:
    """Wait until the servers rest, so that no one's aftermath is another's burden."""
    deadline = time.monotonic() + at_most
    while time.monotonic() < deadline:
        before = sum(server.cpu_seconds for server in servers)
        await asyncio.sleep(LOOK_SECONDS)
        if sum(server.cpu_seconds for server in servers) - before < CALM_SHARE * LOOK_SECONDS:
            return


async def settled(everyone: Sequence[Running]) -> None:
    """Let the servers deal with everybody who has just left."""
    await asyncio.sleep(GRACE_SECONDS + 1)
    await calm([running.server for running in everyone], AFTERMATH_SECONDS)
