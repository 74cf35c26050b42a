"""The bounded queue in front of one socket: order kept, state conflated, slowness bounded.

Feedback, answers, joins and leaves are never dropped. A newer update of a student takes the place
of an older one that still waits. A queue that outgrows its bounds, in frames or in bytes, means
that the client is hopelessly slow: the owner closes it with 4008.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import cast

from msgspec import Struct

from realtime.protocol.server_messages import encode
from realtime.sockets import queued_frame
from realtime.sockets.queued_frame import (
    Content,
    Merging,
    QueueBounds,
    QueuedFrame,
    WaitingFrames,
    Written,
)
from speaktracker.exceptions import TooSlow
from speaktracker.transport.text_frames import text_frame
from speaktracker.transport.text_writer import TextWriter

# Our own server gives up on a slow client earlier; this bound is for other servers.
SEND_TIMEOUT_SECONDS = 15

Send = Callable[[Content], Awaitable[None]]


class WriteQueue:
    """Frames of one socket on their way out, written at once or by whoever runs `drain()`.

    `active_at` (monotonic seconds) is when an application message last passed, either way: what is
    put counts, but for answers to a `ping`.
    """

    def __init__(
        self,
        send: Send,
        bounds: QueueBounds,
        text_writer: TextWriter | None = None,
        merging: Merging | None = None,
    ) -> None:
        """With a `text_writer`, a frame is written at once while none waits."""
        self._send = send
        self._writing = False
        self._directly = text_writer.write_frame if text_writer else None
        # Writes a ready-made frame at once, and says whether it did; None while another waits.
        self.write_frame = self._directly
        self._waiting = WaitingFrames(bounds)
        self._wake_up: Callable[[], None] | None = None
        self._overflowed = False
        # With it, updates are put as bare data.
        self.merging = merging
        self.closed = False
        self.active_at = time.monotonic()

    def __len__(self) -> int:
        return len(self._waiting)

    def note_activity(self) -> None:
        """Note that an application message passed."""
        self.active_at = time.monotonic()

    def send(self, message: Struct) -> None:
        """Queue a message; it is never dropped."""
        self.put(encode(message))

    def put(self, text: str, on_written: Written | None = None) -> None:
        """Queue a frame that is never dropped."""
        self.active_at = time.monotonic()
        self.put_inactive(text, on_written)

    def put_inactive(self, text: str, on_written: Written | None = None) -> None:
        """Queue a frame that is no activity, such as the answer to a `ping`."""
        if not self._write_now(text, on_written):
            self._append(QueuedFrame(text, None, on_written))

    def put_transition(self, key: int, text: str, on_written: Written | None = None) -> None:
        """Queue a join or a leave of `key`; no later update of it may overtake it."""
        # An update that waits keeps its place before the transition; a later one gets a new place.
        self._waiting.bar(key)
        self.put(text, on_written)

    def put_snapshot(self, texts: Sequence[str], on_written: Written | None = None) -> None:
        """Queue a snapshot, which no later update of anybody may overtake.

        It is as large as the class and counts nothing against the bytes: put one at a time.
        `on_written` hears of the last of its `texts`.
        """
        self._waiting.bar()
        self.active_at = time.monotonic()
        for number, text in enumerate(texts, 1):
            heard = on_written if number == len(texts) else None
            if not self._write_now(text, heard):
                self._append(QueuedFrame(text, None, heard, size=0))

    def put_update(self, key: int, text: str, on_written: Written | None = None) -> None:
        """Queue the latest state of `key`; it replaces one that still waits."""
        self.active_at = time.monotonic()
        if self.merging is None and self._write_now(text, on_written):
            return
        if not self._waiting.replace(key, text, on_written):
            self._append(QueuedFrame(text, key, on_written))

    def try_write(self, text: str) -> bool:
        """Write a frame that may not wait; False, with nothing done, when it would have to."""
        if not self._write_now(text, None):
            return False
        self.active_at = time.monotonic()
        return True

    async def write(self, text: str) -> bool:
        """Queue a frame, wait until its turn and say whether it was handed to the transport."""
        written: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.put(text, queued_frame.heard_by(written))
        return await written

    async def write_within(self, content: Content, seconds: float) -> bool:
        """Write a frame, or take it back: False when nothing was written within `seconds`.

        False at once where so much waits that more might cost the socket its life.
        """
        if isinstance(content, str) and self.try_write(content):
            return True
        if not self._waiting.leaves_half_free(content):
            return False
        loop = asyncio.get_running_loop()
        written: asyncio.Future[bool] = loop.create_future()
        frame = QueuedFrame(content, None, queued_frame.heard_by(written))
        frame.given_up_at = loop.time() + seconds
        self._append(frame)
        timer = loop.call_at(frame.given_up_at, self._take_back, frame)
        try:
            success = await written
        finally:
            timer.cancel()
        if success:
            self.note_activity()
        return success

    def start(self, wake_up: Callable[[], None]) -> None:
        """Have `wake_up` called, now and later, when there is something for `drain()` to do.

        It is called again for each frame that comes while one waits, and once closed.
        """
        self._wake_up = wake_up
        if self._waiting or self.closed:
            wake_up()

    def close(self) -> None:
        """Take no more frames; those that wait are still written."""
        self._shut()
        if self._wake_up:
            self._wake_up()

    def abandon(self) -> None:
        """Take no more frames and give up those that wait, since the socket has gone."""
        self._shut()
        self._wake_up = None
        while self._waiting:
            self._waiting.take().settle(False)

    async def drain(self) -> None:
        """Write until nothing waits; raises TooSlow when the client stays behind."""
        drained = False
        try:
            while await self._has_something():
                await self._write_next()
            drained = not self._overflowed
        except TimeoutError:
            raise TooSlow from None
        finally:
            if not drained:  # every waiter hears how it ended, also when the writer is cancelled
                self.abandon()
        if self._overflowed:
            raise TooSlow

    def _shut(self) -> None:
        self.closed = True
        self.write_frame = None

    def _write_now(self, text: str, on_written: Written | None) -> bool:
        if self.write_frame is None or not self.write_frame(text_frame(text)):
            return False
        if on_written:
            on_written(True)
        return True

    def _let_pass(self) -> None:
        # While one frame is being awaited, or waits, a second would overtake it.
        if not (self._waiting or self._writing or self.closed):
            self.write_frame = self._directly

    def _append(self, frame: QueuedFrame) -> None:
        # At most one update of each student waits: a queue this long means a reader who is gone.
        if not self.closed and not self._waiting.append(frame):
            self._overflowed = True
            self.close()
        if self.closed:
            frame.settle(False)
            return
        self.write_frame = None
        if self._wake_up:
            self._wake_up()

    async def _has_something(self) -> bool:
        if self._overflowed:  # the rest would only delay the close of who does not read it
            return False
        if self.merging and not self.closed and self._waiting.first_is_state:
            await asyncio.sleep(self.merging.beat_seconds)
        return bool(self._waiting)

    async def _write_next(self) -> None:
        frames = [self._waiting.take()]
        text = frames[0].text
        if self.merging and frames[0].key is not None:
            while self._waiting.first_is_state:
                frames.append(self._waiting.take())
            text = self.merging.merge([cast(str, frame.text) for frame in frames])
        success = False
        self._writing = True
        given_up_at = frames[0].given_up_at
        patience = asyncio.get_running_loop().time() + SEND_TIMEOUT_SECONDS
        try:
            async with asyncio.timeout_at(given_up_at or patience):
                await self._send(text)
            success = True
        except TimeoutError as error:
            # Our server has written nothing then; that its peer is too slow it says by itself.
            if given_up_at is None or isinstance(error, TooSlow):
                raise
        finally:
            self._writing = False
            self._let_pass()
            for frame in frames:
                frame.settle(success)

    def _take_back(self, frame: QueuedFrame) -> None:
        # One that is being written already has its own end.
        if self._waiting.take_back(frame):
            self._let_pass()
            frame.settle(False)
