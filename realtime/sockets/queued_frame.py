"""The frames that wait in a write queue: in order, conflated, bounded, and merged."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from sys import getsizeof

Written = Callable[[bool], None]
# What stands in a frame: text, or bytes for a binary one.
Content = str | bytes


@dataclass(frozen=True, slots=True)
class QueueBounds:
    """How much may wait in front of one socket: frames, and the bytes of memory they hold."""

    frames: int
    size: int


@dataclass(frozen=True, slots=True)
class Merging:
    """How a dashboard that asked for it is written to: updates as bare data, several a frame.

    The first update of a beat waits `beat_seconds`, so that many changes share the frame that
    `merge` makes of them.
    """

    merge: Callable[[Sequence[str]], str]
    beat_seconds: float


class QueuedFrame:
    """One frame that waits; `on_written` hears whether it was handed to the transport.

    `size` is what it counts against the bound, in bytes. One that is `given_up_at` a time of the
    loop is taken back then, and the others go on.
    """

    __slots__ = ("given_up_at", "key", "on_written", "size", "text")

    def __init__(
        self, text: Content, key: int | None, on_written: Written | None, size: int | None = None
    ) -> None:
        self.text = text
        self.key = key
        self.on_written = on_written
        self.size = getsizeof(text) if size is None else size
        self.given_up_at: float | None = None

    def replace(self, text: str, on_written: Written | None) -> int:
        """Take a newer text in the place of this one; return by how many bytes it is longer."""
        before, self.size = self.size, getsizeof(text)
        self.text, self.on_written = text, on_written
        return self.size - before

    def settle(self, success: bool) -> None:
        """Say how it ended to whoever wants to know."""
        if self.on_written:
            self.on_written(success)


class WaitingFrames:
    """Frames in the order they are written in, as many and as large as the bounds let wait.

    Those with a key are states of it: a newer one takes the place of one that still waits.
    """

    __slots__ = ("_bounds", "_frames", "_latest", "_size")

    def __init__(self, bounds: QueueBounds) -> None:
        self._bounds = bounds
        self._frames: list[QueuedFrame] = []
        self._latest: dict[int, QueuedFrame] = {}
        self._size = 0

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def first_is_state(self) -> bool:
        """Tell whether the frame that is next is one of a key."""
        return bool(self._frames) and self._frames[0].key is not None

    def append(self, frame: QueuedFrame) -> bool:
        """Have a frame wait behind the others; False, with nothing done, beyond the bounds."""
        size = self._size + frame.size
        if len(self._frames) >= self._bounds.frames or size > self._bounds.size:
            return False
        self._size = size
        self._frames.append(frame)
        if frame.key is not None:
            self._latest[frame.key] = frame
        return True

    def replace(self, key: int, text: str, on_written: Written | None) -> bool:
        """Put a newer state in the place of the one that waits; False where none does."""
        waiting = self._latest.get(key)
        if waiting is None:
            return False
        # In place: conflated state must not wait at the end again and starve on a busy board.
        self._size += waiting.replace(text, on_written)
        return True

    def bar(self, key: int | None = None) -> None:
        """Have newer states, of `key` or of all, wait behind what comes next."""
        if key is None:
            self._latest.clear()
        else:
            self._latest.pop(key, None)

    def leaves_half_free(self, content: Content) -> bool:
        """Tell whether half of what may wait stays free with this frame too."""
        frames, size = len(self._frames) + 1, self._size + getsizeof(content)
        return frames <= self._bounds.frames / 2 and size <= self._bounds.size / 2

    def take(self) -> QueuedFrame:
        """Take the frame that is next; raises IndexError without one."""
        frame = self._frames.pop(0)
        self._size -= frame.size
        if frame.key is not None and self._latest.get(frame.key) is frame:
            del self._latest[frame.key]
        return frame

    def take_back(self, frame: QueuedFrame) -> bool:
        """Take one frame without a key out of their midst; False where it waits no more."""
        if frame not in self._frames:
            return False
        self._frames.remove(frame)
        self._size -= frame.size
        return True


def heard_by(future: asyncio.Future[bool]) -> Written:
    """Have `future` say how a frame ended, for who waits for it."""

    def settle(success: bool) -> None:
        if not future.done():  # whoever waited may have been cancelled meanwhile
            future.set_result(success)

    return settle
