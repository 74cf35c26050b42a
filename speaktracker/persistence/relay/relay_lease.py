"""The lease that makes one process the relay, on the database's clock."""

import asyncio
import os
import socket
import time
import uuid

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from speaktracker.db.threads import write
from speaktracker.exceptions import Unavailable
from speaktracker.persistence.models import RelayLease
from speaktracker.persistence.relay import backlog
from speaktracker.persistence.relay.timing import Timing

NAME = "mirror"


class RelayLeaseHolder:
    """This process's claim to be the relay; holds until a deadline counted from before the claim.

    The deadline is kept on two clocks: a suspended laptop stops the monotonic one, and a
    corrected wall clock may jump back. `term` grows each time the lease comes to this process.
    """

    def __init__(self, timing: Timing) -> None:
        self.owner = f"{socket.gethostname()[:30]}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
        self.term = 0
        self._timing = timing
        self._until = (0.0, 0.0)
        self._held = asyncio.Event()

    def seconds_left(self) -> float:
        """Count what is left of the lease; zero or less when it is not held."""
        monotonic, wall = self._until
        return min(monotonic - time.monotonic(), wall - time.time())

    async def wait(self) -> None:
        """Wait until this process is the relay."""
        while self.seconds_left() <= 0:
            self._held.clear()
            await self._held.wait()

    async def keep(self) -> None:
        """Claim and renew until cancelled."""
        while True:
            await self.claim()
            await asyncio.sleep(self._timing.renew)

    async def claim(self) -> bool:
        """Claim or renew once; False where another process has it or the database is away."""
        lease = self._timing.lease
        before = (time.monotonic() + lease, time.time() + lease)
        try:
            held = await write(claim_lease, self.owner, lease, self._timing.keep_done)
        except Unavailable:
            return False  # what is held runs on until its deadline
        if held and self.seconds_left() <= 0:
            self.term += 1
        self._until = before if held else (0.0, 0.0)
        if held:
            self._held.set()
        return held

    async def release(self) -> None:
        """Let go, so that another process takes over at once; only with no call under way."""
        held, self._until = self.seconds_left() > 0, (0.0, 0.0)
        if held:
            try:
                await write(release_lease, self.owner)
            except Unavailable:
                return  # it runs out by itself


@transaction.atomic
def claim_lease(owner: str, seconds: float, rewritten_seconds: float) -> bool:
    """Renew the lease for `seconds`, or take it where it is free; False where another has it.

    A take-over makes what was done in the last `rewritten_seconds` due again, and what was refused.
    """
    lease = RelayLease.objects.filter(name=NAME)
    until = backlog.in_seconds(seconds)
    if lease.filter(owner=owner, expires_at__gt=Now()).update(expires_at=until):
        return True
    if not lease.exists():
        RelayLease.objects.bulk_create([RelayLease(name=NAME)], ignore_conflicts=True)
    free = lease.filter(Q(owner=owner) | Q(expires_at__lte=Now()))
    taken = bool(free.update(owner=owner, expires_at=until, error="", error_at=None))
    if taken:
        # The last relay may have been stopped between reading a record and writing it, and
        # written it after all: whatever it wrote of late is written again.
        backlog.make_recent_due(rewritten_seconds)
        # This process may be of a release that writes what the last one could not.
        backlog.retry_all()
    return taken


def release_lease(owner: str) -> None:
    """End the lease now, if `owner` has it."""
    RelayLease.objects.filter(name=NAME, owner=owner).update(expires_at=Now())


def note_trouble(owner: str, error: str) -> None:
    """Write down for every process what troubles the relay; empty when nothing does."""
    lease = RelayLease.objects.filter(name=NAME, owner=owner)
    lease.update(error=error, error_at=Now() if error else None)
