"""A flag to wait for that costs a quiet socket next to nothing.

asyncio's Event and Queue keep deques, of 760 bytes each however empty; a socket had a dozen. The
queues of a socket are lists for the same reason: they are bounded, and mostly empty.
"""

import asyncio


class Bell:
    """Stays rung until it is cleared; whoever waits goes on at once when it rings."""

    __slots__ = ("_rung", "_waiting")

    def __init__(self) -> None:
        self._rung = False
        self._waiting: tuple[asyncio.Future[None], ...] = ()

    def ring(self) -> None:
        """Wake everyone who waits, and let the next ones pass."""
        self._rung = True
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)

    def clear(self) -> None:
        """Have the next ones wait again."""
        self._rung = False

    async def wait(self) -> None:
        """Wait until it rings."""
        if self._rung:
            return
        mine = asyncio.get_running_loop().create_future()
        self._waiting += (mine,)
        try:
            await mine
        finally:
            self._waiting = tuple(each for each in self._waiting if each is not mine)
