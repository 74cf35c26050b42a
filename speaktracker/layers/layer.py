"""Channels' layer API, with sinks: ready-made events reach a socket without waking its consumer."""

import itertools
import secrets

from channels.layers import BaseChannelLayer

from speaktracker.layers.events import Event, decode, encode
from speaktracker.layers.mailbox import Mailbox, Sink
from speaktracker.layers.switchboard import Switchboard


class ClassroomLayer(BaseChannelLayer):  # type: ignore[misc]  # channels has no types
    """Deliver to channels and groups, at most once, in the event loop that owns each channel.

    `redis_url` empty: one process. `prefix`: layers with different prefixes do not hear each other
    on one Redis. `capacity`: events a channel may have waiting before it loses the oldest.
    """

    extensions = ("groups", "flush")

    def __init__(
        self, redis_url: str = "", prefix: str = "speaktracker", capacity: int = 1_000
    ) -> None:
        super().__init__(capacity=capacity)
        self._process = secrets.token_hex(8)
        self._serial = itertools.count(1)
        self._board = Switchboard(capacity)

    async def new_channel(self, prefix: str = "specific.") -> str:
        """Open a channel that belongs to the running event loop; end it with `forget`."""
        channel = f"{prefix}{self._process}!{next(self._serial):x}"
        self.require_valid_channel_name(channel)
        self._board.box(channel)
        return channel

    def attach(self, channel: str, sink: Sink) -> None:
        """Offer each event of `channel` to `sink` first: True means taken, False means queue it.

        The sink is called synchronously, in the loop that owns the channel. It must not block.
        """
        self._board.box(channel).sink = sink

    def detach(self, channel: str) -> None:
        """Queue the events of `channel` again."""
        if (box := self._board.find(channel)) is not None:
            box.sink = None

    def forget(self, channel: str) -> None:
        """Drop `channel`, its memberships and what it had waiting; harmless to repeat."""
        self._board.forget(channel)

    async def receive(self, channel: str) -> Event:
        """Wait for the next event of `channel`. Events are shared between receivers: read only."""
        self.require_valid_channel_name(channel)
        return await self._board.box(channel).get()

    async def send(self, channel: str, message: Event) -> None:
        """Send to one channel, of this process or of another."""
        self.require_valid_channel_name(channel)
        event = decode(encode(message))
        if (box := self._addressee(channel)) is not None:
            self._board.deliver([box], event)

    async def group_add(self, group: str, channel: str) -> None:
        """Make `channel` a member of `group`."""
        self.require_valid_group_name(group)
        self.require_valid_channel_name(channel)
        self._board.join(group, self._board.box(channel))

    async def group_discard(self, group: str, channel: str) -> None:
        """End the membership of `channel` in `group`, if there is one."""
        self.require_valid_group_name(group)
        self.require_valid_channel_name(channel)
        if (box := self._board.find(channel)) is not None:
            self._board.leave(group, box)

    async def group_send(self, group: str, message: Event) -> None:
        """Send to every member of `group`; members here have it when this returns."""
        self.require_valid_group_name(group)
        event = decode(encode(message))
        self._board.deliver(self._board.members(group), event)

    async def flush(self) -> None:
        """Forget every channel and group."""
        self._board.flush()

    async def close(self) -> None:
        """End what the running loop has open; the layer may be used again."""

    @property
    def healthy(self) -> bool:
        """Tell whether other processes can be reached, as far as is known."""
        return True

    @property
    def gaps(self) -> int:
        """Count the times the bus was away and channels were told to resynchronise."""
        return 0

    def _addressee(self, channel: str) -> Mailbox | None:
        """Find whom a `send` is for: a specific channel that has ended gets nothing."""
        return self._board.find(channel) if "!" in channel else self._board.box(channel)
