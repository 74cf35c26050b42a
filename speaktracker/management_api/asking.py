"""A call on a connection, wherever it is held: here, or at a process that is asked and replies.

Nothing is ever sent twice. A holder drops what it begins with too late, so that a caller who has
waited longer than that knows that nothing was sent; an SDK may call again then.
"""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from channels.layers import get_channel_layer
from django.db import DatabaseError

from realtime.per_process.process_state import this_process
from realtime.presence import connection_records
from realtime.sockets.open_sockets import open_sockets
from speaktracker import clock, db
from speaktracker.exceptions import Unavailable
from speaktracker.layers import ClassroomLayer
from speaktracker.layers.subscription import SharedChannel, Subscription
from speaktracker.management_api.calls import GONE, UNKNOWN, CallResult, ConnectionCall
from speaktracker.management_api.holder import WAIT_SECONDS, carry_out, group_of

T = TypeVar("T")

# With all of these together no answer takes ten seconds.
LOOKUP_SECONDS = 1.25
# Within what a holder begins, by its own clock: clocks that are closer than a second to the
# database's are left as they are (`speaktracker.clock`), so that two may be two seconds apart.
BEGIN_SECONDS = 2.5
CLOCKS_APART_SECONDS = 2 * clock.TOLERATED_SECONDS
SILENCE_SECONDS = BEGIN_SECONDS + CLOCKS_APART_SECONDS + 0.25
# Calls that wait for other processes; beyond it nothing is sent.
UNDER_WAY_BOUND = 2_000


async def ask(call: ConnectionCall) -> CallResult:
    """Have a call carried out, and say what came of it, within ten seconds."""
    is_here = open_sockets().find(call.connection_id) or open_sockets().is_opening(
        call.connection_id
    )
    if is_here:
        return await carry_out(call)
    try:
        holder = await _read(connection_records.holder_of, call.connection_id)
        if holder is None or holder == this_process().lease.boot_id:
            return GONE
        outcome = await (await Replies.of_this_loop()).outcome_of(call, holder)
        if outcome is None:
            # Who looks while leases could not be renewed finds every process dead.
            is_held = await _read(connection_records.is_held, call.connection_id)
            return GONE if not is_held and this_process().lease.may_reap else UNKNOWN
    except (Unavailable, DatabaseError, TimeoutError, OSError):
        return UNKNOWN
    return outcome


async def _read(look: Callable[[str], T], connection_id: str) -> T:
    async with asyncio.timeout(LOOKUP_SECONDS):
        return await db.read(look, connection_id)


class PendingReply:
    """A call that was sent to its holder: `outcome` is None while nothing has come of it."""

    def __init__(self) -> None:
        self.outcome: CallResult | None = None
        self._came = asyncio.Event()
        self._patience: asyncio.Timeout | None = None

    async def wait(self) -> CallResult | None:
        """Wait for the outcome; None when nothing was sent as far as the holder can be heard."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SILENCE_SECONDS) as self._patience:
                await self._came.wait()
        return self.outcome

    def receive(self, event: dict[str, Any]) -> None:
        """Take the outcome, or the news that it takes a while longer."""
        if event["type"] == "call.outcome":
            self.outcome = CallResult(event["result"], event["told"])
            self._came.set()
        elif self._patience is not None and not self._patience.expired():
            self._patience.reschedule(asyncio.get_running_loop().time() + WAIT_SECONDS + 0.5)


class Replies(SharedChannel):
    """The channel on which an event loop's calls are replied to, one for all of them."""

    prefix = "replies."

    def __init__(self, subscription: Subscription) -> None:
        self.expected: dict[str, PendingReply] = {}
        super().__init__(subscription)

    async def outcome_of(self, call: ConnectionCall, server_id: str) -> CallResult | None:
        """Send a call to the process that holds its socket; None when it does not reply.

        Raises Unavailable, with nothing sent.
        """
        if len(self.expected) >= UNDER_WAY_BOUND:
            raise Unavailable("Too many calls wait for other processes.")
        call_id = secrets.token_hex(8)
        event = {
            "type": "connection.call",
            "call_id": call_id,
            "call": call.as_event(),
            "begin_before": clock.epoch() + BEGIN_SECONDS,
            "reply_to": self.subscription.channel,
        }
        pending = self.expected[call_id] = PendingReply()
        try:
            await _send(group_of(server_id), event)
            return await pending.wait()
        finally:
            del self.expected[call_id]

    def receive(self, event: dict[str, Any]) -> None:
        """Pass a reply on to its call; one that comes late has none any more."""
        if event["type"] in ("call.outcome", "call.accepted"):
            pending = self.expected.get(event["call_id"])
            if pending is not None:
                pending.receive(event)


async def _send(group: str, event: dict[str, Any]) -> None:
    layer: Any = get_channel_layer()
    if isinstance(layer, ClassroomLayer):
        layer.group_send_nowait(group, event)
    else:
        await layer.group_send(group, event)
