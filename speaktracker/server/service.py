"""The server of one process: daphne's, on a socket that is already bound."""

import asyncio
import logging
import signal
import socket
import time
from collections.abc import Callable, Coroutine, Iterator
from itertools import islice
from typing import Any

from daphne.http_protocol import HTTPFactory
from daphne.server import Server, reactor  # its import installs the asyncio reactor

from speaktracker import drain_state
from speaktracker.server.forwarding import client_address, forwarded_scheme
from speaktracker.server.garbage import Garbage
from speaktracker.server.lifespan import Lifespan
from speaktracker.server.quiet import drop_debug_colours, log_only_failures
from speaktracker.server.server_options import ServerOptions
from speaktracker.server.stopping import Stopping
from speaktracker.server.websocket.compression import accept_deflate
from speaktracker.server.websocket.event_inbox import Inbox
from speaktracker.server.websocket.fast_frames import FastSocket, FastSocketFactory
from speaktracker.server.websocket.websocket_protocol import ClassroomSocket, ClassroomSocketFactory
from speaktracker.transport.text_frames import TEXT_EXTENSION

Scope = dict[str, Any]
Queue = Inbox | asyncio.Queue[dict[str, Any]]
Send = Callable[[dict[str, Any]], Coroutine[Any, Any, None]]

_log = logging.getLogger(__name__)

SWEPT_TOGETHER = 100


class ClassroomServer(Server):  # type: ignore[misc]
    """Serves one ASGI application until SIGTERM or SIGINT, then drains."""

    def __init__(self, application: Callable[..., Any], options: ServerOptions) -> None:
        super().__init__(application, endpoints=["adopted"], server_name="speaktracker")
        self.options = options
        self.connections: dict[Any, dict[str, Any]] = {}
        self.garbage = Garbage()

    # --- Running --------------------------------------------------------------------------------

    def serve(self, listening: socket.socket, on_listening: Callable[[], None]) -> None:
        """Serve on a bound socket; call `on_listening` once it listens; return after the drain."""
        log_only_failures()
        drop_debug_colours()
        loop: asyncio.AbstractEventLoop = reactor._asyncioEventloop
        asyncio.set_event_loop(loop)
        self.http_factory = HTTPFactory(self)
        self.ws_factory = self._socket_factory()
        port = reactor.adoptStreamPort(listening.fileno(), listening.family, self.http_factory)
        listening.close()
        stopping = Stopping(self, reactor, port, self.options)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.begin)
        lifespan = Lifespan(self.application)
        drain_state.on_stop(lifespan.end)
        loop.call_soon(lifespan.begin)
        loop.call_soon(self._sweep, loop)
        loop.call_soon(on_listening)
        loop.call_soon(self.garbage.begin)
        reactor.run(installSignalHandlers=False)

    def _socket_factory(self) -> ClassroomSocketFactory:
        make = FastSocketFactory if self.options.fast_frames else ClassroomSocketFactory
        factory = make(self, server=self.server_name)
        factory.setProtocolOptions(
            allowNullOrigin=True,
            # A text that is not UTF-8 is a bad message, and no bad message closes a socket.
            utf8validateIncoming=False,
            failByDrop=False,
            maxMessagePayloadSize=self.options.max_message_in,
            maxFramePayloadSize=self.options.max_message_in,
            openHandshakeTimeout=self.options.accept_timeout + 2,
            closeHandshakeTimeout=self.options.close_timeout,
        )
        if self.options.compression:
            factory.setProtocolOptions(perMessageCompressionAccept=accept_deflate)
        return factory

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.call_later(self.options.sweep_interval, self._sweep, loop)
        self._look_after(iter(list(self.connections)), loop)
        self.garbage.sweep(len(self.connections))

    def _look_after(self, protocols: Iterator[Any], loop: asyncio.AbstractEventLoop) -> None:
        """Look after some connections, then after the next ones: messages pass between them."""
        some = list(islice(protocols, SWEPT_TOGETHER))
        for protocol in some:
            try:
                protocol.check_timeouts()
                self._check_closing(protocol)
            except Exception:
                _log.exception("A connection could not be looked after")
        if some:
            loop.call_soon(self._look_after, protocols, loop)

    # --- Applications ---------------------------------------------------------------------------

    def create_application(self, protocol: Any, scope: Scope) -> Queue | None:
        """Start the application of one request or socket; return the queue it reads from."""
        details = self.connections.get(protocol)
        if details is None:
            return None
        self._complete(scope, protocol)
        if isinstance(protocol, ClassroomSocket):
            self.garbage.opened()
            queue: Queue = Inbox(
                self.options.inbox_messages, protocol.read_no_more, protocol.read_on
            )
            send: Send = protocol.send
        else:
            queue, send = asyncio.Queue(), self._answer_to(protocol)
        application = self.application(scope=scope, receive=queue.get, send=send)
        task = asyncio.ensure_future(application)
        details["application_instance"] = task
        task.add_done_callback(lambda _task: self._settle(protocol, task))
        return queue

    def _answer_to(self, protocol: Any) -> Send:
        async def send(message: dict[str, Any]) -> None:
            await self.handle_reply(protocol, message)

        return send

    def _complete(self, scope: Scope, protocol: Any) -> None:
        """Add what daphne leaves out: who is behind our proxies, the scheme, the text writer."""
        scope.setdefault("asgi", {"version": "3.0"})
        client, trusted = scope.get("client"), self.options.trusted_proxies
        scheme = None
        if client and trusted:
            scheme = forwarded_scheme(client[0], scope["headers"], trusted)
            address = client_address(client[0], scope["headers"], trusted)
            if address != client[0]:
                scope["client"] = [address, 0]
        if scope["type"] == "websocket":
            scope["scheme"] = "wss" if scheme == "https" else "ws"
        elif scheme:
            scope["scheme"] = scheme
        if isinstance(protocol, FastSocket):
            scope["extensions"] = {TEXT_EXTENSION: protocol}

    def _settle(self, protocol: Any, task: "asyncio.Task[None]") -> None:
        """Look at how an application ended, at once, where daphne looks once a second."""
        details = self.connections.get(protocol, {})
        details.pop("application_instance", None)
        failure = None if task.cancelled() else task.exception()
        if failure:
            _log.error("An application failed: %r", failure, exc_info=failure)
        if details.get("disconnected"):
            self.connections.pop(protocol, None)
        elif failure or isinstance(protocol, ClassroomSocket):
            protocol.handle_exception(failure or RuntimeError("the application has ended"))

    def _check_closing(self, protocol: Any) -> None:
        """Cancel an application that does not end after its peer has gone."""
        details = self.connections.get(protocol, {})
        since = details.get("disconnected")
        if not since:
            return
        task = details.get("application_instance")
        if task is None:
            self.connections.pop(protocol, None)
        elif time.time() - since > self.application_close_timeout:
            _log.warning("The application of %r did not end and is cancelled", protocol)
            task.cancel()

    def protocol_disconnected(self, protocol: Any) -> None:
        """Note that the peer has gone; its application has some seconds to end."""
        details = self.connections.get(protocol)
        if details is None:
            return
        if isinstance(protocol, ClassroomSocket) and "disconnected" not in details:
            self.garbage.closed()
        details.setdefault("disconnected", time.time())
        if "application_instance" not in details:
            self.connections.pop(protocol, None)

    # --- For the drain ----------------------------------------------------------------------------

    def sockets(self) -> list[ClassroomSocket]:
        """Return every socket."""
        return [held for held in self.connections if isinstance(held, ClassroomSocket)]

    def applications(self) -> "list[asyncio.Task[None]]":
        """Return every application that runs."""
        held = (details.get("application_instance") for details in self.connections.values())
        return [task for task in held if task and not task.done()]
