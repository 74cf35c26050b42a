"""This process's share of the classroom: its lease, its journal, and what it does in batches.

Who is connected is never read from a process but from the connection records; the sockets that
this process itself holds stand in `realtime.sockets.open_sockets`.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings

from realtime.per_process.class_reads import ClassReads
from realtime.per_process.cooldowns import Cooldowns
from realtime.per_process.handshake_limit import HandshakeLimit
from realtime.per_process.journal_questions import JournalQuestions
from realtime.per_process.pending_disconnects import PendingDisconnects
from realtime.per_process.status_journal import Journal
from realtime.presence import admission
from realtime.presence.admission import AdmissionRequest, Answer
from realtime.presence.connection_records import LEASE_SECONDS
from realtime.presence.server_leases import ProcessLease
from speaktracker import db
from speaktracker.db.batching import Batch
from speaktracker.layers.installation import key_prefix
from speaktracker.layers.redis.address import parse
from speaktracker.layers.redis.shared_window import SharedWindow
from speaktracker.transport.due_list import DueList

WAKING_SECONDS = 10


class ProcessState:
    """What the sockets of one process, and so of one event loop, share."""

    def __init__(self) -> None:
        self.lease = ProcessLease()
        self.journal = Journal()
        self.class_reads = ClassReads()
        self.journal_questions = JournalQuestions(self.lease)
        self.handshakes = HandshakeLimit()
        self.cooldowns = Cooldowns()
        # Where users are counted who have sockets at several processes; None for one process.
        self.messages: SharedWindow | None = None
        if settings.REDIS_URL:
            self.messages = SharedWindow(parse(settings.REDIS_URL), key_prefix())
        self.admissions: Batch[AdmissionRequest, Answer] = Batch(_admit, admission.TOGETHER)
        self.disconnects = PendingDisconnects()
        # When somebody last did what keeps a shared computer's session, by its key, until noted.
        self.session_uses: dict[str, datetime] = {}
        # Before then (monotonic seconds) nobody's leave can be due.
        self.leaves_from = 0.0
        # Its sockets by when their time may be over, and by when what they stand on is looked at.
        self.overdue: DueList[Any] = DueList()
        self.rechecks: DueList[Any] = DueList()
        # Until then (monotonic seconds) nobody can have reaped this process's people; what a
        # status of somebody who was reaped meanwhile says would be lost. A number, since every
        # status asks.
        self.awake_until = self.lease.tried_at + LEASE_SECONDS
        self._woken = asyncio.Event()
        self._leased: asyncio.Task[None] | None = None
        self._renewing = asyncio.Lock()

    async def ready(self) -> None:
        """Wait until the lease is stored, which connection records point to; raises Unavailable."""
        if self._leased is None or (self._leased.done() and self._leased.exception()):
            self._leased = asyncio.create_task(self.lease.acquire())
        await asyncio.shield(self._leased)

    @asynccontextmanager
    async def renewing(self) -> AsyncIterator[None]:
        """Have statuses wait when a process that hung finds its lease and its people again."""
        async with self._renewing:
            if self.is_awake:
                self.awake_until = time.monotonic() + LEASE_SECONDS
            try:
                yield
            finally:
                self.awake_until = self.lease.tried_at + LEASE_SECONDS
                self._woken.set()

    @property
    def is_awake(self) -> bool:
        """Tell whether this process's people are still recorded, as far as it can know."""
        return time.monotonic() < self.awake_until

    async def awake(self) -> None:
        """Wait until they are, for at most 10 s."""
        if not self.is_awake:
            self._woken.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(WAKING_SECONDS):
                    await self._woken.wait()

    async def stop(self) -> None:
        """Write what waits and give the lease up."""
        await self.journal.flush()
        await self.disconnects.write_due()
        if self.messages is not None:
            await self.messages.close()
        if self._leased is not None:
            await self.lease.release()


async def _admit(requests: list[AdmissionRequest]) -> Sequence[Answer]:
    return await db.write(admission.admit, requests)


_processes: WeakKeyDictionary[asyncio.AbstractEventLoop, ProcessState] = WeakKeyDictionary()


def this_process() -> ProcessState:
    """Return the state of the running event loop's process."""
    loop = asyncio.get_running_loop()
    process = _processes.get(loop)
    if process is None:
        process = _processes[loop] = ProcessState()
    return process
