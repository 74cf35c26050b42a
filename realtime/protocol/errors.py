"""What the socket refuses, as exceptions; one place turns them into frames and close codes."""

from collections.abc import Iterator
from contextlib import contextmanager

from realtime.protocol.codes import CloseCode, ErrorCode
from speaktracker.exceptions import InvalidCredentials, NoRole, Unavailable


class ConnectRefused(Exception):
    """The connection cannot stand: the client is told `code`, then closed with `close_code`.

    The `reason` is for the log: who tries things out learns nothing of it.
    """

    def __init__(
        self,
        code: ErrorCode,
        close_code: CloseCode,
        *,
        retry_after_ms: int | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(code)
        self.code = code
        self.close_code = close_code
        self.reason = reason
        self.retry_after_ms = retry_after_ms


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


def invalid_credentials(reason: str = "") -> ConnectRefused:
    """Refuse an identity that cannot be verified."""
    code = ErrorCode.INVALID_CREDENTIALS
    return ConnectRefused(code, CloseCode.INVALID_CREDENTIALS, reason=reason)


def forbidden() -> ConnectRefused:
    """Refuse somebody who is neither student nor tutor."""
    return ConnectRefused(ErrorCode.FORBIDDEN, CloseCode.FORBIDDEN)


def tutor_not_found() -> ConnectRefused:
    """Refuse a student nobody teaches."""
    return ConnectRefused(ErrorCode.TUTOR_NOT_FOUND, CloseCode.TUTOR_NOT_FOUND)


def too_many_connections() -> ConnectRefused:
    """Refuse a socket beyond a user's limit."""
    return ConnectRefused(ErrorCode.TOO_MANY_CONNECTIONS, CloseCode.TOO_MANY_CONNECTIONS)


def too_often(wait_seconds: float) -> ConnectRefused:
    """Refuse somebody who sent, or came, too often, until `wait_seconds` from now."""
    return ConnectRefused(
        ErrorCode.RATE_LIMITED,
        CloseCode.TOO_MANY_MESSAGES,
        retry_after_ms=int(wait_seconds * 1000) + 1,
    )


def unavailable(reason: str = "") -> ConnectRefused:
    """Refuse while the database is away."""
    return ConnectRefused(ErrorCode.UNAVAILABLE, CloseCode.UNAVAILABLE, reason=reason)


@contextmanager
def refusing() -> Iterator[None]:
    """Refuse the connection whose identity cannot be verified, or cannot be looked up now."""
    try:
        yield
    except InvalidCredentials as error:
        # What the library says of a token: its signature, its time, what it is for.
        detail = f": {error.__cause__}" if error.__cause__ else ""
        raise invalid_credentials(f"{error}{detail}") from None
    except NoRole:
        raise forbidden() from None
    except Unavailable as error:
        raise unavailable(str(error)) from None
