"""One verified socket: whose it is, what it may do, and what it remembers."""

import asyncio
import time
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from django.conf import settings
from msgspec import UNSET, Struct

from realtime.presence.admission import Admitted
from realtime.presence.rules import Report, Student
from realtime.presence.transitions import Tutor
from realtime.protocol.codes import CloseCode, ErrorCode
from realtime.protocol.error_texts import phrase
from realtime.protocol.errors import ConnectRefused, MessageRefused
from realtime.protocol.messages import (
    ConnectionError,  # noqa: A004 - the name on the wire
    ConnectionSuccess,
    MessageError,
    Timeout,
    encode,
)
from realtime.sockets.message_limits import allowance_of, bytes_allowance
from realtime.sockets.write_queue import Outlet
from speaktracker.clock import now, wire

if TYPE_CHECKING:
    from realtime.broadcast.delivery import Mailbox
    from realtime.per_process.process_state import Process
    from realtime.sockets.live_dashboard import Dashboard

# Commands that go on beside the socket, such as a delivery that waits for its confirmation.
DETACHED_BOUND = 32


class LiveConnection:
    """What a socket's commands work with; it belongs to one event loop."""

    def __init__(
        self,
        connection_id: str,
        channel: str,
        admitted: Admitted,
        outlet: Outlet,
        language: str,
        token_expires_at: float | None,
        process: "Process",
    ) -> None:
        self.connection_id = connection_id
        self.channel = channel
        self.user_id = admitted.user_id
        self.email = admitted.email
        self.user_type = admitted.user_type
        self.name = admitted.name
        self.tutor: Tutor | None = admitted.tutor
        self.in_class = bool(admitted.student and admitted.student.in_class)
        self.version = admitted.student.version if admitted.student else 0
        self.reported: Report | None = None
        self.outlet = outlet
        self.process = process
        self.language = language
        self.token_expires_at = token_expires_at
        self.opened_at = self.active_at = time.monotonic()
        self.close_code: CloseCode | None = None
        self.mailbox: Mailbox | None = None
        self.dashboard: Dashboard | None = None
        self.message_bytes = settings.LIMITS.client_message_bytes
        self.allowance = allowance_of(self.user_id)
        self.bytes_allowance = bytes_allowance()
        self.acks_expected = 0
        self.in_order = asyncio.Lock()
        self._detached: set[asyncio.Task[None]] = set()

    def learn(self, version: int, in_class: bool) -> None:
        """Learn what another tab, or another process, made of this student."""
        if version >= self.version:
            self.version = version
            self.in_class = in_class

    def student(self, report: Report) -> Student:
        """Describe this connection's student as `report` has them."""
        return Student(
            student_id=self.user_id,
            email=self.email,
            name=self.name,
            online=True,
            in_class=self.in_class,
            status=report.status,
            session_id=report.session_id,
            current_sentence=report.current_sentence,
            progress=report.progress,
            last_update=report.arrived_at,
            version=report.version,
        )

    def touch(self) -> None:
        """Note that an application message passed, either way."""
        self.active_at = time.monotonic()

    def send(self, message: Struct) -> None:
        """Queue a message; it is never dropped."""
        self.touch()
        self.outlet.put(encode(message))

    def welcome(self) -> None:
        """Say that the connection stands."""
        self.send(
            ConnectionSuccess(
                connection_id=self.connection_id,
                timestamp=wire(now()),
                user_email=self.email,
                user_type=self.user_type,
                tutor_email=self.tutor.email if self.tutor else UNSET,
                heartbeat_seconds=settings.LIMITS.heartbeat_seconds,
            )
        )

    def refuse(self, refused: MessageRefused, message_id: str | None) -> None:
        """Answer a message with its error."""
        self.error(
            refused.code,
            message_id,
            path=refused.path or UNSET,
            retry_after_ms=UNSET if refused.retry_after_ms is None else refused.retry_after_ms,
            queued=refused.queued or UNSET,
        )

    def error(self, code: ErrorCode, message_id: str | None, **details: Any) -> None:
        """Send a `message_error` in the client's language."""
        self.send(
            MessageError(
                code=code,
                original_message_id=message_id or UNSET,
                message=phrase(code, self.language),
                timestamp=wire(now()),
                **details,
            )
        )

    def expel(self, refused: ConnectRefused, message_id: str | None) -> None:
        """Say that the connection may not stand any longer, and close it."""
        self.send(connection_error(refused.code, self.language, message_id))
        self.close(refused.close_code)

    def time_out(self) -> None:
        """Say that the socket was silent for too long, and close it."""
        minutes = settings.LIMITS.idle_timeout_seconds / 60
        text = phrase(ErrorCode.IDLE_TIMEOUT, self.language, minutes=minutes)
        self.send(Timeout(ErrorCode.IDLE_TIMEOUT, text, wire(now())))
        self.close(CloseCode.IDLE_TIMEOUT)

    def close(self, code: CloseCode) -> None:
        """Close once what is queued has been written; the first reason counts."""
        self.close_code = self.close_code or code
        self.outlet.close()

    def detach(self, work: Coroutine[Any, Any, None]) -> bool:
        """Let `work` go on beside the socket; False (and not begun) when too much does already."""
        if len(self._detached) >= DETACHED_BOUND:
            work.close()
            return False
        task = asyncio.create_task(work)
        self._detached.add(task)
        task.add_done_callback(self._detached.discard)
        return True

    def abandon(self) -> None:
        """Cancel what goes on beside the socket."""
        for task in tuple(self._detached):
            task.cancel()


def connection_error(
    code: ErrorCode, language: str, message_id: str | None = None
) -> ConnectionError:
    """Write a `connection_error` in the client's language."""
    return ConnectionError(code, phrase(code, language), wire(now()), message_id or UNSET)
