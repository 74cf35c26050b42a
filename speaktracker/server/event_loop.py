"""The event loop and Twisted's reactor on it, as the server wants them."""

import asyncio
import logging
from typing import Any

from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.main import installReactor

from speaktracker import env

_log = logging.getLogger(__name__)


class LeanReactor(AsyncioSelectorReactor):
    """Has the loop call a ready socket straight away.

    Twisted's own wraps each call into a logging context, which costs more than reading a message.
    """

    def addReader(self, reader: Any) -> None:  # noqa: N802
        """Watch `reader`; what cannot be watched is Twisted's business."""
        if reader in self._readers:
            return
        try:
            descriptor = reader.fileno()
            self._asyncioEventloop.add_reader(descriptor, self.read_ready, reader)
            self._readers[reader] = descriptor
        except OSError:
            super().addReader(reader)  # type: ignore[no-untyped-call]

    def read_ready(self, reader: Any) -> None:
        """Have `reader` read what has come; end a connection that fails or has ended."""
        try:
            reason = reader.doRead()
        except Exception as error:
            _log.exception("A connection failed and is closed")
            reason = error
        if reason:
            self._disconnectSelectable(reader, reason, True)  # type: ignore[no-untyped-call]


def install_reactor() -> None:
    """Install the reactor before daphne, whose import would install Twisted's own."""
    installReactor(LeanReactor(new_event_loop()))  # type: ignore[no-untyped-call]


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Make uvloop's event loop, or asyncio's without uvloop or with UVLOOP=0."""
    if env.flag("UVLOOP", default=True):
        try:
            import uvloop
        except ImportError:  # it has no build for some platforms
            pass
        else:
            return uvloop.new_event_loop()
    return asyncio.new_event_loop()
