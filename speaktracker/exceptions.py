"""Errors that every room may raise; one place per transport turns them into answers."""


class Unavailable(Exception):
    """A store the work needs is away; the caller may try again later."""


class InvalidCredentials(Exception):
    """The presented identity could not be verified."""


class SocketClosed(ConnectionError):
    """The socket is closing or gone; nothing was written."""


class TooSlow(TimeoutError):
    """The peer has not read for too long; nothing was written: close with 4008."""
