"""Waiting for what must become true by itself, such as what another process writes to SQL."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
POLL_SECONDS = 0.1


async def eventually(look: Callable[[], T], is_right: Callable[[T], bool], seconds: float) -> T:
    """Look until it is right; fails with what was seen last after `seconds`."""
    deadline = time.monotonic() + seconds
    while not is_right(seen := look()):
        assert time.monotonic() < deadline, f"after {seconds} s still: {seen}"
        await asyncio.sleep(POLL_SECONDS)
    return seen


async def nothing_left(look: Callable[[], list[T]], seconds: float) -> None:
    """Look until nothing is wrong any more."""
    await eventually(look, lambda found: not found, seconds)
