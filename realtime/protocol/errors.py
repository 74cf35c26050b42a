"""What the socket refuses, as exceptions; one place turns them into frames and close codes."""

from collections.abc import Iterator
from contextlib import contextmanager

from realtime.protocol.codes import CloseCode, ErrorCode
from speaktracker.exceptions import InvalidCredentials, Unavailable


class ConnectRefused(Exception):
    """The connection cannot stand: the client is told `code`, then closed with `close_code`."""

    def __init__(self, code: ErrorCode, close_code: CloseCode) -> None:
        super().__init__(code)
        self.code = code
        self.close_code = close_code


class MessageRefused(Exception):
    """One message is refused; the socket stays."""

    def __init__(
        self,
        code: ErrorCode,
        *,
        path: str | None = None,
        retry_after_ms: int | None = None,
        queued: bool = False,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.path = path
        self.retry_after_ms = retry_after_ms
        self.queued = queued


def invalid_credentials() -> ConnectRefused:
    """Refuse an identity that cannot be verified."""
    return ConnectRefused(ErrorCode.INVALID_CREDENTIALS, CloseCode.INVALID_CREDENTIALS)


def forbidden() -> ConnectRefused:
    """Refuse somebody who is neither student nor tutor."""
    return ConnectRefused(ErrorCode.FORBIDDEN, CloseCode.FORBIDDEN)


def tutor_not_found() -> ConnectRefused:
    """Refuse a student nobody teaches."""
    return ConnectRefused(ErrorCode.TUTOR_NOT_FOUND, CloseCode.TUTOR_NOT_FOUND)


def too_many_connections() -> ConnectRefused:
    """Refuse a socket beyond a user's limit."""
    return ConnectRefused(ErrorCode.TOO_MANY_CONNECTIONS, CloseCode.TOO_MANY_CONNECTIONS)


def unavailable() -> ConnectRefused:
    """Refuse while the database is away."""
    return ConnectRefused(ErrorCode.UNAVAILABLE, CloseCode.UNAVAILABLE)


@contextmanager
def refusing() -> Iterator[None]:
    """Refuse the connection whose identity cannot be verified, or cannot be looked up now."""
    try:
        yield
    except InvalidCredentials:
        raise invalid_credentials() from None
    except Unavailable:
        raise unavailable() from None
