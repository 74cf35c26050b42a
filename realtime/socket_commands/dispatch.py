"""From a received frame to a command, and from an exception to an error code."""

import logging
import time
from typing import Any

import msgspec
from django.conf import settings
from msgspec import UNSET

from realtime.protocol.client_messages import ClientMessage
from realtime.protocol.codes import ErrorCode
from realtime.protocol.errors import ConnectRefused, MessageRefused
from realtime.protocol.server_messages import Ack, encode
from realtime.socket_commands.bad_messages import EXPECTED, refusal_of
from realtime.socket_commands.command_table import TABLES, Command
from realtime.socket_commands.envelope import peek, size_in_bytes
from realtime.socket_commands.session_use import is_use
from realtime.sockets.allowances import rate_limited
from realtime.sockets.live_connection import LiveConnection
from speaktracker import logs, metrics
from speaktracker.clock import now

UNKNOWN = "unknown"

# Of messages that went well, at most so many lines a second are logged.
_sampler = logs.Sampler(settings.LOG_MESSAGES_PER_SECOND)


async def handle(connection: LiveConnection, raw: str | bytes) -> None:
    """Carry one frame out, or answer with its error; never raises but when cancelled."""
    if (shared := connection.allowance.shared) is not None:
        await shared.ready()
    incoming = Incoming(connection, raw, time.perf_counter())
    try:
        found, message = incoming.read()
    except Exception as error:
        incoming.fail(error)
        return
    if not found.spawned:
        await incoming.run(found, message)
    elif not connection.spawn(incoming.run(found, message)):
        incoming.fail(rate_limited(1))


def try_handle_now(connection: LiveConnection, payload: bytes) -> bool:
    """Carry a text out where it is read from the socket; never raises.

    False, with nothing done, for all but valid messages of a type that comes often, when nothing
    of them has to wait: they take the way through `handle`.
    """
    found = TABLES[connection.user_type].frequent
    # In bytes as they came, so that nothing too long is ever decoded here.
    too_long = len(payload) > connection.message_bytes
    if found is None or found.immediate is None or too_long or connection.write_queue.closed:
        return False
    started = time.perf_counter()
    try:
        message = found.decoder.decode(payload)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return False
    if not found.immediate.is_ready(connection, message):
        return False
    if (shared := connection.allowance.shared) is not None and not shared.is_ready():
        return False
    try:
        # Charged only now: what is handed on instead is charged on its way through `handle`.
        charge(connection, found, len(payload))
        connection.write_queue.note_activity()
        found.immediate.handle(connection, message)
    except Exception as error:
        Incoming(connection, payload, started, found.name, message.message_id or None).fail(error)
    else:
        if stands_for := acknowledge(connection, found, message):
            Incoming(connection, payload, started, found.name).log("success", stands_for=stands_for)
    return True


def charge(connection: LiveConnection, found: Command[Any] | None, size: int) -> None:
    """Count a frame against the limits; raises MessageRefused when it is too much."""
    # Both are taken from, or a flood of one kind would leave the other bucket full.
    wait = connection.bytes_allowance.take(size)
    if found is None or found.counts is None or found.counts(connection):
        wait = connection.allowance.take() or wait
    if wait:
        raise rate_limited(wait)


def acknowledge(connection: LiveConnection, found: Command[Any], message: ClientMessage) -> int:
    """Acknowledge a message that asks for it, and count it.

    Returns how many messages a line of the log is to stand for, 0 for no line.
    """
    if message.message_id is not UNSET:
        # The message itself was activity, or it was none, as a ping.
        connection.write_queue.put_inactive(encode(Ack(message.message_id)))
    metrics.count_soon(found.handled)
    credentials = connection.credentials
    if credentials.session_is_shared and credentials.session_key and is_use(message):
        connection.process.session_uses[credentials.session_key] = now()
    return _sampler.take()


class Incoming:
    """One frame on its way to its command."""

    __slots__ = ("connection", "message_id", "raw", "started", "type")

    def __init__(
        self,
        connection: LiveConnection,
        raw: str | bytes,
        started: float,
        type_: str = UNKNOWN,
        message_id: str | None = None,
    ) -> None:
        self.connection = connection
        self.raw = raw
        self.started = started
        self.type = type_
        self.message_id = message_id

    async def run(self, found: Command[Any], message: ClientMessage) -> None:
        """Carry the command out, and answer."""
        try:
            await found.handler(self.connection, message)
        except Exception as error:
            self.fail(error)
        else:
            if stands_for := acknowledge(self.connection, found, message):
                self.log("success", stands_for=stands_for)

    def read(self) -> tuple[Command[Any], ClientMessage]:
        """Find the frame's command and decode it; raises whatever `fail` can answer."""
        size, seen = size_in_bytes(self.raw), peek(self.raw)
        self.message_id, self.type = seen.message_id, seen.type or UNKNOWN
        found = TABLES[self.connection.user_type].commands.get(self.type)
        # Before anything is refused: who floods with nonsense is limited like everybody.
        charge(self.connection, found, size)
        if size > self.connection.message_bytes:
            raise MessageRefused(ErrorCode.MESSAGE_TOO_LARGE)
        if seen.malformed:
            raise MessageRefused(ErrorCode.INVALID_MESSAGE, path=seen.malformed)
        if found is None:
            others = any(self.type in table.commands for table in TABLES.values())
            raise MessageRefused(ErrorCode.FORBIDDEN if others else ErrorCode.UNKNOWN_TYPE)
        if self.type != "ping":
            self.connection.write_queue.note_activity()
        return found, found.decoder.decode(self.raw)

    def fail(self, error: Exception) -> None:
        """Answer with what `error` means to the sender; a bug is logged with its trace."""
        connection = self.connection
        if isinstance(error, ConnectRefused):
            connection.expel(error, self.message_id)
            code = error.code
        else:
            refused = refusal_of(error)
            connection.refuse(refused, self.message_id)
            code = refused.code
            if code is ErrorCode.RATE_LIMITED and (left := connection.allowance.count_refusal()):
                connection.cool_down(left)
        if code is ErrorCode.RECIPIENT_OFFLINE:  # stored, and nobody's fault
            metrics.handled(self.type).inc()
            if stands_for := _sampler.take():
                self.log("success", code=code, stands_for=stands_for)
            return
        metrics.error_answered(code)
        metrics.handled(self.type, "error").inc()
        bug = not isinstance(error, EXPECTED)
        self.log("error", logging.ERROR if bug else logging.WARNING, error if bug else None, code)

    def log(
        self,
        status: str,
        level: int = logging.INFO,
        bug: Exception | None = None,
        code: ErrorCode | None = None,
        stands_for: int = 1,
    ) -> None:
        """Write a line of this frame into the log."""
        logs.message(
            connection_id=self.connection.connection_id,
            user_email=self.connection.email,
            message_type=self.type if self.type in metrics.MESSAGE_TYPES else UNKNOWN,
            status=status,
            duration_ms=round((time.perf_counter() - self.started) * 1000, 3),
            level=level,
            exc_info=bug,
            code=code,
            stands_for=stands_for,
        )
