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
    """Close codes: below 4400 come back (with backoff and jitter), from 4400 on do not."""

    GOING_AWAY = 1012
    GOING_AWAY_UNSENDABLE = 4001
    TOKEN_EXPIRED = 4005
    TOO_SLOW = 4008
    CONNECTION_AGE = 4009
    TOO_MANY_CONNECTIONS = 4010
    UNAVAILABLE = 4011
    TOO_MANY_MESSAGES = 4013
    IDLE_TIMEOUT = 4015
    BAD_REQUEST = 4400
    INVALID_CREDENTIALS = 4401
    FORBIDDEN = 4403
    TUTOR_NOT_FOUND = 4404
    REMOVED = 4499
