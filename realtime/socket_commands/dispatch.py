"""From a received frame to a command, and from an exception to an error code."""

import json
import logging
import time
from typing import Any

import msgspec
from django.conf import settings
from msgspec import UNSET

from realtime.protocol.client_messages import ClientMessage, Envelope
from realtime.protocol.codes import CloseCode, ErrorCode
from realtime.protocol.errors import ConnectRefused, MessageRefused
from realtime.protocol.server_messages import Ack, encode
from realtime.protocol.wire_limits import MESSAGE_ID_LENGTH
from realtime.socket_commands.command_table import TABLES, Command
from realtime.sockets.live_connection import LiveConnection
from realtime.sockets.message_limits import rate_limited
from speaktracker import logs, metrics
from speaktracker.exceptions import InvalidCredentials, Unavailable

UNKNOWN = "unknown"

# Of messages that went well, at most so many lines a second are logged.
_sampler = logs.Sampler(settings.LOG_MESSAGES_PER_SECOND)
_envelopes = msgspec.json.Decoder(Envelope)


async def handle(connection: LiveConnection, raw: str | bytes) -> None:
    """Carry one frame out, or answer with its error; never raises but when cancelled."""
    incoming = Incoming(connection, raw)
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
    too_long = len(payload) > connection.message_bytes
    if found is None or found.immediate is None or too_long or connection.write_queue.closed:
        return False
    incoming = Incoming(connection, payload)
    try:
        message = found.decoder.decode(payload)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return False
    if not found.immediate.is_ready(connection, message):
        return False
    incoming.type = found.name
    incoming.message_id = message.message_id or None
    try:
        incoming.charge(found, len(payload))
        connection.write_queue.note_activity()
        found.immediate.handle(connection, message)
    except Exception as error:
        incoming.fail(error)
    else:
        incoming.succeed(message)
    return True


class Incoming:
    """One frame on its way to its command."""

    __slots__ = ("connection", "message_id", "raw", "started", "type")

    def __init__(self, connection: LiveConnection, raw: str | bytes) -> None:
        self.connection = connection
        self.raw = raw
        self.type = UNKNOWN
        self.message_id: str | None = None
        self.started = time.perf_counter()

    async def run(self, found: Command[Any], message: ClientMessage) -> None:
        try:
            await found.handler(self.connection, message)
        except Exception as error:
            self.fail(error)
        else:
            self.succeed(message)

    def read(self) -> tuple[Command[Any], ClientMessage]:
        size = len(self.raw) if isinstance(self.raw, bytes) else _utf8_length(self.raw)
        malformed = self._peek()
        found = TABLES[self.connection.user_type].commands.get(self.type)
        self.charge(found, size)
        if size > self.connection.message_bytes:
            raise MessageRefused(ErrorCode.MESSAGE_TOO_LARGE)
        if malformed or isinstance(self.raw, bytes):
            raise MessageRefused(ErrorCode.INVALID_MESSAGE, path=malformed)
        if found is None:
            raise MessageRefused(_not_listed(self.type))
        if self.type != "ping":
            self.connection.write_queue.note_activity()
        return found, found.decoder.decode(self.raw)

    def charge(self, found: Command[Any] | None, size: int) -> None:
        """Count the frame against the limits; raises MessageRefused when it is too much."""
        connection = self.connection
        wait = connection.bytes_allowance.take(size)
        if found is None or found.counts is None or found.counts(connection):
            wait = connection.allowance.take() or wait
        if wait:
            raise rate_limited(wait)

    def _peek(self) -> str | None:
        """Read type and id; return the path of what is wrong, "$" for all of it."""
        try:
            envelope = _envelopes.decode(self.raw)
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            self.message_id = _id_in(self.raw)
            return "$"
        self.message_id = _valid_id(envelope.message_id)
        if isinstance(self.raw, bytes):
            return "$"
        if not isinstance(envelope.type, str):
            return "$.type"
        self.type = envelope.type
        return None

    def fail(self, error: Exception) -> None:
        connection = self.connection
        if isinstance(error, ConnectRefused):
            connection.expel(error, self.message_id)
            code = error.code
        else:
            refused = _refusal(error)
            connection.refuse(refused, self.message_id)
            code = refused.code
            if code is ErrorCode.RATE_LIMITED and connection.allowance.count_refusal():
                connection.close(CloseCode.TOO_MANY_MESSAGES)
        if code is not ErrorCode.RECIPIENT_OFFLINE:  # stored, and nobody's fault
            metrics.error_answered(code)
            metrics.message_handled(self.type, "error")
        bug = not isinstance(error, _EXPECTED)
        self._log("error", logging.ERROR if bug else logging.INFO, error if bug else None, code)

    def succeed(self, message: ClientMessage) -> None:
        if message.message_id is not UNSET:
            # The message itself was activity, or it was none, as a ping.
            self.connection.write_queue.put_inactive(encode(Ack(message.message_id)))
        metrics.message_handled(self.type)
        if stands_for := _sampler.take():
            self._log("success", stands_for=stands_for)

    def _log(
        self,
        status: str,
        level: int = logging.INFO,
        bug: Exception | None = None,
        code: ErrorCode | None = None,
        stands_for: int = 1,
    ) -> None:
        logs.message(
            connection_id=self.connection.connection_id,
            user_email=self.connection.email,
            message_type=self.type if self.type in KNOWN_TYPES else UNKNOWN,
            status=status,
            duration_ms=round((time.perf_counter() - self.started) * 1000, 3),
            level=level,
            exc_info=bug,
            code=code,
            stands_for=stands_for,
        )


_EXPECTED = (
    MessageRefused,
    ConnectRefused,
    InvalidCredentials,
    Unavailable,
    msgspec.DecodeError,
    UnicodeError,
    RecursionError,
)
KNOWN_TYPES = metrics.MESSAGE_TYPES


def _refusal(error: Exception) -> MessageRefused:
    if isinstance(error, MessageRefused):
        return error
    if isinstance(error, msgspec.DecodeError | UnicodeError | RecursionError):
        return MessageRefused(ErrorCode.INVALID_MESSAGE, path=_path(error))
    if isinstance(error, InvalidCredentials):
        return MessageRefused(ErrorCode.INVALID_CREDENTIALS)
    return MessageRefused(ErrorCode.UNAVAILABLE)


def _not_listed(type_: str) -> ErrorCode:
    known = any(type_ in table.commands for table in TABLES.values())
    return ErrorCode.FORBIDDEN if known else ErrorCode.UNKNOWN_TYPE


def _path(error: Exception) -> str:
    """Take the path out of msgspec's message; it names an unknown field in the text instead."""
    text = str(error)
    _, found, path = text.rpartition(" - at `")
    where = path.rstrip("`") if found else "$"
    if "unknown field `" in text or "required field `" in text:
        name = text.split("field `", 1)[1].split("`", 1)[0]
        return f"{where}.{name}"
    return where


def _valid_id(given: object) -> str | None:
    if isinstance(given, str) and 1 <= len(given) <= MESSAGE_ID_LENGTH:
        return given
    return None


def _id_in(raw: str | bytes) -> str | None:
    """Find the id in what is JSON but for a NaN or a lone surrogate: its sender waits for it."""
    if len(raw) > settings.LIMITS.client_message_bytes:
        return None
    try:
        found = json.loads(raw)
        given = _valid_id(found.get("message_id")) if isinstance(found, dict) else None
        return given and given.encode().decode()  # a surrogate in the id itself has no way back
    except (ValueError, RecursionError):
        return None


def _utf8_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
