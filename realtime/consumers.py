"""The socket's plumbing: connect, receive, disconnect. What a socket does stands in its rooms."""

import asyncio
import time
from contextlib import suppress
from functools import partial
from typing import Any, cast

from channels.exceptions import StopConsumer

from realtime import socket_commands as _socket_commands  # noqa: F401 - registers every command
from realtime.broadcast import publish
from realtime.per_process.pending_disconnects import PendingDisconnect
from realtime.per_process.process_state import this_process
from realtime.presence import connection_records
from realtime.presence.admission import AdmissionRequest, Admitted
from realtime.presence.connection_records import SocketAddress
from realtime.protocol.codes import CloseCode, ErrorCode
from realtime.protocol.error_frames import connection_error
from realtime.protocol.errors import ConnectRefused, refusing, too_often
from realtime.protocol.field_types import SUBPROTOCOL
from realtime.protocol.server_messages import encode
from realtime.socket_commands.dispatch import handle, try_handle_now
from realtime.sockets import layer_events
from realtime.sockets.allowances import keep
from realtime.sockets.base_consumer import SocketConsumer
from realtime.sockets.live_connection import LiveConnection
from realtime.sockets.open_sockets import open_sockets
from realtime.sockets.opening import send_what_waits, set_up, write_queue_of
from realtime.sockets.queued_frame import Content
from speaktracker import drain_state, logs, metrics
from speaktracker.auth.handshake import Claim, Handshake, identify
from speaktracker.exceptions import TooSlow
from speaktracker.http.language import preferred
from speaktracker.layers.subscription import Subscription
from speaktracker.transport.text_writer import TEXT_EXTENSION, TextWriter

# A handshake that timed out may still be stored by its thread; then its record must go again.
LATE_COMMIT_SECONDS = 10


class ClassroomConsumer(SocketConsumer):
    """One socket of a student or a tutor."""

    connection: LiveConnection | None = None
    writer: asyncio.Task[None] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subscription: Subscription | None = None
        self.began_at = time.monotonic()
        self.connection_id = connection_records.new_connection_id()

    async def websocket_connect(self, _message: dict[str, Any]) -> None:
        """Accept, verify and record; a refusal is told and then closed with its code."""
        handshake = Handshake(self.scope)
        self.language = preferred(
            handshake.query("lang"), handshake.header("accept-language") or ""
        )
        offered = SUBPROTOCOL in handshake.subprotocols
        await self.base_send(
            {"type": "websocket.accept", "subprotocol": SUBPROTOCOL if offered else None}
        )
        try:
            await self._enter(handshake)
        except ConnectRefused as refused:
            self._note_connect(handshake, refused)
            if self.connection:
                self.connection.expel(refused, None)
                return
            await self._say(encode(connection_error(refused, self.language)))
            await self._close(refused.close_code)

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        """Carry one frame out; what comes on a socket that is closing is not read any more."""
        connection = self.connection
        if connection is not None and not connection.write_queue.closed:
            text = message.get("text")
            await handle(connection, text if text is not None else message.get("bytes") or b"")

    async def websocket_disconnect(self, _message: dict[str, Any]) -> None:
        """End the consumer; `leave` cleans up."""
        raise StopConsumer

    async def _enter(self, handshake: Handshake) -> None:
        client = handshake.address
        if client and (seconds := this_process().handshakes.wait(client)):
            raise too_often(seconds)
        if drain_state.is_draining():
            await self._close(CloseCode.GOING_AWAY)
            return
        with refusing():
            claim = await identify(handshake)
            if seconds := this_process().cooldowns.seconds_left(claim.user_id):
                raise too_often(seconds)
            # Subscribed before the record is read and stored: what is announced meanwhile waits.
            subscription = self.subscription = await Subscription.open()
            await subscription.join(publish.user_group(claim.user_id))
        address, admitted = await self._admit(claim, subscription.channel)
        extensions: dict[str, Any] = cast(Any, self.scope.get("extensions")) or {}
        text_writer: TextWriter | None = extensions.get(TEXT_EXTENSION)
        connection = self.connection = set_up(
            address,
            admitted,
            write_queue_of(admitted, handshake, self._say, text_writer),
            language=self.language,
            credentials=claim.credentials,
        )
        connection.source_ip = handshake.address or ""
        connection.user_agent = handshake.user_agent
        open_sockets().hold(connection)
        connection.write_queue.start(self._wake_writer)
        self._note_connect(handshake)
        connection.welcome()
        if connection.dashboard:
            with refusing():
                await connection.dashboard.subscribe()
        subscription.start(partial(layer_events.receive, connection))
        if text_writer is not None:
            text_writer.on_text(partial(try_handle_now, connection))
        publish.announce(admitted.news)
        if admitted.is_elsewhere:
            publish.connected_elsewhere(admitted.user_id)
        await send_what_waits(connection, acknowledges=handshake.query("acks") == "1")

    async def _admit(self, claim: Claim, channel: str) -> tuple[SocketAddress, Admitted]:
        process = this_process()
        connection_id = self.connection_id
        open_sockets().expect(connection_id)
        try:
            with refusing():
                await process.ready()
                address = SocketAddress(connection_id, channel, process.lease.boot_id)
                answer = await process.admissions.ask(AdmissionRequest(claim, address))
        except BaseException:
            late = time.monotonic() + LATE_COMMIT_SECONDS
            process.disconnects.keep(PendingDisconnect(connection_id, claim.user_id, late))
            raise
        if isinstance(answer, ConnectRefused):
            if answer.code is ErrorCode.RATE_LIMITED:
                process.cooldowns.learn(claim.user_id, (answer.retry_after_ms or 0) / 1000)
            raise answer
        return address, answer

    def _note_connect(self, handshake: Handshake, refused: ConnectRefused | None = None) -> None:
        """Count and log that this socket was let in, or why it was not."""
        fields: dict[str, Any] = {}
        metrics.connect_answered(handshake.way, refused.code if refused else None)
        if refused is not None:
            fields = {"status": "error", "code": refused.code, "close_code": refused.close_code}
            if refused.reason:
                fields["reason"] = refused.reason
        logs.event(
            "connection",
            connection_id=self.connection_id,
            user_email=self.connection.email if self.connection else None,
            message_type="connect",
            duration_ms=round((time.monotonic() - self.began_at) * 1000, 1),
            way=handshake.way,
            client=handshake.client_name,
            **fields,
        )

    def _wake_writer(self) -> None:
        # A socket that has nothing to write has no task.
        if self.writer is None and self.connection is not None:
            self.writer = asyncio.create_task(self._write(self.connection))

    async def _write(self, connection: LiveConnection) -> None:
        """Write what waits, and close a closed queue's socket; every close comes through here."""
        try:
            await connection.write_queue.drain()
        except TooSlow:
            connection.close_code, connection.close_reason = CloseCode.TOO_SLOW, ""
        except OSError:  # the transport is gone; the disconnect is on its way
            return
        if not connection.write_queue.closed:
            self.writer = None
            return
        await self._close(connection.close_code or CloseCode.GOING_AWAY, connection.close_reason)
        await self.leave()

    async def _say(self, content: Content) -> None:
        kind = "text" if isinstance(content, str) else "bytes"
        await self.base_send({"type": "websocket.send", kind: content})

    async def _close(self, code: int, reason: str = "") -> None:
        # Other servers raise their own errors for a socket that the client has closed meanwhile.
        with suppress(OSError, RuntimeError):
            await self.base_send({"type": "websocket.close", "code": int(code), "reason": reason})

    async def leave(self) -> None:
        """Delete the record and let everything go; runs once, however the socket ends."""
        connection, self.connection = self.connection, None
        if connection is not None:
            open_sockets().let_go(connection)
        open_sockets().expect_no_more(self.connection_id)
        if self.subscription is not None:
            self.subscription.close()
        if connection is None:
            return
        connection.end()
        keep(connection.allowance)
        if self.writer and self.writer is not asyncio.current_task():
            self.writer.cancel()
        connection.log(
            message_type="disconnect",
            duration_ms=round((time.monotonic() - connection.opened_at) * 1000, 1),
            close_code=connection.close_code,
            **({"reason": connection.close_reason} if connection.close_reason else {}),
        )
        disconnect = PendingDisconnect(connection.connection_id, connection.user_id)
        await connection.process.disconnects.write(disconnect)
