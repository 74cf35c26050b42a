"""Ports of this machine: a free one, and whether a wanted one is taken."""

import errno
import socket

HOST = "127.0.0.1"


class PortTaken(Exception):
    """Another program listens on the port; the sentence says what to do."""


def free_port() -> int:
    """Find a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def refuse_taken_port(port: int) -> None:
    """Raise PortTaken when another program listens on `port` (0, any free one, never is)."""
    with socket.socket() as probe:
        # As the server binds: a port whose last connections still close is not taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                return  # the server itself says best what is wrong with such a port
            raise PortTaken(
                f"Port {port} of this machine is taken: stop what listens there, "
                f"or choose another, as in `make run PORT=8010`."
            ) from None
