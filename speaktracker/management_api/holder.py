"""What the process that holds a socket does with calls on it, from here and from elsewhere."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any

from realtime.broadcast import publish
from realtime.per_process.process_state import ProcessState
from realtime.sockets.live_connection import LiveConnection
from realtime.sockets.open_sockets import open_sockets
from speaktracker import clock
from speaktracker.layers.subscription import Subscription
from speaktracker.management_api.calls import (
    BEHIND,
    DONE,
    GONE,
    UNKNOWN,
    CallResult,
    ConnectionCall,
)
from speaktracker.management_api.written_posts import written_posts

# How long a post waits for a reader that is behind.
WAIT_SECONDS = 2.5
# When a caller elsewhere is told that its call has come and waits.
ACCEPTED_SECONDS = 0.25
# What may wait here for callers elsewhere.
WAITING_BOUND = 2_000


def group_of(server_id: str) -> str:
    """Name the group in which a server process is called, by the id of its lease."""
    return f"management.{server_id}"


async def answer_calls(process: ProcessState) -> None:
    """Carry out what callers at other processes want of sockets here, until cancelled."""
    under_way: set[asyncio.Task[None]] = set()

    def on_event(event: dict[str, Any]) -> None:
        # More than that is not even looked at: its caller is told that nothing was sent.
        if event["type"] == "connection.call" and len(under_way) < WAITING_BOUND:
            task = asyncio.create_task(answer(event))
            under_way.add(task)
            task.add_done_callback(under_way.discard)

    calls = await Subscription.open("calls.")
    try:
        calls.start(on_event)
        boot_id = process.lease.boot_id
        while True:
            await calls.join(group_of(boot_id))
            boot_id = await process.lease.boot_id_after(boot_id)
    finally:
        calls.close()


async def answer(event: dict[str, Any]) -> None:
    """Carry a call out and reply; one that comes late is dropped: its caller waits no longer."""
    if clock.epoch() > event["begin_before"]:
        return
    reply = {"type": "call.outcome", "call_id": event["call_id"]}
    accepted = {"type": "call.accepted", "call_id": event["call_id"]}
    loop, to = asyncio.get_running_loop(), event["reply_to"]
    timer = loop.call_later(ACCEPTED_SECONDS, partial(publish.send, to, accepted))
    try:
        outcome = await carry_out(ConnectionCall(**event["call"]))
    finally:
        timer.cancel()
    publish.send(to, {**reply, "result": outcome.result, "told": outcome.told})


async def carry_out(call: ConnectionCall) -> CallResult:
    """Do what is wanted of a socket of this process, where it is held."""
    connection = open_sockets().find(call.connection_id)
    if connection is None:
        return UNKNOWN if open_sockets().is_opening(call.connection_id) else GONE
    if call.verb == "GET":
        return CallResult("done", description_of(connection))
    if call.verb == "DELETE":
        connection.close(call.code, call.reason)
        return DONE
    if await _post(connection, call):
        return DONE
    return GONE if connection.write_queue.closed else BEHIND


async def _post(connection: LiveConnection, call: ConnectionCall) -> bool:
    try:
        content: str | bytes = call.body.decode()
    except UnicodeDecodeError:
        content = call.body
    write = partial(connection.write_queue.write_within, content, WAIT_SECONDS)
    if not call.repeatable:
        return await write()
    name = f"{call.repeatable} {call.connection_id}"
    return await written_posts().write(name, call.is_repeated, write)


def description_of(connection: LiveConnection) -> dict[str, Any]:
    """Describe a connection as API Gateway does."""
    active_for = timedelta(seconds=connection.write_queue.active_at - connection.opened_at)
    active_at = max(connection.connected_at, connection.connected_at + active_for)
    return {
        "connectedAt": clock.wire(connection.connected_at),
        "identity": {"sourceIp": connection.source_ip, "userAgent": connection.user_agent},
        "lastActiveAt": clock.wire(active_at),
    }
