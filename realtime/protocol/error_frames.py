"""The frames that say what went wrong, in the client's language."""

from msgspec import UNSET

from realtime.protocol.error_texts import text_of
from realtime.protocol.errors import ConnectRefused, MessageRefused
from realtime.protocol.server_messages import (
    ConnectionError,  # noqa: A004 - the name on the wire
    MessageError,
)
from speaktracker.clock import now, wire


def connection_error(
    refused: ConnectRefused, language: str, message_id: str | None = None
) -> ConnectionError:
    """Write a `connection_error`; the message that it answers, if any, is `message_id`."""
    wait = refused.retry_after_ms
    return ConnectionError(
        refused.code,
        text_of(refused.code, language),
        wire(now()),
        message_id or UNSET,
        UNSET if wait is None else wait,
    )


def message_error(refused: MessageRefused, language: str, message_id: str | None) -> MessageError:
    """Write the `message_error` that answers the message `message_id`, if it has an id."""
    wait = refused.retry_after_ms
    return MessageError(
        code=refused.code,
        original_message_id=message_id or UNSET,
        message=text_of(refused.code, language),
        timestamp=wire(now()),
        path=refused.path or UNSET,
        retry_after_ms=UNSET if wait is None else wait,
        queued=refused.queued or UNSET,
    )
