"""What the server does by default, and the three things the environment may change."""

from dataclasses import dataclass

from speaktracker import env
from speaktracker.server.forwarding import Networks, trusted_networks
from speaktracker.server.graceful_stop import DrainOptions
from speaktracker.server.websocket.socket_options import SocketOptions


@dataclass(frozen=True)
class ServerOptions(SocketOptions, DrainOptions):
    """The options of the sockets and of the drain, and the server's own; times in seconds."""

    sweep_interval: float = 1
    trusted_proxies: Networks = ()


def server_options_from_environment() -> ServerOptions:
    """Read WEBSOCKET_COMPRESSION, FAST_FRAMES, TRUSTED_PROXIES; raises ImproperlyConfigured."""
    compression = env.flag("WEBSOCKET_COMPRESSION")
    return ServerOptions(
        compression=compression,
        # A fast frame is written as it stands: it cannot be deflated.
        fast_frames=env.flag("FAST_FRAMES", default=True) and not compression,
        trusted_proxies=trusted_networks(env.words("TRUSTED_PROXIES")),
    )
