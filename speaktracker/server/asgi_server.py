"""The server of one process: daphne's, on a socket that is already bound."""

import asyncio
import logging
import signal
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Any, Final

from daphne.server import Server, reactor  # its import installs the asyncio reactor

from speaktracker import drain_state
from speaktracker.server.first_bytes import FirstBytesFactory
from speaktracker.server.forwarding import apply_forwarding
from speaktracker.server.garbage import Garbage
from speaktracker.server.graceful_stop import GracefulStop
from speaktracker.server.http_requests import RequestFactory
from speaktracker.server.library_logging import drop_debug_colours, log_only_failures
from speaktracker.server.lifespan import Lifespan
from speaktracker.server.scheduling import ask_for_short_slices
from speaktracker.server.server_options import ServerOptions
from speaktracker.server.websocket.classroom_socket import ClassroomSocket
from speaktracker.server.websocket.fast_frames import FastSocket
from speaktracker.server.websocket.socket_factory import SocketFactory
from speaktracker.transport.due_list import DueList
from speaktracker.transport.text_writer import TEXT_EXTENSION

_log = logging.getLogger(__name__)

# All of ten thousand at once would keep every message waiting meanwhile.
CHECKED_TOGETHER: Final = 100


class ClassroomServer(Server):  # type: ignore[misc]
    """Serves one ASGI application until SIGTERM or SIGINT, then drains."""

    def __init__(self, application: Callable[..., Any], options: ServerOptions) -> None:
        super().__init__(application, endpoints=["adopted"], server_name="speaktracker")
        self.options = options
        self.connections: dict[Any, dict[str, Any]] = {}
        # Whose time is looked at when: a quiet socket's once between two pings.
        self.visits: DueList[Any] = DueList(options.sweep_interval)
        self.garbage = Garbage()
        self.http_factory = RequestFactory(self)
        self.ws_factory = SocketFactory(self, options)
        self.front = FirstBytesFactory(self.http_factory, self.ws_factory)

    # --- Running --------------------------------------------------------------------------------

    def serve(self, listening: socket.socket, on_listening: Callable[[], None]) -> None:
        """Serve on a bound socket; call `on_listening` once it listens; return after the drain."""
        log_only_failures()
        drop_debug_colours()
        ask_for_short_slices()
        loop: asyncio.AbstractEventLoop = reactor._asyncioEventloop
        asyncio.set_event_loop(loop)
        port = reactor.adoptStreamPort(listening.fileno(), listening.family, self.front)
        listening.close()
        stop = GracefulStop(
            self.options, self.sockets, self.applications, port.stopListening, reactor.stop
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.begin)
        lifespan = Lifespan(self.application)
        drain_state.on_stop(lifespan.end)
        loop.call_soon(lifespan.begin)
        loop.call_soon(self._sweep, loop)
        loop.call_soon(on_listening)
        loop.call_soon(self.garbage.begin)
        reactor.run(installSignalHandlers=False)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.call_later(self.options.sweep_interval, self._sweep, loop)
        self.front.end_silent()
        self._check_some(iter(self.visits.take(time.monotonic())), loop)
        self.garbage.sweep(len(self.connections))

    def _check_some(self, protocols: Iterator[Any], loop: asyncio.AbstractEventLoop) -> None:
        """Check some connections, then the next ones: messages pass between them."""
        some = list(islice(protocols, CHECKED_TOGETHER))
        for protocol in some:
            again = 0.0
            try:
                again = protocol.check_timeouts()
            except Exception:
                _log.exception("A connection could not be looked after")
            details = self.connections.get(protocol)
            if details is None:  # it has ended meanwhile
                continue
            if "disconnected" in details:
                self.end_overdue(protocol, details)
            else:
                self.visits.plan(protocol, again)
        if some:
            loop.call_soon(self._check_some, protocols, loop)

    def look_again(self, protocol: Any, at: float = 0.0) -> None:
        """Have a connection's time looked at once it is `at`, by default at the next sweep."""
        if protocol in self.connections:
            self.visits.plan(protocol, at)

    # --- Applications ---------------------------------------------------------------------------

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """Start the application of one request or socket; return the queue it reads from.

        None when the peer has gone meanwhile.
        """
        details = self.connections.get(protocol)
        if details is None:
            return None
        scope.setdefault("asgi", {"version": "3.0"})
        apply_forwarding(scope, self.options.trusted_proxies)
        queue: Any
        if isinstance(protocol, ClassroomSocket):
            self.garbage.opened()
            queue, send = protocol.new_receive_queue(), protocol.send
        else:
            queue, send = asyncio.Queue(), partial(self.handle_reply, protocol)
        if isinstance(protocol, FastSocket):
            scope["extensions"] = {TEXT_EXTENSION: protocol}
        application = self.application(scope=scope, receive=queue.get, send=send)
        task = asyncio.ensure_future(application)
        details["application_instance"] = task
        task.add_done_callback(partial(self.application_ended, protocol))
        return queue

    def protocol_connected(self, protocol: Any) -> None:
        """Note a new connection; only a socket's time is limited here."""
        super().protocol_connected(protocol)
        if isinstance(protocol, ClassroomSocket):
            self.look_again(protocol)

    def forget(self, protocol: Any) -> None:
        """Let a connection go that has ended, as has its application."""
        self.connections.pop(protocol, None)
        self.visits.drop(protocol)

    def application_ended(self, protocol: Any, task: "asyncio.Task[None]") -> None:
        """Look at how an application ended, at once, where daphne looks once a second."""
        details = self.connections.get(protocol, {})
        details.pop("application_instance", None)
        failure = None if task.cancelled() else task.exception()
        if failure:
            _log.error("An application failed: %r", failure, exc_info=failure)
        if details.get("disconnected"):
            self.forget(protocol)
        elif failure or isinstance(protocol, ClassroomSocket):
            protocol.handle_exception(failure or RuntimeError("the application has ended"))

    def protocol_disconnected(self, protocol: Any) -> None:
        """Note that the peer has gone; its application has some seconds to end."""
        details = self.connections.get(protocol)
        if details is None:
            return
        # Daphne reports a refused handshake twice, once when it refuses and once when TCP ends.
        if isinstance(protocol, ClassroomSocket) and "disconnected" not in details:
            self.garbage.closed()
        details.setdefault("disconnected", time.time())
        if "application_instance" in details:
            self.look_again(protocol)
        else:
            self.forget(protocol)

    def end_overdue(self, protocol: Any, details: dict[str, Any]) -> None:
        """Cancel an application that does not end after its peer has gone."""
        task = details.get("application_instance")
        if task is None:
            self.forget(protocol)
            return
        self.look_again(protocol)
        if time.time() - details["disconnected"] > self.application_close_timeout:
            _log.warning("The application of %r did not end and is cancelled", protocol)
            task.cancel()

    # --- For the drain ----------------------------------------------------------------------------

    def sockets(self) -> list[ClassroomSocket]:
        """Return every socket."""
        return [held for held in self.connections if isinstance(held, ClassroomSocket)]

    def applications(self) -> "list[asyncio.Task[None]]":
        """Return every application that runs."""
        held = (details.get("application_instance") for details in self.connections.values())
        return [task for task in held if task and not task.done()]
