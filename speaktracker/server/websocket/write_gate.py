"""The outbound gate of one socket: shut above the transport's high-water mark."""

import asyncio
import time

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from speaktracker.exceptions import SocketClosed, TooSlow


@implementer(IPushProducer)
class Gate:
    """Senders pass at once while it is open, and in their order once it opens again.

    Twisted calls it as a producer: `pauseProducing` above the high-water mark (64 KiB that the
    kernel did not take), `resumeProducing` when everything has been taken.
    """

    __slots__ = ("_failure", "_shut_at", "_waiting")

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []
        self._shut_at: float | None = None
        self._failure: type[OSError] | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether a sender may write now without overtaking one that waits."""
        return self._shut_at is None and not self._waiting

    @property
    def is_shut(self) -> bool:
        """Tell whether the transport stands above its high-water mark."""
        return self._shut_at is not None

    def shut_for(self) -> float:
        """Return for how many seconds the transport has stood above its high-water mark."""
        return 0 if self._shut_at is None else time.monotonic() - self._shut_at

    async def passed(self) -> None:
        """Wait for one's turn; write at once, then call `next`. Raises TooSlow or SocketClosed."""
        if self._failure:
            raise self._failure
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except BaseException:
            self._waiting.remove(turn)
            self.next()
            raise
        self._waiting.remove(turn)

    def next(self) -> None:
        """Let the sender that has waited longest pass, if the gate is open."""
        if self._shut_at is None and self._waiting and not self._waiting[0].done():
            self._waiting[0].set_result(None)

    def fail(self, failure: type[TooSlow] | type[SocketClosed]) -> None:
        """Raise `failure` in everyone who waits, and in who comes until the gate opens."""
        self._failure = failure
        for turn in self._waiting:
            if not turn.done():
                turn.set_exception(failure())

    def pauseProducing(self) -> None:  # noqa: N802
        """Shut the gate."""
        if self._shut_at is None:
            self._shut_at = time.monotonic()

    def resumeProducing(self) -> None:  # noqa: N802
        """Open the gate."""
        self._shut_at = None
        if self._failure is TooSlow:
            self._failure = None
        self.next()

    def stopProducing(self) -> None:  # noqa: N802
        """Give up: the transport has gone."""
        self.fail(SocketClosed)
