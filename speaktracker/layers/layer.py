"""Channels' layer API, with sinks: ready-made events reach a socket without waking its consumer."""

import asyncio
import itertools
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from channels.layers import BaseChannelLayer

from speaktracker.layers.envelopes import Envelopes
from speaktracker.layers.installation import Installation, here
from speaktracker.layers.local_channels import ChannelQueue, LocalChannels, Sink
from speaktracker.layers.packed_events import Event, decode, encode
from speaktracker.layers.redis.address import parse
from speaktracker.layers.redis.pubsub_bus import PROCESS_ID_LENGTH, Buses


class ClassroomLayer(BaseChannelLayer):  # type: ignore[misc]  # channels has no types
    """Deliver to channels and groups, at most once, in the event loop that owns each channel.

    `redis_url` (see `address.RedisAddress`): empty for one process. `installations`: the one that
    speaks first, behind it others that are heard; those of the settings unless given. `capacity`:
    what a channel may have waiting.
    """

    extensions = ("groups", "flush")

    def __init__(
        self,
        redis_url: str = "",
        installations: Sequence[Installation] = (),
        capacity: int = 1_000,
    ) -> None:
        super().__init__(capacity=capacity)
        self._process = secrets.token_hex(PROCESS_ID_LENGTH // 2)
        self._serial = itertools.count(1)
        self._channels = LocalChannels(capacity)
        self._buses: Buses | None = None
        # Whether somebody here says `heard_elsewhere` as soon as others begin to listen.
        self.is_told_who_listens = False
        if redis_url:
            envelopes = Envelopes(installations or here())
            self._buses = Buses(parse(redis_url), envelopes, self._process, self._channels)

    async def new_channel(self, prefix: str = "specific.") -> str:
        """Open a channel that belongs to the running event loop; end it with `forget`."""
        channel = f"{prefix}{self._process}!{next(self._serial):x}"
        self.require_valid_channel_name(channel)
        self._channels.open(channel)
        if self._buses is not None:
            await self._buses.here().open_inbox()
        return channel

    def attach(self, channel: str, sink: Sink) -> None:
        """Give each event of `channel` to `sink`, and at once what waits already.

        The sink is called synchronously, in the loop that owns the channel. It must not block.
        RuntimeError as `receive` raises it.
        """
        self._received_here(channel).attach(sink)

    def forget(self, channel: str) -> None:
        """Drop `channel`, its memberships and what it had waiting; harmless to repeat."""
        queue = self._channels.forget(channel)
        if queue is not None and self._buses is not None:
            for group in queue.groups:
                self._in_the_loop_of(queue, self._leave, group)

    async def receive(self, channel: str) -> Event:
        """Wait for the next event of `channel`. Events are shared between receivers: read only.

        RuntimeError where none can come: the channel is another process's or another loop's, has
        ended, or hands its events to a sink.
        """
        return await self._received_here(channel).get()

    async def send(self, channel: str, message: Event) -> None:
        """Send to one channel; to another process's, Unavailable when Redis is away.

        A name without a process's id belongs to the process that uses it.
        """
        self.require_valid_channel_name(channel)
        packed = encode(message)
        event = decode(packed)
        owner, is_specific, _ = channel.partition("!")
        # A specific channel that has ended gets nothing.
        queue = self._channels.find(channel) if is_specific else self._channels.open(channel)
        if queue is not None:
            self._channels.deliver([queue], event)
        elif self._buses is not None and not owner.endswith(self._process):
            await self._buses.here().forward(channel, packed)

    def send_nowait(self, channel: str, message: Event) -> None:
        """Send to one specific channel without waiting for Redis: for what is but a hint.

        A channel here gets `message` as it is: the caller leaves it alone from then on. Unavailable
        when Redis is known to be away; an event that is lost with it is not told.
        """
        queue = self._channels.find(channel)
        if queue is not None:
            self._channels.deliver((queue,), message)
        elif self._buses is not None and not channel.partition("!")[0].endswith(self._process):
            self.require_valid_channel_name(channel)
            self._buses.here().forward_nowait(channel, encode(message))

    async def group_add(self, group: str, channel: str) -> None:
        """Make `channel` a member of `group`; what is sent after this returns will be heard.

        While Redis is away only this process is heard, and `layer.gap` follows when it is back.
        RuntimeError where the channel is another process's, or has ended.
        """
        self.require_valid_group_name(group)
        queue = self._ours(channel)
        if self._channels.join(group, queue) and self._buses is not None:
            self._in_the_loop_of(queue, self._join, group)
            if queue.loop is asyncio.get_running_loop():
                await self._buses.here().joined(group)

    async def group_discard(self, group: str, channel: str) -> None:
        """End the membership of `channel` in `group`, if there is one."""
        self.require_valid_group_name(group)
        self.require_valid_channel_name(channel)
        queue = self._channels.find(channel)
        if queue is not None and self._channels.leave(group, queue):
            self._in_the_loop_of(queue, self._leave, group)

    async def group_send(self, group: str, message: Event) -> None:
        """Send to every member of `group`; members of this loop have it before anything is awaited.

        Unavailable (within about 2 s) when other processes could not be told.
        """
        self.require_valid_group_name(group)
        packed = encode(message)
        self._channels.deliver(self._channels.members(group), decode(packed))
        if self._buses is not None:
            await self._buses.here().publish(group, packed)

    def group_send_nowait(self, group: str, message: Event) -> None:
        """Send to every member of `group` without waiting for Redis: for what is but a hint.

        Members here get `message` as it is: the caller leaves it alone from then on. Unavailable
        when Redis is known to be away; an event that is lost with it is not told.
        """
        members = self._channels.members(group)
        if not members:  # those who joined it have shown that the name is valid
            self.require_valid_group_name(group)
        # Packed before anybody has it: what does not fit msgpack reaches nobody.
        packed = encode(message) if self._buses is not None else b""
        self._channels.deliver(members, message)
        if self._buses is not None:
            self._buses.here().publish_nowait(group, packed)

    def group_send_where_heard(self, group: str, message: Event) -> None:
        """Send as `group_send_nowait` does, but past Redis while nobody elsewhere would hear it.

        For what is repeated to whoever begins to listen: between that and `heard_elsewhere` it does
        not reach them.
        """
        if self._buses is not None and (
            not self.is_told_who_listens or self._buses.here().is_elsewhere(group)
        ):
            self.group_send_nowait(group, message)
        else:
            self._channels.deliver(self._channels.members(group), message)

    def heard_elsewhere(self, group: str) -> None:
        """Note that another process listens to `group` from now on."""
        if self._buses is not None:
            self._buses.here().heard_elsewhere(group)

    async def flush(self) -> None:
        """Forget every channel and group, and close the running loop's connections."""
        self._channels.flush()
        await self.close()

    async def close(self) -> None:
        """Close the running loop's connections; channels opened from then on make new ones."""
        if self._buses is not None:
            await self._buses.close()

    @property
    def healthy(self) -> bool:
        """Tell whether other processes can be reached, as far as is known."""
        return self._buses is None or self._buses.healthy

    @property
    def trouble(self) -> str:
        """Say in Redis' words why they cannot; empty where they can."""
        return "" if self._buses is None else self._buses.trouble

    @property
    def nodes(self) -> Mapping[str, bool]:
        """Tell of each node of a Redis Cluster whether it can be used; empty without a cluster."""
        return {} if self._buses is None else self._buses.nodes

    @property
    def gaps(self) -> int:
        """Count how often the bus was lost and found, and channels were told to resynchronise."""
        return 0 if self._buses is None else self._buses.gaps

    def _ours(self, channel: str) -> ChannelQueue:
        """Find the queue of a channel of this process; RuntimeError where there cannot be one."""
        self.require_valid_channel_name(channel)
        owner, is_specific, _ = channel.partition("!")
        if is_specific and not owner.endswith(self._process):
            raise RuntimeError(f"Channel {channel} belongs to another process.")
        if is_specific and self._channels.find(channel) is None:
            raise RuntimeError(f"Channel {channel} has ended, or never was.")
        return self._channels.open(channel)

    def _received_here(self, channel: str) -> ChannelQueue:
        """Find the queue of a channel of the running loop; RuntimeError for any other."""
        queue = self._ours(channel)
        if queue.loop is not asyncio.get_running_loop():
            raise RuntimeError(f"Channel {channel} belongs to another event loop.")
        return queue

    def _join(self, group: str) -> None:
        if self._buses is not None:
            self._buses.here().join(group)

    def _leave(self, group: str) -> None:
        if self._buses is not None:
            self._buses.here().leave(group)

    @staticmethod
    def _in_the_loop_of(queue: ChannelQueue, action: Callable[[str], None], group: str) -> None:
        # A loop that is closed has no subscription left to change.
        with suppress(RuntimeError):
            if asyncio.get_running_loop() is queue.loop:
                action(group)
            else:
                queue.loop.call_soon_threadsafe(action, group)
