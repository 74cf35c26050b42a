"""One connection that speaks Redis' protocol (RESP2), pipelined: one write per turn of the loop."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any, Final, cast

import hiredis

logger = logging.getLogger(__name__)

# Redis answers in order, so an old unanswered question means that the whole connection hangs.
# Both together stay below the 2 s within which a publisher is told of a failure.
ANSWER_TIMEOUT: Final = 1.5
CHECK_INTERVAL: Final = 0.4

Answer = asyncio.Future[Any]
OnMessage = Callable[[bytes, bytes], None]


def command(*words: bytes) -> bytes:
    """Frame one command for the wire."""
    framed = b"".join([b"$%d\r\n%b\r\n" % (len(word), word) for word in words])
    return b"*%d\r\n%b" % (len(words), framed)


class Wire(asyncio.Protocol):
    """Pair questions with answers in order; give each published (topic, payload) to `on_message`.

    `lost` is done, with the reason, once the connection has ended.
    """

    # What a message begins with.
    MESSAGE = b"message"

    def __init__(self, on_message: OnMessage | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_message = on_message
        self._reader = hiredis.Reader()
        self._transport: asyncio.Transport | None = None
        self._out: list[bytes] = []
        self._due: deque[tuple[Answer | None, float]] = deque()
        self._next_check: asyncio.TimerHandle | None = None
        self._reason = "the connection was closed"
        self._refusal_logged = False
        self.lost: asyncio.Future[str] = self._loop.create_future()

    @property
    def backlog(self) -> int:
        """Count the commands without an answer."""
        return len(self._due)

    def ask(self, framed: bytes, answer: Answer | None = None) -> Answer:
        """Send a command; the answer fails with OSError when the connection is lost first."""
        answer = answer or self._loop.create_future()
        if self.lost.done():
            answer.set_exception(ConnectionError(self._reason))
        else:
            self._queue(framed, answer)
        return answer

    def send(self, framed: bytes) -> None:
        """Send a command whose answer nobody waits for; a connection's first refusal is logged."""
        if not self.lost.done():
            self._queue(framed, None)

    def abort(self, reason: str) -> None:
        """Drop the connection now, whatever it still had to say."""
        if not self.lost.done():
            self._reason = reason
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport from the loop."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Settle the answers and hand on the messages in `data`."""
        self._reader.feed(data)
        on_message, kind = self._on_message, self.MESSAGE
        try:
            while (reply := self._reader.gets()) is not False:
                if on_message is not None and type(reply) is list and reply[0] == kind:
                    on_message(reply[1], reply[2])
                else:
                    self._settle(reply)
        except hiredis.ProtocolError as error:
            self.abort(f"the answer is not Redis' protocol: {error}")

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what is still unanswered."""
        if self._next_check is not None:
            self._next_check.cancel()
        if exc is not None:
            self._reason = str(exc)
        self.lost.set_result(self._reason)
        for answer, _ in self._due:
            if answer is not None and not answer.done():
                answer.set_exception(ConnectionError(self._reason))
        self._due.clear()

    def flush(self) -> None:
        """Write what this turn of the loop has queued."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(self._out))
        self._out.clear()

    def _queue(self, framed: bytes, answer: Answer | None) -> None:
        if not self._out:
            self._loop.call_soon(self.flush)
        self._out.append(framed)
        self._due.append((answer, self._loop.time()))
        if self._next_check is None:
            self._next_check = self._loop.call_later(CHECK_INTERVAL, self._check_oldest)

    def _check_oldest(self) -> None:
        self._next_check = None
        if not self._due:
            return
        if self._loop.time() - self._due[0][1] > ANSWER_TIMEOUT:
            self.abort(f"no answer within {ANSWER_TIMEOUT} s")
        else:
            self._next_check = self._loop.call_later(CHECK_INTERVAL, self._check_oldest)

    def _settle(self, reply: Any) -> None:
        refused = isinstance(reply, hiredis.ReplyError)
        if not self._due:
            # Whom a server does not let in, it tells so before anything is asked.
            self.abort(str(reply) if refused else "an answer that nobody asked for")
            return
        answer, _ = self._due.popleft()
        if answer is None:
            if refused and not self._refusal_logged:
                self._refusal_logged = True
                logger.error("Redis refuses what other processes should have heard: %s", reply)
        elif not answer.done():
            answer.set_exception(reply) if refused else answer.set_result(reply)
