"""What the channel layer brings to a socket: a table of events, as there is one of commands.

Handlers run where the event is delivered: they never wait, and spawn what has to. A dashboard hears
what is for dashboards by a subscription of its own (live_dashboard.py).
"""

import logging
from collections.abc import Callable
from typing import Any

from realtime.broadcast.delivery_attempts import NumberedMessage
from realtime.broadcast.publish import send
from realtime.presence.news import Tutor
from realtime.protocol.codes import CloseCode
from realtime.sockets.live_connection import LiveConnection
from speaktracker import logs

Event = dict[str, Any]
Handler = Callable[[LiveConnection, Event], None]

HANDLERS: dict[str, Handler] = {}


def receive(connection: LiveConnection, event: Event) -> None:
    """Carry an event out; what fails is logged, and never ends the socket."""
    # A newer process may send what this one does not know yet.
    handler = HANDLERS.get(event["type"])
    if handler is None:
        return
    try:
        handler(connection, event)
    except Exception as error:
        logs.event(
            "error",
            status="error",
            level=logging.ERROR,
            message_type=event["type"],
            exc_info=error,
        )


def layer_event(*names: str) -> Callable[[Handler], Handler]:
    """Register a function as what is done with layer events of these types."""

    def register(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(names, handler))
        return handler

    return register


@layer_event("student.moved")
def learn_tutor(connection: LiveConnection, event: Event) -> None:
    """Learn who teaches this student now."""
    tutor_id = event["tutor_id"]
    # The release before this one says no name.
    name = event.get("tutor_name") or ""
    tutor = None if tutor_id is None else Tutor(tutor_id, event["tutor_email"], name)
    connection.learn_tutor(tutor)
    # Of two moves the news may come in either order: the next look reads which one stands.
    connection.recheck_at = 0.0


@layer_event("user.elsewhere")
def count_with_others(connection: LiveConnection, _event: Event) -> None:
    """Count this user's messages together with the other processes that hold sockets of theirs."""
    connection.allowance.share(connection.user_id, connection.process.messages)


@layer_event("socket.close")
def close_socket(connection: LiveConnection, event: Event) -> None:
    """Close on behalf of staff, who may have said why."""
    # The release before this one says no reason.
    connection.close(CloseCode(event["code"]), event.get("reason", ""))


@layer_event("message.deliver")
def receive_message(connection: LiveConnection, event: Event) -> None:
    """Write a pushed message in its turn and confirm it to the sender."""
    feedback = connection.ordered_feedback
    if feedback is None:
        return
    message = NumberedMessage(event["sequence"], event["message_id"], event["text"])
    confirmation = {
        "type": "delivery.confirmed",
        "connection_id": connection.connection_id,
        "message_id": message.message_id,
    }
    if feedback.try_receive(message):
        send(event["reply_to"], confirmation)
        return

    async def receive_in_turn() -> None:
        if await feedback.receive(message):
            send(event["reply_to"], confirmation)

    connection.spawn(receive_in_turn())


@layer_event("layer.gap", "layer.lagged")
def repair(connection: LiveConnection, _event: Event) -> None:
    """Read again what may have been lost while the bus was away."""
    if connection.dashboard:
        # Other processes may have learned meanwhile that nobody here listens.
        connection.spawn(connection.dashboard.catch_up())
    if connection.ordered_feedback:
        connection.spawn(connection.ordered_feedback.catch_up())
