"""One frame in a write queue, how much may wait there, and how several become one."""

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


def heard_by(future: asyncio.Future[bool]) -> Written:
    """Have `future` say how a frame ended, for who waits for it."""

    def settle(success: bool) -> None:
        if not future.done():  # whoever waited may have been cancelled meanwhile
            future.set_result(success)

    return settle
