"""Events as they travel: a dict with a `type`, packed with msgpack even when it stays here.

That means the same TypeErrors with Redis and without. What is sent is unpacked again for members of
this process too: tuples arrive as lists, and publishers may change their dict afterwards; what is
told reaches them as it is. The receivers of one process share one event: it is read-only for all.
"""

import threading
from collections.abc import Iterator
from typing import Any, Final

import msgpack

Event = dict[str, Any]

# What the layer itself says to a channel: "you were too slow, the oldest events are gone" and
# "the bus was away, anything may have been missed". Both mean: read the facts again.
LAGGED: Final = "layer.lagged"
GAP: Final = "layer.gap"


class _Packers(threading.local):
    """A packer for each thread: making one costs as much as using it."""

    def __init__(self) -> None:
        self.pack = msgpack.Packer().pack


_packers = _Packers()


def encode(event: Event) -> bytes:
    """Write `event` as msgpack; TypeError names what another process could not read."""
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        raise TypeError("An event must be a dict with a string 'type'.")
    try:
        packed: bytes = _packers.pack(event)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(f"Event {event['type']!r} does not fit msgpack: {error}.") from None
    return packed


def decode(packed: bytes | memoryview) -> Event:
    """Read an event that `encode` wrote; TypeError when it holds a key that is not a string."""
    try:
        event = msgpack.unpackb(packed)
    except ValueError as error:
        raise TypeError(f"The event is not readable: {error}.") from None
    return _checked(event)


def decode_all(packed: bytes | memoryview) -> Iterator[Event]:
    """Read one or more events, one behind the other; TypeError at the first unreadable one."""
    unpacker = msgpack.Unpacker()
    unpacker.feed(packed)
    read = 0
    try:
        for event in unpacker:
            yield _checked(event)
            read = unpacker.tell()
    except ValueError as error:
        raise TypeError(f"The event is not readable: {error}.") from None
    if read < len(packed) or not read:
        raise TypeError("The event is not readable: its end is missing.")


def _checked(event: Any) -> Event:
    if not isinstance(event, dict):
        raise TypeError("The event is not readable: it is no dict.")
    return event
