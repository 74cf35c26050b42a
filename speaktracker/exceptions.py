"""Errors that every room may raise; one place per transport turns them into answers."""


class Unavailable(Exception):
    """A store the work needs is away; the caller may try again later."""


class DatabaseAway(Unavailable):
    """The database is away or slow, which the log says for all who meet it: do not log it again."""


class InvalidCredentials(Exception):
    """The presented identity could not be verified."""


class NoRole(Exception):
    """Somebody is known to be who they say, and is neither student nor tutor."""


class SocketClosed(ConnectionError):
    """The socket is closing or gone; nothing was written."""


class TooSlow(TimeoutError):
    """The peer has not read for too long; nothing was written: close with 4008."""
