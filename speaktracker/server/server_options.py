"""What the server does by default, and the three things the environment may change."""

from dataclasses import dataclass, field

from speaktracker import env
from speaktracker.server.forwarding import Networks, trusted_networks


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Times in seconds, sizes in bytes."""

    sweep_interval: float = 1
    # Between messages: a ping each interval; a peer that sends nothing at all after one is dead.
    ping_interval: float = 10
    ping_timeout: float = 10
    # A socket above its high-water mark for this long is too slow: the application closes it with
    # 4008, else the server does after the grace. Its last bytes have `slow_linger` to get out.
    slow_after: float = 10
    slow_grace: float = 2
    slow_linger: float = 10
    # The application reads from a bounded inbox; above it the server stops reading from the peer.
    inbox_messages: int = 64
    max_message_in: int = 64 * 1024
    max_message_out: int = 4 * 1024 * 1024
    accept_timeout: float = 10
    close_timeout: float = 5
    # SIGTERM: close frames go out within `drain_spread`; who does not answer is dropped after
    # `drain_patience`, so that its application has time to clean up; what still runs after
    # `drain_timeout` is cancelled; the process is gone after `exit_timeout` whatever happens.
    drain_spread: float = 1.5
    drain_patience: float = 3
    drain_timeout: float = 7
    exit_timeout: float = 9.8
    compression: bool = False
    fast_frames: bool = True
    trusted_proxies: Networks = field(default_factory=tuple)


def server_options_from_environment() -> ServerOptions:
    """Read WEBSOCKET_COMPRESSION, FAST_FRAMES, TRUSTED_PROXIES; raises ImproperlyConfigured."""
    compression = env.flag("WEBSOCKET_COMPRESSION")
    return ServerOptions(
        compression=compression,
        fast_frames=env.flag("FAST_FRAMES", default=True) and not compression,
        trusted_proxies=trusted_networks(env.words("TRUSTED_PROXIES")),
    )
