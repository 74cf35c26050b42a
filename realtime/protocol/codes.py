"""The codes of errors and closes, exactly as they stand on the wire. No Django here."""

from enum import IntEnum, StrEnum


class ErrorCode(StrEnum):
    """Codes of `message_error`, `connection_error` and `timeout`."""

    INVALID_CREDENTIALS = "INVALID_CREDENTIALS"
    TUTOR_NOT_FOUND = "TUTOR_NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    TOO_MANY_CONNECTIONS = "TOO_MANY_CONNECTIONS"
    UNAVAILABLE = "UNAVAILABLE"
    RECIPIENT_OFFLINE = "RECIPIENT_OFFLINE"
    DELIVERY_FAILED = "DELIVERY_FAILED"
    INVALID_MESSAGE = "INVALID_MESSAGE"
    UNKNOWN_TYPE = "UNKNOWN_TYPE"
    MESSAGE_TOO_LARGE = "MESSAGE_TOO_LARGE"
    RATE_LIMITED = "RATE_LIMITED"
    IDLE_TIMEOUT = "IDLE_TIMEOUT"


class CloseCode(IntEnum):
    """Close codes, each with the sentence that says when it is sent.

    Below 4400 a client comes back by itself (with backoff and jitter); from 4400 on it does not.
    """

    when: str

    def __new__(cls, code: int, when: str = "") -> "CloseCode":
        """Make the member of `code`; `when` completes "The server closes with it when …"."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.when = when
        return member

    GOING_AWAY = 1012, "this server process stops or is replaced; another one takes over"
    TOKEN_EXPIRED = 4005, "the token of the socket has run out and no fresh one came"
    TOO_SLOW = 4008, "the client stays so far behind with reading that its queue is full"
    CONNECTION_AGE = 4009, "the connection has reached the age of 24 hours"
    TOO_MANY_CONNECTIONS = 4010, "the user has as many sockets open as one user may have"
    UNAVAILABLE = 4011, "the database is away, so that nobody can be verified or recorded"
    TOO_MANY_MESSAGES = (
        4013,
        "a user had too many messages refused within a minute, or an address too many handshakes",
    )
    IDLE_TIMEOUT = 4015, "no application message passed in either direction for 30 minutes"
    BAD_REQUEST = 4400, "the address is not the socket's"
    INVALID_CREDENTIALS = 4401, "the identity cannot be verified, or has ended"
    FORBIDDEN = 4403, "the user is neither student nor tutor"
    TUTOR_NOT_FOUND = 4404, "a student connects whom nobody teaches"
    REMOVED = 4499, "staff closed the connection, or deleted the person"

    @property
    def comes_back(self) -> bool:
        """Tell whether a client reconnects by itself after it."""
        return self < CloseCode.BAD_REQUEST
