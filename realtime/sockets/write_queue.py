"""The bounded queue in front of one socket: order kept, state conflated, slowness bounded.

Feedback, answers, joins and leaves are never dropped. A newer update of a student takes the place
of an older one that still waits. A queue that outgrows its bound means that the client is
hopelessly slow: the owner closes it with 4008.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from speaktracker.exceptions import TooSlow
from speaktracker.transport.text_frames import TextWriter
from speaktracker.transport.wake_up_event import WakeUpEvent

# Our own server gives up on a slow client earlier; this bound is for other servers.
SEND_TIMEOUT_SECONDS = 15

Send = Callable[[str], Awaitable[None]]
Merge = Callable[[Sequence[str]], str]
Written = Callable[[bool], None]


class Frame:
    """One frame that waits; `on_written` hears whether it was handed to the transport."""

    __slots__ = ("key", "on_written", "text")

    def __init__(self, text: str, key: int | None, on_written: Written | None) -> None:
        self.text = text
        self.key = key
        self.on_written = on_written


class Outlet:
    """Frames of one socket on their way out, written by the one task that runs `run()`."""

    def __init__(
        self,
        send: Send,
        bound: int,
        merge: Merge | None = None,
        linger_seconds: float = 0.0,
        text_writer: TextWriter | None = None,
    ) -> None:
        """With `merge`, updates are put as bare data and several make one frame.

        Through `text_writer`, where the server has one, a frame is written at once if none waits.
        """
        self._send = send
        self._text_writer = text_writer
        self._busy = False
        self._bound = bound
        self._merge = merge
        self._linger = linger_seconds
        self._waiting: list[Frame] = []
        self._latest: dict[int, Frame] = {}
        self._wake_up = WakeUpEvent()
        self._closed = False
        self._overflowed = False

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def closed(self) -> bool:
        """Tell whether frames are still taken."""
        return self._closed

    def put(self, text: str, on_written: Written | None = None) -> None:
        """Queue a frame that is never dropped."""
        if not self._written_at_once(text, on_written):
            self._append(Frame(text, None, on_written))

    def put_edge(self, key: int, text: str, on_written: Written | None = None) -> None:
        """Queue a join or a leave of `key`; no later update of it may overtake it."""
        self._latest.pop(key, None)
        self.put(text, on_written)

    def put_snapshot(self, texts: Sequence[str]) -> None:
        """Queue a snapshot; no later update of anybody may overtake it."""
        self._latest.clear()
        for text in texts:
            self.put(text)

    def put_update(self, key: int, text: str, on_written: Written | None = None) -> None:
        """Queue the latest state of `key`; it replaces one that still waits."""
        if self._merge is None and self._written_at_once(text, on_written):
            return
        waiting = self._latest.get(key)
        if waiting is not None:
            waiting.text = text
            waiting.on_written = on_written
            return
        frame = self._latest[key] = Frame(text, key, on_written)
        self._append(frame)

    async def write(self, text: str) -> bool:
        """Queue a frame, wait until its turn and say whether it was handed to the transport."""
        written: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def settle(success: bool) -> None:
            if not written.done():
                written.set_result(success)

        self.put(text, settle)
        return await written

    def close(self) -> None:
        """Take no more frames; `run()` ends once those that wait are written."""
        self._closed = True
        self._wake_up.set()

    def _written_at_once(self, text: str, on_written: Written | None) -> bool:
        text_writer = self._text_writer
        if (
            text_writer is None
            or self._waiting
            or self._busy
            or self._closed
            or not text_writer(text)
        ):
            return False
        if on_written:
            on_written(True)
        return True

    def _append(self, frame: Frame) -> None:
        if not self._closed and len(self._waiting) >= self._bound:
            self._overflowed = True
            self.close()
        if self._closed:
            if frame.on_written:
                frame.on_written(False)
            return
        self._waiting.append(frame)
        self._wake_up.set()

    async def run(self) -> None:
        """Write until closed; raises TooSlow when the client stays behind."""
        try:
            while await self._something_waits():
                await self._write_next()
        except TimeoutError:
            raise TooSlow from None
        finally:
            self._closed = True
            self._abandon()
        if self._overflowed:
            raise TooSlow

    async def _write_next(self) -> None:
        frames = self._next()
        success = False
        self._busy = True
        try:
            async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
                await self._send(self._text_of(frames))
            success = True
        finally:
            self._busy = False
            for frame in frames:
                if frame.on_written:
                    frame.on_written(success)

    async def _something_waits(self) -> bool:
        while not self._waiting and not self._closed:
            self._wake_up.clear()
            await self._wake_up.wait()
        if self._overflowed:
            return False
        if self._linger and not self._closed and self._waiting[0].key is not None:
            # A busy dashboard is written to in beats, so that many changes share one frame.
            await asyncio.sleep(self._linger)
        return bool(self._waiting)

    def _next(self) -> list[Frame]:
        frames = [self._take()]
        if self._merge and frames[0].key is not None:
            while self._waiting and self._waiting[0].key is not None:
                frames.append(self._take())
        return frames

    def _take(self) -> Frame:
        frame = self._waiting.pop(0)
        if frame.key is not None and self._latest.get(frame.key) is frame:
            del self._latest[frame.key]
        return frame

    def _text_of(self, frames: list[Frame]) -> str:
        if self._merge is None or frames[0].key is None:
            return frames[0].text
        return self._merge([frame.text for frame in frames])

    def _abandon(self) -> None:
        while self._waiting:
            frame = self._take()
            if frame.on_written:
                frame.on_written(False)
