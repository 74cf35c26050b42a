"""From a received frame to a command, and from an exception to an error code."""

import json
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

import msgspec
from django.conf import settings
from msgspec import UNSET

from realtime.codes import CloseCode, ErrorCode
from realtime.connection import LiveConnection
from realtime.limits import rate_limited
from realtime.protocol import Ack, ClientMessage, Envelope, encode
from realtime.refusals import ConnectRefused, MessageRefused
from speaktracker import logs, metrics
from speaktracker.errors import InvalidCredentials, Unavailable

M = TypeVar("M", bound=ClientMessage)
Role = Literal["student", "tutor"]
Handler = Callable[[LiveConnection, M], Awaitable[None]]

MESSAGE_ID_LENGTH = 64
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Command(Generic[M]):
    """How one message type is read and carried out."""

    decoder: msgspec.json.Decoder[M]
    handler: Handler[M]
    # Goes on beside the socket: its own answer may take seconds, other messages do not wait.
    detached: bool = False
    # Answers to frames that were sent do not count against the limits.
    counts: Callable[[LiveConnection], bool] = lambda _connection: True


@dataclass(slots=True)
class CommandTable:
    """What one role may send is what its table lists."""

    commands: dict[str, Command[Any]] = field(default_factory=dict)


TABLES: dict[str, CommandTable] = {"student": CommandTable(), "tutor": CommandTable()}


def command(
    name: str,
    message: type[M],
    *roles: Role,
    detached: bool = False,
    counts: Callable[[LiveConnection], bool] = lambda _connection: True,
) -> Callable[[Handler[M]], Handler[M]]:
    """Register a function as what `roles` may send as messages of type `name`."""

    def register(handler: Handler[M]) -> Handler[M]:
        entry = Command(msgspec.json.Decoder(message), handler, detached, counts)
        for role in roles:
            TABLES[role].commands[name] = entry
        return handler

    return register


_envelopes = msgspec.json.Decoder(Envelope)


class Incoming:
    """One frame on its way to its command."""

    __slots__ = ("connection", "message_id", "raw", "started", "type")

    def __init__(self, connection: LiveConnection, raw: str | bytes) -> None:
        self.connection = connection
        self.raw = raw
        self.type = UNKNOWN
        self.message_id: str | None = None
        self.started = time.perf_counter()

    async def handle(self) -> None:
        """Carry the frame out, or answer with its error; never raises but when cancelled."""
        try:
            found, message = self._read()
        except Exception as error:
            self._failed(error)
            return
        if not found.detached:
            await self._run(found, message)
        elif not self.connection.detach(self._run(found, message)):
            self._failed(rate_limited(1))

    async def _run(self, found: Command[Any], message: ClientMessage) -> None:
        try:
            await found.handler(self.connection, message)
        except Exception as error:
            self._failed(error)
            return
        if message.message_id is not UNSET:
            # Not `send`: the message itself was activity, or it was none, as a ping.
            self.connection.outlet.put(encode(Ack(message.message_id)))
        self._succeeded()

    def _read(self) -> tuple[Command[Any], ClientMessage]:
        size = len(self.raw) if isinstance(self.raw, bytes) else _utf8_length(self.raw)
        wait = self.connection.bytes_allowance.take(size)
        malformed = self._peek()
        commands = TABLES[self.connection.user_type].commands
        found = commands.get(self.type)
        if found is None or found.counts(self.connection):
            self.connection.allowance.take()
        if wait:
            raise rate_limited(wait)
        if size > self.connection.message_bytes:
            raise MessageRefused(ErrorCode.MESSAGE_TOO_LARGE)
        if malformed or isinstance(self.raw, bytes):
            raise MessageRefused(ErrorCode.INVALID_MESSAGE, path=malformed)
        if found is None:
            raise MessageRefused(_not_listed(self.type))
        if self.type != "ping":
            self.connection.touch()
        return found, found.decoder.decode(self.raw)

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

    def _failed(self, error: Exception) -> None:
        connection = self.connection
        if isinstance(error, ConnectRefused):
            connection.expel(error, self.message_id)
            code = error.code
        else:
            refused = _refusal(error)
            connection.refuse(refused, self.message_id)
            code = refused.code
            if code is ErrorCode.RATE_LIMITED and connection.allowance.refuse():
                connection.close(CloseCode.TOO_MANY_MESSAGES)
        if code is not ErrorCode.RECIPIENT_OFFLINE:  # stored, and nobody's fault
            metrics.error_answered(code)
            metrics.message_handled(self.type, "error")
        bug = not isinstance(error, _EXPECTED)
        self._log("error", logging.ERROR if bug else logging.INFO, error if bug else None, code)

    def _succeeded(self) -> None:
        metrics.message_handled(self.type)
        if stands_for := logs.sample():
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
