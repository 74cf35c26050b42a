"""Text frames of RFC 6455 as a server writes them, and the writer that sends them.

The publisher of a message makes its frame once; every socket of the process then writes the same
bytes. The writer stands in the scope, at `scope["extensions"][TEXT_EXTENSION]`. Other servers, and
ours with FAST_FRAMES=0 or WEBSOCKET_COMPRESSION=1, do not offer it: use the awaitable `send` then.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

TEXT_EXTENSION = "speaktracker.text"


# The sockets of a process write the same text one after another: made once, for all of them.
@lru_cache(maxsize=1)
def text_frame(text: str) -> bytes:
    """Make the whole, unmasked frame of one text message."""
    return frame_of(text.encode())


def frame_of(payload: bytes, opcode: int = 0x1) -> bytes:
    """Make one final, unmasked frame around `payload`."""
    size = len(payload)
    first = 0x80 | opcode
    if size < 126:
        return bytes((first, size)) + payload
    if size < 65_536:
        return bytes((first, 126)) + size.to_bytes(2, "big") + payload
    return bytes((first, 127)) + size.to_bytes(8, "big") + payload


# Says whether it has dealt with the payload of a text, which need not be UTF-8.
TextReceiver = Callable[[bytes], bool]


class TextWriter(Protocol):
    """Writes text to one socket at once, without waiting, and offers what the peer writes.

    It returns True when the frame was handed to a transport below its high-water mark, and False,
    with nothing written, when it stands above it, earlier senders wait, or it is closing. After
    False use the awaitable `send`, which waits, and raises when the socket is gone.
    """

    def __call__(self, text: str) -> bool:
        """Write one text message."""
        ...

    def on_text(self, receiver: TextReceiver) -> None:
        """Offer each text to `receiver` while the application waits for the next event.

        What it does not deal with, and all that comes meanwhile, arrives through `receive` as
        ever. It is called where the socket is read: it must neither wait nor raise.
        """
        ...
