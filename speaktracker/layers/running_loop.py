"""Which event loop runs here, without a call of the kernel.

CPython 3.11 asks for the process's number each time, lest the process was forked: for each status
that costs more than to look whether the loop of last time still runs.
"""

import asyncio
import threading

_local = threading.local()


def running_loop() -> asyncio.AbstractEventLoop:
    """Return the running event loop; RuntimeError where none runs."""
    known: asyncio.AbstractEventLoop | None = getattr(_local, "loop", None)
    # One that ran in this thread and runs now runs here: no thread runs two.
    if known is None or not known.is_running():
        known = _local.loop = asyncio.get_running_loop()
    return known
