"""The dashboards of one tutor in this process: one subscription, one row of write queues.

Dashboards that are not making a snapshot have been sent the same of a student as a rule. That is
then kept once for all of them, so that an update is admitted once and written in a bare loop.
"""

import asyncio
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from realtime.broadcast.publish import dashboards_group
from realtime.presence.class_rules import Action
from realtime.sockets.fan_out.last_sent import LastSent, SentStudent
from realtime.sockets.fan_out.shared_beat import SharedBeat, write_to_all
from realtime.sockets.write_queue import WriteQueue
from speaktracker import metrics
from speaktracker.layers.subscription import Subscription

Event = dict[str, Any]


class Watcher(Protocol):
    """A dashboard as its board knows it."""

    write_queue: WriteQueue
    last_sent: LastSent

    def on_event(self, event: Event) -> None:
        """Take what is no student's change; and a student's while a snapshot is made."""
        ...

    def show(self, event: Event, action: Action | None) -> None:
        """Show a student's change that was admitted as `action`; None: it is no news here."""
        ...


class TutorBoard:
    """What is published for a tutor's dashboards, on its way to those of one event loop."""

    def __init__(self, tutor_id: int, boards: "dict[int, TutorBoard]") -> None:
        self._tutor_id = tutor_id
        self._boards = boards
        self._opening: asyncio.Task[None] | None = None
        self._subscription: Subscription | None = None
        # Dashboards that a snapshot is being made for hold back what comes; the others show it.
        self._holding: dict[Watcher, None] = {}
        self._showing: dict[Watcher, None] = {}
        # The queues of those who show it at once; and those that take it in batches.
        self._row: list[WriteQueue] = []
        self._beat = SharedBeat()
        # Of whom all who show were sent the same last.
        self._shared: dict[int, SentStudent] = {}

    async def enter(self, watcher: Watcher) -> None:
        """Have `watcher` hear what is published after this returns; at first it holds it back."""
        self._holding[watcher] = None
        if self._subscription is not None and self._subscription.has_failed:
            self._subscription.close()
            self._subscription = self._opening = None
        if self._opening is None:
            self._opening = asyncio.create_task(self._open())
            self._opening.add_done_callback(self._note_opened)
        # The socket of who came first may end meanwhile: those behind it wait on.
        await asyncio.shield(self._opening)

    def leave(self, watcher: Watcher) -> None:
        """Have `watcher` hear nothing more; harmless to repeat."""
        self._holding.pop(watcher, None)
        self._showing.pop(watcher, None)
        self._line_up()
        if not (self._holding or self._showing):
            if self._boards.get(self._tutor_id) is self:
                del self._boards[self._tutor_id]
            if self._subscription is not None:
                self._subscription.close()

    def hold(self, watcher: Watcher) -> None:
        """Give `watcher` each change of a student as it comes, until it is released."""
        if watcher in self._showing:
            del self._showing[watcher]
            self._holding[watcher] = None
            watcher.last_sent.separate()
            self._line_up()

    def release(self, watcher: Watcher) -> None:
        """Let `watcher` show changes with the others."""
        if watcher in self._holding:
            del self._holding[watcher]
            self._showing[watcher] = None
            # It was sent something else: each student is looked at anew.
            self._shared.clear()
            self._line_up()

    def part(self, student_id: int) -> None:
        """Note that one dashboard is sent something of a student that the others are not."""
        self._beat.part(student_id)
        self._shared.pop(student_id, None)

    def on_event(self, event: Event) -> None:
        """Take what was published for the tutor's dashboards to those that are here."""
        if event["type"] != "dashboard.student":
            for watcher in (*self._showing, *self._holding):
                watcher.on_event(event)
            return
        for watcher in self._holding:
            watcher.on_event(event)
        sent = self._shared.get(event["student"])
        if (
            sent is None
            or event["in_class"] != sent.in_class
            or event["action"] != "update"
            or event["membership"] is not None
        ):
            self._show_each(event)
        elif event["version"] > sent.version:
            sent.version = event["version"]
            sent.event = event
            self._show_all(event)

    def _show_all(self, event: Event) -> None:
        """Write an update that is news to everyone; each delivery of a big class comes here."""
        student_id, text, received = event["student"], event["text"], event["received"]
        behind = write_to_all(self._row, text)
        if received and len(behind) < len(self._row):
            metrics.status_written(received)
            received = 0.0  # once is enough
        observe = metrics.status_delay(received) if received and behind else None
        for queue in behind:
            queue.put_update(student_id, text, observe)
        self._beat.put(event, received)

    def _show_each(self, event: Event) -> None:
        """Show a change as each dashboard is to see it, and find out whether it is one for all."""
        student_id: int = event["student"]
        self.part(student_id)
        admitted: dict[int, Action | None] = {}
        for watcher in tuple(self._showing):
            if event["membership"] == "added":
                watcher.last_sent.add(student_id)
            known = watcher.last_sent.of(student_id)
            # What several share is asked once, and says the same to all of them.
            if known is not None and id(known) not in admitted:
                admitted[id(known)] = known.admit(event["version"], event["in_class"], event)
            watcher.show(event, admitted[id(known)] if known is not None else None)
        self._share(student_id)

    def _share(self, student_id: int) -> None:
        known = [watcher.last_sent.of(student_id) for watcher in self._showing]
        # One that a snapshot brought has no event, which a later snapshot may need.
        best = max(known, key=lambda sent: bool(sent and sent.event), default=None)
        if best is None:
            return
        state = (best.version, best.in_class)
        if all(sent is not None and (sent.version, sent.in_class) == state for sent in known):
            self._shared[student_id] = best
            for watcher in self._showing:
                watcher.last_sent.share(student_id, best)

    def _line_up(self) -> None:
        queues = [watcher.write_queue for watcher in self._showing]
        self._row = [queue for queue in queues if not queue.merging]
        self._beat.line_up([queue for queue in queues if queue.merging])

    async def _open(self) -> None:
        subscription = self._subscription = await Subscription.open("dashboard.")
        try:
            if not (self._holding or self._showing):  # all their sockets ended meanwhile
                subscription.close()
            await subscription.join(dashboards_group(self._tutor_id))
        except BaseException:
            subscription.close()
            raise
        subscription.start(self.on_event)

    def _note_opened(self, opening: "asyncio.Task[None]") -> None:
        # Whoever comes next tries again.
        if (opening.cancelled() or opening.exception()) and self._opening is opening:
            self._opening = None


_boards: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[int, TutorBoard]] = WeakKeyDictionary()


def board_of(tutor_id: int) -> TutorBoard:
    """Find the board of a tutor's dashboards in the running event loop, or make one."""
    boards = _boards.setdefault(asyncio.get_running_loop(), {})
    if tutor_id not in boards:
        boards[tutor_id] = TutorBoard(tutor_id, boards)
    return boards[tutor_id]
