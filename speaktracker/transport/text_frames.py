"""Ready-made frames: the same text goes to many sockets, and is framed once for all of them."""

from functools import lru_cache
from typing import Final

FINAL_TEXT: Final = 0x81


def frame_of(payload: bytes) -> bytes:
    """Make the final, unmasked frame of one text message (RFC 6455, section 5.2)."""
    size = len(payload)
    if size < 126:
        return bytes((FINAL_TEXT, size)) + payload
    if size < 65_536:
        return bytes((FINAL_TEXT, 126)) + size.to_bytes(2, "big") + payload
    return bytes((FINAL_TEXT, 127)) + size.to_bytes(8, "big") + payload


# The sockets of a process write the same text one after another.
@lru_cache(maxsize=1)
def text_frame(text: str) -> bytes:
    """Make the frame of `text`, or return that of the last call."""
    return frame_of(text.encode())
