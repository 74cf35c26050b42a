"""Ports for servers that start later, and again: nobody else is given one meanwhile."""

import socket
import sys
import weakref

HOST = "127.0.0.1"


def hold_port(owner: object) -> int:
    """Pick a port of 127.0.0.1 that nobody listens on, for as long as `owner` lives.

    Between a look for a free port and the server that listens there lie seconds, in which the
    system may give the port to whoever asks for any, or connects. So a socket stays bound to it
    that does not listen: who asks for this very port, and may use it again as servers do, gets it
    beside that socket. Only Linux lets them; elsewhere nothing is held.
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind((HOST, 0))
    port: int = holder.getsockname()[1]
    if sys.platform == "linux":
        weakref.finalize(owner, holder.close)
    else:
        holder.close()
    return port
