"""A flag to wait for that costs a quiet socket next to nothing.

asyncio's Event and Queue keep deques, of 760 bytes each however empty; a socket had a dozen. The
queues of a socket are lists for the same reason: they are bounded, and mostly empty.
"""

import asyncio


class WakeUpEvent:
    """Stays set until it is cleared; whoever waits goes on once it is set."""

    __slots__ = ("_is_set", "_waiting")

    def __init__(self) -> None:
        self._is_set = False
        self._waiting: tuple[asyncio.Future[None], ...] = ()

    def set(self) -> None:
        """Wake everyone who waits, and let the next ones pass."""
        self._is_set = True
        # They go on in a later turn of the loop, when somebody else may have taken what came:
        # whoever waits for more than this event looks again.
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)

    def clear(self) -> None:
        """Have the next ones wait again."""
        self._is_set = False

    async def wait(self) -> None:
        """Wait until it is set."""
        if self._is_set:
            return
        mine = asyncio.get_running_loop().create_future()
        self._waiting += (mine,)
        try:
            await mine
        finally:
            self._waiting = tuple(each for each in self._waiting if each is not mine)
