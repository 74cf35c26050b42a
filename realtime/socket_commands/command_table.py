"""What each role may send, and how each message type is read and carried out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec
from prometheus_client import Counter

from realtime.protocol.client_messages import ClientMessage
from realtime.protocol.field_types import Role
from realtime.sockets.live_connection import LiveConnection
from speaktracker import metrics

M = TypeVar("M", bound=ClientMessage)
Handler = Callable[[LiveConnection, M], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Immediate(Generic[M]):
    """How a message is carried out where it is read, without any task: for what comes often.

    `handle` does all that the handler would do of a message that `is_ready`, and never waits.
    """

    is_ready: Callable[[LiveConnection, M], bool]
    handle: Callable[[LiveConnection, M], None]


@dataclass(frozen=True, slots=True)
class Command(Generic[M]):
    """How one message type is read and carried out."""

    name: str
    decoder: msgspec.json.Decoder[M]
    handler: Handler[M]
    # Counts the messages that were carried out.
    handled: Counter
    # Goes on beside the socket: its own answer may take seconds, other messages do not wait.
    spawned: bool = False
    # Answers to frames that were sent do not count against the limits.
    counts: Callable[[LiveConnection], bool] | None = None
    immediate: Immediate[M] | None = None


@dataclass(slots=True)
class CommandTable:
    """What one role may send is what its table lists."""

    commands: dict[str, Command[Any]] = field(default_factory=dict)
    # The one that comes so often that it is tried first.
    frequent: Command[Any] | None = None


TABLES: dict[str, CommandTable] = {"student": CommandTable(), "tutor": CommandTable()}


def command(
    name: str,
    message: type[M],
    *roles: Role,
    spawned: bool = False,
    counts: Callable[[LiveConnection], bool] | None = None,
    immediate: Immediate[M] | None = None,
) -> Callable[[Handler[M]], Handler[M]]:
    """Register a function as what `roles` may send as messages of type `name`."""

    def register(handler: Handler[M]) -> Handler[M]:
        decoder = msgspec.json.Decoder(message)
        entry = Command(name, decoder, handler, metrics.handled(name), spawned, counts, immediate)
        for role in roles:
            TABLES[role].commands[name] = entry
            if immediate is not None:
                TABLES[role].frequent = entry
        return handler

    return register
