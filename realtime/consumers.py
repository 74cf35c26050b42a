"""The socket's plumbing: connect, receive, disconnect. What a socket does stands in its rooms."""

import asyncio
import time
from contextlib import ExitStack, suppress
from typing import Any, cast

from channels.exceptions import StopConsumer

from realtime import socket_commands as _socket_commands  # noqa: F401 - registers every command
from realtime.broadcast import groups
from realtime.broadcast.publish import announce
from realtime.per_process.pending_disconnects import Departure
from realtime.per_process.process_state import current
from realtime.presence import connection_records
from realtime.presence.admission import Admitted, Place, Request
from realtime.protocol.codes import CloseCode
from realtime.protocol.errors import ConnectRefused, invalid_credentials, unavailable
from realtime.protocol.messages import SUBPROTOCOL, encode
from realtime.socket_commands.dispatch import Incoming
from realtime.sockets.layer_events import LayerEvents
from realtime.sockets.live_connection import LiveConnection, connection_error
from realtime.sockets.message_limits import keep
from realtime.sockets.opening import seat, settle_in
from speaktracker import drain_state, logs
from speaktracker.auth.handshake import Claim, Handshake, identify
from speaktracker.exceptions import InvalidCredentials, TooSlow, Unavailable
from speaktracker.http.language import preferred
from speaktracker.layers import ClassroomLayer
from speaktracker.transport.text_frames import TEXT_EXTENSION, TextWriter

# A handshake that timed out may still be stored by its thread; then its record must go again.
LATE_COMMIT_SECONDS = 10


class ClassroomConsumer(LayerEvents):
    """One socket of a student or a tutor."""

    connection: LiveConnection | None = None

    async def websocket_connect(self, _message: dict[str, Any]) -> None:
        """Accept, verify and record; a refusal is told and then closed with its code."""
        handshake = Handshake(self.scope)
        self.language = preferred(
            handshake.query("lang"), handshake.header("accept-language") or ""
        )
        self.open = ExitStack()
        self.writer: asyncio.Task[None] | None = None
        extensions: dict[str, Any] = cast(Any, self.scope.get("extensions")) or {}
        self.text_writer: TextWriter | None = extensions.get(TEXT_EXTENSION)
        offered = SUBPROTOCOL in handshake.subprotocols
        await self.base_send(
            {"type": "websocket.accept", "subprotocol": SUBPROTOCOL if offered else None}
        )
        try:
            await self._enter(handshake)
        except ConnectRefused as refused:
            logs.event("connection", status="error", code=refused.code)
            await self._say(encode(connection_error(refused.code, self.language)))
            await self._close(refused.close_code)

    def listen(self) -> None:
        """Read the layer and, where nothing has to wait for it, the socket itself."""
        super().listen()
        if self.text_writer is not None and isinstance(self.channel_layer, ClassroomLayer):
            self.text_writer.on_text(self.hear)

    def hear(self, payload: bytes) -> bool:
        """Carry out a text that needs no waiting; False leaves it to `websocket_receive`."""
        connection = self.connection
        if connection is None or connection.outlet.closed:
            return False
        return Incoming(connection, payload).carried_out()

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        """Carry one frame out; what comes on a socket that is closing is not read any more."""
        connection = self.connection
        if connection is not None and not connection.outlet.closed:
            text = message.get("text")
            raw = text if text is not None else message.get("bytes") or b""
            await Incoming(connection, raw).handle()

    async def websocket_disconnect(self, _message: dict[str, Any]) -> None:
        """End the consumer; `leave` cleans up."""
        raise StopConsumer

    async def _enter(self, handshake: Handshake) -> None:
        if drain_state.is_draining():
            await self._close(CloseCode.GOING_AWAY)
            return
        claim = await self._identify(handshake)
        # Subscribed before the record is read and stored: what is announced meanwhile is heard.
        await self.channel_layer.group_add(groups.user(claim.user_id), self.channel_name)
        connection_id = connection_records.new_connection_id()
        admitted = await self._admit(claim, connection_id)
        connection = seat(
            connection_id,
            self.channel_name,
            admitted,
            self._say,
            handshake,
            self.language,
            claim,
            self.text_writer,
        )
        self.connection = connection
        self.open.enter_context(connection.process.holding(connection))
        self.writer = asyncio.create_task(self._write(connection))
        logs.event("connection", connection_id=connection_id, user_email=connection.email)
        connection.welcome()
        if connection.dashboard:
            group = groups.dashboards(connection.user_id)
            await self.channel_layer.group_add(group, self.channel_name)
        self.listen()
        await announce(admitted.news)
        await settle_in(connection, handshake)

    async def _identify(self, handshake: Handshake) -> Claim:
        try:
            return await identify(handshake)
        except InvalidCredentials:
            raise invalid_credentials() from None
        except Unavailable:
            raise unavailable() from None

    async def _admit(self, claim: Claim, connection_id: str) -> Admitted:
        process = current()
        try:
            await process.ready()
            place = Place(connection_id, self.channel_name, process.lease.boot_id)
            answer = await process.entrance.ask(Request(claim, place))
        except BaseException as error:
            late = time.monotonic() + LATE_COMMIT_SECONDS
            process.departures.plan(Departure(connection_id, claim.user_id, late))
            if isinstance(error, Unavailable):
                raise unavailable() from None
            raise
        if isinstance(answer, ConnectRefused):
            raise answer
        return answer

    async def _write(self, connection: LiveConnection) -> None:
        """Write what is queued, then close; every close of an open socket comes through here."""
        try:
            await connection.outlet.run()
        except TooSlow:
            connection.close_code = CloseCode.TOO_SLOW
        except OSError:  # the transport is gone; the disconnect is on its way
            return
        await self._close(connection.close_code or CloseCode.GOING_AWAY)
        await self.leave()

    async def _say(self, text: str) -> None:
        await self.base_send({"type": "websocket.send", "text": text})

    async def _close(self, code: CloseCode) -> None:
        # Other servers raise their own errors for a socket that the client has closed meanwhile.
        with suppress(OSError, RuntimeError):
            await self.base_send({"type": "websocket.close", "code": int(code)})

    async def leave(self) -> None:
        """Delete the record and let everything go; runs once, however the socket ends."""
        connection, self.connection = self.connection, None
        if connection is None:
            return
        self.open.close()
        connection.outlet.close()
        connection.abandon()
        keep(connection.allowance)
        if self.writer and self.writer is not asyncio.current_task():
            self.writer.cancel()
        logs.event(
            "connection",
            connection_id=connection.connection_id,
            user_email=connection.email,
            duration_ms=round((time.monotonic() - connection.opened_at) * 1000, 1),
            closed=connection.close_code,
        )
        departure = Departure(connection.connection_id, connection.user_id)
        await current().departures.carry_out(departure)
