"""What our server offers an application beyond ASGI: texts written at once, and read at once.

The writer stands in the scope, at `scope["extensions"][TEXT_EXTENSION]`. Other servers, and ours
with FAST_FRAMES=0 or WEBSOCKET_COMPRESSION=1, do not offer it: use the awaitable `send` then. A
scope may be copied and pickled; the copy of a writer writes nothing.
"""

from collections.abc import Callable
from typing import Protocol

TEXT_EXTENSION = "speaktracker.text"

# Says whether it has dealt with the payload of a text, which need not be UTF-8.
TextReceiver = Callable[[bytes], bool]


class TextWriter(Protocol):
    """Writes text to one socket at once, without waiting, and offers what the peer writes.

    Call it with a text, or `write_frame` with what `text_frame` made of one. Both return True when
    the frame was handed to a transport below its high-water mark, and False, with nothing written,
    when the transport stands above it, earlier senders wait, or the socket is closing. After False
    use the awaitable `send`, which waits, and raises when the socket is gone.
    """

    def __call__(self, text: str) -> bool:
        """Write one text message; False when nothing was written."""
        ...

    def write_frame(self, frame: bytes) -> bool:
        """Write one text message as `text_frames.text_frame` made it, for many sockets alike."""
        ...

    def on_text(self, receiver: TextReceiver) -> None:
        """Offer each text to `receiver` while the application waits for the next event.

        What it does not deal with, and all that comes meanwhile, arrives through `receive` as
        ever. It is called where the socket is read: it must neither wait nor raise.
        """
        ...


class NoTextWriter:
    """What becomes of a writer in a copy of its scope: whoever has that has no socket."""

    def __call__(self, _text: str) -> bool:
        """Write nothing: the awaitable `send` is left."""
        return False

    def write_frame(self, _frame: bytes) -> bool:
        """Write nothing: the awaitable `send` is left."""
        return False

    def on_text(self, receiver: TextReceiver) -> None:
        """Offer nothing: all texts arrive through `receive`."""
