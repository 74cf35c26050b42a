"""The sockets that something was written to in this turn of the loop: one wake-up for all."""

import asyncio
import logging
from typing import Protocol

_log = logging.getLogger(__name__)


class Corked(Protocol):
    """A socket that keeps the frames of a turn, in order, to hand them over together."""

    corked: list[bytes]

    def hand_over(self, frames: bytes) -> None:
        """Write what is corked, which `frames` joins; nothing is corked any more."""
        ...


class CorkedSockets:
    """Those of one event loop; at the end of the turn each writes its frames in one call."""

    def __init__(self) -> None:
        self._sockets: list[Corked] = []

    def add(self, socket: Corked) -> None:
        """Have `socket` uncorked, to be called with its first frame."""
        if not self._sockets:
            asyncio.get_running_loop().call_soon(self._uncork)
        self._sockets.append(socket)

    def _uncork(self) -> None:
        sockets, self._sockets = self._sockets, []
        # Dashboards of one tutor were written the same frames as a rule: joined once for all.
        frames: list[bytes] = []
        joined = b""
        for socket in sockets:
            if not socket.corked:  # it was uncorked before its turn
                continue
            if socket.corked != frames:
                frames = socket.corked
                joined = frames[0] if len(frames) == 1 else b"".join(frames)
            try:
                socket.hand_over(joined)
            except Exception:  # one broken socket must not cost the others their frames
                _log.exception("What was written to a socket is lost.")
