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
WATCH_INTERVAL: Final = 0.4

Answer = asyncio.Future[Any]
Push = Callable[[bytes, bytes], None]


def command(*words: bytes) -> bytes:
    """Frame one command for the wire."""
    framed = b"".join([b"$%d\r\n%b\r\n" % (len(word), word) for word in words])
    return b"*%d\r\n%b" % (len(words), framed)


class Wire(asyncio.Protocol):
    """Pair questions with answers in order; hand each pushed (topic, payload) to `on_push`."""

    def __init__(self, on_push: Push | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_push = on_push
        self._reader = hiredis.Reader()
        self._transport: asyncio.Transport | None = None
        self._out: list[bytes] = []
        self._due: deque[tuple[Answer | None, float]] = deque()
        self._watch: asyncio.TimerHandle | None = None
        self._reason = "the connection was closed"
        self._complained = False
        self.lost: asyncio.Future[str] = self._loop.create_future()

    @property
    def backlog(self) -> int:
        """Count the questions without an answer."""
        return len(self._due)

    def ask(self, framed: bytes, answer: Answer | None = None) -> Answer:
        """Send a command; the answer fails with OSError when the connection is lost first."""
        answer = answer or self._loop.create_future()
        if self.lost.done():
            answer.set_exception(ConnectionError(self._reason))
        else:
            self._send(framed, answer)
        return answer

    def tell(self, framed: bytes) -> None:
        """Send a command whose answer nobody waits for; a connection's first refusal is logged."""
        if not self.lost.done():
            self._send(framed, None)

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
        try:
            while (reply := self._reader.gets()) is not False:
                self._take(reply)
        except hiredis.ProtocolError as error:
            self.abort(f"the answer is not Redis' protocol: {error}")

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what is still unanswered."""
        if self._watch is not None:
            self._watch.cancel()
        if exc is not None:
            self._reason = str(exc)
        self.lost.set_result(self._reason)
        for answer, _ in self._due:
            if answer is not None and not answer.done():
                answer.set_exception(ConnectionError(self._reason))
        self._due.clear()

    def _send(self, framed: bytes, answer: Answer | None) -> None:
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(framed)
        self._due.append((answer, self._loop.time()))
        if self._watch is None:
            self._watch = self._loop.call_later(WATCH_INTERVAL, self._check)

    def _flush(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(self._out))
        self._out.clear()

    def _check(self) -> None:
        self._watch = None
        if not self._due:
            return
        if self._loop.time() - self._due[0][1] > ANSWER_TIMEOUT:
            self.abort(f"no answer within {ANSWER_TIMEOUT} s")
        else:
            self._watch = self._loop.call_later(WATCH_INTERVAL, self._check)

    def _take(self, reply: Any) -> None:
        if self._on_push is not None and type(reply) is list and reply[0] == b"message":
            self._on_push(reply[1], reply[2])
            return
        if not self._due:
            # Whom a server does not let in, it tells so before anything is asked.
            refused = isinstance(reply, hiredis.ReplyError)
            self.abort(str(reply) if refused else "an answer that nobody asked for")
            return
        answer, _ = self._due.popleft()
        if answer is None:
            self._complain_of(reply)
        elif answer.done():
            return
        elif isinstance(reply, hiredis.ReplyError):
            answer.set_exception(reply)
        else:
            answer.set_result(reply)

    def _complain_of(self, reply: Any) -> None:
        if isinstance(reply, hiredis.ReplyError) and not self._complained:
            self._complained = True
            logger.error("Redis refuses what other processes should have heard: %s", reply)
