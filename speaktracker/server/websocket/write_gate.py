"""The write gate of one socket: paused above the transport's high-water mark."""

import asyncio
import time
from collections.abc import Callable

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from speaktracker.exceptions import SocketClosed, TooSlow


@implementer(IPushProducer)
class WriteGate:
    """Senders pass at once while it is clear, and in their order once it is resumed.

    Twisted calls it as a producer: `pauseProducing` above the high-water mark (64 KiB that the
    kernel did not take), `resumeProducing` when everything has been taken.
    """

    __slots__ = ("_failure", "_on_pause", "_paused_at", "_waiting", "is_clear")

    def __init__(self, on_pause: Callable[[], None]) -> None:
        """Call `on_pause` each time that it is paused."""
        self._on_pause = on_pause
        self._waiting: list[asyncio.Future[None]] = []
        self._paused_at: float | None = None
        self._failure: type[OSError] | None = None
        # Not paused, and nobody waits: whoever writes now overtakes no one. Kept up to date, not
        # worked out, since it is asked before every frame.
        self.is_clear = True

    @property
    def is_paused(self) -> bool:
        """Tell whether the transport stands above its high-water mark."""
        return self._paused_at is not None

    def paused_seconds(self) -> float:
        """Return for how many seconds the transport has stood above its high-water mark."""
        return 0 if self._paused_at is None else time.monotonic() - self._paused_at

    async def wait_turn(self) -> None:
        """Wait for one's turn; write at once, then call `grant_turn`.

        Raises TooSlow or SocketClosed, as given to `fail`.
        """
        if self._failure:
            raise self._failure
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self.is_clear = False
        try:
            await turn
        except BaseException:
            # A turn may have been granted just before its sender was cancelled: it goes to the
            # next one, who would otherwise wait until the transport pauses and resumes again.
            self._leave(turn)
            self.grant_turn()
            raise
        self._leave(turn)

    def _leave(self, turn: asyncio.Future[None]) -> None:
        self._waiting.remove(turn)
        self.is_clear = self._paused_at is None and not self._waiting

    def grant_turn(self) -> None:
        """Let the sender that has waited longest pass, unless the gate is paused."""
        # One at a time: what it writes may reach the high-water mark and pause the gate again.
        if self._paused_at is None and self._waiting and not self._waiting[0].done():
            self._waiting[0].set_result(None)

    def fail(self, failure: type[TooSlow] | type[SocketClosed]) -> None:
        """Raise `failure` in everyone who waits, and in who comes to wait later.

        TooSlow holds until the gate is resumed, SocketClosed for good.
        """
        self._failure = failure
        for turn in self._waiting:
            if not turn.done():
                turn.set_exception(failure())

    def pauseProducing(self) -> None:  # noqa: N802
        """Pause the gate."""
        # Twisted may say so twice; how long the peer has not read counts from the first time.
        if self._paused_at is None:
            self._paused_at = time.monotonic()
            self.is_clear = False
            self._on_pause()

    def resumeProducing(self) -> None:  # noqa: N802
        """Resume the gate and let the first sender that waits pass."""
        self._paused_at = None
        self.is_clear = not self._waiting
        if self._failure is TooSlow:
            self._failure = None
        self.grant_turn()

    def stopProducing(self) -> None:  # noqa: N802
        """Fail everyone with SocketClosed: the transport has gone."""
        self.fail(SocketClosed)
