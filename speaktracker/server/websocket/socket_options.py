"""The limits of one socket: heartbeat, slowness, sizes, and which path its frames take."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SocketOptions:
    """Times in seconds, sizes in bytes."""

    # Between messages: a ping each interval; a peer that sends nothing at all after one is dead.
    ping_interval: float = 10
    ping_timeout: float = 10
    # A socket above its high-water mark for this long is too slow: the application closes it with
    # 4008, else the server does after the grace. Its last bytes have `slow_linger` to get out.
    slow_after: float = 10
    slow_grace: float = 2
    slow_linger: float = 10
    # The application reads from a bounded queue; above it the server stops reading from the peer.
    receive_queue_messages: int = 64
    max_message_in: int = 64 * 1024
    max_message_out: int = 4 * 1024 * 1024
    accept_timeout: float = 10
    close_timeout: float = 5
    compression: bool = False
    fast_frames: bool = True
