"""A plugin of pytest: in daphne's suite its server is ours.

`ON_FAST_FRAMES` is 1 or 0, as FAST_FRAMES is for the product.
"""

import logging
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

import daphne.testing
import hypothesis
from twisted.internet import asyncioreactor  # noqa: F401 - loaded once, for all children

from speaktracker.server.forwarding import trusted_networks


class OurProcess(daphne.testing.DaphneProcess):  # type: ignore[misc]  # daphne has no types
    """A process that serves with our server what daphne's would serve."""

    def run(self) -> None:
        """Serve until the process is ended."""
        for name in ("twisted.internet.reactor", "daphne.server"):
            sys.modules.pop(name, None)
        from speaktracker.server.event_loop import install_reactor

        install_reactor()
        try:
            self.serve()
        except BaseException as error:
            self.errors.put((error, traceback.format_exc()))

    def serve(self) -> None:
        """Make the server and say where it listens; its import needs the reactor."""
        from speaktracker.server.asgi_server import ClassroomServer
        from speaktracker.server.bound_sockets import bound_socket

        listening = bound_socket(self.host, 0)
        self.port.value = listening.getsockname()[1]
        application = as_daphne_calls(self.get_application())
        self.server = ClassroomServer(application, ours_of(self.kwargs))
        if size := self.kwargs.get("request_buffer_size"):
            self.server.request_buffer_size = size
        if self.setup is not None:
            self.setup()
        try:
            self.server.serve(listening, self.ready.set)
        finally:
            if self.teardown is not None:
                self.teardown()


def ours_of(options: dict[str, Any]) -> Any:
    """Return our options for daphne's."""
    from speaktracker.server.server_options import ServerOptions

    ours: dict[str, Any] = {"fast_frames": os.environ["ON_FAST_FRAMES"] == "1"}
    if "proxy_forwarded_address_header" in options:
        ours["trusted_proxies"] = trusted_networks(["127.0.0.0/8"])
    sizes = [options.get(f"websocket_max_{what}_size") for what in ("message", "frame")]
    if any(sizes):
        ours["max_message_in"] = min(size for size in sizes if size)
    return ServerOptions(**ours)


def as_daphne_calls(application: Callable[..., Any]) -> Callable[..., Any]:
    """Leave out what daphne does not have: the lifespan, and the extension in a socket's scope."""

    async def called(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise ValueError("no lifespan here")
        scope.pop("extensions", None)
        await application(scope, receive, send)

    return called


def pytest_configure() -> None:
    """Take the place of daphne's server."""
    daphne.testing.DaphneProcess = OurProcess
    daphne.testing.BaseDaphneTestingInstance.startup_timeout = 30
    logging.getLogger("speaktracker").setLevel(logging.CRITICAL)
    # What fails is listed: nobody waits until it fails with the smallest example.
    phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
    hypothesis.settings.register_profile("others", database=None, phases=phases)
    hypothesis.settings.load_profile("others")
