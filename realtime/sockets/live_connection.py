"""One verified socket: whose it is, what it may do, and what it remembers."""

import asyncio
import logging
import time
from collections.abc import Coroutine
from typing import Any

from django.conf import settings
from msgspec import UNSET

from realtime.per_process.process_state import ProcessState
from realtime.presence.admission import Admitted
from realtime.presence.class_rules import Report
from realtime.presence.connection_records import SocketAddress
from realtime.presence.transitions import Tutor
from realtime.protocol.codes import CloseCode, ErrorCode
from realtime.protocol.error_texts import text_of
from realtime.protocol.errors import ConnectRefused, MessageRefused
from realtime.protocol.server_messages import (
    ConnectionError,  # noqa: A004 - the name on the wire
    ConnectionSuccess,
    MessageError,
    Timeout,
)
from realtime.sockets.allowances import allowance_of, bytes_allowance
from realtime.sockets.live_dashboard import Dashboard
from realtime.sockets.ordered_feedback import OrderedFeedback
from realtime.sockets.write_queue import WriteQueue
from speaktracker import logs
from speaktracker.clock import now, wire
from speaktracker.exceptions import Unavailable

# Work that goes on beside the socket, such as a delivery that waits for its confirmation.
SPAWNED_BOUND = 32


class LiveConnection:
    """What a socket's commands work with; it belongs to one event loop."""

    def __init__(
        self,
        address: SocketAddress,
        admitted: Admitted,
        write_queue: WriteQueue,
        process: ProcessState,
        *,
        language: str,
        token_expires_at: float | None,
    ) -> None:
        self.connection_id = address.connection_id
        self.channel = address.channel
        self.user_id = admitted.user_id
        self.email = admitted.email
        self.user_type = admitted.user_type
        self.name = admitted.name
        self.tutor: Tutor | None = admitted.tutor
        self.in_class = bool(admitted.student and admitted.student.in_class)
        self.version = admitted.student.version if admitted.student else 0
        self.reported: Report | None = None
        self.write_queue = write_queue
        self.process = process
        self.language = language
        self.token_expires_at = token_expires_at
        self.opened_at = time.monotonic()
        self.close_code: CloseCode | None = None
        self.dashboard: Dashboard | None = None
        self.ordered_feedback: OrderedFeedback | None = None
        self.message_bytes = settings.LIMITS.client_message_bytes
        self.allowance = allowance_of(self.user_id)
        self.bytes_allowance = bytes_allowance()
        self.in_order = asyncio.Lock()
        self._spawned: set[asyncio.Task[None]] = set()

    def learn(self, version: int, in_class: bool) -> None:
        """Learn what another tab, or another process, made of this student."""
        if version >= self.version:
            self.version = version
            self.in_class = in_class

    def welcome(self) -> None:
        """Say that the connection stands."""
        self.write_queue.send(
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
        """Answer a message with its error, in the client's language."""
        wait = refused.retry_after_ms
        self.write_queue.send(
            MessageError(
                code=refused.code,
                original_message_id=message_id or UNSET,
                message=text_of(refused.code, self.language),
                timestamp=wire(now()),
                path=refused.path or UNSET,
                retry_after_ms=UNSET if wait is None else wait,
                queued=refused.queued or UNSET,
            )
        )

    def expel(self, refused: ConnectRefused, message_id: str | None) -> None:
        """Say that the connection may not stand any longer, and close it."""
        self.write_queue.send(connection_error(refused.code, self.language, message_id))
        self.close(refused.close_code)

    def time_out(self) -> None:
        """Say that the socket was silent for too long, and close it."""
        minutes = settings.LIMITS.idle_timeout_seconds / 60
        text = text_of(ErrorCode.IDLE_TIMEOUT, self.language, minutes=minutes)
        self.write_queue.send(Timeout(ErrorCode.IDLE_TIMEOUT, text, wire(now())))
        self.close(CloseCode.IDLE_TIMEOUT)

    def close(self, code: CloseCode) -> None:
        """Close once what is queued has been written; the first reason counts."""
        self.close_code = self.close_code or code
        self.write_queue.close()

    def spawn(self, work: Coroutine[Any, Any, None]) -> bool:
        """Let `work` go on beside the socket; False (and not begun) when too much does already."""
        if len(self._spawned) >= SPAWNED_BOUND:
            work.close()
            return False
        task = asyncio.create_task(work)
        self._spawned.add(task)
        task.add_done_callback(self._ended)
        return True

    def end(self) -> None:
        """Hear and write nothing more, and cancel what goes on beside the socket."""
        self.write_queue.close()
        if self.dashboard:
            self.dashboard.close()
        for task in tuple(self._spawned):
            task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._spawned.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Unavailable):
            # Expected: the checks of every process bring the rest once the store is back.
            logs.event("error", status="error", level=logging.WARNING, error=str(error))
        elif error is not None:
            logs.event("error", status="error", level=logging.ERROR, exc_info=error)


def connection_error(
    code: ErrorCode, language: str, message_id: str | None = None
) -> ConnectionError:
    """Write a `connection_error` in the client's language."""
    return ConnectionError(code, text_of(code, language), wire(now()), message_id or UNSET)
