"""The lease of one relay on its shares of the keys, kept up by its process."""

import asyncio
import os
import socket
import time
import uuid
from collections.abc import Callable, Collection

from speaktracker.db.threads import write
from speaktracker.exceptions import Unavailable
from speaktracker.persistence.records import SHARES
from speaktracker.persistence.relay.share_division import (
    Division,
    RelayClaim,
    claim_shares,
    leave_division,
)
from speaktracker.persistence.relay.timing import Timing


class RelayLeaseHolder:
    """This process's claim to carry shares over, up to a deadline counted from before the claim.

    The deadline is kept on two clocks: a suspended laptop stops the monotonic one, and a
    corrected wall clock may jump back. `term` grows each time the lease comes to this process:
    what was read in one may not be written in another. `shares` are those of the next turns; one
    that is to go to another relay leaves them before it leaves this one's row.
    """

    def __init__(self, timing: Timing, *, only_alone: bool = False) -> None:
        number = uuid.uuid4().hex[:12]
        self.owner = f"{socket.gethostname()[:30]}:{os.getpid()}:{number}"
        self.name = number
        self.term = 0
        self.shares: frozenset[int] = frozenset()
        self._timing = timing
        self._only_alone = only_alone
        self._until = (0.0, 0.0)
        self._claims = 0
        self._held = asyncio.Event()
        self._division: Division | None = None
        self._uses: dict[object, Collection[int]] = {}
        self._to_tell: list[Callable[[], None]] = []

    @property
    def is_held(self) -> bool:
        """Tell whether this process may carry anything over."""
        return bool(self.shares) and self.seconds_left() > 0

    @property
    def is_first(self) -> bool:
        """Tell whether this relay does what is done once for all: the one with the first share."""
        return self.is_held and SHARES.start in self.shares

    def seconds_left(self) -> float:
        """Count what is left of the lease; zero or less when it is not held."""
        monotonic, wall = self._until
        return min(monotonic - time.monotonic(), wall - time.time())

    def holds(self, term: int) -> bool:
        """Tell whether the lease is still the one of `term`."""
        return self.term == term and self.seconds_left() > 0

    def use(self, user: object, shares: Collection[int]) -> None:
        """Say which shares `user` works on, so that none of them is given up before it ends."""
        self._uses[user] = shares

    def call_on_loss(self, *callbacks: Callable[[], None]) -> None:
        """Call `callbacks` whenever shares are to go to another relay."""
        self._to_tell += callbacks

    async def wait(self) -> None:
        """Wait until this process has shares."""
        while not self.is_held:
            self._held.clear()
            await self._held.wait()

    async def keep(self) -> None:
        """Claim and renew until cancelled."""
        while True:
            await self.claim()
            await asyncio.sleep(self._timing.renew)

    async def claim(self) -> bool:
        """Claim or renew once; False where this process has no part or the database is away."""
        timing = self._timing
        before = (time.monotonic() + timing.lease, time.time() + timing.lease)
        kept = self.shares.union(*self._uses.values())
        self._claims = number = self._claims + 1
        claim = RelayClaim(
            name=self.name,
            owner=self.owner,
            kept=kept,
            seconds=timing.lease,
            rewritten_seconds=timing.keep_done,
            is_awaited=lambda: self._claims == number,
            only_alone=self._only_alone,
        )
        try:
            division = await write(claim_shares, claim, self._division)
        except Unavailable:
            return False  # what is held runs on until its deadline
        self._division = division
        if division is None:
            self._until, self.shares = (0.0, 0.0), frozenset()
            return False
        if division.is_new or self.seconds_left() <= 0:
            self.term += 1
        self._until = before
        self._take(division)
        return True

    async def release(self, *, is_clean: bool) -> None:
        """Let go, so that others take over at once; unless `is_clean` they write again."""
        held = self.seconds_left() > 0
        self._claims += 1
        self._until, self.shares = (0.0, 0.0), frozenset()
        if held:
            try:
                await write(leave_division, self.name, is_clean)
            except Unavailable:
                return  # it runs out by itself

    def _take(self, division: Division) -> None:
        before = self.shares
        self.shares = frozenset(sorted(division.shares)[: division.quota])
        if before - self.shares:
            for tell in self._to_tell:
                tell()
        if self.shares:
            self._held.set()
