"""Listening sockets: bound before anything else starts, so that a taken port is told at once."""

import errno
import socket


class CannotListen(Exception):
    """The address cannot be listened on; the text says why and what to do."""

    @classmethod
    def because(cls, error: OSError, host: str, port: int) -> "CannotListen":
        """Put what the operating system says of `host` and `port` into a sentence."""
        if error.errno == errno.EADDRINUSE:
            return cls(
                f"Port {port} of {host} is in use: stop what runs there or choose another --port."
            )
        if error.errno == errno.EACCES:
            return cls(f"Port {port} may not be opened by this user: choose a --port above 1023.")
        if error.errno == errno.EADDRNOTAVAIL:
            return cls(f"{host} is no address of this machine: choose another --host.")
        return cls(f"Cannot listen on {host} port {port}: {error.strerror}.")


def bound_socket(host: str, port: int) -> socket.socket:
    """Bind and listen on `host` and `port` (0: any free one); raises CannotListen."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror:
        raise CannotListen(
            f"{host} is no address of this machine: choose another --host."
        ) from None
    listening = socket.socket(family, kind, protocol)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
        listening.listen(1024)
    except OSError as error:
        listening.close()
        raise CannotListen.because(error, host, port) from None
    listening.setblocking(False)
    return listening


def inherited_socket(descriptor: int) -> socket.socket:
    """Take over a listening socket that the parent process opened; raises CannotListen."""
    try:
        return socket.socket(fileno=descriptor)
    except OSError:
        raise CannotListen(f"--fd {descriptor} is no open socket.") from None


def address_of(listening: socket.socket) -> str:
    """Write where it listens, as http://host:port."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
