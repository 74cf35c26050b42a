"""One verified socket: whose it is, what it may do, and what it remembers."""

import asyncio
import logging
import time
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from msgspec import UNSET

from realtime.broadcast import publish
from realtime.per_process.planned_looks import PlannedLooks
from realtime.per_process.process_state import ProcessState
from realtime.presence.admission import Admitted
from realtime.presence.circumstances import NO_CIRCUMSTANCES, Circumstances
from realtime.presence.class_rules import Report, Student, last_said
from realtime.presence.connection_records import SocketAddress
from realtime.presence.news import Tutor
from realtime.protocol.codes import CloseCode, ErrorCode
from realtime.protocol.error_frames import connection_error, message_error
from realtime.protocol.error_texts import text_of
from realtime.protocol.errors import ConnectRefused, MessageRefused, too_often
from realtime.protocol.field_types import HelpState
from realtime.protocol.server_messages import (
    ConnectionSuccess,
    HelpFrame,
    Timeout,
    TokenExpired,
    encode,
)
from realtime.sockets.allowances import allowance_of, bytes_allowance
from realtime.sockets.live_dashboard import Dashboard
from realtime.sockets.ordered_feedback import OrderedFeedback
from realtime.sockets.write_queue import WriteQueue
from speaktracker import logs
from speaktracker.auth.credentials import Credentials
from speaktracker.clock import now, wire
from speaktracker.exceptions import Unavailable

# Work that goes on beside the socket, such as a delivery that waits for its confirmation.
SPAWNED_BOUND = 32
# Who is closed for too many messages would be back at another process before SQL has it.
COOLDOWN_RECORD_SECONDS = 1.0
NOTHING_SAID = Report(student_id=0, version=0)


class LiveConnection(PlannedLooks):
    """What a socket's commands work with; it belongs to one event loop."""

    __slots__ = (
        *("connection_id", "channel", "user_id", "email", "user_type", "name", "tutor"),
        *("in_class", "version", "said", "circumstances", "reported"),
        *("write_queue", "language", "credentials", "_told_of_end"),
        *("opened_at", "connected_at", "source_ip", "user_agent"),
        *("close_code", "close_reason", "dashboard", "ordered_feedback", "message_bytes"),
        *("allowance", "bytes_allowance", "in_order", "_cooldown_begun", "_spawned"),
    )

    def __init__(
        self,
        address: SocketAddress,
        admitted: Admitted,
        write_queue: WriteQueue,
        process: ProcessState,
        *,
        language: str,
        credentials: Credentials,
    ) -> None:
        super().__init__(process)
        self.connection_id = address.connection_id
        self.channel = address.channel
        self.user_id = admitted.user_id
        self.email = admitted.email
        self.user_type = admitted.user_type
        self.name = admitted.name
        self.tutor: Tutor | None = admitted.tutor
        self.in_class = bool(admitted.student and admitted.student.in_class)
        self.version = admitted.student.version if admitted.student else 0
        # The latest status, of before this socket to begin with.
        self.said = last_said(admitted.student) if admitted.student else NOTHING_SAID
        self.circumstances = (
            admitted.student.circumstances if admitted.student else NO_CIRCUMSTANCES
        )
        self.reported: Report | None = None
        self.write_queue = write_queue
        self.language = language
        self.credentials = credentials
        self._told_of_end: float | None = None
        self.opened_at, self.connected_at = time.monotonic(), now()
        # Who connected, as the Management API tells it.
        self.source_ip = self.user_agent = ""
        self.close_code: int | None = None
        self.close_reason = ""
        self.dashboard: Dashboard | None = None
        self.ordered_feedback: OrderedFeedback | None = None
        self.message_bytes = settings.LIMITS.client_message_bytes
        self.allowance = allowance_of(self.user_id)
        self.bytes_allowance = bytes_allowance()
        self.in_order = asyncio.Lock()
        self._cooldown_begun = False
        self._spawned: tuple[asyncio.Task[None], ...] = ()

    def learn(self, version: int, in_class: bool) -> None:
        """Learn what another tab, or another process, made of this student."""
        if version >= self.version:
            self.version = version
            self.in_class = in_class

    def learn_tutor(self, tutor: Tutor | None) -> None:
        """Learn who teaches this student now; a dashboard of theirs may be open elsewhere."""
        if tutor and (self.tutor is None or tutor.user_id != self.tutor.user_id):
            publish.heard_elsewhere(tutor.user_id)
        self.tutor = tutor

    def learn_student(self, student: Student) -> None:
        """Learn what a transition that this very socket caused made of its student."""
        self.learn(student.version, student.in_class)
        self.learn_circumstances(student.circumstances)

    def learn_circumstances(self, circumstances: Circumstances) -> bool:
        """Learn what dashboards are shown beside the practice, and say what it means for help.

        False for what is no news.
        """
        if circumstances.version <= self.circumstances.version:
            return False
        before, call = self.circumstances.help, circumstances.help
        self.circumstances = circumstances
        if call is not None:
            if before != call:
                self.show_help(call.state, call.at)
        elif before is not None and before.is_open:
            self.show_help("withdrawn", now())
        return True

    def show_help(self, state: HelpState, at: datetime) -> None:
        """Say what has become of the student's question."""
        self.write_queue.send(HelpFrame(state, wire(at)))

    def log(self, **fields: Any) -> None:
        """Write a line of this connection into the log, with what is said of it."""
        logs.event("connection", connection_id=self.connection_id, user_email=self.email, **fields)

    def welcome(self) -> None:
        """Say that the connection stands."""
        self.write_queue.send(
            ConnectionSuccess(
                connection_id=self.connection_id,
                timestamp=wire(now()),
                user_email=self.email,
                user_type=self.user_type,
                tutor_email=self.tutor.email if self.tutor else UNSET,
                tutor_name=(self.tutor.name if self.tutor else "") or UNSET,
                heartbeat_seconds=settings.LIMITS.heartbeat_seconds,
            )
        )

    def refuse(self, refused: MessageRefused, message_id: str | None) -> None:
        """Answer a message with its error, in the client's language."""
        self.write_queue.send(message_error(refused, self.language, message_id))

    def expel(self, refused: ConnectRefused, message_id: str | None) -> None:
        """Say that the connection may not stand any longer, and close it."""
        self.write_queue.send(connection_error(refused, self.language, message_id))
        self.close(refused.close_code)

    def ask_for_fresh_token(self) -> None:
        """Say, once for each token, that it has run out, and when the socket closes without one."""
        end = self.credentials.expires_at
        if end is not None and end != self._told_of_end:
            self._told_of_end = end
            closes_at = datetime.fromtimestamp(end + settings.LIMITS.token_grace_seconds, UTC)
            self.write_queue.put_inactive(encode(TokenExpired(wire(now()), wire(closes_at))))

    def cool_down(self, seconds: float) -> None:
        """Close for too many refusals, once no process lets this user in for so long."""
        if self._cooldown_begun:
            return
        self._cooldown_begun = True
        recorded = self.process.cooldowns.begin(self.user_id, seconds)

        async def close_once_recorded() -> None:
            await asyncio.wait([recorded], timeout=COOLDOWN_RECORD_SECONDS)
            self.expel(too_often(seconds), None)

        if not self.spawn(close_once_recorded()):
            self.expel(too_often(seconds), None)

    def time_out(self) -> None:
        """Say that the socket was silent for too long, and close it."""
        minutes = settings.LIMITS.idle_timeout_seconds / 60
        text = text_of(ErrorCode.IDLE_TIMEOUT, self.language, minutes=minutes)
        self.write_queue.send(Timeout(ErrorCode.IDLE_TIMEOUT, text, wire(now())))
        self.close(CloseCode.IDLE_TIMEOUT)

    def close(self, code: int, reason: str = "") -> None:
        """Close once what is queued has been written; the first code counts, with its reason."""
        if self.close_code is None:
            self.close_code, self.close_reason = code, reason
        self.write_queue.close()

    def spawn(self, work: Coroutine[Any, Any, None]) -> bool:
        """Let `work` go on beside the socket; False (and not begun) when too much does already."""
        if len(self._spawned) >= SPAWNED_BOUND:
            work.close()
            return False
        task = asyncio.create_task(work)
        self._spawned += (task,)
        task.add_done_callback(self._ended)
        return True

    def end(self) -> None:
        """Hear and write nothing more, and cancel what goes on beside the socket."""
        self.write_queue.abandon()
        if self.dashboard:
            self.dashboard.close()
        for task in self._spawned:
            task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._spawned = tuple(each for each in self._spawned if each is not task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Unavailable):
            # Expected: the checks of every process bring the rest once the store is back.
            logs.event("error", status="error", level=logging.WARNING, error=str(error))
        elif error is not None:
            logs.event("error", status="error", level=logging.ERROR, exc_info=error)
