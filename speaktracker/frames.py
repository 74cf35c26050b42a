"""Text frames of RFC 6455 as a server writes them, and the door through which they are written.

The publisher of a message makes its frame once; every socket of the process then writes the same
bytes. The door stands in the scope under `scope["extensions"][TEXT_EXTENSION]`; other servers, and
ours with FAST_FRAMES=0 or WEBSOCKET_COMPRESSION=1, do not offer it: use the awaitable `send` then.
"""

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


class TextDoor(Protocol):
    """Writes text to one socket at once, without waiting.

    It returns True when the frame was handed to a transport below its high-water mark, and False,
    with nothing written, when it stands above it, earlier senders wait, or it is closing. After
    False use the awaitable `send`, which waits, and raises when the socket is gone.
    """

    def __call__(self, text: str) -> bool:
        """Write one text message."""
        ...
