"""The messages of a user who has sockets at several processes: Redis grants a few at a time."""

import asyncio
import time

from realtime.per_process.rates import SlidingWindow
from speaktracker.exceptions import Unavailable
from speaktracker.layers.redis.shared_window import SILENCE_SECONDS, SharedWindow

# What was granted and not used is lost then: it must not be saved up in many processes.
GRANT_SECONDS = 5.0
# So many turns of the loop lead from an answer that has arrived to whom it is for.
LATE_TURNS = 5


class SharedAllowance:
    """What one user may still send, as far as this process was granted it.

    Each message counts in the `window` of this process too, which judges alone while Redis is
    silent.
    """

    def __init__(self, name: str, window: SlidingWindow, shared: SharedWindow) -> None:
        self._name = name
        self._window = window
        self._shared = shared
        self._granted = 0
        self._granted_until = 0.0
        self._refused_until = 0.0
        self._asking: asyncio.Task[None] | None = None
        # Those that Redis does not know of yet.
        self._passed_alone = window.in_use()
        if self._passed_alone:
            self._ask()

    def is_ready(self) -> bool:
        """Tell whether `take` can judge now; else wait for `ready` first."""
        now = time.monotonic()
        granted = self._granted and now < self._granted_until
        return bool(granted) or now < self._refused_until or not self._shared.answers

    async def ready(self) -> None:
        """Wait until Redis has granted or refused some, for at most 50 ms."""
        deadline, late_turns = time.monotonic() + SILENCE_SECONDS, LATE_TURNS
        while not self.is_ready():
            left = deadline - time.monotonic()
            if left > 0:
                await asyncio.wait([self._ask()], timeout=left)
            elif late_turns:
                # It may have been this loop that was late: what has come meanwhile counts.
                late_turns -= 1
                await asyncio.sleep(0)
            else:
                self._shared.fell_silent()

    def take(self) -> float:
        """Let one message pass and return 0.0, or return the seconds until one may."""
        now = time.monotonic()
        if self._granted and now < self._granted_until:
            wait = self._window.take()
            self._granted -= not wait
            return wait
        if now < self._refused_until:
            return self._refused_until - now
        if not self._shared.answers and self._shared.may_ask_again():
            self._ask()
        wait = self._window.take()
        self._passed_alone += not wait
        return wait

    def _ask(self) -> asyncio.Task[None]:
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._take_some())
        return self._asking

    async def _take_some(self) -> None:
        most, passed = self._window.most, min(self._passed_alone, self._window.most)
        try:
            grant = await self._shared.take(self._name, most, self._window.seconds, passed)
        except Unavailable:
            return
        self._passed_alone = 0
        now = time.monotonic()
        self._granted, self._granted_until = grant.amount, now + GRANT_SECONDS
        self._refused_until = now + grant.wait
