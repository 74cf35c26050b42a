"""What every server process runs beside its sockets, from its first scope until it stops."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings

from feedback import services as feedback_services
from realtime import housekeeping, journal_requests
from realtime.broadcast.publish import announce
from realtime.change_follower import PAUSE_SECONDS, ChangeFollower
from realtime.per_process.process_state import ProcessState, this_process
from realtime.presence import server_leases
from speaktracker import db, drain_state, logs
from speaktracker.cloudwatch.metric_lines import MetricLines
from speaktracker.cognito.user_pool import keep_keys_fresh
from speaktracker.db.patience import Patience
from speaktracker.exceptions import DatabaseAway, Unavailable
from speaktracker.management_api import holder
from speaktracker.passwords import letter_sending
from speaktracker.persistence.relay.relay import Relay

# How long a duty that never ends by itself rests after it failed.
RESTART_SECONDS = 1
# How long the first requests and sockets wait for the database.
FIRST_SECONDS = 3
# How often the age of the user pool's keys is looked at.
KEYS_LOOK_SECONDS = 30

Work = Callable[[], Awaitable[Any]]


class Background:
    """The duties of one process, each a task of its own that outlives its failures."""

    def __init__(self, process: ProcessState) -> None:
        self.process = process
        self._tasks: list[asyncio.Task[None]] = []
        self._first: asyncio.Task[None] | None = None
        self._metric_lines: MetricLines | None = None

    def start(self) -> None:
        """Begin every duty; harmless to repeat."""
        if self._tasks:
            return
        Patience.end()
        process = self.process
        self._first = asyncio.create_task(once(process.ready))
        self._tasks.append(self._first)
        for seconds, duty in housekeeping.duties():
            self._begin(duty, seconds)
        for seconds, work in feedback_services.duties() + letter_sending.duties():
            self._begin(work, seconds)
        self._begin(keep_keys_fresh, KEYS_LOOK_SECONDS)
        self._tasks.append(asyncio.create_task(once(_sweep)))
        self._begin(process.journal.run, RESTART_SECONDS)
        self._begin(partial(journal_requests.answer_journal_requests, process), RESTART_SECONDS)
        follower = ChangeFollower()
        self._begin(follower.listen, RESTART_SECONDS)
        self._begin(follower.follow, PAUSE_SECONDS)
        if settings.MANAGEMENT_API.keys:
            self._begin(partial(holder.answer_calls, process), RESTART_SECONDS)
        relay = Relay() if settings.MIRROR != "off" else None
        if relay:
            self._begin(relay.run, RESTART_SECONDS)
        if settings.EMF_NAMESPACE:
            self._metric_lines = MetricLines(process.lease, relay)
            self._begin(self._metric_lines.run, RESTART_SECONDS)
        drain_state.on_drain(process.journal.flush)

    async def begun(self) -> None:
        """Wait until the database was asked, for its time too, or did not answer soon.

        By another clock than the others' a good token might be refused.
        """
        if self._first is not None and not self._first.done():
            await asyncio.wait([self._first], timeout=FIRST_SECONDS)

    def _begin(self, work: Work, seconds: float) -> None:
        self._tasks.append(asyncio.create_task(every(seconds, work)))

    async def stop(self) -> None:
        """Cancel every duty, write what waits and give the lease up."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        try:
            await db.settle()
            await self.process.stop()
        except Unavailable as error:
            logs.event("error", status="error", error=f"stop: {error}")
        finally:
            if self._metric_lines:
                self._metric_lines.write_last()


async def _sweep() -> None:
    announce(await db.write(server_leases.sweep))


async def every(seconds: float, work: Work) -> None:
    """Run `work` again and again, `seconds` after it ended, until cancelled."""
    while True:
        await once(work)
        await asyncio.sleep(seconds)


async def once(work: Work) -> None:
    """Run `work` once; what fails is logged, never raised."""
    name = getattr(getattr(work, "func", work), "__qualname__", repr(work))
    try:
        await work()
    except DatabaseAway:
        return  # the next turn tries again
    except Unavailable as error:
        # An expected outage is one line without a trace; the next turn tries again.
        logs.event("error", status="error", level=logging.WARNING, error=f"{name}: {error}")
    except Exception as error:
        logs.event("error", status="error", level=logging.ERROR, error=name, exc_info=error)


_backgrounds: WeakKeyDictionary[asyncio.AbstractEventLoop, Background] = WeakKeyDictionary()


def background() -> Background:
    """Return the running loop's background, started."""
    loop = asyncio.get_running_loop()
    found = _backgrounds.get(loop)
    if found is None:
        found = _backgrounds[loop] = Background(this_process())
        found.start()
    return found
