"""Who is here: the channels of this process, the groups they are in, and delivery to them."""

import asyncio
import threading
from collections.abc import Iterable

from speaktracker.layers.channel_queue import Mailbox
from speaktracker.layers.packed_events import Event


class Switchboard:
    """Connect names with mailboxes; safe from every thread and event loop of the process."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._boxes: dict[str, Mailbox] = {}
        self._groups: dict[str, dict[str, Mailbox]] = {}
        # What `members` found, until somebody comes or goes: it is asked for each event.
        self._members: dict[str, tuple[Mailbox, ...]] = {}

    def box(self, channel: str) -> Mailbox:
        """Find the mailbox of `channel`, or make one that belongs to the running loop."""
        with self._lock:
            found = self._boxes.get(channel)
            if found is not None and not found.loop.is_closed():
                return found
            stale = self._unlink(channel)
            made = Mailbox(channel, asyncio.get_running_loop(), self._capacity)
            self._boxes[channel] = made
        self._close(stale)
        return made

    def find(self, channel: str) -> Mailbox | None:
        """Find the mailbox of `channel`, if it has one."""
        return self._boxes.get(channel)

    def knows(self, group: str) -> bool:
        """Tell whether `group` has a member here."""
        return group in self._groups

    def join(self, group: str, box: Mailbox) -> bool:
        """Make `box` a member of `group`; False when it was one already."""
        with self._lock:
            if group in box.groups:
                return False
            box.groups.add(group)
            self._groups.setdefault(group, {})[box.name] = box
            self._members.pop(group, None)
            return True

    def leave(self, group: str, box: Mailbox) -> bool:
        """End the membership of `box` in `group`; False when there was none."""
        with self._lock:
            if group not in box.groups:
                return False
            self._drop_member(group, box)
            return True

    def forget(self, channel: str) -> Mailbox | None:
        """Drop `channel`, its memberships and its queue; its mailbox still names its groups."""
        with self._lock:
            box = self._unlink(channel)
        self._close(box)
        return box

    def flush(self) -> None:
        """Drop every channel and every group."""
        with self._lock:
            boxes = list(self._boxes.values())
            self._boxes.clear()
            self._groups.clear()
            self._members.clear()
        for box in boxes:
            box.close()

    def members(self, group: str) -> tuple[Mailbox, ...]:
        """List the mailboxes of `group` as they are now."""
        found = self._members.get(group)
        if found is None:
            with self._lock:
                found = tuple(self._groups.get(group, {}).values())
                if found:
                    self._members[group] = found
        return found

    def everyone(self) -> list[Mailbox]:
        """List every mailbox of the process."""
        with self._lock:
            return list(self._boxes.values())

    def deliver(self, boxes: Iterable[Mailbox], event: Event) -> None:
        """Hand `event` to each mailbox in its own loop; those of a closed loop are dropped."""
        here = asyncio.get_running_loop()
        for box in boxes:
            if box.loop is here:
                box.put(event)
            elif not box.deliver(event):
                self.forget(box.name)

    def _unlink(self, channel: str) -> Mailbox | None:
        box = self._boxes.pop(channel, None)
        if box is not None:
            for group in tuple(box.groups):
                self._drop_member(group, box, keep_name=True)
        return box

    def _drop_member(self, group: str, box: Mailbox, keep_name: bool = False) -> None:
        members = self._groups.get(group, {})
        members.pop(box.name, None)
        self._members.pop(group, None)
        if not members:
            self._groups.pop(group, None)
        if not keep_name:
            box.groups.discard(group)

    @staticmethod
    def _close(box: Mailbox | None) -> None:
        if box is not None:
            box.close()
