"""Updates for those dashboards of a tutor that asked for batches: one frame a beat for all of them.

Between two beats the latest update of each student waits here, once, however many dashboards there
are. Whatever else a dashboard is to be sent of these students must first have `write` called, or
`part` where it is one student's: it would overtake what waits.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from realtime.broadcast.dashboard_frames import data_of
from realtime.protocol.wire_limits import SNAPSHOT_STUDENTS_PER_FRAME
from realtime.sockets.queued_frame import Merging
from realtime.sockets.write_queue import WriteQueue
from speaktracker import metrics
from speaktracker.transport.text_frames import text_frame

Event = dict[str, Any]


def write_to_all(row: Sequence[WriteQueue], text: str) -> list[WriteQueue]:
    """Write a text on every socket where none waits before it; return the queues of the others."""
    behind: list[WriteQueue] = []
    if not row:
        return behind
    frame, now = text_frame(text), time.monotonic()
    for queue in row:
        write_frame = queue.write_frame
        if write_frame is not None and write_frame(frame):
            queue.active_at = now
        else:
            behind.append(queue)
    return behind


class SharedBeat:
    """The row of a tutor's batching dashboards, and what they are sent next."""

    def __init__(self) -> None:
        self._row: Sequence[WriteQueue] = ()
        self._merging: Merging | None = None
        self._waiting: dict[int, tuple[Event, float]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def line_up(self, row: Sequence[WriteQueue]) -> None:
        """Write what waits to those who stood in the row so far; from now on to `row`."""
        self.write()
        self._row = row
        self._merging = row[0].merging if row else None

    def put(self, event: Event, received: float) -> None:
        """Have an update written with the next beat, in the place of an older one that waits.

        `received` is when its status came (epoch s), 0 where its delay is known already.
        """
        waiting, merging = self._waiting, self._merging
        if merging is None:  # nobody asked for batches
            return
        if not waiting:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(merging.beat_seconds, self.write)
        waiting[event["student"]] = event, received
        if len(waiting) == SNAPSHOT_STUDENTS_PER_FRAME:
            self.write()

    def part(self, student_id: int) -> None:
        """Write now what waits if it says something of this student."""
        if student_id in self._waiting:
            self.write()

    def write(self) -> None:
        """Write what waits, as one frame; who has not read the last ones gets each student's."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, self._waiting = self._waiting, {}
        if not waiting or self._merging is None:
            return
        merged = self._merging.merge([data_of(event) for event, _ in waiting.values()])
        behind = write_to_all(self._row, merged)
        for student_id, (event, received) in waiting.items():
            observe = None
            if received and len(behind) < len(self._row):
                metrics.status_written(received)
            elif received:
                observe = metrics.status_delay(received)
            for queue in behind:
                queue.put_update(student_id, data_of(event), observe)
